//! Models that are asked all at once: whose first word is there first goes on, and the others are stopped.

use super::server::{Act, Server};
use super::{thinking, words};
use loket_gateways::desk::Desk as _;
use std::time::{Duration, Instant};

const RACE: &str = "[fallback]\nmodels = [\"two\"]\norder = \"race\"";

#[tokio::test(flavor = "multi_thread")]
async fn the_first_word_wins_and_the_others_are_stopped_and_counted() {
    let (one, two) = (Server::new(&[Act::Silent]).await, Server::new(&[Act::Say("Two was faster.")]).await);
    let house = thinking(&[("one", &one), ("two", &two)], "", RACE).await;
    let (reply, events) = house.ask_in("test").await;
    assert_eq!(reply.expect("it answers").text, "Two was faster.");
    assert_eq!(words(&events), ("Two was faster.".to_owned(), vec![]));
    let begun = Instant::now();
    while one.left() == 0 {
        assert!(begun.elapsed() < Duration::from_secs(10), "the slow one is let go of");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let models = house.host.models().await.expect("they can be listed").models;
    assert!(
        models[0].today.calls == 1 && models[0].today.input > 0,
        "what it had read is counted: {:?}",
        models[0].today
    );
    assert_eq!((models[1].today.input, models[1].today.output), (super::server::INPUT, super::server::OUTPUT));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_loses_to_one_that_answers_later() {
    let (one, two) = (Server::new(&[Act::Status(500)]).await, Server::new(&[Act::Say("Two.")]).await);
    let house = thinking(&[("one", &one), ("two", &two)], "", RACE).await;
    assert_eq!(house.ask().await, "Two.");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_loser_says_nobody_hears() {
    let (one, two) = (Server::new(&[Act::Hang("One says ")]).await, Server::new(&[Act::Hang("Two says ")]).await);
    let house = thinking(&[("one", &one), ("two", &two)], "[limits]\nseconds = 2", RACE).await;
    let (reply, events) = house.ask_in("test").await;
    reply.expect_err("neither comes to an end");
    let (shown, _) = words(&events);
    assert!(["One says ", "Two says "].contains(&shown.as_str()), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_winner_that_breaks_off_is_answered_for_only_where_the_manifest_says_so() {
    for (manifest, expect) in [(RACE.to_owned(), None), (format!("{RACE}\nrestart = true"), Some("Two after all."))] {
        let one = Server::new(&[Act::Break("One is ")]).await;
        let two = Server::new(&[Act::Silent, Act::Say("Two after all.")]).await;
        let house = thinking(&[("one", &one), ("two", &two)], "", &manifest).await;
        let (reply, _) = house.ask_in("test").await;
        assert_eq!(reply.ok().map(|reply| reply.text).as_deref(), expect);
    }
}
