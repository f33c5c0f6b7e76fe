//! The index is derived: whatever happens to it, nobody notices. The database is the truth: damage there is told.

use crate::support::*;
use loket_brain::{Brain, BrainError, Options, Progress, Stage};
use redb::{Database, TableDefinition};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

const COUNT: usize = 60;

/// A brain with memories in the index, changed ones and some in the tail only.
fn full() -> Fixture {
    let brain = brain();
    for n in 0..COUNT {
        remember(&brain, &format!("common unique{n}"));
        if n == COUNT / 2 {
            brain.index_now().expect("indexed");
            brain.forget(&recall(&brain, "unique7")[0].entry.id, 1).expect("forgotten");
        }
    }
    brain.index_now().expect("indexed");
    remember(&brain, "common unique7");
    brain
}

/// That all memories are found, each once.
#[track_caller]
fn whole(brain: &Brain, after: &str) {
    for n in 0..COUNT {
        let hits = recall(brain, &format!("unique{n}"));
        assert_eq!(hits.len(), 1, "unique{n} after {after}");
    }
    assert_eq!(brain.count().expect("counted"), COUNT as u64);
}

fn files(index: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(index).expect("a folder").map(|file| file.expect("a file").path()).collect();
    files.sort();
    files
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for file in files(from) {
        let target = to.join(file.file_name().expect("a name"));
        if file.is_dir() { copy(&file, &target) } else { fs::copy(&file, &target).map(|_| ()).expect("copied") }
    }
}

/// Opens a copy of a brain with one of its index's files changed.
#[track_caller]
fn survives(source: &Path, change: impl FnOnce(&Path), what: &str) -> bool {
    let dir = tempfile::tempdir().expect("a folder");
    copy(source, dir.path());
    change(&dir.path().join("index"));
    let progress = Arc::new(Mutex::new(Vec::<Progress>::new()));
    let told = progress.clone();
    let options =
        Options { progress: Some(Arc::new(move |step| told.lock().expect("told").push(step))), ..Options::default() };
    let brain = open_with(dir.path(), options);
    whole(&brain, what);
    let steps = progress.lock().expect("told");
    if let (Some(first), Some(last)) = (steps.first(), steps.last()) {
        assert_eq!((first.done, last.done, last.total), (0, COUNT as u64, COUNT as u64));
    }
    !steps.is_empty()
}

#[test]
fn a_bit_flipped_in_any_file_of_the_index_is_noticed_or_harmless() {
    let Fixture { brain, dir } = full();
    drop(brain);
    let mut rebuilt = 0;
    let names: Vec<_> =
        files(&dir.path().join("index")).into_iter().map(|file| file.file_name().expect("a name").to_owned()).collect();
    assert!(names.len() >= 6, "{names:?}");
    for name in names {
        let length = fs::read(dir.path().join("index").join(&name)).expect("read").len();
        // A dozen places in each file, both ends among them.
        for step in 0..12 {
            if length == 0 {
                continue;
            }
            let at = (length - 1) * step / 11;
            let flip = |index: &Path| {
                let mut bytes = fs::read(index.join(&name)).expect("read");
                bytes[at] ^= 1 << (step % 8);
                fs::write(index.join(&name), bytes).expect("written");
            };
            rebuilt += usize::from(survives(dir.path(), flip, &format!("a flip in {name:?} at {at}")));
        }
    }
    assert!(rebuilt > 50, "only {rebuilt} flips were noticed");
}

#[test]
fn a_truncated_emptied_or_missing_file_of_the_index_is_noticed_or_harmless() {
    let Fixture { brain, dir } = full();
    drop(brain);
    for file in files(&dir.path().join("index")) {
        let name = file.file_name().expect("a name").to_owned();
        let length = fs::metadata(&file).expect("there").len();
        for keep in [0, 1, length / 2, length.saturating_sub(1)] {
            let cut = |index: &Path| {
                fs::File::options()
                    .write(true)
                    .open(index.join(&name))
                    .and_then(|file| file.set_len(keep))
                    .expect("cut")
            };
            survives(dir.path(), cut, &format!("{name:?} cut to {keep}"));
        }
        survives(
            dir.path(),
            |index| fs::remove_file(index.join(&name)).expect("removed"),
            &format!("{name:?} removed"),
        );
    }
    assert!(survives(dir.path(), |index| fs::remove_dir_all(index).expect("removed"), "the folder removed"));
    let replaced = |index: &Path| {
        fs::remove_dir_all(index).expect("removed");
        fs::write(index, "a file").expect("written");
    };
    assert!(survives(dir.path(), replaced, "a file in place of the folder"));
}

#[test]
fn an_undamaged_index_is_not_made_anew() {
    let Fixture { brain, dir } = full();
    drop(brain);
    assert!(!survives(dir.path(), |_| {}, "nothing"));
}

#[test]
fn an_index_of_another_schema_another_brain_or_another_time_is_made_anew() {
    // Opened anew, so that the database has everything on disk.
    let Fixture { brain, dir } = full().reopened(|_| {});
    brain.index_now().expect("indexed");
    let older = tempfile::tempdir().expect("a folder");
    copy(&dir.path().join("index"), older.path());
    // A later change of the same brain, of which the index knows while an old copy of the database does not.
    let database = fs::read(dir.path().join("brain.redb")).expect("read");
    remember(&brain, "one more");
    brain.index_now().expect("indexed");
    drop(brain);
    let newer = tempfile::tempdir().expect("a folder");
    copy(&dir.path().join("index"), newer.path());
    let replace = |with: PathBuf| {
        move |index: &Path| {
            fs::remove_dir_all(index).expect("removed");
            copy(&with, index);
        }
    };
    fs::write(dir.path().join("brain.redb"), database).expect("written");
    assert!(survives(dir.path(), replace(newer.path().to_owned()), "an index from the future"));

    let other = full();
    let other_index = other.dir.path().join("index");
    assert!(survives(dir.path(), replace(other_index), "the index of another brain"));
    let own = dir.path().join("index");
    fs::remove_dir_all(&own).expect("removed");
    copy(older.path(), &own);
    assert!(!survives(dir.path(), |_| {}, "its own index"));
    let schema = |index: &Path| {
        let meta = fs::read_to_string(index.join("meta.json")).expect("read");
        fs::write(index.join("meta.json"), meta.replace("\"conversation\"", "\"talk\"")).expect("written");
    };
    assert!(survives(dir.path(), schema, "another schema"));
    let version = |index: &Path| {
        let meta = fs::read_to_string(index.join("meta.json")).expect("read");
        fs::write(index.join("meta.json"), meta.replace("loket-brain 3 ", "loket-brain 2 ")).expect("written");
    };
    assert!(survives(dir.path(), version, "an older version"));
}

#[test]
fn an_index_that_tells_another_history_is_made_anew() {
    let Fixture { brain, dir } = full();
    brain.close().expect("closed");
    let before = tempfile::tempdir().expect("a folder");
    copy(dir.path(), before.path());
    let brain = open(dir.path());
    remember(&brain, "what happened first");
    brain.index_now().expect("indexed");
    drop(brain);
    // A copy from a backup goes its own way, past what the index knows of the first.
    let brain = open(before.path());
    remember(&brain, "a violet umbrella");
    remember(&brain, "a brass telescope");
    drop(brain);
    fs::remove_dir_all(before.path().join("index")).expect("removed");
    copy(&dir.path().join("index"), &before.path().join("index"));
    let brain = open(before.path());
    assert!(recall(&brain, "happened first").is_empty());
    assert_eq!((recall(&brain, "umbrella").len(), recall(&brain, "telescope").len()), (1, 1));
}

#[test]
fn an_index_that_is_far_behind_catches_up_or_is_made_anew() {
    let brain = full();
    let old = tempfile::tempdir().expect("a folder");
    copy(&brain.dir.path().join("index"), old.path());
    for n in 0..5 {
        remember(&brain, &format!("filler{n}"));
        brain.index_now().expect("indexed");
    }
    // The notes of what this old index lacks are pruned by now.
    let brain = brain.reopened(|dir| {
        fs::remove_dir_all(dir.join("index")).expect("removed");
        copy(old.path(), &dir.join("index"));
    });
    for n in 0..5 {
        assert_eq!(recall(&brain, &format!("filler{n}")).len(), 1);
    }
    for n in 0..COUNT {
        assert_eq!(recall(&brain, &format!("unique{n}")).len(), 1);
    }
}

#[test]
fn an_index_deleted_while_in_use_costs_no_memory() {
    let brain = full();
    fs::remove_dir_all(brain.dir.path().join("index")).expect("removed");
    remember(&brain, "still learning");
    brain.index_now().expect("made anew");
    whole_and_more(&brain);
    let brain = brain.reopened(|_| {});
    whole_and_more(&brain);
}

#[track_caller]
fn whole_and_more(brain: &Brain) {
    for n in 0..COUNT {
        assert_eq!(recall(brain, &format!("unique{n}")).len(), 1, "unique{n}");
    }
    assert_eq!(recall(brain, "learning").len(), 1);
}

#[test]
fn a_newer_format_is_told_and_left_alone() {
    let Fixture { brain, dir } = full();
    drop(brain);
    let path = dir.path().join("brain.redb");
    {
        let database = Database::open(&path).expect("opens");
        let transaction = database.begin_write().expect("begins");
        let meta: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
        transaction
            .open_table(meta)
            .expect("a table")
            .insert("format", 4u64.to_le_bytes().as_slice())
            .expect("written");
        transaction.commit().expect("committed");
    }
    let error = Brain::open(dir.path(), Options::default()).expect_err("too new");
    assert!(matches!(error, BrainError::TooNew { found: 4, known: 3 }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "the brain has format 4, this program reads up to 3: open it with the newer version that wrote it"
    );
}

#[test]
fn a_database_that_is_none_is_told() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("brain.redb"), "this is no database, but it is longer than nothing".repeat(200))
        .expect("written");
    let error = Brain::open(dir.path(), Options::default()).expect_err("damaged");
    assert!(matches!(error, BrainError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("put back a copy of `brain.redb`"), "{error}");
}

#[test]
fn a_first_start_that_was_cut_off_does_not_stop_the_next() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // What a kill in the middle of the creation leaves: half a file, which has not got its name yet.
    std::fs::write(folder.path().join("brain.redb.new"), [0; 100]).expect("it can be written");
    let brain = Brain::open(folder.path(), Options::default()).expect("it is begun anew");
    assert_eq!(brain.count().expect("it counts"), 0);
    assert!(!folder.path().join("brain.redb.new").exists());
}

/// The stages that opening went through.
fn stages(dir: &Path) -> Vec<Stage> {
    let stages = Arc::new(Mutex::new(Vec::new()));
    let told = stages.clone();
    let progress = move |step: Progress| told.lock().expect("told").push(step.stage);
    let brain = open_with(dir, Options { progress: Some(Arc::new(progress)), ..Options::default() });
    whole(&brain, "a crash");
    drop(brain);
    let stages = stages.lock().expect("told");
    stages.clone()
}

#[test]
fn a_brain_opens_at_once_after_a_crash_whatever_it_did() {
    let brain = full();
    for (what, act) in [
        ("after a memory", Box::new(|brain: &Brain| drop(remember(brain, "common unique7"))) as Box<dyn Fn(&Brain)>),
        (
            "after it forgot",
            Box::new(|brain: &Brain| brain.forget(&remember(brain, "mistaken"), 2).expect("forgotten")),
        ),
        ("after an import", Box::new(|brain: &Brain| drop(brain.remember_all(Vec::new()).expect("remembered")))),
    ] {
        act(&brain);
        let crashed = crashed(&brain);
        assert!(!stages(crashed.path()).contains(&Stage::Repair), "{what}");
    }
    // One that crashed after it was opened, before it wrote anything.
    let dir = crashed(&brain);
    let opened = Fixture { brain: open(dir.path()), dir };
    assert!(!stages(crashed(&opened).path()).contains(&Stage::Repair));
}
