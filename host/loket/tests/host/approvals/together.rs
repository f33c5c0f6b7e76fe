//! Several asks at once: shown together, answered together.

use super::{asking_house, asking_house_with};
use loket_gateways::desk::{AskRef, Desk};
use serde_json::json;

/// Tools that the asker calls at once.
fn at_once(tools: &[&str]) -> serde_json::Value {
    json!({ "tools": tools, "arguments": "{\"text\":\"a\"}" })
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_are_made_at_once_wait_at_once_and_are_answered_together() {
    let house = asking_house().await;
    let call = house.call("test:asker/acts", "call-all", at_once(&["echo_echo", "echo_echo", "echo_echo"]));
    let answers = async {
        let asks = house.waits(3).await;
        assert!(asks.iter().all(|ask| ask.turn == asks[0].turn && ask.arguments == json!({ "text": "a" })));
        // One of them is not as it was shown: none is answered.
        let mut forged = asks.clone();
        forged[1].digest = "00".repeat(32);
        assert_eq!(house.answer(&forged, "once", None).await.expect_err("not all of them fit").code, "invalid");
        let twice = [asks[0].clone(), asks[0].clone()];
        assert!(house.answer(&twice, "once", None).await.is_err(), "each once");
        let problem = house.answer(&asks, "once", Some(json!({ "text": "b" }))).await.expect_err("for one alone");
        assert_eq!(problem.code, "invalid");
        assert_eq!(house.waits(3).await.len(), 3);
        house.answer(&asks, "once", None).await.expect("all of them")
    };
    let (told, answered) = tokio::join!(call, answers);
    assert_eq!(told.expect("it is made")["ok"], "\"a\"\n\"a\"\n\"a\"");
    assert_eq!(answered.asks.len(), 3);
    let said = house.about_echo().await;
    for (what, number) in [("asked", 3), ("answered once", 3), ("intent", 3), ("outcome", 3)] {
        assert_eq!(said.iter().filter(|said| *said == what).count(), number, "{what}: {said:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_several_can_have_an_answer_of_its_own() {
    let house = asking_house().await;
    let call = house.call("test:asker/acts", "call-all", at_once(&["echo_echo", "echo_echo"]));
    let answers = async {
        let asks = house.waits(2).await;
        house.answer(&asks[..1], "no", None).await.expect("the one");
        assert_eq!(house.waits(1).await[0].id, asks[1].id);
        house.answer(&asks[1..], "once", None).await.expect("the other");
    };
    let (told, ()) = tokio::join!(call, answers);
    let told = told.expect("it is made");
    let lines: Vec<&str> = told["ok"].as_str().expect("lines").lines().collect();
    assert_eq!(lines.iter().filter(|line| **line == "\"a\"").count(), 1, "{lines:?}");
    assert_eq!(lines.iter().filter(|line| line.contains("the owner said no")).count(), 1, "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ask_is_found_by_the_end_of_its_name_and_after_its_answer_too() {
    let house = asking_house_with("[approvals]\nseconds = 60\n").await;
    let finds = async {
        let asks = house.waits(1).await;
        let end = asks[0].id[18..].to_lowercase();
        assert_eq!(house.host.ask(&end).await.expect("it waits").id, asks[0].id);
        assert_eq!(house.host.ask("zz").await.expect_err("too short").code, "not-found");
        house.answer(&asks, "once", None).await.expect("it can be answered");
        AskRef::from(&asks[0])
    };
    let (told, asked) = tokio::join!(house.asks_to_echo("a"), finds);
    told.expect("it is made");
    let shown = house.host.ask(&asked.id).await.expect("it was answered lately");
    assert_eq!((shown.state.as_str(), shown.ended.map(|end| end.outcome).as_deref()), ("once", Some("done")));
}
