//! SIGKILL at any moment: a child writes, and is killed five hundred times.

use crate::support::*;
use loket_brain::{Kind, MemoryId, Options, Query};
use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const FOLDER: &str = "LOKET_BRAIN_CRASH_TEST";
const ROUND: &str = "LOKET_BRAIN_CRASH_ROUND";
const ROUNDS: usize = 500;

fn options() -> Options {
    Options { index_after: 10, ..Options::default() }
}

/// The writer that is killed: does nothing unless the test below starts it.
#[test]
fn child_that_remembers_until_it_is_killed() {
    let (Ok(folder), Ok(round)) = (std::env::var(FOLDER), std::env::var(ROUND)) else { return };
    let brain = open_with(Path::new(&folder), options());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                brain.recall(&Query::words("common thing")).expect("recalled");
            }
        });
        for writer in 0..2 {
            let (brain, round) = (&brain, &round);
            scope.spawn(move || {
                for n in 0..100_000 {
                    let word = format!("r{round}w{writer}n{n}");
                    let id =
                        brain.remember(of(Kind::Fact, &format!("common thing {word}")), at(n)).expect("remembered");
                    // One write call a line, so that a killed child leaves at most one line torn.
                    std::io::stdout().write_all(format!("\nACK {id} {word}\n").as_bytes()).expect("told");
                }
            });
        }
    });
}

fn start(folder: &Path, round: usize) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "crash::child_that_remembers_until_it_is_killed", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("the child starts")
}

/// Kills the child a while after its start, or after its first acknowledged memory, and answers with what it
/// acknowledged.
fn killed(mut child: Child, writing: bool, after: Duration) -> Vec<(MemoryId, String)> {
    let output = child.stdout.take().expect("its output");
    let (first, acknowledged) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let lines = BufReader::new(output).lines().map_while(Result::ok).inspect(|line| {
            if line.starts_with("ACK ") {
                let _ = first.send(());
            }
        });
        let read = |line: String| {
            let mut words = line.strip_prefix("ACK ")?.split(' ').map(str::to_owned);
            let (id, word) = (words.next()?, words.next()?);
            // A torn last line has a shorter word; its memory exists under the whole one.
            Some((MemoryId::from(id), word))
        };
        let mut lines: Vec<String> = lines.collect();
        if lines.last().is_some_and(|last| !last.is_empty()) {
            lines.pop();
        }
        lines.into_iter().filter_map(read).collect()
    });
    if writing {
        acknowledged.recv_timeout(Duration::from_secs(60)).expect("the child writes");
    }
    std::thread::sleep(after);
    child.kill().expect("killed");
    child.wait().expect("gone");
    reader.join().expect("read")
}

#[test]
fn five_hundred_kills_lose_nothing_that_was_acknowledged_and_double_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut acknowledged: Vec<(MemoryId, String)> = Vec::new();
    let mut silent = 0;
    for round in 0..ROUNDS {
        // Every fourth somewhere in its opening, the others somewhere in their writing and index commits.
        let writing = round % 4 != 0;
        let after = Duration::from_micros(u64::from(rand::random::<u32>() % if writing { 60_000 } else { 40_000 }));
        let fresh = killed(start(dir.path(), round), writing, after);
        silent += usize::from(fresh.is_empty());
        let brain = open_with(dir.path(), options());
        for (id, word) in &fresh {
            let hits = recall(&brain, word);
            assert_eq!(hits.iter().map(|hit| &hit.entry.id).collect::<Vec<_>>(), [id], "{word} of round {round}");
        }
        acknowledged.extend(fresh);
        if round % 40 == 39 || round + 1 == ROUNDS {
            let listed = all(&brain, &[], 100);
            let there: HashSet<&MemoryId> = listed.iter().map(|entry| &entry.id).collect();
            assert_eq!(there.len(), listed.len(), "an id twice");
            let texts: HashSet<&str> = listed.iter().map(|entry| entry.text.as_str()).collect();
            assert_eq!(texts.len(), listed.len(), "a memory twice");
            for (id, word) in &acknowledged {
                assert!(there.contains(id), "{word} is lost");
            }
            for (id, word) in acknowledged.iter().step_by(17) {
                assert_eq!(recall(&brain, word)[0].entry.id, *id, "{word} is not found");
            }
        }
    }
    println!(
        "{} memories acknowledged in {ROUNDS} rounds, {silent} of them killed before the first",
        acknowledged.len()
    );
    assert!(acknowledged.len() >= ROUNDS / 4 * 3, "the kills come too early");
}
