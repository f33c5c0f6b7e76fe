//! Packages that wait: the owner says yes or no. Each act is on disk and in the ledger before it is answered, and is about the very bytes
//! that wait.

use super::publish::named;
use super::{problem, wrong};
use crate::host::Host;
use crate::refresh::Look;
use crate::waiting::Waiting;
use loket_gateways::desk::{Decision, DecisionRequest, Problem};
use loket_kernel::{CallError, Principal};
use loket_registry::{Package, PackageRef};
use std::sync::PoisonError;

/// Lets what waits run.
pub(super) async fn approve(host: &Host, request: DecisionRequest) -> Result<Decision, Problem> {
    let reference = named(&request.package)?;
    host.let_in(&format!("`{reference}` is not approved"))?;
    let acts = host.acts.lock().await;
    let waiting = waiting(host, &reference, request.digest.as_deref())?;
    tokio::task::block_in_place(|| {
        let package = still(host, &reference, &waiting)?;
        let signature = host.registry.signature(&reference).map_err(unread)?;
        let standing = host.trusted().standing(&package, signature.as_ref());
        host.approve(&package, &standing).map_err(|e| {
            wrong("failed", format!("the approval cannot be kept: {e}"), "free some space, then try again")
        })
    })?;
    record(host, "approved", &reference, &waiting).await?;
    drop(acts);
    Ok(decided(host, &reference, waiting, true))
}

/// Takes what waits away. What ran before in its place is put back.
pub(super) async fn reject(host: &Host, request: DecisionRequest) -> Result<Decision, Problem> {
    let reference = named(&request.package)?;
    let acts = host.acts.lock().await;
    let waiting = waiting(host, &reference, request.digest.as_deref())?;
    tokio::task::block_in_place(|| {
        let _as_it_is = host.refreshing.lock().unwrap_or_else(PoisonError::into_inner);
        still(host, &reference, &waiting)?;
        let Some(found) = host.registry.scan().found.into_iter().find(|found| found.reference == reference) else {
            return Ok(());
        };
        if !found.path.starts_with(&host.registry.folders()[0]) {
            let message = format!("`{}` lies in a folder that this home only reads", found.path.display());
            return Err(wrong("invalid", message, "remove the file yourself"));
        }
        let failed = |e: &dyn std::fmt::Display| wrong("failed", e.to_string(), "loket doctor");
        let world = host.world();
        match world.packages.get(&reference).filter(|package| package.item.digest != waiting.digest) {
            Some(before) => {
                let signature = before.item.signature.as_ref().and_then(|signature| signature.as_ref().ok());
                let put = host.registry.put_back(&before.item.bytes, &reference, signature);
                put.map(drop).map_err(|e| failed(&e))
            }
            None => host.registry.remove(&found).map_err(|e| failed(&e)),
        }
    })?;
    record(host, "rejected", &reference, &waiting).await?;
    drop(acts);
    Ok(decided(host, &reference, waiting, false))
}

/// What waits under that name, with that digest if one is said.
fn waiting(host: &Host, reference: &PackageRef, digest: Option<&str>) -> Result<Waiting, Problem> {
    let world = host.world();
    let Some(waiting) = world.packages.get(reference).and_then(|package| package.waits.clone()) else {
        let message = format!("`{reference}` does not wait");
        return Err(wrong("not-found", message, "`loket packages` shows what does"));
    };
    match digest {
        Some(digest) if digest != waiting.digest => {
            let message = format!("what waits as `{reference}` is {}, and not {digest}", waiting.digest);
            Err(wrong("invalid", message, format!("loket inspect {reference}")))
        }
        _ => Ok(waiting),
    }
}

/// The bytes that wait, if they are those that lie there still.
fn still(host: &Host, reference: &PackageRef, waiting: &Waiting) -> Result<Package, Problem> {
    let package = host.registry.read(reference).map_err(unread)?;
    if package.digest().hex() == waiting.digest {
        return Ok(package);
    }
    let message = format!("`{reference}` was changed since it was looked at");
    Err(wrong("unavailable", message, format!("loket inspect {reference}, then decide again")))
}

fn unread(error: loket_registry::ReadError) -> Problem {
    wrong("failed", error.to_string(), "loket doctor")
}

fn decided(host: &Host, reference: &PackageRef, waiting: Waiting, approved: bool) -> Decision {
    tokio::task::block_in_place(|| host.refresh(&Look::default()));
    let state = host.world().packages.get(reference).map(|package| package.state());
    let state = state.unwrap_or_else(|| "removed".to_owned());
    Decision { package: reference.to_string(), digest: waiting.digest, approved, state }
}

/// Writes an act in the ledger, and waits until it is durable.
async fn record(host: &Host, what: &str, reference: &PackageRef, waiting: &Waiting) -> Result<(), Problem> {
    let about = [
        ("package", reference.to_string()),
        ("digest", waiting.digest.clone()),
        ("why it waited", waiting.report.why().join("; ")),
    ];
    let seq = host.act(what, &Principal::Package(reference.name.to_string().into()), &about);
    host.counter.ledger.settle(seq).await.map_err(|e| problem(CallError::Failed(e.to_string())))
}
