//! What the tool for files claims, against a few folders in memory.

mod editing;
mod fake;
mod finding;
mod reading;
mod searching;

use fake::{Tree, exhausted, invalid};
use loket_files_tool::folders_wit;
use loket_files_tool::watch::watch;
use loket_files_tool::{Error, Event, Mode, write};

#[test]
fn a_file_is_created_replaced_and_added_to() {
    let tree = Tree::default().with("notes/a", "one\n");
    invalid(write(&tree, "notes/a", "two\n", Mode::Create), "already");
    write(&tree, "notes/a", "two\n", Mode::Append).expect("it is added to");
    assert_eq!(tree.bytes("notes/a"), b"one\ntwo\n");
    write(&tree, "notes/a", "größer", Mode::Replace).expect("it is replaced");
    assert_eq!(tree.bytes("notes/a"), "größer".as_bytes());
    write(&tree, "notes/new/b", "", Mode::Create).expect("it is created");
    assert_eq!(tree.bytes("notes/new/b"), b"");
    invalid(write(&tree, "notes/c", &"x".repeat((1 << 20) + 1), Mode::Create), "too many");
}

#[test]
fn a_watch_tells_what_changed_and_ends_with_the_call() {
    let tree = Tree::default().with("notes/a", "").changing("notes/a", folders_wit::Event::Changed);
    let changes = watch(&tree, "notes", Some(1)).expect("it watches");
    assert_eq!(changes.len(), 1);
    assert!(changes[0].path == "notes/a" && changes[0].event == Event::Changed);
    assert_eq!(tree.watches.get(), 0);
    for (seconds, words) in [(0, "asks for nothing"), (51, "50 is the most")] {
        invalid(watch(&tree, "notes", Some(seconds)), words);
    }
    assert!(matches!(watch(&tree, "notes/none", None), Err(Error::NotFound(_))));
}

#[test]
fn a_watch_that_fails_ends_too() {
    let mut tree = Tree::default().with("notes/a", "");
    for number in 0..1_001 {
        tree = tree.changing(&format!("notes/{number}"), folders_wit::Event::Created);
    }
    assert_eq!(exhausted(watch(&tree, "notes", None).expect_err("too much happened")).0, "changes");
    assert_eq!(tree.watches.get(), 0);
}
