//! The ways in: HTTP and the command line. Both speak to the host through [`desk::Desk`], and everything that they ask for
//! enters at the counter there. Nothing here names wasmtime or a database.
//!
//! Files in reading order: [`desk`] what the host answers, `problem` how errors are made, [`http`] the service, [`client`] the
//! way to a desk (running or in process), [`cli`] the command line; `secret`, `backup`, `package`, `key` and `guardian` their
//! shapes at the desk, [`scan`] that of what scanners found, [`oci`] that of packages which lie elsewhere.

mod backup;
pub mod cli;
pub mod client;
pub mod desk;
mod guardian;
pub mod http;
mod key;
pub mod oci;
mod package;
mod problem;
pub mod scan;
mod secret;
