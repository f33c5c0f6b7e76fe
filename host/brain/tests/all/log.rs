//! The log: what was remembered last is on disk there, and after a crash it is as it was, whatever is left of the log.

use crate::support::*;
use loket_brain::{Brain, BrainError, Entry, Options};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn log_of(dir: &Path) -> PathBuf {
    dir.join("brain.log")
}

/// A brain that just remembered some things, said some of them again, and replaced others.
fn remembering() -> Fixture {
    let brain = brain();
    let mistake = remember(&brain, "the harbour opens at noon");
    brain.correct(correction(Some(&mistake), "", "the harbour opens at six"), at(1)).expect("corrected");
    for n in 0..12 {
        write(&brain, tagged(&format!("the code of door {} is {n}", n % 3), &["doors"]), 10 + n);
        write(&brain, said("talk", &format!("utterance number {n}")), 20 + n);
        remember(&brain, "said again and again");
    }
    // It crept in again.
    remember(&brain, "the harbour opens at noon");
    brain
}

fn opened(dir: &Path) -> Vec<Entry> {
    everything(&open(dir))
}

/// The folder of a crashed brain with a log of these bytes.
fn with_log(crashed: &TempDir, log: &[u8]) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    copied_folder(crashed.path(), dir.path());
    fs::write(log_of(dir.path()), log).expect("written");
    dir
}

#[track_caller]
fn refused(dir: &Path, why: &str) {
    let before = fs::read(log_of(dir)).expect("read");
    let error = Brain::open(dir, Options::default()).expect_err("it must not open");
    assert!(matches!(error, BrainError::Damaged { .. }), "{error:?}");
    let told = error.to_string();
    assert!(told.contains("brain.log") && told.contains(why), "{told}");
    assert!(fs::read(log_of(dir)).expect("read") == before, "it is left as it was");
}

/// Where the frames of a log begin, and where the last one ends.
fn frames(log: &[u8]) -> Vec<usize> {
    let mut at = vec![8];
    while let Some(length) = log.get(at[at.len() - 1]..).and_then(|rest| rest.first_chunk()) {
        at.push(at[at.len() - 1] + 28 + u32::from_le_bytes(*length) as usize);
    }
    at
}

#[test]
fn what_was_remembered_is_as_it_was_after_a_crash() {
    let brain = remembering();
    let before = everything(&brain);
    assert!(fs::metadata(log_of(brain.dir.path())).expect("a log").len() > 1000, "it is in the log");
    let mut brain = brain;
    for crash in 0..4 {
        // The next one comes before anything else is written.
        let dir = crashed(&brain);
        brain = Fixture { brain: open(dir.path()), dir };
        assert_eq!(everything(&brain), before, "crash {crash}");
    }
    assert_eq!(texts(&brain, "utterance number 7")[0], "utterance number 7");
}

#[test]
fn any_end_of_the_log_may_be_missing_and_what_is_before_it_is_there() {
    let brain = brain();
    for n in 0..12 {
        remember(&brain, &format!("note{n} of the day"));
    }
    let dir = crashed(&brain);
    let log = fs::read(log_of(dir.path())).expect("read");
    let frames = frames(&log);
    assert_eq!((frames.len(), frames.last()), (13, Some(&log.len())));
    for end in (0..log.len()).step_by(41).chain(frames.iter().copied()) {
        let whole = frames.iter().filter(|at| **at <= end).count().saturating_sub(1);
        let torn = with_log(&dir, &log[..end]);
        assert_eq!(opened(torn.path()).len(), whole, "cut to {end}");
        // It goes on from there.
        remember(&open(torn.path()), "said after that");
        assert_eq!(opened(torn.path()).len(), whole + 1, "cut to {end}");
        // A place was made for what was never written. A frame may end in such bytes itself.
        let mut hollow = log[..end].to_vec();
        hollow.resize(log.len() + 5000, 0);
        let whole = frames.iter().filter(|at| hollow[..**at] == log[..**at]).count().saturating_sub(1);
        assert_eq!(opened(with_log(&dir, &hollow).path()).len(), whole, "hollow from {end}");
    }
}

#[test]
fn a_bit_flipped_before_the_end_of_the_log_is_told() {
    let brain = brain();
    for n in 0..6 {
        remember(&brain, &format!("note{n} of the day"));
    }
    let dir = crashed(&brain);
    let log = fs::read(log_of(dir.path())).expect("read");
    let last = frames(&log)[5];
    for at in (0..last).step_by(7) {
        let mut flipped = log.clone();
        flipped[at] ^= 1 << (at % 8);
        refused(with_log(&dir, &flipped).path(), "cannot be used");
    }
}

#[test]
fn what_the_database_has_already_is_not_done_twice() {
    let brain = remembering();
    let before = everything(&brain);
    let log = fs::read(log_of(brain.dir.path())).expect("read");
    let brain = brain.reopened(|dir| {
        assert_eq!(fs::metadata(log_of(dir)).expect("there").len(), 0, "closed, it has all in the database");
        fs::write(log_of(dir), log).expect("written");
    });
    assert_eq!(everything(&brain), before);
}

#[test]
fn a_log_that_is_not_the_database_s_is_told() {
    let other = remembering();
    let brain = remembering();
    let dir = crashed(&brain);
    let foreign = fs::read(log_of(other.dir.path())).expect("read");
    // Nothing in it can be told from what was never written whole; nothing of another brain comes in.
    let with_foreign = with_log(&dir, &foreign);
    let told = everything(&open(with_foreign.path()));
    assert!(everything(&brain).len() > told.len() && told.iter().all(|entry| !entry.text.contains("utterance")));

    // One that begins after a moment that the database does not know of.
    let early = crashed(&brain);
    let brain = brain.reopened(|_| {});
    remember(&brain, "much later");
    let late = fs::read(log_of(brain.dir.path())).expect("read");
    refused(with_log(&early, &late).path(), "lacks what was remembered before it");
    refused(with_log(&early, b"something else").path(), "does not begin as one");
}

#[test]
fn a_long_log_is_taken_over_in_the_background() {
    let brain = brain();
    let mut longest = 0;
    for n in 0..1500 {
        remember(&brain, &format!("note{n}: {}", "words ".repeat(40)));
        longest = longest.max(fs::metadata(log_of(brain.dir.path())).expect("there").len());
    }
    assert!((100_000..2_000_000).contains(&longest), "{longest}");
    let dir = crashed(&brain);
    assert_eq!(opened(dir.path()).len(), 1500);
}
