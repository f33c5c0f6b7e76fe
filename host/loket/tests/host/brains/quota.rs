//! How a brain is kept: how much it may hold, and in which language.

use super::MEMORY;
use crate::hot_load::until;
use crate::house::{House, lay_out};
use loket_gateways::desk::{Desk as _, Problem};
use serde_json::{Value as Json, json};
use std::sync::Arc;

const BOB: &str = "package = \"loket:assistant\"\n";

async fn remember(house: &House, agent: &str, text: &str) -> Result<Json, Problem> {
    let draft = json!({ "kind": "fact", "text": text, "tags": [], "steps": [] });
    house.call_for(agent, MEMORY, "remember", json!({ "draft": draft })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_brain_says_what_to_do_and_a_manifest_can_only_lower_what_fits() {
    let manifest = format!("{BOB}\n[memory]\nmax_memories = 1\nmax_mib = 1024\n");
    let house = House::with_bob("[memory]\nmax_memories = 3\nmax_mib = 1\n", &manifest).await;
    for (agent, fits) in [("assistant", 3), ("bob", 1)] {
        for number in 0..fits {
            remember(&house, agent, &format!("number {number} of {agent}")).await.expect("it fits");
        }
        let full = remember(&house, agent, "one too many").await.expect_err("it does not fit");
        assert_eq!(full.code, "exhausted", "{full:?}");
        let detail = &full.message;
        for word in
            ["`max-memories`", &format!("at most {fits}"), "forget", "`max_memories`", "`loket.toml`", "`agent.toml`"]
        {
            assert!(detail.contains(word), "{word}: {detail}");
        }
        // What is known already still strengthens.
        remember(&house, agent, &format!("number 0 of {agent}")).await.expect("it takes no room");
    }
    let usage = house.brain("bob", super::UPKEEP, "usage", json!([])).await.expect("the owner may");
    assert_eq!((&usage["max-memories"], &usage["max-bytes"]), (&json!(1), &json!(1 << 20)));

    // What is forgotten makes room.
    let id = house.brain("assistant", MEMORY, "list", json!({ "kinds": [], "limit": 1 })).await.expect("the owner may");
    let id = id["items"][0]["id"].as_str().expect("an id").to_owned();
    house.brain("assistant", MEMORY, "forget", json!({ "id": id })).await.expect("the owner may");
    remember(&house, "assistant", "there is room again").await.expect("it fits");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_when_little_room_is_left() {
    let house = House::with("[memory]\nmax_memories = 10\n").await;
    let state = async || {
        let checks = house.host.doctor().await.expect("it looks");
        checks.into_iter().find(|check| check.name == "brain of assistant").expect("it looked").state
    };
    for number in 0..8 {
        remember(&house, "assistant", &format!("number {number}")).await.expect("it fits");
    }
    assert_eq!(state().await, "ok");
    remember(&house, "assistant", "one more").await.expect("it fits");
    assert_eq!(state().await, "warning");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brain_that_is_full_of_bytes_is_full() {
    let house = House::with("[memory]\nmax_mib = 1\n").await;
    let long = |number: usize| format!("{number} {}", "x".repeat(60 << 10));
    let mut refused = None;
    for number in 0..40 {
        if let Err(problem) = remember(&house, "assistant", &long(number)).await {
            refused = Some((number, problem));
            break;
        }
    }
    let (number, problem) = refused.expect("40 times 60 KiB are more than 1 MiB");
    assert!((12..=18).contains(&number), "{number} fitted");
    assert_eq!(problem.code, "exhausted", "{problem:?}");
    assert!(problem.message.contains("`max-bytes`") && problem.message.contains("`max_mib`"), "{problem:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_with_a_full_brain_still_answers_and_says_so() {
    let house = House::with("[memory]\nmax_memories = 1\n").await;
    house.remember("assistant", "tea is at four").await;
    let told = house.say("assistant", "when is tea?").await.expect("it answers");
    assert!(told.text.contains("four") && told.text.contains("max-memories"), "{}", told.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_found_by_the_rules_of_the_agents_language() {
    let dutch = format!("{BOB}\n[memory]\nlanguage = \"nl\"\n");
    let house = House::with_bob("", &dutch).await;
    for agent in ["assistant", "bob"] {
        house.remember(agent, "de lopende rekeningen liggen in de kast").await;
    }
    let found = async |agent: &str| house.recall(agent, "rekening").await.len();
    assert_eq!((found("bob").await, found("assistant").await), (1, 0), "English does not know the Dutch plural");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_language_that_nobody_knows_here_is_refused_with_those_that_are_known() {
    let house = House::with_bob("", &format!("{BOB}\n[memory]\nlanguage = \"tlh\"\n")).await;
    let refused = house.say("bob", "hello").await.expect_err("it is not admitted");
    for word in ["`tlh`", "`nl`", "`agents/bob/agent.toml`"] {
        assert!(refused.message.contains(word), "{word}: {refused:?}");
    }
    assert!(refused.hint.is_some());
    assert_eq!(house.say("assistant", "tea is at four").await.expect("others are as before").learned.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_language_holds_as_soon_as_the_manifest_says_it() {
    let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
    lay_out(folder.path(), "");
    let house = House::open(folder.clone()).await;
    house.host.watch();
    house.remember("bob", "de lopende rekeningen liggen in de kast").await;
    assert!(house.recall("bob", "rekening").await.is_empty());
    let manifest = folder.path().join("agents/bob/agent.toml");
    let text = std::fs::read_to_string(&manifest).expect("it reads");
    std::fs::write(&manifest, format!("{text}\n[memory]\nlanguage = \"nl\"\n")).expect("it can be written");
    until("it is kept in Dutch", async || !house.recall("bob", "rekening").await.is_empty()).await;
    assert_eq!(house.host.agents().await.expect("they can be listed").len(), 2);
}
