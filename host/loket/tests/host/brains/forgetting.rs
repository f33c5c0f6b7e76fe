//! Nothing is left of what was forgotten: not in the brain's files, its index and its snapshots, not in the ledger, not in what was typed.

use super::MEMORY;
use crate::house::{House, lay_out};
use crate::process::{loket, says};
use loket_gateways::desk::{Desk as _, LedgerQuery};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};

/// A word that nothing else has, and what it was said in.
const WORD: &str = "zanzibar4711";
const FACT: &str = "the code of my safe is zanzibar4711";

/// All files of a home that hold these bytes in whatever case, links left out.
fn holding(home: &Path, word: &str) -> Vec<PathBuf> {
    let (mut folders, mut found) = (vec![home.to_owned()], Vec::new());
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("it reads").flatten() {
            let kind = entry.file_type().expect("it has one");
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                read += 1;
                let bytes = std::fs::read(entry.path()).expect("it reads").to_ascii_lowercase();
                if bytes.windows(word.len()).any(|window| window == word.as_bytes()) {
                    found.push(entry.path());
                }
            }
        }
    }
    assert!(read > 5, "the home has files");
    found
}

#[track_caller]
fn found_nowhere(home: &Path) {
    let found = holding(home, WORD);
    assert!(found.is_empty(), "{found:?}");
}

/// How many payloads of the ledger speak of it: on disk they are encrypted, so that no search of bytes would tell.
async fn payloads(house: &House, word: &str) -> usize {
    let mut found = 0;
    let mut from = 1;
    loop {
        let query = LedgerQuery { from: Some(from), limit: Some(1_000), ..LedgerQuery::default() };
        let lines = house.host.ledger(query).await.expect("the ledger reads");
        let Some(last) = lines.last() else { return found };
        from = last.seq + 1;
        let speaks = |payload: &Json| payload.to_string().to_lowercase().contains(word);
        found += lines.iter().filter(|line| line.payload.as_ref().is_some_and(speaks)).count();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_memory_is_found_nowhere_in_the_home() {
    let house = House::new().await;
    let home = house.folder.path().to_owned();
    // Said, asked for, answered, in two conversations, kept in a snapshot, and typed at the prompt.
    house.say("assistant", FACT).await.expect("it answers");
    house.say("assistant", "what is the code of my safe?").await.expect("it answers");
    house.say("assistant", "tea is at four").await.expect("it answers");
    // With so many others it is in the index, too.
    let lines: Vec<String> =
        (0..1_000).map(|n| json!({ "text": format!("number {n}"), "kind": "skill" }).to_string()).collect();
    house.keep("import", json!({ "lines": lines })).await;
    house.keep("snapshot", json!({ "name": "before" })).await;
    let history = home.join("state/history");
    std::fs::write(&history, format!("#V2\n{FACT}\nwhen is tea?\n")).expect("it can be written");
    let house = house.restart().await;
    assert!(payloads(&house, WORD).await > 10);
    let files = holding(&home, WORD);
    // The index keeps words letter by letter, so that no search of bytes tells.
    for part in ["brain.redb", "snapshots", "history"] {
        assert!(files.iter().any(|file| file.to_string_lossy().contains(part)), "{part} has it: {files:?}");
    }

    // The agent lets go of it and of the exchanges in which it was said; its owner makes sure.
    let told = house.say("assistant", &format!("forget that {FACT}")).await.expect("it answers");
    assert!(told.text.starts_with("Forgotten"), "{}", told.text);
    let purged = house.keep("purge", json!({ "copies": "purge" })).await;
    assert!(purged["payloads"].as_u64().is_some_and(|many| many > 10), "{purged}");
    assert_eq!(purged["snapshots"], 1);
    assert_eq!(payloads(&house, WORD).await, 0);
    found_nowhere(&home);
    assert_eq!(std::fs::read_to_string(&history).expect("it reads"), "#V2\nwhen is tea?\n");
    assert!(house.recall("assistant", WORD).await.is_empty());

    // Nothing else went, the chain holds, and it stays so.
    assert_eq!(house.texts("assistant", &["fact"]).await, ["tea is at four"]);
    assert!(house.host.verify().await.expect("it can be verified").sound);
    let again = house.keep("purge", json!({ "copies": "purge" })).await;
    assert_eq!((&again["payloads"], &again["snapshots"]), (&json!(0), &json!(0)));
    let house = house.restart().await;
    let asked = house.say("assistant", "what is the code of my safe?").await.expect("it answers");
    assert!(!asked.text.contains(WORD), "{}", asked.text);
    house.host.close().await;
    found_nowhere(&home);
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshots_keep_it_unless_they_are_to_lose_it_too() {
    let house = House::new().await;
    let id = house.remember("assistant", FACT).await;
    house.keep("snapshot", json!({ "name": "before" })).await;
    house.brain("assistant", MEMORY, "forget", json!({ "id": id })).await.expect("the owner may");
    house.keep("purge", json!({ "copies": "keep" })).await;
    let files = holding(house.folder.path(), WORD);
    assert!(files.iter().all(|file| file.ends_with("snapshots/before.redb")) && files.len() == 1, "{files:?}");
    let back = house.keep("diff", json!({ "from": "before", "limit": 10 })).await;
    assert_eq!(back[0]["before"]["text"], FACT, "which the owner may look at, and that stands in the ledger");
    house.keep("purge", json!({ "copies": "purge" })).await;
    found_nowhere(house.folder.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_remember_of_the_same_is_theirs() {
    let house = House::new().await;
    let id = house.remember("assistant", FACT).await;
    house.remember("bob", FACT).await;
    house.brain("assistant", MEMORY, "forget", json!({ "id": id })).await.expect("the owner may");
    house.keep("purge", json!({ "copies": "purge" })).await;
    assert_eq!(house.texts("bob", &["fact"]).await, [FACT]);
    assert!(house.texts("assistant", &["fact"]).await.is_empty());
}

#[test]
fn the_command_tells_of_exchanges_that_say_the_same_and_lets_go_of_them_too() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    lay_out(folder.path(), "");
    says(folder.path(), &["chat", "assistant", FACT]);
    let list = says(folder.path(), &["--json", "brain", "assistant", "list", "--kind", "fact"]);
    let list: Json = serde_json::from_str(&list).expect("JSON");
    let id = list["ok"]["items"][0]["id"].as_str().expect("an id");
    let told = says(folder.path(), &["brain", "assistant", "forget", id, "--echoes"]);
    assert_eq!(told.lines().filter(|line| line.starts_with("forgotten  ")).count(), 2, "{told}");
    found_nowhere(folder.path());
    assert!(!says(folder.path(), &["--json", "ledger", "--limit", "1000"]).contains(WORD));
}

#[test]
fn the_command_forgets_and_purges_in_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    lay_out(folder.path(), "");
    let told = says(folder.path(), &["brain", "assistant", "remember", FACT]);
    let id = told.trim().strip_prefix("remembered  ").expect("an id").to_owned();
    says(folder.path(), &["brain", "assistant", "snapshot", "before"]);
    let told = says(folder.path(), &["brain", "assistant", "forget", &id, "--snapshots"]);
    assert!(told.starts_with(&format!("forgotten  {id}")) && told.contains("1 snapshot was rewritten"), "{told}");
    found_nowhere(folder.path());
    let ledger = says(folder.path(), &["--json", "ledger", "--limit", "1000"]);
    assert!(!ledger.contains(WORD));
    let verified = loket(folder.path(), &["ledger", "--verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}
