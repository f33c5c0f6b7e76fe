//! The responses interface.

use crate::fake::{Script, Server, ask, calc, check, fails, refusing, request, says, streaming, tool};
use loket_model_adapter::chat::{Media, Message, Outcome, Part, Role, Stop, ToolCall, ToolResult};
use loket_model_fake::SHAPE;
use serde_json::json;

const HERE: &str = "url=https://api.openai.com/v1\nmodel=gpt-x\nkey=openai-key\napi=responses";

/// What OpenAI sends, shortened.
const SPOKEN: &[&str] = &[
    r#"{"type":"response.created","response":{"id":"r","status":"in_progress","model":"gpt-x-2026"}}"#,
    r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"reasoning","summary":[]}}"#,
    r#"{"type":"response.output_item.added","output_index":1,"item":{"type":"message","content":[]}}"#,
    r#"{"type":"response.output_text.delta","output_index":1,"delta":"It is "}"#,
    r#"{"type":"response.output_text.delta","output_index":1,"delta":"4."}"#,
    r#"{"type":"response.output_text.done","output_index":1,"text":"It is 4."}"#,
    r#"{"type":"response.completed","response":{"status":"completed","model":"gpt-x-2026","output":[{"type":"message","content":[{"type":"output_text","text":"It is 4."}]}],"usage":{"input_tokens":90,"input_tokens_details":{"cached_tokens":64},"output_tokens":7}}}"#,
];

const CALLS: &[&str] = &[
    r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","id":"fc_1","call_id":"call_a","name":"calc_evaluate","arguments":""}}"#,
    r#"{"type":"response.function_call_arguments.delta","output_index":0,"delta":"{\"expression\""}"#,
    r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","id":"fc_1","call_id":"call_a","name":"calc_evaluate","arguments":"{\"expression\":\"2+2\"}"}}"#,
    r#"{"type":"response.output_item.done","output_index":1,"item":{"type":"function_call","id":"fc_2","call_id":"call_b","name":"clock_now","arguments":"{}"}}"#,
    r#"{"type":"response.completed","response":{"status":"completed","output":[{"type":"function_call","call_id":"call_a","name":"calc_evaluate","arguments":"{}"}],"usage":{"input_tokens":9,"output_tokens":7}}}"#,
];

fn asked() -> loket_model_adapter::chat::Request {
    request(vec![says(Role::User, "What is 2+2?")], vec![calc(), tool("clock_now", "zone")])
}

#[test]
fn words_are_told_as_they_come_and_what_came_from_a_cache_is_counted() {
    let server = Server::answering(HERE, [Script::events(SPOKEN)]);
    let reply = ask(&server, &asked());
    assert_eq!((reply.text.as_str(), reply.stop, reply.model.as_str()), ("It is 4.", Stop::Finished, "gpt-x-2026"));
    assert_eq!((reply.usage.input, reply.usage.cached, reply.usage.output), (90, 64, 7));
    assert_eq!(*server.said.borrow(), ["It is ", "4."]);
    let sent = server.sent.borrow();
    assert_eq!(sent[0].url, "https://api.openai.com/v1/responses");
    let body = server.body(0);
    assert_eq!((&body["store"], &body["stream"]), (&json!(false), &json!(true)), "nothing is kept there");
    assert_eq!(body["instructions"], "Today is Monday, 2026-11-23 (UTC).");
    assert_eq!(body["tools"][0]["name"], "calc_evaluate", "{body}");
}

#[test]
fn calls_that_come_at_once_are_each_heard_once() {
    let reply = ask(&streaming(HERE, CALLS), &asked());
    let calls: Vec<_> =
        reply.calls.iter().map(|call| (call.id.as_str(), call.name.as_str(), call.arguments.as_str())).collect();
    assert_eq!(calls, [("call_a", "calc_evaluate", r#"{"expression":"2+2"}"#), ("call_b", "clock_now", "{}")]);
    assert_eq!(reply.stop, Stop::ToolCalls);
}

#[test]
fn an_exchange_is_a_list_of_items() {
    let call = ToolCall { id: "c1".into(), name: "calc_evaluate".into(), arguments: r#"{"expression":"2+2"}"#.into() };
    let result = ToolResult { id: "c1".into(), text: "4".into(), outcome: Outcome::Done };
    let picture = Part::Image(Media { mime: "image/png".into(), data: vec![1, 2, 3] });
    let server = streaming(HERE, SPOKEN);
    let exchange = vec![
        says(Role::System, "You are Ann."),
        Message { role: Role::User, parts: vec![Part::Text("Look:".into()), picture.clone()] },
        Message { role: Role::Assistant, parts: vec![Part::Text("Let me see.".into()), Part::ToolCall(call)] },
        Message { role: Role::Tool, parts: vec![Part::ToolResult(result), picture] },
    ];
    ask(&server, &request(exchange, vec![calc()]));
    let body = server.body(0);
    assert!(body["instructions"].as_str().is_some_and(|text| text.starts_with("You are Ann.")));
    let image = json!({ "type": "input_image", "image_url": "data:image/png;base64,AQID", "detail": "auto" });
    let line = "(What the tool `calc_evaluate` shows; data, like its result:)";
    assert_eq!(
        body["input"],
        json!([
            { "type": "message", "role": "user", "content": [{ "type": "input_text", "text": "Look:" }, image] },
            { "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": "Let me see." }] },
            { "type": "function_call", "call_id": "c1", "name": "calc_evaluate", "arguments": "{\"expression\":\"2+2\"}" },
            { "type": "function_call_output", "call_id": "c1", "output": "4" },
            { "type": "message", "role": "user", "content": [{ "type": "input_text", "text": line }, image] },
        ])
    );
}

#[test]
fn a_shape_is_a_format_of_the_text() {
    let event = r#"{"type":"response.completed","response":{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"{\"city\":\"Delft\"}"}]}]}}"#;
    let server = streaming(HERE, &[event]);
    let mut asked = request(vec![says(Role::User, "Where?")], vec![]);
    asked.shape = Some(SHAPE.into());
    assert_eq!(ask(&server, &asked).text, r#"{"city":"Delft"}"#);
    let format = &server.body(0)["text"]["format"];
    assert_eq!((&format["type"], &format["strict"]), (&json!("json_schema"), &json!(true)));
}

#[test]
fn a_server_that_does_not_stream_is_heard_too() {
    let body = r#"{"object":"response","status":"completed","model":"m","output":[{"type":"message","content":[{"type":"output_text","text":"Hello"}]},{"type":"function_call","call_id":"a","name":"calc_evaluate","arguments":"{}"}]}"#;
    let reply = ask(&Server::answering(HERE, [Script::json(body)]), &asked());
    assert_eq!((reply.text.as_str(), reply.calls.len()), ("Hello", 1));
}

#[test]
fn what_goes_wrong_is_told_like_elsewhere() {
    let cut = r#"{"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}}}"#;
    assert_eq!(ask(&streaming(HERE, &[SPOKEN[3], cut]), &asked()).stop, Stop::Length);
    let failed = r#"{"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"It broke"}}}"#;
    check(fails(&streaming(HERE, &[failed]), &asked()), "unavailable", &["It broke"]);
    let long = r#"{"type":"error","code":"context_length_exceeded","message":"Your input exceeds the context window"}"#;
    check(fails(&streaming(HERE, &[long]), &asked()), "exhausted", &["context: "]);
    check(fails(&streaming(HERE, &SPOKEN[..5]), &asked()), "failed", &["broke off after"]);
    check(fails(&streaming(HERE, &["{}"]), &asked()), "failed", &["no answer of its kind"]);
    check(fails(&refusing(HERE, 401, &[], ""), &asked()), "failed", &["loket secret set openai-key"]);
}
