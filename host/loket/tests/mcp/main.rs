//! The MCP server, met as its clients meet it: over HTTP, by a real host, with a token. A binary of its own: the conformance suite is another
//! program, and takes its time.
//!
//! `cargo xtask test` installs the suite and the Node that it wants.

mod approving;
mod brains;
mod bridge;
mod components;
mod conformance;
#[path = "../host/house.rs"]
#[expect(dead_code, reason = "this binary needs less of a house than the other")]
mod house;
mod install;
mod load;
mod oauth;
mod peers;
mod prompts;
mod quick;
mod revisions;
mod scope;
mod served;
#[path = "../host/servers.rs"]
#[expect(dead_code, reason = "this binary needs less of a server than the other")]
mod servers;
mod session;
mod tokens;
