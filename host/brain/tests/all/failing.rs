//! A disk that fails at any moment of any history: what was acknowledged is there, and what failed is there as a whole or not at all.

use crate::support::*;
use loket_brain::{Brain, BrainError, MemoryId, Options, Query, Revision, Standing};
use loket_testkit::Forgetful;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Debug, Clone, PartialEq)]
struct Known {
    /// Its own word: it is found by this one.
    word: String,
    by: Option<MemoryId>,
    pinned: bool,
}

type Model = BTreeMap<MemoryId, Known>;

#[derive(Debug, Clone)]
enum Step {
    Remember(String),
    Together(Vec<String>),
    Import(Vec<String>),
    Correct(MemoryId, String),
    Edit(MemoryId, String),
    Pin(MemoryId, bool),
    Forget(MemoryId),
    Index,
}

fn opened(disk: &Forgetful, dir: &Path) -> Result<Brain, BrainError> {
    Brain::open_with_backend(dir, disk.backend(), Options { index_after: 12, ..Options::default() })
}

fn step(random: &mut StdRng, model: &Model, fresh: &mut impl FnMut() -> String) -> Step {
    let current: Vec<&MemoryId> = model.iter().filter(|(_, known)| known.by.is_none()).map(|(id, _)| id).collect();
    let any =
        |random: &mut StdRng| (!current.is_empty()).then(|| current[random.random_range(0..current.len())].clone());
    let many = |random: &mut StdRng, fresh: &mut dyn FnMut() -> String| {
        (0..random.random_range(1..5)).map(|_| fresh()).collect()
    };
    match (random.random_range(0..12), any(random)) {
        (0..=3, _) | (_, None) => Step::Remember(fresh()),
        (4, _) => Step::Together(many(random, fresh)),
        (5, _) => Step::Import(many(random, fresh)),
        (6, Some(id)) => Step::Correct(id, fresh()),
        (7, Some(id)) => Step::Edit(id, fresh()),
        (8, Some(id)) => Step::Pin(id, random.random()),
        (9 | 10, Some(id)) => Step::Forget(id),
        _ => Step::Index,
    }
}

/// Does it; what is acknowledged goes into the model.
fn act(brain: &Brain, step: &Step, model: &mut Model) -> Result<(), BrainError> {
    let text = |word: &String| format!("common {word}");
    let new = |word: &str| Known { word: word.to_owned(), by: None, pinned: false };
    match step {
        Step::Remember(word) => {
            let id = brain.remember(draft(&text(word)), at(1))?;
            model.insert(id, new(word));
        }
        Step::Together(words) => {
            let ids = brain.remember_all(words.iter().map(|word| (draft(&text(word)), at(1))).collect())?;
            model.extend(ids.into_iter().zip(words.iter().map(|word| new(word))));
        }
        Step::Import(words) => {
            let lines: Vec<String> = words.iter().map(|word| format!(r#"{{"text": "{}"}}"#, text(word))).collect();
            brain.import(&lines, &at(1))?;
            for word in words {
                model.insert(recall(brain, word)[0].entry.id.clone(), new(word));
            }
        }
        Step::Correct(id, word) => {
            let lesson = brain.correct(correction(Some(id), "", &text(word)), at(1))?;
            model.insert(lesson.clone(), new(word));
            model.get_mut(id).expect("known").by = Some(lesson);
        }
        Step::Edit(id, word) => {
            brain.edit(id, &Revision { text: Some(text(word)), ..Revision::default() })?;
            model.get_mut(id).expect("known").word.clone_from(word);
        }
        Step::Pin(id, pinned) => {
            brain.pin(id, *pinned)?;
            model.get_mut(id).expect("known").pinned = *pinned;
        }
        Step::Forget(id) => {
            brain.forget(id, 2)?;
            model.remove(id);
        }
        Step::Index => brain.index_now()?,
    }
    Ok(())
}

fn held(brain: &Brain) -> Model {
    let word = |text: &str| text.lines().next().unwrap_or_default().trim_start_matches("common ").to_owned();
    everything(brain)
        .into_iter()
        .map(|entry| {
            let by = match entry.standing {
                Standing::Superseded(by) => Some(by),
                Standing::Current => None,
            };
            (entry.id, Known { word: word(&entry.text), by, pinned: entry.pinned })
        })
        .collect()
}

/// Whether a brain that failed at a step holds what the model says, with the step as a whole or without it.
#[track_caller]
fn whole(brain: &Brain, before: &Model, step: &Step, context: &str) -> Model {
    let after = held(brain);
    if after == *before {
        return after;
    }
    let (mut gone, mut new, mut changed) = (before.clone(), after.clone(), after.clone());
    gone.retain(|id, _| !after.contains_key(id));
    new.retain(|id, _| !before.contains_key(id));
    changed.retain(|id, known| before.get(id).is_some_and(|old| old != known));
    let words: Vec<&String> = new.values().map(|known| &known.word).collect();
    let ids = |model: &Model| model.keys().cloned().collect::<Vec<_>>();
    let fits = match step {
        Step::Remember(word) => gone.is_empty() && changed.is_empty() && words == [word],
        Step::Together(all) | Step::Import(all) => {
            gone.is_empty() && changed.is_empty() && words == all.iter().collect::<Vec<_>>()
        }
        Step::Correct(id, word) => gone.is_empty() && words == [word] && ids(&changed) == [id.clone()],
        Step::Edit(id, word) => {
            gone.is_empty() && new.is_empty() && ids(&changed) == [id.clone()] && changed[id].word == *word
        }
        Step::Pin(id, _) => gone.is_empty() && new.is_empty() && ids(&changed) == [id.clone()],
        Step::Forget(id) => new.is_empty() && changed.is_empty() && ids(&gone) == [id.clone()],
        Step::Index => false,
    };
    assert!(fits, "{context}: after {step:?} gone {gone:?}, new {new:?}, changed {changed:?}");
    after
}

#[track_caller]
fn found(brain: &Brain, model: &Model, context: &str) {
    for (id, known) in model {
        let hits = brain.recall(&Query { limit: 100, ..Query::words(known.word.clone()) }).expect("recalled");
        let there = hits.iter().filter(|hit| hit.entry.id == *id).count();
        assert_eq!(there, usize::from(known.by.is_none()), "{context}: {known:?}");
    }
}

/// Whether an error tells of the disk, and of nothing else.
fn of_the_disk(error: &BrainError) -> bool {
    match error {
        BrainError::Storage(_) | BrainError::Io(_) => true,
        BrainError::Undone(inner) => of_the_disk(inner),
        _ => false,
    }
}

#[test]
fn a_disk_that_fails_at_any_moment_of_any_history_loses_nothing_acknowledged() {
    let mut failures = [0; 3];
    for seed in 0..60 {
        let mut random = StdRng::seed_from_u64(seed);
        let (disk, dir) = (Forgetful::new(), tempfile::tempdir().expect("a folder"));
        let mut counter = 0;
        let mut fresh = || {
            counter += 1;
            format!("word{counter}")
        };
        let mut model = Model::new();
        let mut brain = opened(&disk, dir.path()).expect("opens");
        for _ in 0..6 {
            disk.fail_after(Some(random.random_range(0..60)));
            let failed = (0..40).find_map(|_| {
                let step = step(&mut random, &model, &mut fresh);
                act(&brain, &step, &mut model).err().map(|error| (step, error))
            });
            let context = format!("seed {seed}");
            let Some((step, error)) = failed else {
                disk.fail_after(None);
                found(&brain, &model, &context);
                continue;
            };
            assert!(of_the_disk(&error), "{context}: {error:?}");
            // Sometimes the disk is well again before anybody opens the brain anew: what is read then is what is there.
            let kind = random.random_range(0..3);
            failures[kind] += 1;
            if kind == 0 {
                disk.fail_after(None);
                for id in model.keys() {
                    if let Ok(entry) = brain.get(id) {
                        let unsure = matches!(&step, Step::Forget(other) if other == id);
                        assert!(entry.is_some() || unsure, "{context}: {id} is missing after {step:?}");
                    }
                }
            }
            if kind == 1 {
                disk.power_cut();
            }
            drop(brain);
            if kind == 2 {
                // It may fail while it is opened as well.
                disk.fail_after(Some(random.random_range(0..20)));
                let again = opened(&disk, dir.path());
                if let Err(error) = &again {
                    assert!(of_the_disk(error), "{context}: {error:?}");
                    // A database that could not be closed has the disk still.
                    disk.power_cut();
                }
                drop(again);
            }
            disk.fail_after(None);
            brain = opened(&disk, dir.path()).unwrap_or_else(|error| panic!("{context}: {error}"));
            model = whole(&brain, &model, &step, &context);
            found(&brain, &model, &context);
        }
        drop(brain);
        std::fs::remove_dir_all(dir.path().join("index")).expect("removed");
        let brain = opened(&disk, dir.path()).expect("opens");
        assert_eq!(held(&brain), model, "seed {seed}");
        found(&brain, &model, &format!("seed {seed}, at its end"));
    }
    assert!(failures.iter().all(|count| *count > 20), "{failures:?}");
}
