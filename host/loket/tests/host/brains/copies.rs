//! The brain at other times and elsewhere: snapshots and the way back, lines out and in, another agent.

use super::{MEMORY, UPKEEP};
use crate::hot_load::until;
use crate::house::House;
use crate::process::{loket, says};
use loket_gateways::desk::Desk as _;
use serde_json::{Value as Json, json};

/// What became of each memory, by its words.
fn changes(differences: &Json) -> Vec<(String, String)> {
    let text = |difference: &Json| {
        let entry = if difference["after"].is_null() { &difference["before"] } else { &difference["after"] };
        entry["text"].as_str().unwrap_or_default().to_owned()
    };
    let differences = differences.as_array().expect("a list").iter();
    let mut all: Vec<_> =
        differences.map(|found| (found["change"].as_str().unwrap_or_default().to_owned(), text(found))).collect();
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brain_goes_back_to_a_snapshot_and_forward_again() {
    let house = House::new().await;
    house.remember("assistant", "tea is at four").await;
    let gone = house.remember("assistant", "the safe opens with 4711").await;
    let made = house.keep("snapshot", json!({ "name": "before" })).await;
    assert_eq!((&made["name"], &made["memories"]), (&json!("before"), &json!(2)));
    house.remember("assistant", "the kettle is new").await;
    house.brain("assistant", MEMORY, "forget", json!({ "id": gone })).await.expect("the owner may");

    let diff = json!({ "from": "before", "limit": 100 });
    let found = changes(&house.keep("diff", diff.clone()).await);
    let expect = [("added", "the kettle is new"), ("gone", "the safe opens with 4711")];
    assert_eq!(found, expect.map(|(change, text)| (change.to_owned(), text.to_owned())));

    let kept = house.keep("revert", json!({ "to": "before" })).await;
    assert_eq!(house.texts("assistant", &["fact"]).await, ["tea is at four"], "what was forgotten stays forgotten");
    assert!(house.recall("assistant", "kettle").await.is_empty());
    let house = house.restart().await;
    assert_eq!(house.texts("assistant", &["fact"]).await, ["tea is at four"]);
    house.keep("revert", json!({ "to": kept })).await;
    assert_eq!(house.texts("assistant", &["fact"]).await, ["the kettle is new", "tea is at four"]);

    house.keep("drop-snapshot", json!({ "name": "before" })).await;
    let problem = house.call(UPKEEP, "diff", diff).await.expect_err("it is gone");
    assert_eq!(problem.code, "not-found", "{problem:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_agent_with_the_same_memories_is_taken_up_and_granted_nothing() {
    let house = House::watched().await;
    house.say("assistant", "my server is at 10.0.0.5").await.expect("it answers");
    house.keep("fork", json!({ "into": "scout" })).await;
    let scout = async || {
        let agents = house.host.agents().await.expect("they can be listed");
        agents.into_iter().find(|agent| agent.name == "scout")
    };
    until("it is taken up", async || scout().await.is_some()).await;
    let state = scout().await.expect("it is there").state;
    assert!(state.contains("its grants do not name it"), "{state}");
    assert!(house.host.grants(Some("scout")).await.expect("they can be listed").is_empty());
    assert_eq!(house.texts("scout", &["fact"]).await, ["my server is at 10.0.0.5"]);

    for wanted in ["loket:brain/memory", "loket:model/chat", "loket:tools/catalog", "loket:offline"] {
        house.grant("scout", wanted).await;
    }
    let asked = house.say("scout", "where is my server?").await.expect("it answers");
    assert!(asked.text.contains("10.0.0.5"), "{}", asked.text);
    house.say("scout", "no, my server is at 10.0.0.7").await.expect("it answers");
    assert_eq!(house.texts("assistant", &["fact"]).await, ["my server is at 10.0.0.5"], "they go their own ways");
    let asked = house.say("assistant", "where is my server?").await.expect("it answers");
    assert!(asked.text.contains("10.0.0.5"), "{}", asked.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_or_none_makes_no_agent() {
    let house = House::new().await;
    for name in ["bob", "assistant", "Scout", "", "../scout", ".scout"] {
        let problem = house.call(UPKEEP, "fork", json!({ "into": name })).await.expect_err("it is no new name");
        assert_eq!(problem.code, "invalid", "{name}: {problem:?}");
    }
    let folders = std::fs::read_dir(house.folder.path().join("agents")).expect("it reads").flatten();
    let mut names: Vec<_> = folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    assert_eq!(names, ["assistant", "bob"]);
}

#[test]
fn memories_go_out_to_a_file_and_into_another_agent() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let home = folder.path().join("home");
    std::fs::create_dir(&home).expect("it can be made");
    crate::house::lay_out(&home, "");
    let lines: String = (0..2_500).map(|n| format!("{{\"text\":\"number {n} is remembered\"}}\n")).collect();
    let given = folder.path().join("given.jsonl");
    std::fs::write(&given, lines).expect("it can be written");
    let path = |file: &std::path::Path| file.to_str().expect("UTF-8").to_owned();
    let told = says(&home, &["brain", "assistant", "import", &path(&given)]);
    assert!(told.starts_with("imported  2500 new"), "{told}");

    let file = path(&folder.path().join("memories.jsonl"));
    let told = says(&home, &["brain", "assistant", "export", &file]);
    assert!(told.starts_with("exported  2500 memories"), "{told}");
    let told = says(&home, &["brain", "bob", "import", &file]);
    assert!(told.starts_with("imported  2500 new"), "{told}");
    let again = says(&home, &["brain", "bob", "import", &file]);
    assert!(again.contains("0 new") && again.contains("2500 skipped"), "{again}");
    let found = says(&home, &["brain", "bob", "search", "number", "1234"]);
    assert!(found.lines().nth(1).is_some_and(|line| line.contains("number 1234 is remembered")), "{found}");
    let usage = says(&home, &["--json", "brain", "bob", "usage"]);
    let usage: Json = serde_json::from_str(&usage).expect("JSON");
    assert_eq!(usage["ok"]["memories"], 2500);

    std::fs::write(&given, "{\"text\":\"fine\"}\nnot fine\n").expect("it can be written");
    let wrong = loket(&home, &["brain", "bob", "import", &path(&given)]);
    let told = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(!wrong.status.success() && told.contains("line 2"), "{told}");
    assert!(says(&home, &["brain", "bob", "recall", "fine"]).contains("nothing fits"), "none of the piece");
}
