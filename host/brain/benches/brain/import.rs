//! Many memories at once, and what they take on the disk afterwards.

use crate::common::Outcome;
use crate::common::fts5::Sync;
use crate::common::memory::import;
use crate::stage::{Stage, mib, size};
use crate::table::{Bound, Table, clocked, time};
use std::fs;
use std::time::Duration;

const ROUNDS: usize = 3;
/// A brain rests when nothing was written for 1.5 s, and then makes small what came at once.
const REST: Duration = Duration::from_secs(5);

/// Lays the stage for all other figures too: what the last round wrote stays.
pub(crate) fn measure(table: &mut Table, stage: &mut Stage) -> Outcome<()> {
    let (mut ours, mut theirs, mut ratios, mut durable) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        drop(fs::remove_dir_all(stage.place("brain")));
        drop(fs::remove_file(stage.place("fts5.sqlite")));
        let (synced, whole) = brain(stage)?;
        let (done, other) = clocked(|| -> Outcome<()> {
            let fts5 = stage.fts5(Sync::Normal)?;
            fts5.import(stage.memories())?;
            fts5.close()
        });
        done?;
        durable.push(synced);
        ours.push(whole);
        theirs.push(other);
        ratios.push(other / whole);
    }
    let [ours, theirs, ratio, durable] = [ours, theirs, ratios, durable].map(middle);
    let many = stage.many as f64;
    table.row(
        format!("import of {many}, until found by words: times faster than one transaction of FTS5"),
        format!("{:.0}/s | {:.0}/s", many / ours, many / theirs),
        ratio,
        Bound::Least(1.0, "×"),
    );
    table.row("  of that, until the import answers", time(durable), durable / ours * 100.0, Bound::None(" %"));
    let (ours, theirs) = (size(&stage.place("brain"))? as f64, size(&stage.place("fts5.sqlite"))? as f64);
    let database = size(&stage.place("brain").join("brain.redb"))? as f64;
    table.row(
        "size on disk after it, times FTS5's",
        format!("{} | {}", mib(ours), mib(theirs)),
        ours / theirs,
        Bound::Most(1.2, "×"),
    );
    table.row("  of that, the database", mib(database), database / ours * 100.0, Bound::None(" %"));
    let copy = stage.place("copy.redb");
    let brain = stage.brain()?;
    brain.copy_to(&copy)?;
    brain.close()?;
    let whole = ours - database + size(&copy)? as f64;
    fs::remove_file(copy)?;
    table.row("  the same after a purge, which writes it anew", mib(whole), whole / theirs, Bound::None("×"));
    let brain = stage.brain()?;
    std::thread::sleep(REST);
    brain.close()?;
    let ours = size(&stage.place("brain"))? as f64;
    table.row("  the same after a rest of a few seconds", mib(ours), ours / theirs, Bound::Most(1.2, "×"));
    Ok(())
}

/// How long it takes until all is on the disk, and until the index has it too and the brain is closed.
fn brain(stage: &Stage) -> Outcome<(f64, f64)> {
    let mut synced = 0.0;
    let (done, whole) = clocked(|| -> Outcome<()> {
        let brain = stage.brain()?;
        let (done, time) = clocked(|| import(&brain, stage.memories()));
        done?;
        synced = time;
        brain.index_now()?;
        Ok(brain.close()?)
    });
    done?;
    Ok((synced, whole))
}

fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
