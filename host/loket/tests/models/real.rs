//! The adapters and a real language model, the smallest there is: it proves transport and form, not skill.

use crate::kinds::shaped;
use crate::peers::Peer;
use crate::{CHAT, Kind, MESSAGES, RESPONSES, connected, home, words};
use serde_json::json;

/// A conversation that rests on what was said before a restart.
async fn converse(kind: Kind) {
    let peer = Peer::real();
    let address = peer.address.to_string();
    let house = connected(kind, &address, "tools = \"none\"").await;
    let (told, _) = house.chat_in("monday", "The password of the garden gate is Biscuit.").await;
    told.unwrap_or_else(|p| panic!("it answers: {p:?}"));
    let written = house.lines("loket:brain/memory", "remember").await;
    let kept = written.iter().find(|line| line.kind == "outcome").and_then(|line| line.payload.clone());
    let id = kept.as_ref().and_then(|kept| kept["ok"].as_str()).unwrap_or_else(|| panic!("it is kept: {written:?}"));

    let house = house.restart().await;
    let (reply, events) = house.chat_in("tuesday", "What is the password of the garden gate?").await;
    let reply = reply.unwrap_or_else(|p| panic!("it answers: {p:?}"));
    assert!(reply.text.contains("Biscuit"), "it used the memory {id}: {}", reply.text);
    let said = words(&events);
    assert!(said.len() > 2, "it streamed: {said:?}");
    assert!(reply.text.starts_with(said[0]), "{said:?}");
    let asked = house.lines("loket:model/chat", "complete").await;
    let shown = asked.iter().any(|line| format!("{:?}", line.payload).contains(&format!("memory:{id}")));
    assert!(shown, "the model was shown it");
    let counted = asked.iter().filter_map(|line| line.payload.as_ref()?["ok"]["usage"]["input"].as_u64()).max();
    assert!(counted.is_some_and(|tokens| tokens > 20), "what it cost is counted: {counted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_model_streams_and_uses_what_was_said_to_it_before_a_restart() {
    converse(CHAT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_does_so_through_the_responses_interface() {
    converse(RESPONSES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_does_so_through_the_messages_interface() {
    converse(MESSAGES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_without_tools_of_its_own_calls_one_by_the_form_of_its_answer() {
    let peer = Peer::real();
    let address = peer.address.to_string();
    let house = home(&address, "tools = \"json-schema\"").await;
    house.connect(&address).await;
    let (reply, events) = house.chat("Calculate 19.99 * 3 with calc_evaluate.").await;
    let reply = reply.unwrap_or_else(|p| panic!("it answers: {p:?}"));
    let lines = house.lines("loket:calc/arithmetic", "evaluate").await;
    assert!(lines.iter().any(|line| line.kind == "outcome"), "calc was called: {} {events:?}", reply.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn even_a_small_model_answers_in_the_shape_that_the_server_enforces() {
    let peer = Peer::real();
    let address = peer.address.to_string();
    let house = connected(CHAT, &address, "").await;
    let asked = shaped("In which city is the Eiffel Tower?");
    let reply = house.adapter(CHAT, "loket:model/chat", "complete", asked).await.expect("it answers");
    let text = reply["ok"]["text"].as_str().unwrap_or_else(|| panic!("it answers: {reply}"));
    let answer: serde_json::Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("JSON: {e}: {text}"));
    assert!(answer["city"] == "Paris" || answer["city"] == "Delft", "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_runs_says_which_model_it_has_in_memory() {
    let peer = Peer::real();
    let house = connected(CHAT, &peer.address.to_string(), "").await;
    let list = house.adapter(CHAT, "loket:model/models", "list", json!({ "model": null })).await.expect("a list");
    let models = list["ok"].as_array().unwrap_or_else(|| panic!("a list: {list}"));
    let loaded: Vec<_> = models.iter().filter(|model| model["state"] == "loaded").collect();
    assert!(loaded.iter().any(|model| model["size"].as_u64().is_some_and(|bytes| bytes > 50_000_000)), "{list}");
}
