//! The seal: what the owner signed as being in order, and what is not as it was signed.
//!
//! `statement` is what is signed, [`mismatch`] what differs from it, [`key`] the owner's key under a passphrase.

pub mod key;
pub mod mismatch;
mod statement;

pub use key::{OwnerKey, OwnerKeyError};
pub use mismatch::{Mismatch, Rule};
pub use statement::{Anchor, COMMENT, Part, PartName, Statement, StatementError, farewell};
