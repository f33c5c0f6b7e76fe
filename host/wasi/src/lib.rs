//! WASI beyond the sealed baseline, linked natively for components that were not written for Loket, under the same grants as all else.
//!
//! What each of them does at the counter, and how a revoke reaches a running instance, is [`loket_kernel::native`]. Files in reading order:
//! `names` their place at the counter, [`files`] granted folders, [`keyvalue`] buckets of the component's own, [`http`] requests to granted
//! hosts, [`sockets`] TCP to granted addresses.

pub mod files;
pub mod http;
pub mod keyvalue;
mod names;
pub mod sockets;

pub use files::Files;
pub use http::Http;
pub use keyvalue::KeyValue;
pub use sockets::Sockets;
