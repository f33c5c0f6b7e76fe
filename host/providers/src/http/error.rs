//! Why a request did not come through.

use std::time::Duration;

/// Why a request did not come through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The request is none.
    #[error("{0}")]
    Invalid(String),
    /// Nobody granted it.
    #[error("{}", .0.reason)]
    Refused(Refused),
    /// The host is not there, or does not talk to us.
    #[error("{0}")]
    Unreachable(String),
    /// A limit was reached.
    #[error("the limit `{limit}` was reached: {detail}")]
    Exhausted {
        /// Its name.
        limit: &'static str,
        /// What the limit is, and by how much it was passed.
        detail: String,
    },
    /// What the host said makes no sense.
    #[error("{0}")]
    Broken(String),
}

/// Something that was not granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What, in one sentence.
    pub reason: String,
    /// What would change it.
    pub lacks: Lacks,
}

/// What would change a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lacks {
    /// A value in the terms of one of the grants along the chain.
    Term {
        /// Which of the grants.
        grant: usize,
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
    },
    /// A command.
    Command(String),
    /// Nothing would.
    Nothing,
}

impl HttpError {
    /// Nobody granted it.
    pub(super) fn refused(reason: impl Into<String>, lacks: Lacks) -> HttpError {
        HttpError::Refused(Refused { reason: reason.into(), lacks })
    }

    /// A limit was reached.
    pub(super) fn exhausted(limit: &'static str, detail: impl Into<String>) -> HttpError {
        HttpError::Exhausted { limit, detail: detail.into() }
    }

    /// There was no answer in time.
    pub(super) fn late(target: &impl std::fmt::Display, most: Duration) -> HttpError {
        HttpError::exhausted("time", format!("`{target}` did not answer within {}", seconds(most)))
    }
}

/// A time in words.
pub(super) fn seconds(time: Duration) -> String {
    match time.subsec_millis() {
        0 => format!("{} s", time.as_secs()),
        _ => format!("{} ms", time.as_millis()),
    }
}
