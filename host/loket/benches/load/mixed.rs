//! A mixed load: talk, recall, tools, refusals, grants that come and go, from eight askers at a time.

use crate::crowd::name;
use crate::house::House;
use crate::usage;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How many ask at a time.
const ASKERS: usize = 8;
/// How often it is looked what is used.
const LOOKS: u32 = 60;

/// Loads the host for so long, and prints what it uses meanwhile.
pub(crate) async fn load(house: &Arc<House>, agents: usize, time: Duration) {
    if time.is_zero() {
        return;
    }
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
                }
            })
        })
        .collect();
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

/// One thing of many; whether it came to what it should.
async fn ask(house: &House, agent: &str, which: u64) -> bool {
    match which {
        0..=7 => house.say(agent, "my bicycle is green").await.is_ok(),
        8..=10 => house.say(agent, "what colour is my bicycle?").await.is_ok(),
        11..=12 => {
            let query = json!([{ "text": "bicycle", "kinds": [], "tags": [], "conversation": null, "limit": 5 }]);
            house.call_for(agent, "loket:brain/memory", "recall", query).await.is_ok()
        }
        13 => house.call_for(agent, "loket:calc/arithmetic", "evaluate", json!(["19.99 * 3"])).await.is_ok(),
        // Nobody granted this to the agents' tools.
        14 => house.call_for(agent, "test:proxy/acts", "peek", json!(["bicycle"])).await.is_err(),
        _ => house.call_for(agent, "loket:calc/arithmetic", "evaluate", json!(["1 +"])).await.is_ok(),
    }
}
