//! What servers refuse, and what the owner reads of it; and their lists of models.

use loket_anthropic::{Anthropic, listing};
use loket_model_adapter::chat::{Request, Role};
use loket_model_adapter::models::{Features, State};
use loket_model_fake::{Script, Server, calc, check, request, says};

const HERE: &str = "url=https://api.anthropic.com/v1\nmodel=claude-x\nkey=anthropic-key";

fn asked() -> Request {
    request(vec![says(Role::User, "hi")], vec![calc()])
}

#[track_caller]
fn refused(
    status: u16,
    headers: &[(&'static str, &'static str)],
    kind: &str,
    message: &str,
    expect: &str,
    words: &[&str],
) {
    let body = serde_json::json!({ "type": "error", "error": { "type": kind, "message": message } }).to_string();
    let server = Server::answering(HERE, [Script::refusal(status, headers, &body)]);
    check(server.fails(&Anthropic, &asked()), expect, words);
}

#[test]
fn what_is_refused_says_what_to_do() {
    refused(
        401,
        &[],
        "authentication_error",
        "invalid x-api-key",
        "failed",
        &["invalid x-api-key", "loket secret set anthropic-key --host api.anthropic.com"],
    );
    refused(404, &[], "not_found_error", "model: claude-x", "not-found", &["`[models.a]`"]);
    refused(
        429,
        &[("retry-after", "12")],
        "rate_limit_error",
        "too many",
        "unavailable",
        &["too many", "wait 12 seconds"],
    );
    refused(529, &[], "overloaded_error", "Overloaded", "unavailable", &["Overloaded", "try again later"]);
    refused(
        400,
        &[],
        "invalid_request_error",
        "prompt is too long: 210000 tokens > 200000 maximum",
        "exhausted",
        &["context: ", "begin a new conversation"],
    );
    refused(413, &[], "request_too_large", "too large", "exhausted", &["context: "]);
    refused(400, &[], "invalid_request_error", "Your credit balance is too low", "exhausted", &["quota: "]);
    refused(400, &[], "invalid_request_error", "tools: unsupported", "invalid", &["`tools = \"none\"`"]);
}

#[test]
fn a_busy_server_is_tried_again_by_the_host_as_long_as_the_owner_says() {
    for (line, expect) in [("", Some(20_000)), ("\npatience=60", Some(60_000)), ("\npatience=0", None)] {
        let server = Server::answering(&format!("{HERE}{line}"), [Script::refusal(529, &[], "")]);
        server.fails(&Anthropic, &asked());
        assert_eq!(server.sent.borrow()[0].retry.map(|retry| retry.within), expect);
    }
}

#[test]
fn an_error_in_the_middle_of_a_stream_is_an_error() {
    let begun = r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Hel"}}"#;
    for (kind, expect) in
        [("overloaded_error", "unavailable"), ("invalid_request_error", "invalid"), ("unheard_of", "failed")]
    {
        let error = format!(r#"{{"type":"error","error":{{"type":"{kind}","message":"It broke"}}}}"#);
        let server = Server::answering(HERE, [Script::events(&[begun, &error])]);
        check(server.fails(&Anthropic, &asked()), expect, &["It broke"]);
        assert_eq!(server.heard(), "Hel", "what came before it was said");
    }
    let server = Server::answering(HERE, [Script::events(&[begun])]);
    check(server.fails(&Anthropic, &asked()), "failed", &["broke off after"]);
    let server = Server::answering(HERE, [Script::events(&["<h1>"])]);
    check(server.fails(&Anthropic, &asked()), "failed", &["no answer of its kind", "<h1>"]);
}

#[test]
fn a_call_that_cannot_be_read_is_asked_for_once_more() {
    let call = |partial: &str| {
        let partial = serde_json::Value::from(partial);
        Script::events(&[
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"calc_evaluate","input":{}}}"#,
            &format!(
                r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"input_json_delta","partial_json":{partial}}}}}"#
            ),
            r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"}}"#,
            r#"{"type":"message_stop"}"#,
        ])
    };
    let server = Server::answering(HERE, [call("{\"expr"), call(r#"{"expression":"1"}"#)]);
    assert_eq!(server.ask(&Anthropic, &asked()).calls[0].arguments, r#"{"expression":"1"}"#);
    assert!(server.body(1)["messages"][2]["content"][0]["text"].as_str().is_some_and(|text| text.contains("no JSON")));
    let server = Server::answering(HERE, [call("{"), call("{")]);
    check(server.fails(&Anthropic, &asked()), "failed", &["answered twice"]);
}

#[test]
fn models_are_listed() {
    let body = r#"{"data":[{"type":"model","id":"claude-y","display_name":"Y","max_input_tokens":200000},{"id":"other"}],"has_more":false}"#;
    let server = Server::answering(HERE, [Script::json(body)]);
    let models = listing::list(&server, None).expect("a list");
    let names: Vec<_> = models.iter().map(|model| (model.name.as_str(), model.context, model.features)).collect();
    let both = Features::TOOLS | Features::IMAGES;
    assert_eq!(
        names,
        [("claude-x", None, Features::empty()), ("claude-y", Some(200_000), both), ("other", None, Features::empty())]
    );
    assert_eq!(models[0].state, State::Missing);
    assert!(server.sent.borrow()[0].headers.iter().any(|header| header.name == "anthropic-version"));
}
