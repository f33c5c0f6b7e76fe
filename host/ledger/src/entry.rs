//! What the ledger gives back: entries, places and the report of a walk.

use crate::line::{Kind, Payload, TurnId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A line's place, from 1; 0 is the place before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Seq(pub u64);

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A line's hash: blake3 over the hash before it and the line.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// One line as it stands in the ledger. See [`crate::Line`] for the fields that its writer gave.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the same fields as a line's, explained there")]
pub struct Entry {
    /// Its place.
    pub seq: Seq,
    pub turn: TurnId,
    pub call: u32,
    pub parent: u32,
    pub kind: Kind,
    pub time: u64,
    pub chain: Arc<str>,
    pub capability: Arc<str>,
    pub function: Arc<str>,
    pub labels: u8,
    /// What went with it, if it is still there.
    pub payload: Stored,
    /// The hash of the line before; the ledger's genesis for the first.
    pub prev: Hash,
    /// Its own hash.
    pub hash: Hash,
}

/// A payload as it is found.
#[derive(Debug, Clone, PartialEq)]
pub enum Stored {
    /// Nothing went with the line.
    None,
    /// It is there, and matches its digest.
    Present(Payload),
    /// It was there and was erased: the chain still holds its digest, nobody its bytes.
    Erased,
}

/// The newest durable line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its place; 0 in an empty ledger.
    pub seq: Seq,
    /// Its hash; the genesis in an empty ledger. Kept elsewhere, it proves later that nothing up to here was changed or cut off.
    pub hash: Hash,
}

/// What a walk over the whole ledger found.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a report may hold faults"]
pub struct Report {
    /// Lines read.
    pub lines: u64,
    /// Payloads that were erased.
    pub erased: u64,
    /// The end of the chain as the walk computed it.
    pub head: Head,
    /// What does not fit; empty when the ledger is sound. At most [`Report::MAX_FAULTS`].
    pub faults: Vec<Fault>,
}

impl Report {
    /// A walk stops here: a ledger with so many faults is no ledger.
    pub const MAX_FAULTS: usize = 1000;

    /// Whether no fault was found.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

/// One thing that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The first line that it concerns.
    pub seq: Seq,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.seq, self.what)
    }
}
