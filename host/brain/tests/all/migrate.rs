//! A brain of format 1, as a program wrote it that knew no other, is brought to today's.

use crate::support::*;
use flate2::read::GzDecoder;
use loket_brain::{Brain, Kind, MemoryId, Options, Progress, Query, Stage, Standing};
use loket_testkit::kill::{self, After};
use redb::{Database, ReadableTable, TableDefinition};
use serde::Serialize;
use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const DATABASE: &[u8] = include_bytes!("data/format-1.redb.gz");
const INDEX: &[u8] = include_bytes!("data/format-1-index.tar.gz");
/// All entries, as that program listed them, oldest first.
const ENTRIES: &[u8] = include_bytes!("data/format-1.jsonl.gz");
const FORGOTTEN: [&str; 2] = ["01HFAGQH006XGKV15VQKR8BQ2X", "01HFRF1R80EPH6NB4DT764GMNW"];

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut all).expect("unpacked");
    all
}

fn unpack(into: &Path, with_index: bool) {
    fs::write(into.join("brain.redb"), unpacked(DATABASE)).expect("written");
    if with_index {
        tar::Archive::new(GzDecoder::new(INDEX)).unpack(into).expect("unpacked");
        assert!(into.join("index/meta.json").is_file());
    }
}

/// The brain, brought to today's format, and what it said meanwhile.
fn migrated(with_index: bool) -> (Fixture, Vec<Progress>) {
    let dir = tempfile::tempdir().expect("a folder");
    unpack(dir.path(), with_index);
    let told = Arc::new(Mutex::new(Vec::new()));
    let into = told.clone();
    let note = move |step| into.lock().expect("told").push(step);
    let brain = open_with(dir.path(), Options { progress: Some(Arc::new(note)), ..Options::default() });
    let told = told.lock().expect("told").clone();
    (Fixture { brain, dir }, told)
}

fn entries() -> Vec<serde_json::Value> {
    let text = String::from_utf8(unpacked(ENTRIES)).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("an entry")).collect()
}

fn id_of(text: &str) -> MemoryId {
    let all = entries();
    let mut found = all.iter().filter(|entry| entry["text"].as_str().expect("words").starts_with(text));
    let id = MemoryId::from(found.next().expect("known")["id"].as_str().expect("a name"));
    assert!(found.next().is_none(), "{text} is not the only one");
    id
}

/// All that the old program told of each memory is as it was.
#[track_caller]
fn has_everything(brain: &Brain) {
    let before = entries();
    assert_eq!(before.len(), 150);
    let after: Vec<serde_json::Value> =
        exported(brain, 1000).iter().map(|line| serde_json::from_str(line).expect("an entry")).collect();
    assert_eq!(after.len(), before.len());
    for (mut old, new) in before.into_iter().zip(after) {
        old["source"]["package"] = serde_json::Value::Null;
        for (name, value) in old.as_object().expect("an object") {
            assert_eq!(&new[name], value, "{name} of {new}");
        }
        assert_eq!((&new["pinned"], &new["faded"], &new["used"]), (&false.into(), &0.into(), &0.into()));
    }
    for id in FORGOTTEN {
        assert_eq!(brain.get(&MemoryId::from(id)).expect("read"), None);
        let line = format!(r#"{{"text": "umbrellabird", "id": "{id}"}}"#);
        assert_eq!(brain.import(&[line], &at(1)).expect("imported").skipped, 1, "it stays forgotten");
    }
}

#[test]
fn a_brain_of_format_1_has_everything_and_tells_of_its_way() {
    for with_index in [true, false] {
        let (brain, told) = migrated(with_index);
        has_everything(&brain);
        let migration: Vec<&Progress> = told.iter().filter(|step| step.stage == Stage::Migrate).collect();
        assert_eq!((migration[0].done, migration[0].total), (0, 150));
        assert_eq!(migration.last().map(|step| (step.done, step.total)), Some((150, 150)));
        assert!(told.iter().skip_while(|step| step.stage == Stage::Migrate).all(|step| step.stage == Stage::Index));
        let usage = brain.usage().expect("read");
        assert!(usage.memories == 150 && usage.bytes > 10_000, "{usage:?}");
        // The second time there is nothing to bring anywhere.
        let Fixture { brain, dir } = brain;
        drop(brain);
        let told = Arc::new(Mutex::new(0));
        let into = told.clone();
        let options =
            Options { progress: Some(Arc::new(move |_| *into.lock().expect("told") += 1)), ..Options::default() };
        let brain = open_with(dir.path(), options);
        has_everything(&brain);
        assert_eq!(*told.lock().expect("told"), 0);
        assert_eq!(brain.usage().expect("read").bytes, usage.bytes);
    }
}

#[test]
fn it_recalls_what_the_old_index_had_and_what_it_had_not_yet() {
    let (brain, _) = migrated(true);
    for _ in ["tail", "index"] {
        for (question, text) in [
            ("where is my server?", "my server is at 10.0.0.7"),
            ("spare key", "the spare key is under the ficus"),
            ("who left for Bremen", "the owner left for Bremen"),
            ("archive the branch", "archive the release branch"),
            ("moon", "the moon is made of basalt"),
            ("10.0.0.5", "my server is at 10.0.0.7"),
            ("pets", "Anna has two cats"),
        ] {
            let hits = recall(&brain, question);
            assert!(hits[0].entry.text.starts_with(text), "{question}: {}", hits[0].entry.text);
        }
        assert!(recall(&brain, "umbrellabird").is_empty() && recall(&brain, "okapi").is_empty());
        for n in 1..120 {
            let hits = recall(&brain, &format!("which note is about {}?", n * 7919));
            assert!(hits[0].entry.text.starts_with(&format!("note {n} ")), "note {n}: {}", hits[0].entry.text);
        }
        let talk = Query { conversation: Some("telegram:42".to_owned()), limit: 100, ..Query::words("") };
        assert_eq!(names(&brain, &talk).len(), 14);
        let home = Query { tags: vec!["Home".to_owned()], ..Query::words("") };
        assert_eq!(names(&brain, &home), [id_of("the safe is behind")]);
        assert_eq!(all(&brain, &[Kind::Skill], 5).len(), 1);
        brain.index_now().expect("indexed");
    }
}

#[test]
fn it_corrects_supersedes_and_strengthens_afterwards() {
    let (brain, _) = migrated(true);
    let now = 1_800_000_000_000;
    // Of two values that the old format kept side by side the newer is the one that the next replaces.
    let code = write(&brain, draft("the door code is 1234"), now);
    assert_eq!(entry(&brain, &id_of("the door code is 9020")).standing, Standing::Superseded(code));
    assert_eq!(entry(&brain, &id_of("The door code is 4471.")).standing, Standing::Current, "nothing is done unasked");
    // Words that mean the same are one memory now.
    let cats = write(&brain, draft("anna has two cats!"), now + 1);
    assert_eq!((&cats, entry(&brain, &cats).strength), (&id_of("Anna has two cats"), 3));
    let count = brain.count().expect("counted");
    let cafe = write(&brain, draft("zoë's café in Orléans opens at nine!"), now + 2);
    assert_eq!(brain.count().expect("counted"), count, "one of the two wordings");
    assert_eq!(entry(&brain, &cafe).strength, 2);
    let thanks = write(&brain, said("mail:7", "Thank you."), now + 3);
    assert_eq!(entry(&brain, &thanks).strength, 2);
    // A lesson is strengthened by its mistake, named by its id.
    let lesson = id_of("my server is at 10.0.0.7");
    let before = entry(&brain, &lesson).strength;
    let server = id_of("my server is at 10.0.0.5");
    let again =
        brain.correct(correction(Some(&server), "", "my server is at 10.0.0.6"), at(now + 4)).expect("corrected");
    assert_eq!((&again, entry(&brain, &lesson).strength), (&lesson, before + 1));
    // A chain of lessons is followed to its end.
    let moon = id_of("the moon is made of cheese");
    let basalt =
        brain.correct(correction(Some(&moon), "", "the moon is made of rock"), at(now + 5)).expect("corrected");
    assert_eq!(entry(&brain, &basalt).standing, Standing::Current);
    assert_eq!(entry(&brain, &basalt).strength, 2);
    let brain = brain.reopened(|_| {});
    assert!(recall(&brain, "moon")[0].entry.text.starts_with("the moon is made of rock"));
}

#[test]
fn a_mistake_told_in_words_is_known_as_one_afterwards() {
    let (brain, _) = migrated(true);
    let lesson = id_of("archive the release branch");
    for (time, wording) in ["The release branch was deleted.", "the release branch was deleted"].iter().enumerate() {
        let words = correction(None, wording, "archive the release branch");
        let again = brain.correct(words, at(1_800_000_000_000 + time as u64)).expect("corrected");
        assert_eq!((again, entry(&brain, &lesson).strength), (lesson.clone(), 2 + time as u32), "{wording}");
    }
    let again = write(&brain, draft("the release branch was deleted"), 1_800_000_000_010);
    assert_eq!(entry(&brain, &again).standing, Standing::Superseded(lesson));
}

#[test]
fn a_mistake_named_by_its_id_is_known_when_it_is_said_again() {
    let (brain, _) = migrated(true);
    let again = write(&brain, draft("my server is at 10.0.0.5"), 1_800_000_000_000);
    assert_eq!(entry(&brain, &again).standing, Standing::Superseded(id_of("my server is at 10.0.0.7")));
}

#[test]
fn it_forgets_purges_keeps_and_dreams_afterwards() {
    let (brain, _) = migrated(true);
    brain.snapshot("first").expect("kept");
    let safe = id_of("the safe is behind");
    brain.edit(&safe, &loket_brain::Revision { tags: Some(vec![]), ..Default::default() }).expect("edited");
    brain.forget(&id_of("my server is at 10.0.0.5"), 1_800_000_000_000).expect("forgotten");
    assert_eq!(
        brain.diff("first", None, None, 100).expect("compared").len(),
        3,
        "the edited, the forgotten, its lesson"
    );
    brain.purge(true).expect("purged");
    let source = loket_brain::Source::default();
    let dreaming = loket_brain::Dreaming { now: 1_800_000_000_000, rehearse: false, source, summarise: None };
    let dream = brain.dream(&dreaming).expect("dreamt");
    assert!(!dream.deeds.is_empty());
    brain.undo(dream.entry.expect("an entry")).expect("taken back");
    assert_eq!(brain.count().expect("counted"), 149);
}

#[test]
fn a_purge_takes_what_the_old_program_left_of_what_was_forgotten() {
    let (brain, _) = migrated(true);
    let holds = |word: &str| {
        let files = files_below(brain.dir.path());
        files
            .iter()
            .any(|file| fs::read(file).expect("read").windows(word.len()).any(|window| window == word.as_bytes()))
    };
    brain.purge(true).expect("purged");
    for word in ["umbrellabird", "okapi"] {
        assert!(!holds(word), "{word}");
    }
    has_everything(&brain);
}

/// A record of version 1.
#[derive(Serialize)]
struct First<'r> {
    kind: u8,
    body: FirstBody<'r>,
    tags: Vec<String>,
    conversation: Option<String>,
    written: u64,
    touched: u64,
    source: [&'r str; 3],
    labels: u8,
    corrects: Option<u128>,
    superseded: Option<u128>,
    strength: u32,
}

#[derive(Serialize)]
enum FirstBody<'r> {
    Plain(&'r str),
}

const MORE: u64 = 12_000;

/// Adds so many memories that the way takes a while.
fn grow(database: &Path) {
    let database = Database::open(database).expect("opens");
    let transaction = database.begin_write().expect("begins");
    {
        let memories: TableDefinition<'_, u128, &[u8]> = TableDefinition::new("memories");
        let facets: TableDefinition<'_, (&[u8], u128), ()> = TableDefinition::new("facets");
        let changes: TableDefinition<'_, u64, (u128, u8)> = TableDefinition::new("changes");
        let mut memories = transaction.open_table(memories).expect("a table");
        let mut facets = transaction.open_table(facets).expect("a table");
        let mut changes = transaction.open_table(changes).expect("a table");
        let last = changes.last().expect("read").map_or(0, |(sequence, _)| sequence.value());
        for n in 0..MORE {
            let time = 1_750_000_000_000 + n;
            let key = u128::from(time) << 80 | u128::from(n);
            let text = format!("common many{n} and some more words about nothing");
            let record = First {
                kind: 0,
                body: FirstBody::Plain(&text),
                tags: Vec::new(),
                conversation: None,
                written: time,
                touched: time,
                source: ["scout", "turn", "owner"],
                labels: 0,
                corrects: None,
                superseded: None,
                strength: 1,
            };
            let bytes = postcard::to_extend(&record, vec![1]).expect("encoded");
            memories.insert(key, bytes.as_slice()).expect("written");
            facets.insert((&[b'k', 0][..], key), ()).expect("written");
            changes.insert(last + 1 + n, (key, 0)).expect("written");
        }
    }
    transaction.commit().expect("committed");
}

const FOLDER: &str = "LOKET_BRAIN_MIGRATE_TEST";

#[test]
fn child_that_migrates_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER).filter(|_| kill::is_child()) else { return };
    let _brain = open(Path::new(&folder));
    kill::ready();
    loop {
        std::thread::sleep(Duration::from_secs(1));
    }
}

#[test]
fn a_kill_in_the_middle_of_the_way_leaves_a_brain_that_opens_and_has_everything() {
    let grown = tempfile::tempdir().expect("a folder");
    unpack(grown.path(), true);
    grow(&grown.path().join("brain.redb"));
    let copy = || {
        let dir = tempfile::tempdir().expect("a folder");
        copy_folder(grown.path(), dir.path());
        dir
    };
    // How long it takes when nobody kills it.
    let dir = copy();
    let began = Instant::now();
    drop(open(dir.path()));
    let takes = began.elapsed();
    let mut formats = [0; 4];
    for round in 0..16 {
        let dir = copy();
        // Once for each, and some of them twice: the way may be cut off more than once.
        for _ in 0..=round % 3 {
            let after = takes.mul_f64(rand::random::<f64>() * 1.2);
            kill::run(
                "migrate::child_that_migrates_until_it_is_killed",
                &[(FOLDER, OsStr::new(dir.path()))],
                After::Start(after),
            );
        }
        formats[format(&dir.path().join("brain.redb")) as usize] += 1;
        let brain = open(dir.path());
        assert_eq!(brain.count().expect("counted"), 150 + MORE);
        for n in (0..MORE).step_by(1711) {
            assert_eq!(recall(&brain, &format!("many{n}")).len(), 1, "many{n} in round {round}");
        }
        assert_eq!(recall(&brain, "spare key")[0].entry.text, "the spare key is under the ficus");
        let before = entries();
        let at = (round * 9) as usize;
        let id = MemoryId::from(before[at]["id"].as_str().expect("a name"));
        assert_eq!(entry(&brain, &id).text, before[at]["text"].as_str().expect("words"));
    }
    assert!(formats[1] > 0, "none was killed before the end of the way: {formats:?} of the formats");
}

/// The format that a database says it has, before anybody brings it to another.
fn format(database: &Path) -> u64 {
    let database = Database::open(database).expect("opens");
    let meta: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
    let transaction = redb::ReadableDatabase::begin_read(&database).expect("begins");
    let meta = transaction.open_table(meta).expect("a table");
    let bytes = meta.get("format").expect("read").expect("there").value().to_vec();
    u64::from_le_bytes(bytes.try_into().expect("eight bytes"))
}
