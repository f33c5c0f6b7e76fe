//! What is listed and granted runs, for who it was granted to; what it saw marks the turn.

use super::{Ground, RUN, TOOL};
use loket_gateways::desk::{Desk as _, GrantRequest};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_granted_runs_and_one_that_is_not_is_refused() {
    let ground = Ground::new().await;
    let state = ground.house.state(TOOL).await;
    assert!(state.contains("loket grant loket:runner loket:run/commands"), "nothing is granted by default: {state}");
    ground.grant(&["cat"], ":ro").await;
    assert_eq!(ground.house.state(TOOL).await, "ready");
    let outcome = ground.run("cat", &["plan.md"]).await.expect("granted works");
    assert_eq!(outcome, json!({ "ending": { "exited": 0 }, "stdout": "oak\n", "stderr": "" }));
    let kinds: Vec<_> = ground.house.lines(RUN, "run").await.into_iter().map(|line| line.kind).collect();
    assert_eq!(kinds, ["intent", "outcome"], "what it does outside is in the ledger before");

    let why = ground.run("sh", &["echo hello"]).await.expect_err("it is listed and not granted");
    assert!(why.contains("loket grant loket:runner loket:run/commands --term command=sh"), "{why}");
    let why = ground.run("rm", &["plan.md"]).await.expect_err("it is not listed");
    assert!(why.contains("listed no command `rm`; granted are `cat`"), "{why}");
    let why = ground.run("/bin/cat", &["plan.md"]).await.expect_err("a path is no name");
    assert!(why.contains("listed no command"), "{why}");
    assert_eq!(ground.reached().await, 1);

    ground.house.revoke(TOOL, RUN).await;
    let why = ground.run("cat", &["plan.md"]).await.expect_err("it was taken back");
    assert!(why.contains("denied"), "{why}");
    assert_eq!(ground.reached().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_runs_what_was_granted_to_it_and_to_the_tool_both() {
    let ground = Ground::new().await;
    ground.grant(&["cat", "echo"], ":ro").await;
    let ask = async || {
        ground
            .house
            .say("assistant", r#"/runner_run {"program":"cat","arguments":["plan.md"]}"#)
            .await
            .expect("it answers")
            .text
    };
    let told = ask().await;
    assert!(!told.contains("oak") && ground.reached().await == 0, "the tool was not granted to the agent: {told}");
    let narrowed = GrantRequest {
        grantee: "assistant".into(),
        capability: TOOL.into(),
        terms: [("command".to_owned(), vec!["echo".to_owned()])].into(),
        ..GrantRequest::default()
    };
    ground.house.grant_as(narrowed).await;
    let told = ask().await;
    assert!(!told.contains("oak") && ground.reached().await == 0, "only another command was passed on: {told}");
    ground.house.grant("assistant", TOOL).await;
    let told = ask().await;
    assert!(told.contains("oak") && ground.reached().await == 1, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_run_is_told_and_a_grant_that_makes_no_sense_is_refused() {
    let ground = Ground::new().await;
    ground.grant(&["cat", "env"], ":ro").await;
    let told =
        ground.house.tool("runner_list", &json!({})).await.expect("it lists")["ok"].as_str().expect("text").to_owned();
    assert!(
        told.contains("cat\n  each argument matches one of `[^-].*`\n") && told.contains("env\n  takes no arguments\n"),
        "{told}"
    );
    assert!(
        !told.contains("sh\n")
            && told.contains(&format!("work may be read; programs see it as {}", ground.work().display())),
        "{told}"
    );
    for (terms, word) in [
        (json!({ "command": ["no-such"] }), "has no command `[run.no-such]`; it has `cat`, `echo`"),
        (json!({ "folder": [ground.work()] }), "names no command"),
        (json!({ "command": ["cat"], "folder": [ground.house.folder.path().join("state")] }), "the host's own files"),
        (json!({ "command": ["cat"], "shell": ["yes"] }), "knows no `shell`"),
    ] {
        let request =
            GrantRequest { terms: serde_json::from_value(terms).expect("terms"), ..ground.request(&["cat"], "") };
        let refused = ground.house.host.grant(request).await.expect_err(word);
        assert!(refused.message.contains(word), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_saw_marks_the_turn_and_what_it_wrote() {
    let ground = Ground::new().await;
    ground.grant(&["cat", "wide"], "").await;
    ground.run("cat", &["plan.md"]).await.expect("it runs");
    let labels = async || {
        ground
            .house
            .lines(RUN, "run")
            .await
            .into_iter()
            .rev()
            .find(|line| line.kind == "outcome")
            .expect("it ran")
            .labels
    };
    let private = labels().await;
    ground.run("wide", &["echo x > from-outside"]).await.expect("it runs");
    assert_ne!(labels().await, private, "what can come from the network is marked as well");
}
