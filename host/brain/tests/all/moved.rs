//! A brain that is found somewhere else, or after a crash where it was.

use crate::support::*;
use loket_brain::{Brain, BrainError, Kind, MemoryId, Options, Query};
use loket_testkit::kill::{self, After};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;

const COUNT: usize = 80;

fn filled() -> Fixture {
    let brain = brain_with(Options { index_after: 30, ..Options::default() });
    for n in 0..COUNT {
        write(&brain, of(Kind::Fact, &format!("common unique{n} {}", "filler ".repeat(n % 50))), n as u64);
    }
    brain.snapshot("kept").expect("kept");
    brain
}

#[track_caller]
fn whole(brain: &Brain) {
    assert_eq!(brain.count().expect("counted"), COUNT as u64);
    for n in 0..COUNT {
        assert_eq!(recall(brain, &format!("unique{n}")).len(), 1, "unique{n}");
    }
    assert_eq!(brain.snapshots().expect("read").len(), 1);
    brain.diff("kept", None, None, 10).expect("its snapshot can be read");
}

fn copied(brain: &Fixture) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    copy_folder(brain.dir.path(), dir.path());
    dir
}

/// What is said while something is done in this thread.
fn heard<T>(work: impl FnOnce() -> T) -> (T, Vec<String>) {
    struct Ear(Arc<Mutex<Vec<String>>>);
    struct Words(String);
    impl tracing::field::Visit for Words {
        fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
            if field.name() == "message" {
                self.0 = format!("{value:?}");
            }
        }
    }
    impl tracing::Subscriber for Ear {
        fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
            tracing::span::Id::from_u64(1)
        }
        fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
        fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
        fn event(&self, event: &tracing::Event<'_>) {
            let mut words = Words(String::new());
            event.record(&mut words);
            self.0.lock().expect("heard").push(words.0);
        }
        fn enter(&self, _: &tracing::span::Id) {}
        fn exit(&self, _: &tracing::span::Id) {}
    }
    let told = Arc::new(Mutex::new(Vec::new()));
    let done = tracing::subscriber::with_default(Ear(told.clone()), work);
    let told = told.lock().expect("heard").clone();
    (done, told)
}

/// Opens a brain; whether it was taken for a copy.
#[track_caller]
fn opened(dir: &Path) -> (Brain, bool) {
    let (brain, told) = heard(|| open(dir));
    (brain, told.iter().any(|words| words.contains("copied while it was in use")))
}

#[test]
fn a_closed_brain_opens_wherever_its_folder_goes() {
    let brain = filled();
    brain.close().expect("closed");
    let copy = copied(&brain);
    let (there, suspected) = opened(copy.path());
    assert!(!suspected, "it was closed");
    whole(&there);
    remember(&there, "it goes its own way");
    drop(there);
    let moved = tempfile::tempdir().expect("a folder");
    let target = moved.path().join("deep/down");
    fs::create_dir_all(target.parent().expect("a folder")).expect("made");
    fs::rename(copy.path(), &target).expect("moved");
    let (there, suspected) = opened(&target);
    assert!(!suspected);
    assert_eq!(recall(&there, "own way").len(), 1);
    drop(there);
    let (here, suspected) = opened(brain.dir.path());
    assert!(!suspected);
    whole(&here);
}

#[test]
fn the_database_alone_is_enough() {
    let brain = filled();
    brain.close().expect("closed");
    let dir = tempfile::tempdir().expect("a folder");
    fs::copy(brain.dir.path().join("brain.redb"), dir.path().join("brain.redb")).expect("copied");
    let (there, suspected) = opened(dir.path());
    assert!(!suspected);
    assert_eq!(there.count().expect("counted"), COUNT as u64);
}

#[test]
fn a_whole_copy_of_a_brain_in_use_is_looked_at_and_has_everything() {
    let brain = filled();
    let copy = copied(&brain);
    let (there, suspected) = opened(copy.path());
    assert!(suspected, "it was in use");
    whole(&there);
    drop(there);
    let (there, suspected) = opened(copy.path());
    assert!(!suspected, "it is a brain of its own by now");
    whole(&there);
    whole(&brain);
}

/// The words for a copy that cannot be trusted.
#[track_caller]
fn torn(dir: &Path, what: &str) {
    for attempt in 1..=2 {
        match Brain::open(dir, Options::default()) {
            Err(error @ BrainError::Damaged { .. }) => {
                let words = error.to_string();
                assert!(words.contains("these files were copied while the brain was in use"), "{words}");
                assert!(words.contains("make the copy again"), "{words}");
            }
            other => panic!("{what}, attempt {attempt}: {other:?}"),
        }
    }
}

#[test]
fn a_copy_of_a_brain_in_use_that_lacks_its_end_is_told_for_what_it_is() {
    // Opened anew: the database's file has everything, and no place for more.
    let brain = filled().reopened(|_| {});
    let length = fs::metadata(brain.dir.path().join("brain.redb")).expect("there").len();
    for keep in [0, 1, 100, 4096, length / 3, length / 2, length - 4096, length - 1] {
        let copy = copied(&brain);
        let file = fs::File::options().write(true).open(copy.path().join("brain.redb")).expect("opens");
        file.set_len(keep).expect("cut");
        drop(file);
        // A last page in which nothing lies is no loss.
        match Brain::open(copy.path(), Options::default()) {
            Ok(open) if keep >= length - 4096 => {
                assert_eq!(open.count().expect("counted"), brain.count().expect("counted"), "cut to {keep} of {length}")
            }
            Ok(_) => panic!("cut to {keep} of {length}, it opens"),
            Err(_) => torn(copy.path(), &format!("cut to {keep} of {length}")),
        }
    }
}

#[test]
fn a_copy_of_two_moments_is_told_for_what_it_is_or_has_everything() {
    let brain = filled();
    let early = fs::read(brain.dir.path().join("brain.redb")).expect("read");
    for n in 0..60u64 {
        let id = recall(&brain, &format!("unique{n}")).remove(0).entry.id;
        brain.forget(&id, 1000).expect("forgotten");
        write(&brain, of(Kind::Fact, &format!("common later{n} {}", "more ".repeat(60))), 2000 + n);
    }
    let late = fs::read(brain.dir.path().join("brain.redb")).expect("read");
    let expect = everything(&brain);
    let mut told = 0;
    for share in 1..20 {
        for early_first in [true, false] {
            let copy = copied(&brain);
            let mut mixed = if early_first { late.clone() } else { early.clone() };
            let head = if early_first { &early } else { &late };
            let cut = head.len().min(mixed.len()) * share / 20;
            mixed[..cut].copy_from_slice(&head[..cut]);
            fs::write(copy.path().join("brain.redb"), mixed).expect("written");
            match Brain::open(copy.path(), Options::default()) {
                Err(error) => {
                    told += 1;
                    assert!(error.to_string().contains("these files were copied"), "{error}");
                    torn(copy.path(), "a second time");
                }
                // It may happen to be one of the moments, or one between them: each has as many, or one less.
                Ok(there) => {
                    let there = everything(&there);
                    let whole = (COUNT - 1..=COUNT).contains(&there.len());
                    assert!(there == expect || whole, "no moment that ever was, {share}: {}", there.len());
                }
            }
        }
    }
    assert!(told > 10, "only {told} of 38 were noticed");
}

#[test]
fn an_index_of_another_moment_in_a_copy_is_made_anew() {
    let brain = filled();
    let early = copied(&brain);
    for n in 0..40u64 {
        write(&brain, of(Kind::Fact, &format!("common later{n}")), 2000 + n);
    }
    brain.index_now().expect("indexed");
    let late = copied(&brain);
    for (database, index) in [(early.path(), late.path()), (late.path(), early.path())] {
        let mixed = tempfile::tempdir().expect("a folder");
        copy_folder(database, mixed.path());
        fs::remove_dir_all(mixed.path().join("index")).expect("removed");
        copy_folder(&index.join("index"), &mixed.path().join("index"));
        let (there, suspected) = opened(mixed.path());
        assert!(suspected);
        let later = there.count().expect("counted") > COUNT as u64;
        let hits = there.recall(&Query { limit: 100, ..Query::words("common") }).expect("recalled");
        assert_eq!(hits.len(), 100.min(if later { COUNT + 40 } else { COUNT }));
        for n in 0..40 {
            let found = texts(&there, &format!("later{n}")).contains(&format!("common later{n}"));
            assert_eq!(found, later, "later{n}");
        }
        assert_eq!(recall(&there, "unique7").len(), 1);
    }
}

/// A process that is just being started has all that its parent has open, for a moment.
#[test]
fn a_brain_that_was_closed_opens_at_once_whatever_processes_are_started_meanwhile() {
    let dir = tempfile::tempdir().expect("a folder");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let program = std::env::current_exe().expect("this program");
                    let nothing = std::process::Command::new(program).args(["--list", "--exact", "none"]).output();
                    nothing.expect("it is started");
                }
            });
        }
        let opened: Vec<_> = (0..300).map(|_| Brain::open(dir.path(), Options::default()).map(drop)).collect();
        done.store(true, Ordering::Relaxed);
        let failed: Vec<_> = opened.into_iter().filter_map(Result::err).collect();
        assert!(failed.is_empty(), "{} of 300: {:?}", failed.len(), failed[0]);
    });
}

const FOLDER: &str = "LOKET_BRAIN_MOVED_TEST";

#[test]
fn child_that_writes_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER).filter(|_| kill::is_child()) else { return };
    let brain = open_with(Path::new(&folder), Options { index_after: 10, ..Options::default() });
    kill::ready();
    for n in 0u64.. {
        let id = write(&brain, draft(&format!("common word{n}")), n);
        kill::acknowledge(&id);
        if n % 10 == 7 {
            brain.forget(&id, n).expect("forgotten");
            brain.purge(false).expect("purged");
            remember(&brain, &format!("common after{n}"));
        }
    }
}

#[test]
fn a_crash_is_not_taken_for_a_copy_and_a_copy_of_what_it_left_is() {
    let dir = tempfile::tempdir().expect("a folder");
    for round in 0..12 {
        let after = Duration::from_millis(30 + 10 * round);
        let told = kill::run(
            "moved::child_that_writes_until_it_is_killed",
            &[(FOLDER, OsStr::new(dir.path()))],
            After::Ready(after),
        );
        assert!(!told.is_empty());
        let copy = tempfile::tempdir().expect("a folder");
        copy_folder(dir.path(), copy.path());
        let (there, suspected) = opened(copy.path());
        assert!(suspected, "nobody can tell that it was whole");
        let (here, suspected) = opened(dir.path());
        // A purge puts a new file in the old one's place; a kill between that and its mark is a matter of microseconds.
        assert!(!suspected, "it is where it was");
        let last = MemoryId::from(told[told.len() - 1].as_str());
        for brain in [&here, &there] {
            let number = told.len() - 1;
            assert!(brain.get(&last).expect("read").is_some() || number % 10 == 7);
            let hits = brain.recall(&Query { limit: 100, ..Query::words("common") }).expect("recalled");
            assert!(!hits.is_empty());
        }
        drop((here, there));
        fs::remove_dir_all(dir.path()).expect("removed");
    }
}
