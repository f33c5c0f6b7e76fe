//! The ways in: HTTP and the command line. Both speak to the host through [`desk::Desk`], and everything that they ask for
//! enters at the counter there. Nothing here names wasmtime or a database.
//!
//! Files in reading order: [`desk`] what the host answers, `problem` how errors are made, [`entrance`] how the owner comes in, [`http`] the service, [`mcp`] the same for programs that speak MCP, [`client`] the
//! way to a desk (running or in process), [`cli`] the command line; `access`, `agent`, `ask`, `chat`, `command`, `grant`, `inspection`, `record`, `login`, `secret`, `model`, `spend`, `backup`, `package`, `key`, `guardian`, `schedule` and `replay` their
//! shapes at the desk, [`age`] how some of it is said, [`scan`] that of what scanners found, [`oci`] that of packages which lie elsewhere, [`pasted`] that of servers as other programs keep them, [`workshop`] that of
//! what is made of sources; [`shell`] commands that are shown to be copied.

mod access;
pub mod age;
mod agent;
mod ask;
mod backup;
mod chat;
pub mod cli;
pub mod client;
mod command;
pub mod desk;
pub mod entrance;
mod grant;
mod guardian;
pub mod http;
mod inspection;
mod key;
mod login;
pub mod mcp;
mod model;
pub mod oci;
mod package;
pub mod pasted;
mod problem;
mod record;
mod replay;
pub mod scan;
mod schedule;
mod secret;
pub mod shell;
mod spend;
mod tool_server;
pub mod workshop;
