//! A recorded turn run again: what is asked for, and what it came to.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

/// Which turn to run again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReplayRequest {
    /// The turn.
    pub turn: String,
    /// Do not run it: say which of its calls would have been the first to be refused, had this capability or package not been granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without: Option<String>,
    /// To whom it was granted: an agent's name, or a package; the turn's agent when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
}

/// What it came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReplayReport {
    /// The turn.
    pub turn: String,
    /// What ran, as `acme:calc@1.2.0`; absent where nothing did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The SHA-256 of its bytes, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// `equal` or `diverged`; where a grant was left out, `refused` or `unaffected`.
    pub verdict: String,
    /// How many calls were the same; where a grant was left out, how many would have been let through before the first that would not.
    pub calls: u32,
    /// Whether the turn was cut off or stopped: it is compared as far as its record goes.
    #[serde(default)]
    pub cut_off: bool,
    /// The answer, where it is the same: `{"ok": …}` or `{"error": …}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Json>,
    /// Where it first did something else than it once did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub divergence: Option<DivergenceInfo>,
    /// The first call that would not have been let through without the grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<RefusedInfo>,
    /// The first call that the grants of now would not let through with it either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_anyway: Option<RefusedInfo>,
}

/// Where a turn first did something else than it once did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DivergenceInfo {
    /// The number of the call in the turn's page; absent where the page has no more calls, 1 for the answer of the whole turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<u32>,
    /// What happened, in a sentence.
    pub what: String,
    /// What it once was against what it is now, as a unified diff of a bounded size.
    pub diff: Vec<String>,
}

/// A call that would not have been let through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RefusedInfo {
    /// Its number in the turn's page.
    pub call: u32,
    /// Who called through whom.
    pub chain: String,
    /// The capability.
    pub capability: String,
    /// The function.
    pub function: String,
    /// The arguments; absent where they were forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Json>,
    /// `denied` or `needs-approval`.
    pub code: String,
    /// What the counter would have said.
    pub reason: String,
    /// The command that would have allowed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}
