//! Both kinds of revisions: sessions that are negotiated, and requests that stand alone.

use crate::served::{SESSIONS, STATELESS, Served};
use serde_json::{Value as Json, json};

#[tokio::test(flavor = "multi_thread")]
async fn older_revisions_are_negotiated_and_served() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["loket:calc"]).await;
    let headers = [("content-type", "application/json"), ("accept", "application/json, text/event-stream")];
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", SESSIONS] {
        let params =
            json!({ "protocolVersion": version, "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
        let message = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params }).to_string();
        let begun = client.send("POST", "/mcp", &headers, &message).await;
        assert_eq!(begun.last()["result"]["protocolVersion"], version, "{begun:?}");
        let session = begun.header("mcp-session-id").expect("a session");
        let own = [&headers[..], &[("mcp-session-id", session.as_str()), ("mcp-protocol-version", version)]].concat();
        let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string();
        assert_eq!(client.send("POST", "/mcp", &own, &ready).await.status, 202);
        let call = json!({ "name": "calc_evaluate", "arguments": { "expression": "6*7" } });
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call }).to_string();
        let answer = client.send("POST", "/mcp", &own, &call).await.last();
        assert_eq!(answer["result"]["content"][0]["text"], "42", "{version}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_the_newest_revision_stands_alone() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["loket:calc"]).await;
    let found = client.ask("server/discover", json!({})).await;
    let versions: Vec<&Json> = found["result"]["supportedVersions"].as_array().expect("a list").iter().collect();
    assert!(versions.contains(&&json!(STATELESS)) && versions.contains(&&json!(SESSIONS)), "{found}");
    assert!(client.whole("tools/list", json!({})).await.header("mcp-session-id").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_told_to_whoever_asks_for_it_and_notes_to_whoever_wants_them() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["test:everything"]).await;
    let told = async |tool: &str, meta: Json| {
        let answer = client.whole("tools/call", json!({ "name": tool, "arguments": {}, "_meta": meta })).await;
        let methods = answer.messages().into_iter().filter_map(|message| message["method"].as_str().map(str::to_owned));
        methods.collect::<Vec<_>>()
    };
    let progress = told("test_tool_with_progress", json!({ "progressToken": "p" })).await;
    assert_eq!(progress, ["notifications/progress"; 3]);
    assert!(told("test_tool_with_progress", json!({})).await.is_empty());
    let notes = told("test_tool_with_logging", json!({ "io.modelcontextprotocol/logLevel": "info" })).await;
    assert_eq!(notes, ["notifications/message"; 3]);
    assert!(told("test_tool_with_logging", json!({})).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_is_refused_and_the_next_is_answered() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["loket:calc"]).await;
    let headers = [("content-type", "application/json"), ("accept", "application/json, text/event-stream")];
    for body in ["", "{", "[]", "null", "{\"jsonrpc\":\"2.0\"}", &"[".repeat(100_000)] {
        let answer = client.send("POST", "/mcp", &headers, body).await;
        assert!((400..500).contains(&answer.status), "{:.20}: {answer:?}", body);
    }
    let big = client.send("POST", "/mcp", &headers, &"x".repeat((1 << 20) + 1)).await;
    assert_eq!(big.status, 413);
    for cursor in ["", "x", "-1", "99999999999999999999", "7"] {
        let answer = client.ask("tools/list", json!({ "cursor": cursor })).await;
        assert_eq!(answer["error"]["code"], -32602, "{cursor}: {answer}");
    }
    assert_eq!(client.tools().await, ["calc_evaluate"]);
}
