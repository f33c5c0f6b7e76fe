//! A host that ends while a call waits: the ask is still there when it is back, and the turn goes on from its page.

use super::{asking_house, asking_house_with};
use crate::house::House;
use crate::process::{Service, home, loket, says};
use loket::Host;
use loket_gateways::desk::{AskInfo, Desk};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Stops a host whose turns were left in the middle, and starts another on the same home as soon as what they held is let go.
async fn restart(house: House) -> House {
    let folder = house.close().await;
    let begun = Instant::now();
    loop {
        match Host::open(folder.path()).await {
            Ok(host) => return House { host: Arc::new(host), folder },
            Err(problem) => assert!(begun.elapsed() < Duration::from_secs(20), "the home opens: {problem:?}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// An agent's turn that waits, and a host that was stopped and started meanwhile; answers with the ask.
async fn restarted() -> (House, AskInfo) {
    let house = House::new().await;
    house.ask_for("assistant", "test:echo").await;
    let (told, asks) = tokio::join!(house.say("assistant", "/echo_echo hello"), async {
        let asks = house.waits(1).await;
        house.host.drain().await;
        asks
    });
    let problem = told.expect_err("the host ends");
    assert_eq!((problem.code.as_str(), problem.hint.as_deref()), ("needs-approval", Some("loket approvals")));
    let house = restart(house).await;
    assert!(house.host.cut_off.is_empty());
    let ended = house.ledger().await.into_iter().any(|line| line.turn == asks[0].turn && line.kind == "end");
    assert!(!ended, "its page is open");
    let again = house.waits(1).await;
    let same = |ask: &AskInfo| (ask.id.clone(), ask.digest.clone(), ask.arguments.clone(), ask.expires.clone());
    assert_eq!(same(&again[0]), same(&asks[0]));
    (house, again[0].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_waited_when_its_host_ended_goes_on_and_ends_when_it_is_answered() {
    let (house, ask) = restarted().await;
    let answered = house.answer(std::slice::from_ref(&ask), "once", None).await.expect("it can be answered");
    assert_eq!(answered.goes_on, std::slice::from_ref(&ask.turn));
    let end = house.host.go_on(&ask.turn).await;
    assert!(end.outcome == "done" && end.reply.as_ref().is_some_and(|reply| reply.contains("hello")), "{end:?}");
    assert_eq!(house.about_echo_in(&ask.turn).await, ["asked", "answered once", "intent", "outcome"]);
    let shown = house.host.ask(&ask.id).await.expect("it was answered lately");
    assert_eq!(shown.ended, Some(end), "its reply can be read");
    assert!(house.answer(&[ask], "once", None).await.is_err(), "an answer is used once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_and_other_arguments_reach_a_turn_that_goes_on_too() {
    let (house, ask) = restarted().await;
    house.answer(std::slice::from_ref(&ask), "no", None).await.expect("it can be answered");
    let end = house.host.go_on(&ask.turn).await;
    assert_eq!(end.outcome, "done", "{end:?}");
    assert_eq!(house.about_echo_in(&ask.turn).await, ["asked", "answered no", "refused"]);

    let (house, ask) = restarted().await;
    let other = Some(json!({ "text": "goodbye" }));
    house.answer(std::slice::from_ref(&ask), "once", other).await.expect("it can be answered");
    let end = house.host.go_on(&ask.turn).await;
    assert!(end.reply.as_ref().is_some_and(|reply| reply.contains("goodbye")), "{end:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_has_its_answers_goes_on_at_the_next_start_and_is_not_asked_twice() {
    let (house, ask) = restarted().await;
    house.answer(std::slice::from_ref(&ask), "once", None).await.expect("it can be answered");
    // The host ends before the turn went on.
    let house = restart(house).await;
    assert!(house.host.asks().await.expect("listed").is_empty());
    house.host.go_on_with_what_was_answered();
    let begun = Instant::now();
    while house.about_echo_in(&ask.turn).await.len() < 4 {
        assert!(begun.elapsed() < Duration::from_secs(60), "it goes on: {:?}", house.ledger().await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(house.about_echo_in(&ask.turn).await, ["asked", "answered once", "intent", "outcome"]);
    assert!(house.host.verify().await.expect("it can be verified").sound);
    let again = restart(house).await;
    again.host.go_on_with_what_was_answered();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(again.about_echo_in(&ask.turn).await.len(), 4, "what went on does not go on again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_whose_answers_are_too_old_ends_and_does_nothing() {
    let house = asking_house_with("[approvals]\nseconds = 20\n").await;
    house.ask_for("assistant", "test:echo").await;
    let (_, (ask, asked)) = tokio::join!(house.say("assistant", "/echo_echo hello"), async {
        let (asks, asked) = (house.waits(1).await, Instant::now());
        house.host.drain().await;
        (asks[0].clone(), asked)
    });
    let house = restart(house).await;
    house.answer(std::slice::from_ref(&ask), "once", None).await.expect("it can be answered");
    let folder = house.close().await;
    tokio::time::sleep(Duration::from_secs(21).saturating_sub(asked.elapsed())).await;
    let house = House::open(folder).await;
    house.host.go_on_with_what_was_answered();
    let ends: Vec<_> =
        house.ledger().await.into_iter().filter(|line| line.turn == ask.turn && line.kind == "end").collect();
    let why = |line: &loket_gateways::desk::LedgerLine| line.payload.as_ref().map(ToString::to_string);
    assert!(ends.len() == 1 && why(&ends[0]).is_some_and(|why| why.contains("their time is over")), "{ends:?}");
    assert_eq!(house.about_echo_in(&ask.turn).await, ["asked", "answered once"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_somebody_changed_answers_nothing() {
    let house = asking_house().await;
    let turn = {
        let (_, turn) = tokio::join!(house.asks_to_echo("a"), async { house.answers("no").await.turn });
        turn
    };
    let folder = house.close().await;
    let path = folder.path().join("state/asks.json");
    for text in [format!(r#"{{"format":1,"turns":["{turn}","x"]}}"#), "{".to_owned(), String::new()] {
        std::fs::write(&path, text).expect("it can be written");
        let house = House::open(folder.clone()).await;
        assert!(house.host.asks().await.expect("listed").is_empty(), "that turn ended");
        drop(house.close().await);
    }
}

/// A home whose assistant must ask for the echo.
fn home_that_asks() -> TempDir {
    let home = home();
    says(home.path(), &["grant", "assistant", "test:echo", "--ask"]);
    home
}

/// The name of the only ask that waits, once it does.
fn waiting(home: &TempDir) -> String {
    let begun = Instant::now();
    loop {
        let asks = says(home.path(), &["--json", "approvals"]);
        let asks: serde_json::Value = serde_json::from_str(&asks).expect("JSON");
        if let Some(id) = asks[0]["id"].as_str() {
            return id.to_owned();
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "nothing waits");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn without_a_service_the_command_ends_and_the_reply_comes_with_the_answer() {
    let home = home_that_asks();
    let chat = loket(home.path(), &["chat", "assistant", "/echo_echo hello"]);
    let told = String::from_utf8_lossy(&chat.stderr).into_owned();
    assert_eq!(chat.status.code(), Some(3), "{told}");
    assert!(told.contains("`agent:assistant` waits for your answer: loket approvals show"), "{told}");
    let id = waiting(&home);
    let shown = says(home.path(), &["approvals", "show", &id[18..]]);
    assert!(shown.contains("text: \"hello\"") && shown.contains("why: owner > agent:assistant"), "{shown}");
    let reply = says(home.path(), &["approvals", "yes", &id]);
    assert!(reply.contains("approved, once") && reply.contains("went on: done"), "{reply}");
    assert!(reply.lines().last().is_some_and(|line| line.contains("hello")), "{reply}");
    assert!(says(home.path(), &["approvals"]).contains("nothing waits"), "it is used once");
    assert_eq!(loket(home.path(), &["approvals", "yes", &id]).status.code(), Some(1));
    says(home.path(), &["ledger", "--verify"]);
}

#[test]
fn a_host_that_is_killed_while_a_call_waits_asks_again_for_the_same() {
    let home = home_that_asks();
    let service = Service::start(home.path());
    let path = home.path().to_owned();
    let chat = std::thread::spawn(move || loket(&path, &["chat", "assistant", "/echo_echo hello"]));
    let id = waiting(&home);
    service.kill();
    assert!(!chat.join().expect("no panic").status.success());
    assert_eq!(waiting(&home), id);
    let reply = says(home.path(), &["approvals", "yes", &id]);
    assert!(reply.lines().last().is_some_and(|line| line.contains("hello")), "{reply}");
    let ends = says(home.path(), &["--json", "ledger", "--limit", "1000"]);
    assert!(!ends.contains("cut off"), "nobody took it for a turn that was cut off");
}
