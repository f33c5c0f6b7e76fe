//! Asks both sides every question of a dataset.

use crate::common::Outcome;
use crate::common::fts5::Fts5;
use crate::common::memory::{ask, remember};
use crate::dataset::Dataset;
use crate::metrics::Figures;
use jiff::tz::TimeZone;
use loket_brain::{Brain, Options};
use std::collections::{HashMap, HashSet};

/// What came of one question.
pub(crate) struct Asked {
    pub(crate) ours: Figures,
    pub(crate) theirs: Figures,
    /// What the brain answered, best first, by the memory's place.
    pub(crate) answer: Vec<usize>,
}

/// Lays out both sides and asks; one row a question, in the dataset's order.
pub(crate) fn compare(dataset: &Dataset) -> Outcome<Vec<Asked>> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let brain =
        Brain::open(folder.path(), Options { language: dataset.language, zone: TimeZone::UTC, ..Options::default() })?;
    let fts5 = Fts5::in_memory()?;
    // Memories that say the same are one memory in the brain.
    let mut places: HashMap<_, Vec<usize>> = HashMap::new();
    for (place, memory) in dataset.memories.iter().enumerate() {
        places.entry(remember(&brain, memory)?).or_default().push(place);
    }
    fts5.import(&dataset.memories)?;
    // Answers do not depend on it; with it they come sooner, of large datasets.
    brain.index_now()?;
    let mut all = Vec::with_capacity(dataset.questions.len());
    for question in &dataset.questions {
        let hits = ask(&brain, &question.text, question.at)?;
        let hits = hits.iter().flat_map(|hit| places.get(&hit.entry.id).into_iter().flatten().copied());
        let answer = once(hits);
        let rows = fts5.ask(&question.text)?;
        let rows = once(rows.iter().filter_map(|found| usize::try_from(found.row - 1).ok()));
        all.push(Asked {
            ours: Figures::of(&answer, &question.relevant),
            theirs: Figures::of(&rows, &question.relevant),
            answer,
        });
    }
    Ok(all)
}

/// Each once, at its first place.
fn once(places: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut seen = HashSet::new();
    places.filter(|place| seen.insert(*place)).collect()
}
