//! Servers of tools at the desk.
//!
//! Files: [`change`] one brought in, accepted or taken out, [`login`] logging in there and out, [`shown`] how they are; here, what they share.

pub(super) mod change;
pub(super) mod login;
pub(super) mod shown;

use super::{problem, wrong};
use crate::host::Host;
use loket_gateways::desk::Problem;
use loket_guardian::mcp::{McpName, McpNameError};
use loket_kernel::{CallError, Principal};
use loket_providers::mcp::{Servers, Survey};

/// The servers of a host.
fn servers(host: &Host) -> Result<&Servers, Problem> {
    host.mcp.as_ref().ok_or_else(|| wrong("unavailable", "this host has no servers of tools", "loket doctor"))
}

/// Asks a server what it offers. That is in the ledger before the server is reached: it is no call of anybody's, but the owner's act.
async fn survey(host: &Host, name: &McpName) -> Result<Survey, Problem> {
    record(host, "server asked", name, &[]).await?;
    let servers = servers(host)?;
    servers.survey(name).await.map_err(|error| match servers.needs_login(name) {
        Some(why) => {
            wrong("denied", format!("`{name}` does not let this host in: {why}"), format!("loket mcp login {name}"))
        }
        None => problem(error),
    })
}

/// Writes an act into the ledger.
async fn record(host: &Host, what: &str, name: &McpName, about: &[(&str, String)]) -> Result<(), Problem> {
    let seq = host.act(what, &Principal::Package(name.package().into()), about);
    host.counter.ledger.settle(seq).await.map_err(|e| problem(CallError::Failed(e.to_string())))
}

/// A server by its name, which is in the settings.
fn named(host: &Host, name: &str) -> Result<McpName, Problem> {
    let name: McpName = name.parse().map_err(|e: McpNameError| wrong("invalid", e.to_string(), "loket mcp list"))?;
    match servers(host)?.entry(&name) {
        Some(_) => Ok(name),
        None => Err(wrong("not-found", format!("there is no server `{name}`"), "loket mcp list")),
    }
}
