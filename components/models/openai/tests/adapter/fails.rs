//! What servers refuse, and what the owner reads of it.

use crate::fake::{Script, Server, ask, check, fails, refusing, request, says, streaming};
use loket_model_adapter::chat::Role;
use loket_model_adapter::{Error, Refusal};

const KEYED: &str = "url=https://api.example/v1\nmodel=large\nkey=example-key";
const LOCAL: &str = "url=http://127.0.0.1:8080/v1\nmodel=small";

fn asked() -> loket_model_adapter::chat::Request {
    request(vec![says(Role::User, "hi")], vec![])
}

#[track_caller]
fn refused(settings: &str, status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Error {
    fails(&refusing(settings, status, headers, body), &asked())
}

#[test]
fn a_wrong_key_says_how_to_put_the_right_one_in() {
    let body = r#"{"error":{"message":"Incorrect API key provided: sk-***.","type":"invalid_request_error","code":"invalid_api_key"}}"#;
    let told = ["https://api.example/v1", "401", "Incorrect API key provided", "loket secret set example-key"];
    check(refused(KEYED, 401, &[], body), "failed", &told);
    check(refused(KEYED, 403, &[], ""), "failed", &["loket secret set example-key"]);
}

#[test]
fn a_missing_key_says_how_to_name_one() {
    let told = [
        "`key = \"a-key\"`",
        "loket secret set a-key",
        "loket grant loket:openai loket:http/client --host 127.0.0.1:8080 --secret a-key",
    ];
    check(refused(LOCAL, 401, &[], "{\"detail\":\"Unauthorized\"}"), "failed", &told);
}

#[test]
fn a_model_that_is_not_there_says_where_it_is_named() {
    let body = r#"{"error":{"message":"model \"small\" not found, try pulling it first","type":"api_error"}}"#;
    check(refused(LOCAL, 404, &[], body), "not-found", &["try pulling it first", "`[models.a]`", "`small`"]);
}

#[test]
fn a_busy_server_is_unavailable_and_says_for_how_long() {
    let body = r#"{"error":{"message":"Rate limit reached","type":"tokens","code":"rate_limit_exceeded"}}"#;
    check(
        refused(KEYED, 429, &[("Retry-After", "20")], body),
        "unavailable",
        &["Rate limit reached", "wait 20 seconds"],
    );
    check(
        refused(KEYED, 503, &[], "<html>\n<h1>Bad   Gateway</h1>"),
        "unavailable",
        &["503", "Bad Gateway", "try again later"],
    );
    let body = r#"{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}"#;
    check(refused(KEYED, 429, &[], body), "exhausted", &["quota: "]);
}

#[test]
fn an_exchange_that_is_too_long_is_exhausted() {
    for body in [
        r#"{"error":{"message":"This model's maximum context length is 8192 tokens.","code":"context_length_exceeded"}}"#,
        r#"{"error":{"code":400,"message":"the request exceeds the available context size (4096 tokens)","type":"exceed_context_size_error","n_ctx":4096}}"#,
    ] {
        check(refused(LOCAL, 400, &[], body), "exhausted", &["context: ", "begin a new conversation"]);
    }
    check(refused(LOCAL, 413, &[], ""), "exhausted", &["context: "]);
}

#[test]
fn a_request_that_is_not_understood_says_what_may_be_the_reason() {
    let body = r#"{"error":"this model does not support tools"}"#;
    check(refused(LOCAL, 400, &[], body), "invalid", &["does not support tools", "`tools = \"json-schema\"`"]);
    check(refused(LOCAL, 301, &[], ""), "failed", &["check `url`"]);
}

#[test]
fn an_error_in_the_middle_of_a_stream_is_an_error() {
    let events = [
        r#"{"choices":[{"delta":{"content":"Hel"}}]}"#,
        r#"{"error":{"code":500,"message":"slot failed","type":"server_error"}}"#,
    ];
    let server = streaming(LOCAL, &events);
    check(fails(&server, &asked()), "unavailable", &["slot failed"]);
    assert_eq!(server.heard(), "Hel", "what came before it was said");
}

#[test]
fn a_stream_that_breaks_off_is_no_answer() {
    let cut = b"data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\n".to_vec();
    let server = Server::answering(LOCAL, [Script::stream(vec![cut])]);
    check(fails(&server, &asked()), "failed", &["broke off after", "before the answer was whole"]);
    // One that ends after the server called it finished is whole.
    let end = b"data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n".to_vec();
    let script = Script::stream(vec![end]).broken();
    assert_eq!(ask(&Server::answering(LOCAL, [script]), &asked()).text, "Hi");
}

#[test]
fn what_is_no_completion_says_how_it_begins() {
    let server = streaming(LOCAL, &["<h1>Welcome"]);
    check(fails(&server, &asked()), "failed", &["<h1>Welcome", "`[models.a]`"]);
}

#[test]
fn a_server_that_is_not_there_is_named_with_its_model() {
    let server = Server::new(LOCAL, [Err(Error::Unavailable("`127.0.0.1:8080` refused the connection".into()))]);
    check(
        fails(&server, &asked()),
        "unavailable",
        &["refused the connection", "the model `a` is at", "start its server"],
    );
    // What the counter says is passed on as it is: it has the command.
    let refusal = Refusal {
        capability: "loket:http/client".into(),
        function: "send".into(),
        reason: "no host".into(),
        remedy: "loket grant loket:openai loket:http/client --host 127.0.0.1:8080".into(),
    };
    let server = Server::new(LOCAL, [Err(Error::Denied(refusal.clone()))]);
    assert_eq!(fails(&server, &asked()), Error::Denied(refusal));
}

#[test]
fn an_answer_without_end_is_stopped() {
    let event = format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n", "x".repeat(60_000));
    let script = Script::stream(vec![event.into_bytes(); 40]);
    check(fails(&Server::answering(LOCAL, [script]), &asked()), "exhausted", &["answer-size", "was stopped"]);
}
