//! What is done with a plan.

use crate::store::Store;
use crate::{State, Step, Summary, key, step};
use std::collections::{BTreeMap, BTreeSet};

/// How many plans there may be.
const PLANS: usize = 50;
/// How many steps a plan may have.
const STEPS: usize = 200;

/// Adds steps.
///
/// # Errors
/// As the contract says.
pub fn add(store: &impl Store, plan: Option<&str>, texts: &[String]) -> Result<Vec<Step>, String> {
    let plan = key::name(plan)?;
    let texts = texts.iter().map(|text| step::words(text)).collect::<Result<Vec<_>, _>>()?;
    if texts.is_empty() {
        return Err("no step was given: say what is to be done".into());
    }
    let all = numbers(store)?;
    let before = all.get(plan).map_or(0, BTreeSet::len);
    if before + texts.len() > STEPS {
        return Err(format!(
            "the plan `{plan}` has {before} steps, and may have {STEPS}: `clear` it when it is done, or begin another"
        ));
    }
    if before == 0 && all.len() >= PLANS {
        return Err(format!("there are {PLANS} plans, which is the most: `clear` one that is done"));
    }
    let added = texts.len() as u64;
    let last = store.increment(&key::counter(plan), added)?;
    let mut steps = Vec::with_capacity(texts.len());
    for (number, text) in (last.saturating_sub(added) + 1..).zip(texts) {
        let number = u32::try_from(number).map_err(|_| format!("the plan `{plan}` has no numbers left: `clear` it"))?;
        let step = Step { number, state: State::Open, text: text.to_owned() };
        store.set(&key::step(plan, number), &step::write(&step)?)?;
        steps.push(step);
    }
    Ok(steps)
}

/// Says how far a step is.
///
/// # Errors
/// As the contract says.
pub fn mark(
    store: &impl Store,
    plan: Option<&str>,
    number: u32,
    state: State,
    text: Option<String>,
) -> Result<Step, String> {
    let plan = key::name(plan)?;
    let text = text.as_deref().map(step::words).transpose()?;
    let place = key::step(plan, number);
    let Some(mut known) = store.get(&place)?.and_then(|value| step::read(number, &value)) else {
        let all = numbers(store)?;
        let there: Vec<String> = all.get(plan).into_iter().flatten().map(u32::to_string).collect();
        let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
        return Err(format!("the plan `{plan}` has no step {number}; it has {there}"));
    };
    known.state = state;
    if let Some(text) = text {
        text.clone_into(&mut known.text);
    }
    store.set(&place, &step::write(&known)?)?;
    Ok(known)
}

/// The steps of a plan by number.
///
/// # Errors
/// As the contract says.
pub fn show(store: &impl Store, plan: Option<&str>) -> Result<Vec<Step>, String> {
    let plan = key::name(plan)?;
    let numbers = numbers(store)?.remove(plan).unwrap_or_default();
    steps(store, plan, numbers)
}

/// All plans by name.
///
/// # Errors
/// As the contract says.
pub fn plans(store: &impl Store) -> Result<Vec<Summary>, String> {
    let mut summaries = Vec::new();
    for (plan, numbers) in numbers(store)?.into_iter().take(PLANS) {
        let steps = steps(store, &plan, numbers)?;
        let left = steps.iter().filter(|step| matches!(step.state, State::Open | State::Doing)).count();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        summaries.push(Summary { plan, steps: count(steps.len()), left: count(left) });
    }
    Ok(summaries)
}

/// Removes a plan.
///
/// # Errors
/// As the contract says.
pub fn clear(store: &impl Store, plan: Option<&str>) -> Result<u32, String> {
    let plan = key::name(plan)?;
    let numbers = numbers(store)?.remove(plan).unwrap_or_default();
    for number in &numbers {
        store.delete(&key::step(plan, *number))?;
    }
    store.delete(&key::counter(plan))?;
    Ok(u32::try_from(numbers.len()).unwrap_or(u32::MAX))
}

/// The numbers of each plan's steps.
fn numbers(store: &impl Store) -> Result<BTreeMap<String, BTreeSet<u32>>, String> {
    let mut all: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for key in store.keys()? {
        if let Some((plan, number)) = key::read(&key) {
            all.entry(plan.to_owned()).or_default().insert(number);
        }
    }
    Ok(all)
}

fn steps(store: &impl Store, plan: &str, numbers: BTreeSet<u32>) -> Result<Vec<Step>, String> {
    let mut steps = Vec::with_capacity(numbers.len().min(STEPS));
    for number in numbers.into_iter().take(STEPS) {
        steps.extend(store.get(&key::step(plan, number))?.and_then(|value| step::read(number, &value)));
    }
    Ok(steps)
}
