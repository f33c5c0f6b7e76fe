//! One agent at the desk: who it is, what it sets itself, and how that is changed.

use crate::desk::{AgentInfo, ScheduleEntry};
use serde::{Deserialize, Serialize};

/// An agent, with all that its folder says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentDetail {
    /// How it is.
    pub info: AgentInfo,
    /// Who it is, in the words of its persona.
    pub persona: String,
    /// What it thinks with, as its manifest names it.
    pub model: String,
    /// What it thinks with when that cannot answer, in this order.
    pub fallback: Vec<String>,
    /// What its manifest says that it would like to be granted.
    pub wants: Vec<String>,
    /// The limits that it sets itself; the host's hold too.
    pub limits: AgentLimitsInfo,
    /// What it is told by itself.
    pub schedules: Vec<ScheduleEntry>,
    /// The SHA-256 of manifest and persona, in hex: what a change names.
    pub digest: String,
}

/// The limits that an agent sets itself. What is absent is the host's alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentLimitsInfo {
    /// Rounds of thinking and tool calls in one turn.
    pub rounds: Option<u32>,
    /// Seconds that one turn may take.
    pub seconds: Option<u32>,
    /// MiB of memory of one instance.
    pub memory_mib: Option<u32>,
    /// Calls in one turn.
    pub calls: Option<u32>,
    /// Tokens in a day.
    pub tokens_a_day: Option<u64>,
}

/// What an agent is to be from now on. What its manifest says besides stays, the owner's remarks included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentChange {
    /// Its name.
    pub name: String,
    /// Only if manifest and persona are still these: the SHA-256 of them, in hex.
    pub digest: String,
    /// Who it is.
    pub persona: String,
    /// What it thinks with.
    pub model: String,
    /// The limits that it sets itself.
    pub limits: AgentLimitsInfo,
    /// What it is told by itself: all of it; as it was where it is absent.
    pub schedules: Option<Vec<ScheduleEntry>>,
}

/// A new agent. It is granted nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentMake {
    /// Its name, which is also its folder's.
    pub name: String,
    /// The package that it runs.
    pub package: String,
    /// What it thinks with.
    pub model: String,
    /// Who it is.
    pub persona: String,
    /// The limits that it sets itself.
    pub limits: AgentLimitsInfo,
    /// What it is told by itself.
    pub schedules: Vec<ScheduleEntry>,
}
