//! What a client sees and calls: what it was granted, through whom that reaches, and nothing else.

use crate::served::{Client, Served};
use loket_gateways::desk::{Desk as _, GrantRequest};
use serde_json::{Value as Json, json};
use std::time::Duration;

/// The words of a result.
pub(crate) fn words(answer: &Json) -> &str {
    answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("it has words: {answer}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_granted_tool_answers_with_its_structure_and_another_is_refused_with_what_would_allow_it() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["loket:calc"]).await;
    assert_eq!(client.tools().await, ["calc_evaluate"]);
    let answer = client.call("calc_evaluate", json!({ "expression": "6*7" })).await;
    assert_eq!(
        (words(&answer), &answer["result"]["structuredContent"]),
        ("42", &json!({ "result": "42" })),
        "{answer}"
    );
    assert_eq!(answer["result"]["isError"], false);
    let refused = client.call("uuid_make", json!({ "count": 1 })).await;
    assert_eq!(refused["result"]["isError"], true, "{refused}");
    assert!(words(&refused).contains("denied") && words(&refused).contains("loket grant client:desktop loket:uuid"));
    served.house.grant("client:desktop", "loket:uuid").await;
    assert_eq!(client.call("uuid_make", json!({ "count": 1 })).await["result"]["isError"], false);
    served.house.revoke("client:desktop", "loket:uuid").await;
    assert_eq!(client.call("uuid_make", json!({ "count": 1 })).await["result"]["isError"], true);
    let lines = served.house.lines("loket:calc/arithmetic", "evaluate").await;
    assert!(lines.iter().all(|line| line.chain == "client:desktop"), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_an_error_and_what_a_tool_says_is_a_result() {
    let served = Served::new().await;
    let client = served.token("desktop", &["assistant"], &["loket:calc"]).await;
    for (tool, arguments) in [
        ("calc_evaluate", json!({})),
        ("calc_evaluate", json!({ "expression": 7 })),
        ("calc_evaluate", json!({ "expression": "1", "more": 1 })),
        ("no_such_tool", json!({})),
        ("ask_assistant", json!({})),
        ("ask_assistant", json!({ "message": "" })),
        ("ask_assistant", json!({ "message": "hi", "conversation": "x".repeat(49) })),
        ("ask_nobody", json!({ "message": "hi" })),
        ("ask_../assistant", json!({ "message": "hi" })),
    ] {
        let answer = client.call(tool, arguments).await;
        assert_eq!(answer["error"]["code"], -32602, "{tool}: {answer}");
    }
    let failed = client.call("calc_evaluate", json!({ "expression": "2 +" })).await;
    assert_eq!(failed["result"]["isError"], true, "{failed}");
    assert!(words(&failed).contains("ends here"), "{failed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_asked_with_what_it_may_do_now_and_not_with_what_it_is_granted_later() {
    let served = Served::new().await;
    let client = served.token("desktop", &["assistant"], &[]).await;
    assert_eq!(client.tools().await, ["ask_assistant"]);
    let answer = client.call("ask_assistant", json!({ "message": "Remember that the gate code is 4711." })).await;
    assert_eq!(answer["result"]["isError"], false, "{answer}");
    let lines = served.house.lines("loket:brain/memory", "remember").await;
    assert!(
        lines.iter().any(|line| line.chain == "client:desktop > agent:assistant" && line.kind == "outcome"),
        "{lines:?}"
    );
    // What the agent may do from now on, it may not do for the client.
    served.house.grant("assistant", "test:echo").await;
    let tools = served.house.host.grants(Some("client:desktop")).await.expect("a list");
    assert!(!tools[0].delegates.iter().any(|words| words.contains("test:echo")), "{tools:?}");
    // One that is not granted is not there, and is refused by name, whether or not it could answer.
    for ready in [false, true] {
        let refused = client.call("ask_bob", json!({ "message": "hi" })).await;
        assert!(words(&refused).contains("loket grant client:desktop agent:bob"), "{ready}: {refused}");
        for capability in ["loket:brain/memory", "loket:model/chat", "loket:tools/catalog"] {
            served.house.grant("bob", capability).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_goes_on_with_its_own_conversations_and_reads_nobody_elses() {
    let served = Served::new().await;
    let one = served.token("one", &["assistant"], &[]).await;
    let begun = one.call("ask_assistant", json!({ "message": "hello", "conversation": "test" })).await;
    let conversation = &begun["result"]["structuredContent"]["conversation"];
    assert_eq!(conversation, "test", "{begun}");
    served.house.say("assistant", "hello from the owner").await.expect("it answers");
    let turns: Vec<Json> = served
        .house
        .ledger()
        .await
        .into_iter()
        .filter(|line| line.function == "handle" && line.kind == "intent")
        .filter_map(|line| line.payload)
        .collect();
    let conversations: Vec<&Json> = turns.iter().map(|turn| &turn["occasion"]["message"]["conversation"]).collect();
    assert_eq!(conversations, [&json!("client:one/test"), &json!("test")], "{turns:?}");
    // What a client says are a stranger's words.
    assert_eq!((&turns[0]["labels"], &turns[1]["labels"]), (&json!(["untrusted"]), &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_runs_no_slash_commands_of_the_owners() {
    let served = Served::new().await;
    let client = served.token("desktop", &["assistant"], &[]).await;
    client.call("ask_assistant", json!({ "message": "/memories" })).await;
    let commands = served.house.ledger().await.into_iter().filter(|line| line.capability.contains("commander"));
    assert_eq!(commands.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_waits_for_its_owner_is_the_owners_to_answer() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["loket:calc"]).await;
    served
        .house
        .grant_as(GrantRequest {
            grantee: "client:desktop".into(),
            capability: "loket:calc".into(),
            verdict: Some("ask".into()),
            ..GrantRequest::default()
        })
        .await;
    let asks = {
        let client = client.clone();
        tokio::spawn(async move { client.call("calc_evaluate", json!({ "expression": "6*7" })).await })
    };
    let ask = loop {
        if let Some(ask) = served.house.host.asks().await.expect("a list").pop() {
            break ask;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(ask.who, "client:desktop");
    let answer =
        loket_gateways::desk::AnswerRequest { asks: vec![(&ask).into()], answer: "once".into(), arguments: None };
    // Not by whoever asks, whatever its token is good for.
    let itself = loket_gateways::desk::Caller {
        name: "client:desktop".into(),
        scopes: loket_gateways::desk::Scopes { approve: true, metrics: false },
    };
    assert_eq!(served.house.host.answer(answer.clone(), &itself).await.expect_err("its own").code, "denied");
    let owner = loket_gateways::desk::Caller::owner();
    served.house.host.answer(answer, &owner).await.expect("the owner answers");
    let answer = asks.await.expect("it is answered");
    assert_eq!(words(&answer), "42", "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_ends_its_turn() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["test:hostile"]).await;
    let tools = client.tools().await;
    let endless = tools.iter().find(|name| name.contains("spin") || name.contains("loop")).cloned();
    let endless = endless.unwrap_or_else(|| panic!("there is one that does not end: {tools:?}"));
    let call = {
        let client = client.clone();
        tokio::spawn(async move { client.call(&endless, json!({})).await })
    };
    while served.house.host.running.count() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    call.abort();
    let begun = std::time::Instant::now();
    while served.house.host.running.count() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(5), "the turn goes on without anybody");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clients_are_answered_at_once_and_each_sees_its_own() {
    let served = Served::new().await;
    let one = served.token("one", &[], &["loket:calc"]).await;
    let two = served.token("two", &[], &["loket:uuid"]).await;
    let owner = Client::with(served.address, &served.owner);
    let (mine, other, all) = tokio::join!(one.tools(), two.tools(), owner.tools());
    assert_eq!(mine, ["calc_evaluate"]);
    assert!(other.iter().all(|name| name.starts_with("uuid_")) && !other.is_empty());
    assert!(all.len() > mine.len() + other.len());
}
