//! The counter under load: many agents at once on few cores. A binary of its own, so that nothing else runs beside it.

#[path = "host/house.rs"]
#[expect(dead_code, reason = "this binary needs less of a house than the other")]
mod house;

use futures::future::join_all;
use house::House;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Agents that talk.
const AGENTS: usize = 100;
/// What every one of them is granted.
const GRANTS: [&str; 4] = ["loket:brain/memory", "loket:model/chat", "loket:tools/catalog", "loket:offline"];

/// A home with so many agents of the assistant's package, granted what they need before the host opens it.
async fn crowd(agents: usize, settings: &str) -> House {
    let folder = Arc::new(TempDir::new().expect("a temporary folder"));
    house::lay_out(folder.path(), settings);
    let first = folder.path().join("agents/bob");
    for agent in 0..agents {
        let place = folder.path().join("agents").join(name(agent));
        std::fs::create_dir(&place).expect("it can be made");
        for file in ["agent.toml", "persona.md"] {
            std::fs::copy(first.join(file), place.join(file)).expect("bob has it");
        }
    }
    grant_all(folder.path(), agents);
    House::open(folder).await
}

fn name(agent: usize) -> String {
    format!("agent-{agent:05}")
}

/// Writes the grants as the host keeps them: one act for each would write the file anew each time.
fn grant_all(home: &Path, agents: usize) {
    let mut rows = Vec::new();
    for agent in 0..agents {
        for capability in GRANTS {
            let own = capability.contains('/');
            rows.push(serde_json::json!({
                "id": rows.len() + 1,
                "grantee": format!("agent:{}", name(agent)),
                "scope": {
                    "provider": if own { "host" } else { capability },
                    "interface": own.then_some(capability),
                    "functions": [],
                },
                "verdict": "allow",
                "per_turn": null,
                "per_day": null,
                "delegates": [],
                "since": 0,
            }));
        }
    }
    let file = serde_json::json!({ "format": 1, "next": rows.len() + 1, "grants": rows });
    std::fs::write(home.join("state/grants.json"), file.to_string()).expect("it can be written");
}

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
