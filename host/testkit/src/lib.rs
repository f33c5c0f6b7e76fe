//! What tests of durable stores share: a disk that forgets, and a process that is killed.
//!
//! A development dependency only; nothing that ships links it. Files in reading order:
//! [`forgetful`] a disk that loses at a power cut whatever was not synced;
//! [`kill`] the test binary as its own child, killed at a given moment.

pub mod forgetful;
pub mod kill;

pub use forgetful::Forgetful;
