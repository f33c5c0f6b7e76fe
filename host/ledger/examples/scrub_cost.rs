//! What a scrub costs: a walk over all payloads, a commit for each row that holds one with the words, a walk over the file.
//!
//! ```sh
//! cargo run --release -p loket-ledger --example scrub_cost -- 512
//! ```
//!
//! The number is how many MiB of payloads the ledger has.

use loket_ledger::scrub::{Progress, Stage};
use loket_ledger::{Kind, Ledger, Line, Payload, RedbStorage, Seq, TurnId};
use std::time::{Duration, Instant};

const PHRASE: &str = "the words that are to be forgotten";
/// So long is a payload, as arguments and results are; each block has a second's worth of a busy host.
const PAYLOAD: usize = 2 << 10;
const BLOCK: usize = 50;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mib: usize = std::env::args().nth(1).map_or(Ok(256), |mib| mib.parse())?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("ledger.redb");
    let ledger = Ledger::open(RedbStorage::open(&path)?)?;
    let blocks = mib * (1 << 20) / PAYLOAD / BLOCK;
    // The words are in one block of a hundred, in one line.
    let start = Instant::now();
    for block in 0..blocks {
        let mut last = Seq(0);
        for n in 0..BLOCK {
            last = ledger.append(line(block, n, block % 100 == 7 && n == 3));
        }
        ledger.settle_blocking(last)?;
    }
    let size = || std::fs::metadata(&path).map(|file| file.len() >> 20);
    println!("{mib} MiB of payloads in {blocks} blocks, a file of {} MiB, written in {:?}", size()?, start.elapsed());

    scrub(&ledger, "nothing found", &[b"words that nobody said".to_vec()])?;
    let many: Vec<Vec<u8>> =
        (0..5_000_u32).map(|n| format!("{} {n:08}", blake3::hash(&n.to_le_bytes())).into_bytes()).collect();
    scrub(&ledger, "nothing found, 5000 needles", &many)?;
    // Someone goes on appending, and tells how long the longest wait was.
    let (ended, end) = std::sync::mpsc::channel::<()>();
    let writer = std::thread::spawn({
        let ledger = ledger.clone();
        move || {
            let mut longest = Duration::ZERO;
            while end.try_recv().is_err_and(|error| error == std::sync::mpsc::TryRecvError::Empty) {
                let start = Instant::now();
                if ledger.settle_blocking(ledger.append(line(0, 0, false))).is_err() {
                    break;
                }
                longest = longest.max(start.elapsed());
                std::thread::sleep(Duration::from_millis(5));
            }
            longest
        }
    });
    scrub(&ledger, "one row of a hundred", &[PHRASE.as_bytes().to_vec()])?;
    drop(ended);
    let longest = writer.join().map_err(|_| "the writer panicked")?;
    println!("meanwhile the longest wait for a durable line was {longest:?}; the file has {} MiB now", size()?);
    scrub(&ledger, "again", &[PHRASE.as_bytes().to_vec()])?;
    Ok(())
}

fn scrub(ledger: &Ledger, what: &str, needles: &[Vec<u8>]) -> Result<(), loket_ledger::LedgerError> {
    let start = Instant::now();
    let mut lines = Duration::ZERO;
    let answer = ledger.scrub(needles, |now: Progress| {
        if now.stage == Stage::Lines {
            lines = start.elapsed();
        }
    })?;
    let file = start.elapsed() - lines;
    println!("{what}: {} payloads, {} erased, lines {lines:?}, file {file:?}", answer.payloads, answer.erased);
    Ok(())
}

fn line(block: usize, n: usize, secret: bool) -> Line {
    let mut words = format!("{{\"block\": {block}, \"line\": {n}, \"text\": \"");
    while words.len() < PAYLOAD {
        words.push_str("some words that are quite usual,\\n and more of them; ");
    }
    words.push_str(if secret { PHRASE } else { "nothing" });
    words.push_str("\"}");
    Line {
        turn: TurnId(block as u128),
        call: n as u32,
        parent: 0,
        kind: Kind::Intent,
        time: 1_700_000_000_000,
        chain: "owner > agent:assistant".into(),
        capability: "loket:brain/memory".into(),
        function: "remember".into(),
        labels: 0,
        payload: Payload::Json(words),
    }
}
