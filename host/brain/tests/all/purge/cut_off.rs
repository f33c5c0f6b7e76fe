//! A purge that was cut off loses nothing, and the next one finishes it.

use super::{holding, nowhere};
use crate::support::*;
use loket_brain::{Options, Query};
use loket_testkit::kill::{self, After};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[test]
fn what_a_kill_left_half_written_is_cleaned() {
    let brain = brain();
    let id = remember(&brain, "the secret is zanzibarquux");
    brain.snapshot("kept").expect("kept");
    let snapshots = brain.dir.path().join("snapshots");
    // A snapshot that was cut off, and a purge of one.
    for half in [".other.new", "kept.purged"] {
        std::fs::copy(snapshots.join("kept.redb"), snapshots.join(half)).expect("copied");
    }
    brain.forget(&id, 3).expect("forgotten");
    let brain = brain.reopened(|_| {});
    nowhere(&brain, "zanzibarquux");
    assert_eq!(brain.snapshots().expect("read").len(), 1);
}

#[test]
fn a_purge_that_was_cut_off_before_it_took_the_old_file_s_place_loses_nothing() {
    let brain = brain();
    let kept = remember(&brain, "this is kept");
    let id = remember(&brain, "the secret is zanzibarquux");
    brain.forget(&id, 3).expect("forgotten");
    for half in [&b""[..], b"half a file", &std::fs::read(brain.dir.path().join("brain.redb")).expect("read")] {
        std::fs::write(brain.dir.path().join("brain.redb.purged"), half).expect("written");
        let reopened = open_copy(&brain);
        assert!(!reopened.dir.path().join("brain.redb.purged").exists());
        assert_eq!(names(&reopened, &Query::words("kept")), [kept.clone()]);
        assert!(reopened.stale().expect("read"), "the purge is still to be done");
        nowhere(&reopened, "zanzibarquux");
    }
    // One that is left beside a brain in use is in nobody's way.
    std::fs::write(brain.dir.path().join("brain.redb.purged"), "half a file with zanzibarquux").expect("written");
    nowhere(&brain, "zanzibarquux");
    assert_eq!(names(&brain, &Query::words("kept")), [kept]);
}

/// The files of a brain, as a crash leaves them, in a folder of their own.
fn open_copy(brain: &Fixture) -> Fixture {
    let dir = tempfile::tempdir().expect("a folder");
    copy_folder(brain.dir.path(), dir.path());
    Fixture { brain: open(dir.path()), dir }
}

const FOLDER: &str = "LOKET_BRAIN_PURGE_TEST";

/// A word of letters alone: it is found as a whole or not at all.
fn lettered(word: &str, round: u64, n: u64) -> String {
    let letters =
        |number: u64| number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'k')).collect::<String>();
    format!("{word}{}z{}q", letters(round), letters(n))
}

/// Remembers, forgets and purges until it is killed.
#[test]
fn child_that_purges_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER).filter(|_| kill::is_child()) else { return };
    let brain = open_with(Path::new(&folder), Options { index_after: 20, ..Options::default() });
    kill::ready();
    let round = brain.count().expect("counted");
    for n in 0.. {
        let word = lettered("kept", round, n);
        remember(&brain, &format!("common {word}"));
        kill::acknowledge(format_args!("kept {word}"));
        let secret = lettered("zanzibar", round, n);
        let id = remember(&brain, &format!("common {secret}"));
        if n % 5 == 0 {
            let _ = brain.snapshot(&format!("s{round}x{n}"));
        }
        brain.forget(&id, 1).expect("forgotten");
        kill::acknowledge(format_args!("gone {secret}"));
        brain.purge(true).expect("purged");
        kill::acknowledge(format_args!("purged {secret}"));
        if n % 5 == 0 {
            brain.drop_snapshot(&format!("s{round}x{n}")).expect("dropped");
        }
    }
}

#[test]
fn a_kill_in_the_middle_of_a_purge_loses_nothing_and_the_next_purge_finishes_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let (mut kept, mut gone, mut purges) = (Vec::new(), Vec::new(), 0);
    // So long that now and then a purge comes to its end, on whatever machine.
    let mut longest = 100_000;
    for round in 0..50 {
        let after = Duration::from_micros(u64::from(rand::random::<u32>() % longest));
        let name = "purge::cut_off::child_that_purges_until_it_is_killed";
        let told = kill::run(name, &[(FOLDER, OsStr::new(dir.path()))], After::Ready(after));
        let ended = told.iter().filter(|line| line.starts_with("purged ")).count();
        longest = if ended < 2 { longest * 5 / 4 } else { longest * 9 / 10 };
        for line in &told {
            match line.split_once(' ').expect("two words") {
                ("kept", word) => kept.push(word.to_owned()),
                ("gone", word) => gone.push(word.to_owned()),
                (_, word) => {
                    purges += 1;
                    assert_eq!(gone.last().map(String::as_str), Some(word));
                }
            }
        }
        let brain = open_with(dir.path(), Options { index_after: 20, ..Options::default() });
        for word in kept.iter().rev().take(30) {
            assert_eq!(recall(&brain, word).len(), 1, "{word} after round {round}");
        }
        for word in gone.iter().rev().take(30) {
            assert!(recall(&brain, word).is_empty(), "{word} after round {round}");
        }
    }
    assert!(purges > 20, "only {purges} purges came to their end");
    let brain = Fixture { brain: open(dir.path()), dir };
    assert!(brain.count().expect("counted") >= kept.len() as u64);
    for word in &kept {
        assert_eq!(recall(&brain, word).len(), 1, "{word}");
    }
    brain.purge(true).expect("purged");
    for word in &gone {
        assert_eq!(holding(brain.dir.path(), word), Vec::<PathBuf>::new(), "{word}");
    }
}
