//! Making problems: one constructor for each code that gateways themselves use, and the hint that goes with it.

use crate::desk::Problem;
use std::fmt;

impl Problem {
    /// A problem with a code of [`Problem::code`] and a message.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), hint: None }
    }

    /// The request makes no sense.
    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new("invalid", message)
    }

    /// Who asks may not.
    #[must_use]
    pub fn denied(message: impl Into<String>) -> Self {
        Self::new("denied", message)
    }

    /// It is not there.
    #[must_use]
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new("not-found", message)
    }

    /// A limit was reached.
    #[must_use]
    pub fn exhausted(message: impl Into<String>) -> Self {
        Self::new("exhausted", message)
    }

    /// It is not there now; trying later may work.
    #[must_use]
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new("unavailable", message)
    }

    /// It was tried and did not succeed.
    #[must_use]
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new("failed", message)
    }

    /// What to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}
