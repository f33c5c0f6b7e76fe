//! The kernel: one counter for every call, and the sandboxes on both sides of it.
//!
//! It knows nothing of HTTP servers, MCP, models, memory or the UI, and names no database.
//!
//! Files in reading order: [`call`] what passes the counter, [`chain`] who called through whom, [`labels`] where data came from,
//! [`fault`] how a call ends badly, [`grants`] the owner's yes and no, [`terms`] what it says in a
//! provider's own words, [`held`] what stays open for an instance, [`tally`] how much of a grant is used, [`turn`] one event
//! handled by one agent, [`deadline`] until when, [`approval`] who is asked when a grant says `ask`, [`provider`] what answers a capability, [`redact`] what must not pass,
//! [`counter`] the one door.
//! Then the sandboxes: [`limits`] what an instance may use, [`engine`] the two engines, [`cache`] compiled code on disk,
//! [`convert`] the engine's values and ours, [`bulk`] bytes as one block, [`wasi`] the sealed baseline, `printed` what is printed, [`room`] the memory of all instances
//! together, [`state`] what a store holds,
//! [`link`] imports to the counter, [`native`] WASI beyond the baseline, [`program`] components for a command line, [`mod@unit`] a linked component. And from the ledger: [`page`] a turn's
//! page read back, [`replay`] a turn run again, [`resume`] one that goes on.

pub mod approval;
pub mod bulk;
pub mod cache;
pub mod call;
pub mod chain;
pub mod convert;
pub mod counter;
pub mod deadline;
pub mod engine;
pub mod fault;
pub mod grants;
pub mod held;
pub mod labels;
pub mod limits;
pub mod link;
pub mod native;
pub mod page;
mod printed;
pub mod program;
pub mod provider;
pub mod redact;
pub mod replay;
pub mod resume;
pub mod room;
pub mod state;
pub mod tally;
pub mod terms;
pub mod turn;
pub mod unit;
pub mod wasi;

pub use approval::{Approver, Ask};
pub use call::{Call, Capability};
pub use chain::{Chain, Principal};
pub use counter::Counter;
pub use engine::Engines;
pub use fault::CallError;
pub use grants::{Delegation, Grant, Grants, Verdict};
pub use held::Held;
pub use labels::Labels;
pub use limits::{Limits, Space};
pub use native::Native;
pub use page::{Page, PageError};
pub use provider::{Effect, Keeps, Provider, Reply};
pub use redact::Redact;
pub use terms::{AllTerms, Terms};
pub use turn::{Turn, Watch};
pub use unit::Unit;
