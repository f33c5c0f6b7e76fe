//! The pages, a file or a folder each: what it asks the desk, and how it looks.
//!
//! `login` in and out, `welcome` the first time, `chat` talking, `approvals` what waits for the owner, `agents`, `brain` what
//! they remember, `authority` what they could do, `packages`, `servers` of tools, `models`,
//! `ledger` what was done, `guardian` the seal, `settings` who is in, `api` what programs can ask.

pub(crate) mod agents;
pub(crate) mod api;
pub(crate) mod approvals;
pub(crate) mod authority;
pub(crate) mod brain;
pub(crate) mod chat;
pub(crate) mod guardian;
pub(crate) mod ledger;
pub(crate) mod login;
pub(crate) mod models;
pub(crate) mod packages;
pub(crate) mod servers;
pub(crate) mod settings;
pub(crate) mod welcome;
