//! What a brain remembers, and what its owner does with it.

use crate::desk::CallRequest;
use serde_json::{Value as Json, json};

/// Noon of 2026-11-23, in milliseconds.
pub(super) const NOON: u64 = 1_795_435_200_000;
pub(super) const MEMORY: &str = "01JDC5Z7E0AAAAAAAAAAAAAAAA";

/// What a brain answers, if it is one that is called.
pub(super) fn called(request: &CallRequest) -> Option<Json> {
    let answer = match request.capability.as_str() {
        "loket:brain/memory" => memory,
        "loket:brain/upkeep" => upkeep,
        _ => return None,
    };
    assert_eq!(request.agent.as_deref(), Some("assistant"), "a brain is always somebody's");
    Some(answer(&request.function, &request.arguments))
}

fn memory(function: &str, arguments: &Json) -> Json {
    match function {
        "recall" if arguments["query"]["around"] == 1 => {
            let query = &arguments["query"];
            assert_eq!((&query["since"], &query["until"]), (&json!(NOON - 43_200_000), &json!(NOON + 43_200_000)));
            assert_eq!((&query["tags"], &query["without"]), (&json!(["garden"]), &json!(["untrusted"])));
            json!({ "ok": [hit("tea is at five", &[entry(json!("current"), "the kettle is new\x1b[2J")])] })
        }
        "recall" if arguments["query"]["kinds"] == json!(["episode"]) => {
            let echo = |id: &str, text: &str| {
                let mut hit = hit(text, &[]);
                hit["entry"]["id"] = id.into();
                hit
            };
            json!({ "ok": [echo("01JECHO", "asked: Tea is at five?"), echo("01JOTHER", "tea is never"), hit("tea is at five", &[])] })
        }
        "recall" if arguments["query"]["text"] == "nothing" => json!({ "ok": [] }),
        "recall" => {
            assert_eq!(arguments["query"]["text"], "when is tea");
            json!({ "ok": [hit("tea is at five\x1b[2J", &[])] })
        }
        "list" => json!({ "ok": {
            "items": [entry(json!("current"), "tea is at five"), entry(json!({ "superseded": "01JNEW" }), "tea is at six")],
            "cursor": "next",
        } }),
        "get" if arguments["id"] == "none" => json!({ "ok": null }),
        "get" => json!({ "ok": entry(json!({ "superseded": "01JNEW" }), "tea is at five") }),
        "remember" if arguments["draft"]["text"] == "" => json!({ "err": { "invalid": "the text is empty" } }),
        "remember" => json!({ "ok": arguments["draft"]["kind"] }),
        "correct" if arguments["correction"]["mistake"] == "none" => {
            json!({ "err": { "not-found": "there is no memory `none`" } })
        }
        "correct" => {
            assert_eq!(arguments["correction"]["applies"], "always");
            json!({ "ok": "01JLESSON" })
        }
        "forget" if arguments["id"] == MEMORY || arguments["id"] == "01JECHO" => json!({ "ok": null }),
        "forget" => json!({ "err": { "denied": {
            "capability": "loket:brain/memory", "function": "forget", "reason": "the brain is read-only",
            "remedy": "loket grant assistant loket:brain",
        } } }),
        other => panic!("the memory has no `{other}`"),
    }
}

fn upkeep(function: &str, arguments: &Json) -> Json {
    let snapshot = |name: &str| json!({ "name": name, "made": NOON, "memories": 1, "bytes": 123_456 });
    let deed = |kind: &str, kept: Option<&str>, words: &str| json!({ "kind": kind, "memories": [MEMORY, "01JDC5Z7E0BBBBBBBBBBBBBBBB"], "kept": kept, "words": words });
    let deeds = [deed("merge", Some(MEMORY), "tea is at five\x1b[2J"), deed("fade", None, "the kettle is old")];
    let (before, after) = (entry(json!("current"), "tea is at five\x1b[2J"), entry(json!("current"), "tea is at six"));
    match function {
        "edit" => {
            assert_eq!(arguments["revision"]["tags"], json!(["garden", "plants"]));
            json!({ "ok": null })
        }
        "pin" if arguments["id"] == "none" => json!({ "err": { "not-found": "there is no memory `none`" } }),
        "pin" | "unpin" | "drop-snapshot" => json!({ "ok": null }),
        "usage" => json!({ "ok": {
            "memories": 1204, "bytes": 3_456_789, "on-disk": 9_876_543, "max-memories": 1_000_000, "max-bytes": 1_073_741_824_u64,
        } }),
        "export" if arguments["cursor"].is_null() => {
            json!({ "ok": { "items": ["{\"text\":\"tea\\u001b[2J\"}"], "cursor": "next" } })
        }
        "export" => json!({ "ok": { "items": ["{\"text\":\"kettle \u{202e}\"}"], "cursor": null } }),
        "import" if arguments["lines"][0] == "wrong" => {
            json!({ "err": { "invalid": "line 1 cannot be imported: it is no JSON" } })
        }
        "import" => {
            let many = arguments["lines"].as_array().map(Vec::len);
            json!({ "ok": { "added": many, "merged": 1, "skipped": 0 } })
        }
        "snapshot" if arguments["name"] == "taken" => {
            json!({ "err": { "invalid": "there is a snapshot `taken` already" } })
        }
        "snapshot" => json!({ "ok": snapshot("before") }),
        "snapshots" => json!({ "ok": [snapshot("before"), snapshot("long-name-of-a-snapshot\x1b[2J")] }),
        "diff" if arguments["after"].is_null() => json!({ "ok": [
            { "id": "01JA", "change": "added", "before": null, "after": after },
            { "id": "01JB", "change": "changed", "before": before, "after": after },
            { "id": "01JC", "change": "gone", "before": before, "after": null },
        ] }),
        "diff" => json!({ "ok": [] }),
        "revert" => json!({ "ok": "before-revert-1" }),
        "fork" if arguments["into"] == "Scout" => json!({ "err": { "invalid": "`Scout` is no name for an agent" } }),
        "fork" => json!({ "ok": null }),
        "dream" if arguments["earnest"] == "rehearse" => json!({ "ok": { "entry": null, "deeds": deeds } }),
        "dream" => json!({ "ok": { "entry": 3, "deeds": deeds } }),
        "journal" => json!({ "ok": [
            { "entry": 3, "time": NOON, "undone": false, "deeds": deeds },
            { "entry": 2, "time": NOON, "undone": true, "deeds": [deed("summary", Some(MEMORY), "tea")] },
        ] }),
        "undo" => json!({ "ok": 2 }),
        "purge" if arguments["copies"] == "keep" => {
            json!({ "ok": { "before": 9_876_543, "after": 1_234_567, "payloads": 1, "snapshots": 0 } })
        }
        "purge" => json!({ "err": { "failed": "the disk is full" } }),
        other => panic!("upkeep has no `{other}`"),
    }
}

fn entry(standing: Json, text: &str) -> Json {
    let source = |turn: &str, package: Option<&str>| json!({ "agent": "assistant", "turn": turn, "chain": "owner > agent:assistant", "package": package });
    json!({
        "id": MEMORY, "kind": "fact", "text": text, "tags": ["garden"], "conversation": null, "written": NOON,
        "source": source("T1", Some("loket:assistant@0.1.0 sha256:00ff")), "also": [source("T2", None)],
        "labels": ["private"], "corrects": null, "standing": standing, "strength": 2, "pinned": true, "used": 3,
        "last-used": NOON, "faded": 1, "lesson": null,
        "steps": [{ "tool": "calc_add", "arguments": "[1,2]", "outcome": "3\x1b[2J" }],
    })
}

fn hit(text: &str, context: &[Json]) -> Json {
    let why = json!({
        "matched": ["tea"], "relevance": 1.2, "recency": 0.1, "strength": 0.1, "usage": 0.0, "age": 259_200_000,
        "period": { "from": 1_714_521_600_000_u64, "until": 1_717_200_000_000_u64 }, "leads": false, "meaning": 2,
    });
    json!({ "entry": entry(json!("current"), text), "score": 1.5, "why": why, "context": context })
}
