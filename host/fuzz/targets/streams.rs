//! What a model server streams: events and lines of each kind, in any order, with holes, cut anywhere. Whatever comes becomes a reply or an
//! error with a reason, and what was said meanwhile is how the reply begins.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use loket_model_adapter::chat::Role;
use loket_model_adapter::{Protocol, complete};
use loket_model_fake::{SHAPE, Script, Server, calc, request, says, told};

/// Pieces of streams of all kinds.
const PIECES: [&str; 22] = [
    r#"{"choices":[{"delta":{"content":"{\"answer\": \"Gr\\u00fc\\ud83d\\ude00\""},"finish_reason":null}],"usage":{"prompt_tokens":7}}"#,
    r#"{"choices":[{"message":{"content":"x","refusal":"no"},"finish_reason":"stop"}]}"#,
    r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"calc_evaluate","arguments":"{\"e"}}]}}]}"#,
    r#"{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":{}}}]},"finish_reason":"length"}]}"#,
    "[DONE]",
    r#"{"error":{"code":429,"message":"busy","type":"rate_limit_error"}}"#,
    r#"{"type":"response.output_text.delta","delta":"x"}"#,
    r#"{"type":"response.output_item.done","item":{"type":"function_call","call_id":"a","name":"calc_evaluate","arguments":"{}"}}"#,
    r#"{"type":"response.completed","response":{"status":"completed","output":[{"type":"message","content":[{"text":"x"}]}],"usage":{"input_tokens":9}}}"#,
    r#"{"object":"response","output":[{"type":"function_call","name":"calc_evaluate"}]}"#,
    r#"{"type":"message_start","message":{"model":"m","usage":{"input_tokens":18446744073709551615,"cache_read_input_tokens":18446744073709551615}}}"#,
    r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"x"}}"#,
    r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"a","name":"calc_evaluate","input":{}}}"#,
    r#"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"b","name":"answer_in_shape","input":{}}}"#,
    r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}"#,
    r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"city\":\"x\"}"}}"#,
    r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":3}}"#,
    r#"{"type":"message_stop"}"#,
    r#"{"message":{"content":"x","tool_calls":[{"function":{"name":"calc_evaluate","arguments":{"a":[]}}}]},"done":false}"#,
    r#"{"message":{"content":"{\"city\":\"x\"}"},"done":true,"done_reason":"stop","eval_count":3}"#,
    r#"{"error":"it broke"}"#,
    "",
];

#[derive(Arbitrary, Debug)]
struct Stream {
    server: u8,
    settings: u8,
    has_tools: bool,
    has_shape: bool,
    framing: u8,
    cut: u8,
    /// Which piece; where something else is put in, and what.
    pieces: Vec<(u8, Option<(u8, String)>)>,
    noise: Vec<u8>,
}

fuzz_target!(|stream: Stream| {
    let mut body = Vec::new();
    for (which, hole) in &stream.pieces {
        let mut text = PIECES[usize::from(*which) % PIECES.len()].to_owned();
        if let Some((at, noise)) = hole {
            let at = text.floor_char_boundary(usize::from(*at) % (text.len() + 1));
            text.insert_str(at, noise);
        }
        let framed = if stream.framing % 3 == 0 { format!("data: {text}\n\n") } else { format!("{text}\n") };
        body.extend(framed.into_bytes());
    }
    body.extend(&stream.noise);
    let kind = ["text/event-stream", "application/x-ndjson", "application/json"][usize::from(stream.framing % 3)];
    let pieces = body.chunks(usize::from(stream.cut).max(1)).map(|piece| Ok(piece.to_vec())).collect();
    let script = Script { status: 200, headers: vec![("content-type", kind)], pieces };
    let tools = if stream.has_tools { vec![calc()] } else { vec![] };
    let mut asked = request(vec![says(Role::User, "hi")], tools);
    asked.shape = stream.has_shape.then(|| SHAPE.to_owned());
    let settings = ["", "\ntools=json-schema", "\napi=responses"][usize::from(stream.settings % 3)];
    let server = Server::answering(&format!("url=http://a\nmodel=m{settings}"), [script.clone(), script]);
    match stream.server % 3 {
        0 => hear(&server, &loket_openai::OpenAi, &asked),
        1 => hear(&server, &loket_anthropic::Anthropic, &asked),
        _ => hear(&server, &loket_ollama::Ollama, &asked),
    }
});

fn hear(server: &Server, protocol: &impl Protocol, asked: &loket_model_adapter::chat::Request) {
    match complete(server, protocol, asked) {
        Ok(reply) => {
            assert!(reply.text.starts_with(&server.heard()), "{:?} {:?}", server.heard(), reply.text);
            assert!(reply.usage.cached <= reply.usage.input);
            for call in &reply.calls {
                assert!(
                    serde_json::from_str::<serde_json::Value>(&call.arguments).is_ok_and(|value| value.is_object())
                );
            }
        }
        Err(error) => assert!(!told(error).1.trim().is_empty(), "an error says why"),
    }
}
