//! One thing that is not as it should be, and how it is told.

use loket_registry::Digest;
use std::fmt;

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// What it is: `program`, `package acme:calc@1.0.0`.
    pub what: String,
    /// Where it lies.
    pub place: String,
    /// By what it is measured.
    pub rule: Rule,
    /// The digest that it must have; nothing where nothing must be there.
    pub expected: Option<Digest>,
    /// The digest that it has; nothing where nothing is there, or it cannot be read.
    pub found: Option<Digest>,
}

/// By what something is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// By the seal that the owner signed.
    Sealed,
    /// By what the host noted in the ledger when it wrote the file.
    Noted,
    /// By the digest under which the owner let it run.
    Pinned,
    /// By the signature of the owner's key.
    Signed,
    /// By a line of the ledger that the seal names.
    Anchored,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mismatch { what, place, rule, expected, found } = self;
        let was = match rule {
            Rule::Sealed => "as you sealed it",
            Rule::Noted => "as the host wrote it",
            Rule::Pinned => "as it was let run",
            Rule::Signed => return write!(f, "the {what} (`{place}`) is not signed by the owner's key"),
            Rule::Anchored => {
                return write!(f, "the {what} (`{place}`) does not hold the line that it had when you sealed it");
            }
        };
        match (expected, found) {
            (None, _) => write!(f, "the {what} (`{place}`) is not {was}: there was none, and now there is"),
            (Some(expected), None) => write!(f, "the {what} (`{place}`) is gone, or cannot be read; it was {expected}"),
            (Some(expected), Some(found)) => {
                write!(f, "the {what} (`{place}`) is not {was}: it was {expected}, and is {found}")
            }
        }
    }
}
