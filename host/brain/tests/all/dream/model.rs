//! A model that puts things in its own words, and what happens while it thinks.

use super::{dreaming, habit, only, restless, talk};
use crate::support::*;
use loket_brain::{DeedKind, Dreaming, MemoryId, Revision, Standing, SummaryTask};
use std::cell::RefCell;

#[test]
fn a_model_is_asked_for_summaries_and_insights() {
    let brain = brain();
    talk(&brain, "c", 12);
    habit(&brain, &["billing", "payroll", "mail", "search"]);
    let asked = RefCell::new(Vec::new());
    let model = |task: SummaryTask, texts: &[String]| {
        asked.borrow_mut().push((task, texts.to_vec()));
        Some(format!("words of a model about {} things", texts.len()))
    };
    let with = |rehearse| Dreaming { rehearse, summarise: Some(&model), ..dreaming(3 * DAY) };
    brain.dream(&with(true)).expect("rehearsed");
    assert!(asked.borrow().is_empty(), "a rehearsal asks nobody");
    let dreamt = brain.dream(&with(false)).expect("dreamt");
    for (kind, words) in [
        (DeedKind::Summary, "words of a model about 12 things"),
        (DeedKind::Insight, "words of a model about 4 things"),
    ] {
        let deed = only(&dreamt, kind);
        assert_eq!(
            (deed.words.as_str(), entry(&brain, deed.kept.as_ref().expect("written")).text.as_str()),
            (words, words)
        );
    }
    let asked = asked.borrow();
    let of = |task| asked.iter().filter(|one| one.0 == task).flat_map(|one| &one.1).collect::<Vec<_>>();
    assert_eq!((of(SummaryTask::Episodes).len(), of(SummaryTask::Lessons).len()), (12, 4));
    assert!(of(SummaryTask::Lessons)[0].contains("\nWrong was: "), "with what was wrong");
}

#[test]
fn a_model_that_says_nothing_or_too_much_does_no_harm() {
    for answer in [None, Some(String::new()), Some(" \n ".to_owned()), Some("é".repeat(1 << 20))] {
        let brain = brain();
        talk(&brain, "c", 12);
        habit(&brain, &["billing", "payroll", "mail", "search"]);
        let model = |_: SummaryTask, _: &[String]| answer.clone();
        let dreamt = brain.dream(&Dreaming { summarise: Some(&model), ..dreaming(3 * DAY) }).expect("dreamt");
        only(&dreamt, DeedKind::Summary);
        only(&dreamt, DeedKind::Insight);
        for entry in everything(&brain) {
            assert!(!entry.text.trim().is_empty() && entry.text.len() <= 64 << 10, "{} bytes", entry.text.len());
        }
        assert!(dreamt.deeds.iter().all(|deed| !deed.words.is_empty()));
        // It can be moved, as anything can.
        let other = crate::support::brain();
        other.import(&exported(&brain, 1000), &at(1)).expect("imported");
    }
}

#[test]
fn what_is_changed_while_a_model_thinks_is_left_alone() {
    let brain = restless();
    let ids: Vec<MemoryId> = ["question 3", "running"].map(|word| recall(&brain, word)[0].entry.id.clone()).to_vec();
    let text = || Some("put right meanwhile".to_owned());
    let model = |task: SummaryTask, _: &[String]| {
        if task == SummaryTask::Episodes {
            for id in &ids {
                brain.edit(id, &Revision { text: text(), ..Revision::default() }).expect("edited");
            }
        }
        Some("words of a model".to_owned())
    };
    let dreamt = brain.dream(&Dreaming { summarise: Some(&model), ..dreaming(3 * DAY) }).expect("dreamt");
    let kinds: Vec<DeedKind> = dreamt.deeds.iter().map(|deed| deed.kind).collect();
    assert_eq!(kinds, [DeedKind::Insight], "neither the summary nor the merge, whose memories are others now");
    for id in &ids {
        let entry = entry(&brain, id);
        assert_eq!((entry.text.as_str(), entry.faded, entry.standing), ("put right meanwhile", 0, Standing::Current));
    }
}
