//! What was used on one day: by which agent, of which model.

use loket_guardian::Tokens;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Under this name stands together what a day that is over keeps no line of its own for. No agent is called so, and no model.
pub const OTHERS: &str = "(others)";
/// So many lines, one for each agent and model, a day keeps when it is over; and so many packages.
pub const MOST_LINES: usize = 128;
/// So many other currencies of one day are remembered.
const MOST_CURRENCIES: usize = 8;

/// What was used of one model by one agent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// Calls.
    pub calls: u64,
    /// Tokens read.
    pub input: u64,
    /// Tokens written.
    pub output: u64,
    /// Of those read, the ones that the server had kept.
    #[serde(default)]
    pub cached: u64,
    /// What it cost, in millionths of the currency.
    #[serde(default)]
    pub cost: u64,
}

/// What was used on one day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Days since 1970-01-01 (UTC).
    pub day: u64,
    /// What the costs are in.
    pub currency: String,
    /// By agent, then by model.
    pub used: BTreeMap<String, BTreeMap<String, Use>>,
    /// Of that, what packages asked for in their own names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_package: BTreeMap<String, Use>,
    /// What was spent that day while prices were in other currencies: by currency, then by agent, in millionths.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub elsewhere: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Use {
    /// The tokens.
    pub fn tokens(&self) -> Tokens {
        Tokens { input: self.input, output: self.output, cached: self.cached }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Use) -> Use {
        let tokens = self.tokens().plus(other.tokens());
        Use {
            calls: self.calls.saturating_add(other.calls),
            input: tokens.input,
            output: tokens.output,
            cached: tokens.cached,
            cost: self.cost.saturating_add(other.cost),
        }
    }
}

impl Day {
    /// What one agent used, or all.
    pub fn of(&self, agent: Option<&str>) -> Use {
        let all = self.used.iter().filter(|(name, _)| agent.is_none_or(|agent| agent == *name));
        all.flat_map(|(_, models)| models.values()).fold(Use::default(), |all, one| all.plus(*one))
    }

    /// What was used of one model.
    pub fn of_model(&self, address: &str) -> Use {
        self.used.values().filter_map(|models| models.get(address)).fold(Use::default(), |all, one| all.plus(*one))
    }

    /// What one agent spent, or all, in each currency.
    pub fn costs(&self, agent: Option<&str>) -> BTreeMap<&str, u64> {
        let mut costs = BTreeMap::new();
        let mut add = |currency, cost: u64| {
            let sum: &mut u64 = costs.entry(currency).or_default();
            *sum = sum.saturating_add(cost);
        };
        add(self.currency.as_str(), self.of(agent).cost);
        for (currency, agents) in &self.elsewhere {
            let all = agents.iter().filter(|(name, _)| agent.is_none_or(|agent| agent == *name));
            all.for_each(|(_, cost)| add(currency, *cost));
        }
        costs.retain(|_, cost| *cost > 0);
        costs
    }

    /// Prices are in this currency from now on. Amounts in two cannot be added up: those before are put aside, their tokens count on.
    pub(super) fn price_in(&mut self, currency: String) {
        if self.currency == currency {
            return;
        }
        let before = std::mem::replace(&mut self.currency, currency);
        let spent: Vec<_> =
            self.used.keys().map(|agent| (agent.clone(), self.of(Some(agent)).cost)).filter(|(_, c)| *c > 0).collect();
        if !spent.is_empty() && (self.elsewhere.len() < MOST_CURRENCIES || self.elsewhere.contains_key(&before)) {
            let aside = self.elsewhere.entry(before).or_default();
            for (agent, cost) in spent {
                let sum = aside.entry(agent).or_default();
                *sum = sum.saturating_add(cost);
            }
        }
        self.used.values_mut().flat_map(BTreeMap::values_mut).for_each(|used| used.cost = 0);
        self.by_package.values_mut().for_each(|used| used.cost = 0);
    }

    /// The same with at most so many lines as are kept; those that took least stand together.
    #[must_use]
    pub(super) fn bounded(mut self) -> Day {
        let lines: usize = self.used.values().map(BTreeMap::len).sum();
        if lines > MOST_LINES {
            let used = std::mem::take(&mut self.used).into_iter();
            let mut lines: Vec<_> = used
                .flat_map(|(agent, models)| models.into_iter().map(move |(model, used)| (agent.clone(), model, used)))
                .collect();
            lines.sort_by_key(|(_, _, used)| std::cmp::Reverse(used.tokens().total()));
            for (at, (agent, model, used)) in lines.into_iter().enumerate() {
                // Whatever stood together before does so still, however much it is.
                let has_its_own = at + 1 < MOST_LINES && agent != OTHERS;
                let (agent, model) = if has_its_own { (agent, model) } else { (OTHERS.to_owned(), OTHERS.to_owned()) };
                let line = self.used.entry(agent).or_default().entry(model).or_default();
                *line = line.plus(used);
            }
        }
        while self.by_package.len() > MOST_LINES {
            self.by_package.pop_last();
        }
        for agents in self.elsewhere.values_mut().filter(|agents| agents.len() > MOST_LINES) {
            let (own, rest): (BTreeMap<_, _>, BTreeMap<_, _>) =
                std::mem::take(agents).into_iter().partition(|(agent, _)| self.used.contains_key(agent));
            *agents = own;
            let sum = agents.entry(OTHERS.to_owned()).or_default();
            *sum = rest.values().fold(*sum, |sum, cost| sum.saturating_add(*cost));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(input: u64, cost: u64) -> Use {
        Use { calls: 1, input, cost, ..Use::default() }
    }

    #[test]
    fn a_day_that_is_over_keeps_its_largest_lines_and_every_sum() {
        let mut day = Day { day: 7, currency: "USD".to_owned(), ..Day::default() };
        for agent in 0..200 {
            day.used.entry(format!("a{agent}")).or_default().insert("a:b/c".to_owned(), used(agent + 1, agent));
            day.by_package.insert(format!("p:{agent}"), used(1, 1));
            day.elsewhere.entry("EUR".to_owned()).or_default().insert(format!("a{agent}"), 10);
        }
        let kept = day.clone().bounded();
        assert_eq!(kept.used.values().map(BTreeMap::len).sum::<usize>(), MOST_LINES);
        assert_eq!((kept.of(None), kept.costs(None)), (day.of(None), day.costs(None)));
        assert_eq!(kept.of(Some("a199")), day.of(Some("a199")), "one that took much has its own line");
        assert_eq!(kept.of(Some("a0")).calls, 0, "one that took little has none");
        assert!(kept.by_package.len() <= MOST_LINES && kept.elsewhere["EUR"].len() <= MOST_LINES);
        assert_eq!(kept.clone().bounded(), kept, "once is enough");
    }

    #[test]
    fn a_day_that_is_small_stays_as_it_is() {
        let mut day = Day { day: 7, ..Day::default() };
        day.used.entry("ann".to_owned()).or_default().insert("a:b".to_owned(), used(1, 2));
        assert_eq!(day.clone().bounded(), day);
    }

    #[test]
    fn currencies_are_told_apart_and_one_that_comes_back_is_added_up() {
        let mut day = Day { currency: "USD".to_owned(), ..Day::default() };
        let spend = |day: &mut Day, cost| {
            let line = day.used.entry("ann".to_owned()).or_default().entry("a:b".to_owned()).or_default();
            *line = line.plus(used(1, cost));
        };
        for (currency, cost) in [("USD", 5), ("EUR", 7), ("USD", 11)] {
            day.price_in(currency.to_owned());
            spend(&mut day, cost);
        }
        assert_eq!(day.costs(None), BTreeMap::from([("EUR", 7), ("USD", 16)]));
        assert_eq!(day.costs(Some("bob")), BTreeMap::new());
        assert_eq!((day.of(None).input, day.of(None).cost), (3, 11), "what a budget looks at begins anew");
        (0..100_u8).for_each(|at| {
            day.price_in(format!("C{at}"));
            spend(&mut day, 1);
        });
        assert!(day.elsewhere.len() <= MOST_CURRENCIES);
    }
}
