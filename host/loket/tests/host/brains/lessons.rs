//! What was corrected is done otherwise: the same question, the same agent, before and after.

use crate::house::House;
use serde_json::json;

const QUESTION: &str = "where is my server?";

#[tokio::test(flavor = "multi_thread")]
async fn the_same_question_is_answered_otherwise_after_a_correction_and_stays_so() {
    let house = House::new().await;
    house.say("assistant", "my server is at 10.0.0.5").await.expect("it answers");
    let before = house.say("assistant", QUESTION).await.expect("it answers");
    assert!(before.text.contains("“my server is at 10.0.0.5”"), "{}", before.text);
    let corrected = house.say("assistant", "no, my server is at 10.0.0.7").await.expect("it answers");
    let lesson = corrected.learned.first().expect("it learnt").clone();
    let answers_rightly = async |house: &House| {
        let after = house.say("assistant", QUESTION).await.expect("it answers");
        assert!(after.text.starts_with("“my server is at 10.0.0.7”"), "{}", after.text);
        assert_eq!(after.used.first().map(|used| used.id.as_str()), Some(lesson.as_str()));
    };
    answers_rightly(&house).await;
    let house = house.restart().await;
    answers_rightly(&house).await;
    // An owner's dream changes nothing about what is right.
    house.keep("dream", json!({ "earnest": "apply" })).await;
    answers_rightly(&house).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_that_strikes_again_strengthens_its_lesson() {
    let house = House::new().await;
    let correction = |right: &str| {
        json!({ "correction": {
            "mistake": null, "wrong": "the door code is 9020", "right": right, "applies": "always",
        } })
    };
    let mut ids = Vec::new();
    for right in ["the door code is 4711", "the door code is 4711"] {
        let id = house.brain("assistant", super::MEMORY, "correct", correction(right)).await.expect("the owner may");
        ids.push(id.as_str().expect("an id").to_owned());
    }
    assert_eq!(ids[0], ids[1], "one lesson");
    assert_eq!(house.memory("assistant", &ids[0]).await["strength"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_refused_tool_taught_is_at_hand_in_the_next_turn() {
    let house = House::with("[approvals]\nseconds = 1\n").await;
    let asks = loket_gateways::desk::GrantRequest {
        grantee: "assistant".into(),
        capability: "test:echo".into(),
        verdict: Some("ask".into()),
        ..Default::default()
    };
    house.grant_as(asks).await;
    house.say("assistant", "/echo_echo hello").await.expect("it answers");
    let turn = house.say("assistant", "what about calling the tool echo_echo?").await.expect("it answers").turn;
    let thought = house.lines("loket:model/chat", "complete").await;
    let thought = thought.into_iter().find(|line| line.turn == turn && line.kind == "intent").expect("it thought");
    let request = thought.payload.expect("it asked something").to_string();
    assert!(request.contains("\"kind\":\"lesson\"") && request.contains("needs the owner's approval"), "{request}");
}
