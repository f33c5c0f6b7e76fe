//! Watching: what changed is told, once, bounded, and nothing of what lies elsewhere.

use crate::ground::{Ground, Guest, refused};
use serde_json::{Value as Json, json};
use std::fs;
use std::time::{Duration, Instant};

async fn watch(guest: &Guest<'_>, path: &str) -> u64 {
    guest.one("watch", path).await.expect("granted").as_u64().expect("a number")
}

async fn changes(guest: &Guest<'_>, id: u64) -> Vec<(String, String)> {
    let (found, _) = guest.call("changes", json!([id, 5000])).await.expect("granted");
    let word = |change: &Json, key: &str| change[key].as_str().expect("a word").to_owned();
    found.as_array().expect("a list").iter().map(|c| (word(c, "path"), word(c, "event"))).collect()
}

fn told(found: &[(String, String)], path: &str, event: &str) -> bool {
    found.iter().any(|(p, e)| p == path && e == event)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_and_components_change_is_told() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    let id = watch(&guest, "notes").await;
    fs::write(ground.at("notes/2024/a.txt"), "x").expect("it can be written");
    let found = changes(&guest, id).await;
    assert!(told(&found, "notes/2024/a.txt", "created"), "{found:?}");
    guest.replace("notes/plan.md", "new").await.expect("granted");
    let found = changes(&guest, id).await;
    assert!(told(&found, "notes/plan.md", "created"), "{found:?}");
    assert!(!found.iter().any(|(path, _)| path.contains(".part")), "what is not whole yet is not told: {found:?}");
    guest.append("notes/plan.md", "er").await.expect("granted");
    let found = changes(&guest, id).await;
    assert!(told(&found, "notes/plan.md", "changed"), "{found:?}");
    guest.one("remove", "notes/2024/a.txt").await.expect("granted");
    let found = changes(&guest, id).await;
    assert!(told(&found, "notes/2024/a.txt", "removed"), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_later_is_watched_too() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    let id = watch(&guest, "notes").await;
    guest.one("make-folder", "notes/new").await.expect("granted");
    assert!(told(&changes(&guest, id).await, "notes/new", "created"));
    // The system is told of the new folder by the watcher, which takes a moment.
    tokio::time::sleep(Duration::from_millis(200)).await;
    guest.create("notes/new/a", "x").await.expect("granted");
    let found = changes(&guest, id).await;
    assert!(told(&found, "notes/new/a", "created"), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_change_the_wait_ends_in_time() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    let id = watch(&guest, "notes").await;
    guest.read("notes/plan.md").await.expect("granted");
    let begun = Instant::now();
    let (found, _) = guest.call("changes", json!([id, 200])).await.expect("granted");
    assert_eq!(found, json!([]), "reading is no change");
    assert!(begun.elapsed() >= Duration::from_millis(200) && begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_told_as_such_and_then_it_goes_on() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    let id = watch(&guest, "notes").await;
    for n in 0..3000 {
        fs::write(ground.at(&format!("notes/2024/{n}")), "").expect("it can be written");
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    refused(&ground, guest.call("changes", json!([id, 5000])).await, "exhausted", "list it again");
    fs::write(ground.at("notes/after"), "").expect("it can be written");
    assert!(told(&changes(&guest, id).await, "notes/after", "created"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_belongs_to_its_instance_and_there_are_eight_at_most() {
    let ground = Ground::new();
    let (one, other) = (ground.guest(&["notes"]), ground.guest(&["notes"]));
    let first = watch(&one, "notes").await;
    refused(&ground, other.call("changes", json!([first, 0])).await, "not-found", "no watch");
    for _ in 1..8 {
        watch(&one, "notes/2024").await;
    }
    refused(&ground, one.one("watch", "notes").await, "exhausted", "8");
    one.call("unwatch", json!([first])).await.expect("granted");
    one.call("unwatch", json!([first])).await.expect("twice is no error");
    refused(&ground, one.call("changes", json!([first, 0])).await, "not-found", "no watch");
    watch(&one, "notes").await;
    watch(&other, "notes").await;
    refused(&ground, one.one("watch", "notes/plan.md").await, "invalid", "no folder");
    refused(&ground, one.one("watch", "outside").await, "denied", "`notes`");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_has_64_watches_and_those_of_instances_that_ended_are_free() {
    let ground = Ground::new();
    let mut guests: Vec<_> = (0..8).map(|_| ground.guest(&["notes"])).collect();
    for guest in &guests {
        for _ in 0..8 {
            watch(guest, "notes/2024").await;
        }
    }
    let late = ground.guest(&["notes"]);
    refused(&ground, late.one("watch", "notes").await, "exhausted", "64");
    guests.pop();
    watch(&late, "notes").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_back_is_not_told_any_more() {
    let ground = Ground::new();
    let mut guest = ground.guest(&["notes"]);
    let id = watch(&guest, "notes").await;
    fs::write(ground.at("notes/a"), "x").expect("it can be written");
    guest.terms = [ground.terms(&["notes/2024"])].into_iter().collect();
    refused(&ground, guest.call("changes", json!([id, 1000])).await, "denied", "not granted any more");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_link_leads_to_is_not_told() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    let id = watch(&guest, "notes").await;
    // Put in a folder's place right after it was made, so that the watcher may take the one for the other.
    for round in 0..50 {
        let place = ground.at(&format!("notes/box-{round}"));
        fs::create_dir(&place).expect("it can be made");
        fs::remove_dir(&place).expect("it can be removed");
        std::os::unix::fs::symlink(ground.at("outside"), &place).expect("it can be linked");
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    fs::write(ground.at("outside/only-outside"), "x").expect("it can be written");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let found = changes(&guest, id).await;
    assert!(told(&found, "notes/box-0", "created"), "{found:?}");
    assert!(!found.iter().any(|(path, _)| path.contains("only-outside")), "{found:?}");
}
