//! The packages that are there: read once, digested, and their surfaces known. Nothing of them runs here.

use loket_guardian::report::Report;
use loket_guardian::role::Role;
use loket_guardian::verdict::Candidate;
use loket_kernel::program::callable;
use loket_registry::{PackageName, PackageRef, Registry};
use loket_values::{InterfaceName, Surface, describe};
use std::collections::BTreeMap;
use std::sync::Arc;

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
}

impl Item {
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
}

impl Stock {
    /// Reads a registry. Blocks: it reads every package.
    pub fn read(registry: &Registry) -> Stock {
        let scan = registry.scan();
        let mut stock = Stock { items: BTreeMap::new(), notes: scan.notes.iter().map(ToString::to_string).collect() };
        for found in scan.found {
            match registry.read(&found.reference) {
                Ok(package) => {
                    let surface = describe(package.bytes()).map(|surface| Arc::new(callable(surface)));
                    let surface = surface.map_err(|e| e.to_string());
                    let item = Item {
                        reference: found.reference.clone(),
                        digest: package.digest().hex(),
                        bytes: package.bytes().clone(),
                        surface,
                    };
                    stock.items.insert(found.reference, item);
                }
                Err(error) => stock.notes.push(error.to_string()),
            }
        }
        stock
    }

    /// The newest version of a package; a pre-release only where there is nothing else.
    pub fn newest(&self, name: &PackageName) -> Option<&Item> {
        let rank = |item: &&Item| (item.reference.version.pre.is_empty(), item.reference.version.clone());
        self.items.values().filter(|item| item.reference.name == *name).max_by_key(rank)
    }

    /// The packages that export an interface of that name, in whatever version.
    pub fn exporting(&self, name: &InterfaceName) -> Vec<Candidate> {
        let mut found = Vec::new();
        for item in self.items.values() {
            let Ok(surface) = &item.surface else { continue };
            for export in &surface.exports {
                if export.name.as_ref().is_some_and(|own| own.same_interface(name)) {
                    found.push(Candidate { package: item.reference.clone(), interface: export.clone() });
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
