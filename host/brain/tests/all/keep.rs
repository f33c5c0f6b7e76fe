//! What an owner keeps, compares, puts back and puts right.

use crate::support::*;
use loket_brain::{
    Brain, BrainError, Change, Draft, Dreaming, Entry, Kind, MemoryId, Options, Query, Revision, Source, Standing,
};
use std::collections::BTreeMap;
use std::path::PathBuf;

const QUESTIONS: [&str; 7] = ["server", "door code", "garden", "standup", "moon", "later", ""];

/// Without uses, which are no part of what a brain was told.
fn state(brain: &Brain) -> Vec<Entry> {
    everything(brain).into_iter().map(|entry| Entry { used: 0, last_used: None, ..entry }).collect()
}

#[track_caller]
fn answers(brain: &Brain) -> Vec<Vec<MemoryId>> {
    QUESTIONS.map(|text| names(brain, &Query { limit: 50, ..Query::words(text) })).to_vec()
}

fn filled() -> (Fixture, BTreeMap<&'static str, MemoryId>) {
    let brain = brain();
    let mut ids = BTreeMap::new();
    ids.insert("server", write(&brain, tagged("my server is at 10.0.0.5", &["net"]), 1));
    ids.insert("code", write(&brain, draft("the door code is 4471"), 2));
    ids.insert("garden", write(&brain, draft("the garden is watered at seven"), 3));
    ids.insert("wrong", write(&brain, draft("the standup is held upstairs"), 4));
    let lesson = correction(Some(&ids["wrong"]), "", "the standup is held in the cellar");
    ids.insert("lesson", brain.correct(lesson, at(5)).expect("corrected"));
    ids.insert("pinned", write(&brain, draft("the moon is far away"), 6));
    brain.pin(&ids["pinned"], true).expect("pinned");
    (brain, ids)
}

/// Changes of every sort.
fn change(brain: &Brain, ids: &BTreeMap<&'static str, MemoryId>) {
    write(brain, draft("the door code is 9020"), 100);
    write(brain, draft("The garden is watered at seven."), 101);
    write(brain, draft("something that came later"), 102);
    let text = Some("my server is in the attic".to_owned());
    brain.edit(&ids["server"], &Revision { text, tags: Some(vec![]), kind: Some(Kind::Skill) }).expect("edited");
    brain.pin(&ids["pinned"], false).expect("unpinned");
    brain.correct(correction(Some(&ids["wrong"]), "", "the standup is held online"), at(103)).expect("corrected");
    brain.correct(correction(None, "the moon is near", "it is not"), at(104)).expect("corrected");
}

#[test]
fn a_snapshot_is_listed_with_what_it_has() {
    let (brain, _) = filled();
    assert_eq!(brain.snapshots().expect("read"), []);
    let first = brain.snapshot("first").expect("kept");
    assert_eq!((first.name.as_str(), first.memories), ("first", 6));
    assert!(first.bytes > 0 && first.made > 1_600_000_000_000, "{first:?}");
    write(&brain, draft("one more"), 50);
    std::thread::sleep(std::time::Duration::from_millis(20));
    let second = brain.snapshot("a-second.one_2").expect("kept");
    assert_eq!(second.memories, 7);
    assert_eq!(brain.snapshots().expect("read"), [first.clone(), second.clone()], "oldest first");
    let brain = brain.reopened(|_| {});
    assert_eq!(brain.snapshots().expect("read"), [first, second.clone()]);
    for _ in 0..2 {
        brain.drop_snapshot("first").expect("dropped");
    }
    assert_eq!(brain.snapshots().expect("read"), [second]);
    assert_eq!(brain.count().expect("counted"), 7);
}

#[test]
fn a_name_that_is_taken_is_refused_and_its_snapshot_stays() {
    let (brain, _) = filled();
    let first = brain.snapshot("first").expect("kept");
    write(&brain, draft("one more"), 50);
    match brain.snapshot("first") {
        Err(BrainError::Invalid(message)) => assert!(message.contains("`first` already"), "{message}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(brain.snapshots().expect("read"), [first]);
}

#[test]
fn a_name_that_leads_elsewhere_is_no_name() {
    let outer = tempfile::tempdir().expect("a folder");
    let dir = outer.path().join("agent");
    let brain = open(&dir);
    remember(&brain, "something");
    brain.snapshot("first").expect("kept");
    let victim = outer.path().join("victim.redb");
    std::fs::write(&victim, "mine").expect("written");
    let long = "x".repeat(65);
    let absolute = outer.path().join("victim").display().to_string();
    for name in [
        "",
        ".",
        "..",
        "../victim",
        "../../victim",
        "a/b",
        "a\\b",
        "/etc/passwd",
        ".hidden",
        "a b",
        "é",
        "a\0b",
        "a\nb",
        "C:x",
        "-/..",
        "~",
        "%2e%2e",
        &long,
        &absolute,
    ] {
        let refused = |what: &str, error: Option<BrainError>| match error {
            Some(BrainError::Invalid(message)) => assert!(message.contains("is no name for a snapshot"), "{message}"),
            other => panic!("{what} {name:?}: {other:?}"),
        };
        refused("made", brain.snapshot(name).err());
        refused("dropped", brain.drop_snapshot(name).err());
        refused("compared", brain.diff(name, None, None, 10).err());
        refused("compared with", brain.diff("first", Some(name), None, 10).err());
        refused("put back", brain.revert(name, 1).err());
    }
    assert_eq!(std::fs::read(&victim).expect("read"), b"mine");
    let databases = |file: &PathBuf| file.extension().is_some_and(|end| end == "redb");
    let found: Vec<PathBuf> = files_below(outer.path()).into_iter().filter(databases).collect();
    assert_eq!(found, [dir.join("brain.redb"), dir.join("snapshots/first.redb"), victim]);
    let longest = "x".repeat(64);
    assert_eq!(brain.snapshot(&longest).expect("kept").name, longest);
}

#[test]
fn sixty_four_snapshots_are_kept_and_no_more() {
    let brain = brain();
    remember(&brain, "something");
    for n in 0..64 {
        brain.snapshot(&format!("s{n}")).expect("kept");
    }
    match brain.snapshot("one-more") {
        Err(error @ BrainError::Full { limit: "snapshots", .. }) => {
            assert!(error.to_string().contains("64 snapshots"), "{error}")
        }
        other => panic!("{other:?}"),
    }
    brain.drop_snapshot("s7").expect("dropped");
    brain.snapshot("one-more").expect("kept");
    assert_eq!(brain.snapshots().expect("read").len(), 64);
}

#[test]
fn a_snapshot_is_of_one_moment_while_others_write() {
    let brain = brain();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for n in 0..200 {
                // Both or none.
                let both = vec![(draft(&format!("left {n}")), at(n)), (draft(&format!("right {n}")), at(n))];
                brain.remember_all(both).expect("remembered");
            }
        });
        let mut n = 0;
        while !writer.is_finished() && n < 30 {
            let made = brain.snapshot(&format!("s{n}")).expect("kept");
            assert_eq!(made.memories % 2, 0);
            n += 1;
        }
        assert!(n > 1, "none was made meanwhile");
    });
}

#[test]
fn snapshots_are_looked_at_by_many_at_once() {
    let (brain, ids) = filled();
    brain.snapshot("first").expect("kept");
    change(&brain, &ids);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert_eq!(brain.snapshots().expect("listed").len(), 1);
                    assert!(!brain.diff("first", None, None, 100).expect("compared").is_empty());
                }
            });
        }
    });
}

#[test]
fn a_difference_says_what_became_of_each_memory() {
    let (brain, ids) = filled();
    brain.snapshot("before").expect("kept");
    assert_eq!(brain.diff("before", None, None, 100).expect("compared"), []);
    brain.used([ids["garden"].clone()], 50);
    assert_eq!(brain.diff("before", None, None, 100).expect("compared"), [], "a use is no change");
    let before = state(&brain);
    change(&brain, &ids);
    brain.forget(&ids["lesson"], 200).expect("forgotten");
    let after = state(&brain);
    brain.snapshot("after").expect("kept");
    let find = |all: &[Entry], id: &MemoryId| all.iter().find(|entry| entry.id == *id).cloned();
    for (from, to, old, new) in [
        ("before", None, &before, &after),
        ("before", Some("after"), &before, &after),
        ("after", Some("before"), &after, &before),
    ] {
        let found = brain.diff(from, to, None, 1000).expect("compared");
        assert!(found.is_sorted_by(|one, other| one.id < other.id), "ascending, each once");
        let mut expect: Vec<MemoryId> = old.iter().chain(new.iter()).map(|entry| entry.id.clone()).collect();
        expect.sort();
        expect.dedup();
        expect.retain(|id| find(old, id) != find(new, id));
        // The confirmed memory, too, though its words are what they were.
        assert!(expect.contains(&ids["garden"]));
        assert_eq!(found.iter().map(|one| one.id.clone()).collect::<Vec<_>>(), expect, "{from} {to:?}");
        for one in &found {
            let (was, is) = (find(old, &one.id), find(new, &one.id));
            let change = match (&was, &is) {
                (Some(_), Some(_)) => Change::Changed,
                (Some(_), None) => Change::Gone,
                _ => Change::Added,
            };
            assert_eq!((one.change, &one.before, &one.after), (change, &was, &is));
        }
    }
    for change in [Change::Added, Change::Changed, Change::Gone] {
        let found = brain.diff("before", None, None, 1000).expect("compared");
        assert!(found.iter().any(|one| one.change == change), "{change:?}");
    }
    assert_eq!(brain.diff("after", Some("after"), None, 1000).expect("compared"), []);
}

#[test]
fn differences_come_in_pages() {
    let (brain, ids) = filled();
    brain.snapshot("before").expect("kept");
    change(&brain, &ids);
    for n in 0..20 {
        write(&brain, draft(&format!("later {n}")), 300 + n);
    }
    let whole = brain.diff("before", None, None, 1000).expect("compared");
    assert!(whole.len() > 20);
    for limit in [1, 3, 7, 1000] {
        let mut walked = Vec::new();
        loop {
            let after = walked.last().map(|one: &loket_brain::Difference| one.id.clone());
            let page = brain.diff("before", None, after.as_ref(), limit).expect("compared");
            assert!(page.len() <= limit as usize);
            if page.is_empty() {
                break;
            }
            walked.extend(page);
        }
        assert_eq!(walked, whole, "{limit} a page");
    }
    for limit in [0, 1001] {
        assert!(matches!(brain.diff("before", None, None, limit), Err(BrainError::Invalid(_))));
    }
    for (from, to) in [("nowhere", None), ("before", Some("nowhere"))] {
        match brain.diff(from, to, None, 10) {
            Err(BrainError::NotFound(message)) => assert!(message.contains("`nowhere`"), "{message}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(brain.revert("nowhere", 1), Err(BrainError::NotFound(_))));
}

#[test]
fn the_way_back_brings_the_old_state_and_keeps_the_new_one() {
    for indexed in [false, true] {
        let (brain, ids) = filled();
        if indexed {
            brain.index_now().expect("indexed");
        }
        brain.snapshot("good").expect("kept");
        let (before, found) = (state(&brain), answers(&brain));
        change(&brain, &ids);
        if indexed {
            brain.index_now().expect("indexed");
        }
        let (changed, changed_found) = (state(&brain), answers(&brain));
        assert_ne!(changed, before);

        let kept = brain.revert("good", 5000).expect("put back");
        let back = |brain: &Brain| {
            for place in ["tail", "index"] {
                assert_eq!(state(brain), before);
                assert_eq!(answers(brain), found, "in the {place}");
                assert_eq!(all(brain, &[Kind::Skill], 3), [], "by kind as well");
                let tagged = Query { tags: vec!["net".to_owned()], ..Query::words("") };
                assert_eq!(names(brain, &tagged), [ids["server"].clone()]);
                brain.index_now().expect("indexed");
            }
            assert_eq!(brain.diff("good", None, None, 100).expect("compared"), []);
        };
        back(&brain);
        let brain = brain.reopened(|_| {});
        back(&brain);
        assert_eq!(kept, "before-revert-5000");
        let listed: Vec<String> = brain.snapshots().expect("read").into_iter().map(|one| one.name).collect();
        assert_eq!(listed, ["good".to_owned(), kept.clone()]);
        // And forth again.
        brain.revert(&kept, 6000).expect("put back");
        assert_eq!((state(&brain), answers(&brain)), (changed.clone(), changed_found.clone()));
        let brain = brain.reopened(|dir| std::fs::remove_dir_all(dir.join("index")).expect("removed"));
        assert_eq!((state(&brain), answers(&brain)), (changed, changed_found));
    }
}

#[test]
fn after_the_way_back_a_brain_learns_as_it_did_then() {
    let (brain, ids) = filled();
    brain.snapshot("good").expect("kept");
    let count = brain.count().expect("counted");
    change(&brain, &ids);
    brain.revert("good", 5000).expect("put back");
    assert_eq!(write(&brain, draft("My server is at 10.0.0.5."), 6000), ids["server"], "the same words strengthen");
    let again = write(&brain, draft("the standup is held upstairs"), 6001);
    assert_eq!(entry(&brain, &again).standing, Standing::Superseded(ids["lesson"].clone()), "a mistake is known");
    assert_eq!(entry(&brain, &ids["lesson"]).strength, 2);
    let moon = write(&brain, draft("the moon is near"), 6002);
    assert_eq!(entry(&brain, &moon).standing, Standing::Current, "what was not known as one then is none");
    let code = write(&brain, draft("the door code is 1234"), 6003);
    assert_eq!(entry(&brain, &ids["code"]).standing, Standing::Superseded(code), "a value is replaced");
    assert_eq!(brain.count().expect("counted"), count + 3);
    assert!(brain.usage().expect("read").bytes > 0);
}

#[test]
fn words_that_two_memories_shared_for_a_while_find_the_one_that_has_them() {
    let brain = brain();
    let tea = write(&brain, draft("tea is served upstairs"), 1);
    let coffee = write(&brain, draft("coffee is served downstairs"), 2);
    brain.snapshot("good").expect("kept");
    let says = |text: &str| Revision { text: Some(text.to_owned()), ..Revision::default() };
    brain.edit(&coffee, &says("tea is served upstairs")).expect("edited");
    brain.revert("good", 5000).expect("put back");
    assert_eq!(write(&brain, draft("tea is served upstairs"), 6000), tea);
    brain.edit(&coffee, &says("tea is served upstairs")).expect("edited");
    brain.edit(&coffee, &says("coffee is served downstairs")).expect("edited");
    assert_eq!(write(&brain, draft("tea is served upstairs"), 6001), tea, "without the way back, too");
    assert_eq!(brain.count().expect("counted"), 2);
}

#[test]
fn what_was_forgotten_since_stays_forgotten() {
    for indexed in [false, true] {
        let (brain, ids) = filled();
        brain.snapshot("good").expect("kept");
        if indexed {
            brain.index_now().expect("indexed");
        }
        for name in ["garden", "wrong"] {
            brain.forget(&ids[name], 200).expect("forgotten");
        }
        let expect = state(&brain);
        brain.revert("good", 5000).expect("put back");
        for place in ["tail", "index"] {
            assert_eq!(state(&brain), expect, "in the {place}: the mistake's words do not come back in its lesson");
            assert!(recall(&brain, "garden").is_empty() && recall(&brain, "upstairs").is_empty(), "in the {place}");
            brain.index_now().expect("indexed");
        }
        let again = write(&brain, draft("the garden is watered at seven"), 6000);
        assert_ne!(again, ids["garden"]);
    }
}

#[test]
fn what_a_dream_drew_from_what_is_forgotten_stays_gone_with_it() {
    let brain = brain();
    let ids: Vec<MemoryId> =
        (0..14).map(|n| write(&brain, said("c", &format!("the okapi did thing {n} today.")), n)).collect();
    let dreaming = Dreaming { now: 3 * DAY, rehearse: false, source: Source::default(), summarise: None };
    let dream = brain.dream(&dreaming).expect("dreamt");
    let summary = dream.deeds[0].kept.clone().expect("a summary");
    brain.snapshot("with-a-summary").expect("kept");
    brain.undo(dream.entry.expect("an entry")).expect("taken back");
    for id in &ids {
        brain.forget(id, 4 * DAY).expect("forgotten");
    }
    brain.revert("with-a-summary", 5 * DAY).expect("put back");
    assert_eq!(brain.get(&summary).expect("read"), None, "it speaks of what is forgotten");
    assert!(recall(&brain, "okapi").is_empty());
}

#[test]
fn the_way_back_is_all_or_nothing_and_leaves_others_in_peace() {
    let brain = brain_with(Options { index_after: 10, ..Options::default() });
    for n in 0..50 {
        write(&brain, draft(&format!("common old{n}")), n);
    }
    brain.snapshot("good").expect("kept");
    for n in 0..50 {
        write(&brain, draft(&format!("common new{n}")), 100 + n);
    }
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut sizes = std::collections::BTreeSet::new();
            for _ in 0..400 {
                sizes.insert(brain.count().expect("counted"));
                recall(&brain, "common old7");
            }
            sizes
        });
        for round in 0..4 {
            brain.revert("good", 5000 + round).expect("put back");
            brain.revert(&format!("before-revert-{}", 5000 + round), 6000 + round).expect("put back");
        }
        let sizes = reader.join().expect("no panic");
        assert!(sizes.iter().all(|size| [50, 100].contains(size)), "{sizes:?}");
    });
    for n in 0..50 {
        assert_eq!(recall(&brain, &format!("old{n}")).len(), 1, "old{n}");
        assert_eq!(recall(&brain, &format!("new{n}")).len(), 1, "new{n}");
    }
    let brain = brain.reopened(|_| {});
    let hits = brain.recall(&Query { limit: 100, ..Query::words("common") }).expect("recalled");
    assert_eq!(hits.len(), 100);
}

#[test]
fn words_tags_and_kind_are_put_right_by_hand() {
    for indexed in [false, true] {
        let brain = brain();
        let draft = Draft { conversation: Some("c".to_owned()), ..tagged("the roof leeks", &["house", "old"]) };
        let id = write(&brain, draft, 1000);
        if indexed {
            brain.index_now().expect("indexed");
        }
        brain.used([id.clone()], 2000);
        let before = entry(&brain, &id);
        brain.edit(&id, &Revision::default()).expect("nothing to do");
        assert_eq!(entry(&brain, &id), before);
        let revision = Revision {
            text: Some("the roof leaks".to_owned()),
            tags: Some(vec!["Roof".to_owned(), "roof".to_owned(), "new".to_owned()]),
            kind: Some(Kind::Episode),
        };
        brain.edit(&id, &revision).expect("edited");
        let expect = Entry {
            text: "the roof leaks".to_owned(),
            tags: vec!["Roof".to_owned(), "new".to_owned()],
            kind: Kind::Episode,
            ..before
        };
        for _ in ["tail", "index"] {
            assert_eq!(entry(&brain, &id), expect);
            assert_eq!(texts(&brain, "leaks"), ["the roof leaks"]);
            assert!(recall(&brain, "leeks").is_empty() && recall(&brain, "old").is_empty());
            let by = |kinds: &[Kind], tag: &str| {
                names(&brain, &Query { kinds: kinds.to_vec(), tags: vec![tag.to_owned()], ..Query::words("") })
            };
            assert_eq!((by(&[Kind::Episode], "roof"), by(&[], "house")), (vec![id.clone()], vec![]));
            assert_eq!((all(&brain, &[Kind::Fact], 5).len(), all(&brain, &[Kind::Episode], 5).len()), (0, 1));
            brain.index_now().expect("indexed");
        }
        brain.close().expect("closed");
        assert_eq!(entry(&brain.reopened(|_| {}), &id), expect);
    }
}

#[test]
fn what_is_put_right_is_what_is_said_from_then_on() {
    let brain = brain();
    let id = write(&brain, draft("the door code is 4471"), 1);
    let says = |text: &str| Revision { text: Some(text.to_owned()), ..Revision::default() };
    brain.edit(&id, &says("the gate code is 4471")).expect("edited");
    let door = write(&brain, draft("the door code is 4471"), 2);
    assert_ne!(door, id, "its old words are nobody's");
    assert_eq!(write(&brain, draft("The gate code is 4471."), 3), id);
    let gate = write(&brain, draft("the gate code is 9020"), 4);
    assert_eq!(entry(&brain, &id).standing, Standing::Superseded(gate));
    assert_eq!(entry(&brain, &door).standing, Standing::Current);
}

#[test]
fn of_a_lesson_what_is_right_is_put_right() {
    let (brain, ids) = filled();
    let revision = Revision {
        text: Some("the standup is held in the garage".to_owned()),
        kind: Some(Kind::Fact),
        ..Revision::default()
    };
    brain.edit(&ids["lesson"], &revision).expect("edited");
    let lesson = entry(&brain, &ids["lesson"]);
    assert_eq!(lesson.kind, Kind::Lesson, "one from a correction stays one");
    assert_eq!(lesson.text, "the standup is held in the garage\nWrong was: the standup is held upstairs");
    assert_eq!(lesson.lesson.expect("parts").wrong, "the standup is held upstairs");
    assert_eq!(texts(&brain, "garage").len(), 1);
}

#[test]
fn an_edit_that_makes_no_sense_changes_nothing() {
    let brain = brain_with(Options { max_bytes: Some(2000), ..Options::default() });
    let id = remember(&brain, "something");
    let before = entry(&brain, &id);
    let text = |text: String| Revision { text: Some(text), ..Revision::default() };
    for bad in [
        text(" ".to_owned()),
        text("x".repeat((64 << 10) + 1)),
        Revision { tags: Some(vec!["x".to_owned(); 33]), ..Revision::default() },
        Revision { tags: Some(vec![String::new()]), ..Revision::default() },
    ] {
        assert!(matches!(brain.edit(&id, &bad), Err(BrainError::Invalid(_))));
    }
    let full = brain.edit(&id, &text("x".repeat(3000)));
    assert!(matches!(full, Err(BrainError::Full { limit: "max-bytes", .. })), "{full:?}");
    for unknown in ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "no name", ""] {
        let unknown = MemoryId::from(unknown);
        assert!(matches!(brain.edit(&unknown, &text("x".to_owned())), Err(BrainError::NotFound(_))));
        assert!(matches!(brain.pin(&unknown, true), Err(BrainError::NotFound(_))));
    }
    assert_eq!(entry(&brain, &id), before);
}

#[test]
fn a_pin_is_kept_and_taken_away() {
    let brain = brain();
    let id = remember(&brain, "something");
    for pinned in [true, true, false] {
        brain.pin(&id, pinned).expect("pinned");
        assert_eq!(entry(&brain, &id).pinned, pinned);
    }
    brain.pin(&id, true).expect("pinned");
    let brain = brain.reopened(|_| {});
    assert!(entry(&brain, &id).pinned);
    assert!(recall(&brain, "something")[0].entry.pinned);
}

#[test]
fn usage_counts_what_there_is() {
    let options = Options { max_memories: Some(100), max_bytes: Some(1 << 20), ..Options::default() };
    let brain = brain_with(options);
    let empty = brain.usage().expect("read");
    assert_eq!((empty.memories, empty.bytes), (0, 0));
    assert_eq!((empty.max_memories, empty.max_bytes), (Some(100), Some(1 << 20)));
    let id = remember(&brain, &"x".repeat(5000));
    let one = brain.usage().expect("read");
    assert_eq!(one.memories, 1);
    assert!((5000..5200).contains(&one.bytes), "{one:?}");
    let files: u64 =
        files_below(brain.dir.path()).iter().map(|file| std::fs::metadata(file).expect("there").len()).sum();
    assert_eq!(one.on_disk, files);
    brain.snapshot("first").expect("kept");
    assert!(brain.usage().expect("read").on_disk >= one.on_disk + 5000, "snapshots count");
    brain.forget(&id, 2).expect("forgotten");
    let none = brain.usage().expect("read");
    assert_eq!((none.memories, none.bytes), (0, 0));
}
