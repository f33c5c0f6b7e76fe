//! A turn's record is complete: given back to the assistant, it makes the same calls and gives the same answer.

use crate::house::House;
use loket_kernel::replay::{Inputs, Replayed, Step, replay};
use loket_kernel::{CallError, Capability, Chain, Labels, Limits, Principal};
use loket_ledger::{Entry, Kind, Payload, Stored};
use loket_values::Value;
use serde_json::json;

/// What the ledger has of a turn's calls.
fn values(entry: &Entry) -> Vec<Value> {
    match &entry.payload {
        Stored::Present(Payload::Values(values)) => values.clone(),
        Stored::None | Stored::Present(Payload::None) => Vec::new(),
        other => panic!("a call's payload is its values: {other:?}"),
    }
}

fn steps(page: &[Entry], of: u32) -> Vec<Step> {
    let mut intents: Vec<&Entry> =
        page.iter().filter(|e| e.parent == of && e.call != 0 && e.kind == Kind::Intent).collect();
    intents.sort_by_key(|e| e.call);
    let answer = |call: u32| {
        let end = page.iter().find(|e| e.call == call && e.kind != Kind::Intent).expect("each call has its end");
        let value = values(end).pop();
        match end.kind {
            Kind::Outcome => Ok(value),
            _ => Err(value.as_ref().and_then(CallError::from_value).expect("a refusal says which")),
        }
    };
    intents
        .iter()
        .map(|e| Step {
            capability: e.capability.to_string(),
            function: e.function.to_string(),
            args: values(e),
            answer: answer(e.call),
            labels: Labels::from_bits(page.iter().filter(|end| end.call == e.call).fold(0, |all, e| all | e.labels)),
        })
        .collect()
}

async fn again(house: &House, turn: &str, change: impl FnOnce(&mut Vec<Step>)) -> (Replayed, Option<Value>) {
    let page = house.host.counter.ledger.turn(turn.parse().expect("a turn")).expect("the page reads");
    let Some(Stored::Present(Payload::Json(inputs))) = page.first().map(|e| &e.payload) else {
        panic!("the page begins with its inputs")
    };
    let inputs: serde_json::Value = serde_json::from_str(inputs).expect("the inputs are JSON");
    let first = page.iter().find(|e| e.call == 1 && e.kind == Kind::Intent).expect("the first call");
    let end = page.iter().find(|e| e.call == 1 && e.kind == Kind::Outcome).map(|e| values(e).remove(0));
    let unit = house.host.agent("assistant").expect("it is ready").unit;
    assert_eq!(inputs["package"], unit.package.to_string());
    let capability = Capability::of("agent:assistant", "loket:roles/handler");
    let chain = Chain::new(Principal::Owner).then(capability, "handle".into(), Principal::Agent("assistant".into()));
    let given = Inputs {
        interface: "loket:roles/handler".into(),
        function: first.function.to_string(),
        args: values(first),
        started: inputs["clock"].as_u64().expect("a moment"),
        seed: inputs["seed"].as_str().and_then(|s| s.parse().ok()).expect("a number"),
        number: 1,
        agent: Some(page[0].chain.clone()),
        labels: Labels::from_names(inputs["labels"].as_array().into_iter().flatten().filter_map(|l| l.as_str())),
    };
    let mut steps = steps(&page, 1);
    assert!(steps.len() >= 3, "the turn made calls: {steps:?}");
    change(&mut steps);
    (replay(&unit, chain, given, steps, &Limits::default()).await, end)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_turn_makes_the_same_calls_and_gives_the_same_answer() {
    let house = House::new().await;
    for text in ["my server is at 10.0.0.5", "where is my server?", "/calc 6 * 7", "/nothing here"] {
        let turn = house.say("assistant", text).await.expect("it answers").turn;
        let lines = house.ledger().await.len();
        let (replayed, recorded) = again(&house, &turn, |_| {}).await;
        assert_eq!(replayed.diverged, None, "{text}");
        assert_eq!(replayed.turn.agent.as_deref(), Some("assistant"), "it is the same agent's turn");
        assert_eq!(replayed.answer.expect("it answers again"), recorded, "{text}");
        assert_eq!(house.ledger().await.len(), lines, "nothing was called, nothing written");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_event_for_an_agent_sets_the_turns_clock() {
    let house = House::new().await;
    let request = json!({ "messages": [], "tools": [], "now": 7 });
    let _ = house.call("loket:model/chat", "complete", json!({ "request": request })).await;
    let lines = house.lines("loket:model/chat", "complete").await;
    let intent = lines.iter().find(|l| l.kind == "intent").expect("the call was made");
    let asked = intent.payload.as_ref().expect("it has arguments").to_string();
    assert!(asked.contains("\"now\":7"), "its first argument says when it is: {asked}");
    let page = house.host.counter.ledger.turn(intent.turn.parse().expect("a turn")).expect("the page reads");
    let Stored::Present(Payload::Json(inputs)) = &page[0].payload else { panic!("the page begins with its inputs") };
    let inputs: serde_json::Value = serde_json::from_str(inputs).expect("the inputs are JSON");
    let clock = inputs["clock"].as_u64().expect("a moment");
    assert!(page[0].time.abs_diff(clock) < 60_000, "the clock says {clock}, and it is {}", page[0].time);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_runs_again_has_seen_what_it_once_saw() {
    let house = House::new().await;
    house.grant("assistant", "test:echo").await;
    house.stranger(&Capability::of("test:echo", "test:echo/acts"));
    let turn = house.say("assistant", "/echo_echo hello").await.expect("it answers").turn;
    let (replayed, _) = again(&house, &turn, |_| {}).await;
    assert_eq!(replayed.diverged, None);
    assert_eq!(replayed.turn.labels.get(), Labels::UNTRUSTED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_lacks_a_call_is_noticed() {
    let house = House::new().await;
    let turn = house.say("assistant", "my server is at 10.0.0.5").await.expect("it answers").turn;
    let (replayed, _) = again(&house, &turn, |steps| drop(steps.pop())).await;
    assert!(replayed.diverged.is_some());
    let (replayed, _) = again(&house, &turn, |steps| steps.push(steps[0].clone())).await;
    assert!(replayed.diverged.is_some());
}
