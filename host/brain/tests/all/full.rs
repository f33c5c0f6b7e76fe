//! A disk that is full: a real one, a small one of its own for each of these tests.
#![cfg(target_os = "linux")]

use crate::support::*;
use loket_brain::{Brain, BrainError, Kind, MemoryId, Options};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

const FOLDER: &str = "LOKET_BRAIN_FULL_TEST";
const MOUNT: &str = r#"mount -t tmpfs -o size="$1" tmpfs "$0" && shift && exec "$@""#;

/// Runs a test of this program with a disk of so many bytes, which only it can see.
///
/// A mount needs rights that only root has, or whoever is root in a namespace of its own.
#[track_caller]
fn with_a_disk(size: &str, test: &str) {
    let dir = tempfile::tempdir().expect("a folder");
    let program = std::env::current_exe().expect("this program");
    let run = |start: &[&str]| -> Output {
        Command::new(start[0])
            .args(&start[1..])
            .args(["sh", "-c", MOUNT])
            .arg(dir.path())
            .arg(size)
            .args([program.as_os_str(), "--exact".as_ref(), test.as_ref(), "--nocapture".as_ref()])
            .env(FOLDER, dir.path())
            .output()
            .unwrap_or_else(|error| panic!("`{}` cannot be run: {error}", start[0]))
    };
    let mut tried = String::new();
    for start in [&["unshare", "--map-root-user", "--mount", "--"][..], &["unshare", "--mount", "--"]] {
        let output = run(start);
        let told = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).join("\n");
        if told.contains("running 1 test") {
            assert!(output.status.success() && told.contains("1 passed"), "{told}");
            return;
        }
        tried.push_str(&format!("{}: {told}\n", start.join(" ")));
    }
    panic!("nobody here may mount a small disk; run the tests as root, or where user namespaces are allowed.\n{tried}");
}

/// The disk, when this test was started by another.
fn disk() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

fn options() -> Options {
    Options { index_after: 40, ..Options::default() }
}

fn is_full(error: &BrainError) -> bool {
    let words = error.to_string();
    words.contains("space")
        && (words.contains("No space left") || words.contains("os error 28") || words.contains("Previous I/O error"))
}

/// Takes all that is left of a disk but for so many bytes.
fn ballast(disk: &Path, leave: usize) -> PathBuf {
    let path = disk.join("ballast");
    let mut file = File::create(&path).expect("a file");
    let mut length = 0;
    while let Ok(more @ 1..) = file.write(&[7; 4096]) {
        length += more;
    }
    file.set_len(length.saturating_sub(leave) as u64).expect("cut");
    path
}

#[track_caller]
fn there(brain: &Brain, acknowledged: &[(MemoryId, String)]) {
    for (id, word) in acknowledged {
        assert!(entry(brain, id).text.contains(word.as_str()));
        let hits = recall(brain, word);
        assert_eq!(hits.iter().map(|hit| &hit.entry.id).collect::<Vec<_>>(), [id], "{word}");
    }
}

/// Remembers until the disk is full, at most so often.
fn fill(brain: &Brain, name: &str, filler: usize, most: usize) -> (Vec<(MemoryId, String)>, Option<BrainError>) {
    let mut acknowledged = Vec::new();
    for n in 0..most {
        let word = format!("{name}{n}");
        // Words of their own, so that the index grows as well.
        let text: String = (0..filler / 12).map(|at| format!(" filler{name}{n}x{at}")).collect();
        match brain.remember(of(Kind::Fact, &format!("common {word}{text}")), at(n as u64)) {
            Ok(id) => acknowledged.push((id, word)),
            Err(error) => return (acknowledged, Some(error)),
        }
    }
    (acknowledged, None)
}

#[test]
fn what_was_acknowledged_before_the_disk_was_full_is_there() {
    with_a_disk("12m", "full::child_that_remembers_until_its_disk_is_full");
}

#[test]
fn child_that_remembers_until_its_disk_is_full() {
    let Some(disk) = disk() else { return };
    let dir = disk.join("brain");
    let reserves = ["first", "second"].map(|name| disk.join(name));
    reserves.iter().for_each(|reserve| std::fs::write(reserve, vec![1; 3 << 20]).expect("written"));
    let mut acknowledged = Vec::new();
    for (round, reserve) in reserves.iter().enumerate() {
        let brain = open_with(&dir, options());
        let (more, error) = fill(&brain, &format!("round{round}word"), 6000, 5000);
        let error = error.expect("the disk is small");
        assert!(is_full(&error), "{error}");
        assert!(more.len() > 10, "only {} before the disk was full", more.len());
        acknowledged.extend(more);
        for n in 0..5 {
            // One may find a place that is free; none is lost, whatever it is told.
            match brain.remember(draft(&format!("small still{round}x{n}")), at(1)) {
                Ok(id) => acknowledged.push((id, format!("still{round}x{n}"))),
                Err(error) => assert!(is_full(&error), "{error}"),
            }
        }
        // It rests meanwhile, and finds no room to write out what is in its log: that can be read all the same, at any moment.
        let rested = Instant::now() + Duration::from_millis(2400);
        while Instant::now() < rested {
            there(&brain, &acknowledged);
        }
        drop(brain);
        // A brain on a full disk can be read, or says what it lacks.
        match Brain::open(&dir, options()) {
            Ok(brain) => there(&brain, &acknowledged),
            Err(error) => assert!(is_full(&error), "{error}"),
        }
        std::fs::remove_file(reserve).expect("removed");
        let brain = open_with(&dir, options());
        there(&brain, &acknowledged);
        let word = format!("roomagain{round}");
        acknowledged.push((remember(&brain, &format!("said when it had grown, {word}")), word));
        brain.index_now().expect("indexed");
        there(&brain, &acknowledged);
    }
}

#[test]
fn an_index_that_finds_no_room_costs_no_memory() {
    with_a_disk("16m", "full::child_whose_index_finds_no_room");
}

#[test]
fn child_whose_index_finds_no_room() {
    let Some(disk) = disk() else { return };
    let dir = disk.join("brain");
    let brain = open_with(&dir, Options { index_after: 1_000_000, ..Options::default() });
    let (mut acknowledged, error) = fill(&brain, "early", 3000, 400);
    assert!(error.is_none(), "{error:?}");
    brain.index_now().expect("indexed");
    // The database has room inside; the disk has some for its log, and none for an index.
    let (second, error) = fill(&brain, "second", 3000, 200);
    assert!(error.is_none(), "{error:?}");
    for (id, _) in &second {
        brain.forget(id, 1).expect("forgotten");
    }
    let ballast = ballast(&disk, 40 << 10);
    let (late, _) = fill(&brain, "late", 300, 60);
    assert!(late.len() > 20, "only {} found room inside the database", late.len());
    acknowledged.extend(late);
    let failed = brain.index_now();
    println!("the index says {failed:?}");
    there(&brain, &acknowledged);
    for _ in 0..2 {
        let _ = brain.index_now();
        there(&brain, &acknowledged);
    }
    std::fs::remove_file(ballast).expect("removed");
    brain.index_now().expect("there is room again");
    there(&brain, &acknowledged);
    let id = remember(&brain, "said when it had grown, roomword");
    acknowledged.push((id, "roomword".to_owned()));
    drop(brain);
    let brain = open_with(&dir, options());
    there(&brain, &acknowledged);
    assert!(failed.is_err(), "the index found room, and nothing was tested");
}

#[test]
fn a_snapshot_or_a_purge_that_finds_no_room_changes_nothing() {
    with_a_disk("32m", "full::child_that_keeps_and_purges_on_a_full_disk");
}

#[test]
fn child_that_keeps_and_purges_on_a_full_disk() {
    let Some(disk) = disk() else { return };
    let dir = disk.join("brain");
    let brain = open_with(&dir, options());
    let (mut acknowledged, error) = fill(&brain, "early", 3000, 400);
    assert!(error.is_none(), "{error:?}");
    brain.index_now().expect("indexed");
    let (gone, _) = acknowledged.swap_remove(7);
    brain.forget(&gone, 1).expect("forgotten");
    brain.index_now().expect("indexed");
    let ballast = ballast(&disk, 100 << 10);
    let error = brain.snapshot("too-much").expect_err("there is no room");
    assert!(is_full(&error), "{error}");
    assert_eq!(brain.snapshots().expect("read"), []);
    let error = brain.purge(true).expect_err("there is no room");
    assert!(is_full(&error), "{error}");
    there(&brain, &acknowledged);
    assert!(brain.stale().expect("read"), "the purge is still to be done");
    let left: u64 = files_below(&dir).iter().map(|file| std::fs::metadata(file).expect("there").len()).sum();
    std::fs::remove_file(ballast).expect("removed");
    // It goes on where it stood, without being opened anew.
    acknowledged.push((remember(&brain, "said when it had grown, roomword"), "roomword".to_owned()));
    there(&brain, &acknowledged);
    brain.snapshot("fits").expect("kept");
    brain.purge(true).expect("purged");
    assert!(!brain.stale().expect("read"));
    there(&brain, &acknowledged);
    let halves: Vec<PathBuf> =
        files_below(&dir).into_iter().filter(|file| file.to_string_lossy().contains("too-much")).collect();
    assert_eq!(halves, Vec::<PathBuf>::new(), "of {left} bytes");
    drop(brain);
    there(&open_with(&dir, options()), &acknowledged);
}
