//! Limits of grants: calls in one turn, calls in one day.

use crate::house::House;
use loket_gateways::desk::GrantRequest;
use loket_kernel::Capability;
use serde_json::json;

async fn house_with(per_turn: Option<u32>, per_day: Option<u32>) -> House {
    let house = House::new().await;
    for capability in ["loket:brain/memory", "loket:model/chat", "loket:tools/catalog"] {
        house.grant("test:asker", capability).await;
    }
    let (grantee, capability) = ("test:asker".into(), "test:echo".into());
    house.grant_as(GrantRequest { grantee, capability, per_turn, per_day, ..GrantRequest::default() }).await;
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_may_use_a_grant_as_often_as_it_says() {
    let house = house_with(Some(1), None).await;
    house.call("test:asker/acts", "echo", json!({"text": "a"})).await.expect("the first call of a turn works");
    house.call("test:asker/acts", "echo", json!({"text": "a"})).await.expect("so does that of the next turn");
    let twice = house.call("test:asker/acts", "twice", json!({})).await;
    assert!(twice.as_ref().map_or(true, |a| a.get("ok").is_none()), "the second of one turn does not: {twice:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_from_before_a_grant_do_not_count_against_it() {
    let house = house_with(None, None).await;
    let echo = async |house: &House| house.call("test:asker/acts", "echo", json!({"text": "a"})).await;
    for _ in 0..3 {
        echo(&house).await.expect("nothing limits it yet");
    }
    // What was called in the very millisecond of a grant counts: which came first, the record does not say.
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let (grantee, capability, per_day) = ("test:asker".into(), "test:echo".into(), Some(2));
    house.grant_as(GrantRequest { grantee, capability, per_day, ..GrantRequest::default() }).await;
    echo(&house).await.expect("the first under the new grant");
    let house = house.restart().await;
    echo(&house).await.expect("the second");
    assert!(echo(&house).await.map_or(true, |a| a.get("ok").is_none()), "the third is too many");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_grant_without_a_limit_lifts_none() {
    let house = house_with(Some(1), None).await;
    house.grant("test:asker", "test:echo/acts").await;
    let twice = house.call("test:asker/acts", "twice", json!({})).await;
    assert!(twice.as_ref().map_or(true, |a| a.get("ok").is_none()), "{twice:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_reach_nobody_use_up_no_limit() {
    let house = house_with(None, Some(1)).await;
    let provider = house.host.counter.provider(&Capability::of("test:echo", "test:echo/acts")).expect("it is served");
    house.host.counter.replace(&["test:echo".to_owned()].into(), []);
    for _ in 0..3 {
        house.call("test:asker/acts", "echo", json!({"text": "a"})).await.expect_err("nobody answers");
    }
    house.host.counter.serve([provider]);
    house.call("test:asker/acts", "echo", json!({"text": "a"})).await.expect("the day's only call is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_narrows_the_calls_of_its_agents_turns() {
    let house = House::with("[limits]\ncalls = 500\n").await;
    assert!(house.say("assistant", "/calc 6 * 7").await.expect("it answers").text.contains("42"));
    let manifest = house.folder.path().join("agents/assistant/agent.toml");
    let text = std::fs::read_to_string(&manifest).expect("it reads");
    std::fs::write(&manifest, text.replace("[limits]", "[limits]\ncalls = 2")).expect("it can be written");
    let house = house.restart().await;
    let turn = house.say("assistant", "/calc 6 * 7").await.map(|reply| reply.turn);
    let lines = house.ledger().await;
    let newest = &lines.iter().max_by_key(|l| l.seq).expect("there are lines").turn;
    let calls = lines.iter().filter(|l| l.turn == *newest && l.kind == "intent").count();
    assert_eq!(calls, 2, "the handler and one call of its own: {turn:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_days_budget_is_not_renewed_by_a_restart() {
    let house = house_with(None, Some(2)).await;
    for _ in 0..2 {
        house.call("test:asker/acts", "echo", json!({"text": "a"})).await.expect("within the budget");
    }
    let house = house.restart().await;
    let third = house.call("test:asker/acts", "echo", json!({"text": "a"})).await;
    assert!(third.as_ref().map_or(true, |a| a.get("ok").is_none()), "{third:?}");
    let lines = house.lines("test:echo/acts", "echo").await;
    let told = lines.iter().any(|l| {
        l.payload
            .as_ref()
            .is_some_and(|p| p["exhausted"]["limit"] == "calls-per-day" && p["exhausted"]["renews"].is_u64())
    });
    assert!(told, "the ledger says when it renews: {lines:?}");
}
