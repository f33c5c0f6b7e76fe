//! What changes while a path is used: a thread swaps what has a name, as fast as it can, while a component reads and writes there.

use super::files::Ground;
use super::{Attempt, FOLDERS, file};
use serde_json::json;
use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Swaps until it is dropped.
struct Swapper {
    stop: Arc<AtomicBool>,
    swaps: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Swapper {
    fn begin(swap: impl Fn() + Send + 'static) -> Swapper {
        let (stop, swaps): (Arc<AtomicBool>, Arc<AtomicUsize>) = Default::default();
        let (stopped, count) = (stop.clone(), swaps.clone());
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                swap();
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        Swapper { stop, swaps, thread: Some(thread) }
    }

    fn end(mut self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().expect("it runs").join().expect("it swaps without a fault");
        self.swaps.load(Ordering::Relaxed)
    }
}

/// A test that broke off must not swap for ever.
impl Drop for Swapper {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// How often a component reads in one call.
const TIMES: usize = 100;
/// How often each of both must have happened: that it read, and that it was refused.
const OFTEN: usize = 100;
/// How long it is tried at least, and how long at most.
const LONG: [Duration; 2] = [Duration::from_secs(3), Duration::from_secs(120)];

/// Reads a file that is now granted and now not: what is read is the granted one, and each refusal has its line. Writes to it, and to what is
/// beside it, in between.
async fn reads(ground: &Ground, path: &str, beside: &str) {
    let (mut inside, mut refused, begun) = (0, 0, Instant::now());
    let read = Attempt { capability: FOLDERS, act: "read-often", arguments: json!({ "path": path, "times": TIMES }) };
    while inside < OFTEN || refused < OFTEN || begun.elapsed() < LONG[0] {
        assert!(begun.elapsed() < LONG[1], "both happen: {inside} inside, {refused} refused");
        let (answers, lines) = ground.house.attempt(&read).await;
        let answers = answers.as_array().expect("a list");
        assert_eq!((answers.len(), lines.len()), (TIMES, 2 * TIMES), "an intent and an end for each");
        for (answer, lines) in answers.iter().zip(lines.chunks(2)) {
            let end = match (answer["ok"].as_str(), answer["err"].as_str().unwrap_or_default()) {
                // What was just not there is made anew below, and is empty.
                (Some(text), _) => {
                    assert!(["inside", ""].contains(&text), "it read `{text}`");
                    inside += usize::from(!text.is_empty());
                    "outcome"
                }
                (None, told) if told.starts_with("denied: ") => {
                    refused += 1;
                    "refused"
                }
                // It was just not there, or replaced too often.
                _ => "failed",
            };
            assert_eq!([&*lines[0].kind, &*lines[1].kind], ["intent", end], "{answer}");
        }
        let _ = ground.house.attempt(&file("append", path, "")).await;
        let _ = ground.house.attempt(&file("create", &format!("{beside}-{inside}-{refused}"), "x")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_turns_into_a_link_and_back_never_leads_out() {
    let ground = Ground::new().await;
    fs::create_dir(ground.at("notes/box")).expect("a folder");
    fs::write(ground.at("notes/box/secret.txt"), "inside").expect("a file");
    let (here, aside, out) = (ground.at("notes/box"), ground.at("notes/aside"), ground.at("outside"));
    let swapper = Swapper::begin(move || {
        let _ = fs::rename(&here, &aside);
        let _ = symlink(&out, &here);
        std::thread::yield_now();
        let _ = fs::remove_file(&here);
        if fs::rename(&aside, &here).is_err() {
            // The component has made a folder there meanwhile.
            let _ = fs::remove_dir_all(&here).and_then(|()| fs::rename(&aside, &here));
        }
        std::thread::yield_now();
    });
    reads(&ground, "notes/box/secret.txt", "notes/box/new").await;
    assert!(swapper.end() > 100, "the swapping went on");
    ground.unharmed();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_turns_into_a_link_or_a_second_name_and_back_never_leads_out() {
    let ground = Ground::new().await;
    let (file, part, out) = (ground.at("notes/file"), ground.at("notes/part"), ground.at("outside/secret.txt"));
    let swapper = Swapper::begin(move || {
        let _ = fs::write(&part, "inside").and_then(|()| fs::rename(&part, &file));
        let _ = symlink(&out, &part).and_then(|()| fs::rename(&part, &file));
        let _ = fs::hard_link(&out, &part).and_then(|()| fs::rename(&part, &file));
    });
    reads(&ground, "notes/file", "notes/new").await;
    assert!(swapper.end() > 100, "the swapping went on");
    ground.unharmed();
}
