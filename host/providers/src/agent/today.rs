//! What was done in an agent's turns since midnight, counted from the ledger.

use loket_kernel::CallError;
use loket_ledger::{Entry, Kind, Ledger, Payload, Seq, Stored, TurnId};
use loket_values::Value;
use serde::Serialize;
use std::collections::{HashMap, HashSet};

const DAY: u64 = 86_400_000;
/// Lines of the ledger that are looked at.
const LINES: u64 = 20_000;
/// Lines that are read at once.
const CHUNK: u64 = 500;

/// The counts.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Today {
    since: u64,
    turns: u64,
    calls: u64,
    refused: u64,
    failed: u64,
    tokens_read: u64,
    tokens_written: u64,
    extent: Extent,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Extent {
    #[default]
    Whole,
    Part,
}

/// Of one turn.
#[derive(Default)]
struct Counts {
    calls: u64,
    refused: u64,
    failed: u64,
    tokens: (u64, u64),
}

/// Counts an agent's day. Blocks.
///
/// # Errors
/// `failed` when the ledger cannot be read.
pub(super) fn count(ledger: &Ledger, agent: &str, now: u64) -> Result<Today, CallError> {
    let since = now - now % DAY;
    let mut counts: HashMap<TurnId, Counts> = HashMap::new();
    let mut own: HashSet<TurnId> = HashSet::new();
    let last = ledger.head().seq.0;
    let least = last.saturating_sub(LINES - 1).max(1);
    let (mut end, mut extent) = (last + 1, Extent::Whole);
    while end > least {
        let start = end.saturating_sub(CHUNK).max(least);
        let chunk = ledger.read(Seq(start), usize::try_from(end - start).unwrap_or(usize::MAX));
        let chunk = chunk.map_err(|error| CallError::Failed(error.to_string()))?;
        for entry in chunk.iter().filter(|entry| entry.time >= since) {
            look(entry, agent, &mut counts, &mut own);
        }
        if chunk.iter().any(|entry| entry.time < since) {
            break;
        }
        if start == least && least > 1 {
            extent = Extent::Part;
        }
        end = start;
    }
    let mut today = Today { since, extent, turns: own.len() as u64, ..Today::default() };
    for counts in own.iter().filter_map(|turn| counts.get(turn)) {
        today.calls += counts.calls;
        today.refused += counts.refused;
        today.failed += counts.failed;
        today.tokens_read = today.tokens_read.saturating_add(counts.tokens.0);
        today.tokens_written = today.tokens_written.saturating_add(counts.tokens.1);
    }
    Ok(today)
}

fn look(entry: &Entry, agent: &str, counts: &mut HashMap<TurnId, Counts>, own: &mut HashSet<TurnId>) {
    match entry.kind {
        Kind::Turn if *entry.chain == *agent => drop(own.insert(entry.turn)),
        Kind::Intent => counts.entry(entry.turn).or_default().calls += 1,
        Kind::Refused => counts.entry(entry.turn).or_default().refused += 1,
        Kind::Failed => counts.entry(entry.turn).or_default().failed += 1,
        Kind::Outcome if &*entry.capability == "loket:model/chat" && &*entry.function == "complete" => {
            let (read, written) = tokens(entry).unwrap_or_default();
            let tokens = &mut counts.entry(entry.turn).or_default().tokens;
            *tokens = (tokens.0.saturating_add(read), tokens.1.saturating_add(written));
        }
        _ => {}
    }
}

/// What a model's answer says of its cost.
fn tokens(entry: &Entry) -> Option<(u64, u64)> {
    let Stored::Present(Payload::Values(values)) = &entry.payload else { return None };
    let Value::Result(Ok(Some(reply))) = values.first()? else { return None };
    let usage = field(reply, "usage")?;
    let number = |name| if let Value::U64(number) = field(usage, name)? { Some(*number) } else { None };
    Some((number("input")?, number("output")?))
}

fn field<'v>(value: &'v Value, wanted: &str) -> Option<&'v Value> {
    let Value::Record(fields) = value else { return None };
    fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value)
}
