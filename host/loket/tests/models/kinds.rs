//! The same scripted model through each kind of interface: chat completions, responses, messages, and Ollama's own.

use crate::peers::Peer;
use crate::{CHAT, Kind, MESSAGES, OLLAMA, RESPONSES, connected, home_of, words};
use serde_json::json;

/// Words that stream, a call, and two calls at once.
async fn think(kind: Kind, path: &str) {
    let peer = Peer::scripted(None);
    let address = peer.address.to_string();
    let house = connected(kind, &address, "").await;
    let (reply, events) = house.chat_in("first", "hello").await;
    let reply = reply.unwrap_or_else(|p| panic!("it answers: {p:?}"));
    assert_eq!(reply.text, "Hello! I am a scripted model, and this answer is long enough to come in several pieces.");
    assert_eq!(words(&events).concat(), reply.text);
    assert!(words(&events).len() > 2, "it came in pieces: {:?}", words(&events));
    assert_eq!(peer.journal()[0]["path"], path);

    let (reply, _) = house.chat_in("second", "what day is it?").await;
    assert_eq!(reply.expect("it answers").text, "The clock has told me.");
    let asked = peer.journal();
    let last = asked.last().expect("it was asked")["body"].to_string();
    assert!(
        last.contains("Europe/Amsterdam") && last.contains("failed: "),
        "both results went back, each with its outcome: {last}"
    );

    let (reply, _) = house.chat_in("third", "how much is three times 19.99?").await;
    assert_eq!(reply.expect("it answers").text, "It is 59.97, I calculated it.");
    let told = house.lines("loket:calc/arithmetic", "evaluate").await;
    assert!(told.iter().any(|line| format!("{:?}", line.payload).contains("59.97")), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_and_calls_come_through_the_responses_interface() {
    think(RESPONSES, "/v1/responses").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_and_calls_come_through_the_messages_interface() {
    think(MESSAGES, "/v1/messages").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_and_calls_come_through_ollamas_own_interface() {
    think(OLLAMA, "/api/chat").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_grant_no_adapter_reaches_its_server() {
    for kind in [CHAT, MESSAGES, OLLAMA] {
        let peer = Peer::scripted(None);
        let address = peer.address.to_string();
        let house = home_of(kind, &address, "").await;
        house.reach_by(kind, "127.0.0.1:9", &[]).await;
        house.grant("assistant", kind.adapter).await;
        let problem = house.chat("hello").await.0.expect_err("it is refused");
        let told = format!("{} {}", problem.message, problem.hint.unwrap_or_default());
        assert!(told.contains("loket grant") && told.contains(&address), "{told}");
        let list = house.adapter(kind, "loket:model/models", "list", json!({ "model": null })).await;
        assert!(list.expect("an answer")["err"]["denied"].is_object(), "nor can its models be listed");
        assert_eq!(peer.journal().len(), 0, "nothing reached the server");
        house.connect_by(kind, &address).await;
        house.chat("hello").await.0.expect("granted works");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_models_of_a_server_can_be_listed() {
    for kind in [CHAT, MESSAGES, OLLAMA] {
        let peer = Peer::scripted(None);
        let house = connected(kind, &peer.address.to_string(), "").await;
        let list = house.adapter(kind, "loket:model/models", "list", json!({ "model": "there" })).await;
        let list = list.unwrap_or_else(|p| panic!("{}: {p:?}", kind.adapter));
        let models = list["ok"].as_array().unwrap_or_else(|| panic!("a list: {list}"));
        assert_eq!((&models[0]["name"], &models[0]["state"]), (&json!("m"), &json!("missing")), "{list}");
        assert!(models.len() > 1, "{list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_become_vectors() {
    let peer = Peer::scripted(None);
    let house = connected(CHAT, &peer.address.to_string(), "").await;
    let passages = json!({ "passages": { "model": "there", "texts": ["a cat"] } });
    let embedded = house.adapter(CHAT, "loket:model/embeddings", "embed", passages).await.expect("vectors");
    assert_eq!(embedded["ok"]["vectors"][0], json!([0.5, 0.25, 0.125]), "{embedded}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_fit_its_shape_is_asked_for_once_more() {
    let peer = Peer::scripted(None);
    let house = connected(CHAT, &peer.address.to_string(), "").await;
    let reply = house.adapter(CHAT, "loket:model/chat", "complete", shaped("where is Ann?")).await.expect("it answers");
    assert_eq!(reply["ok"]["text"], r#"{"city": "Delft"}"#, "{reply}");
    assert_eq!(peer.journal().len(), 2);
}

/// A request for an answer with one field.
pub(crate) fn shaped(text: &str) -> serde_json::Value {
    let shape = json!({ "type": "object", "properties": { "city": { "type": "string", "enum": ["Delft", "Paris"] } }, "required": ["city"], "additionalProperties": false });
    let messages = json!([{ "role": "user", "parts": [{ "text": text }] }]);
    json!({ "request": {
        "model": "there", "messages": messages, "tools": [], "shape": shape.to_string(), "max-tokens": 60, "temperature": 0.0, "now": 0,
    } })
}
