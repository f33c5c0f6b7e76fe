//! What thinking may cost in a day: `[budget]` of `loket.toml` for the whole host, and of `agent.toml` for one agent.
//!
//! A manifest only narrows: whatever it says, the host's own budget holds. A day is one of UTC, as in grants.

use crate::money::{Currency, Money};
use crate::reader::{Problems, Section};
use std::ops::RangeInclusive;

/// How many tokens a day a budget may have.
pub const TOKENS_A_DAY: RangeInclusive<u64> = 1..=1_000_000_000_000;

/// What may be used in a day. What is not said is not limited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Budget {
    /// Tokens, read and written.
    pub tokens: Option<u64>,
    /// Money, of models that have a price.
    pub money: Option<Money>,
}

/// The whole host's budget.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostBudget {
    /// What all agents together may use in a day.
    pub budget: Budget,
    /// In which currency all prices and budgets of this home are.
    pub currency: Currency,
}

impl Budget {
    /// Whether nothing is limited.
    pub fn is_open(&self) -> bool {
        *self == Budget::default()
    }

    /// Reads `[budget]` of a manifest, or that part of the host's.
    pub(crate) fn read(problems: &mut Problems<'_>, section: Section<'_>, keys: &[&str]) -> Budget {
        section.known(problems, keys);
        Budget {
            tokens: section.whole(problems, "tokens_a_day", TOKENS_A_DAY),
            money: section.money(problems, "money_a_day"),
        }
    }
}

impl HostBudget {
    /// Reads `[budget]` of `loket.toml`.
    pub(crate) fn read(problems: &mut Problems<'_>, section: Section<'_>) -> HostBudget {
        let budget = Budget::read(problems, section, &["tokens_a_day", "money_a_day", "currency"]);
        let currency = section.string(problems, "currency").and_then(|text| text.parse(problems, "currency"));
        HostBudget { budget, currency: currency.unwrap_or_default() }
    }
}
