//! Opening a large brain and asking it the first question, with none of its files in memory.
//!
//! Its pages are dropped from the page cache file by file, which needs no rights and leaves the rest of the machine alone; names and
//! sizes of files stay known to the system. A crash is a copy of the files, taken while the brain is open: right after a write, and when it
//! has rested for a while.

use crate::common::Outcome;
use crate::common::fts5::{Fts5, Sync};
use crate::common::memory::{ask, remember_each};
use crate::questions::{Sort, questions};
use crate::stage::{Stage, TAIL, copy};
use crate::table::{Bound, Table, Times, clocked, time};
use loket_brain::{Brain, Options};
use rustix::fs::{Advice, fadvise};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

const ROUNDS: usize = 7;
/// How long a brain rests that has nothing to do.
const REST: Duration = Duration::from_secs(3);

pub(crate) fn measure(table: &mut Table, stage: &mut Stage) -> Outcome<()> {
    let questions = questions(stage.memories(), Sort::Common, ROUNDS);
    let (writing, resting) = (stage.place("crashed-writing"), stage.place("crashed-resting"));
    let brain = stage.brain()?;
    remember_each(&brain, &stage.fresh(TAIL)?)?;
    copy(&stage.place("brain"), &writing)?;
    std::thread::sleep(REST);
    copy(&stage.place("brain"), &resting)?;
    brain.close()?;

    for warm in [false, true] {
        let what = if warm { "in memory, after a clean close" } else { "cold, after a clean close" };
        open(table, what, &questions, warm, |_| Ok(stage.place("brain")))?;
    }
    for (what, crashed) in [("cold, after a crash while writing", writing), ("cold, after a crash at rest", resting)] {
        open(table, what, &questions, false, |round| {
            // Opening mends it: each round breaks another one.
            let broken = stage.place(&format!("broken-{round}"));
            drop(fs::remove_dir_all(&broken));
            copy(&crashed, &broken)?;
            // After a crash the files are those that were in use, and are not looked at as a copy of them is.
            fs::write(broken.join("brain.lock"), "")?;
            Ok(broken)
        })?;
    }
    let file = stage.place("fts5.sqlite");
    let mut theirs = Times::default();
    for question in &questions {
        forget(&file)?;
        theirs.time(|| -> Outcome<_> { Fts5::open(&file, Sync::Normal)?.ask(question) })?;
    }
    table.row("  FTS5, cold, after a clean close", time(theirs.p50()), theirs.p50() * 1e3, Bound::None(" ms"));
    Ok(())
}

fn open(
    table: &mut Table,
    what: &str,
    questions: &[String],
    warm: bool,
    brain: impl Fn(usize) -> Outcome<PathBuf>,
) -> Outcome<()> {
    let (mut opens, mut firsts, mut seconds, mut whole) =
        (Times::default(), Times::default(), Times::default(), Vec::new());
    for (round, question) in questions.iter().enumerate() {
        let folder = brain(round)?;
        if !warm {
            forget(&folder)?;
        }
        let (done, time) = clocked(|| -> Outcome<Brain> {
            let brain = opens.time(|| Brain::open(&folder, Options::default()))?;
            firsts.time(|| ask(&brain, question, 0))?;
            Ok(brain)
        });
        whole.push(time);
        let brain = done?;
        seconds.time(|| ask(&brain, question, 0))?;
    }
    whole.sort_by(f64::total_cmp);
    let middle = whole[whole.len() / 2];
    let from = format!("open {}, recall {}, again {}", time(opens.p50()), time(firsts.p50()), time(seconds.p50()));
    let bound = if warm { Bound::None(" ms") } else { Bound::Most(50.0, " ms") };
    table.row(format!("open to first recall, {what}"), from, middle * 1e3, bound);
    Ok(())
}

/// Writes files out and drops their pages from memory.
fn forget(path: &Path) -> Outcome<()> {
    if path.is_dir() {
        return fs::read_dir(path)?.try_for_each(|entry| forget(&entry?.path()));
    }
    let file = File::open(path)?;
    file.sync_all()?;
    Ok(fadvise(&file, 0, None, Advice::DontNeed)?)
}
