//! Models at the desk: which there are, how they are, what they took, and how one is brought in.

use crate::desk::GrantInfo;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The models of a home, and what was used of them today.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ModelList {
    /// The models: those of `loket.toml` by name, then packages that need no settings.
    pub models: Vec<ModelInfo>,
    /// What was used today.
    pub today: SpentToday,
}

/// One model.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ModelInfo {
    /// As agents name it: `local`, or a package such as `loket:offline`.
    pub name: String,
    /// The package that speaks to it.
    pub adapter: String,
    /// Where its server is; absent for one that needs none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
    /// What its server calls it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model: Option<String>,
    /// `ready`, `unreachable`, `not-granted`, `missing` (its server has no such model) or `no-adapter`.
    pub state: String,
    /// What is the matter; absent when nothing is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
    /// What its server has, as far as it tells.
    pub has: Vec<String>,
    /// The agents that think with it, also as a fallback.
    pub agents: Vec<String>,
    /// What it costs; absent where nobody said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub price: Option<PriceInfo>,
    /// What was used of it today.
    pub today: UseInfo,
    /// For how many seconds it is left alone still, because it failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rests: Option<u64>,
}

/// What a model costs, for a million tokens each, as decimal numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PriceInfo {
    /// Tokens read.
    pub input: String,
    /// Tokens written.
    pub output: String,
    /// Tokens read that the server had kept.
    pub cached: String,
}

/// What was used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UseInfo {
    /// Calls.
    pub calls: u64,
    /// Tokens read.
    pub input: u64,
    /// Tokens written.
    pub output: u64,
    /// Of those read, the ones that the server had kept.
    pub cached: u64,
    /// What it cost, as a decimal number. Models without a price add nothing.
    pub cost: String,
}

/// What may be used in a day; what is absent is not limited.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BudgetInfo {
    /// Tokens.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tokens: Option<u64>,
    /// Money, as a decimal number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub money: Option<String>,
}

/// What was used today.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SpentToday {
    /// In which currency all prices of this home are.
    pub currency: String,
    /// When the budgets renew, RFC 3339.
    pub renews: String,
    /// By all together.
    pub used: UseInfo,
    /// What all together may use.
    pub budget: BudgetInfo,
    /// By each agent that used anything or has a budget; `owner` for calls on nobody's behalf.
    pub agents: Vec<AgentSpent>,
    /// Models that were used and have no price, so that what they cost is not known.
    #[serde(default)]
    pub unpriced: Vec<String>,
}

/// What an agent used today.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AgentSpent {
    /// Its name.
    pub agent: String,
    /// What it used.
    pub used: UseInfo,
    /// The narrowest of what its manifest and its grants allow.
    pub budget: BudgetInfo,
}

/// Where to look for model servers on this machine.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct ProbeRequest {
    /// The ports, at most 16; the usual ones when empty.
    #[serde(default)]
    pub ports: Vec<u16>,
}

/// A model server that was found on this machine.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FoundServer {
    /// What it seems to be: `Ollama`, `LM Studio`, `llama.cpp`, `vLLM`, or `a model server`.
    pub kind: String,
    /// Where its interface begins.
    pub url: String,
    /// What it has.
    pub models: Vec<String>,
    /// The model of `loket.toml` that is this server already.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub known: Option<String>,
    /// The package that would speak to it.
    pub adapter: String,
}

/// A model to bring in.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct ModelAddRequest {
    /// What it is to be called: lower-case words in kebab case.
    pub name: String,
    /// The package that speaks to it; `loket:openai` when absent.
    #[serde(default)]
    pub adapter: Option<String>,
    /// Where its server is.
    pub url: String,
    /// What its server calls it.
    #[serde(default)]
    pub model: Option<String>,
    /// The name of the secret that opens it.
    #[serde(default)]
    pub key: Option<String>,
    /// Grant the adapter what it needs for that.
    #[serde(default)]
    pub grant: bool,
}

/// What an agent is to think with.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct ModelUseRequest {
    /// The model: one of `loket.toml`, or a package.
    pub name: String,
    /// The agent; `assistant` when absent.
    #[serde(default)]
    pub agent: Option<String>,
    /// Grant the agent what it needs for that.
    #[serde(default)]
    pub grant: bool,
}

/// What was written, and what is left to do.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ModelChange {
    /// The file, in the home.
    pub file: String,
    /// Whether it is another than before.
    pub changed: bool,
    /// What was granted.
    pub granted: Vec<GrantInfo>,
    /// The commands that are left to type, in their order.
    pub todo: Vec<String>,
}
