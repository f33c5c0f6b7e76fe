//! Exchanges, as they reach the server.

use loket_anthropic::Anthropic;
use loket_model_adapter::chat::{Document, Media, Message, Outcome, Part, Request, Role, ToolCall, ToolResult};
use loket_model_fake::{SHAPE, Script, Server, calc, check, request, says};
use serde_json::{Value, json};

const HERE: &str = "url=https://api.anthropic.com/v1\nmodel=claude-x\nkey=anthropic-key";
const DONE: &[&str] = &[
    r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"x"}}"#,
    r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#,
    r#"{"type":"message_stop"}"#,
];

#[track_caller]
fn body(settings: &str, request: &Request) -> Value {
    let server = Server::answering(settings, [Script::events(DONE)]);
    server.ask(&Anthropic, request);
    server.body(0)
}

fn called(id: &str) -> Part {
    Part::ToolCall(ToolCall {
        id: id.into(),
        name: "calc_evaluate".into(),
        arguments: r#"{"expression":"2+2"}"#.into(),
    })
}

fn answered(id: &str, outcome: Outcome) -> Part {
    Part::ToolResult(ToolResult { id: id.into(), text: "4".into(), outcome })
}

#[test]
fn a_request_has_key_version_and_a_bound() {
    let server = Server::answering(HERE, [Script::events(DONE)]);
    let mut asked = request(vec![says(Role::User, "hi")], vec![]);
    asked.temperature = Some(2.0);
    server.ask(&Anthropic, &asked);
    let sent = server.sent.borrow();
    assert_eq!(sent[0].url, "https://api.anthropic.com/v1/messages");
    let header = |name: &str| sent[0].headers.iter().find(|h| h.name == name).map(|h| h.value.as_str());
    assert_eq!(header("x-api-key"), Some("{{secret:anthropic-key}}"), "only the host can fill it");
    assert_eq!(header("anthropic-version"), Some("2023-06-01"));
    let body = server.body(0);
    assert_eq!((&body["max_tokens"], &body["temperature"]), (&json!(8192), &json!(1.0)), "the interface's bounds");
    assert!(body.get("tools").is_none() && body.get("tool_choice").is_none());
}

#[test]
fn what_is_the_same_from_turn_to_turn_is_marked_for_the_servers_cache() {
    let said =
        |text: &str| vec![says(Role::System, "You are Ann."), says(Role::System, "Be brief."), says(Role::User, text)];
    let first = body(HERE, &request(said("hi"), vec![calc()]));
    let second = body(HERE, &Request { now: 1_795_600_000_000, ..request(said("and now?"), vec![calc()]) });
    assert_eq!((&first["tools"], &first["system"][0]), (&second["tools"], &second["system"][0]), "the same bytes");
    assert_eq!(
        first["system"][0],
        json!({ "type": "text", "text": "You are Ann.\n\nBe brief.", "cache_control": { "type": "ephemeral" } })
    );
    assert_ne!(first["system"][1], second["system"][1], "the day stands behind the mark");
    assert!(first["system"][1].get("cache_control").is_none());
    // Without instructions, the tools are what stays.
    let bare = body(HERE, &request(vec![says(Role::User, "hi")], vec![calc()]));
    assert_eq!(bare["tools"][0]["cache_control"]["type"], "ephemeral");
    // Within a turn, each round begins with the round before.
    let rounds = vec![
        says(Role::User, "2+2?"),
        Message { role: Role::Assistant, parts: vec![called("a")] },
        Message { role: Role::Tool, parts: vec![answered("a", Outcome::Done)] },
    ];
    let round = body(HERE, &request(rounds, vec![calc()]));
    assert_eq!(round["messages"][2]["content"][0]["cache_control"]["type"], "ephemeral");
    assert_eq!(round.to_string().matches("cache_control").count(), 2, "four are allowed");
}

#[test]
fn calls_and_their_results_alternate_and_results_come_first() {
    let result = Message {
        role: Role::Tool,
        parts: vec![
            Part::Image(Media { mime: "image/png".into(), data: vec![1, 2, 3] }),
            answered("a.1", Outcome::Done),
            answered("b", Outcome::Refused),
        ],
    };
    let exchange = vec![
        says(Role::User, "Hello"),
        says(Role::User, "What is 2+2?"),
        Message { role: Role::Assistant, parts: vec![Part::Text("Let me see.".into()), called("a.1"), called("b")] },
        result,
        says(Role::System, "Hurry."),
    ];
    let sent = body(HERE, &request(exchange, vec![calc()]))["messages"].clone();
    let input = json!({ "expression": "2+2" });
    let image = json!({ "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "AQID" } });
    assert_eq!(
        sent,
        json!([
            { "role": "user", "content": [{ "type": "text", "text": "Hello" }, { "type": "text", "text": "What is 2+2?" }] },
            { "role": "assistant", "content": [
                { "type": "text", "text": "Let me see." },
                { "type": "tool_use", "id": "a_1", "name": "calc_evaluate", "input": input },
                { "type": "tool_use", "id": "b", "name": "calc_evaluate", "input": input },
            ] },
            { "role": "user", "content": [
                { "type": "tool_result", "tool_use_id": "a_1", "content": "4", "is_error": false },
                { "type": "tool_result", "tool_use_id": "b", "content": "refused: 4", "is_error": true },
                image,
                { "type": "text", "text": "(Instructions: Hurry.)" },
            ] },
        ])
    );
}

#[test]
fn what_a_tool_shows_stands_in_its_result_and_what_is_kept_reaches_as_far() {
    let picture = || Part::Image(Media { mime: "image/png".into(), data: vec![1, 2, 3] });
    let exchange = |after: Vec<Part>| {
        vec![
            says(Role::User, "What is 2+2?"),
            Message { role: Role::Assistant, parts: vec![called("a"), called("b")] },
            Message { role: Role::Tool, parts: [vec![answered("a", Outcome::Done)], after].concat() },
        ]
    };
    let image = json!({ "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "AQID" } });
    let words = json!({ "type": "text", "text": "4" });
    let parts = vec![picture(), picture(), answered("b", Outcome::Done), picture()];
    let sent = body(HERE, &request(exchange(parts.clone()), vec![calc()]))["messages"][2]["content"].clone();
    let result = |id: &str, content: Value| json!({ "type": "tool_result", "tool_use_id": id, "content": content, "is_error": false });
    let mut last = result("b", json!([words, image]));
    last["cache_control"] = json!({ "type": "ephemeral" });
    assert_eq!(sent, json!([result("a", json!([words, image, image])), last]));
    // For a model without tools, each stands behind the words of its result.
    let plain = body(&format!("{HERE}\ntools=none"), &request(exchange(parts), vec![calc()]));
    let kinds: Vec<&str> = plain["messages"][2]["content"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|block| block["type"].as_str())
        .collect();
    assert_eq!(kinds, ["text", "image", "image", "text", "image"], "{plain}");
}

#[test]
fn tools_that_were_called_are_named_though_none_is_on_offer_any_more() {
    let exchange = vec![
        says(Role::User, "What is 2+2?"),
        Message { role: Role::Assistant, parts: vec![called("a")] },
        Message { role: Role::Tool, parts: vec![answered("a", Outcome::Done)] },
    ];
    let sent = body(HERE, &request(exchange, vec![]));
    assert_eq!((&sent["tools"][0]["name"], &sent["tools"][1]), (&json!("calc_evaluate"), &Value::Null));
    assert_eq!(sent["tools"][0]["input_schema"], json!({ "type": "object" }));
    assert_eq!(sent["tool_choice"], json!({ "type": "none" }));
}

#[test]
fn documents_are_marked_and_what_the_model_cannot_take_is_said() {
    let document =
        Document { uri: "memory:01J".into(), kind: "fact".into(), written: None, text: "Under the mat.".into() };
    let sound = Media { mime: "audio/wav".into(), data: vec![1] };
    let parts = vec![Part::Document(document), Part::Audio(sound), Part::Text(" ".into()), Part::Text("Where?".into())];
    let content =
        body(HERE, &request(vec![Message { role: Role::User, parts }], vec![]))["messages"][0]["content"].clone();
    assert_eq!(content.as_array().map(Vec::len), Some(3), "no empty words: {content}");
    assert!(content[0]["text"].as_str().is_some_and(|text| text.contains("<document uri=\"memory:01J\"")), "{content}");
    assert!(content[1]["text"].as_str().is_some_and(|text| text.contains("audio/wav was left out")), "{content}");
}

#[test]
fn a_shape_is_a_tool_that_must_be_called() {
    let mut asked = request(vec![says(Role::User, "Where?")], vec![]);
    asked.shape = Some(SHAPE.into());
    let server = Server::answering(
        HERE,
        [Script::events(&[
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Here:"}}"#,
            r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"answer_in_shape","input":{}}}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"city\":"}}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"\"Delft\"}"}}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"}}"#,
            r#"{"type":"message_stop"}"#,
        ])],
    );
    let reply = server.ask(&Anthropic, &asked);
    assert_eq!((reply.text.as_str(), reply.calls.len(), server.heard().as_str()), (r#"{"city":"Delft"}"#, 0, ""));
    assert_eq!(reply.stop, loket_model_adapter::chat::Stop::Finished);
    let sent = server.body(0);
    assert_eq!(sent["tool_choice"], json!({ "type": "tool", "name": "answer_in_shape" }));
    assert_eq!(sent["tools"][0]["input_schema"]["required"], json!(["city"]));
    // Beside other tools, one of them all.
    let mut both = request(vec![says(Role::User, "Where?")], vec![calc()]);
    both.shape = Some(SHAPE.into());
    let call = r#"{"type":"message","content":[{"type":"tool_use","id":"t","name":"calc_evaluate","input":{"expression":"1"}}],"stop_reason":"tool_use"}"#;
    let server = Server::answering(HERE, [Script::json(call)]);
    assert_eq!(server.ask(&Anthropic, &both).calls.len(), 1);
    assert_eq!(server.body(0)["tool_choice"], json!({ "type": "any" }));
}

#[test]
fn settings_that_are_not_for_this_adapter_are_refused() {
    for line in ["tools=json-schema", "api=responses"] {
        let server = Server::answering(&format!("{HERE}\n{line}"), []);
        check(
            server.fails(&Anthropic, &request(vec![says(Role::User, "hi")], vec![])),
            "invalid",
            &["not for this adapter"],
        );
    }
}
