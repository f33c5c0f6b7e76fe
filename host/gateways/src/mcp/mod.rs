//! The MCP server: agents and tools for other programs, over streamable HTTP at `/mcp` and over a pipe.
//!
//! The protocol is `rmcp`'s, in all revisions that it knows. Here is only what is ours: whose a session is, what is asked behind it, and how
//! that looks in the protocol.
//!
//! Files in reading order: [`behind`] what answers, `sessions` whose sessions there are, `session` one of them, `kept` what it was told, `serve` requests and
//! their answers, `quick` calls that need nothing else, `handler` one client's requests, `calling` a call from its request to its answer, `telling` what is told while one runs,
//! `asking` what a tool asks its user, `approving` what waits for a yes, `parked` calls between two requests, `news` what changed meanwhile.

mod approving;
mod asking;
pub mod behind;
mod calling;
mod handler;
mod kept;
mod news;
#[cfg(test)]
mod nothing;
mod parked;
mod quick;
mod serve;
mod session;
mod sessions;
mod telling;

pub use behind::Behind;
/// The protocol's own shapes.
pub use rmcp::model;
pub(crate) use serve::Service;
pub(crate) use serve::{PATH, delete, get, post};
