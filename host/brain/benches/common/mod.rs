//! What both benchmarks share: [`memory`] a memory on its way into either side, and what is asked of the brain; [`fts5`] the other side.
//!
//! The only places that name the brain's types are here, so that a change of them is followed in one file.

pub(crate) mod fts5;
pub(crate) mod memory;

/// Whatever stops a measurement.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
