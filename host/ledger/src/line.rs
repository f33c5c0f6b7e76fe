//! What the ledger records.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A turn's name: a ULID's 128 bits, ascending with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TurnId(pub u128);

/// What a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A turn begins; the payload holds all that is needed to run it again.
    Turn,
    /// A call was let through; the payload holds its arguments. Durable before any effect outside the host.
    Intent,
    /// A call's answer; the payload holds its results.
    Outcome,
    /// The counter said no; the payload holds the reason.
    Refused,
    /// A call ended in a fault or at a limit; the payload holds the reason.
    Failed,
    /// A turn ended; the payload holds its answer.
    End,
    /// An act of the owner or of the host: grant, revoke, admission, start; the payload says which.
    Act,
}

/// One line as a writer hands it in. Sequence number, salt and hashes are the ledger's.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The turn that it belongs to; `TurnId(0)` for acts outside turns.
    pub turn: TurnId,
    /// The number of the call in its turn, from 1; 0 for the turn itself. Intent and outcome carry the same.
    pub call: u32,
    /// The number of the call that made this one; 0 when the turn's first component did.
    pub parent: u32,
    /// What it says.
    pub kind: Kind,
    /// Milliseconds since 1970.
    pub time: u64,
    /// Who called through whom, for example `owner > agent:assistant`.
    pub chain: Arc<str>,
    /// The capability, for example `loket:brain/memory`.
    pub capability: Arc<str>,
    /// The function.
    pub function: Arc<str>,
    /// The labels of the turn at that moment, as bits.
    pub labels: u8,
    /// What goes with it; erasable.
    pub payload: Payload,
}

/// The erasable part of a line. The chain holds only its salted digest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Payload {
    /// Nothing.
    None,
    /// Arguments or results.
    Values(Vec<loket_values::Value>),
    /// A reason, in words.
    Text(String),
    /// Anything with a form of its own (a turn's inputs, an act), as JSON.
    Json(String),
}
