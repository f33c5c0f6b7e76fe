//! What an answer is bound to, and who may give it.

use super::{asking_house, asking_house_with};
use crate::guardian::{Owner, flip};
use crate::house::House;
use loket_gateways::desk::{AnswerRequest, AskRef, Caller, Desk, Scopes};

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_something_else_than_was_shown_is_refused() {
    let house = asking_house().await;
    let tries = async {
        let asks = house.waits(1).await;
        let request = |id: &str, digest: &str| AnswerRequest {
            asks: vec![AskRef { id: id.to_owned(), digest: digest.to_owned() }],
            answer: "once".to_owned(),
            arguments: None,
        };
        let (id, digest) = (asks[0].id.as_str(), asks[0].digest.as_str());
        for (request, code) in [
            (request(id, &"ab".repeat(32)), "invalid"),
            (request(id, ""), "invalid"),
            (request("01ARZ3NDEKTSV4RRFFQ69G5FAV", digest), "not-found"),
            (AnswerRequest { answer: "sure".to_owned(), ..request(id, digest) }, "invalid"),
            (AnswerRequest { asks: vec![], ..request(id, digest) }, "invalid"),
        ] {
            let problem = house.host.answer(request, &Caller::owner()).await.expect_err("it is none");
            assert_eq!(problem.code, code, "{problem:?}");
        }
        house.answer(&asks, "no", None).await.expect("it waits still");
        asks
    };
    let (told, asks) = tokio::join!(house.asks_to_echo("a"), tries);
    assert_eq!(told.expect_err("it is refused").code, "denied");
    let problem = house.answer(&asks, "once", None).await.expect_err("an answer is used once");
    assert!(problem.code == "not-found" && problem.message.contains("answered already: `no`"), "{problem:?}");
    assert_eq!(house.about_echo().await, ["asked", "answered no", "refused"], "none of these left a trace");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_answer_at_once_are_one_answer() {
    let house = asking_house().await;
    let both = async {
        let asks = house.waits(1).await;
        let (one, two) = tokio::join!(house.answer(&asks, "once", None), house.answer(&asks, "no", None));
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        one.is_ok()
    };
    let (told, yes) = tokio::join!(house.asks_to_echo("a"), both);
    assert_eq!(told.is_ok(), yes);
    assert_eq!(house.about_echo().await.iter().filter(|said| said.starts_with("answered")).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_answers_without_the_scope_and_nobody_their_own_asks() {
    let house = House::new().await;
    house.grant("test:asker", "loket:tools/catalog").await;
    house.ask_for("assistant", "test:echo").await;
    let tries = async {
        let asks = house.waits(1).await;
        let answer = |name: &str, approve| {
            let by = Caller { name: name.to_owned(), scopes: Scopes { approve, metrics: false } };
            let request =
                AnswerRequest { asks: vec![AskRef::from(&asks[0])], answer: "once".to_owned(), arguments: None };
            let host = house.host.clone();
            async move { host.answer(request, &by).await }
        };
        for (name, approve, why) in [
            ("mcp:desk", false, "scope `approve`"),
            ("owner", false, "scope `approve`"),
            ("agent:assistant", true, "asks this itself"),
        ] {
            let problem = answer(name, approve).await.expect_err("not this one");
            assert!(problem.code == "denied" && problem.message.contains(why), "{problem:?}");
        }
        answer("channel:phone", true).await.expect("whoever has the scope and does not ask");
    };
    let (told, ()) = tokio::join!(house.say("assistant", "/echo_echo hello"), tries);
    assert!(told.expect("it answers").text.contains("hello"));
    let lines = house.lines("test:echo/acts", "echo").await;
    assert_eq!(super::act(&lines, "answered")["by"], "channel:phone");
    // What a component can reach is behind the counter, and nothing there answers asks.
    let offered: Vec<String> = house.host.counter.providers().iter().map(|p| p.capability().to_string()).collect();
    assert!(!offered.iter().any(|name| name.contains("ask/") || name.contains("approv")), "{offered:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_is_taken_back_while_its_call_waits_lets_no_yes_through() {
    let house = asking_house().await;
    let revoked = async {
        let asks = house.waits(1).await;
        house.revoke("test:asker", "test:echo").await;
        house.answer(&asks, "once", None).await.expect("it can be answered");
    };
    let (told, ()) = tokio::join!(house.asks_to_echo("a"), revoked);
    let problem = told.expect_err("there is no grant any more");
    assert!(problem.code == "denied" && problem.message.contains("has no grant"), "{problem:?}");
    assert_eq!(house.about_echo().await, ["asked", "answered once", "refused"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_anyway_is_not_asked_about() {
    let house = asking_house().await;
    house.grant("assistant", "test:asker").await;
    house.ask_for("test:asker", "loket:brain/memory").await;
    // What the asker was granted after the assistant was granted the asker, the assistant has not.
    house.revoke("test:asker", "loket:brain/memory").await;
    let told = house.call("test:asker/acts", "remember", serde_json::json!({ "text": "a" })).await;
    assert!(told.is_err() || told.is_ok_and(|told| told.get("err").is_some()));
    assert!(house.host.asks().await.expect("listed").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn in_safe_mode_one_call_can_be_approved_and_nothing_beyond_it() {
    let house = asking_house_with("[approvals]\nseconds = 60\n").await;
    let owner = Owner::new();
    house.seal(&owner).await.unwrap_or_else(|p| panic!("it is sealed: {p:?}"));
    let grants = house.folder.path().join("state/grants.json");
    let before = flip(&grants, |bytes| bytes.len() / 2);
    assert!(house.looked().await.safe_mode.is_some());
    let tries = async {
        let asks = house.waits(1).await;
        for wide in ["always", "conversation"] {
            let problem = house.answer(&asks, wide, None).await.expect_err("nothing is widened");
            assert!(problem.message.contains("safe mode"), "{problem:?}");
        }
        house.answer(&asks, "once", None).await.expect("this one call");
    };
    let (told, ()) = tokio::join!(house.asks_to_echo("a"), tries);
    assert_eq!(told.expect("it is made")["ok"], "a");
    drop(before);
}
