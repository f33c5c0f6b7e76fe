//! What changes between a check and its use: a thread swaps a folder with a link, as fast as it can, while a component reads and writes.

#![cfg(unix)]

use crate::ground::{Ground, SECRET};
use serde_json::json;
use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Swaps until it is dropped.
struct Swapper {
    stop: Arc<AtomicBool>,
    swaps: Arc<AtomicUsize>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Swapper {
    fn begin(swap: impl Fn() + Send + 'static) -> Swapper {
        let (stop, swaps) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (stopped, count) = (stop.clone(), swaps.clone());
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                swap();
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        Swapper { stop, swaps, thread: Some(thread) }
    }
}

impl Drop for Swapper {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        assert!(self.swaps.load(Ordering::Relaxed) > 100, "the swapping went on");
    }
}

const LONG: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_turns_into_a_link_and_back_never_leads_out() {
    let ground = Ground::new();
    fs::create_dir(ground.at("notes/box")).expect("it can be made");
    fs::write(ground.at("notes/box/secret.txt"), "inside").expect("it can be written");
    fs::write(ground.at("outside/only-outside.txt"), "").expect("it can be written");
    let (here, aside, out) = (ground.at("notes/box"), ground.at("notes/aside"), ground.at("outside"));
    let swapper = Swapper::begin(move || {
        let _ = fs::rename(&here, &aside);
        let _ = symlink(&out, &here);
        std::thread::yield_now();
        let _ = fs::remove_file(&here);
        let _ = fs::rename(&aside, &here);
        std::thread::yield_now();
    });
    let guest = ground.guest(&["notes"]);
    let (mut inside, mut refused, begun) = (0, 0, Instant::now());
    while begun.elapsed() < LONG {
        match guest.read("notes/box/secret.txt").await {
            Ok(text) => {
                assert_eq!(text, "inside");
                inside += 1;
            }
            Err(_) => refused += 1,
        }
        let _ = guest.create(&format!("notes/box/new-{inside}-{refused}"), "x").await;
        let _ = guest.append("notes/box/secret-2.txt", "x").await;
        let _ = guest.call("list", json!(["notes/box", null, 1000])).await.map(|(entries, _)| {
            assert!(!entries.to_string().contains("only-outside.txt"), "{entries}");
        });
    }
    drop(swapper);
    assert!(inside > 0 && refused > 0, "both happened: {inside} inside, {refused} refused");
    assert_eq!(fs::read_dir(ground.at("outside")).expect("still there").count(), 2, "nothing was written there");
    assert_eq!(fs::read_to_string(ground.at("outside/secret.txt")).expect("still there"), SECRET);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_turns_into_a_link_or_a_second_name_and_back_never_leads_out() {
    let ground = Ground::new();
    let (file, part, out) = (ground.at("notes/file"), ground.at("notes/part"), ground.at("outside/secret.txt"));
    let swapper = Swapper::begin(move || {
        let _ = fs::write(&part, "inside").and_then(|()| fs::rename(&part, &file));
        let _ = symlink(&out, &part).and_then(|()| fs::rename(&part, &file));
        let _ = fs::hard_link(&out, &part).and_then(|()| fs::rename(&part, &file));
    });
    let guest = ground.guest(&["notes"]);
    let (mut inside, mut refused, begun) = (0, 0, Instant::now());
    while begun.elapsed() < LONG {
        match guest.read("notes/file").await {
            Ok(text) => {
                assert!("inside".starts_with(&text), "it read `{text}`");
                inside += 1;
            }
            Err(_) => refused += 1,
        }
        let _ = guest.append("notes/file", "").await;
        let _ = guest.replace("notes/file", "inside").await;
    }
    drop(swapper);
    assert!(inside > 0 && refused > 0, "both happened: {inside} inside, {refused} refused");
    assert_eq!(fs::read_to_string(ground.at("outside/secret.txt")).expect("still there"), SECRET);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_create_the_same_file_do_not_both_succeed() {
    let ground = Ground::new();
    for round in 0..50 {
        let path = format!("notes/{round}");
        let (one, other) = (ground.guest(&["notes"]), ground.guest(&["notes"]));
        let (a, b) = tokio::join!(one.create(&path, "a"), other.create(&path, "b"));
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
        assert_eq!(one.read(&path).await.expect("granted"), if a.is_ok() { "a" } else { "b" });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_the_old_file_or_the_new_one_never_a_part() {
    let ground = Ground::new();
    let guest = ground.guest(&["notes"]);
    let texts = ["a".repeat(200_000), "b".repeat(300_000)];
    guest.replace("notes/whole", &texts[0]).await.expect("granted");
    let stop = AtomicBool::new(false);
    let write = async {
        for round in 0..40 {
            guest.replace("notes/whole", &texts[round % 2]).await.expect("granted");
        }
        stop.store(true, Ordering::Relaxed);
    };
    let read = async {
        while !stop.load(Ordering::Relaxed) {
            let text = guest.read("notes/whole").await.expect("granted");
            assert!(texts.contains(&text), "{} bytes", text.len());
        }
    };
    tokio::join!(write, read);
    assert_eq!(
        guest.paths("list", "notes").await,
        ["notes/2024", "notes/plan.md", "notes/whole"],
        "nothing is left over"
    );
}
