//! The shapes of schedules: what an agent is told by itself, when, and how it went.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A schedule, as the agent's manifest has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleEntry {
    /// Its name, which no other schedule of the agent has.
    pub name: String,
    /// `at`, `every` or `cron`.
    pub kind: String,
    /// The moment (RFC 3339), the duration, or the pattern of five fields.
    pub rule: String,
    /// The time zone by whose clocks a pattern goes; UTC where it is absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub zone: Option<String>,
    /// What the agent is told.
    pub say: String,
}

/// A schedule, and how it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleInfo {
    /// Whose it is.
    pub agent: String,
    /// What the manifest says.
    #[serde(flatten)]
    pub entry: ScheduleEntry,
    /// When it is due next, RFC 3339; absent when it is not any more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
    /// How it went last; absent when it was never due.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last: Option<ScheduleLast>,
}

/// One time that an agent was told what a schedule says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleLast {
    /// When, RFC 3339.
    pub began: String,
    /// `done`, `running`, or why it was not done.
    pub outcome: String,
    /// The turn, where one came to its end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub turn: Option<String>,
}

/// Which schedule is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleName {
    /// Whose it is.
    pub agent: String,
    /// Its name.
    pub name: String,
}
