//! The adapter and a real language model, the smallest there is: it proves transport and form, not skill.

use crate::peers::Peer;
use crate::{home, words};

#[tokio::test(flavor = "multi_thread")]
async fn a_real_model_streams_and_uses_what_was_remembered_before_a_restart() {
    let peer = Peer::real();
    let address = peer.address.to_string();
    let house = home(&address, "tools = \"none\"").await;
    house.connect(&address).await;
    let told = serde_json::json!({ "draft": { "kind": "fact", "text": "My dog is called Biscuit.", "tags": [] } });
    let written = house.call("loket:brain/memory", "remember", told).await.expect("it is remembered");
    let id = written["ok"].as_str().expect("it has an id").to_owned();

    let house = house.restart().await;
    let (reply, events) = house.chat("What is my dog called?").await;
    let reply = reply.unwrap_or_else(|p| panic!("it answers: {p:?}"));
    assert!(reply.text.contains("Biscuit"), "it used the memory {id}: {}", reply.text);
    let said = words(&events);
    assert!(said.len() > 2, "it streamed: {said:?}");
    assert!(reply.text.starts_with(said[0]), "{said:?}");
    let lines = house.lines("loket:model/chat", "complete").await;
    assert!(
        lines.iter().any(|line| format!("{:?}", line.payload).contains(&format!("memory:{id}"))),
        "the model was shown it"
    );
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
