//! Components that tell of their tools at run time: what they offer reaches clients whole, and agents through the catalog.

use crate::house::House;
use crate::scope::words;
use crate::served::{Served, begin, chunk, head};
use loket_gateways::desk::Desk as _;
use serde_json::{Value as Json, json};
use std::time::Duration;

const COMPONENT: &str = "test:everything";

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_content_passes() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &[COMPONENT]).await;
    let kinds = async |tool: &str| {
        let answer = client.call(tool, json!({})).await;
        let content = answer["result"]["content"].as_array().unwrap_or_else(|| panic!("{answer}")).clone();
        content.iter().map(|piece| piece["type"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds("test_simple_text").await, ["text"]);
    assert_eq!(kinds("test_image_content").await, ["image"]);
    assert_eq!(kinds("test_audio_content").await, ["audio"]);
    assert_eq!(kinds("test_multiple_content_types").await, ["text", "image", "resource"]);
    let failed = client.call("test_error_handling", json!({})).await;
    assert_eq!(failed["result"]["isError"], true);
    assert!(words(&failed).contains("intentionally"), "{failed}");
    let chains: Vec<String> = served
        .house
        .lines("loket:tools/provider of test:everything", "call")
        .await
        .into_iter()
        .map(|l| l.chain)
        .collect();
    assert!(!chains.is_empty() && chains.iter().all(|chain| chain == "client:desktop"), "{chains:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_granted_is_not_there() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["loket:calc"]).await;
    assert_eq!(client.call("test_simple_text", json!({})).await["error"]["code"], -32602);
    assert_eq!(client.ask("resources/list", json!({})).await["result"]["resources"], json!([]));
    assert_eq!(client.ask("prompts/list", json!({})).await["result"]["prompts"], json!([]));
    let read = client.ask("resources/read", json!({ "uri": "test://static-text" })).await;
    assert_eq!((&read["error"]["code"], &read["error"]["data"]["uri"]), (&json!(-32602), &json!("test://static-text")));
    let prompt = client.ask("prompts/get", json!({ "name": "test_simple_prompt" })).await;
    assert_eq!(prompt["error"]["code"], -32602, "{prompt}");
    assert!(served.house.lines("loket:tools/provider of test:everything", "tools").await.is_empty(), "nobody asked it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_a_plain_function_asks_no_component_what_it_offers() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["loket:calc", "test:everything"]).await;
    let asked = async || served.house.lines("loket:tools/provider of test:everything", "tools").await.len();
    let answer = client.call("calc_evaluate", json!({ "expression": "6*7" })).await;
    assert_eq!((&answer["result"]["structuredContent"]["result"], asked().await), (&json!("42"), 0), "{answer}");
    client.call("test_simple_text", json!({})).await;
    assert!(asked().await > 0, "one that is known at run time only is asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_has_these_tools_through_the_catalog_where_they_are_granted() {
    let house = House::new().await;
    let call = async |name: &str, arguments: Json| {
        let invocation = json!({ "invocation": { "name": name, "arguments": arguments.to_string() } });
        house.call("loket:tools/catalog", "call", invocation).await
    };
    let text = call("test_simple_text", json!({})).await.expect("the owner may");
    assert_eq!(text["ok"], "\"This is a simple text response for testing.\"", "{text}");
    let mixed = call("test_multiple_content_types", json!({})).await.expect("it answers");
    let mixed: Json = serde_json::from_str(mixed["ok"].as_str().expect("JSON")).expect("JSON");
    assert_eq!((&mixed[0], &mixed[1]["left-out"]), (&json!("Multiple content types test:"), &json!(true)), "{mixed}");
    let at_once = async |function: &str| {
        let calls = ["test_multiple_content_types", "test_error_handling"]
            .map(|name| json!({ "name": name, "arguments": "{}" }));
        let answers = house.call("loket:tools/catalog", function, json!({ "invocations": calls })).await;
        answers.unwrap_or_else(|p| panic!("{function}: {p:?}"))
    };
    let (told, seen) = (at_once("call-all").await, at_once("see-all").await);
    assert_eq!((&told[0]["ok"], &told[1]), (&json!(mixed.to_string()), &seen[1]), "what fails, fails as well");
    let text = seen[0]["ok"]["text"].as_str().unwrap_or_else(|| panic!("{seen}"));
    let words: Json = serde_json::from_str(text).expect("JSON");
    let picture = json!({ "kind": "image", "mime": "image/png", "bytes": 70, "picture": 1 });
    assert_eq!((&words[0], &words[1], &words[2]), (&mixed[0], &picture, &mixed[2]), "{words}");
    let [picture] = &seen[0]["ok"]["pictures"].as_array().expect("a list")[..] else { panic!("one: {seen}") };
    assert_eq!(picture["mime"], "image/png");
    assert!(picture["data"].as_str().is_some_and(|data| data.starts_with("iVBORw0KGgo")), "{picture}");
    let asks = call("test_elicitation", json!({ "message": "who?" })).await;
    assert!(format!("{asks:?}").contains("asks its user"), "{asks:?}");
    for wrong in [json!([]), json!("x")] {
        assert!(format!("{:?}", call("test_simple_text", wrong).await).contains("invalid"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_of_a_call_is_good_for_that_client_and_that_call_alone() {
    let served = Served::new().await;
    let one = served.token("one", &[], &[COMPONENT]).await;
    let two = served.token("two", &[], &[COMPONENT]).await;
    let tool = "test_input_required_result_request_state";
    let can = json!({ "io.modelcontextprotocol/clientCapabilities": { "elicitation": {} } });
    let asked = one.ask("tools/call", json!({ "name": tool, "arguments": {}, "_meta": can })).await;
    let state = asked["result"]["requestState"].as_str().unwrap_or_else(|| panic!("it asks: {asked}")).to_owned();
    let yes = json!({ "confirm": { "action": "accept", "content": { "ok": true } } });
    let answer = |tool: &str, arguments: Json, state: &str| json!({ "name": tool, "arguments": arguments, "inputResponses": yes, "requestState": state, "_meta": can });
    let done = one.ask("tools/call", answer(tool, json!({}), &state)).await;
    assert_eq!(words(&done), "state-ok", "{done}");
    for (client, params) in [
        (&two, answer(tool, json!({}), &state)),
        (&one, answer("test_input_required_result_tampered_state", json!({}), &state)),
        (&one, answer(tool, json!({ "other": 1 }), &state)),
        (&one, answer(tool, json!({}), &format!("{state}x"))),
        (&one, answer(tool, json!({}), "")),
    ] {
        let refused = client.ask("tools/call", params).await;
        assert_eq!(refused["error"]["code"], -32602, "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_listens_hears_of_what_changes_for_them() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &[COMPONENT]).await;
    let body = json!({
        "jsonrpc": "2.0",
        "id": "listen",
        "method": "subscriptions/listen",
        "params": {
            "notifications": { "toolsListChanged": true },
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    });
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "subscriptions/listen"),
    ];
    let mut stream = begin(served.address, "POST", "/mcp", &client.token, &headers, &body.to_string()).await;
    assert_eq!(head(&mut stream).await.0, 200);
    let mut next = async || {
        let event = tokio::time::timeout(Duration::from_secs(10), async {
            loop {
                let piece = chunk(&mut stream).await.expect("it goes on");
                let text = String::from_utf8(piece).expect("text");
                if let Some(data) = text.lines().find_map(|line| line.strip_prefix("data:")) {
                    break serde_json::from_str::<Json>(data.trim()).unwrap_or_default();
                }
            }
        });
        event.await.expect("something is told")["method"].clone()
    };
    assert_eq!(next().await, "notifications/subscriptions/acknowledged");
    // The component says so itself; then a grant; then a package that comes.
    client.call("test_trigger_tool_change", json!({})).await;
    assert_eq!(next().await, "notifications/tools/list_changed");
    served.house.grant("client:desktop", "loket:calc").await;
    assert_eq!(next().await, "notifications/tools/list_changed");
    served.house.revoke("client:desktop", "loket:calc").await;
    assert_eq!(next().await, "notifications/tools/list_changed");
    // What is granted to others is no news.
    served.house.grant("bob", "loket:calc").await;
    served.house.host.tokens().await.expect("a list");
    let quiet = tokio::time::timeout(Duration::from_millis(300), next()).await;
    assert!(quiet.is_err(), "{quiet:?}");
}
