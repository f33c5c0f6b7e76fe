//! Durable writes: one at a time against the least that a durable write can be, and against FTS5; then many writers at once.

use crate::common::Outcome;
use crate::common::fts5::Sync;
use crate::common::memory::{Memory, remember, remember_each};
use crate::stage::Stage;
use crate::table::{Bound, Table, Times, clocked};
use loket_brain::Brain;
use std::fs::File;
use std::io::Write as _;

/// The sides take turns: so many rounds of so many writes each.
const ROUNDS: usize = 40;
const WRITES: usize = 50;
/// One writer against [`WRITERS`], likewise.
const CROWDS: usize = 5;
const ALONE: usize = 300;
const TOGETHER: usize = 3_200;

pub(crate) fn measure(table: &mut Table, stage: &mut Stage) -> Outcome<()> {
    let (brain, fts5) = (stage.brain()?, stage.fts5(Sync::Full)?);
    brain.index_now()?;
    let mut log = File::options().create(true).append(true).open(stage.place("bare.log"))?;
    let (mut ours, mut bare, mut theirs) = (Times::default(), Times::default(), Times::default());
    for _ in 0..ROUNDS {
        for memory in stage.fresh(WRITES)? {
            ours.time(|| remember(&brain, &memory))?;
        }
        for memory in stage.fresh(WRITES)? {
            bare.time(|| append(&mut log, &memory))?;
        }
        for memory in stage.fresh(WRITES)? {
            theirs.time(|| fts5.insert(&memory))?;
        }
    }
    let from = |other: &Times| format!("p50 / p99: {} | {}", ours.show(), other.show());
    let what = "remember, times a bare append and fdatasync: p50";
    table.row(what, from(&bare), ours.p50() / bare.p50(), Bound::Most(2.0, "×"));
    table.row("  p99", from(&bare), ours.p99() / bare.p99(), Bound::None("×"));
    let what = "remember, times faster than FTS5 with synchronous=FULL: p99";
    table.row(what, from(&theirs), theirs.p99() / ours.p99(), Bound::Least(5.0, "×"));
    table.row("  p50", from(&theirs), theirs.p50() / ours.p50(), Bound::None("×"));
    fts5.close()?;

    let (mut alone, mut together) = (Vec::new(), Vec::new());
    for _ in 0..CROWDS {
        let fresh = stage.fresh(ALONE)?;
        alone.push(rate(&brain, &fresh, one_by_one)?);
        let fresh = stage.fresh(TOGETHER)?;
        together.push(rate(&brain, &fresh, |brain, memories| Ok(remember_each(brain, memories)?))?);
    }
    let [alone, together] = [alone, together].map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates[CROWDS / 2]
    });
    let from = format!("{together:.0}/s | {alone:.0}/s");
    table.row("64 writers at once, times the rate of one", from, together / alone, Bound::Least(10.0, "×"));
    Ok(brain.close()?)
}

/// The least that a durable write can be: the memory's bytes at the end of a file.
fn append(log: &mut File, memory: &Memory) -> std::io::Result<()> {
    let line = format!("{} {} {:?} {:?}\n", memory.time, memory.text, memory.tags, memory.conversation);
    log.write_all(line.as_bytes())?;
    log.sync_data()
}

fn one_by_one(brain: &Brain, memories: &[Memory]) -> Outcome<()> {
    memories.iter().try_for_each(|memory| Ok(remember(brain, memory).map(drop)?))
}

/// Memories a second.
fn rate(brain: &Brain, memories: &[Memory], write: impl FnOnce(&Brain, &[Memory]) -> Outcome<()>) -> Outcome<f64> {
    let (done, time) = clocked(|| write(brain, memories));
    done?;
    Ok(memories.len() as f64 / time)
}
