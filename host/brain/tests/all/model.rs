//! Random histories, against a model that is too simple to be wrong.

use crate::support::*;
use loket_brain::{Kind, MemoryId, Options, Query, Standing};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
enum Step {
    /// Remember the n-th text.
    Remember(usize, Kind),
    /// Correct one of the memories there are.
    Correct(usize, usize),
    Forget(usize),
    Index,
    Reopen,
    ReopenWithoutIndex,
}

fn step() -> impl Strategy<Value = Step> {
    let kind = prop_oneof![Just(Kind::Fact), Just(Kind::Episode), Just(Kind::Skill), Just(Kind::Lesson)];
    prop_oneof![
        8 => (0..25usize, kind).prop_map(|(text, kind)| Step::Remember(text, kind)),
        3 => (any::<usize>(), 0..25usize).prop_map(|(at, text)| Step::Correct(at, text)),
        3 => any::<usize>().prop_map(Step::Forget),
        2 => Just(Step::Index),
        1 => Just(Step::Reopen),
        1 => Just(Step::ReopenWithoutIndex),
    ]
}

struct Known {
    /// The word that it must be found by, and no other memory of its kind.
    word: String,
    kind: Kind,
    by: Option<MemoryId>,
    strength: u32,
    corrects: Option<MemoryId>,
}

/// The memories; the lesson of each mistake; the lesson of each wrong text, by its word.
#[derive(Default)]
struct Model(BTreeMap<MemoryId, Known>, BTreeMap<MemoryId, MemoryId>, BTreeMap<String, MemoryId>);

impl Model {
    fn pick(&self, at: usize) -> Option<MemoryId> {
        self.0.keys().nth(at % self.0.len().max(1)).cloned()
    }

    /// The lesson that a correction of this mistake strengthens.
    fn lesson(&self, mistake: &MemoryId) -> Option<MemoryId> {
        self.latest(self.0.get(mistake)?.by.clone()?)
    }

    /// The lesson about a wrong text.
    fn wrong(&self, word: &str) -> Option<MemoryId> {
        self.latest(self.2.get(word)?.clone())
    }

    fn latest(&self, mut lesson: MemoryId) -> Option<MemoryId> {
        loop {
            match &self.0.get(&lesson)?.by {
                Some(by) => lesson = by.clone(),
                None => return Some(lesson),
            }
        }
    }
}

fn run(steps: Vec<Step>) {
    let mut brain = brain_with(Options { index_after: 7, ..Options::default() });
    let mut model = Model::default();
    for (time, step) in steps.into_iter().enumerate() {
        let time = time as u64;
        match step {
            Step::Remember(n, kind) => {
                let word = format!("word{n}");
                let id = brain.remember(of(kind, &format!("{word} is common")), at(time)).expect("remembered");
                let same =
                    model.0.iter().find(|(_, known)| known.word == word && known.kind == kind && known.by.is_none());
                match same.map(|(id, _)| id.clone()) {
                    Some(same) => {
                        assert_eq!(id, same, "the same words are the same memory");
                        model.0.get_mut(&same).expect("known").strength += 1;
                    }
                    None => {
                        assert!(model.0.keys().next_back().is_none_or(|last| *last < id), "names ascend");
                        // What is known to be wrong strengthens its lesson, and counts as wrong again.
                        let by = model.wrong(&word).filter(|_| kind == Kind::Fact);
                        if let Some(lesson) = &by {
                            model.0.get_mut(lesson).expect("known").strength += 1;
                            model.1.insert(id.clone(), lesson.clone());
                        }
                        model.0.insert(id, Known { word, kind, by, strength: 1, corrects: None });
                    }
                }
            }
            Step::Correct(pick, n) => {
                let Some(mistake) = model.pick(pick) else { continue };
                // Its own word, so that no remembered text is the same.
                let word = format!("right{n}at{time}");
                let id = brain.correct(correction(Some(&mistake), "", &word), at(time)).expect("corrected");
                match model.lesson(&mistake) {
                    Some(lesson) => {
                        assert_eq!(id, lesson, "the mistake's lesson is strengthened");
                        let known = model.0.get_mut(&lesson).expect("known");
                        known.strength += 1;
                        known.word = word;
                    }
                    None => {
                        let corrects = Some(mistake.clone());
                        model.0.insert(id.clone(), Known { word, kind: Kind::Lesson, by: None, strength: 1, corrects });
                    }
                }
                let known = model.0.get_mut(&mistake).expect("known");
                known.by = Some(id.clone());
                if known.kind == Kind::Fact {
                    model.2.insert(known.word.clone(), id.clone());
                }
                model.1.insert(mistake, id);
            }
            Step::Forget(pick) => {
                let Some(id) = model.pick(pick) else { continue };
                brain.forget(&id, time).expect("forgotten");
                let known = model.0.remove(&id).expect("known");
                if let Some(lesson) = model.1.remove(&id)
                    && model.2.get(&known.word) == Some(&lesson)
                {
                    model.2.remove(&known.word);
                }
            }
            Step::Index => brain.index_now().expect("indexed"),
            Step::Reopen => brain = brain.reopened(|_| {}),
            Step::ReopenWithoutIndex => {
                brain = brain.reopened(|dir| std::fs::remove_dir_all(dir.join("index")).expect("removed"))
            }
        }
    }
    agree(&brain, &model);
}

fn agree(brain: &Fixture, model: &Model) {
    let listed = all(brain, &[], 7);
    let ids: Vec<&MemoryId> = listed.iter().map(|entry| &entry.id).collect();
    assert_eq!(ids, model.0.keys().rev().collect::<Vec<_>>(), "the list is all of them, newest first");
    assert_eq!(brain.count().expect("counted"), model.0.len() as u64);
    for kind in [Kind::Fact, Kind::Episode, Kind::Skill, Kind::Lesson] {
        let ids: Vec<MemoryId> = all(brain, &[kind], 3).into_iter().map(|entry| entry.id).collect();
        let expect: Vec<MemoryId> =
            model.0.iter().rev().filter(|(_, known)| known.kind == kind).map(|(id, _)| id.clone()).collect();
        assert_eq!(ids, expect, "{kind:?}");
    }
    for (entry, (id, known)) in listed.iter().rev().zip(&model.0) {
        assert_eq!(
            (&entry.standing, entry.strength),
            (&known.by.clone().map_or(Standing::Current, Standing::Superseded), known.strength),
            "{id}"
        );
        assert_eq!(entry.corrects, known.corrects, "{id}");
        let hits = brain.recall(&Query { limit: 100, ..Query::words(known.word.clone()) }).expect("recalled");
        assert_eq!(hits.iter().any(|hit| &hit.entry.id == id), known.by.is_none(), "{id} by its word {}", known.word);
    }
    let hits = brain.recall(&Query { limit: 100, ..Query::words("common") }).expect("recalled");
    let mut ids: Vec<&MemoryId> = hits.iter().map(|hit| &hit.entry.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), hits.len(), "none twice");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_leaves_what_a_simple_model_says(steps in prop::collection::vec(step(), 1..60)) {
        run(steps);
    }
}
