//! The turns of an agent, read from the ledger: how long each took, what it called, and how many tokens that were.

use crate::app::App;
use jiff::Timestamp;
use loket_gateways::desk::{LedgerLine, LedgerQuery, Problem};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Lines that are read at once, and how often.
const PIECE: u32 = 1000;
const PIECES: u32 = 3;
/// By this an agent is spoken to; what its owner looks up in its memory is no turn of its own.
const HANDLE: &str = "handle";
/// By this a model is asked.
const MODEL: &str = "loket:model/chat";

/// A turn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) id: String,
    /// When it began and ended, in milliseconds since 1970.
    pub(crate) began: i64,
    pub(crate) ended: Option<i64>,
    /// `done`, or what went wrong.
    pub(crate) outcome: String,
    pub(crate) calls: u32,
    /// Tokens that a model read and wrote.
    pub(crate) read: u64,
    pub(crate) written: u64,
    handled: bool,
}

impl Turn {
    /// How long it took, in milliseconds.
    pub(crate) fn took(&self) -> Option<u64> {
        u64::try_from(self.ended? - self.began).ok()
    }
}

/// The newest turns of an agent, the oldest of them first.
pub(crate) async fn of(app: &App, agent: &str, most: usize) -> Result<Vec<Turn>, Problem> {
    let mut lines: Vec<LedgerLine> = Vec::new();
    for _ in 0..PIECES {
        let before = lines.first().map(|line| line.seq);
        let query = match before {
            None => LedgerQuery { limit: Some(PIECE), ..LedgerQuery::default() },
            Some(before) if before <= 1 => break,
            Some(before) => {
                let from = before.saturating_sub(PIECE.into()).max(1);
                let limit = u32::try_from(before - from).unwrap_or(PIECE);
                LedgerQuery { from: Some(from), limit: Some(limit), turn: None }
            }
        };
        let mut earlier = app.desk.ledger(query).await?;
        if earlier.is_empty() {
            break;
        }
        earlier.append(&mut lines);
        lines = earlier;
        if lines.iter().filter(|line| line.kind == "end" && line.chain == agent).count() >= most {
            break;
        }
    }
    Ok(taken(&lines, agent, most))
}

fn taken(lines: &[LedgerLine], agent: &str, most: usize) -> Vec<Turn> {
    let mut turns: BTreeMap<&str, Turn> = BTreeMap::new();
    for line in lines {
        if line.kind == "turn" && line.chain == agent {
            let began = Turn { id: line.turn.clone(), began: at(&line.time).unwrap_or_default(), ..Turn::default() };
            turns.entry(&line.turn).or_insert(began);
            continue;
        }
        let Some(turn) = turns.get_mut(line.turn.as_str()) else { continue };
        match line.kind.as_str() {
            "intent" => {
                turn.calls += 1;
                turn.handled |= line.function == HANDLE && line.chain == "owner";
            }
            // By the name under which all models are asked: what answers behind it says the same once more.
            "outcome" if line.capability == MODEL => {
                let usage = line.payload.as_ref().map(|payload| &payload["ok"]["usage"]);
                let tokens = |name: &str| usage.and_then(|usage| usage[name].as_u64()).unwrap_or_default();
                turn.read = turn.read.saturating_add(tokens("input"));
                turn.written = turn.written.saturating_add(tokens("output"));
            }
            "end" => {
                turn.ended = at(&line.time);
                turn.outcome = line.payload.as_ref().and_then(Json::as_str).unwrap_or_default().to_owned();
            }
            _ => {}
        }
    }
    let mut turns: Vec<Turn> = turns.into_values().filter(|turn| turn.handled).collect();
    turns.sort_by_key(|turn| turn.began);
    turns.split_off(turns.len().saturating_sub(most))
}

/// A moment that was told as RFC 3339, in milliseconds since 1970.
pub(crate) fn at(time: &str) -> Option<i64> {
    time.parse::<Timestamp>().ok().map(|at| at.as_millisecond())
}

/// A time in words: `420 ms`, `3.2 s`.
pub(crate) fn took(milliseconds: u64) -> String {
    match milliseconds {
        0..1000 => format!("{milliseconds} ms"),
        _ => format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn line(turn: &str, kind: &str, chain: &str, function: &str, time: &str, payload: Json) -> LedgerLine {
        LedgerLine {
            seq: 1,
            time: format!("2026-11-30T12:00:{time}Z"),
            turn: turn.into(),
            kind: kind.into(),
            chain: chain.into(),
            capability: if function == "complete" { MODEL.to_owned() } else { String::new() },
            function: function.into(),
            labels: vec![],
            payload: Some(payload),
            hash: String::new(),
        }
    }

    #[test]
    fn a_turn_has_its_time_and_its_tokens_and_what_the_owner_looks_up_is_none() {
        let usage = json!({ "ok": { "usage": { "input": 100, "output": 7 } } });
        let lines = [
            line("a", "turn", "bob", "", "01.000", Json::Null),
            line("a", "intent", "owner", "handle", "01.000", Json::Null),
            LedgerLine {
                capability: format!("{MODEL} of loket:offline"),
                ..line("a", "outcome", "owner > agent:bob", "complete", "02.100", usage.clone())
            },
            line("a", "outcome", "owner > agent:bob", "complete", "02.000", usage),
            line("a", "end", "bob", "", "03.500", json!("done")),
            line("b", "turn", "bob", "", "04.000", Json::Null),
            line("b", "intent", "owner > agent:bob", "list", "04.000", Json::Null),
            line("c", "turn", "ann", "", "05.000", Json::Null),
            line("c", "intent", "owner", "handle", "05.000", Json::Null),
        ];
        let turns = taken(&lines, "bob", 10);
        assert_eq!(turns.len(), 1);
        let turn = &turns[0];
        assert_eq!((turn.id.as_str(), turn.took(), turn.read, turn.written), ("a", Some(2500), 100, 7));
        assert_eq!((turn.outcome.as_str(), turn.calls), ("done", 1));
        assert_eq!(took(2500), "2.5 s");
    }
}
