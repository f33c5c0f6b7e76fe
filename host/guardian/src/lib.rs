//! The rules by which a component is admitted, and the formats in which owners and authors write down what they want.
//!
//! Files in reading order: [`report`] how bad news is told, [`capability`] what a manifest or a grant may name,
//! [`manifest`] an agent's `agent.toml`, [`config`] the host's `loket.toml`, [`models`] which models it names, [`fallback`] what stands behind an agent's model, [`money`] and [`budget`] what thinking may cost, [`memory`] what both say of memory, [`schedule`] when an agent is told something by itself, [`run`] which commands can be granted, [`mcp`] which servers of tools are spoken to and [`oauth`] how one logs in there, [`issuer`] whose tokens open the host's own, [`server`] how its service takes requests in, [`telemetry`] whom monitoring is told, [`defaults`] what the bundled agents get at
//! the first start, [`role`] what a component is, [`baseline`] which WASI is linked sealed, [`native`] which more of it can be linked, [`verdict`] what each import
//! is linked to, [`refusal`] why one is not, [`difference`] what
//! a version asks for that the one before it did not, [`scan`] what follows from what scanners find, [`seal`] what must not change by itself.
//!
//! **Invariant:** nothing here reads a file, a clock or the network, and nothing here runs a component: texts and
//! surfaces come in, values and verdicts go out. So every rule can be tested with a table.

pub mod baseline;
pub mod budget;
pub mod capability;
pub mod config;
pub mod defaults;
pub mod difference;
pub mod fallback;
pub mod issuer;
pub mod manifest;
pub mod mcp;
pub mod memory;
pub mod models;
pub mod money;
pub mod native;
pub mod oauth;
mod reader;
pub mod refusal;
pub mod report;
pub mod role;
pub mod run;
pub mod scan;
pub mod schedule;
pub mod seal;
pub mod server;
pub mod telemetry;
pub mod verdict;

pub use budget::{Budget, HostBudget};
pub use capability::{CapabilityName, Grantee};
pub use config::{HostConfig, HostLimits, HostSpace, TurnLimits};
pub use defaults::DefaultGrant;
pub use difference::{Change, Difference, Want, Wants};
pub use fallback::{Fallback, Order, Pin};
pub use manifest::{AgentLimits, AgentManifest, AgentName};
pub use memory::{AgentMemory, HostMemory, LanguageTag};
pub use models::{ModelChoice, ModelEntry, ModelName};
pub use money::{Currency, Money, Price, Tokens};
pub use reader::MAX_TEXT;
pub use refusal::{Reason, Refusal};
pub use report::Report;
pub use role::Role;
pub use scan::ScanPolicy;
pub use schedule::Schedule;
pub use verdict::{
    Access, Candidate, GrantState, Held, HostInterface, Link, Plan, Provider, Question, Source, Verdict,
};
