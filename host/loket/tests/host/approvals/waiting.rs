//! What waiting costs: the turn nothing, and others neither.

use super::{asking_house, asking_house_with};
use crate::house::House;
use loket_gateways::desk::Desk;
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn the_time_that_a_turn_waits_for_its_owner_is_not_its_own() {
    let house = asking_house_with("[limits]\nseconds = 1\n").await;
    let slowly = async {
        let asks = house.waits(1).await;
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        house.answer(&asks, "once", None).await.expect("it waits still");
    };
    let (told, ()) = tokio::join!(house.asks_to_echo("a"), slowly);
    assert_eq!(told.expect("its second is not over")["ok"], "a");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_waits_holds_up_no_other() {
    let house = asking_house_with("[limits]\nturns = 1\nagent_turns = 1\nseconds = 5\n").await;
    house.grant("test:asker", "loket:events/emit").await;
    let others = async {
        let asks = house.waits(1).await;
        let begun = Instant::now();
        let told = house.call("test:asker/acts", "memories", json!({})).await;
        assert!(told.is_ok_and(|told| told.get("ok").is_some()), "another call of the same provider");
        house.say("assistant", "hello").await.expect("another agent");
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
        house.answer(&asks, "once", None).await.expect("it waits still");
    };
    let (told, ()) = tokio::join!(house.asks_to_echo("a"), others);
    told.expect("it goes on");
    assert_eq!(house.host.lanes.load(), (0, 0), "every place was given back");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ask_goes_with_whoever_waited_for_the_turn() {
    let house = asking_house().await;
    {
        let turn = house.asks_to_echo("a");
        tokio::pin!(turn);
        tokio::select! {
            told = &mut turn => panic!("it waits: {told:?}"),
            _ = house.waits(1) => {}
        }
    }
    assert!(house.host.asks().await.expect("listed").is_empty());
    let lines = house.ledger().await;
    let end = lines.iter().rev().find(|line| line.kind == "end").expect("the page ended");
    assert!(end.payload.as_ref().is_some_and(|why| why.to_string().contains("abandoned")), "{end:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_for_the_turn_is_for_that_turn_alone() {
    let house = House::new().await;
    for capability in ["loket:brain/memory", "loket:model/chat", "loket:tools/catalog"] {
        house.grant("test:asker", capability).await;
    }
    house.grant("test:asker", "test:echo").await;
    house.ask_for("assistant", "test:asker").await;
    let (told, asked) = tokio::join!(house.say("assistant", "/asker_echo one"), house.answers("not-again"));
    told.expect("it answers all the same");
    assert_eq!(asked.function, "echo");
    let (told, _) = tokio::join!(house.say("assistant", "/asker_echo two"), house.answers("once"));
    assert!(told.expect("the next turn may ask").text.contains("two"));
}
