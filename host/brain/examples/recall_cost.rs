//! What a recall and a durable write cost, at three sizes: `cargo run --release -p loket-brain --example recall_cost
//! [most]`.

use loket_brain::{Brain, BrainError, Draft, Kind, Options, Origin, Query};
use std::time::{Duration, Instant};

const SUBJECTS: [&str; 40] = [
    "server",
    "printer",
    "garden",
    "invoice",
    "meeting",
    "holiday",
    "recipe",
    "bicycle",
    "router",
    "library",
    "dentist",
    "birthday",
    "contract",
    "window",
    "kitchen",
    "project",
    "release",
    "database",
    "customer",
    "neighbour",
    "train",
    "ticket",
    "passport",
    "insurance",
    "battery",
    "camera",
    "projector",
    "coffee",
    "ladder",
    "archive",
    "backup",
    "firewall",
    "keyboard",
    "mailbox",
    "parking",
    "receipt",
    "schedule",
    "telescope",
    "umbrella",
    "violin",
];
const VERBS: [&str; 12] = [
    "moved to",
    "was seen near",
    "belongs to",
    "broke at",
    "costs",
    "arrived from",
    "is kept in",
    "was repaired by",
    "waits for",
    "leads to",
    "depends on",
    "was sold to",
];

/// A plausible note: some frequent words, some rare ones.
fn note(n: u64) -> String {
    let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let subject = |shift: u32| SUBJECTS[(mixed >> shift) as usize % SUBJECTS.len()];
    let verb = VERBS[(mixed >> 20) as usize % VERBS.len()];
    format!(
        "the {} of {} {} {} 10.{}.{}.{} on day {n}",
        subject(0),
        subject(8),
        verb,
        subject(32),
        n >> 16 & 255,
        n >> 8 & 255,
        n & 255
    )
}

fn draft(n: u64) -> Draft {
    let kind = if n.is_multiple_of(5) { Kind::Episode } else { Kind::Fact };
    Draft { conversation: Some(format!("c{}", n % 50)), ..Draft::new(kind, note(n)) }
}

fn median(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

fn fill(brain: &Brain, from: u64, to: u64) -> Result<(), BrainError> {
    // Many writers at once, as they share syncs.
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..64)
            .map(|writer| {
                scope.spawn(move || {
                    (from + writer..to)
                        .step_by(64)
                        .try_for_each(|n| brain.remember(draft(n), Origin { time: n, ..Origin::default() }).map(|_| ()))
                })
            })
            .collect();
        writers.into_iter().try_for_each(|writer| writer.join().unwrap_or(Err(BrainError::Closed)))
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let most: u64 = std::env::args().nth(1).map_or(Ok(100_000), |most| most.parse())?;
    let dir = tempfile::tempdir()?;
    let mut size = 0;
    for target in [1_000, 10_000, 100_000].into_iter().filter(|target| *target <= most) {
        let brain = Brain::open(dir.path(), Options::default())?;
        let began = Instant::now();
        fill(&brain, size, target)?;
        let filled = began.elapsed();
        brain.index_now()?;
        let rate = (target - size) as f64 / filled.as_secs_f64();
        size = target;

        let time = |question: &dyn Fn(u64) -> Query| -> Result<(Duration, Duration), BrainError> {
            let mut times = Vec::new();
            for n in 0..400 {
                let query = question(n * 7919 % size);
                let began = Instant::now();
                std::hint::black_box(brain.recall(&query)?);
                times.push(began.elapsed());
            }
            Ok(median(times))
        };
        let three = time(&|n| {
            Query::words(format!(
                "what {} the {} of the {}",
                VERBS[n as usize % 12],
                SUBJECTS[n as usize % 40],
                SUBJECTS[n as usize / 3 % 40]
            ))
        })?;
        let rare = time(&|n| Query::words(format!("who is 10.{}.{}.{}?", n >> 16 & 255, n >> 8 & 255, n & 255)))?;
        let newest = time(&|n| Query { conversation: Some(format!("c{}", n % 50)), ..Query::words("") })?;
        let mut times = Vec::new();
        for n in 0..200 {
            let began = Instant::now();
            brain.remember(draft(10_000_000 + size + n), Origin { time: size, ..Origin::default() })?;
            times.push(began.elapsed());
        }
        let durable = median(times);
        let tail =
            time(&|n| Query::words(format!("what {} the {}", VERBS[n as usize % 12], SUBJECTS[n as usize % 40])))?;
        drop(brain);
        let began = Instant::now();
        let brain = Brain::open(dir.path(), Options::default())?;
        let opened = began.elapsed();
        drop(brain);
        std::fs::remove_dir_all(dir.path().join("index"))?;
        let began = Instant::now();
        drop(Brain::open(dir.path(), Options::default())?);
        let rebuilt = began.elapsed();
        println!("{size:>7} memories     p50        p99");
        for (what, (p50, p99)) in [
            ("recall, frequent words", three),
            ("recall, an address", rare),
            ("recall, with a tail of 200", tail),
            ("newest of a conversation", newest),
            ("remember, durable", durable),
        ] {
            println!("  {what:<27} {p50:>9.1?}  {p99:>9.1?}");
        }
        println!("  64 writers {rate:.0}/s, open {opened:.1?}, open without an index {rebuilt:.1?}");
    }
    Ok(())
}
