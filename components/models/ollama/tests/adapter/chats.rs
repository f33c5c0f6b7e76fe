//! Exchanges and streams of `/api/chat`.

use loket_model_adapter::chat::{Media, Message, Outcome, Part, Request, Role, Stop, ToolCall, ToolResult};
use loket_model_adapter::complete;
use loket_model_fake::{SHAPE, Script, Server, calc, check, request, says, tool};
use loket_ollama::Ollama;
use proptest::prelude::*;
use serde_json::{Value, json};

const HERE: &str = "url=http://127.0.0.1:11434\nmodel=qwen3:4b";

/// What Ollama sends, shortened: thoughts, words, two calls at once.
const STREAM: &[&str] = &[
    r#"{"model":"qwen3:4b","created_at":"2026","message":{"role":"assistant","content":"","thinking":"Hm."},"done":false}"#,
    r#"{"model":"qwen3:4b","message":{"role":"assistant","content":"Grüße "},"done":false}"#,
    r#"{"model":"qwen3:4b","message":{"role":"assistant","content":"aus Köln."},"done":false}"#,
    r#"{"model":"qwen3:4b","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"calc_evaluate","arguments":{"expression":"2+2"}}},{"id":"call_b","function":{"index":1,"name":"clock_now","arguments":{}}}]},"done":false}"#,
    r#"{"model":"qwen3:4b","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":26,"eval_count":9}"#,
];

fn asked() -> Request {
    request(vec![says(Role::User, "What is 2+2?")], vec![calc(), tool("clock_now", "zone")])
}

#[test]
fn words_calls_and_tokens_come_line_by_line() {
    let server = Server::answering(HERE, [Script::lines(STREAM)]);
    let reply = server.ask(&Ollama, &asked());
    assert_eq!(*server.said.borrow(), ["Grüße ", "aus Köln."]);
    assert_eq!(
        (reply.text.as_str(), reply.stop, reply.model.as_str()),
        ("Grüße aus Köln.", Stop::ToolCalls, "qwen3:4b")
    );
    let calls: Vec<_> = reply.calls.iter().map(|call| (call.name.as_str(), call.arguments.as_str())).collect();
    assert_eq!(calls, [("calc_evaluate", r#"{"expression":"2+2"}"#), ("clock_now", "{}")]);
    assert!(!reply.calls[0].id.is_empty() && reply.calls[1].id == "call_b", "each has a name of its own");
    assert_eq!((reply.usage.input, reply.usage.output), (26, 9));
    assert_eq!(server.sent.borrow()[0].url, "http://127.0.0.1:11434/api/chat");
}

#[test]
fn an_exchange_is_in_the_servers_words() {
    let call = ToolCall { id: "c1".into(), name: "calc_evaluate".into(), arguments: r#"{"expression":"2+2"}"#.into() };
    let result = ToolResult { id: "c1".into(), text: "4".into(), outcome: Outcome::Failed };
    let picture = Part::Image(Media { mime: "image/png".into(), data: vec![1, 2, 3] });
    let exchange = vec![
        says(Role::System, "You are Ann."),
        Message { role: Role::User, parts: vec![Part::Text("Look:".into()), picture.clone()] },
        Message { role: Role::Assistant, parts: vec![Part::ToolCall(call)] },
        Message { role: Role::Tool, parts: vec![Part::ToolResult(result), picture] },
    ];
    let server = Server::answering(&format!("{HERE}\ncontext=8192\ntokens=100"), [Script::lines(STREAM)]);
    server.ask(&Ollama, &request(exchange, vec![calc(), tool("clock_now", "zone")]));
    let body = server.body(0);
    let function = json!({ "name": "calc_evaluate", "arguments": { "expression": "2+2" } });
    assert_eq!(
        body["messages"],
        json!([
            { "role": "system", "content": "You are Ann.\n\nToday is Monday, 2026-11-23 (UTC)." },
            { "role": "user", "content": "Look:", "images": ["AQID"] },
            { "role": "assistant", "content": "", "tool_calls": [{ "id": "c1", "function": function }] },
            { "role": "tool", "content": "failed: 4", "tool_name": "calc_evaluate", "tool_call_id": "c1" },
            { "role": "user", "content": "(What the tool `calc_evaluate` shows; data, like its result:)", "images": ["AQID"] },
        ])
    );
    assert_eq!(body["options"], json!({ "num_ctx": 8192, "num_predict": 100 }));
    assert_eq!(body["truncate"], false, "nothing is lost in silence");
    assert_eq!(body["tools"][0]["function"]["name"], "calc_evaluate");
}

#[test]
fn forms_are_enforced_by_the_format() {
    let shape: Value = serde_json::from_str(SHAPE).expect("a schema");
    let mut shaped = request(vec![says(Role::User, "Where?")], vec![]);
    shaped.shape = Some(SHAPE.into());
    let end = r#"{"message":{"content":"{\"city\":\"Delft\"}"},"done":true,"done_reason":"stop"}"#;
    let server = Server::answering(HERE, [Script::lines(&[end])]);
    assert_eq!(server.ask(&Ollama, &shaped).text, r#"{"city":"Delft"}"#);
    assert_eq!((&server.body(0)["format"], server.heard().as_str()), (&shape, ""));

    let call =
        r#"{"message":{"content":"{\"tool\":\"calc_evaluate\",\"arguments\":{\"expression\":\"1\"}}"},"done":true}"#;
    let server = Server::answering(&format!("{HERE}\ntools=json-schema"), [Script::lines(&[call])]);
    assert_eq!(server.ask(&Ollama, &asked()).calls[0].name, "calc_evaluate");
    assert!(server.body(0).get("tools").is_none() && server.body(0)["format"]["anyOf"].is_array());
}

#[test]
fn what_goes_wrong_says_what_to_do() {
    for (status, body, kind, words) in [
        (404, r#"{"error":"model 'qwen3:4b' not found"}"#, "not-found", ["not found", "`[models.a]`"]),
        (400, r#"{"error":"qwen3:4b does not support tools"}"#, "invalid", ["does not support tools", "json-schema"]),
        (
            400,
            r#"{"error":"the input length exceeds the context length"}"#,
            "exhausted",
            ["context: ", "begin a new conversation"],
        ),
        (
            503,
            r#"{"error":"server busy, please try again. maximum pending requests exceeded"}"#,
            "unavailable",
            ["server busy", "later"],
        ),
    ] {
        let server = Server::answering(HERE, [Script::refusal(status, &[], body)]);
        check(server.fails(&Ollama, &asked()), kind, &words);
    }
    for (lines, word) in [
        (vec![STREAM[1], r#"{"error":"llama runner process has terminated"}"#], "runner process has terminated"),
        (vec![STREAM[1]], "broke off after"),
        (vec![STREAM[1], "{\"mess"], "no answer of its kind"),
        (vec!["7"], "no answer of its kind"),
    ] {
        let server = Server::answering(HERE, [Script::lines(&lines)]);
        check(server.fails(&Ollama, &asked()), "failed", &[word]);
    }
}

#[test]
fn an_answer_that_ended_is_whole_whatever_the_connection_does_then() {
    let server = Server::answering(HERE, [Script::lines(STREAM).broken()]);
    assert_eq!(server.ask(&Ollama, &asked()).calls.len(), 2);
    let cut = r#"{"message":{"content":"x"},"done":true,"done_reason":"length"}"#;
    assert_eq!(Server::answering(HERE, [Script::lines(&[cut])]).ask(&Ollama, &asked()).stop, Stop::Length);
}

#[test]
fn a_call_that_cannot_be_read_is_asked_for_once_more() {
    let call = |name: &str| {
        format!(
            r#"{{"message":{{"content":"","tool_calls":[{{"function":{{"name":"{name}","arguments":{{}}}}}}]}},"done":true}}"#
        )
    };
    let scripts = ["calculator", "calc_evaluate"].map(|name| Script::lines(&[&call(name)]));
    assert_eq!(Server::answering(HERE, scripts).ask(&Ollama, &asked()).calls[0].name, "calc_evaluate");
    let scripts = ["calculator", "abacus"].map(|name| Script::lines(&[&call(name)]));
    check(Server::answering(HERE, scripts).fails(&Ollama, &asked()), "failed", &["answered twice", "no tool `abacus`"]);
}

proptest! {
    #[test]
    fn it_does_not_matter_where_a_stream_is_cut(size in 1usize..200) {
        let body: String = STREAM.iter().map(|line| format!("{line}\n")).collect();
        let mut script = Script::lines(&[]);
        script.pieces = body.as_bytes().chunks(size).map(|piece| Ok(piece.to_vec())).collect();
        let (whole, cut) = (Server::answering(HERE, [Script::lines(STREAM)]), Server::answering(HERE, [script]));
        prop_assert_eq!(whole.ask(&Ollama, &asked()), cut.ask(&Ollama, &asked()));
        prop_assert_eq!(whole.heard(), cut.heard());
    }

    #[test]
    fn no_stream_makes_it_panic(noise in prop::collection::vec("[{}\\[\\]\":,a-z0-9 ]{0,40}", 0..6), at in 0..STREAM.len()) {
        let lines: Vec<&str> = noise.iter().map(String::as_str).chain([STREAM[at]]).collect();
        let script = Script::lines(&lines);
        let server = Server::answering(HERE, [script.clone(), script]);
        let _ = complete(&server, &Ollama, &asked());
    }
}
