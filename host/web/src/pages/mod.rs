//! The pages, a file or a folder each: what it asks the desk, and how it looks.
//!
//! `login` in and out, `welcome` the first time, `chat` talking, `approvals` what waits for the owner, `agents`, `packages`,
//! `ledger` what was done, `guardian` the seal, `settings` who is in.

pub(crate) mod agents;
pub(crate) mod approvals;
pub(crate) mod chat;
pub(crate) mod guardian;
pub(crate) mod ledger;
pub(crate) mod login;
pub(crate) mod packages;
pub(crate) mod settings;
pub(crate) mod welcome;
