//! The counter under load: many agents at once on few cores. A binary of its own, so that nothing else runs beside it.

#[path = "host/crowd.rs"]
mod crowd;
#[path = "host/house.rs"]
#[expect(dead_code, reason = "this binary needs less of a house than the other")]
mod house;

use crowd::{crowd, name};
use futures::future::join_all;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Agents that talk.
const AGENTS: usize = 100;
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_agents_are_answered_while_one_of_them_loops() {
    let house = Arc::new(crowd(AGENTS, "[limits]\ncpu_seconds = 5\nseconds = 60\n").await);
    let looper = name(0);
    house.grant(&looper, "test:hostile").await;
    let others = (1..AGENTS).map(|agent| {
        let house = house.clone();
        tokio::spawn(async move {
            let (agent, begun) = (name(agent), Instant::now());
            let told = house.say(&agent, &format!("my server is called {agent}")).await;
            told.unwrap_or_else(|problem| panic!("{agent} takes it in: {problem:?}"));
            let reply = house.say(&agent, "what is my server called?").await;
            let reply = reply.unwrap_or_else(|problem| panic!("{agent} answers: {problem:?}"));
            assert!(reply.text.contains(&agent), "{agent} remembers its own: {}", reply.text);
            begun.elapsed()
        })
    });
    let looping = tokio::spawn({
        let house = house.clone();
        async move { house.say(&looper, "/spin").await }
    });
    let mut times: Vec<Duration> = join_all(others).await.into_iter().map(|time| time.expect("it ends well")).collect();
    times.sort();
    let reply = looping.await.expect("it ends").expect("also the one that loops answers, with what came of it");
    assert!(reply.text.contains("cpu"), "the loop ran into its limit: {}", reply.text);
    let p99 = times[times.len() * 99 / 100];
    println!(
        "two turns each of {} agents, beside one that loops: p50 {:?}, p99 {p99:?}",
        times.len(),
        times[times.len() / 2]
    );
    assert!(p99 < Duration::from_secs(30), "nobody waits for the one that loops to end: {p99:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_is_asked_too_much_is_refused_and_others_are_not() {
    let house = Arc::new(crowd(2, "[limits]\nagent_turns = 1\nagent_waiting = 2\n").await);
    let asks = (0..20).map(|_| {
        let house = house.clone();
        tokio::spawn(async move { house.say(&name(0), "hello").await.map_err(|problem| problem.code) })
    });
    let asks: Vec<_> = asks.collect();
    house.say(&name(1), "hello").await.expect("another agent has a lane of its own");
    let answers: Vec<_> = join_all(asks).await.into_iter().map(|answer| answer.expect("it ends")).collect();
    assert!(answers.iter().filter(|answer| answer.is_ok()).count() >= 3, "those in the line are served");
    let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert!(!refused.is_empty(), "twenty do not fit into a line of two");
    assert!(refused.iter().all(|code| *code == "exhausted"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_begins_too_many_turns_a_minute_is_told_so_and_others_are_not() {
    let house = crowd(2, "[limits]\nagent_turns_a_minute = 3\n").await;
    for turn in 1..=3 {
        house.say(&name(0), "hello").await.unwrap_or_else(|problem| panic!("turn {turn} is answered: {problem:?}"));
    }
    let refused = house.say(&name(0), "hello").await.expect_err("three are enough");
    assert_eq!(refused.code, "exhausted", "{refused:?}");
    assert!(refused.message.contains("3 turns a minute; try again in "), "{refused:?}");
    house.say(&name(1), "hello").await.expect("another agent has its own three");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_instances_together_take_no_more_memory_than_they_may() {
    const ONE: u64 = 32 << 20;
    let limits = "total_memory_mib = 48\nmemory_mib = 32\nturns = 16\nagent_turns = 16\n";
    let house = Arc::new(crowd(1, &format!("[limits]\n{limits}")).await);
    let takers = (0..16).map(|_| {
        let house = house.clone();
        tokio::spawn(async move { house.call("test:hostile/acts", "grow-memory", json!({})).await })
    });
    let takers: Vec<_> = takers.collect();
    let mut most = 0;
    while !takers.iter().all(tokio::task::JoinHandle::is_finished) {
        let (taken, limit) = house.host.memory();
        assert!(taken <= limit, "{taken} of {limit}");
        most = most.max(taken);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for answer in join_all(takers).await {
        if let Err(problem) = answer.expect("it ends") {
            assert_eq!(problem.code, "exhausted", "{problem:?}");
        }
    }
    // As much as one may have, but for what an instance has to begin with.
    let alone = house.call("test:hostile/acts", "grow-memory", json!({})).await.expect("there is room again");
    assert!(alone.as_u64().is_some_and(|taken| taken > ONE / 8 * 7), "whoever is alone gets its own limit: {alone}");
    assert!(most > ONE as usize, "several ran at once: {most}");
    assert_eq!(house.host.memory().0, 0, "what they had is given back");
}
