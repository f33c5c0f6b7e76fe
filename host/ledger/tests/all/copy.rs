//! Copying a ledger that is in use: what the copy holds is what was durable, and no more.

use crate::{append_all, assert_sound, line, text};
use loket_ledger::{Ledger, RedbStorage, Seq, Stored, TurnId};
use std::path::Path;

#[track_caller]
fn open(path: &Path) -> Ledger {
    Ledger::open(RedbStorage::open(path).expect("the storage opens")).expect("the ledger opens")
}

#[test]
fn a_copy_holds_all_that_was_durable_and_is_sound() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(&folder.path().join("ledger.redb"));
    append_all(&ledger, (0..500).map(|n| line(1_000 + n / 10, text(format!("payload {n}")))));
    let head = ledger.head();
    // Someone goes on writing while it is copied.
    std::thread::scope(|scope| {
        scope.spawn(|| append_all(&ledger, (0..500).map(|n| line(n, text("later")))));
        ledger.copy_to(&folder.path().join("copy.redb")).expect("it copies");
    });
    let copy = open(&folder.path().join("copy.redb"));
    assert_sound(&copy);
    assert_eq!(copy.genesis(), ledger.genesis());
    assert!(copy.head().seq >= head.seq);
    assert_eq!(copy.read(Seq(1), 500).expect("reads"), ledger.read(Seq(1), 500).expect("reads"));
    assert_eq!(copy.turn(TurnId(1_003)).expect("reads"), ledger.turn(TurnId(1_003)).expect("reads"));
}

#[test]
fn what_was_erased_is_in_no_copy() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(&folder.path().join("ledger.redb"));
    append_all(&ledger, [line(1, text("kept")), line(1, text("gone"))]);
    assert!(ledger.erase(Seq(2)).expect("erases"));
    ledger.copy_to(&folder.path().join("copy.redb")).expect("it copies");
    let copy = open(&folder.path().join("copy.redb"));
    assert_eq!(copy.entry(Seq(2)).expect("reads").expect("a line").payload, Stored::Erased);
    assert_sound(&copy);
}

#[test]
fn a_copy_overwrites_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(&folder.path().join("ledger.redb"));
    let taken = folder.path().join("taken");
    std::fs::write(&taken, "mine").expect("written");
    ledger.copy_to(&taken).expect_err("it is there already");
    assert_eq!(std::fs::read(&taken).expect("reads"), b"mine");
}
