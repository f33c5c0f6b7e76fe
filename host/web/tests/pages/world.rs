//! A home in which everything that others can write says the same words.

use serde_json::{Value as Json, json};
use std::collections::HashMap;

/// What the desk says, by the method, or by the function of a call.
pub(crate) fn full_of(words: &str) -> HashMap<&'static str, Json> {
    let memory = memory(words);
    let why = json!({
        "matched": [words], "relevance": 2.5, "recency": 0.1, "strength": 0.2, "usage": 0.0, "age": 90_000_000,
        "period": { "from": 1, "until": 2 }, "leads": true, "meaning": 1,
    });
    let deed = json!({ "kind": "merge", "memories": [words], "kept": null, "words": words });
    let agent = json!({ "name": words, "package": words, "model": words, "state": words, "memories": 2 });
    let schedule = json!({ "name": words, "kind": words, "rule": words, "zone": words, "say": words });
    let grant = grant(words);
    let server = json!({
        "name": words, "place": words, "confinement": words, "reach": [words], "state": words, "problem": words,
        "login": { "needed": words }, "revision": words, "about": words, "findings": [words], "digest": words,
        "tools": [{
            "name": words, "state": words, "read_only": true, "description": words, "why": words,
            "difference": [format!("- {words}"), format!("+ {words}")],
        }],
    });
    let spent = json!({ "calls": 3, "input": 100, "output": 20, "cached": 0, "cost": words });
    let model = json!({
        "name": words, "adapter": words, "url": words, "model": words, "state": words, "detail": words, "hint": words,
        "has": [words], "agents": [words], "price": { "input": words, "output": words, "cached": words },
        "today": spent, "rests": 3,
    });
    let authority = json!({
        "capability": words, "provider": words, "verdict": "allow", "limits": words,
        "through": [{ "capability": words, "provider": "host", "verdict": "ask", "limits": words, "through": [] }],
    });
    let ok = |value: Json| json!({ "ok": value });
    let snapshot = json!({ "name": words, "made": 1, "memories": 2, "bytes": 3 });
    HashMap::from([
        ("agents", json!([agent])),
        (
            "agent",
            json!({
                "info": agent, "persona": words, "model": words, "fallback": [words], "wants": [words], "digest": words,
                "limits": { "rounds": 4, "seconds": null, "memory_mib": null, "calls": null, "tokens_a_day": null },
                "schedules": [schedule],
            }),
        ),
        (
            "schedules",
            json!([{
                "agent": words, "name": words, "kind": words, "rule": words, "zone": words, "say": words, "next": words,
                "last": { "began": words, "outcome": words, "turn": words },
            }]),
        ),
        (
            "packages",
            json!([{
                "name": words, "version": words, "role": words, "state": words, "digest": words, "bytes": 1,
                "signature": { "state": words, "words": words }, "yanked": true, "waits": words,
            }]),
        ),
        (
            "inspect",
            json!({
                "package": words, "digest": words, "bytes": 1, "signature": { "state": words, "words": words },
                "role": words, "state": format!("{words}\n  {words}"), "sealed": [words],
                "imports": [{
                    "capability": words, "functions": [words], "state": words, "provider": words, "terms": words, "remedy": words,
                }],
                "exports": [{ "capability": words, "functions": [words], "docs": words }],
                "authority": [authority],
                "notes": [words, format!("beside `{words}`: {words}"), format!("scan, high: {words}")],
            }),
        ),
        (
            "findings",
            json!([{
                "scanner": words, "id": words, "severity": "high", "action": "ask", "title": words, "message": words,
                "evidence": [{ "place": words, "offset": 1, "length": 2, "text": words }], "remedy": words,
            }]),
        ),
        ("grants", json!([grant])),
        ("tool_servers", json!([server])),
        ("tool_server", server),
        (
            "models",
            json!({
                "models": [model],
                "today": {
                    "currency": words, "renews": words, "used": spent, "budget": { "tokens": 10, "money": "3.5" },
                    "agents": [{ "agent": words, "used": spent, "budget": {} }], "unpriced": [words],
                },
            }),
        ),
        (
            "models_spend",
            json!({
                "currency": words, "used": spent, "elsewhere": [{ "currency": words, "cost": words }], "agents": [words],
                "days": [{
                    "day": words, "used": spent, "elsewhere": [{ "currency": words, "cost": words }],
                    "agents": [{ "agent": words, "used": spent }], "models": [{ "model": words, "used": spent }],
                }],
            }),
        ),
        (
            "restore",
            json!({
                "home": words, "next": words, "made": words, "by": words, "files": 1, "bytes": 2, "lines": 3, "notes": [words],
            }),
        ),
        ("secrets", json!({ "key": words, "secrets": [{ "name": words, "hosts": [words], "set": words }] })),
        ("ledger", json!(ledger(words))),
        ("list", ok(json!({ "items": [memory], "cursor": words }))),
        ("recall", ok(json!([{ "entry": memory, "score": 3.25, "why": why, "context": [] }]))),
        ("get", ok(memory.clone())),
        ("edit", ok(Json::Null)),
        ("forget", ok(Json::Null)),
        ("purge", ok(json!({ "before": 2, "after": 1, "payloads": 1, "snapshots": 0 }))),
        ("usage", ok(json!({ "memories": 2, "bytes": 3, "on-disk": 4, "max-memories": 5, "max-bytes": null }))),
        ("snapshot", ok(snapshot.clone())),
        ("snapshots", ok(json!([snapshot]))),
        ("journal", ok(json!([{ "entry": 1, "time": 1, "undone": false, "deeds": [deed] }]))),
        ("dream", ok(json!({ "entry": null, "deeds": [deed] }))),
        ("diff", ok(json!([{ "id": words, "change": "changed", "before": memory, "after": memory }]))),
    ])
}

fn memory(words: &str) -> Json {
    let source = json!({ "agent": words, "turn": words, "chain": format!("owner > {words}"), "package": words });
    json!({
        "id": words, "kind": "lesson", "text": format!("asked: {words}\nanswered: {words}"), "tags": [words],
        "conversation": words, "written": 1_700_000_000_000_u64, "source": source, "also": [source],
        "labels": [words], "corrects": words, "standing": { "superseded": words }, "strength": 2, "pinned": true,
        "used": 3, "last-used": 1_700_000_000_000_u64, "faded": 1,
        "lesson": { "right": words, "wrong": words, "applies": words },
        "steps": [{ "tool": words, "arguments": words, "outcome": words }],
    })
}

fn grant(words: &str) -> Json {
    json!({
        "grantee": words, "capability": words, "provider": words, "verdict": "ask", "functions": [words],
        "per_turn": 1, "per_day": 2, "terms": { words: [words] }, "delegates": [words], "since": words,
    })
}

fn ledger(words: &str) -> Vec<Json> {
    let line = |seq: u64, kind: &str, chain: &str, payload: Json| {
        json!({
            "seq": seq, "time": "2026-01-01T00:00:00.000Z", "turn": words, "kind": kind, "chain": chain,
            "capability": words, "function": words, "labels": [words], "payload": payload, "hash": words,
        })
    };
    vec![
        line(1, "turn", words, Json::Null),
        line(2, "intent", "owner", json!(words)),
        line(3, "outcome", "owner", json!({ "ok": words })),
        line(4, "refused", words, json!(words)),
        line(5, words, words, json!(words)),
        line(6, "end", words, json!(words)),
    ]
}
