//! Streams, as they become replies.

use loket_anthropic::Anthropic;
use loket_model_adapter::chat::{Request, Role, Stop};
use loket_model_adapter::complete;
use loket_model_fake::{Script, Server, calc, request, says, tool};
use proptest::prelude::*;

const HERE: &str = "url=https://api.anthropic.com/v1\nmodel=claude-x";

/// What the server sends, shortened: thoughts, words, two calls at once.
const STREAM: &[&str] = &[
    r#"{"type":"message_start","message":{"id":"m","role":"assistant","model":"claude-x-2026","content":[],"usage":{"input_tokens":20,"cache_creation_input_tokens":300,"cache_read_input_tokens":4000,"output_tokens":1}}}"#,
    r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#,
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm."}}"#,
    r#"{"type":"content_block_stop","index":0}"#,
    r#"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#,
    r#"{"type":"ping"}"#,
    r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Grüße aus "}}"#,
    r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Köln."}}"#,
    r#"{"type":"content_block_stop","index":1}"#,
    r#"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_a","name":"calc_evaluate","input":{}}}"#,
    r#"{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_b","name":"clock_now","input":{}}}"#,
    r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}"#,
    r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"expres"}}"#,
    r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"sion\": \"2+2\"}"}}"#,
    r#"{"type":"content_block_stop","index":2}"#,
    r#"{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":89}}"#,
    r#"{"type":"message_stop"}"#,
];

fn asked() -> Request {
    request(vec![says(Role::User, "What is 2+2?")], vec![calc(), tool("clock_now", "zone")])
}

#[test]
fn words_calls_and_tokens_are_put_together_from_their_pieces() {
    let server = Server::answering(HERE, [Script::events(STREAM)]);
    let reply = server.ask(&Anthropic, &asked());
    assert_eq!(*server.said.borrow(), ["Grüße aus ", "Köln."]);
    assert_eq!(
        (reply.text.as_str(), reply.stop, reply.model.as_str()),
        ("Grüße aus Köln.", Stop::ToolCalls, "claude-x-2026")
    );
    let calls: Vec<_> =
        reply.calls.iter().map(|call| (call.id.as_str(), call.name.as_str(), call.arguments.as_str())).collect();
    assert_eq!(calls, [("toolu_a", "calc_evaluate", r#"{"expression": "2+2"}"#), ("toolu_b", "clock_now", "{}")]);
    assert_eq!((reply.usage.input, reply.usage.cached, reply.usage.output), (4320, 4000, 89));
}

#[test]
fn a_server_that_does_not_stream_is_heard_too() {
    let body = r#"{"type":"message","model":"m","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":1}}"#;
    let server = Server::answering(HERE, [Script::json(body)]);
    let reply = server.ask(&Anthropic, &asked());
    assert_eq!((reply.text.as_str(), reply.usage.input, reply.stop), ("Hello", 3, Stop::Finished));
    assert_eq!(server.heard(), "Hello");
}

#[test]
fn why_it_stopped_is_told() {
    for (reason, stop) in [
        ("end_turn", Stop::Finished),
        ("stop_sequence", Stop::Finished),
        ("max_tokens", Stop::Length),
        ("model_context_window_exceeded", Stop::Length),
        ("refusal", Stop::Refused),
        ("pause_turn", Stop::Other("pause_turn".into())),
    ] {
        let end = format!(r#"{{"type":"message_delta","delta":{{"stop_reason":"{reason}"}}}}"#);
        let server = Server::answering(HERE, [Script::events(&[&end, r#"{"type":"message_stop"}"#])]);
        assert_eq!(server.ask(&Anthropic, &asked()).stop, stop, "{reason}");
    }
}

proptest! {
    #[test]
    fn it_does_not_matter_where_a_stream_is_cut(size in 1usize..200) {
        let body: String = STREAM.iter().map(|event| format!("event: x\r\ndata: {event}\r\n\r\n")).collect();
        let whole = Server::answering(HERE, [Script::events(STREAM)]);
        let cut = Server::answering(HERE, [Script::stream(body.as_bytes().chunks(size).map(<[u8]>::to_vec).collect())]);
        prop_assert_eq!(whole.ask(&Anthropic, &asked()), cut.ask(&Anthropic, &asked()));
        prop_assert_eq!(whole.heard(), cut.heard());
    }

    #[test]
    fn no_stream_makes_it_panic(which in prop::collection::vec((0..STREAM.len(), any::<bool>()), 0..20), noise in "[{}\\[\\]\":,a-z0-9 ]{0,40}") {
        // Events in any order, some of them with a hole.
        let events: Vec<String> = which.iter().map(|(at, hole)| {
            if *hole { STREAM[*at].replacen(":", &noise, 1) } else { STREAM[*at].to_owned() }
        }).collect();
        let script = Script::events(&events.iter().map(String::as_str).collect::<Vec<_>>());
        let server = Server::answering(HERE, [script.clone(), script]);
        let _ = complete(&server, &Anthropic, &asked());
    }
}
