//! Forgetting words: every payload with them is gone from reading and from the file, all else stays, whatever happens meanwhile.

use crate::memory::Memory;
use crate::{append_all, assert_sound, line, open, text};
use loket_ledger::scrub::Stage;
use loket_ledger::storage::Storage;
use loket_ledger::{Entry, Kind, Ledger, LedgerError, Payload, RedbStorage, Scrubbed, Seq, Stored};
use loket_testkit::Forgetful;
use loket_values::Value;
use redb::StorageBackend;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

pub(crate) const PHRASE: &str = "my \"café\" is\nin the Rue de Rivoli 12";

fn needles() -> Vec<Vec<u8>> {
    vec![b"words that nobody said".to_vec(), PHRASE.as_bytes().to_vec()]
}

pub(crate) fn scrub(ledger: &Ledger) -> Result<Scrubbed, LedgerError> {
    ledger.scrub(&needles(), |_| {})
}

pub(crate) fn open_file(path: &Path) -> Ledger {
    Ledger::open(RedbStorage::open(path).expect("the storage opens")).expect("the ledger opens")
}

/// The phrase as JSON has it in a string.
fn escaped() -> String {
    PHRASE.replace('"', "\\\"").replace('\n', "\\n").replace('é', "\\u00e9")
}

/// The phrase in every kind of payload.
fn secrets() -> Vec<(Kind, Payload)> {
    let json = format!("{{\"text\":\"remember: {}\"}}", escaped());
    let twice = format!("[{{\"arguments\":\"{}\"}}]", json.replace('\\', "\\\\").replace('"', "\\\""));
    let field = |value| Value::Record(vec![("text".to_owned(), Value::Option(Some(Box::new(value))))]);
    vec![
        (Kind::Turn, Payload::Json(json.clone())),
        (Kind::Intent, Payload::Values(vec![Value::U64(7), field(Value::String(PHRASE.to_owned()))])),
        (Kind::Intent, Payload::Values(vec![Value::String("name".to_owned()), Value::String(json.clone())])),
        (Kind::Outcome, Payload::Values(vec![Value::Bytes(PHRASE.as_bytes().to_vec())])),
        (Kind::Outcome, Payload::Values(vec![Value::List(vec![field(Value::Bytes(json.into_bytes()))])])),
        (Kind::Refused, text(format!("it is not granted to send `{PHRASE}`"))),
        (Kind::Failed, text(PHRASE)),
        (Kind::End, Payload::Json(twice)),
        (Kind::Act, text(format!("{}{PHRASE}", "x".repeat(30_000)))),
    ]
}

/// The keys of all payloads that are there, by line; each line must have one.
pub(crate) fn keys(storage: &dyn Storage) -> BTreeMap<u64, [u8; 32]> {
    #[derive(serde::Deserialize)]
    enum Item {
        Present { key: [u8; 32], _bytes: Vec<u8> },
        Erased,
    }
    let (mut keys, mut at) = (BTreeMap::new(), 0);
    while let Some(row) = storage.after(at).expect("reads") {
        let items: Vec<Item> = postcard::from_bytes(&row.payloads).expect("the form");
        keys.extend((row.first..).zip(items).filter_map(|(seq, item)| match item {
            Item::Present { key, .. } => Some((seq, key)),
            Item::Erased => None,
        }));
        at = row.first;
    }
    keys
}

/// How many of the keys have left anything in these bytes: eight of them in a row are not there by chance.
pub(crate) fn traces<'a>(file: &[u8], keys: impl IntoIterator<Item = &'a [u8; 32]>) -> usize {
    let parts: Vec<&[u8]> = keys.into_iter().flat_map(|key| key.windows(8)).collect();
    let search = aho_corasick::AhoCorasick::new(&parts).expect("a few thousand");
    let each = 32 - 8 + 1;
    search.find_overlapping_iter(file).map(|found| found.pattern().as_usize() / each).collect::<HashSet<_>>().len()
}

pub(crate) fn bytes(disk: &Forgetful) -> Vec<u8> {
    let backend = disk.backend();
    let mut bytes = vec![0; backend.len().expect("a length") as usize];
    backend.read(0, &mut bytes).expect("reads");
    backend.close().expect("closes");
    bytes
}

fn contains(file: &[u8], words: &str) -> bool {
    file.windows(words.len()).any(|there| there == words.as_bytes())
}

pub(crate) fn all(ledger: &Ledger) -> Vec<Entry> {
    let entries = ledger.read(Seq(1), Ledger::MAX_READ).expect("reads");
    assert_eq!(entries.len() as u64, ledger.head().seq.0);
    entries
}

pub(crate) fn erased(entries: &[Entry]) -> Vec<u64> {
    entries.iter().filter(|entry| entry.payload == Stored::Erased).map(|entry| entry.seq.0).collect()
}

/// The lines that are not among `secret` are as they were.
#[track_caller]
pub(crate) fn assert_rest(before: &[Entry], after: &[Entry], secret: &[u64]) {
    for (before, after) in before.iter().zip(after).filter(|(before, _)| !secret.contains(&before.seq.0)) {
        assert_eq!(before, after);
    }
}

/// Thousands of lines in hundreds of commits, so that stale pages have old states of many rows; gives the places of those with the phrase.
pub(crate) fn fill(ledger: &Ledger) -> Vec<u64> {
    let (mut secrets, mut secret) = (secrets().into_iter().cycle(), Vec::new());
    for commit in 0..300_u128 {
        let lines =
            (0..10).map(|n| line(commit, text(format!("nothing to hide: {commit}/{n} {}", escaped()[..9].to_owned()))));
        let mut lines: Vec<_> = lines.collect();
        if commit % 3 == 1 {
            let (kind, payload) = secrets.next().expect("a cycle");
            secret.push(commit as u64 * 10 + 1 + commit as u64 % 10);
            (lines[commit as usize % 10].kind, lines[commit as usize % 10].payload) = (kind, payload);
        }
        append_all(ledger, lines);
    }
    secret
}

#[test]
fn words_vanish_from_reading_and_from_the_file_and_all_else_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.redb");
    let ledger = open_file(&path);
    let secret = fill(&ledger);
    let before = all(&ledger);
    drop(ledger);
    let keys = keys(&RedbStorage::open(&path).expect("opens"));
    assert_eq!(keys.len(), 3000);
    let (gone, kept): (Vec<_>, Vec<_>) = keys.iter().partition(|(seq, _)| secret.contains(seq));
    let (gone, kept) = (gone.into_iter().map(|(_, key)| key), kept.into_iter().map(|(_, key)| key));
    let file = std::fs::read(&path).expect("reads");
    assert_eq!(traces(&file, gone.clone()), 100, "the search finds what is there");

    let ledger = open_file(&path);
    let answer = scrub(&ledger).expect("scrubs");
    assert_eq!(answer, Scrubbed { lines: 3000, payloads: 3000, erased: 100, faults: vec![] });
    let check = |ledger: &Ledger| {
        assert_sound(ledger);
        assert_eq!(ledger.verify().erased, 100);
        assert_eq!(erased(&all(ledger)), secret);
        assert_rest(&before, &all(ledger), &secret);
    };
    check(&ledger);
    let again = scrub(&ledger).expect("scrubs");
    assert_eq!(again, Scrubbed { lines: 3000, payloads: 2900, erased: 0, faults: vec![] });
    drop(ledger);

    let file = std::fs::read(&path).expect("reads");
    for words in [PHRASE, &escaped(), "Rue de Rivoli"] {
        assert!(!contains(&file, words), "{words}");
    }
    assert!(contains(&file, "owner > agent:assistant"), "the search finds what is there");
    assert_eq!(traces(&file, gone), 0);
    assert_eq!(traces(&file, kept), 2900);
    check(&open_file(&path));
}

#[test]
fn what_is_on_its_way_is_covered_and_appends_go_on_meanwhile() {
    let disk = Forgetful::new();
    let ledger = open(&disk);
    // More than one batch.
    append_all(&ledger, (0..20).map(|n| line(1, text(format!("{n}{}", "x".repeat(1 << 20))))));
    let queued: Vec<Seq> = secrets().into_iter().map(|(_, payload)| ledger.append(line(1, payload))).collect();
    let (mut stages, mut settled) = (Vec::new(), Vec::new());
    let answer = ledger.scrub(&needles(), |progress| {
        // It waits for its line in the middle of the scrub.
        let seq = ledger.append(line(2, text(format!("meanwhile, {PHRASE}"))));
        ledger.settle_blocking(seq).expect("settles");
        assert!(matches!(ledger.entry(seq).expect("reads").expect("there").payload, Stored::Present(_)));
        settled.push(seq);
        stages.push(progress.stage);
    });
    assert_eq!(answer.expect("scrubs").erased, queued.len() as u64);
    assert!(queued.iter().all(|seq| ledger.entry(*seq).expect("reads").expect("there").payload == Stored::Erased));
    assert!(stages.iter().filter(|stage| **stage == Stage::Lines).count() >= 3, "{stages:?}");
    assert!(stages.iter().filter(|stage| **stage == Stage::File).count() >= 10, "{stages:?}");
    assert_eq!(scrub(&ledger).expect("scrubs").erased, settled.len() as u64);
    assert_sound(&ledger);
    assert_whole(ledger, &disk);
}

#[test]
fn scrubs_erasures_readers_and_writers_do_not_disturb_each_other() {
    let disk = Forgetful::new();
    let ledger = open(&disk);
    let secret = fill(&ledger);
    std::thread::scope(|scope| {
        scope.spawn(|| (0..100).for_each(|n| append_all(&ledger, [line(9, text(format!("new {n}")))])));
        let scrubs = [(); 2].map(|()| scope.spawn(|| scrub(&ledger).expect("scrubs").erased));
        scope.spawn(|| (1..=10).for_each(|n| assert!(ledger.erase(Seq(n * 30)).expect("erases"))));
        scope.spawn(|| (0..20).for_each(|_| assert_eq!(ledger.read(Seq(1), 3000).expect("reads").len(), 3000)));
        assert_eq!(scrubs.map(|scrub| scrub.join().expect("no panic")).iter().sum::<u64>(), 100);
    });
    let entries = all(&ledger);
    assert_eq!(erased(&entries).len(), secret.len() + 10);
    assert_eq!(entries.len(), 3100);
    assert_sound(&ledger);
    assert_whole(ledger, &disk);
}

#[test]
fn damage_is_told_and_stops_nothing() {
    let memory = Memory::default();
    let ledger = Ledger::open(memory.clone()).expect("opens");
    for payload in
        [text(PHRASE), text("a payload that will be damaged"), text(PHRASE), text("a block"), text(PHRASE), text("end")]
    {
        append_all(&ledger, [line(1, payload)]);
    }
    drop(ledger);
    let mut rows = memory.rows();
    *rows[1].payloads.last_mut().expect("bytes") ^= 1;
    rows[3].block.truncate(20);
    let ledger = Ledger::open(Memory::of(rows)).expect("its end is sound");
    let answer = scrub(&ledger).expect("scrubs");
    assert_eq!((answer.lines, answer.payloads, answer.erased), (5, 5, 3));
    assert_eq!(answer.faults.iter().map(|fault| fault.seq.0).collect::<Vec<_>>(), [2, 4]);
    assert_eq!(answer.faults[0].to_string(), "line 2: its payload does not match its digest");
}

#[test]
fn needles_that_would_erase_everything_are_refused_and_nothing_is_erased() {
    let ledger = open(&Forgetful::new());
    append_all(&ledger, [line(1, text("yes, the words"))]);
    for short in ["", "yes"] {
        let error = ledger
            .scrub(&[b"the words".to_vec(), short.as_bytes().to_vec()], |_| panic!("it began"))
            .expect_err("too short");
        assert!(matches!(error, LedgerError::Needle { at: 1, .. }));
        assert_eq!(
            error.to_string(),
            format!(
                "the text at place 1 of those to be forgotten has {} bytes: with less than 4 it would be found nearly everywhere, \
                 and more than 1048576 are too many to look for; give a part of the payload that has so many",
                short.len()
            )
        );
    }
    assert_eq!(ledger.verify().erased, 0);
    assert_eq!(ledger.scrub(&[], |_| {}).expect("nothing to do"), Scrubbed::default());
}

#[test]
fn tens_of_thousands_of_needles_are_each_found() {
    let disk = Forgetful::new();
    let ledger = open(&disk);
    let token = |n: u32| format!("token {n} {}", "and more of it ".repeat(5));
    append_all(&ledger, (0..4000).map(|n| line(1, text(format!("[{}]", token(n * 10))))));
    // Two walks; every other token is one of them.
    let needles: Vec<Vec<u8>> = (0..30_000).filter(|n| n % 20 != 0).map(|n| token(n).into_bytes()).collect();
    let mut progress = Vec::new();
    let answer = ledger.scrub(&needles, |now| progress.push(now)).expect("scrubs");
    assert_eq!((answer.lines, answer.payloads, answer.erased), (4000, 4000, 1500));
    let lines: Vec<_> = progress.iter().filter(|now| now.stage == Stage::Lines).collect();
    assert!(lines.windows(2).all(|pair| pair[0].done < pair[1].done && pair[0].total == pair[1].total));
    assert!(lines.last().is_some_and(|now| now.done == 8000 && now.total == 8000 && now.erased == 1500));
    assert!(progress.last().is_some_and(|now| now.stage == Stage::File && now.done == now.total));
    assert_sound(&ledger);
    assert_whole(ledger, &disk);
}

#[test]
fn a_closed_ledger_can_be_scrubbed() {
    let ledger = open(&Forgetful::new());
    append_all(&ledger, [line(1, text(PHRASE))]);
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(ledger.close()).expect("closes");
    ledger.append(line(1, text("late")));
    assert_eq!(scrub(&ledger).expect("scrubs").erased, 1);
    assert_sound(&ledger);
}

/// The wipe has touched no page that redb uses.
#[track_caller]
pub(crate) fn assert_whole(ledger: Ledger, disk: &Forgetful) {
    drop(ledger);
    let mut database = redb::Builder::new().create_with_backend(disk.backend()).expect("opens");
    assert!(database.check_integrity().expect("can be checked"));
}
