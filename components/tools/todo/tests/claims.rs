//! What the tool claims: steps are kept with their numbers, plans are apart, nothing is lost side by side, bounds.

use loket_todo::plan::{add, clear, mark, plans, show};
use loket_todo::store::Store;
use loket_todo::{State, Step};
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// A store in memory.
#[derive(Default)]
struct Memory(RefCell<BTreeMap<String, Vec<u8>>>, RefCell<BTreeMap<String, u64>>);

impl Store for Memory {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        Ok(self.0.borrow().get(key).cloned())
    }

    fn set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        self.0.borrow_mut().insert(key.into(), value.into());
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), String> {
        self.0.borrow_mut().remove(key);
        self.1.borrow_mut().remove(key);
        Ok(())
    }

    fn keys(&self) -> Result<Vec<String>, String> {
        Ok(self.0.borrow().keys().chain(self.1.borrow().keys()).cloned().collect())
    }

    fn increment(&self, key: &str, by: u64) -> Result<u64, String> {
        let mut numbers = self.1.borrow_mut();
        let number = numbers.entry(key.into()).or_default();
        *number += by;
        Ok(*number)
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn lines(steps: &[Step]) -> Vec<String> {
    steps.iter().map(|step| format!("{} {:?} {}", step.number, step.state, step.text).replace("State::", "")).collect()
}

#[test]
fn steps_keep_their_numbers_and_their_states() {
    let store = Memory::default();
    let added = add(&store, None, &texts(&["pack", " call the movers\n"])).expect("there is room");
    assert_eq!(lines(&added), ["1 Open pack", "2 Open call the movers"]);
    let done = mark(&store, None, 1, State::Done, None).expect("it is there");
    assert_eq!(lines(&[done]), ["1 Done pack"]);
    mark(&store, Some("plan"), 2, State::Doing, Some("call two movers".into())).expect("it is there");
    add(&store, Some(" "), &texts(&["sweep"])).expect("there is room");
    let shown = show(&store, None).expect("it can be read");
    assert_eq!(lines(&shown), ["1 Done pack", "2 Doing call two movers", "3 Open sweep"]);
}

#[test]
fn plans_are_apart_and_one_that_is_cleared_is_gone() {
    let store = Memory::default();
    add(&store, Some("move"), &texts(&["pack"])).expect("there is room");
    add(&store, Some("move-house"), &texts(&["a", "b"])).expect("there is room");
    mark(&store, Some("move-house"), 2, State::Dropped, None).expect("it is there");
    let told = plans(&store).expect("they can be read");
    let told: Vec<_> = told.iter().map(|plan| (plan.plan.as_str(), plan.steps, plan.left)).collect();
    assert_eq!(told, [("move", 1, 1), ("move-house", 2, 1)]);
    assert_eq!(clear(&store, Some("move")), Ok(1));
    assert_eq!(clear(&store, Some("move")), Ok(0));
    assert_eq!(show(&store, Some("move")).map(|steps| steps.len()), Ok(0));
    assert_eq!(show(&store, Some("move-house")).map(|steps| steps.len()), Ok(2));
}

#[test]
fn errors_say_what_would_be_right() {
    let store = Memory::default();
    add(&store, None, &texts(&["a", "b"])).expect("there is room");
    for (why, word) in [
        (mark(&store, None, 3, State::Done, None).expect_err("none"), "has no step 3; it has 1, 2"),
        (mark(&store, Some("x"), 1, State::Done, None).expect_err("none"), "it has none"),
        (add(&store, None, &[]).expect_err("none"), "say what is to be done"),
        (add(&store, None, &texts(&["  "])).expect_err("no words"), "no words"),
        (add(&store, None, &["x".repeat(501)]).expect_err("long"), "make several of it"),
        (show(&store, Some("Über/..")).expect_err("no name"), "lower-case letters"),
        (show(&store, Some(&"x".repeat(65))).expect_err("no name"), "at most 64"),
    ] {
        assert!(why.contains(word), "{why}");
    }
}

#[test]
fn a_plan_has_so_many_steps_and_an_agent_so_many_plans() {
    let store = Memory::default();
    add(&store, None, &vec!["a".to_owned(); 200]).expect("there is room");
    assert!(add(&store, None, &texts(&["b"])).expect_err("full").contains("may have 200"));
    for n in 1..50 {
        add(&store, Some(&format!("p{n}")), &texts(&["a"])).expect("there is room");
    }
    assert!(add(&store, Some("one-more"), &texts(&["a"])).expect_err("full").contains("50 plans"));
    clear(&store, None).expect("it can be removed");
    add(&store, Some("one-more"), &texts(&["a"])).expect("there is room again");
}

#[test]
fn what_others_wrote_there_is_left_out() {
    let store = Memory::default();
    for (key, value) in [
        ("plan/0000000001", "nonsense"),
        ("plan/x", "{}"),
        ("odd", "1"),
        ("plan/0000000002", r#"{"state":9,"text":"a"}"#),
    ] {
        store.set(key, value.as_bytes()).expect("memory");
    }
    assert_eq!(show(&store, None).map(|steps| steps.len()), Ok(0));
}

proptest! {
    #[test]
    fn what_was_added_is_shown(words in proptest::collection::vec("\\PC{1,40}", 1..20)) {
        let store = Memory::default();
        let kept: Vec<String> = words.iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect();
        prop_assume!(kept.len() == words.len());
        add(&store, None, &words).expect("there is room");
        let shown: Vec<String> = show(&store, None).expect("it can be read").into_iter().map(|step| step.text).collect();
        prop_assert_eq!(shown, kept);
    }

    #[test]
    fn no_name_panics(name in "\\PC{0,70}") {
        drop(show(&Memory::default(), Some(&name)));
    }
}
