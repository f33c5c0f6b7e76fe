//! The packages that are there, each in its place or with the reason why it has none.

use crate::host::Host;
use crate::scan::only_scans;
use crate::scope::principal;
use crate::settings::space;
use crate::stock::{Item, Stock};
use crate::world::{Package, World};
use loket_guardian::capability::Grantee;
use loket_kernel::Unit;
use loket_registry::{PackageName, PackageRef};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl Host {
    /// All of them. The stock is told what may not run, and what goes on in place of it.
    pub(super) fn packages(&self, before: &World) -> BTreeMap<PackageRef, Package> {
        let stock = self.stock();
        let place = |item: &Item| {
            let known = before.packages.get(&item.reference);
            (item.reference.clone(), self.package(item, known))
        };
        // Scanners first: all others are shown to them.
        let (scanners, others): (Vec<&Item>, Vec<&Item>) = stock.items.values().partition(|item| only_scans(item));
        let mut packages: BTreeMap<PackageRef, Package> = scanners.into_iter().map(place).collect();
        self.scanners.set(newest(&packages));
        self.scanners.references.renew();
        packages.extend(others.into_iter().map(place));
        let refused = packages.values().filter(|package| package.refused().is_some());
        let refused: BTreeSet<PackageRef> = refused.map(|package| package.item.reference.clone()).collect();
        let replaced = packages.values().any(|package| package.newcomer.is_some());
        if refused == stock.refused && !replaced {
            return packages;
        }
        // What may not run stands aside, and what goes on counts as it was: whoever is answered by it is linked again.
        let items = packages.values().map(|package| (package.item.reference.clone(), package.item.clone()));
        self.set_stock(Stock { items: items.collect(), refused, ..Stock::clone(&stock) });
        for package in packages.values_mut().filter(|package| package.is_answered_by_others()) {
            let (newcomer, waits) = (package.newcomer.clone(), package.waits.clone());
            *package = Package { newcomer, waits, ..self.package(&package.item, Some(package)) };
        }
        packages
    }

    fn package(&self, item: &Item, known: Option<&Package>) -> Package {
        let newly = |place| Package { item: item.clone(), place, newcomer: None, waits: None, against: None };
        if let Some(waits) = self.waits(item) {
            let report = waits.report.clone();
            let goes_on = known.filter(|known| known.refused().is_none() && known.item.digest != item.digest);
            return match goes_on {
                Some(known) => Package { newcomer: Some(report), waits: Some(waits), ..known.clone() },
                None => Package { waits: Some(waits), ..newly(Some(Err(report))) },
            };
        }
        let agents = item.surface.is_ok() && item.role() == "agent";
        if agents {
            return newly(None);
        }
        let grantee = Grantee::Package(item.reference.name.clone());
        let placed = known.and_then(|known| Some((known, known.placed()?)));
        let same = placed.is_some_and(|(known, _)| known.item.digest == item.digest);
        if let Some((known, placed)) = placed
            && same
            && self.is_still_linked(&grantee, item, placed)
        {
            self.let_run(item);
            return Package { item: item.clone(), newcomer: None, waits: None, ..known.clone() };
        }
        match (self.admit(&grantee, item, space(&self.settings.fixed.space), &[]), placed) {
            (Ok(placed), _) => {
                self.admitted(&principal(&grantee), item);
                self.let_run(item);
                newly(Some(Ok(placed)))
            }
            (Err(report), Some((known, _))) => {
                Package { newcomer: (!same).then_some(report), waits: None, ..known.clone() }
            }
            (Err(report), None) => newly(Some(Err(report))),
        }
    }
}

/// Of each package that may run the newest version, with its digest; a pre-release only where there is nothing else.
fn newest(packages: &BTreeMap<PackageRef, Package>) -> Vec<(PackageRef, String, Arc<Unit>)> {
    let mut newest: BTreeMap<&PackageName, (&PackageRef, &Package)> = BTreeMap::new();
    let rank = |reference: &PackageRef| (reference.version.pre.is_empty(), reference.version.clone());
    for (reference, package) in packages {
        let is_newer = newest.get(&reference.name).is_none_or(|(other, _)| rank(other) < rank(reference));
        if is_newer && matches!(package.place, Some(Ok(_))) {
            newest.insert(&reference.name, (reference, package));
        }
    }
    let placed = newest.into_values().filter_map(|(reference, package)| {
        let placed = package.placed()?;
        Some((reference.clone(), package.item.digest.clone(), placed.unit.clone()))
    });
    placed.collect()
}
