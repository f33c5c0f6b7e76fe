//! `cargo xtask bench load`: many agents, many turns at once, and a long time, in one process with a home of its own.
//!
//! Three figures: what so many registered agents cost; what so many turns in flight cost, and how long they take; and whether memory and
//! descriptors stay flat under a mixed load. `--agents N`, `--turns N` and `--minutes N` choose how much of each, `--rest N` for how many
//! milliseconds an asker of the mixed load rests between two things. Nothing here fails for being slow; the lines say what was met.
//!
//! Files in reading order: `mixed` the long load, `usage` what the process uses.

#[cfg(target_os = "linux")]
mod mixed;
#[cfg(target_os = "linux")]
mod usage;

#[cfg(target_os = "linux")]
#[path = "../../tests/host/crowd.rs"]
mod crowd;
#[cfg(target_os = "linux")]
#[path = "../../tests/host/house.rs"]
#[expect(dead_code, reason = "a benchmark needs less of a house than the tests")]
mod house;

#[cfg(target_os = "linux")]
fn main() {
    run::run();
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("memory and descriptors are read from /proc; this benchmark runs on Linux only");
}

#[cfg(target_os = "linux")]
mod run {
    use crate::crowd::{crowd, name};
    use crate::house::House;
    use crate::{mixed, usage};
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    /// What is asked for; the issue's own figures when nothing is said.
    struct Wanted {
        agents: usize,
        turns: usize,
        minutes: u64,
        rest: u64,
    }

    impl Wanted {
        fn read() -> Wanted {
            let mut wanted = Wanted { agents: 10_000, turns: 1_000, minutes: 1, rest: 0 };
            let mut words = std::env::args().skip(1);
            while let Some(word) = words.next() {
                let mut number = || words.next().and_then(|n| n.parse().ok());
                match word.as_str() {
                    "--agents" => wanted.agents = number().unwrap_or(wanted.agents).max(2),
                    "--turns" => wanted.turns = number().unwrap_or(wanted.turns),
                    "--minutes" => wanted.minutes = number().unwrap_or(wanted.minutes as usize) as u64,
                    "--rest" => wanted.rest = number().unwrap_or(0) as u64,
                    // Cargo's own.
                    _ => {}
                }
            }
            wanted.turns = wanted.turns.min(wanted.agents);
            wanted
        }
    }

    #[tokio::main(flavor = "multi_thread", worker_threads = 2)]
    pub(crate) async fn run() {
        let wanted = Wanted::read();
        // So many at once, rather than one after the other as the default would have it on a small machine.
        let settings = format!("[limits]\nturns = {}\nseconds = 600\ntotal_memory_mib = 1536\n", wanted.turns);
        let begun = Instant::now();
        let house = Arc::new(crowd(wanted.agents, &settings).await);
        let (memory, files) = (usage::memory(), usage::descriptors());
        println!("{} agents registered in {:.1?}: {memory} MiB, {files} descriptors", wanted.agents, begun.elapsed());

        usage::forget_peak();
        at_once(&house, wanted.turns, "the first").await;
        at_once(&house, wanted.turns, "the second").await;
        println!("most of it at one time: {} MiB", usage::peak());
        let (time, rest) = (Duration::from_secs(wanted.minutes * 60), Duration::from_millis(wanted.rest));
        mixed::load(&house, wanted.agents, time, rest).await;
        house.host.close().await;
    }

    /// A turn of so many agents at the same time.
    async fn at_once(house: &Arc<House>, turns: usize, which: &str) {
        let begun = Instant::now();
        let all: Vec<_> = (0..turns)
            .map(|agent| {
                let house = house.clone();
                tokio::spawn(async move {
                    let agent = name(agent);
                    house.say(&agent, &format!("my server is called {agent}")).await.map(|_| begun.elapsed())
                })
            })
            .collect();
        let mut running = 0;
        while all.iter().any(|turn| !turn.is_finished()) {
            running = running.max(house.host.running.count());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let (mut times, mut refused) = (Vec::new(), Vec::new());
        for turn in all {
            match turn.await.expect("a turn does not panic") {
                Ok(time) => times.push(time),
                Err(problem) => refused.push(format!("{}: {}", problem.code, problem.message)),
            }
        }
        times.sort();
        let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
        println!(
            "{which} {turns} turns at once: {} answered, {running} in flight at one time, p50 {:.2?}, p99 {:.2?}",
            times.len(),
            at(50),
            at(99)
        );
        if let Some(first) = refused.first() {
            println!("  {} refused, the first with `{first}`", refused.len());
        }
    }
}
