//! Versions that are taken back, and those that nobody needs any more: the owner's acts, in the ledger before they are answered.

use super::publish::named;
use super::{problem, wrong};
use crate::host::Host;
use crate::refresh::Look;
use crate::world::{Placed, World};
use loket_gateways::desk::{GarbageInfo, GarbageReport, GarbageRequest, PackageVersion, Problem, YankReport};
use loket_kernel::{CallError, Principal};
use loket_registry::yank::YankError;
use loket_registry::{GarbageError, PackageName, PackageRef};
use std::collections::BTreeSet;
use std::sync::PoisonError;

/// Takes a version back, or into use again.
pub(super) async fn mark(host: &Host, request: PackageVersion, yanked: bool) -> Result<YankReport, Problem> {
    let package = named(&request.package)?;
    if !yanked {
        host.let_in(&format!("`{package}` is not taken into use again"))?;
    }
    let acts = host.acts.lock().await;
    let marked = tokio::task::block_in_place(|| match yanked {
        true => host.registry.yank(&package),
        false => host.registry.unyank(&package),
    });
    let changed = marked.map_err(|e| match e {
        YankError::Missing(_) => wrong("not-found", e.to_string(), "loket packages"),
        YankError::Io { .. } => wrong("failed", e.to_string(), "loket doctor"),
    })?;
    if changed {
        record(host, if yanked { "yanked" } else { "taken into use again" }, &package).await?;
    }
    drop(acts);
    tokio::task::block_in_place(|| host.refresh(&Look::default()));
    Ok(YankReport { package: package.to_string(), yanked, changed })
}

/// Removes what nobody needs, or says what that is.
pub(super) async fn collect(host: &Host, request: GarbageRequest) -> Result<GarbageReport, Problem> {
    let acts = host.acts.lock().await;
    let mut left = Vec::new();
    let found = tokio::task::block_in_place(|| {
        // Nothing new is linked to what goes while it goes.
        let _as_it_is = host.refreshing.lock().unwrap_or_else(PoisonError::into_inner);
        let garbage = host.registry.garbage(&needed(host))?;
        let removed = garbage.found.into_iter().filter(|found| {
            let removed = if request.dry_run { Ok(()) } else { host.registry.remove(found) };
            removed.map_err(|error| left.push(error.to_string())).is_ok()
        });
        Ok(removed.collect::<Vec<_>>())
    });
    let found = found.map_err(|e: GarbageError| wrong("failed", e.to_string(), "loket doctor"))?;
    if !request.dry_run {
        for found in &found {
            record(host, "removed", &found.reference).await?;
        }
        drop(acts);
        tokio::task::block_in_place(|| host.refresh(&Look::default()));
    }
    Ok(GarbageReport {
        bytes: found.iter().map(|found| found.size).sum(),
        removed: found.iter().map(|f| GarbageInfo { package: f.reference.to_string(), bytes: f.size }).collect(),
        dry_run: request.dry_run,
        left,
    })
}

/// What somebody uses: what serves and was not taken back, what agents run, what either is linked to, and what waits for the owner.
fn needed(host: &Host) -> BTreeSet<PackageRef> {
    let (world, stock) = (host.world(), host.stock());
    let World { packages, agents } = &*world;
    let mut needed = BTreeSet::new();
    let mut placed: Vec<&Placed> = agents.values().filter_map(|agent| agent.place.as_ref().ok()).collect();
    for (reference, package) in packages {
        if package.waits.is_some() {
            needed.insert(reference.clone());
        }
        if let Some(Ok(place)) = &package.place {
            placed.push(place);
            if !package.item.is_yanked() {
                needed.insert(reference.clone());
            }
        }
    }
    needed.extend(agents.values().filter_map(|agent| agent.package.parse().ok()));
    for link in placed.into_iter().flat_map(|placed| &placed.links) {
        let Ok(name) = link.provider.parse::<PackageName>() else { continue };
        match link.version.parse() {
            Ok(version) => drop(needed.insert(name.at(version))),
            Err(_) => needed.extend(stock.newest(&name).map(|item| item.reference.clone())),
        }
    }
    needed
}

/// Writes an act in the ledger, and waits until it is durable.
async fn record(host: &Host, what: &str, package: &PackageRef) -> Result<(), Problem> {
    let whom = Principal::Package(package.name.to_string().into());
    let seq = host.act(what, &whom, &[("package", package.to_string())]);
    host.counter.ledger.settle(seq).await.map_err(|e| problem(CallError::Failed(e.to_string())))
}
