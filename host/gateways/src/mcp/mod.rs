//! The MCP server: agents and tools for other programs, over streamable HTTP at `/mcp` and over a pipe.
//!
//! The protocol is `rmcp`'s, in all revisions that it knows. Here is only what is ours: whose a session is, what is asked behind it, and how
//! that looks in the protocol.
//!
//! Files in reading order: [`behind`] what answers, `sessions` whose sessions there are, `serve` requests and their answers, `handler` one
//! client's requests, `telling` what is told while one runs, `asking` what a tool asks its user, `news` what changed meanwhile.

mod asking;
pub mod behind;
mod handler;
mod news;
mod serve;
mod sessions;
mod telling;

pub use behind::Behind;
/// The protocol's own shapes.
pub use rmcp::model;
pub(crate) use serve::Service;
pub(crate) use serve::{PATH, delete, get, post};
