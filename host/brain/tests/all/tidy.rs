//! A file that much came into at once gets small when its brain rests, and nobody notices but who looks at the disk.

use crate::names::names_are_those_that_are_borne;
use crate::support::*;
use loket_brain::{Brain, Draft, Kind, Options};
use loket_testkit::kill::{self, After};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const MANY: u64 = 15_000;

/// Lets many come at once.
fn fill(brain: &Brain) {
    for piece in 0..3 {
        let drafts = (0..MANY / 3).map(|n| {
            let n = piece * (MANY / 3) + n;
            let draft = Draft { conversation: Some(format!("talk {}", n / 40)), ..of(Kind::Episode, &text(n)) };
            (draft, at(1_700_000_000_000 + n))
        });
        brain.remember_all(drafts.collect()).expect("remembered");
    }
}

fn text(n: u64) -> String {
    format!("note{n} is one of very many, each of which has some words that say nothing")
}

fn size(dir: &Path) -> u64 {
    fs::metadata(dir.join("brain.redb")).expect("there").len()
}

/// Waits until the file is much smaller than it was.
#[track_caller]
fn shrinks(dir: &Path, before: u64) -> u64 {
    let begun = Instant::now();
    while size(dir) * 4 >= before * 3 {
        assert!(begun.elapsed() < Duration::from_secs(60), "it stays at {before}");
        std::thread::sleep(Duration::from_millis(20));
    }
    size(dir)
}

#[track_caller]
fn has_all(brain: &Fixture) {
    assert_eq!(brain.count().expect("counted"), MANY);
    for n in (0..MANY).step_by(1999) {
        assert_eq!(recall(brain, &format!("note{n}"))[0].entry.text, text(n));
    }
}

#[test]
fn what_came_at_once_takes_little_room_after_a_rest() {
    let brain = brain();
    fill(&brain);
    let before = size(brain.dir.path());
    // Read all the while, which nobody who reads must notice.
    let (done, reads) = (AtomicBool::new(false), AtomicU64::new(0));
    let after = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 0;
            while !done.load(Ordering::Relaxed) {
                n = (n + 997) % MANY;
                assert_eq!(recall(&brain, &format!("note{n}"))[0].entry.text, text(n));
                assert!(brain.list(&[], None, 100).expect("listed").cursor.is_some());
                assert_eq!(brain.export(None, 200).expect("exported").items.len(), 200);
                reads.fetch_add(1, Ordering::Relaxed);
            }
        });
        let after = shrinks(brain.dir.path(), before);
        std::thread::sleep(Duration::from_millis(300));
        done.store(true, Ordering::Relaxed);
        after
    });
    assert!(reads.load(Ordering::Relaxed) > 10);
    let file = brain.dir.path().join("copy");
    brain.copy_to(&file).expect("copied");
    let copy = fs::metadata(&file).expect("there").len();
    fs::remove_file(file).expect("removed");
    assert!(after <= copy + copy / 20, "{after} is more than a copy has: {copy}");
    has_all(&brain);
    // It goes on, and is the same when it is opened again.
    let id = write(&brain, draft("one more"), 1_800_000_000_000);
    brain.forget(&id, 1_800_000_000_001).expect("forgotten");
    let brain = brain.reopened(|_| {});
    has_all(&brain);
    names_are_those_that_are_borne(&brain, brain.dir.path());
    // A second rest finds nothing to do.
    let made = || fs::metadata(brain.dir.path().join("brain.redb")).expect("there").created().expect("known");
    let before = made();
    write(&brain, draft("another"), 1_800_000_000_002);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(made(), before);
}

#[test]
fn what_was_forgotten_stays_to_be_purged() {
    let brain = brain();
    let id = write(&brain, draft("zanzibarquux"), 1);
    brain.index_now().expect("indexed");
    brain.forget(&id, 2).expect("forgotten");
    fill(&brain);
    shrinks(brain.dir.path(), size(brain.dir.path()));
    assert!(brain.stale().expect("read"), "the index may have it still");
}

#[test]
fn who_writes_meanwhile_loses_nothing() {
    let brain = brain_with(Options { index_after: 1_000_000, ..Options::default() });
    fill(&brain);
    let before = size(brain.dir.path());
    let begun = Instant::now();
    let mut written = Vec::new();
    // With pauses that are rests, and with others that end in the middle of what is done then.
    for n in 0.. {
        let time = 1_800_000_000_000 + n;
        written.push(write(&brain, said("late", &format!("late{n}")), time));
        if size(brain.dir.path()) * 4 < before * 3 || begun.elapsed() > Duration::from_secs(60) {
            break;
        }
        std::thread::sleep(Duration::from_millis(1500 + 40 * (n % 10)));
    }
    let crashed = crashed(&brain);
    for brain in [open(crashed.path()), brain.brain] {
        for id in &written {
            assert!(brain.get(id).expect("read").is_some());
        }
        assert_eq!(brain.count().expect("counted"), MANY + written.len() as u64);
    }
}

const FOLDER: &str = "LOKET_BRAIN_TIDY_TEST";

#[test]
fn child_that_rests_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER).filter(|_| kill::is_child()) else { return };
    let brain = open(Path::new(&folder));
    write(&brain, draft("the last before the rest"), 1_800_000_000_000);
    kill::ready();
    std::thread::sleep(Duration::from_secs(10));
}

#[test]
fn a_kill_meanwhile_leaves_the_old_file_or_the_new_one() {
    let full = brain();
    fill(&full);
    full.index_now().expect("indexed");
    let Fixture { brain, dir: full } = full;
    brain.close().expect("closed");
    let before = size(full.path());
    let (mut old, mut new) = (0, 0);
    for round in 0..16 {
        let dir = tempfile::tempdir().expect("a folder");
        copy_folder(full.path(), dir.path());
        // It rests 1.5 s after what it wrote last.
        let after = Duration::from_millis(1450 + 60 * round);
        let test = "tidy::child_that_rests_until_it_is_killed";
        kill::run(test, &[(FOLDER, OsStr::new(dir.path()))], After::Ready(after));
        let is_old = size(dir.path()) >= before;
        (old, new) = (old + u32::from(is_old), new + u32::from(!is_old));
        let brain = Fixture { brain: open(dir.path()), dir };
        assert_eq!(brain.count().expect("counted"), MANY + 1, "round {round}");
        assert_eq!(recall(&brain, "last before the rest").len(), 1);
        assert!(!brain.dir.path().join("brain.redb.purged").exists());
    }
    assert!(old > 0 && new > 0, "{old} before, {new} after");
}
