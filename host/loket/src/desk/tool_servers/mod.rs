//! Servers of tools at the desk.
//!
//! Files: [`change`] one brought in, accepted or taken out, [`shown`] how they are; here, what both share.

pub(super) mod change;
pub(super) mod shown;

use super::wrong;
use crate::host::Host;
use loket_gateways::desk::Problem;
use loket_guardian::mcp::{McpName, McpNameError};
use loket_providers::mcp::Servers;

/// The servers of a host.
fn servers(host: &Host) -> Result<&Servers, Problem> {
    host.mcp.as_ref().ok_or_else(|| wrong("unavailable", "this host has no servers of tools", "loket doctor"))
}

/// A server by its name, which is in the settings.
fn named(host: &Host, name: &str) -> Result<McpName, Problem> {
    let name: McpName = name.parse().map_err(|e: McpNameError| wrong("invalid", e.to_string(), "loket mcp list"))?;
    match servers(host)?.entry(&name) {
        Some(_) => Ok(name),
        None => Err(wrong("not-found", format!("there is no server `{name}`"), "loket mcp list")),
    }
}
