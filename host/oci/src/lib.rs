//! Packages in OCI registries, as the Bytecode Alliance's tools lay them out: one manifest, one layer, which is the component.
//!
//! Files in reading order: [`address`] where an image is, [`login`] as whom, [`image`] what it is made of, `wire` the way to a registry,
//! [`mod@push`] and [`mod@pull`], [`error`] why not.
//!
//! **Invariant:** what a registry says is bounded in bytes and in time, and nothing that it says has a name or a place on this machine: bytes
//! are given to the caller, with their digest checked, and the caller decides.

pub mod address;
pub mod error;
pub mod image;
pub mod login;
pub mod pull;
pub mod push;
mod wire;

pub use address::Address;
pub use error::OciError;
pub use login::Login;
pub use pull::{Pulled, pull};
pub use push::{Outgoing, Pushed, push};

/// How many bytes a component may have.
pub const MAX_COMPONENT: u64 = 128 << 20;
