//! What the ledger's lines say, in the forms that monitoring reads.
//!
//! Nothing here asks the host for anything: a turn and its calls are known by the lines that the counter writes of them, and each follower reads
//! these as anybody may who reads the ledger. So whatever is measured went through the counter, and whatever went through it is measured. What was
//! said in a call is in no metric and in no span: who called what, when, for how long, how it ended, and how many tokens it took.
//!
//! Files in reading order: `done` a turn or a call that is over, `pairs` how two lines become one of these, `usage` what a model says it took;
//! [`metrics`] counts and times of all of them as Prometheus reads them; `spans` one of them as OpenTelemetry knows it, [`mod@export`] the way out of
//! many.

mod done;
pub mod export;
pub mod metrics;
mod pairs;
mod spans;
mod usage;

pub use done::{Done, Outcome};
pub use export::{Exporter, SCOPE, export};
pub use metrics::{Gauges, Metrics};
pub use pairs::Pairs;
pub use usage::Usage;
