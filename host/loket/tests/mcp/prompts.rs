//! What agents lend to a client's own model: who they are, and what their slash commands answer.

use crate::served::{Client, Served};
use loket_gateways::desk::GrantRequest;
use serde_json::{Value as Json, json};

async fn names(client: &Client) -> Vec<String> {
    let listed = client.ask("prompts/list", json!({})).await;
    let prompts = listed["result"]["prompts"].as_array().unwrap_or_else(|| panic!("a list: {listed}")).clone();
    prompts.iter().map(|prompt| prompt["name"].as_str().expect("a name").to_owned()).collect()
}

async fn get(client: &Client, name: &str, arguments: Json) -> Json {
    client.ask("prompts/get", json!({ "name": name, "arguments": arguments })).await
}

fn words(answer: &Json) -> &str {
    answer["result"]["messages"][0]["content"]["text"].as_str().unwrap_or_else(|| panic!("it has words: {answer}"))
}

/// A client that may ask the assistant, which may give commands.
async fn commanding(served: &Served) -> Client {
    served.house.grant("assistant", "loket:commands").await;
    served.token("desktop", &["assistant"], &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agents_commands_are_prompts_for_whoever_may_ask_it_and_are_run_through_it() {
    let served = Served::new().await;
    let client = commanding(&served).await;
    let all = names(&client).await;
    for name in ["be_assistant", "run_assistant_help", "run_assistant_remember", "run_assistant_tools"] {
        assert!(all.iter().any(|own| own == name), "{name}: {all:?}");
    }
    let listed = client.ask("prompts/list", json!({})).await;
    let prompts = listed["result"]["prompts"].as_array().expect("a list").clone();
    let lesson = prompts.iter().find(|prompt| prompt["name"] == "run_assistant_lesson").expect("it is there");
    let arguments = lesson["arguments"].as_array().expect("it takes something");
    assert_eq!((arguments.len(), &arguments[0]["name"], &arguments[0]["required"]), (2, &json!("wrong"), &json!(true)));
    let said = get(&client, "run_assistant_remember", json!({ "text": "Tea is at four." })).await;
    assert!(!words(&said).is_empty());
    let recalled = get(&client, "run_assistant_recall", json!({ "words": "tea" })).await;
    assert!(words(&recalled).contains("Tea is at four."), "{recalled}");
    let lines = served.house.lines("loket:brain/memory", "remember").await;
    let chain = "client:desktop > agent:assistant > package:loket:commands";
    assert!(lines.iter().any(|line| line.chain == chain && line.kind == "outcome"), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_the_agent_or_the_client_is_not_granted_are_not_there() {
    let served = Served::new().await;
    // The agent has them not.
    served.house.revoke("assistant", "loket:commands").await;
    let early = served.token("early", &["assistant"], &[]).await;
    let none = served.token("none", &[], &["loket:calc"]).await;
    assert_eq!(names(&early).await, ["be_assistant"]);
    assert!(names(&none).await.is_empty());
    // It has them now, but had them not when the token was made.
    served.house.grant("assistant", "loket:commands").await;
    assert_eq!(names(&early).await, ["be_assistant"]);
    for client in [&early, &none] {
        let refused = get(client, "run_assistant_help", json!({})).await;
        assert_eq!(refused["error"]["code"], -32602, "{refused}");
    }
    assert_eq!(get(&none, "be_assistant", json!({})).await["error"]["code"], -32602);
    let calls = served.house.lines("loket:roles/commander of loket:commands", "run").await;
    assert!(calls.is_empty(), "{calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_no_way_round_a_limit() {
    let served = Served::new().await;
    let client = commanding(&served).await;
    let limited = GrantRequest {
        grantee: "client:desktop".into(),
        capability: "agent:assistant".into(),
        per_day: Some(5),
        ..GrantRequest::default()
    };
    served.house.grant_as(limited).await;
    assert_eq!(names(&client).await, ["be_assistant"]);
    assert_eq!(get(&client, "run_assistant_help", json!({})).await["error"]["code"], -32602);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persona_is_lent_to_whoever_may_ask_its_agent_with_a_line_in_the_ledger() {
    let served = Served::new().await;
    let client = commanding(&served).await;
    let persona =
        std::fs::read_to_string(served.house.folder.path().join("agents/assistant/persona.md")).expect("it is");
    let lent = get(&client, "be_assistant", json!({ "message": "Good morning!" })).await;
    assert!(words(&lent).contains(persona.trim()) && words(&lent).ends_with("Good morning!"), "{lent}");
    let acts = served.house.ledger().await.into_iter().filter(|line| line.function == "persona read");
    assert_eq!(acts.map(|line| line.chain).collect::<Vec<_>>(), ["client:desktop"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_do_not_fit_are_refused_with_what_is_taken() {
    let served = Served::new().await;
    let client = commanding(&served).await;
    for (name, arguments) in [
        ("run_assistant_remember", json!({})),
        ("run_assistant_remember", json!({ "text": "  " })),
        ("run_assistant_remember", json!({ "text": 7 })),
        ("run_assistant_remember", json!({ "text": "x", "more": "y" })),
        ("run_assistant_export", json!({ "exchanges": "many" })),
        ("run_assistant_remember", json!({ "text": "x".repeat(300_000) })),
        ("be_assistant", json!({ "more": "x" })),
        ("run_assistant_", json!({})),
        ("run_", json!({})),
        ("run_assistant_no-such-command", json!({})),
        ("be_", json!({})),
        ("be_nobody", json!({})),
    ] {
        let refused = get(&client, name, arguments).await;
        assert_eq!(refused["error"]["code"], -32602, "{name}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_completed_as_in_a_conversation() {
    let served = Served::new().await;
    let client = commanding(&served).await;
    let complete = async |name: &str, argument: &str, typed: &str| {
        let wanted = json!({
            "ref": { "type": "ref/prompt", "name": name }, "argument": { "name": argument, "value": typed },
        });
        let answer = client.ask("completion/complete", wanted).await;
        answer["result"]["completion"]["values"].clone()
    };
    let values = complete("run_assistant_help", "command", "rem").await;
    assert!(
        values.as_array().is_some_and(|all| all.iter().any(|v| v.as_str().is_some_and(|v| v.contains("remember")))),
        "{values}"
    );
    assert_eq!(complete("run_assistant_help", "no-such", "x").await, json!([]));
    assert_eq!(complete("be_assistant", "message", "x").await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_what_is_offered_is_told() {
    let served = Served::new().await;
    let client = commanding(&served).await;
    let session = crate::session::Session::begin(&client, json!({})).await;
    let mut events = session.follow(None).await;
    served.house.revoke("assistant", "loket:commands").await;
    events.until("notifications/prompts/list_changed").await;
    assert_eq!(names(&client).await, ["be_assistant"]);
}
