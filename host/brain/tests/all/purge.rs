//! Of what was forgotten nothing is left: in no file, whatever it was drawn into.

use crate::support::*;
use loket_brain::{
    Brain, Correction, Dream, Dreaming, Kind, MemoryId, Options, Query, Revision, Source, Standing, SummaryTask,
};
use loket_testkit::kill::{self, After};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

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
fn a_purge_can_leave_snapshots_alone() {
    let brain = brain();
    let id = remember(&brain, "the secret is zanzibarquux");
    brain.snapshot("kept").expect("kept");
    brain.forget(&id, 3).expect("forgotten");
    assert_eq!(brain.purge(false).expect("purged").snapshots, 0);
    assert_eq!(holding(brain.dir.path(), "zanzibarquux"), [brain.dir.path().join("snapshots/kept.redb")]);
    nowhere(&brain, "zanzibarquux");
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
fn what_was_put_right_is_gone_as_well() {
    let edits = [
        Revision { text: Some("the word is another".to_owned()), ..Revision::default() },
        Revision { tags: Some(vec!["plain".to_owned()]), ..Revision::default() },
    ];
    for (at, revision) in edits.iter().enumerate() {
        let brain = brain();
        let (text, tags) = if at == 0 { ("the word is zanzibarquux", "plain") } else { ("the word", "zanzibarquux") };
        let id = write(&brain, tagged(text, &[tags]), 1);
        brain.index_now().expect("indexed");
        assert!(holding(brain.dir.path(), "zanzibarquux").len() == 1 && in_index(&brain, "zanzibarquux"));
        brain.edit(&id, revision).expect("edited");
        nowhere(&brain, "zanzibarquux");
        assert_eq!(recall(&brain, "word").len(), 1);
    }
}

#[test]
fn what_was_put_right_is_gone_from_the_journal_too() {
    let brain = brain();
    let id = write(&brain, draft("the word is zanzibarquux"), 1);
    assert_eq!(dream(&brain, 100 * DAY).deeds.len(), 1, "it faded");
    let text = Some("the word is another".to_owned());
    brain.edit(&id, &Revision { text, ..Revision::default() }).expect("edited");
    nowhere(&brain, "zanzibarquux");
}

#[test]
fn skills_lose_the_steps_that_others_replaced() {
    let brain = brain();
    let with = |tool: &str, arguments: &str| loket_brain::Draft {
        steps: vec![loket_brain::Step {
            tool: tool.to_owned(),
            arguments: arguments.to_owned(),
            outcome: String::new(),
        }],
        ..of(Kind::Skill, "restart the router")
    };
    write(&brain, with("zanzibarquux", "--password grimwoldry"), 1);
    brain.index_now().expect("indexed");
    write(&brain, with("ssh", "--key"), 2);
    nowhere(&brain, "zanzibarquux");
    nowhere(&brain, "grimwoldry");
}

#[test]
fn forgetting_takes_the_duplicates_that_were_merged() {
    let brain = brain();
    let one = write(&brain, draft("the backup of zanzibarquux runs on the old NAS"), 1);
    let other = write(&brain, draft("the backup of zanzibarquux is running on an old NAS"), 2);
    let dreamt = dream(&brain, DAY);
    assert_eq!(dreamt.deeds.len(), 1, "{dreamt:?}");
    let kept = dreamt.deeds[0].kept.clone().expect("one is kept");
    brain.index_now().expect("indexed");
    brain.forget(&kept, 2 * DAY).expect("forgotten");
    for id in [one, other] {
        assert_eq!(brain.get(&id).expect("read"), None);
    }
    assert!(brain.journal(10).expect("read").iter().all(|entry| !format!("{entry:?}").contains("zanzibar")));
    nowhere(&brain, "zanzibarquux");
}

/// A conversation that is over, with a word in one of its episodes.
fn conversation(brain: &Brain, word: &str) -> Vec<MemoryId> {
    let text = |n| match n {
        5 => format!("The password of the router is {word}, and it is printed on its lower side."),
        n => format!("We spoke of the router and its password, for the {n} time today."),
    };
    (0..14).map(|n| write(brain, said("c", &text(n)), n)).collect()
}

#[test]
fn forgetting_takes_summaries_and_the_journal_s_words_about_it() {
    for by_model in [false, true] {
        let brain = brain();
        let ids = conversation(&brain, "zanzibarquux");
        let model = |_: SummaryTask, texts: &[String]| Some(texts.join(" "));
        let dreaming = Dreaming {
            now: 3 * DAY,
            rehearse: false,
            source: Source::default(),
            summarise: by_model.then_some(&model),
        };
        let dreamt = brain.dream(&dreaming).expect("dreamt");
        let summary = dreamt.deeds[0].kept.clone().expect("a summary");
        if by_model {
            assert!(entry(&brain, &summary).text.contains("zanzibarquux"));
        }
        // The next season they fade, which the journal tells as well.
        dream(&brain, 200 * DAY);
        brain.index_now().expect("indexed");
        brain.forget(&ids[5], 201 * DAY).expect("forgotten");
        assert_eq!(brain.get(&summary).expect("read"), None);
        let journal = brain.journal(10).expect("read");
        let told: Vec<&str> = journal.iter().flat_map(|entry| &entry.deeds).map(|deed| deed.words.as_str()).collect();
        assert!(told.iter().all(|words| !words.contains("zanzibar")) && told.contains(&"(forgotten)"), "{told:?}");
        nowhere(&brain, "zanzibarquux");
        assert_eq!(brain.count().expect("counted"), 13, "the other episodes stay");
    }
}

/// What was made of a memory may be gone from the brain and still be in the journal: dreams were taken back, or the brain was put back to
/// a day before them.
#[test]
fn forgetting_takes_summaries_out_of_the_journal_that_only_that_has() {
    for by_undoing in [true, false] {
        let brain = brain();
        let ids = conversation(&brain, "zanzibarquux");
        brain.snapshot("before").expect("kept");
        let model = |_: SummaryTask, texts: &[String]| Some(texts.join(" "));
        let dreaming = Dreaming { now: 3 * DAY, rehearse: false, source: Source::default(), summarise: Some(&model) };
        let first = brain.dream(&dreaming).expect("dreamt");
        let summary = first.deeds[0].kept.clone().expect("a summary");
        // The next season it fades: the journal has it as it was.
        let second = dream(&brain, 200 * DAY);
        assert!(second.deeds.iter().any(|deed| deed.memories.contains(&summary)), "{second:?}");
        if by_undoing {
            for dream in [second, first] {
                brain.undo(dream.entry.expect("an entry")).expect("taken back");
            }
        } else {
            brain.revert("before", 201 * DAY).expect("put back");
        }
        assert_eq!(brain.get(&summary).expect("read"), None);
        brain.forget(&ids[5], 202 * DAY).expect("forgotten");
        nowhere(&brain, "zanzibarquux");
    }
}

#[test]
fn forgetting_takes_lessons_out_of_the_journal_that_only_that_has() {
    let brain = brain();
    let wrong = write(&brain, draft("the ferry is paid in zanzibarquux"), 1);
    brain.snapshot("before").expect("kept");
    let lesson = brain.correct(correction(Some(&wrong), "", LESSON), at(10)).expect("corrected");
    write(&brain, of(Kind::Lesson, &format!("The {LESSON}")), 11);
    write(&brain, of(Kind::Lesson, &format!("{LESSON}, they said")), 12);
    let dreamt = dream(&brain, DAY);
    assert!(dreamt.deeds.iter().any(|deed| deed.memories.contains(&lesson) || deed.kept.as_ref() == Some(&lesson)));
    brain.revert("before", 2 * DAY).expect("put back");
    brain.forget(&wrong, 3 * DAY).expect("forgotten");
    nowhere(&brain, "zanzibarquux");
}

const LESSON: &str = "the harbour ferry leaves from the northern pier beside the old lighthouse early each morning, loaded with \
                      mail, parcels, newspapers, vegetables and bicycles";

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
fn forgetting_takes_insights() {
    let brain = brain();
    let (_, lesson) = habit(&brain, "nobody");
    let dreamt = dream(&brain, DAY);
    let insight = dreamt.deeds[0].kept.clone().expect("an insight");
    brain.forget(&lesson, 2 * DAY).expect("forgotten");
    assert_eq!(brain.get(&insight).expect("read"), None);
    let told = brain.journal(10).expect("read").remove(0).deeds.remove(0).words;
    assert_eq!(told, "(forgotten)");
    brain.purge(true).expect("purged");
    assert_eq!(holding(brain.dir.path(), "the service of invoices"), Vec::<PathBuf>::new());
}

#[test]
fn forgetting_a_mistake_takes_its_words_out_of_what_was_drawn_from_its_lesson() {
    let brain = brain();
    let (wrong, lesson) = habit(&brain, "zanzibarquux");
    let model = |_: SummaryTask, texts: &[String]| Some(texts.join(" "));
    let dreaming = Dreaming { now: DAY, rehearse: false, source: Source::default(), summarise: Some(&model) };
    let insight = brain.dream(&dreaming).expect("dreamt").deeds[0].kept.clone().expect("an insight");
    assert!(entry(&brain, &insight).text.contains("zanzibarquux"));
    brain.forget(&wrong, 2 * DAY).expect("forgotten");
    assert!(recall(&brain, "zanzibarquux").is_empty());
    assert_eq!(entry(&brain, &lesson).standing, Standing::Current, "the lesson itself stays");
    nowhere(&brain, "zanzibarquux");
}

/// Two lessons that say nearly the same, of mistakes of their own; the first of the mistakes is forgotten after a dream merged them.
#[test]
fn forgetting_a_mistake_takes_its_words_out_of_the_journal() {
    let brain = brain();
    let long = "the harbour ferry leaves from the northern pier beside the old lighthouse early each morning, loaded with \
                mail, parcels, newspapers, vegetables and";
    let right = "look the harbour ferry up in the timetable";
    let mistakes = ["zanzibarquux", "bicycles"].map(|end| {
        let wrong = write(&brain, draft(&format!("{long} {end}")), 1);
        brain.correct(correction(Some(&wrong), "", right), at(10)).expect("corrected");
        wrong
    });
    let dreamt = dream(&brain, DAY);
    assert_eq!(dreamt.deeds.len(), 1, "the lessons are merged: {dreamt:?}");
    brain.forget(&mistakes[0], 2 * DAY).expect("forgotten");
    assert!(recall(&brain, "zanzibarquux").is_empty());
    nowhere(&brain, "zanzibarquux");
}

#[test]
fn forgetting_a_mistake_takes_its_words_out_of_every_lesson_about_it() {
    let brain = brain();
    let wrong = write(&brain, draft("the code is zanzibarquux"), 1);
    let first = brain.correct(correction(Some(&wrong), "", "codes are kept upstairs"), at(2)).expect("corrected");
    let second = brain.correct(correction(Some(&first), "", "codes are kept nowhere"), at(3)).expect("corrected");
    let again = brain.correct(correction(Some(&wrong), "", "codes are not kept"), at(4)).expect("corrected");
    assert_eq!(again, second, "the lesson that counts today");
    brain.forget(&wrong, 5).expect("forgotten");
    assert!(!entry(&brain, &first).text.contains("zanzibarquux"), "the lesson that was wrong itself");
    nowhere(&brain, "zanzibarquux");
    let parts = entry(&brain, &second).lesson.expect("parts");
    assert_eq!(parts.wrong, "codes are kept upstairs", "of another mistake, which nobody forgot");
}

#[test]
fn forgetting_a_mistake_takes_the_tags_that_its_lesson_took_on() {
    let brain = brain();
    let wrong = write(&brain, tagged("the code is 4711", &["zanzibarquux", "codes"]), 1);
    let lesson = brain.correct(correction(Some(&wrong), "", "codes are not kept here"), at(2)).expect("corrected");
    brain
        .edit(
            &lesson,
            &Revision { tags: Some(vec!["zanzibarquux".to_owned(), "rules".to_owned()]), ..Revision::default() },
        )
        .expect("edited");
    brain.forget(&wrong, 3).expect("forgotten");
    nowhere(&brain, "zanzibarquux");
    assert_eq!(entry(&brain, &lesson).tags, ["rules"], "what it was given by hand stays");
}

#[test]
fn what_only_a_snapshot_has_can_be_forgotten_too() {
    let brain = brain();
    remember(&brain, "something else");
    brain.snapshot("before").expect("kept");
    let id = remember(&brain, "the secret is zanzibarquux");
    let kept = brain.revert("before", 5).expect("put back");
    assert_eq!(brain.get(&id).expect("read"), None);
    // The difference shows it, and so its owner can name it.
    let shown = brain.diff("before", Some(&kept), None, 10).expect("compared");
    assert_eq!(shown.iter().map(|one| one.id.clone()).collect::<Vec<_>>(), [id.clone()]);
    brain.forget(&id, 6).expect("forgotten");
    nowhere(&brain, "zanzibarquux");
    brain.revert(&kept, 7).expect("put forth");
    assert_eq!(brain.get(&id).expect("read"), None);
}

#[test]
fn snapshots_are_cleaned_as_deeply_as_the_brain_itself() {
    // A mistake whose words stand in its lesson.
    let brain = brain();
    let wrong = write(&brain, draft("the code of the safe is zanzibarquux"), 1);
    brain.correct(correction(Some(&wrong), "", "codes are not kept here"), at(2)).expect("corrected");
    brain.snapshot("kept").expect("kept");
    brain.forget(&wrong, 3).expect("forgotten");
    nowhere(&brain, "zanzibarquux");
    assert_eq!(brain.snapshots().expect("read")[0].memories, 1, "its lesson is there");
}

#[test]
fn the_journal_of_a_snapshot_is_cleaned() {
    let brain = brain();
    let id = write(&brain, draft("the word is zanzibarquux"), 1);
    assert_eq!(dream(&brain, 100 * DAY).deeds.len(), 1);
    brain.snapshot("kept").expect("kept");
    brain.forget(&id, 101 * DAY).expect("forgotten");
    nowhere(&brain, "zanzibarquux");
}

#[test]
fn what_a_snapshot_has_of_a_dream_that_was_taken_back_is_cleaned() {
    let brain = brain();
    let ids = conversation(&brain, "zanzibarquux");
    let model = |_: SummaryTask, texts: &[String]| Some(texts.join(" "));
    let dreaming = Dreaming { now: 3 * DAY, rehearse: false, source: Source::default(), summarise: Some(&model) };
    let entry = brain.dream(&dreaming).expect("dreamt").entry.expect("an entry");
    brain.snapshot("with-a-summary").expect("kept");
    brain.undo(entry).expect("taken back");
    brain.forget(&ids[5], 4 * DAY).expect("forgotten");
    nowhere(&brain, "zanzibarquux");
}

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
        let name = "purge::child_that_purges_until_it_is_killed";
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

#[test]
fn words_are_kept_for_erasing_elsewhere_until_that_is_done() {
    let erasing = || Options { erasing: true, ..Options::default() };
    let brain = brain_with(erasing());
    let plain = write(&brain, draft("the secret is zanzibarquux"), 1);
    let wrong = write(&brain, draft("the code is grimwoldry"), 2);
    let lesson = Correction {
        mistake: Some(wrong.clone()),
        wrong: String::new(),
        right: "codes are not kept".to_owned(),
        applies: "always and ever".to_owned(),
    };
    let lesson = brain.correct(lesson, at(3)).expect("corrected");
    assert_eq!(brain.erasing().expect("read"), []);
    for id in [&plain, &wrong, &lesson] {
        brain.forget(id, 4).expect("forgotten");
    }
    let told = || {
        let mut all: Vec<(MemoryId, String)> =
            brain.erasing().expect("read").into_iter().map(|one| (one.id, one.text)).collect();
        all.sort();
        all
    };
    let all = told();
    assert!(all.contains(&(plain.clone(), "the secret is zanzibarquux".to_owned())), "{all:?}");
    assert!(all.contains(&(wrong.clone(), "the code is grimwoldry".to_owned())), "{all:?}");
    assert!(all.iter().any(|(id, text)| *id == lesson && text == "codes are not kept"), "{all:?}");
    assert!(recall(&brain, "zanzibarquux").is_empty(), "forgotten all the same");
    brain.snapshot("kept").expect("kept");

    brain.purge(true).expect("purged");
    assert!(holding(brain.dir.path(), "zanzibarquux").len() == 1, "in the database alone");
    assert_eq!(told(), all);
    brain.erased(&[plain.clone(), MemoryId::from("no name")]).expect("noted");
    assert!(told().iter().all(|(id, _)| *id != plain) && told().len() == all.len() - 1);
    nowhere(&brain, "zanzibarquux");
    brain.erased(&[wrong, lesson]).expect("noted");
    assert_eq!(told(), []);
    nowhere(&brain, "grimwoldry");
}

#[test]
fn words_to_be_erased_outlive_a_reopening_and_are_not_kept_unasked() {
    let brain = brain_with(Options { erasing: true, ..Options::default() });
    let id = remember(&brain, "the secret is zanzibarquux");
    brain.forget(&id, 4).expect("forgotten");
    // The owner has given it up meanwhile.
    let brain = brain.reopened(|_| {});
    assert_eq!(brain.erasing().expect("read").len(), 1);
    let other = remember(&brain, "another secret");
    brain.forget(&other, 5).expect("forgotten");
    assert_eq!(brain.erasing().expect("read").len(), 1);
    brain.erased(&[id]).expect("noted");
    assert!(brain.reopened(|_| {}).erasing().expect("read").is_empty());
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
