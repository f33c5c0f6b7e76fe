//! The packages that are there: read once, digested, and their surfaces known. Nothing of them runs here.

use loket_guardian::report::Report;
use loket_guardian::role::Role;
use loket_guardian::verdict::Candidate;
use loket_kernel::program::callable;
use loket_registry::{
    Found, Package, PackageName, PackageRef, ReadError, Registry, Signature, SignatureError, Standing, TrustedKeys,
};
use loket_values::{InterfaceName, Surface, describe};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A package version, as far as it can be known without running it.
#[derive(Clone)]
pub struct Item {
    /// Which.
    pub reference: PackageRef,
    /// The SHA-256 of its bytes, in hex.
    pub digest: String,
    /// The very bytes that were digested.
    pub bytes: Arc<[u8]>,
    /// Its border, or why it has none.
    pub surface: Result<Arc<Surface>, String>,
    /// Its signature as it was read; the inner error where what lies in its place is none.
    pub signature: Option<Result<Signature, SignatureError>>,
    /// What that comes to, by the keys that are trusted.
    pub standing: Standing,
    /// The file as it was when it was read; `None` for one of no registry.
    pub file: Option<Found>,
}

impl Item {
    /// Whether this version was taken back.
    pub fn is_yanked(&self) -> bool {
        self.file.as_ref().is_some_and(|file| file.yanked)
    }

    /// What it is, read from its exports.
    pub fn role(&self) -> &'static str {
        self.surface.as_ref().map_or("unknown", |surface| Role::of(surface).as_str())
    }
}

/// All package versions of a registry.
#[derive(Clone, Default)]
pub struct Stock {
    /// By name and version.
    pub items: BTreeMap<PackageRef, Item>,
    /// What lies in the registry's folders and could not be used.
    pub notes: Vec<String>,
    /// Those that may not run. Another version is preferred where there is one.
    pub refused: BTreeSet<PackageRef>,
    /// Whether there may be more than was found.
    pub incomplete: bool,
    /// Files that were written a moment ago and cannot be read as a component: perhaps not all of it is there yet.
    pub unfinished: Vec<PathBuf>,
}

/// For how long after it was written a file may be a part of what it is to be.
const YOUNG: Duration = Duration::from_secs(1);

fn is_younger(found: &Found, than: Duration) -> bool {
    found.modified.and_then(|modified| modified.elapsed().ok()).is_some_and(|age| age < than)
}

impl Stock {
    /// Reads a registry, and what signatures come to by these keys. Blocks: it reads every package.
    pub fn read(registry: &Registry, keys: &TrustedKeys) -> Stock {
        Stock::default().reading(registry, keys, &|_| false, Duration::ZERO)
    }

    /// Reads a registry again. Blocks: it reads the packages whose files changed, and leaves those that are `unfinished`, or seem to be, as
    /// they were.
    #[must_use]
    pub fn again(&self, registry: &Registry, keys: &TrustedKeys, unfinished: &dyn Fn(&Path) -> bool) -> Stock {
        self.reading(registry, keys, unfinished, YOUNG)
    }

    /// The same packages, whose signatures come to what these keys say. Blocks: each signature is checked again.
    #[must_use]
    pub fn standing(&self, keys: &TrustedKeys) -> Stock {
        let mut stock = self.clone();
        for item in stock.items.values_mut().filter(|item| item.signature.is_some()) {
            let package = Package::new(item.reference.clone(), item.bytes.clone());
            item.standing = keys.standing(&package, item.signature.as_ref());
        }
        stock
    }

    fn reading(
        &self,
        registry: &Registry,
        keys: &TrustedKeys,
        unfinished: &dyn Fn(&Path) -> bool,
        young: Duration,
    ) -> Stock {
        let scan = registry.scan();
        let notes = scan.notes.iter().map(ToString::to_string).collect();
        let mut stock = Stock {
            items: BTreeMap::new(),
            notes,
            refused: self.refused.clone(),
            incomplete: scan.incomplete,
            unfinished: Vec::new(),
        };
        for found in scan.found {
            let known = self.items.get(&found.reference);
            let is_same = |item: &&Item| unfinished(&found.path) || item.file.as_ref() == Some(&found);
            if let Some(same) = known.filter(is_same) {
                stock.items.insert(found.reference, same.clone());
                continue;
            }
            if unfinished(&found.path) {
                continue;
            }
            match registry.read(&found.reference).and_then(|p| Ok((p, registry.signature(&found.reference)?))) {
                Ok((package, signature)) => {
                    let surface = describe(package.bytes()).map(|surface| Arc::new(callable(surface)));
                    let item = Item {
                        reference: found.reference.clone(),
                        digest: package.digest().hex(),
                        bytes: package.bytes().clone(),
                        surface: surface.map_err(|e| e.to_string()),
                        standing: keys.standing(&package, signature.as_ref()),
                        signature,
                        file: Some(found.clone()),
                    };
                    if item.surface.is_err() && is_younger(&found, young) {
                        stock.unfinished.push(found.path);
                        stock.items.extend(known.map(|item| (found.reference, item.clone())));
                    } else {
                        stock.items.insert(found.reference, item);
                    }
                }
                Err(ReadError::Missing { .. }) => {}
                Err(error) => {
                    stock.notes.push(error.to_string());
                    stock.items.extend(known.map(|item| (found.reference, item.clone())));
                }
            }
        }
        // What could not be looked at is as it was.
        if scan.incomplete {
            for (reference, item) in &self.items {
                stock.items.entry(reference.clone()).or_insert_with(|| item.clone());
            }
        }
        stock.refused.retain(|reference| stock.items.contains_key(reference));
        stock
    }

    /// The newest version of a package that may run; one that was taken back, or a pre-release, only where there is nothing else, and one
    /// that may not run likewise.
    pub fn newest(&self, name: &PackageName) -> Option<&Item> {
        let rank = |item: &&Item| {
            let version = &item.reference.version;
            (!self.refused.contains(&item.reference), !item.is_yanked(), version.pre.is_empty(), version.clone())
        };
        self.items.values().filter(|item| item.reference.name == *name).max_by_key(rank)
    }

    /// The packages that export an interface of that name, in whatever version. One that may not run stands aside for another version of
    /// it that may.
    pub fn exporting(&self, name: &InterfaceName) -> Vec<Candidate> {
        let mut found = self.all_exporting(name);
        let fit = |candidate: &Candidate| !self.refused.contains(&candidate.package);
        let able: Vec<PackageName> = found.iter().filter(|c| fit(c)).map(|c| c.package.name.clone()).collect();
        found.retain(|candidate| fit(candidate) || !able.contains(&candidate.package.name));
        found
    }

    fn all_exporting(&self, name: &InterfaceName) -> Vec<Candidate> {
        let mut found = Vec::new();
        for item in self.items.values() {
            let Ok(surface) = &item.surface else { continue };
            for export in &surface.exports {
                if export.name.as_ref().is_some_and(|own| own.same_interface(name)) {
                    let (package, interface) = (item.reference.clone(), export.clone());
                    found.push(Candidate { package, interface, yanked: item.is_yanked() });
                }
            }
        }
        found
    }

    /// Whether any version of a package exports an interface.
    pub fn exports(&self, package: &str, interface: &InterfaceName) -> bool {
        self.exporting(interface).iter().any(|c| c.package.name.to_string() == package)
    }
}

/// A report without reasons of the guardian's own.
pub fn report(what: impl Into<String>, why: impl Into<String>, next: impl Into<String>) -> Report {
    Report::new(what).because(why, Some(next.into()))
}
