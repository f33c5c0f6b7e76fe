//! Whose signatures count: the owner's acts. Each is on disk and in the ledger before it is answered.

use super::{problem, wrong};
use crate::host::Host;
use crate::trusted::Held;
use jiff::Timestamp;
use loket_gateways::desk::{KeyInfo, KeyName, KeyRequest, Problem};
use loket_kernel::{CallError, Principal};
use loket_registry::key::KeyError;
use loket_registry::trust::TrustedKey;
use loket_registry::{PublicKey, TrustError, TrustedKeys};

pub(super) fn list(host: &Host) -> Vec<KeyInfo> {
    host.trusted().list().iter().map(info).collect()
}

pub(super) async fn trust(host: &Host, request: KeyRequest) -> Result<KeyInfo, Problem> {
    let KeyRequest { name, public } = request;
    let public: PublicKey = public.parse().map_err(|e: KeyError| {
        wrong("invalid", e.to_string(), "give what is in the `.pub` file beside the secret key")
    })?;
    change(host, "key trusted", |keys, now| keys.trust(&name, public, now).cloned()).await
}

pub(super) async fn revoke(host: &Host, request: KeyName) -> Result<KeyInfo, Problem> {
    change(host, "key revoked", |keys, now| keys.revoke(&request.name, now).cloned()).await
}

pub(super) async fn remove(host: &Host, request: KeyName) -> Result<KeyInfo, Problem> {
    change(host, "key removed", |keys, _| keys.remove(&request.name)).await
}

/// One act. What is signed stands otherwise from then on.
async fn change(
    host: &Host,
    what: &str,
    change: impl FnOnce(&mut TrustedKeys, Timestamp) -> Result<TrustedKey, TrustError>,
) -> Result<KeyInfo, Problem> {
    let acts = host.acts.lock().await;
    let mut keys = TrustedKeys::clone(&host.trusted());
    let key = change(&mut keys, Timestamp::now())
        .map_err(|e| wrong(code(&e), e.to_string(), "`loket keys list` shows them"))?;
    let held = host.trust(keys).map_err(|e| {
        wrong("failed", format!("the trusted keys cannot be kept: {e}"), "free some space, then try again")
    })?;
    if held == Held::OnceSealed {
        return Ok(KeyInfo { waits_for_seal: true, ..info(&key) });
    }
    let about = [("key", key.name.clone()), ("id", key.public.id()), ("public", key.public.to_string())];
    let seq = host.act(what, &Principal::Owner, &about);
    host.counter.ledger.settle(seq).await.map_err(|e| problem(CallError::Failed(e.to_string())))?;
    drop(acts);
    tokio::task::block_in_place(|| host.restand());
    Ok(info(&key))
}

fn code(error: &TrustError) -> &'static str {
    match error {
        TrustError::Missing { .. } => "not-found",
        TrustError::TooMany => "exhausted",
        _ => "invalid",
    }
}

fn info(key: &TrustedKey) -> KeyInfo {
    KeyInfo {
        name: key.name.clone(),
        id: key.public.id(),
        public: key.public.to_string(),
        since: format!("{:.0}", key.since),
        revoked: key.revoked.map(|at| format!("{at:.0}")),
        waits_for_seal: false,
    }
}
