//! Who may look after a brain: its owner, and an agent that was granted it; and what is known of each memory.

use super::{MEMORY, UPKEEP};
use crate::contract::least;
use crate::house::House;
use loket_gateways::desk::{Desk as _, GrantRequest};
use loket_kernel::counter::now;
use loket_kernel::{Call, CallError, Capability, Chain, Labels, Limits, Principal, Turn};
use loket_providers::contract::Contract;
use loket_values::Function;
use serde_json::{Value as Json, json};
use std::sync::Arc;

const KEEPER: &str = "package = \"test:keeper\"";

/// A house in which bob is the agent that looks after itself, and is granted nothing.
async fn keepers_house() -> House {
    House::with_bob("", KEEPER).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_may_an_agent_without_a_grant_is_not_even_linked_and_one_with_it_may() {
    let house = keepers_house().await;
    let usage = house.brain("bob", UPKEEP, "usage", json!([])).await.expect("the owner may");
    assert_eq!(usage["memories"], 0);

    let refused = house.say("bob", "usage").await.expect_err("it is not linked");
    assert_eq!(refused.code, "unavailable");
    assert!(refused.message.contains("`loket:brain/upkeep@0.1.0`, and its grants do not name it"), "{refused:?}");
    let hint = refused.hint.expect("it hints");
    assert_eq!(hint, "loket grant bob loket:brain/upkeep");
    let calls = |lines: Vec<loket_gateways::desk::LedgerLine>| {
        lines.into_iter().filter(|line| line.chain == "owner > agent:bob").map(|line| line.kind).collect::<Vec<_>>()
    };
    assert_eq!(calls(house.lines(UPKEEP, "usage").await), [""; 0], "nothing of its own came to the counter");

    house.obey(&hint).await;
    assert_eq!(house.say("bob", "usage").await.expect("it may").text, "0 memories");
    assert_eq!(house.say("bob", "dream").await.expect("it may").text, "0 deeds");
    assert_eq!(calls(house.lines(UPKEEP, "usage").await), ["intent", "outcome"]);

    house.revoke("bob", UPKEEP).await;
    house.say("bob", "usage").await.expect_err("it may no longer");
    assert_eq!(calls(house.lines(UPKEEP, "usage").await), ["intent", "outcome", "refused"], "refused at the counter");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_may_do_what_of_it_was_granted_and_no_more() {
    let house = keepers_house().await;
    let (grantee, capability, functions) = ("bob".into(), UPKEEP.into(), vec!["usage".into()]);
    house.grant_as(GrantRequest { grantee, capability, functions, ..GrantRequest::default() }).await;
    let id = house.remember("bob", "tea is at four").await;
    assert_eq!(house.say("bob", "usage").await.expect("it may").text, "1 memories");
    let refused = house.say("bob", &format!("pin {id}")).await.expect_err("it may not");
    assert_eq!(refused.code, "denied", "{refused:?}");
    assert_eq!(house.memory("bob", &id).await["pinned"], false);
    house.brain("bob", UPKEEP, "pin", json!({ "id": id })).await.expect("the owner may");
    assert_eq!(house.memory("bob", &id).await["pinned"], true);
}

/// A call of upkeep with the least of all arguments, by bob or by the owner on bob's behalf.
async fn called(house: &House, by_bob: bool, function: &Function) -> Result<(), CallError> {
    let owner = Chain::new(Principal::Owner);
    let agent = Capability::of("agent:bob", "loket:roles/handler");
    let bob = owner.then(agent, "handle".into(), Principal::Agent("bob".into()));
    let turn = Turn::new(Some("bob".into()), now(), 0, &Limits::default(), Labels::NONE, None);
    let call = Call {
        chain: if by_bob { bob } else { owner },
        capability: Capability::host(UPKEEP),
        function: function.name.as_str().into(),
        args: function.params.iter().map(|param| least(&param.ty)).collect(),
        turn: Arc::new(turn),
        parent: 0,
        terms: Default::default(),
        held: Default::default(),
        number: 0,
    };
    house.host.counter.call(call).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_function_is_the_owners_and_nobody_elses_until_it_is_granted() {
    let house = keepers_house().await;
    let contract = Contract::read().expect("it reads");
    let functions = &contract.interface(UPKEEP).expect("it is there").functions;
    assert_eq!(functions.len(), 16);
    let is_refused = |answer: Result<(), CallError>| answer.is_err_and(|error| error.is_refusal());
    for function in functions {
        assert!(is_refused(called(&house, true, function).await), "{}: nobody granted it", function.name);
        // Whatever it says of such arguments, it is the function that says it.
        assert!(!is_refused(called(&house, false, function).await), "{}: the owner may", function.name);
    }
    house.grant("bob", UPKEEP).await;
    for function in functions {
        assert!(!is_refused(called(&house, true, function).await), "{}: it was granted", function.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_granted_upkeep_by_default() {
    let house = House::new().await;
    let grants = house.host.grants(None).await.expect("they can be listed");
    assert!(grants.iter().all(|grant| grant.capability != UPKEEP && grant.capability != "loket:brain"), "{grants:?}");
    assert!(grants.iter().any(|grant| grant.capability == MEMORY));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_names_the_component_that_wrote_it() {
    let house = House::new().await;
    let by = async |id: &str| house.memory("assistant", id).await["source"].clone();
    let told = house.say("assistant", "my server is at 10.0.0.5").await.expect("it answers");
    let source = by(told.learned.first().expect("a memory")).await;
    let digest = house.host.inspect("assistant").await.expect("it is there").digest;
    assert_eq!(source["package"], format!("loket:assistant@0.1.0 sha256:{digest}"));
    assert_eq!(source["chain"], "owner > agent:assistant");
    assert_eq!(source["turn"], told.turn);

    house.grant("test:asker", MEMORY).await;
    for capability in ["loket:model/chat", "loket:tools/catalog", "test:echo"] {
        house.grant("test:asker", capability).await;
    }
    let noted = house.call("test:asker/acts", "remember", json!({ "text": "tea is at four" })).await.expect("it may");
    let source = by(noted["ok"].as_str().expect("an id")).await;
    let digest = house.host.inspect("test:asker").await.expect("it is there").digest;
    assert_eq!(source["package"], format!("test:asker@0.1.0 sha256:{digest}"));
    assert_eq!(source["chain"], "owner > package:test:asker");

    let source = by(&house.remember("assistant", "the owner wrote this").await).await;
    assert_eq!((&source["package"], &source["chain"]), (&Json::Null, &json!("owner")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_helped_an_agent_counts_as_used_once_a_turn_and_what_its_owner_looks_for_does_not() {
    let house = House::new().await;
    let id = house.remember("assistant", "my server is at 10.0.0.5").await;
    house.recall("assistant", "my server").await;
    assert_eq!(house.memory("assistant", &id).await["used"], 0);
    house.say("assistant", "where is my server?").await.expect("it answers");
    let found = house.memory("assistant", &id).await;
    assert_eq!(found["used"], 1, "though the agent asked more than once");
    assert!(found["last-used"].is_u64());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_is_put_right_by_hand() {
    let house = House::new().await;
    let id = house.remember("assistant", "the garden is watered at seven").await;
    let revision = json!({ "text": "the garden is watered at six", "tags": ["garden"], "kind": "skill" });
    house.keep("edit", json!({ "id": id, "revision": revision })).await;
    let found = house.recall("assistant", "when is the garden watered?").await;
    let entry = &found.first().expect("it is found")["entry"];
    assert_eq!((&entry["id"], &entry["kind"], &entry["tags"]), (&json!(id), &json!("skill"), &json!(["garden"])));
    assert_eq!(entry["text"], "the garden is watered at six");
    let unknown = json!({ "id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "revision": {} });
    let problem = house.call(UPKEEP, "edit", unknown).await.expect_err("there is none");
    assert_eq!(problem.code, "not-found", "{problem:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skill_keeps_the_calls_that_worked() {
    let house = House::new().await;
    house.say("assistant", "/calc 6 * 7").await.expect("it answers");
    let step = json!({ "tool": "calc_evaluate", "arguments": "{\"expression\":\"6*7\"}", "outcome": "42" });
    let draft = json!({ "kind": "skill", "text": "how to multiply", "tags": [], "steps": [step] });
    let id = house.brain("assistant", MEMORY, "remember", json!({ "draft": draft })).await.expect("the owner may");
    let found = house.memory("assistant", id.as_str().expect("an id")).await;
    assert_eq!(found["steps"], json!([step]));
}
