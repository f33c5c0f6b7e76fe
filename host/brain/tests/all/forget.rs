//! What is forgotten is gone.

use crate::support::*;
use loket_brain::{Brain, Kind, MemoryId, Query, Standing};

#[track_caller]
fn gone(brain: &Brain, id: &MemoryId, word: &str) {
    assert_eq!(brain.get(id).expect("read"), None);
    assert!(recall(brain, word).is_empty());
    assert!(recall(brain, "").iter().all(|hit| &hit.entry.id != id));
    assert!(all(brain, &[], 10).iter().chain(&all(brain, &[Kind::Fact], 10)).all(|entry| &entry.id != id));
}

#[test]
fn a_forgotten_memory_is_gone_from_store_tail_and_index() {
    for indexed in [false, true] {
        let brain = brain();
        let kept = remember(&brain, "kept");
        let id = remember(&brain, "the secret is xyzzy");
        if indexed {
            brain.index_now().expect("indexed");
        }
        brain.forget(&id, 3).expect("forgotten");
        gone(&brain, &id, "xyzzy");
        brain.index_now().expect("indexed");
        gone(&brain, &id, "xyzzy");
        let brain = brain.reopened(|_| {});
        gone(&brain, &id, "xyzzy");
        assert_eq!((brain.count().expect("counted"), recall(&brain, "kept")[0].entry.id.clone()), (1, kept));
        let again = remember(&brain, "the secret is xyzzy");
        assert_ne!(again, id, "said again, it is a new memory");
    }
}

#[test]
fn forgetting_what_is_not_there_succeeds() {
    let brain = brain();
    let id = remember(&brain, "once");
    for _ in 0..2 {
        brain.forget(&id, 3).expect("forgotten");
    }
    for name in ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "", "no name", "é"] {
        brain.forget(&MemoryId::from(name), 3).expect("nothing to forget");
    }
}

#[test]
fn the_words_of_a_forgotten_memory_leave_the_files_of_the_index() {
    let brain = brain();
    let id = remember(&brain, "zanzibarquux");
    for n in 0..5 {
        remember(&brain, &format!("note {n}"));
    }
    brain.index_now().expect("indexed");
    let found = |brain: &Fixture| {
        let index = tantivy::Index::open_in_dir(brain.dir.path().join("index")).expect("opens");
        let text = index.schema().get_field("text").expect("a field");
        let word = tantivy::Term::from_field_text(text, "zanzibarquux");
        let searcher = index.reader().expect("reads").searcher();
        // A dictionary keeps the words of deleted documents until their segment is rewritten.
        searcher.segment_readers().iter().any(|segment| {
            segment.inverted_index(text).and_then(|words| Ok(words.get_term_info(&word)?)).expect("read").is_some()
        })
    };
    assert!(found(&brain), "the test can see words");
    brain.forget(&id, 3).expect("forgotten");
    brain.index_now().expect("indexed");
    assert!(!found(&brain));
}

#[test]
fn forgetting_a_mistake_takes_its_words_out_of_its_lesson() {
    let brain = brain();
    let wrong = remember(&brain, "the code is 4711");
    let lesson = brain.correct(correction(Some(&wrong), "", "never keep codes"), at(2)).expect("corrected");
    brain.index_now().expect("indexed");
    assert_eq!(recall(&brain, "4711").len(), 1);
    brain.forget(&wrong, 3).expect("forgotten");
    assert!(recall(&brain, "4711").is_empty());
    assert_eq!(brain.get(&lesson).expect("read").expect("kept").text, "never keep codes");
}

#[test]
fn forgetting_a_lesson_does_not_make_the_mistake_true_again() {
    let brain = brain();
    let wrong = remember(&brain, "water boils at 50 degrees");
    let lesson = brain.correct(correction(Some(&wrong), "", "water boils at 100 degrees"), at(2)).expect("corrected");
    brain.forget(&lesson, 3).expect("forgotten");
    assert!(recall(&brain, "water").is_empty());
    assert_eq!(brain.get(&wrong).expect("read").expect("kept").standing, Standing::Superseded(lesson.clone()));
    let next = brain.correct(correction(Some(&wrong), "", "water boils at 100 degrees"), at(4)).expect("corrected");
    assert_ne!(next, lesson);
    let hits = brain.recall(&Query::words("water")).expect("recalled");
    assert_eq!((hits.len(), hits[0].entry.id.clone()), (1, next));
}
