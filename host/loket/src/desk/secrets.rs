//! Secrets: the owner's acts. Each is on disk and in the ledger, by name and hosts, before it is answered; a value goes no further than the
//! store.

use super::{problem, time_text, wrong};
use crate::host::Host;
use loket_gateways::desk::{Check, Problem, SecretInfo, SecretName, SecretRequest, Secrets};
use loket_kernel::counter::now;
use loket_kernel::{CallError, Principal};
use loket_providers::secrets::error::SecretsError;
use loket_providers::secrets::store::{Known, Store};
use std::sync::Arc;

pub(super) async fn list(host: &Host) -> Result<Secrets, Problem> {
    let secrets = with(host, |store| store.list()).await?;
    Ok(Secrets { key: key(host), secrets: secrets.into_iter().map(info).collect() })
}

pub(super) async fn set(host: &Host, request: SecretRequest) -> Result<Secrets, Problem> {
    let SecretRequest { name, value, hosts, replace } = request;
    let _one_at_a_time = host.acts.lock().await;
    let value = value.into_inner();
    let (known, replaced) = with(host, move |store| store.set(&name, value, &hosts, replace, now())).await?;
    record(host, if replaced { "secret replaced" } else { "secret set" }, &known).await?;
    Ok(Secrets { key: key(host), secrets: vec![info(known)] })
}

pub(super) async fn remove(host: &Host, request: SecretName) -> Result<Option<SecretInfo>, Problem> {
    let _one_at_a_time = host.acts.lock().await;
    let Some(known) = with(host, move |store| store.remove(&request.name)).await? else { return Ok(None) };
    record(host, "secret removed", &known).await?;
    Ok(Some(info(known)))
}

/// What the doctor says of them.
pub(super) fn look(host: &Host) -> Check {
    let (state, detail, hint) = match (host.secrets.fault(), host.secrets.key()) {
        (Some(fault), _) => ("fault", fault.message, Some(fault.hint.to_owned())),
        (None, Some(key)) => {
            ("ok", format!("{} kept, encrypted; the key is in {key}", host.secrets.known().len()), None)
        }
        (None, None) => ("ok", "none".to_owned(), None),
    };
    Check { name: "secrets".to_owned(), state: state.to_owned(), detail, hint }
}

/// Work on the store, which blocks: for the disk, and for a keyring that asks its user.
async fn with<T: Send + 'static>(
    host: &Host,
    work: impl FnOnce(&Store) -> Result<T, SecretsError> + Send + 'static,
) -> Result<T, Problem> {
    let store: Arc<Store> = host.secrets.clone();
    match tokio::task::spawn_blocking(move || work(&store)).await {
        Ok(done) => done.map_err(|e| wrong(code(&e), e.to_string(), e.hint())),
        Err(_) => Err(wrong("failed", "the work on the secrets broke off", "loket doctor")),
    }
}

fn code(error: &SecretsError) -> &'static str {
    match error {
        SecretsError::Name { .. } | SecretsError::Value(_) | SecretsError::Hosts(_) | SecretsError::Exists(_) => {
            "invalid"
        }
        SecretsError::Full { .. } => "exhausted",
        SecretsError::Keyring { .. } => "unavailable",
        _ => "failed",
    }
}

/// Writes an act in the ledger, and waits until it is durable.
async fn record(host: &Host, what: &str, known: &Known) -> Result<(), Problem> {
    let about = [("secret", known.name.clone()), ("hosts", known.hosts.join(", "))];
    let seq = host.act(what, &Principal::Owner, &about);
    host.counter.ledger.settle(seq).await.map_err(|e| problem(CallError::Failed(e.to_string())))
}

fn key(host: &Host) -> Option<String> {
    host.secrets.key().map(|key| key.to_string())
}

fn info(known: Known) -> SecretInfo {
    SecretInfo { name: known.name, hosts: known.hosts, set: time_text(known.set) }
}
