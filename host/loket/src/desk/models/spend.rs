//! What models took, day by day, of all agents or of one.

use super::list::used;
use crate::desk::time_text;
use crate::host::Host;
use loket_gateways::desk::{AgentUse, CostInfo, ModelUse, Problem, SpendDay, SpendQuery, SpendReport, UseInfo};
use loket_guardian::Money;
use loket_kernel::counter::now;
use loket_providers::model::day::{Day, Use};
use std::collections::{BTreeMap, BTreeSet};

const DAY: u64 = 86_400_000;

pub(in crate::desk) fn spend(host: &Host, query: &SpendQuery) -> Result<SpendReport, Problem> {
    let many = query.many()?;
    let currency = host.settings.live().budget.currency.to_string();
    let days = host.models.spending.days(now(), many.into());
    Ok(report(&days, currency, query.agent.as_deref()))
}

fn report(days: &[Day], currency: String, agent: Option<&str>) -> SpendReport {
    let mut all = BTreeMap::<&str, u64>::new();
    for (currency, cost) in days.iter().flat_map(|day| day.costs(agent)) {
        let sum = all.entry(currency).or_default();
        *sum = sum.saturating_add(cost);
    }
    let together = days.iter().fold(Use::default(), |sum, day| sum.plus(day.of(agent)));
    let agents: BTreeSet<&String> = days.iter().flat_map(|day| day.used.keys()).collect();
    SpendReport {
        days: days.iter().map(|day| told(day, &currency, agent)).collect(),
        used: priced(together, &all, &currency),
        elsewhere: others(&all, &currency),
        agents: agents.into_iter().cloned().collect(),
        currency,
    }
}

fn told(day: &Day, currency: &str, agent: Option<&str>) -> SpendDay {
    let costs = day.costs(agent);
    let theirs: Vec<_> = day.used.iter().filter(|(name, _)| agent.is_none_or(|agent| agent == *name)).collect();
    let agents = theirs.iter().map(|(name, _)| AgentUse {
        agent: (*name).clone(),
        used: priced(day.of(Some(name)), &day.costs(Some(name)), currency),
    });
    let mut models = BTreeMap::<&str, Use>::new();
    for (address, taken) in theirs.iter().flat_map(|(_, models)| models.iter()) {
        // As agents name it: `local`, not its adapter before it.
        let sum = models.entry(address.rsplit('/').next().unwrap_or(address)).or_default();
        *sum = sum.plus(*taken);
    }
    let models = models.into_iter().map(|(model, taken)| {
        // What a model cost is known in the currency that the day ended with.
        let costs = BTreeMap::from([(day.currency.as_str(), taken.cost)]);
        ModelUse { model: model.to_owned(), used: priced(taken, &costs, currency) }
    });
    SpendDay {
        day: time_text(day.day.saturating_mul(DAY)).chars().take("2026-11-30".len()).collect(),
        used: priced(day.of(agent), &costs, currency),
        elsewhere: others(&costs, currency),
        agents: agents.collect(),
        models: models.collect(),
    }
}

/// What was used, with what of it was spent in this currency.
fn priced(taken: Use, costs: &BTreeMap<&str, u64>, currency: &str) -> UseInfo {
    used(&Use { cost: costs.get(currency).copied().unwrap_or_default(), ..taken })
}

fn others(costs: &BTreeMap<&str, u64>, currency: &str) -> Vec<CostInfo> {
    let others = costs.iter().filter(|(other, cost)| **other != currency && **cost > 0);
    let told = |(currency, cost): (&&str, &u64)| CostInfo {
        currency: (*currency).to_owned(),
        cost: Money::of_millionths(*cost).to_string(),
    };
    others.map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: u64, currency: &str, lines: &[(&str, &str, u64, u64)]) -> Day {
        let mut day = Day { day: number, currency: currency.to_owned(), ..Day::default() };
        for (agent, model, input, cost) in lines {
            let line = Use { calls: 1, input: *input, cost: *cost, ..Use::default() };
            day.used.entry((*agent).to_owned()).or_default().insert((*model).to_owned(), line);
        }
        day
    }

    fn days() -> Vec<Day> {
        let mut changed =
            day(20_001, "USD", &[("ann", "a:b/local", 10, 500_000), ("bob", "a:b/local", 5, 0), ("bob", "c:d", 1, 0)]);
        changed.elsewhere.insert("EUR".to_owned(), BTreeMap::from([("ann".to_owned(), 40_000)]));
        vec![day(20_000, "EUR", &[("ann", "a:b/local", 7, 2_000_000)]), changed, day(20_002, "", &[])]
    }

    fn euro(cost: &str) -> Vec<CostInfo> {
        vec![CostInfo { currency: "EUR".to_owned(), cost: cost.to_owned() }]
    }

    #[test]
    fn amounts_in_another_currency_than_now_stand_beside_and_are_not_added() {
        let report = report(&days(), "USD".to_owned(), None);
        let told: Vec<_> =
            report.days.iter().map(|day| (day.day.as_str(), day.used.input, day.used.cost.as_str())).collect();
        assert_eq!(told, [("2024-10-04", 7, "0.00"), ("2024-10-05", 16, "0.50"), ("2024-10-06", 0, "0.00")]);
        let beside: Vec<_> = report.days.iter().map(|day| day.elsewhere.clone()).collect();
        assert_eq!(beside, [euro("2.00"), euro("0.04"), vec![]]);
        assert_eq!((report.used.input, report.used.cost.as_str(), report.elsewhere), (23, "0.50", euro("2.04")));
        assert_eq!(report.agents, ["ann", "bob"]);
    }

    #[test]
    fn a_day_is_told_by_agent_and_by_model() {
        let report = report(&days(), "USD".to_owned(), None);
        let agents: Vec<_> = report.days[1].agents.iter().map(|one| (one.agent.as_str(), one.used.input)).collect();
        let models: Vec<_> = report.days[1].models.iter().map(|one| (one.model.as_str(), one.used.input)).collect();
        assert_eq!((agents, models), (vec![("ann", 10), ("bob", 6)], vec![("c:d", 1), ("local", 15)]));
        assert_eq!(report.days[0].models[0].used.cost, "0.00", "it cost euros");
    }

    #[test]
    fn of_one_agent_only_its_own_is_told() {
        let told = report(&days(), "USD".to_owned(), Some("bob"));
        let inputs: Vec<_> = told.days.iter().map(|day| (day.used.input, day.agents.len(), day.models.len())).collect();
        assert_eq!(inputs, [(0, 0, 0), (6, 1, 2), (0, 0, 0)]);
        assert_eq!((told.used.input, told.used.cost.as_str(), told.elsewhere), (6, "0.00", vec![]));
        assert_eq!(told.agents, ["ann", "bob"], "others can be asked for next");
        let nobody = report(&days(), "USD".to_owned(), Some("nobody"));
        assert_eq!((nobody.used, nobody.days.len()), (used(&Use::default()), 3));
    }
}
