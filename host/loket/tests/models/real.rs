//! The adapter and a real language model, the smallest there is: it proves transport and form, not skill.

use crate::peers::Peer;
use crate::{home, words};

#[tokio::test(flavor = "multi_thread")]
async fn a_real_model_streams_and_uses_what_was_said_to_it_before_a_restart() {
    let peer = Peer::real();
    let address = peer.address.to_string();
    let house = home(&address, "tools = \"none\"").await;
    house.connect(&address).await;
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
