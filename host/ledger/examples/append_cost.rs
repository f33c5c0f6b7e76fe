//! What a line costs: `cargo run --release -p loket-ledger --example append_cost [folder]`.
//!
//! The file lies in the given folder (else in the system's for temporary files), so the figures are those of its disk.

use loket_ledger::{Kind, Ledger, Line, Payload, RedbStorage, Seq, TurnId};
use loket_values::Value;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

const LINES: u64 = 400_000;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let base = std::env::args_os().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(base)?;
    let path = folder.path().join("ledger.redb");
    let ledger = Ledger::open(RedbStorage::open(&path)?)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build()?;
    let sample = Sample::new();

    runtime.block_on(async {
        appends(&ledger, &sample, "no payload", |_| Payload::None).await?;
        appends(&ledger, &sample, "3 small values", |n| {
            Payload::Values(vec![Value::String("remember this please".to_owned()), Value::U64(n), Value::Bool(true)])
        })
        .await?;
        appends(&ledger, &sample, "1 KiB of text", |_| Payload::Text("x".repeat(1024))).await?;
        spaced(&ledger, &sample).await?;
        for callers in [1, 16, 256] {
            settled(&ledger, &sample, callers).await?;
        }
        Outcome::Ok(())
    })?;

    let start = Instant::now();
    let report = ledger.verify();
    println!("verify: {} lines in {:?}, {} faults", report.lines, start.elapsed(), report.faults.len());
    let start = Instant::now();
    ledger.newest(100)?;
    println!("newest 100: {:?}", start.elapsed());
    let start = Instant::now();
    ledger.erase(Seq(LINES + 1))?;
    println!("erase: {:?}; the file has {} MiB", start.elapsed(), std::fs::metadata(&path)?.len() >> 20);
    drop(ledger);
    let start = Instant::now();
    let ledger = Ledger::open(RedbStorage::open(&path)?)?;
    println!("open: {:?}", start.elapsed());
    // What a kill leaves behind, opened again.
    let copy = folder.path().join("killed.redb");
    std::fs::copy(&path, &copy)?;
    let start = Instant::now();
    drop(Ledger::open(RedbStorage::open(&copy)?)?);
    println!("open after a kill: {:?}", start.elapsed());
    drop(ledger);
    Ok(())
}

struct Sample {
    chain: Arc<str>,
    capability: Arc<str>,
    function: Arc<str>,
    turn: TurnId,
}

impl Sample {
    fn new() -> Self {
        Sample {
            chain: "owner > agent:assistant".into(),
            capability: "loket:brain/memory".into(),
            function: "remember".into(),
            turn: TurnId::new(1_700_000_000_000),
        }
    }

    fn line(&self, call: u64, payload: Payload) -> Line {
        Line {
            turn: self.turn,
            call: call as u32,
            parent: 0,
            kind: Kind::Intent,
            time: 1_700_000_000_000 + call,
            chain: self.chain.clone(),
            capability: self.capability.clone(),
            function: self.function.clone(),
            labels: 1,
            payload,
        }
    }
}

/// Many lines as fast as there is room for them.
async fn appends(ledger: &Ledger, sample: &Sample, name: &str, payload: impl Fn(u64) -> Payload) -> Outcome {
    // The payload's making is the caller's, not ours: measured alone and taken off.
    let before = thread_time();
    (0..LINES).for_each(|n| drop(std::hint::black_box(sample.line(n, payload(n)))));
    let making = thread_time() - before;

    let (start, process) = (Instant::now(), process_time());
    let (mut caller, mut last) = (Duration::ZERO, Seq(0));
    for piece in 0..LINES / 1000 {
        ledger.room().await;
        let before = thread_time();
        for n in 0..1000 {
            last = ledger.append(sample.line(piece * 1000 + n, payload(n)));
        }
        caller += thread_time() - before;
    }
    ledger.settle(last).await?;
    let (wall, process) = (start.elapsed(), process_time() - process);
    println!(
        "append, {name}: {} ns on the caller, {} ns of CPU in all, {:.0} lines/s durable",
        caller.saturating_sub(making).as_nanos() / u128::from(LINES),
        process.saturating_sub(making).as_nanos() / u128::from(LINES),
        LINES as f64 / wall.as_secs_f64(),
    );
    Ok(())
}

/// Lines with a pause between, as calls come in everyday use. The median, because a loaded machine takes the CPU away in between.
async fn spaced(ledger: &Ledger, sample: &Sample) -> Outcome {
    const TIMES: usize = 201;
    for pause in [Duration::from_millis(1), Duration::from_millis(20)] {
        let (mut caller, mut last) = (Vec::with_capacity(TIMES), Seq(0));
        let process = process_time();
        for n in 0..TIMES as u64 {
            std::thread::sleep(pause);
            let line = sample.line(n, Payload::Values(vec![Value::U64(n)]));
            let before = Instant::now();
            last = ledger.append(line);
            caller.push(before.elapsed());
        }
        ledger.settle(last).await?;
        let process = (process_time() - process) / TIMES as u32;
        caller.sort_unstable();
        println!("append, one each {pause:?}: {:?} on the caller, {process:?} of CPU in all", caller[TIMES / 2]);
    }
    Ok(())
}

/// Callers that each wait for their line.
async fn settled(ledger: &Ledger, sample: &Sample, callers: u64) -> Outcome {
    const EACH: u64 = 200;
    let (start, process) = (Instant::now(), process_time());
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let ledger = ledger.clone();
            let lines: Vec<Line> =
                (0..EACH).map(|n| sample.line(caller * EACH + n, Payload::Values(vec![Value::U64(n)]))).collect();
            tokio::spawn(async move {
                for line in lines {
                    ledger.settle(ledger.append(line)).await?;
                }
                Ok::<(), loket_ledger::LedgerError>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    let (wall, process) = (start.elapsed(), process_time() - process);
    let lines = callers * EACH;
    println!(
        "append and settle, {callers} callers: {:?} each, {:.0} lines/s durable, {} ns of CPU a line",
        wall / EACH as u32,
        lines as f64 / wall.as_secs_f64(),
        process.as_nanos() / u128::from(lines),
    );
    Ok(())
}

/// CPU time of the whole process; zero where the system does not tell.
fn process_time() -> Duration {
    cpu_time("/proc/self/schedstat", "/proc/self/task")
}

/// CPU time of this thread; zero where the system does not tell.
fn thread_time() -> Duration {
    cpu_time("/proc/thread-self/schedstat", "")
}

/// The first number of a `schedstat` is nanoseconds on a CPU; of one thread, so a process is the sum of its threads.
fn cpu_time(own: &str, tasks: &str) -> Duration {
    let nanos = |path: PathBuf| {
        std::fs::read_to_string(path).ok().and_then(|text| text.split(' ').next()?.parse::<u64>().ok()).unwrap_or(0)
    };
    let threads = std::fs::read_dir(tasks)
        .map(|threads| threads.flatten().map(|thread| nanos(thread.path().join("schedstat"))).sum());
    Duration::from_nanos(threads.unwrap_or_else(|_| nanos(PathBuf::from(own))))
}
