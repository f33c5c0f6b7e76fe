//! Of what was forgotten nothing is left: in no file, whatever it was drawn into.
//!
//! Files in reading order: here, how a word is looked for, and a purge as a whole; [`changed`] what was put right, [`drawn`] what dreams
//! made of it, [`mistakes`] what a lesson kept of its mistake, [`snapshots`], [`cut_off`] a purge that was killed, [`elsewhere`] words that
//! others are to erase as well.

mod changed;
mod cut_off;
mod drawn;
mod elsewhere;
mod mistakes;
mod snapshots;

use crate::support::*;
use loket_brain::{Brain, Dream, Dreaming, Kind, MemoryId, Options, Query, Source, Standing};
use std::path::{Path, PathBuf};

/// The files of a brain that hold this word, whatever the case of its letters.
fn holding(folder: &Path, word: &str) -> Vec<PathBuf> {
    let word = word.to_lowercase().into_bytes();
    let holds = |path: &PathBuf| {
        let mut bytes = std::fs::read(path).expect("read");
        bytes.make_ascii_lowercase();
        bytes.windows(word.len()).any(|window| window == word)
    };
    files_below(folder).into_iter().filter(holds).collect()
}

/// Whether the index knows a word, of text or of tags; its dictionary is no plain list, and keeps the words of what is deleted.
fn in_index(brain: &Fixture, word: &str) -> bool {
    let index = tantivy::Index::open_in_dir(brain.dir.path().join("index")).expect("opens");
    let fields = ["text", "tags", "tag", "conversation"].map(|name| index.schema().get_field(name).expect("a field"));
    let searcher = index.reader().expect("reads").searcher();
    searcher.segment_readers().iter().any(|segment| {
        fields.iter().any(|field| {
            let term = tantivy::Term::from_field_text(*field, &word.to_lowercase());
            segment.inverted_index(*field).and_then(|words| Ok(words.get_term_info(&term)?)).expect("read").is_some()
        })
    })
}

/// Files of segments that the index has no more.
fn left_behind(brain: &Fixture) -> Vec<PathBuf> {
    let index = tantivy::Index::open_in_dir(brain.dir.path().join("index")).expect("opens");
    let known = index.load_metas().expect("read").list_segment_files();
    let mut files = files_below(&brain.dir.path().join("index"));
    files.retain(|file| {
        let name = PathBuf::from(file.file_name().expect("a name"));
        !known.contains(&name) && name != Path::new("meta.json") && !name.to_string_lossy().starts_with('.')
    });
    files
}

#[track_caller]
fn nowhere(brain: &Fixture, word: &str) {
    brain.purge(true).expect("purged");
    assert_eq!(holding(brain.dir.path(), word), Vec::<PathBuf>::new(), "{word}");
    assert!(!in_index(brain, word), "{word} in the index");
    assert_eq!(left_behind(brain), Vec::<PathBuf>::new(), "they hold the old words");
    assert!(!brain.stale().expect("read"));
}

fn dream(brain: &Brain, now: u64) -> Dream {
    let dreaming = Dreaming { now, rehearse: false, source: Source::default(), summarise: None };
    brain.dream(&dreaming).expect("dreamt")
}

/// A conversation that is over, with a word in one of its episodes.
fn conversation(brain: &Brain, word: &str) -> Vec<MemoryId> {
    let text = |n| match n {
        5 => format!("The password of the router is {word}, and it is printed on its lower side."),
        n => format!("We spoke of the router and its password, for the {n} time today."),
    };
    (0..14).map(|n| write(brain, said("c", &text(n)), n)).collect()
}

/// Lessons about one sort of mistake, which become an insight; the first mistake and its lesson.
fn habit(brain: &Brain, word: &str) -> (MemoryId, MemoryId) {
    let mut first = None;
    for (n, what) in ["invoices", "payroll", "contracts", "receipts"].iter().enumerate() {
        let said = format!("deploy the {what} service by hand, says {word}");
        let wrong = write(brain, draft(if n == 0 { &said } else { what }), n as u64);
        let right = format!("deploy the service of {what} with the pipeline");
        let lesson = brain.correct(correction(Some(&wrong), "", &right), at(10 + n as u64)).expect("corrected");
        first.get_or_insert((wrong, lesson));
    }
    first.expect("there is one")
}

#[test]
fn what_was_forgotten_is_in_no_file_of_a_large_brain() {
    let brain = brain_with(Options { index_after: 1_000_000, ..Options::default() });
    let mut secrets = Vec::new();
    for round in 0..4u64 {
        let drafts =
            (0..800).map(|n| (of(Kind::Episode, &format!("common note{round}x{n} of the day")), at(n))).collect();
        brain.remember_all(drafts).expect("remembered");
        let which = ["one", "two", "three", "four"][round as usize];
        let secret = tagged(&format!("the secret is Zanzibarquux and {which}"), &["Grimwoldry"]);
        let draft = loket_brain::Draft { conversation: Some("thurnby".to_owned()), ..secret };
        secrets.push(write(&brain, draft, 900));
        brain.index_now().expect("indexed");
    }
    // One that the index never saw.
    secrets.push(write(&brain, draft("the last secret is zanzibarquux"), 900));
    for word in ["zanzibarquux", "grimwoldry", "thurnby"] {
        assert!(holding(brain.dir.path(), word).contains(&brain.dir.path().join("brain.redb")), "the test sees {word}");
    }
    assert!(["zanzibarquux", "grimwoldry", "thurnby"].iter().all(|word| in_index(&brain, word)));
    let before = brain.snapshot("with-secrets").expect("kept");
    assert_eq!(before.memories, 3205);
    for id in &secrets {
        brain.forget(id, 1000).expect("forgotten");
    }
    assert!(brain.stale().expect("read"));
    let purged = brain.purge(true).expect("purged");
    assert_eq!(purged.snapshots, 1);
    assert_eq!(purged.after, brain.usage().expect("read").on_disk);
    let check = |brain: &Fixture| {
        for word in ["zanzibarquux", "grimwoldry", "thurnby"] {
            assert_eq!(holding(brain.dir.path(), word), Vec::<PathBuf>::new(), "{word}");
            assert!(!in_index(brain, word), "{word}");
        }
        assert_eq!(left_behind(brain), Vec::<PathBuf>::new());
        assert_eq!(brain.count().expect("counted"), 3200);
        for round in 0..4 {
            for n in (0..800).step_by(57) {
                assert_eq!(recall(brain, &format!("note{round}x{n}")).len(), 1, "note{round}x{n}");
            }
        }
    };
    check(&brain);
    // It goes on as before.
    let id = write(&brain, draft("said after the purge"), 2000);
    assert_eq!(names(&brain, &Query::words("purge")), [id.clone()]);
    brain.forget(&id, 2001).expect("forgotten");
    check(&brain);
    let mut told = brain.diff("with-secrets", None, None, 1000).expect("compared");
    told.retain(|one| one.before.is_some());
    assert_eq!(told, [], "the snapshot has what is left, and not what is forgotten");
    check(&brain.reopened(|_| {}));
}

#[test]
fn a_purge_without_anything_to_do_touches_nothing() {
    let brain = brain();
    remember(&brain, "something");
    brain.snapshot("kept").expect("kept");
    brain.index_now().expect("indexed");
    assert!(!brain.stale().expect("read"));
    let seen = || {
        let times = |file: PathBuf| (std::fs::metadata(&file).expect("there").modified().expect("a time"), file);
        files_below(brain.dir.path()).into_iter().map(times).collect::<Vec<_>>()
    };
    let before = seen();
    let purged = brain.purge(true).expect("purged");
    assert_eq!((purged.before, purged.snapshots, seen()), (purged.after, 0, before));
}

#[test]
fn a_purge_takes_away_no_more_than_it_should() {
    let brain = brain();
    let (wrong, _) = habit(&brain, "nobody");
    conversation(&brain, "nothing");
    brain.used([wrong.clone()], 5000);
    brain.set_vectors("a-model", vec![(wrong, vec![1.0, 0.0])]).expect("kept");
    dream(&brain, 3 * DAY);
    let gone = remember(&brain, "the secret is zanzibarquux");
    brain.forget(&gone, 4 * DAY).expect("forgotten");
    let seen = |brain: &Brain| {
        (everything(brain), brain.journal(100).expect("read"), brain.without_vector("a-model", 100).expect("read"))
    };
    let before = seen(&brain);
    nowhere(&brain, "zanzibarquux");
    assert_eq!(seen(&brain), before);
    let undone = brain.undo(before.1[0].entry).expect("taken back");
    assert!(undone > 10, "the way back from a dream is still there");
    // A mistake is still known as one, and what was forgotten does not come back.
    let again = write(&brain, draft("payroll"), 5 * DAY);
    assert!(matches!(entry(&brain, &again).standing, Standing::Superseded(_)));
    let line = format!(r#"{{"text": "x", "id": "{gone}"}}"#);
    assert_eq!(brain.import(&[line], &at(1)).expect("imported").skipped, 1);
}

#[test]
fn others_go_on_while_a_brain_is_purged() {
    let brain = brain_with(Options { index_after: 25, ..Options::default() });
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..2)
            .map(|writer| {
                let brain = &brain;
                scope.spawn(move || {
                    for n in 0..120 {
                        let word = format!("w{writer}x{n}");
                        let id = remember(brain, &format!("common {word}"));
                        assert_eq!(names(brain, &Query::words(&word)), [id.clone()]);
                        if n % 3 == 0 {
                            brain.forget(&id, 2).expect("forgotten");
                        }
                    }
                })
            })
            .collect();
        while writers.iter().any(|writer| !writer.is_finished()) {
            brain.purge(true).expect("purged");
        }
    });
    assert_eq!(brain.count().expect("counted"), 160);
    for (writer, n) in [(0, 1), (1, 119), (0, 118)] {
        assert_eq!(recall(&brain, &format!("w{writer}x{n}")).len(), usize::from(n % 3 != 0));
    }
    let brain = brain.reopened(|_| {});
    assert_eq!(brain.count().expect("counted"), 160);
}
