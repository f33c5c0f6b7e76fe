//! Secrets: named by components, put into requests by the host, and seen by nobody.
//!
//! Files: [`source`] secrets as providers use them, [`redact`] their values taken out of texts.

pub mod redact;
pub mod source;
