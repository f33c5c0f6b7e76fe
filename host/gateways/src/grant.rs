//! What is granted, and how that is asked for and taken back.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// One grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GrantInfo {
    /// `agent:assistant` or `package:acme:invoice`
    pub grantee: String,
    /// The capability: an interface, or a whole package.
    pub capability: String,
    /// Who answers: `host`, or a package.
    pub provider: String,
    /// `allow`, `ask` or `deny`.
    pub verdict: String,
    /// Only these functions; empty means all.
    pub functions: Vec<String>,
    /// At most so many calls in one turn.
    pub per_turn: Option<u32>,
    /// At most so many calls in one day (UTC).
    pub per_day: Option<u32>,
    /// What it says in the provider's own words, by key: hosts, folders.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub terms: BTreeMap<String, Vec<String>>,
    /// What the provider may exercise of its own grants when called through this one, in words.
    pub delegates: Vec<String>,
    /// When it was granted, RFC 3339.
    pub since: String,
}

/// What to grant.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct GrantRequest {
    /// An agent's name, or a package.
    pub grantee: String,
    /// A capability (`loket:brain/memory`, `acme:calc/math`) or a package (`loket:calc`: all that it exports).
    pub capability: String,
    /// The package that should answer, when several export the capability.
    #[serde(default)]
    pub provider: Option<String>,
    /// `allow` (the default), `ask` or `deny`.
    #[serde(default)]
    pub verdict: Option<String>,
    /// Only these functions; empty means all.
    #[serde(default)]
    pub functions: Vec<String>,
    /// At most so many calls in one turn.
    #[serde(default)]
    pub per_turn: Option<u32>,
    /// At most so many calls in one day (UTC).
    #[serde(default)]
    pub per_day: Option<u32>,
    /// What it says in the provider's own words, by key: hosts, folders. For a whole package they narrow what it may exercise of its own
    /// grants.
    #[serde(default)]
    pub terms: BTreeMap<String, Vec<String>>,
    /// Delegate nothing of the provider's own grants.
    #[serde(default)]
    pub no_delegation: bool,
}

/// What to take back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RevokeRequest {
    /// An agent's name, or a package.
    pub grantee: String,
    /// The capability or package that was granted; everything when absent.
    #[serde(default)]
    pub capability: Option<String>,
}
