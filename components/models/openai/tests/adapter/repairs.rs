//! Calls that cannot be read: the model is told once, and then it is an error.

use crate::fake::{Script, Server, ask, calc, check, fails, request, says};
use loket_model_adapter::chat::{Request, Role, Stop};
use serde_json::json;

const LOCAL: &str = "url=http://127.0.0.1:8080/v1\nmodel=small";

fn asked() -> Request {
    request(vec![says(Role::User, "What is 2+2?")], vec![calc()])
}

fn calling(text: &str, name: &str, arguments: &str) -> Script {
    let call = json!({ "index": 0, "id": "a", "function": { "name": name, "arguments": arguments } });
    let delta = json!({ "content": text, "tool_calls": [call] });
    let usage = json!({ "prompt_tokens": 10, "completion_tokens": 5 });
    Script::events(&[
        &json!({ "choices": [{ "delta": delta, "finish_reason": "tool_calls" }], "usage": usage }).to_string()
    ])
}

#[test]
fn a_call_that_cannot_be_read_is_asked_for_once_more_with_what_is_wrong() {
    for (name, arguments, word) in [
        ("calc_evaluate", r#"{"expression": "2+2""#, "The arguments of `calc_evaluate` are no JSON"),
        ("calc_evaluate", "[1]", "The arguments of `calc_evaluate` are no JSON object."),
        ("calculator", "{}", "There is no tool `calculator`; there are `calc_evaluate`."),
    ] {
        let good = calling("", "calc_evaluate", r#"{"expression":"2+2"}"#);
        let server = Server::answering(LOCAL, [calling("Let me see.", name, arguments), good]);
        let reply = ask(&server, &asked());
        assert_eq!((reply.stop, reply.calls[0].arguments.as_str()), (Stop::ToolCalls, r#"{"expression":"2+2"}"#));
        assert_eq!((reply.usage.input, reply.usage.output), (20, 10), "both were paid for");
        assert_eq!(reply.text, server.heard(), "what was heard is what is kept");
        let again = server.body(1)["messages"].clone();
        let [.., came, told] = again.as_array().expect("a list").as_slice() else { panic!("{again}") };
        assert!(came["tool_calls"].is_null(), "no server would take it as a call: {came}");
        assert!(came["content"].as_str().is_some_and(|text| text.contains(arguments)), "{came}");
        assert!(told["content"].as_str().is_some_and(|text| text.contains(word)), "{told}");
    }
}

#[test]
fn there_is_no_third_try() {
    let bad = calling("", "calc_evaluate", "{");
    let server = Server::answering(LOCAL, [bad.clone(), bad]);
    check(
        fails(&server, &asked()),
        "failed",
        &["answered twice", "`calc_evaluate` are no JSON", "`tools = \"json-schema\"`"],
    );
    assert_eq!(server.asked(), 2);
}

#[test]
fn a_model_that_was_offered_no_tools_and_calls_one_is_told_so() {
    let words = Script::events(&[r#"{"choices":[{"delta":{"content":"It is 4."},"finish_reason":"stop"}]}"#]);
    let server = Server::answering(LOCAL, [calling("", "calc_evaluate", "{}"), words]);
    let reply = ask(&server, &request(vec![says(Role::User, "What is 2+2?")], vec![]));
    assert_eq!((reply.text.as_str(), reply.calls.len()), ("It is 4.", 0));
    assert!(server.body(1).to_string().contains("there are no tools"));
}
