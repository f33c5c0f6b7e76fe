//! Limits of grants: calls in one turn, calls in one day.

use crate::house::House;
use loket_gateways::desk::GrantRequest;
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
