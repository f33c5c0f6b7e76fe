//! Why a package waits for its owner instead of running: its bytes, its signature, what it asks for, or what scanners found in it.
//!
//! What was let run before, with these very bytes, is let run again. Of all else, an upgrade that asks for more waits, and so does what has a
//! signature that is none, and what scanners ask about. In a namespace that belongs to a key, what that key did not sign waits as well, and
//! so do other bytes of a version; in one that belongs to nobody, those are its owner's own build.

use crate::admission::BUILT_IN;
use crate::host::Host;
use crate::stock::{Item, Stock, report};
use loket_guardian::difference::{Answerer, Difference, Surroundings, Wants};
use loket_guardian::report::Report;
use loket_kernel::unit::plain_name;
use loket_registry::lock::Changed;
use loket_registry::owners::Doubt;
use loket_registry::{Digest, PackageName, PackageRef};
use loket_values::{Interface, InterfaceName};

/// A package that waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The digest of what waits, in hex. An approval is for that alone.
    pub digest: String,
    /// Why, and what to do next.
    pub report: Report,
}

#[derive(Debug, thiserror::Error)]
enum Why {
    #[error(transparent)]
    Changed(#[from] Changed),
    #[error(transparent)]
    Signature(#[from] Doubt),
    #[error("it asks for more than `{before}` did: {}", .more.join("; "))]
    More { before: String, more: Vec<String> },
    #[error("`{before}` has other bytes than those that were let run, so nobody can say whether this asks for more")]
    Incomparable { before: PackageRef },
}

impl Host {
    /// Why a package must wait, if it must.
    pub(crate) fn waits(&self, item: &Item) -> Option<Waiting> {
        if self.is_let_run(item) {
            return None;
        }
        // In safe mode nothing waits either: there is nothing to approve.
        if let Some(report) = self.shut_out(format!("package `{}` is not let in", item.reference)) {
            return Some(Waiting { digest: item.digest.clone(), report });
        }
        let what = format!("package `{}` waits for you", item.reference);
        let next = format!("loket approve {}", item.reference);
        let report = match self.doubt(item) {
            Err(why) => report(what, why.to_string(), next),
            Ok(()) => self.asked_by_scanners(&what, item)?.hint(next),
        };
        Some(Waiting { digest: item.digest.clone(), report })
    }

    fn doubt(&self, item: &Item) -> Result<(), Why> {
        let Ok(digest) = Digest::from_hex(&item.digest) else { return Ok(()) };
        let (name, pins) = (&item.reference.name, self.pins());
        let is_owned = pins.owners.of(name).is_some();
        let changed = pins.lock.check(&item.reference, digest);
        let is_rebuilt = changed.is_err();
        if is_owned {
            changed?;
        }
        pins.owners.judge(name, &item.standing)?;
        drop(pins);
        // What is no component cannot be admitted anyway.
        if is_rebuilt || item.surface.is_err() {
            return Ok(());
        }
        match self.beyond_before(item) {
            Some((before, more)) if more.asks_for_more() => {
                Err(Why::More { before: before.to_string(), more: more.more().collect() })
            }
            Some(_) => Ok(()),
            None => self.changed_before(item).map_or(Ok(()), |before| Err(Why::Incomparable { before })),
        }
    }

    /// Another version that was let run, and has other bytes now.
    fn changed_before(&self, item: &Item) -> Option<PackageRef> {
        let stock = self.stock();
        let others = stock.items.values().map(|other| &other.reference);
        let mut others = others.filter(|other| other.name == item.reference.name && **other != item.reference);
        let pins = self.pins();
        others.find(|other| pins.lock.pinned(other).is_some()).cloned()
    }

    /// What a package asks for beyond the one that it would take the place of: the newest other version that was let run, as it lies there or,
    /// where somebody changed it, as it runs.
    pub(crate) fn beyond_before(&self, item: &Item) -> Option<(PackageRef, Difference)> {
        let (stock, world) = (self.stock(), self.world());
        let before = {
            let let_run = |other: &&Item| other.reference != item.reference && self.is_let_run(other);
            let all = stock.items.values().chain(world.packages.values().map(|package| &package.item));
            let others = all.filter(|other| other.reference.name == item.reference.name);
            others.filter(let_run).max_by_key(|other| other.reference.version.clone())?
        };
        let (old, new) = (before.surface.as_ref().ok()?, item.surface.as_ref().ok()?);
        let is_free =
            |name: &InterfaceName| BUILT_IN.contains(&format!("{}/{}", name.package, name.interface).as_str());
        let answerer = |_: &PackageName, import: &Interface| self.answerer(&stock, import);
        let home = Surroundings { is_free: &is_free, answerer: &answerer };
        let name = &item.reference.name;
        let [old, new] = [old, new].map(|surface| Wants::of(name, surface, &home));
        Some((before.reference.clone(), Difference::between(name, &old, &new)))
    }

    /// The package that answers an import where the host does not: the newest that can.
    fn answerer<'s>(&self, stock: &'s Stock, import: &Interface) -> Option<Answerer<'s>> {
        let name = import.name.as_ref().filter(|_| !self.answers(&plain_name(import)))?;
        let able = stock.exporting(name).into_iter().map(|candidate| candidate.package);
        let newest = able.max_by_key(|package| package.version.clone())?;
        let surface = stock.items.get(&newest)?.surface.as_ref().ok()?;
        Some(Answerer { package: newest.name, surface })
    }
}
