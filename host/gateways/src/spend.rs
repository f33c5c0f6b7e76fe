//! What models took, day by day: the shapes at the desk.

use crate::desk::{Problem, UseInfo};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// So many days are told of where nothing is said, and at most.
pub const USUAL_SPEND_DAYS: u32 = 30;
/// See [`USUAL_SPEND_DAYS`].
pub const MOST_SPEND_DAYS: u32 = 90;

/// Of which days, and of whom.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SpendQuery {
    /// So many days, today among them: 1 to 90; 30 when absent.
    #[serde(default)]
    #[param(minimum = 1, maximum = 90)]
    pub days: Option<u32>,
    /// Only what this agent took; `owner` for calls on nobody's behalf.
    #[serde(default)]
    pub agent: Option<String>,
}

impl SpendQuery {
    /// How many days.
    ///
    /// # Errors
    /// When there are none, or more than are kept.
    pub fn many(&self) -> Result<u32, Problem> {
        let days = self.days.unwrap_or(USUAL_SPEND_DAYS);
        if !(1..=MOST_SPEND_DAYS).contains(&days) {
            return Err(Problem::invalid(format!("`days` is {days}")).hint(format!("ask for 1 to {MOST_SPEND_DAYS}")));
        }
        Ok(days)
    }
}

/// What models took, day by day. A day is one of UTC.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SpendReport {
    /// The currency of this home's prices now: `cost` is in it everywhere.
    pub currency: String,
    /// Each day up to today, the oldest first; also those on which nothing was used.
    pub days: Vec<SpendDay>,
    /// What was used on all of them together.
    pub used: UseInfo,
    /// What was spent on them in other currencies, which nothing is added to.
    pub elsewhere: Vec<CostInfo>,
    /// Everybody who used anything on them; what a day keeps no line of its own for stands under `(others)`.
    pub agents: Vec<String>,
}

/// What models took on one day.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SpendDay {
    /// The day, as `2026-11-30`.
    pub day: String,
    /// What was used.
    pub used: UseInfo,
    /// What was spent in other currencies than now.
    pub elsewhere: Vec<CostInfo>,
    /// By each agent.
    pub agents: Vec<AgentUse>,
    /// Of each model.
    pub models: Vec<ModelUse>,
}

/// An amount in a currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CostInfo {
    /// The currency, as `EUR`.
    pub currency: String,
    /// The amount, as a decimal number.
    pub cost: String,
}

/// What an agent used on a day.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AgentUse {
    /// Its name; `owner` for calls on nobody's behalf.
    pub agent: String,
    /// What it used.
    pub used: UseInfo,
}

/// What was used of a model on a day.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ModelUse {
    /// Its name: one of `loket.toml`, or a package.
    pub model: String,
    /// What was used of it.
    pub used: UseInfo,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_days_are_told_as_are_asked_for_within_what_is_kept() {
        let many = |days| SpendQuery { days, agent: None }.many().ok();
        for (days, told) in
            [(None, Some(30)), (Some(1), Some(1)), (Some(90), Some(90)), (Some(0), None), (Some(91), None)]
        {
            assert_eq!(many(days), told, "{days:?}");
        }
    }
}
