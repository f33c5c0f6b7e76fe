//! The ledger's lines, and turns that are run again.

use crate::desk::{DivergenceInfo, LedgerLine, RefusedInfo, ReplayReport, ReplayRequest};
use serde_json::json;

pub(super) fn lines() -> Vec<LedgerLine> {
    let line = |seq, time: &str, turn: &str, kind: &str, payload| LedgerLine {
        seq,
        time: time.to_owned(),
        turn: turn.to_owned(),
        kind: kind.to_owned(),
        chain: "owner > agent:assistant".to_owned(),
        capability: "loket:brain/memory".to_owned(),
        function: "recall".to_owned(),
        labels: vec!["private".to_owned()],
        payload,
        hash: "cd".repeat(32),
    };
    vec![
        line(9, "2026-11-22T23:59:59.999Z", "T1", "intent", Some(json!({ "text": "\x1b[2J".repeat(30) }))),
        line(10, "2026-11-23T00:00:00.000Z", "T1", "outcome", None),
        line(11, "2026-11-23T00:00:01.000Z", "T2", "refused", Some(json!("no grant"))),
    ]
}

/// As it once was; otherwise, where it is the turn `other`; refused, where a grant is left out.
pub(super) fn replayed(request: &ReplayRequest) -> ReplayReport {
    let refused = |call: u32| RefusedInfo {
        call,
        chain: "owner > agent:assistant > package:acme:web".to_owned(),
        capability: "loket:http/client".to_owned(),
        function: "send".to_owned(),
        arguments: Some(json!([{ "url": "https://example.org/\x1b[2J" }])),
        code: "denied".to_owned(),
        reason: "`package:acme:web` has no grant for `loket:http/client`".to_owned(),
        remedy: Some("loket grant acme:web loket:http/client".to_owned()),
    };
    let same = ReplayReport {
        turn: request.turn.clone(),
        package: Some("loket:assistant@0.1.0".to_owned()),
        digest: Some("ab".repeat(32)),
        verdict: "equal".to_owned(),
        calls: 7,
        answer: Some(json!({ "ok": { "text": "42" } })),
        ..ReplayReport::default()
    };
    if request.without.is_some() {
        let (refused_anyway, refused) = (Some(refused(4)), Some(refused(6)));
        return ReplayReport { verdict: "refused".to_owned(), answer: None, calls: 5, refused_anyway, refused, ..same };
    }
    if request.turn != "other" {
        return same;
    }
    let diff = [" loket:brain/memory#recall", "-  \"limit\": 5", "+  \"limit\": 6\x1b[2J"];
    let divergence = DivergenceInfo {
        call: Some(3),
        what: "the component asked `loket:brain/memory#recall` with other arguments than it once did".to_owned(),
        diff: diff.map(str::to_owned).to_vec(),
    };
    let verdict = "diverged".to_owned();
    ReplayReport { verdict, answer: None, calls: 1, divergence: Some(divergence), ..same }
}
