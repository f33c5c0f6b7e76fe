//! What snapshots hold of what was forgotten.

use super::{conversation, dream, holding, nowhere};
use crate::support::*;
use loket_brain::{Dreaming, Source, SummaryTask};

#[test]
fn a_purge_can_leave_snapshots_alone() {
    let brain = brain();
    let id = remember(&brain, "the secret is zanzibarquux");
    brain.snapshot("kept").expect("kept");
    brain.forget(&id, 3).expect("forgotten");
    assert_eq!(brain.purge(false).expect("purged").snapshots, 0);
    assert_eq!(holding(brain.dir.path(), "zanzibarquux"), [brain.dir.path().join("snapshots/kept.redb")]);
    nowhere(&brain, "zanzibarquux");
}

#[test]
fn what_only_a_snapshot_has_can_be_forgotten_too() {
    let brain = brain();
    remember(&brain, "something else");
    brain.snapshot("before").expect("kept");
    let id = remember(&brain, "the secret is zanzibarquux");
    let kept = brain.revert("before", 5).expect("put back");
    assert_eq!(brain.get(&id).expect("read"), None);
    // The difference shows it, and so its owner can name it.
    let shown = brain.diff("before", Some(&kept), None, 10).expect("compared");
    assert_eq!(shown.iter().map(|one| one.id.clone()).collect::<Vec<_>>(), [id.clone()]);
    brain.forget(&id, 6).expect("forgotten");
    nowhere(&brain, "zanzibarquux");
    brain.revert(&kept, 7).expect("put forth");
    assert_eq!(brain.get(&id).expect("read"), None);
}

#[test]
fn snapshots_are_cleaned_as_deeply_as_the_brain_itself() {
    // A mistake whose words stand in its lesson.
    let brain = brain();
    let wrong = write(&brain, draft("the code of the safe is zanzibarquux"), 1);
    brain.correct(correction(Some(&wrong), "", "codes are not kept here"), at(2)).expect("corrected");
    brain.snapshot("kept").expect("kept");
    brain.forget(&wrong, 3).expect("forgotten");
    nowhere(&brain, "zanzibarquux");
    assert_eq!(brain.snapshots().expect("read")[0].memories, 1, "its lesson is there");
}

#[test]
fn the_journal_of_a_snapshot_is_cleaned() {
    let brain = brain();
    let id = write(&brain, draft("the word is zanzibarquux"), 1);
    assert_eq!(dream(&brain, 100 * DAY).deeds.len(), 1);
    brain.snapshot("kept").expect("kept");
    brain.forget(&id, 101 * DAY).expect("forgotten");
    nowhere(&brain, "zanzibarquux");
}

#[test]
fn what_a_snapshot_has_of_a_dream_that_was_taken_back_is_cleaned() {
    let brain = brain();
    let ids = conversation(&brain, "zanzibarquux");
    let model = |_: SummaryTask, texts: &[String]| Some(texts.join(" "));
    let dreaming = Dreaming { now: 3 * DAY, rehearse: false, source: Source::default(), summarise: Some(&model) };
    let entry = brain.dream(&dreaming).expect("dreamt").entry.expect("an entry");
    brain.snapshot("with-a-summary").expect("kept");
    brain.undo(entry).expect("taken back");
    brain.forget(&ids[5], 4 * DAY).expect("forgotten");
    nowhere(&brain, "zanzibarquux");
}
