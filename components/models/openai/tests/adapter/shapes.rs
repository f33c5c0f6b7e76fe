//! Answers in a shape: JSON that fits, or an error.

use crate::fake::{Script, Server, ask, calc, check, fails, request, says, streaming};
use loket_model_adapter::chat::{Request, Role, Stop};
use loket_model_fake::SHAPE;
use serde_json::{Value, json};

const LOCAL: &str = "url=http://127.0.0.1:8080/v1\nmodel=small";
const SCHEMA: &str = "url=http://127.0.0.1:8080/v1\nmodel=small\ntools=json-schema";

fn shaped() -> Request {
    let mut asked = request(vec![says(Role::User, "Where does Ann live?")], vec![]);
    asked.shape = Some(SHAPE.into());
    asked
}

fn spoken(text: &str) -> String {
    json!({ "choices": [{ "delta": { "content": text }, "finish_reason": "stop" }] }).to_string()
}

#[test]
fn the_server_is_told_the_shape_and_nobody_but_the_asker_hears_the_answer() {
    let server = streaming(LOCAL, &[&spoken(r#"{"city": "Delft"}"#)]);
    let reply = ask(&server, &shaped());
    assert_eq!((reply.text.as_str(), reply.stop), (r#"{"city": "Delft"}"#, Stop::Finished));
    let format = &server.body(0)["response_format"];
    let shape: Value = serde_json::from_str(SHAPE).expect("a schema");
    assert_eq!((&format["type"], &format["json_schema"]["schema"]), (&json!("json_schema"), &shape));
    assert_eq!(format["json_schema"]["strict"], true, "it leaves nothing open");
    assert_eq!(server.heard(), "");
    // OpenAI takes no open schema when it is strict.
    let mut open = shaped();
    open.shape = Some(r#"{"type":"object","properties":{"city":{"type":"string"}}}"#.into());
    let server = streaming(LOCAL, &[&spoken("{}")]);
    ask(&server, &open);
    assert_eq!(server.body(0)["response_format"]["json_schema"]["strict"], false);
}

#[test]
fn an_answer_that_does_not_fit_is_asked_for_once_more_with_what_is_wrong() {
    for (bad, word) in [
        ("In Delft.", "no JSON"),
        (r#"{"town":"Delft"}"#, "has no `city`"),
        (r#"{"city":7}"#, "must be of the type string"),
    ] {
        let scripts = [bad, r#"{"city":"Delft"}"#].map(|text| Script::events(&[&spoken(text)]));
        let server = Server::answering(LOCAL, scripts);
        assert_eq!(ask(&server, &shaped()).text, r#"{"city":"Delft"}"#);
        let again = server.body(1)["messages"].clone();
        let [.., came, told] = again.as_array().expect("a list").as_slice() else { panic!("{again}") };
        assert_eq!(came, &json!({ "role": "assistant", "content": bad }));
        let told = told["content"].as_str().expect("text");
        assert!(told.contains(word) && told.contains(r#""required":["city"]"#), "{told}");
        assert_eq!(server.heard(), "", "nobody heard the first one either");
    }
}

#[test]
fn there_is_no_third_try() {
    let server = Server::answering(LOCAL, ["no", "no again"].map(|text| Script::events(&[&spoken(text)])));
    check(fails(&server, &shaped()), "failed", &["answered twice", "The answer is no JSON"]);
    assert_eq!(server.asked(), 2);
}

#[test]
fn json_that_was_cut_off_says_what_would_let_it_end() {
    let cut = r#"{"choices":[{"delta":{"content":"{\"city\":\"De"},"finish_reason":"length"}]}"#;
    check(fails(&streaming(LOCAL, &[cut]), &shaped()), "exhausted", &["max-tokens: ", "`tokens` of `[models.a]`"]);
}

#[test]
fn a_refusal_is_no_answer_and_no_fault() {
    let refusal = r#"{"choices":[{"delta":{"refusal":"I will not."},"finish_reason":"stop"}]}"#;
    let reply = ask(&streaming(LOCAL, &[refusal]), &shaped());
    assert_eq!((reply.stop, reply.text.as_str()), (Stop::Refused, "I will not."));
}

#[test]
fn with_tools_offered_by_a_schema_the_answer_in_it_has_the_shape() {
    let mut asked = shaped();
    asked.tools = vec![calc()];
    let server = streaming(SCHEMA, &[&spoken(r#"{"answer": {"city": "Delft"}}"#)]);
    assert_eq!(ask(&server, &asked).text, r#"{"city":"Delft"}"#);
    let forms = server.body(0)["response_format"]["json_schema"]["schema"]["anyOf"].clone();
    assert_eq!(forms[1]["properties"]["answer"]["required"], json!(["city"]));
}

#[test]
fn a_shape_that_is_none_is_refused_before_anything_is_sent() {
    for nonsense in ["", "[]", "{\"type\":\"string\"}", "no JSON"] {
        let server = Server::answering(LOCAL, []);
        let mut asked = shaped();
        asked.shape = Some(nonsense.into());
        check(fails(&server, &asked), "invalid", &["no JSON Schema of an object"]);
        assert_eq!(server.asked(), 0);
    }
}
