//! What an idle brain does with what it learnt, and the way back from it.
//!
//! Files in reading order: here, a dream as a whole; [`alike`] what says nearly the same, [`insight`] mistakes that recur, [`fade`] what is
//! never used, [`summary`] long runs of episodes, [`model`] the words of a model for both, [`journal`] the way back.

mod alike;
mod fade;
mod insight;
mod journal;
mod model;
mod summary;

use crate::support::*;
use loket_brain::{Brain, Deed, DeedKind, Dream, Dreaming, Entry, MemoryId, Options, Query, Source};

const SEASON: u64 = 90 * DAY;

fn dreaming(now: u64) -> Dreaming<'static> {
    let source = Source { agent: "scout".to_owned(), turn: "the-dream".to_owned(), ..Source::default() };
    Dreaming { now, rehearse: false, source, summarise: None }
}

#[track_caller]
fn dream(brain: &Brain, now: u64) -> Dream {
    brain.dream(&dreaming(now)).expect("dreamt")
}

#[track_caller]
fn only(dream: &Dream, kind: DeedKind) -> &Deed {
    let found: Vec<&Deed> = dream.deeds.iter().filter(|deed| deed.kind == kind).collect();
    assert_eq!(found.len(), 1, "{kind:?} in {dream:?}");
    found[0]
}

/// Episodes of a conversation, the last at 1000.
fn talk(brain: &Brain, conversation: &str, count: u64) -> Vec<MemoryId> {
    let text = |n: u64| match n % 3 {
        0 => format!("The owner asked how the roof of the barn can be repaired before winter, question {n}."),
        1 => format!("The roof of the barn needs forty new tiles and a carpenter, we said in part {n}"),
        _ => format!("Small talk {n}"),
    };
    (0..count).map(|n| write(brain, said(conversation, &text(n)), 1000 - count + n + 1)).collect()
}

/// Corrections of one sort of mistake.
fn habit(brain: &Brain, what: &[&str]) -> Vec<MemoryId> {
    let correct = |what: &&str| {
        let right = format!("deploy the {what} service with the pipeline");
        brain.correct(correction(None, &format!("{what} went out by hand"), &right), at(1000)).expect("corrected")
    };
    what.iter().map(correct).collect()
}

/// A brain with something to do of every sort.
fn restless() -> Fixture {
    let brain = brain();
    for text in ["the backup runs on the NAS", "a backup is running on a NAS", "the spare key is under the ficus"] {
        remember(&brain, text);
    }
    talk(&brain, "c", 14);
    habit(&brain, &["billing", "payroll", "mail", "search"]);
    brain
}

/// All that anybody can see of a brain.
fn seen(brain: &Brain) -> (Vec<Entry>, usize, Vec<Vec<MemoryId>>) {
    let questions = ["backup", "key", "roof", "deploy", ""];
    let found = questions.map(|text| names(brain, &Query { limit: 100, ..Query::words(text) }));
    (everything(brain), brain.journal(100).expect("read").len(), found.to_vec())
}

#[test]
fn a_rehearsal_says_what_would_be_done_and_does_nothing() {
    let brain = restless();
    let before = seen(&brain);
    let rehearsed = brain.dream(&Dreaming { rehearse: true, ..dreaming(SEASON + DAY) }).expect("rehearsed");
    assert_eq!(rehearsed.entry, None);
    assert_eq!(seen(&brain), before);
    assert!(!brain.stale().expect("read"));
    let dreamt = dream(&brain, SEASON + DAY);
    let told = |dream: &Dream| {
        dream.deeds.iter().map(|deed| (deed.kind, deed.memories.clone(), deed.words.clone())).collect::<Vec<_>>()
    };
    for kind in [DeedKind::Merge, DeedKind::Insight, DeedKind::Summary, DeedKind::Fade] {
        assert!(rehearsed.deeds.iter().any(|deed| deed.kind == kind), "{kind:?} in {rehearsed:?}");
    }
    assert_eq!(told(&dreamt), told(&rehearsed), "the same as is done then");
    for (deed, done) in rehearsed.deeds.iter().zip(&dreamt.deeds) {
        let expect = if deed.kind == DeedKind::Merge { done.kept.clone() } else { None };
        assert_eq!(deed.kept, expect, "what is not written yet has no name");
    }
}

#[test]
fn a_second_dream_right_after_finds_nothing_to_do() {
    for now in [3 * DAY, SEASON + DAY, 3 * SEASON, 9 * SEASON] {
        let brain = restless();
        let dreamt = dream(&brain, now);
        assert!(dreamt.entry.is_some() && dreamt.deeds.len() >= 3, "{dreamt:?}");
        let before = seen(&brain);
        let again = dream(&brain, now);
        assert_eq!((again.entry, again.deeds), (None, Vec::new()), "at {now}");
        assert_eq!(seen(&brain), before);
    }
    let empty = brain();
    assert_eq!(dream(&empty, DAY), Dream::default());
}

#[test]
fn a_full_brain_dreams_not_at_all_rather_than_by_half() {
    let brain = brain_with(Options { max_memories: Some(18), ..Options::default() });
    for text in ["the backup runs on the NAS", "a backup is running on a NAS"] {
        remember(&brain, text);
    }
    talk(&brain, "c", 12);
    habit(&brain, &["billing", "payroll", "mail", "search"]);
    let before = seen(&brain);
    brain.dream(&dreaming(3 * DAY)).expect_err("no room for a summary");
    assert_eq!(seen(&brain), before);
}

#[test]
fn a_dream_survives_a_reopening() {
    let brain = restless();
    dream(&brain, SEASON + DAY);
    let before = seen(&brain);
    let brain = brain.reopened(|dir| std::fs::remove_dir_all(dir.join("index")).expect("removed"));
    assert_eq!(seen(&brain), before);
}
