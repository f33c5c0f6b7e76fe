//! Recall: the ten best with their texts, asked of both sides in turn.
//!
//! All questions are asked, then all again, and once more, and of each the middle time is taken: what else the machine does at a moment
//! counts less, a question that takes long each time still shows, and none finds in a cache what it fetched itself just before.

use crate::common::Outcome;
use crate::common::fts5::{Fts5, Sync};
use crate::common::memory::{Memory, ask, import, remember_each};
use crate::questions::{Sort, questions};
use crate::stage::{Stage, TAIL};
use crate::table::{Bound, Table, Times};
use loket_brain::{Brain, Options};

const QUESTIONS: usize = 400;
const SMALL: usize = 1_000;

pub(crate) fn measure(table: &mut Table, stage: &mut Stage) -> Outcome<()> {
    let small = &stage.memories()[..SMALL];
    let brain = Brain::open(&stage.place("small"), Options::default())?;
    let (indexed, tail) = small.split_at(SMALL - TAIL);
    import(&brain, indexed)?;
    brain.index_now()?;
    remember_each(&brain, tail)?;
    let fts5 = Fts5::open(&stage.place("small.sqlite"), Sync::Normal)?;
    fts5.import(small)?;
    compare(table, &brain, &fts5, small, 4.0)?;

    let tail = stage.fresh(TAIL)?;
    let (brain, fts5) = (stage.brain()?, stage.fts5(Sync::Normal)?);
    brain.index_now()?;
    remember_each(&brain, &tail)?;
    fts5.import(&tail)?;
    compare(table, &brain, &fts5, stage.memories(), 25.0)?;
    brain.close()?;
    fts5.close()
}

fn compare(table: &mut Table, brain: &Brain, fts5: &Fts5, memories: &[Memory], wanted: f64) -> Outcome<()> {
    let now = memories.last().map_or(0, |memory| memory.time);
    for sort in [Sort::Common, Sort::Rare, Sort::Written] {
        let questions = questions(memories, sort, QUESTIONS);
        let mut times = vec![(Times::default(), Times::default()); questions.len()];
        let (mut found, mut both) = (0, 0);
        for _ in 0..3 {
            for (question, (mine, other)) in questions.iter().zip(&mut times) {
                let hits = mine.time(|| ask(brain, question, now))?;
                let rows = other.time(|| fts5.ask(question))?;
                found += rows.len();
                both += rows.iter().filter(|row| hits.iter().any(|hit| hit.entry.text == row.text)).count();
            }
        }
        let (mut ours, mut theirs) = (Times::default(), Times::default());
        for (mine, other) in &times {
            ours.add_middle(mine);
            theirs.add_middle(other);
        }
        let what = format!("recall of {}, {} questions, {sort}", memories.len(), questions.len());
        let from = format!("p50 / p99: {} | {}", ours.show(), theirs.show());
        table.row(
            format!("{what}: times faster than FTS5"),
            from,
            theirs.p50() / ours.p50(),
            Bound::Least(wanted, "×"),
        );
        table.row("  its p99, times its p50", ours.show(), ours.p99() / ours.p50(), Bound::Most(4.0, "×"));
        table.row(
            "  found alike",
            format!("{both} of {found}"),
            both as f64 / found.max(1) as f64 * 100.0,
            Bound::None(" %"),
        );
    }
    Ok(())
}
