//! Streams, as they become replies.

use crate::fake::{Script, Server, ask, calc, request, says, streaming, tool};
use loket_model_adapter::chat::{Document, Message, Part, Role, Stop, ToolCall};
use loket_model_adapter::complete;
use loket_openai::OpenAi;
use proptest::prelude::*;

const LOCAL: &str = "url=http://127.0.0.1:8080/v1\nmodel=small";
const SCHEMA: &str = "url=http://127.0.0.1:8080/v1\nmodel=small\ntools=json-schema";

/// What llama.cpp sends, shortened.
const LLAMA: &[&str] = &[
    r#"{"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"created":1,"model":"/models/small.gguf"}"#,
    r#"{"choices":[{"finish_reason":null,"index":0,"delta":{"content":"Grüße"}}],"created":1,"model":"/models/small.gguf"}"#,
    r#"{"choices":[{"finish_reason":null,"index":0,"delta":{"content":" aus"}}],"created":1,"model":"/models/small.gguf"}"#,
    r#"{"choices":[{"finish_reason":null,"index":0,"delta":{"content":" Köln"}}],"created":1,"model":"/models/small.gguf"}"#,
    r#"{"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"created":1,"model":"/models/small.gguf"}"#,
    r#"{"choices":[],"created":1,"model":"/models/small.gguf","usage":{"completion_tokens":12,"prompt_tokens":20,"total_tokens":32,"prompt_tokens_details":{"cached_tokens":8}}}"#,
    "[DONE]",
];

/// What OpenAI sends for two calls, shortened.
const CALLS: &[&str] = &[
    r#"{"model":"gpt-x-2026","choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"calc_evaluate","arguments":""}}]},"finish_reason":null}],"usage":null}"#,
    r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"expre"}}]},"finish_reason":null}]}"#,
    r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"ssion\":\"2+2\"}"}}]},"finish_reason":null}]}"#,
    r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"clock_now","arguments":"{}"}}]},"finish_reason":null}]}"#,
    r#"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#,
    "[DONE]",
];

fn call(id: &str, name: &str, arguments: &str) -> ToolCall {
    ToolCall { id: id.into(), name: name.into(), arguments: arguments.into() }
}

fn asked() -> loket_model_adapter::chat::Request {
    let more = ["clock_now", "x", "y"].map(|name| tool(name, "it"));
    request(vec![says(Role::User, "What is 2+2?")], [calc()].into_iter().chain(more).collect())
}

#[test]
fn words_are_told_as_they_come_and_are_whole_at_the_end() {
    let pieces = LLAMA.iter().map(|event| format!("data: {event}\n\n").into_bytes()).collect();
    let server = Server::answering(LOCAL, [Script::stream(pieces)]);
    let reply = ask(&server, &asked());
    assert_eq!(*server.said.borrow(), ["Grüße", " aus", " Köln"]);
    assert_eq!((reply.text.as_str(), reply.stop), ("Grüße aus Köln", Stop::Finished));
    assert_eq!((reply.usage.input, reply.usage.cached, reply.usage.output), (20, 8, 12));
    assert_eq!(reply.model, "small", "a path on the server is nobody's business");
    assert!(reply.calls.is_empty());
}

#[test]
fn calls_are_put_together_from_their_pieces() {
    let server = streaming(LOCAL, CALLS);
    let reply = ask(&server, &asked());
    let expect = [call("call_a", "calc_evaluate", r#"{"expression":"2+2"}"#), call("call_b", "clock_now", "{}")];
    assert_eq!(reply.calls, expect);
    assert_eq!((reply.stop, reply.text.as_str(), reply.model.as_str()), (Stop::ToolCalls, "", "gpt-x-2026"));
    assert_eq!(server.heard(), "");
}

#[test]
fn calls_of_servers_that_number_them_badly_are_told_apart() {
    // All with one index; without any; whole objects as arguments; no ids; `stop` at the end.
    for events in [
        [
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"x","arguments":"{}"}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"b","function":{"name":"y","arguments":"{}"}}]},"finish_reason":"stop"}]}"#,
        ],
        [
            r#"{"choices":[{"delta":{"tool_calls":[{"id":"a","function":{"name":"x","arguments":{}}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"id":"b","function":{"name":"y"}}]},"finish_reason":"stop"}]}"#,
        ],
    ] {
        let reply = ask(&streaming(LOCAL, &events), &asked());
        assert_eq!(reply.calls, [call("a", "x", "{}"), call("b", "y", "{}")]);
        assert_eq!(reply.stop, Stop::ToolCalls);
    }
    let events = [
        r#"{"choices":[{"delta":{"tool_calls":[{"function":{"name":"x","arguments":"{}"}}]},"finish_reason":"stop"}]}"#,
    ];
    let reply = ask(&streaming(LOCAL, &events), &asked());
    assert!(!reply.calls[0].id.is_empty(), "a call has a name of its own");
}

#[test]
fn a_server_that_does_not_stream_is_heard_too() {
    let body = r#"{"model":"m","choices":[{"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1}}"#;
    let server = Server::answering(LOCAL, [Script::json(body)]);
    let reply = ask(&server, &asked());
    assert_eq!((reply.text.as_str(), reply.usage.input), ("Hello", 3));
    assert_eq!(server.heard(), "Hello");
}

#[test]
fn why_it_stopped_is_told() {
    for (reason, stop) in [
        ("stop", Stop::Finished),
        ("length", Stop::Length),
        ("content_filter", Stop::Refused),
        ("eos", Stop::Other("eos".into())),
    ] {
        let event = format!(r#"{{"choices":[{{"delta":{{"content":"x"}},"finish_reason":"{reason}"}}]}}"#);
        assert_eq!(ask(&streaming(LOCAL, &[&event]), &asked()).stop, stop, "{reason}");
    }
    let refusal = r#"{"choices":[{"delta":{"refusal":"I will not."},"finish_reason":"stop"}]}"#;
    let reply = ask(&streaming(LOCAL, &[refusal]), &asked());
    assert_eq!((reply.stop, reply.text.as_str()), (Stop::Refused, "I will not."));
    // A call that was cut off is not run.
    let cut = r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"x","arguments":"{\"a"}}]},"finish_reason":"length"}]}"#;
    let reply = ask(&streaming(LOCAL, &[cut]), &asked());
    assert!(reply.calls.is_empty() && reply.stop == Stop::Length);
}

#[test]
fn a_server_that_counts_no_tokens_is_counted_for() {
    let reply =
        ask(&streaming(LOCAL, &[r#"{"choices":[{"delta":{"content":"eight by"},"finish_reason":"stop"}]}"#]), &asked());
    assert_eq!((reply.usage.input, reply.usage.output), (3, 2));
}

#[test]
fn documents_that_the_answer_names_were_used() {
    let document =
        |uri: &str| Part::Document(Document { uri: uri.into(), kind: "fact".into(), written: None, text: "x".into() });
    let parts = vec![document("memory:01J"), document("memory:02K"), Part::Text("Where?".into())];
    let server =
        streaming(LOCAL, &[r#"{"choices":[{"delta":{"content":"There (memory:02K)."},"finish_reason":"stop"}]}"#]);
    let reply = ask(&server, &request(vec![Message { role: Role::User, parts }], vec![]));
    assert_eq!(reply.used, ["memory:02K"]);
}

#[test]
fn an_answer_in_the_form_of_the_schema_is_words_while_it_comes() {
    let events: Vec<String> = ["{\\\"ans", "wer\\\": \\\"It", " is \\\\u00", "e9.\\\"", "}"]
        .iter()
        .map(|text| format!(r#"{{"choices":[{{"delta":{{"content":"{text}"}}}}]}}"#))
        .chain([r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#.to_owned(), "[DONE]".to_owned()])
        .collect();
    let pieces = events.iter().map(|event| format!("data: {event}\n\n").into_bytes()).collect();
    let server = Server::answering(SCHEMA, [Script::stream(pieces)]);
    let reply = ask(&server, &asked());
    assert_eq!((reply.text.as_str(), reply.stop), ("It is é.", Stop::Finished));
    assert_eq!(*server.said.borrow(), ["It", " is ", "é."]);
}

#[test]
fn a_call_in_the_form_of_the_schema_is_a_call() {
    let content = r#"{\"tool\": \"calc_evaluate\", \"arguments\": {\"expression\": \"2+2\"}}"#;
    let event = format!(r#"{{"choices":[{{"delta":{{"content":"{content}"}},"finish_reason":"stop"}}]}}"#);
    let server = streaming(SCHEMA, &[&event]);
    let reply = ask(&server, &asked());
    assert_eq!(
        (reply.calls[0].name.as_str(), reply.calls[0].arguments.as_str()),
        ("calc_evaluate", r#"{"expression":"2+2"}"#)
    );
    assert_eq!((reply.stop, reply.text.as_str(), server.heard().as_str()), (Stop::ToolCalls, "", ""));
}

#[test]
fn without_tools_there_is_no_form() {
    let server = streaming(SCHEMA, &[r#"{"choices":[{"delta":{"content":"plain"},"finish_reason":"stop"}]}"#]);
    let reply = ask(&server, &request(vec![says(Role::User, "hi")], vec![]));
    assert_eq!((reply.text.as_str(), server.heard().as_str()), ("plain", "plain"));
    assert!(server.body(0).get("response_format").is_none());
}

proptest! {
    #[test]
    fn it_does_not_matter_where_a_stream_is_cut(size in 1usize..200) {
        for events in [LLAMA, CALLS] {
            let body: String = events.iter().map(|event| format!("data: {event}\r\n\r\n")).collect();
            let whole = streaming(LOCAL, events);
            let pieces = body.as_bytes().chunks(size).map(<[u8]>::to_vec).collect();
            let cut = Server::answering(LOCAL, [Script::stream(pieces)]);
            prop_assert_eq!(ask(&whole, &asked()), ask(&cut, &asked()));
            prop_assert_eq!(whole.heard(), cut.heard());
        }
    }

    #[test]
    fn no_stream_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..300), json in "[{}\\[\\]\":,a-z0-9 ]{0,80}", schema in any::<bool>()) {
        let settings = if schema { SCHEMA } else { LOCAL };
        let event = format!("data: {json}\n\n");
        let choice = format!("data: {{\"choices\":[{{\"delta\":{{\"content\":{}}},\"finish_reason\":\"stop\"}}]}}\n\n", serde_json::Value::from(json));
        for body in [body, event.into_bytes(), choice.into_bytes()] {
            let script = Script::stream(vec![body]);
            let server = Server::answering(settings, [script.clone(), script]);
            let _ = complete(&server, &OpenAi, &asked());
        }
    }
}
