//! What was drawn from what is forgotten goes with it: duplicates, summaries, lessons, insights, and what the journal says of them.

use super::{conversation, dream, habit, holding, nowhere};
use crate::support::*;
use loket_brain::{Dreaming, Kind, Source, SummaryTask};
use std::path::PathBuf;

#[test]
fn forgetting_takes_the_duplicates_that_were_merged() {
    let brain = brain();
    let one = write(&brain, draft("the backup of zanzibarquux runs on the old NAS"), 1);
    let other = write(&brain, draft("the backup of zanzibarquux is running on an old NAS"), 2);
    let dreamt = dream(&brain, DAY);
    assert_eq!(dreamt.deeds.len(), 1, "{dreamt:?}");
    let kept = dreamt.deeds[0].kept.clone().expect("one is kept");
    brain.index_now().expect("indexed");
    brain.forget(&kept, 2 * DAY).expect("forgotten");
    for id in [one, other] {
        assert_eq!(brain.get(&id).expect("read"), None);
    }
    assert!(brain.journal(10).expect("read").iter().all(|entry| !format!("{entry:?}").contains("zanzibar")));
    nowhere(&brain, "zanzibarquux");
}

#[test]
fn forgetting_takes_summaries_and_the_journal_s_words_about_it() {
    for by_model in [false, true] {
        let brain = brain();
        let ids = conversation(&brain, "zanzibarquux");
        let model = |_: SummaryTask, texts: &[String]| Some(texts.join(" "));
        let dreaming = Dreaming {
            now: 3 * DAY,
            rehearse: false,
            source: Source::default(),
            summarise: by_model.then_some(&model),
        };
        let dreamt = brain.dream(&dreaming).expect("dreamt");
        let summary = dreamt.deeds[0].kept.clone().expect("a summary");
        if by_model {
            assert!(entry(&brain, &summary).text.contains("zanzibarquux"));
        }
        // The next season they fade, which the journal tells as well.
        dream(&brain, 200 * DAY);
        brain.index_now().expect("indexed");
        brain.forget(&ids[5], 201 * DAY).expect("forgotten");
        assert_eq!(brain.get(&summary).expect("read"), None);
        let journal = brain.journal(10).expect("read");
        let told: Vec<&str> = journal.iter().flat_map(|entry| &entry.deeds).map(|deed| deed.words.as_str()).collect();
        assert!(told.iter().all(|words| !words.contains("zanzibar")) && told.contains(&"(forgotten)"), "{told:?}");
        nowhere(&brain, "zanzibarquux");
        assert_eq!(brain.count().expect("counted"), 13, "the other episodes stay");
    }
}

/// What was made of a memory may be gone from the brain and still be in the journal: dreams were taken back, or the brain was put back to
/// a day before them.
#[test]
fn forgetting_takes_summaries_out_of_the_journal_that_only_that_has() {
    for by_undoing in [true, false] {
        let brain = brain();
        let ids = conversation(&brain, "zanzibarquux");
        brain.snapshot("before").expect("kept");
        let model = |_: SummaryTask, texts: &[String]| Some(texts.join(" "));
        let dreaming = Dreaming { now: 3 * DAY, rehearse: false, source: Source::default(), summarise: Some(&model) };
        let first = brain.dream(&dreaming).expect("dreamt");
        let summary = first.deeds[0].kept.clone().expect("a summary");
        // The next season it fades: the journal has it as it was.
        let second = dream(&brain, 200 * DAY);
        assert!(second.deeds.iter().any(|deed| deed.memories.contains(&summary)), "{second:?}");
        if by_undoing {
            for dream in [second, first] {
                brain.undo(dream.entry.expect("an entry")).expect("taken back");
            }
        } else {
            brain.revert("before", 201 * DAY).expect("put back");
        }
        assert_eq!(brain.get(&summary).expect("read"), None);
        brain.forget(&ids[5], 202 * DAY).expect("forgotten");
        nowhere(&brain, "zanzibarquux");
    }
}

#[test]
fn forgetting_takes_lessons_out_of_the_journal_that_only_that_has() {
    let brain = brain();
    let wrong = write(&brain, draft("the ferry is paid in zanzibarquux"), 1);
    brain.snapshot("before").expect("kept");
    let lesson = brain.correct(correction(Some(&wrong), "", LESSON), at(10)).expect("corrected");
    write(&brain, of(Kind::Lesson, &format!("The {LESSON}")), 11);
    write(&brain, of(Kind::Lesson, &format!("{LESSON}, they said")), 12);
    let dreamt = dream(&brain, DAY);
    assert!(dreamt.deeds.iter().any(|deed| deed.memories.contains(&lesson) || deed.kept.as_ref() == Some(&lesson)));
    brain.revert("before", 2 * DAY).expect("put back");
    brain.forget(&wrong, 3 * DAY).expect("forgotten");
    nowhere(&brain, "zanzibarquux");
}

const LESSON: &str = "the harbour ferry leaves from the northern pier beside the old lighthouse early each morning, loaded with \
                      mail, parcels, newspapers, vegetables and bicycles";

#[test]
fn forgetting_takes_insights() {
    let brain = brain();
    let (_, lesson) = habit(&brain, "nobody");
    let dreamt = dream(&brain, DAY);
    let insight = dreamt.deeds[0].kept.clone().expect("an insight");
    brain.forget(&lesson, 2 * DAY).expect("forgotten");
    assert_eq!(brain.get(&insight).expect("read"), None);
    let told = brain.journal(10).expect("read").remove(0).deeds.remove(0).words;
    assert_eq!(told, "(forgotten)");
    brain.purge(true).expect("purged");
    assert_eq!(holding(brain.dir.path(), "the service of invoices"), Vec::<PathBuf>::new());
}
