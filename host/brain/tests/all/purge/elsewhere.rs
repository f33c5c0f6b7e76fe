//! Words that are kept until they are erased elsewhere, too.

use super::{holding, nowhere};
use crate::support::*;
use loket_brain::{Correction, MemoryId, Options};

#[test]
fn words_are_kept_for_erasing_elsewhere_until_that_is_done() {
    let erasing = || Options { erasing: true, ..Options::default() };
    let brain = brain_with(erasing());
    let plain = write(&brain, draft("the secret is zanzibarquux"), 1);
    let wrong = write(&brain, draft("the code is grimwoldry"), 2);
    let lesson = Correction {
        mistake: Some(wrong.clone()),
        wrong: String::new(),
        right: "codes are not kept".to_owned(),
        applies: "always and ever".to_owned(),
    };
    let lesson = brain.correct(lesson, at(3)).expect("corrected");
    assert_eq!(brain.erasing().expect("read"), []);
    for id in [&plain, &wrong, &lesson] {
        brain.forget(id, 4).expect("forgotten");
    }
    let told = || {
        let mut all: Vec<(MemoryId, String)> =
            brain.erasing().expect("read").into_iter().map(|one| (one.id, one.text)).collect();
        all.sort();
        all
    };
    let all = told();
    assert!(all.contains(&(plain.clone(), "the secret is zanzibarquux".to_owned())), "{all:?}");
    assert!(all.contains(&(wrong.clone(), "the code is grimwoldry".to_owned())), "{all:?}");
    assert!(all.iter().any(|(id, text)| *id == lesson && text == "codes are not kept"), "{all:?}");
    assert!(recall(&brain, "zanzibarquux").is_empty(), "forgotten all the same");
    brain.snapshot("kept").expect("kept");

    brain.purge(true).expect("purged");
    assert!(holding(brain.dir.path(), "zanzibarquux").len() == 1, "in the database alone");
    assert_eq!(told(), all);
    brain.erased(&[plain.clone(), MemoryId::from("no name")]).expect("noted");
    assert!(told().iter().all(|(id, _)| *id != plain) && told().len() == all.len() - 1);
    nowhere(&brain, "zanzibarquux");
    brain.erased(&[wrong, lesson]).expect("noted");
    assert_eq!(told(), []);
    nowhere(&brain, "grimwoldry");
}

#[test]
fn words_to_be_erased_outlive_a_reopening_and_are_not_kept_unasked() {
    let brain = brain_with(Options { erasing: true, ..Options::default() });
    let id = remember(&brain, "the secret is zanzibarquux");
    brain.forget(&id, 4).expect("forgotten");
    // The owner has given it up meanwhile.
    let brain = brain.reopened(|_| {});
    assert_eq!(brain.erasing().expect("read").len(), 1);
    let other = remember(&brain, "another secret");
    brain.forget(&other, 5).expect("forgotten");
    assert_eq!(brain.erasing().expect("read").len(), 1);
    brain.erased(&[id]).expect("noted");
    assert!(brain.reopened(|_| {}).erasing().expect("read").is_empty());
}
