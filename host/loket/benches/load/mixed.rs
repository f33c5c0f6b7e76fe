//! A mixed load: talk, recall, tools and refusals from eight askers at a time, and a package that comes and goes.

use crate::crowd::name;
use crate::house::{House, built};
use crate::usage;
use loket_gateways::desk::{CallRequest, Desk as _};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How many ask at a time.
const ASKERS: usize = 8;
/// How often it is looked what is used.
const LOOKS: u32 = 60;

/// How long a package that came stays, and how long it stays away.
const STAY: Duration = Duration::from_secs(5);

/// Loads the host for so long, and prints what it uses meanwhile. Between two things an asker rests.
pub(crate) async fn load(house: &Arc<House>, agents: usize, time: Duration, rest: Duration) {
    if time.is_zero() {
        return;
    }
    house.host.watch();
    let until = Instant::now() + time;
    let (done, failed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let askers: Vec<_> = (0..ASKERS)
        .map(|asker| {
            let (house, done, failed) = (house.clone(), done.clone(), failed.clone());
            tokio::spawn(async move {
                let mut at = asker as u64;
                while Instant::now() < until {
                    // A walk through all agents, each asker by a way of its own.
                    at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    match ask(&house, &name((at >> 33) as usize % agents), at >> 60).await {
                        true => done.fetch_add(1, Ordering::Relaxed),
                        false => failed.fetch_add(1, Ordering::Relaxed),
                    };
                    tokio::time::sleep(rest).await;
                }
            })
        })
        .collect();
    let package = tokio::spawn(come_and_go(house.clone(), until, failed.clone()));
    println!("{:>8} {:>10} {:>8} {:>10} {:>12}", "seconds", "done", "failed", "MiB", "descriptors");
    let begun = Instant::now();
    let mut samples = Vec::new();
    while Instant::now() < until {
        tokio::time::sleep(time / LOOKS).await;
        let (memory, files) = (usage::memory(), usage::descriptors());
        samples.push((memory, files));
        println!(
            "{:>8} {:>10} {:>8} {memory:>10} {files:>12}",
            begun.elapsed().as_secs(),
            done.load(Ordering::Relaxed),
            failed.load(Ordering::Relaxed)
        );
    }
    for asker in askers {
        asker.await.expect("an asker does not panic");
    }
    let came = package.await.expect("it does not panic");
    println!("a package came, was called and went {came} times, with other bytes each time");
    // The first third fills caches.
    let late = &samples[samples.len() / 3..];
    let (first, last) = (&late[..late.len() / 4 + 1], &late[late.len() - late.len() / 4 - 1..]);
    let mean = |part: &[(u64, usize)]| part.iter().map(|(memory, _)| *memory).sum::<u64>() / part.len() as u64;
    let most = |part: &[(u64, usize)]| part.iter().map(|(_, files)| *files).max().unwrap_or(0);
    println!(
        "memory from {} to {} MiB, descriptors from {} to {}, after caches were filled",
        mean(first),
        mean(last),
        most(first),
        most(last)
    );
}

/// Drops a package in, calls it and takes it away, again and again; how often.
async fn come_and_go(house: Arc<House>, until: Instant, failed: Arc<AtomicU64>) -> u64 {
    let bytes = std::fs::read(built("LOKET_FIXTURES").join("test/echo/0.1.0.wasm")).expect("it was built");
    let folder = house.folder.path().join("registry/load/passing");
    std::fs::create_dir_all(&folder).expect("it can be made");
    let (place, beside) = (folder.join("1.0.0.wasm"), folder.join(".1.0.0.wasm"));
    let mut came = 0u64;
    while Instant::now() < until {
        let mut other = bytes.clone();
        other.extend([0, 10, 1, b'n']);
        other.extend(came.to_le_bytes());
        std::fs::write(&beside, other).and_then(|()| std::fs::rename(&beside, &place)).expect("it can be written");
        tokio::time::sleep(STAY).await;
        let request = CallRequest {
            capability: "test:echo/acts".into(),
            package: Some("load:passing".into()),
            function: "echo".into(),
            arguments: json!({ "text": "here" }),
            agent: None,
        };
        if house.host.call(request).await.is_err() {
            failed.fetch_add(1, Ordering::Relaxed);
        }
        std::fs::remove_file(&place).expect("it is there");
        tokio::time::sleep(STAY).await;
        came += 1;
    }
    came
}

/// One thing of many; whether it came to what it should.
async fn ask(house: &House, agent: &str, which: u64) -> bool {
    match which {
        0..=7 => house.say(agent, "my bicycle is green").await.is_ok(),
        8..=10 => house.say(agent, "what colour is my bicycle?").await.is_ok(),
        11..=12 => {
            let query = json!([{ "text": "bicycle", "kinds": [], "tags": [], "conversation": null, "without": [], "around": 0, "limit": 5 }]);
            house.call_for(agent, "loket:brain/memory", "recall", query).await.is_ok()
        }
        13 => house.call_for(agent, "loket:calc/arithmetic", "evaluate", json!(["19.99 * 3"])).await.is_ok(),
        // Nobody granted this to the agents' tools.
        14 => house.call_for(agent, "test:proxy/acts", "peek", json!(["bicycle"])).await.is_err(),
        _ => house.call_for(agent, "loket:calc/arithmetic", "evaluate", json!(["1 +"])).await.is_ok(),
    }
}
