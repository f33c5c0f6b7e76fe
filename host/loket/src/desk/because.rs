//! Why an answer used the memories that it names: what the brain said when it gave them, as it stands in the turn's page. The agent's own word is not
//! taken for it; a memory that was not recalled in the turn has no reason.

use super::reading;
use crate::host::Host;
use loket_gateways::age::{age, times};
use loket_gateways::desk::Citation;
use loket_ledger::{Entry, Kind, Payload, Stored, TurnId};
use loket_values::Value;
use loket_values::json::decode;
use serde::Deserialize;
use std::collections::HashMap;

/// What the brain's answer has of a memory.
#[derive(Deserialize)]
struct Hit {
    entry: Found,
    why: Why,
}

#[derive(Deserialize)]
struct Found {
    id: String,
    #[serde(default)]
    used: u32,
}

#[derive(Deserialize)]
struct Why {
    matched: Vec<String>,
    age: u64,
    period: Option<serde::de::IgnoredAny>,
    leads: bool,
    meaning: Option<u32>,
}

/// The same, each with its reason where there is one.
pub(super) async fn because(host: &Host, turn: TurnId, used: Vec<Citation>) -> Vec<Citation> {
    if used.is_empty() {
        return used;
    }
    let ledger = host.counter.ledger.clone();
    // The answer is more than its reasons: without them it is given all the same.
    let page = reading(move || ledger.turn(turn)).await.unwrap_or_default();
    let mut reasons: HashMap<String, String> =
        page.iter().flat_map(hits).map(|hit| (hit.entry.id.clone(), words(&hit))).collect();
    used.into_iter().map(|citation| Citation { why: reasons.remove(&citation.id), ..citation }).collect()
}

/// What one line of the page gave.
fn hits(line: &Entry) -> Vec<Hit> {
    let is_recall =
        line.kind == Kind::Outcome && &*line.capability == "loket:brain/memory" && &*line.function == "recall";
    let Stored::Present(Payload::Values(values)) = &line.payload else { return Vec::new() };
    let hits = match values.first() {
        Some(Value::Result(Ok(Some(hits)))) if is_recall => hits,
        _ => return Vec::new(),
    };
    decode(hits).unwrap_or_default()
}

fn words(Hit { entry, why }: &Hit) -> String {
    let mut reasons = Vec::new();
    if !why.matched.is_empty() {
        reasons.push(format!("found by {}", why.matched.join(", ")));
    }
    reasons.extend(why.meaning.map(|place| format!("no. {place} by meaning")));
    reasons.extend(why.period.map(|_| "of the time that was asked about".to_owned()));
    reasons.extend(why.leads.then(|| "a lesson on this".to_owned()));
    reasons.push(age(why.age));
    reasons.extend((entry.used > 0).then(|| format!("used {}", times(entry.used))));
    reasons.join("; ")
}
