//! The ledger, as gateways show it.

use super::{reading, time_text, wrong};
use crate::guard::PAGE;
use crate::host::Host;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use loket_gateways::desk::{LedgerLine, LedgerQuery, Problem, VerifyReport};
use loket_kernel::Labels;
use loket_ledger::{Entry, Kind, Payload, Seq, Stored, TurnId};
use loket_values::Value;
use loket_values::json::to_json;
use serde_json::{Value as Json, json};

pub(super) async fn read(host: &Host, query: LedgerQuery) -> Result<Vec<LedgerLine>, Problem> {
    let limit = query.limit.unwrap_or(50);
    if !(1..=1_000).contains(&limit) {
        return Err(wrong("invalid", format!("a limit is 1 to 1000, not {limit}"), "read on with `--from`"));
    }
    let limit = limit as usize;
    let turn: Option<TurnId> = query
        .turn
        .map(|t| t.parse())
        .transpose()
        .map_err(|e: loket_ledger::TurnIdError| wrong("invalid", e.to_string(), "loket ledger"))?;
    let ledger = host.counter.ledger.clone();
    // What was asked for before this moment belongs to the answer.
    ledger.flush().await.map_err(|e| wrong("failed", e.to_string(), "loket doctor"))?;
    let entries = reading(move || match (turn, query.from) {
        (Some(turn), from) => {
            let mut page = ledger.turn(turn)?;
            page.retain(|e| from.is_none_or(|from| e.seq >= Seq(from)));
            page.truncate(limit);
            Ok(page)
        }
        (None, Some(from)) => ledger.read(Seq(from), limit),
        (None, None) => ledger.newest(limit),
    })
    .await?;
    Ok(entries.iter().map(line).collect())
}

pub(super) fn follow(host: &Host) -> BoxStream<'static, LedgerLine> {
    let follower = host.counter.ledger.follow();
    stream::unfold(follower, |mut follower| async move { Some((line(&*follower.next().await?), follower)) }).boxed()
}

pub(super) async fn verify(host: &Host) -> Result<VerifyReport, Problem> {
    let ledger = host.counter.ledger.clone();
    ledger.flush().await.map_err(|e| wrong("failed", e.to_string(), "loket doctor"))?;
    let report = reading(move || Ok(ledger.verify())).await?;
    Ok(VerifyReport {
        sound: report.is_sound(),
        lines: report.lines,
        erased: report.erased,
        head: report.head.hash.to_string(),
        faults: report.faults.iter().map(ToString::to_string).collect(),
    })
}

fn line(entry: &Entry) -> LedgerLine {
    let kind = match entry.kind {
        Kind::Turn => "turn",
        Kind::Intent => "intent",
        Kind::Outcome => "outcome",
        Kind::Refused => "refused",
        Kind::Failed => "failed",
        Kind::End => "end",
        Kind::Act => "act",
    };
    LedgerLine {
        seq: entry.seq.0,
        time: time_text(entry.time),
        turn: if entry.turn.0 == 0 || entry.turn == PAGE { String::new() } else { entry.turn.to_string() },
        kind: kind.to_owned(),
        chain: entry.chain.to_string(),
        capability: entry.capability.to_string(),
        function: entry.function.to_string(),
        labels: Labels::from_bits(entry.labels).names(),
        payload: match &entry.payload {
            Stored::None => None,
            Stored::Erased => Some(json!({ "erased": true })),
            Stored::Present(payload) => payload_json(payload),
        },
        hash: entry.hash.to_string(),
    }
}

fn payload_json(payload: &Payload) -> Option<Json> {
    match payload {
        Payload::None => None,
        Payload::Values(values) => Some(match &values[..] {
            [one] => to_json(one),
            many => Json::Array(many.iter().map(|v: &Value| to_json(v)).collect()),
        }),
        Payload::Text(text) => Some(Json::String(text.clone())),
        Payload::Json(text) => Some(serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.clone()))),
    }
}
