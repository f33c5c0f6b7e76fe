//! The main job: an agent that remembers, through one counter.

use crate::house::House;
use loket_kernel::Capability;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_remembers_across_restarts_and_says_since_when() {
    let house = House::new().await;
    let told = house.say("assistant", "my server is at 10.0.0.5").await.expect("it answers");
    assert!(!told.learned.is_empty(), "it wrote a memory: {told:?}");
    let house = house.restart().await;
    let asked = house.say("assistant", "where is my server?").await.expect("it answers");
    assert!(asked.text.contains("10.0.0.5"), "{}", asked.text);
    let used = asked.used.first().expect("it names the memory that it used");
    // The brain's word, and not the agent's.
    let why = used.why.as_deref().expect("it says why");
    assert!(why.contains("found by") && why.contains("server") && why.contains("just written"), "{why}");
    let date = loket_date(used.written);
    assert!(asked.text.contains(&date), "the answer names the date {date}: {}", asked.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_agent_cannot_see_it() {
    let house = House::new().await;
    for capability in ["loket:brain/memory", "loket:model/chat", "loket:tools/catalog", "loket:offline"] {
        house.grant("bob", capability).await;
    }
    house.say("assistant", "my server is at 10.0.0.5").await.expect("it answers");
    let asked = house.say("bob", "where is my server?").await.expect("it answers");
    assert!(!asked.text.contains("10.0.0.5"), "{}", asked.text);
    assert!(asked.used.is_empty());
    let all = house
        .call_for("bob", "loket:brain/memory", "list", json!({"kinds": ["fact"], "limit": 100}))
        .await
        .expect("it lists");
    assert_eq!(all["ok"]["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_is_recalled_before_thinking_and_the_mistake_no_longer_wins() {
    let house = House::new().await;
    let told = house.say("assistant", "my server is at 10.0.0.5").await.expect("it answers");
    let mistake = told.learned.first().expect("a memory").clone();
    let correction = json!({"correction": {"mistake": mistake, "wrong": "", "right": "my server is at 10.0.0.7", "applies": "always"}});
    let lesson = house.call("loket:brain/memory", "correct", correction).await.expect("it is corrected");
    let lesson = lesson["ok"].as_str().expect("the lesson's id").to_owned();

    let asked = house.say("assistant", "at what address is my server?").await.expect("it answers");
    assert!(asked.text.contains("10.0.0.7"), "{}", asked.text);
    assert_eq!(asked.used.first().map(|u| u.id.as_str()), Some(lesson.as_str()));

    // The lesson was recalled before the model was asked.
    let lines = house.ledger().await;
    let place = |function: &str| {
        lines.iter().position(|l| l.turn == asked.turn && l.function == function && l.kind == "intent")
    };
    assert!(place("recall").expect("it recalled") < place("complete").expect("it thought"));
    let recalled = house
        .call(
            "loket:brain/memory",
            "recall",
            json!({"query": {"text": "my server", "kinds": [], "tags": [], "without": [], "around": 0, "limit": 10}}),
        )
        .await
        .expect("it recalls");
    let found: Vec<_> =
        recalled["ok"].as_array().expect("a list").iter().map(|hit| hit["entry"]["id"].clone()).collect();
    assert!(!found.contains(&json!(mistake)), "the superseded memory is recalled no more: {recalled}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_in_words_is_understood() {
    let house = House::new().await;
    house.say("assistant", "my server is at 10.0.0.5").await.expect("it answers");
    house.say("assistant", "no, my server is at 10.0.0.7").await.expect("it answers");
    let asked = house.say("assistant", "where is my server?").await.expect("it answers");
    assert!(asked.text.contains("10.0.0.7"), "{}", asked.text);
    let lessons =
        house.call("loket:brain/memory", "list", json!({"kinds": ["lesson"], "limit": 10})).await.expect("it lists");
    assert_eq!(lessons["ok"]["items"].as_array().map(Vec::len), Some(1), "{lessons}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_uses_tools_that_are_components_in_two_languages() {
    let house = House::new().await;
    let calculated = house.say("assistant", "/calc 6 * 7").await.expect("it answers");
    assert!(calculated.text.contains("42"), "{}", calculated.text);
    let listed = house.say("assistant", "/tools").await.expect("it answers");
    assert!(listed.text.contains("calc_evaluate") && listed.text.contains("text_"), "{}", listed.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_comes_back_to_the_agent_as_a_lesson() {
    let house = House::with("[approvals]\nseconds = 1\n").await;
    house
        .grant_as(loket_gateways::desk::GrantRequest {
            grantee: "assistant".into(),
            capability: "test:echo".into(),
            verdict: Some("ask".into()),
            ..Default::default()
        })
        .await;
    let refused = house.say("assistant", "/echo_echo hello").await.expect("it answers");
    assert!(!refused.text.is_empty());
    let lessons =
        house.call("loket:brain/memory", "list", json!({"kinds": ["lesson"], "limit": 10})).await.expect("it lists");
    let lessons = lessons["ok"]["items"].as_array().cloned().unwrap_or_default();
    assert!(lessons.iter().any(|l| l["text"].as_str().is_some_and(|t| t.contains("echo"))), "{lessons:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stranger_said_stays_marked_also_when_it_is_remembered() {
    let house = House::new().await;
    house.grant("assistant", "test:echo").await;
    house.stranger(&Capability::of("test:echo", "test:echo/acts"));
    let labels = async |turn: &str| {
        let end = house.ledger().await.into_iter().find(|l| l.turn == turn && l.kind == "end");
        end.expect("the page has an end").labels
    };
    let clean = house.say("assistant", "/calc 6 * 7").await.expect("it answers").turn;
    assert_eq!(labels(&clean).await, [""; 0]);
    let met = house.say("assistant", "/echo_echo the vault opens at noon").await.expect("it answers").turn;
    assert_eq!(labels(&met).await, ["untrusted"]);
    let recalled = house.say("assistant", "when does the vault open?").await.expect("it answers");
    assert_eq!(labels(&recalled.turn).await, ["untrusted"], "{}", recalled.text);
}

fn loket_date(written: u64) -> String {
    let moment = jiff::Timestamp::from_millisecond(i64::try_from(written).expect("a moment")).expect("a moment");
    moment.strftime("%Y-%m-%d").to_string()
}
