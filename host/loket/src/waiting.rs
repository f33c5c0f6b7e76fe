//! Why a package waits for its owner instead of running: its bytes, its signature, or what it asks for.
//!
//! What was let run before, with these very bytes, is let run again. All else in a namespace that belongs to a key is looked at; in one that
//! belongs to nobody only a signature that is none makes it wait.

use crate::admission::BUILT_IN;
use crate::host::Host;
use crate::stock::{Item, report};
use loket_guardian::report::Report;
use loket_guardian::wants;
use loket_registry::Digest;
use loket_registry::lock::Changed;
use loket_registry::owners::Doubt;

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
    #[error("it asks for more than `{before}` did: {}", .more.join(", "))]
    More { before: String, more: Vec<String> },
}

impl Host {
    /// Why a package must wait, if it must.
    pub(crate) fn waits(&self, item: &Item) -> Option<Waiting> {
        let why = self.doubt(item).err()?;
        let what = format!("package `{}` waits for you", item.reference);
        let report = report(what, why.to_string(), format!("loket approve {}", item.reference));
        Some(Waiting { digest: item.digest.clone(), report })
    }

    fn doubt(&self, item: &Item) -> Result<(), Why> {
        let Ok(digest) = Digest::from_hex(&item.digest) else { return Ok(()) };
        let (name, pins) = (&item.reference.name, self.pins());
        if pins.lock.pinned(&item.reference).is_some_and(|pin| pin.digest == digest) {
            return Ok(());
        }
        let is_owned = pins.owners.of(name).is_some();
        if is_owned {
            pins.lock.check(&item.reference, digest)?;
        }
        pins.owners.judge(name, &item.standing)?;
        if !is_owned {
            return Ok(());
        }
        // What it would take the place of: the newest other version that was let run.
        let stock = self.stock();
        let let_run = |other: &&Item| {
            let pin = pins.lock.pinned(&other.reference);
            other.reference != item.reference && pin.is_some_and(|pin| pin.digest.hex() == other.digest)
        };
        let others = stock.items.values().filter(|other| other.reference.name == *name);
        let before = others.filter(let_run).max_by_key(|other| other.reference.version.clone());
        match (before, &item.surface) {
            (Some(Item { reference, surface: Ok(before), .. }), Ok(after)) => {
                match wants::more(before, after, &BUILT_IN) {
                    more if more.is_empty() => Ok(()),
                    more => Err(Why::More { before: reference.to_string(), more }),
                }
            }
            _ => Ok(()),
        }
    }
}
