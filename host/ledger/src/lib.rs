//! The ledger: an append-only, hash-chained record of every call at the counter, refusals included.
//!
//! Files in reading order: [`line`] what is recorded.

pub mod line;

pub use line::{Kind, Line, Payload, TurnId};
