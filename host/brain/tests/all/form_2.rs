//! A brain of format 2, as a program wrote it that knew no later one, is brought to today's: memories that had the names of who wrote them,
//! of conversations and of tags each for itself share them. It was left by a crash, with a log, a journal and a snapshot.

use crate::names::names_are_those_that_are_borne;
use crate::sample::{COUNT, NOW};
use crate::support::*;
use flate2::read::GzDecoder;
use loket_brain::{Brain, Change, Entry, Meaning, MemoryId, Options, Progress, Query, Stage};
use loket_testkit::kill::{self, After};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const FILES: &[u8] = include_bytes!("data/format-2.tar.gz");
/// An export of all memories, as that program wrote it.
const LINES: &[u8] = include_bytes!("data/format-2.jsonl.gz");

fn unpack(into: &Path) {
    tar::Archive::new(GzDecoder::new(FILES)).unpack(into).expect("unpacked");
    assert!(fs::metadata(into.join("brain.log")).expect("there").len() > 1000);
}

fn entries() -> Vec<Entry> {
    let mut text = String::new();
    GzDecoder::new(LINES).read_to_string(&mut text).expect("unpacked");
    let entries: Vec<Entry> = text.lines().map(|line| serde_json::from_str(line).expect("an entry")).collect();
    assert_eq!(entries.len() as u64, COUNT);
    entries
}

fn migrated() -> Fixture {
    let dir = tempfile::tempdir().expect("a folder");
    unpack(dir.path());
    Fixture { brain: open(dir.path()), dir }
}

/// Uses wait in memory for a while, and a crash takes the last of them.
fn but_for_uses(entries: Vec<Entry>) -> Vec<Entry> {
    entries.into_iter().map(|entry| Entry { used: 0, last_used: None, ..entry }).collect()
}

#[track_caller]
fn has_everything(brain: &Brain) {
    let (now, before) = (but_for_uses(everything(brain)), but_for_uses(entries()));
    for (now, before) in now.iter().zip(&before) {
        assert_eq!(now, before);
    }
    assert_eq!(now.len(), before.len());
}

fn id_of(text: &str) -> MemoryId {
    let all = entries();
    let mut found = all.iter().filter(|entry| entry.text.starts_with(text));
    found.next().unwrap_or_else(|| panic!("no {text}")).id.clone()
}

#[test]
fn it_has_everything_and_tells_of_its_way() {
    let dir = tempfile::tempdir().expect("a folder");
    unpack(dir.path());
    let told = Arc::new(Mutex::new(Vec::new()));
    let into = told.clone();
    let note = move |step: Progress| into.lock().expect("told").push(step);
    let options = || Options { progress: Some(Arc::new(note.clone())), ..Options::default() };
    let brain = Fixture { brain: open_with(dir.path(), options()), dir };
    has_everything(&brain);
    names_are_those_that_are_borne(&brain, brain.dir.path());
    let steps = std::mem::take(&mut *told.lock().expect("told"));
    let stored = COUNT - 20;
    assert!(steps.iter().all(|step| step.stage == Stage::Migrate), "its index is as good as before: {steps:?}");
    assert_eq!(steps.iter().map(|step| (step.done, step.total)).collect::<Vec<_>>(), [(0, stored), (stored, stored)]);
    let bytes = brain.usage().expect("read").bytes;
    // The second time there is nothing to bring anywhere.
    let Fixture { brain, dir } = brain;
    drop(brain);
    let brain = Fixture { brain: open_with(dir.path(), options()), dir };
    has_everything(&brain);
    assert_eq!((told.lock().expect("told").len(), brain.usage().expect("read").bytes), (0, bytes));
}

#[test]
fn it_recalls_and_lists_by_all_that_it_knew() {
    let brain = migrated();
    for (question, text) in [
        ("where is my server?", "my server is at 10.0.0.7"),
        ("spare key", "the spare key is under the ficus"),
        ("garden hose", "the garden hose is kept in the old shed"),
        ("who says armadillo", "The router says armadillo"),
        ("door code", "the door code is 9020"),
    ] {
        let hits = recall(&brain, question);
        assert!(hits[0].entry.text.starts_with(text), "{question}: {}", hits[0].entry.text);
    }
    let tag = |tag: &str| Query { tags: vec![tag.to_owned()], limit: 100, ..Query::words("") };
    let talk = |talk: &str| Query { conversation: Some(talk.to_owned()), limit: 100, ..Query::words("") };
    assert_eq!(names(&brain, &tag("numbers")).len(), 100);
    assert_eq!(names(&brain, &tag("BATCH 3")).len(), 25);
    assert_eq!(names(&brain, &tag("keys")), [id_of("the spare key")]);
    assert!(names(&brain, &tag("secret")).is_empty() && names(&brain, &tag("numbat")).is_empty());
    // Fourteen that were said and their summary.
    assert_eq!(names(&brain, &talk("telegram:42")).len(), 15);
    assert_eq!(names(&brain, &talk("mail:7")).len(), 20);
    let around = Query { around: 1, limit: 1, ..Query::words("armadillo") };
    assert_eq!(brain.recall(&around).expect("recalled")[0].context.len(), 2);
    let meaning = Meaning { model: "a-model".to_owned(), vector: vec![1.0, 0.0] };
    let near = brain.recall_at(&Query::words("zzz"), NOW, Some(&meaning)).expect("recalled");
    let first = near.iter().find(|hit| hit.why.meaning == Some(1)).expect("near by meaning");
    assert_eq!(first.entry.id, id_of("the spare key"));
}

#[test]
fn it_knows_what_says_the_same_and_what_has_a_new_value() {
    let brain = migrated();
    let cats = write(&brain, tagged("Anna has two cats.", &["PETS"]), NOW);
    assert_eq!((&cats, entry(&brain, &cats).strength), (&id_of("Anna has two cats"), 5));
    let code = write(&brain, draft("the door code is 1234"), NOW + 1);
    let old = entry(&brain, &id_of("the door code is 9020"));
    assert_eq!(old.standing, loket_brain::Standing::Superseded(code));
    let again = write(&brain, draft("the release branch was deleted"), NOW + 2);
    let lesson = id_of("archive the release branch");
    assert_eq!(entry(&brain, &again).standing, loket_brain::Standing::Superseded(lesson));
    names_are_those_that_are_borne(&brain, brain.dir.path());
}

#[test]
fn of_two_that_say_the_same_the_one_that_was_found_stays_the_one() {
    let dir = tempfile::tempdir().expect("a folder");
    unpack(dir.path());
    {
        let database = Database::open(dir.path().join("brain.redb")).expect("opens");
        let transaction = database.begin_write().expect("begins");
        {
            let memories: TableDefinition<'_, u128, &[u8]> = TableDefinition::new("memories");
            let mut memories = transaction.open_table(memories).expect("a table");
            let text = b"Anna has two cats";
            let mut rows = memories.iter().expect("read").map(|row| row.expect("read").1.value().to_vec());
            let cats = rows.find(|row| row.windows(text.len()).any(|window| window == text));
            drop(rows);
            memories.insert(1_750_000_000_000 << 80, cats.expect("there").as_slice()).expect("written");
        }
        transaction.commit().expect("committed");
    }
    let brain = open(dir.path());
    let again = write(&brain, draft("Anna has two cats"), NOW);
    assert_eq!(again, id_of("Anna has two cats"));
}

#[test]
fn its_dreams_are_taken_back_its_snapshot_compared_and_gone_back_to() {
    let brain = migrated();
    let changed = brain.diff("first", None, None, 1000).expect("compared");
    let of = |change: Change| changed.iter().filter(|found| found.change == change).count();
    // The last words and a summary; the forgotten one. What was merged, faded or edited, and the garden and the cats are as they were.
    assert_eq!((of(Change::Added), of(Change::Gone)), (21, 1));
    let edited = changed.iter().find(|found| found.id == id_of("the spare key")).expect("it is among them");
    let tags = |entry: &Option<Entry>| entry.as_ref().expect("there").tags.clone();
    assert_eq!((tags(&edited.before), tags(&edited.after)), (vec!["secret".to_owned()], vec!["Keys".to_owned()]));
    assert!(changed.iter().all(|found| found.before != found.after));
    assert!(changed.iter().all(|found| found.id != id_of("Anna has two cats")), "pinned, and nothing was done to it");
    for entry in brain.journal(10).expect("read") {
        assert!(brain.undo(entry.entry).expect("taken back") > 0, "{entry:?}");
    }
    let left = brain.diff("first", None, None, 1000).expect("compared");
    let texts: Vec<&str> =
        left.iter().filter_map(|found| found.before.as_ref()).map(|entry| entry.text.as_str()).collect();
    assert_eq!(texts, ["the owner saw an umbrellabird", "the spare key is under the ficus"], "no dream is left");
    names_are_those_that_are_borne(&brain, brain.dir.path());
    brain.revert("first", NOW).expect("gone back");
    let left = brain.diff("first", None, None, 1000).expect("compared");
    assert_eq!(left.iter().map(|found| found.change).collect::<Vec<_>>(), [Change::Gone], "it stays forgotten");
    names_are_those_that_are_borne(&brain, brain.dir.path());
}

#[test]
fn a_purge_takes_what_was_forgotten_out_of_its_snapshot_too() {
    let brain = migrated();
    let holding = |word: &str| -> Vec<String> {
        let files = files_below(brain.dir.path());
        let holds = |file: &&std::path::PathBuf| {
            fs::read(file).expect("read").windows(word.len()).any(|window| window == word.as_bytes())
        };
        files.iter().filter(holds).map(|file| file.display().to_string()).collect()
    };
    let words = ["umbrellabird", "numbat", "wombat", "zookeeper"];
    for word in words {
        assert!(holding(word).iter().any(|file| file.ends_with("first.redb")), "the test sees {word}");
    }
    assert_eq!(brain.purge(true).expect("purged").snapshots, 1);
    for word in words {
        assert_eq!(holding(word), Vec::<String>::new(), "{word}");
    }
    has_everything(&brain);
    // What is left of the snapshot is as it was.
    let changed = brain.diff("first", None, None, 1000).expect("compared");
    assert!(changed.iter().all(|found| found.change != Change::Gone));
    brain.revert("first", NOW).expect("gone back");
    assert_eq!(brain.count().expect("counted"), COUNT - 21);
    names_are_those_that_are_borne(&brain, brain.dir.path());
}

const MORE: u64 = 12_000;

/// Adds so many memories that the way takes a while: copies of one of them, in words of their own.
fn grow(database: &Path) {
    let database = Database::open(database).expect("opens");
    let transaction = database.begin_write().expect("begins");
    {
        let memories: TableDefinition<'_, u128, &[u8]> = TableDefinition::new("memories");
        let changes: TableDefinition<'_, u64, (u128, u8)> = TableDefinition::new("changes");
        let mut memories = transaction.open_table(memories).expect("a table");
        let mut changes = transaction.open_table(changes).expect("a table");
        let last = changes.last().expect("read").map_or(0, |(sequence, _)| sequence.value());
        let first = memories.first().expect("read").expect("there").1.value().to_vec();
        let text = b"note 0 is about 0";
        let at = first.windows(text.len()).position(|window| window == text).expect("its text");
        for n in 0..MORE {
            let key = u128::from(1_750_000_000_000 + n) << 80 | u128::from(n);
            let mut bytes = first.clone();
            bytes[at..at + text.len()].copy_from_slice(format!("many{n:0>13}").as_bytes());
            memories.insert(key, bytes.as_slice()).expect("written");
            changes.insert(last + 1 + n, (key, 0)).expect("written");
        }
    }
    transaction.commit().expect("committed");
}

const FOLDER: &str = "LOKET_BRAIN_FORM_2_TEST";

#[test]
fn child_that_migrates_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER).filter(|_| kill::is_child()) else { return };
    let _brain = open(Path::new(&folder));
    kill::ready();
    // Long enough that it rests, and its file is written anew.
    std::thread::sleep(Duration::from_secs(4));
}

#[test]
fn a_kill_on_the_way_or_in_the_first_rest_after_it_leaves_a_brain_that_has_everything() {
    let grown = tempfile::tempdir().expect("a folder");
    unpack(grown.path());
    grow(&grown.path().join("brain.redb"));
    let copy = || {
        let dir = tempfile::tempdir().expect("a folder");
        copy_folder(grown.path(), dir.path());
        dir
    };
    let dir = copy();
    let began = Instant::now();
    let whole = open(dir.path());
    let takes = began.elapsed();
    drop(whole);
    let mut formats = [0; 4];
    for round in 0..14 {
        let dir = copy();
        // The second half of them when the brain rests: between 1.5 and 3 s after it was opened.
        let after = match round {
            0..7 => takes.mul_f64(rand::random::<f64>() * 1.1),
            _ => takes + Duration::from_millis(1500) + Duration::from_millis(u64::from(rand::random::<u16>() % 600)),
        };
        kill::run(
            "form_2::child_that_migrates_until_it_is_killed",
            &[(FOLDER, OsStr::new(dir.path()))],
            After::Start(after),
        );
        formats[format(&dir.path().join("brain.redb")) as usize] += 1;
        let brain = Fixture { brain: open(dir.path()), dir };
        assert_eq!(brain.count().expect("counted"), COUNT + MORE);
        for n in (0..MORE).step_by(1711) {
            assert_eq!(recall(&brain, &format!("many{n:0>13}")).len(), 1, "many{n} in round {round}");
        }
        let own: Vec<Entry> = everything(&brain).into_iter().filter(|entry| !entry.text.starts_with("many")).collect();
        assert_eq!(but_for_uses(own), but_for_uses(entries()));
    }
    assert!(formats[2] > 0 && formats[3] > 0, "killed before the end of the way, and after it: {formats:?}");
}

/// The format that a database says it has, before anybody brings it to another.
fn format(database: &Path) -> u64 {
    let database = Database::open(database).expect("opens");
    let meta: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
    let transaction = database.begin_read().expect("begins");
    let meta = transaction.open_table(meta).expect("a table");
    let bytes = meta.get("format").expect("read").expect("there").value().to_vec();
    u64::from_le_bytes(bytes.try_into().expect("eight bytes"))
}
