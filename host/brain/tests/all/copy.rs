//! Copying a brain that is in use.

use crate::support::*;
use loket_brain::{Kind, Query};

#[test]
fn a_copy_remembers_what_the_brain_did_at_that_moment() {
    let brain = brain();
    let id = brain.remember(of(Kind::Fact, "my server is at 10.0.0.5"), at(1)).expect("remembered");
    let forgotten = brain.remember(of(Kind::Fact, "the code is 4711"), at(2)).expect("remembered");
    brain.forget(&forgotten, 3).expect("forgotten");
    let other = tempfile::tempdir().expect("a folder");
    // Someone goes on remembering while it is copied.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..50 {
                brain.remember(of(Kind::Fact, &format!("later {n}")), at(10 + n)).expect("remembered");
            }
        });
        brain.copy_to(&other.path().join("brain.redb")).expect("it copies");
    });
    let copy = open(other.path());
    let hits = copy.recall(&Query::words("where is my server?")).expect("recalled");
    assert_eq!(hits.first().map(|hit| hit.entry.id.clone()), Some(id));
    assert!(copy.recall(&Query::words("code")).expect("recalled").is_empty());
    let bytes = std::fs::read(other.path().join("brain.redb")).expect("reads");
    assert!(!bytes.windows(4).any(|window| window == b"4711"), "what was forgotten is in no copy");
}

#[test]
fn a_copy_overwrites_nothing() {
    let brain = brain();
    let taken = brain.dir.path().join("taken");
    std::fs::write(&taken, "mine").expect("written");
    brain.copy_to(&taken).expect_err("it is there already");
    assert_eq!(std::fs::read(&taken).expect("reads"), b"mine");
}
