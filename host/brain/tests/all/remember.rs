//! What is remembered is there, once, within its limits.

use crate::support::*;
use loket_brain::{Brain, BrainError, Draft, Entry, Kind, Labels, MemoryId, Options, Origin, Query, Standing};
use std::sync::Barrier;
use std::time::{Duration, Instant};

#[test]
fn an_acknowledged_memory_is_recallable_at_once() {
    let brain = brain();
    let id = remember(&brain, "my server is at 10.0.0.5");
    let hits = recall(&brain, "where is my server?");
    assert_eq!((hits[0].entry.id.clone(), hits[0].why.matched.clone()), (id, vec!["server".to_owned()]));
}

#[test]
fn an_acknowledged_memory_survives_a_reopen_with_the_index_deleted() {
    let brain = brain();
    let id = remember(&brain, "the spare key is under the ficus");
    brain.index_now().expect("indexed");
    let brain = brain.reopened(|dir| std::fs::remove_dir_all(dir.join("index")).expect("deleted"));
    assert_eq!(recall(&brain, "ficus")[0].entry.id, id);
}

#[test]
fn a_memory_is_kept_as_it_was_given() {
    let brain = brain();
    let draft = Draft {
        kind: Kind::Episode,
        text: "  She said \"hé\".\n".to_owned(),
        tags: vec!["Voice Mail".to_owned(), "voice mail".to_owned(), "mum".to_owned()],
        conversation: Some("telegram:42".to_owned()),
        steps: Vec::new(),
    };
    let origin = Origin { labels: Labels::PRIVATE, ..at(77) };
    let id = brain.remember(draft.clone(), origin.clone()).expect("remembered");
    let entry = Entry {
        id: id.clone(),
        kind: Kind::Episode,
        text: draft.text,
        tags: vec!["Voice Mail".to_owned(), "mum".to_owned()],
        conversation: draft.conversation,
        written: 77,
        source: origin.source,
        labels: Labels::PRIVATE,
        corrects: None,
        standing: Standing::Current,
        strength: 1,
        also: Vec::new(),
        pinned: false,
        used: 0,
        last_used: None,
        faded: 0,
        lesson: None,
        steps: Vec::new(),
    };
    assert_eq!(brain.get(&id).expect("read"), Some(entry.clone()));
    let brain = brain.reopened(|_| {});
    assert_eq!(brain.get(&id).expect("read"), Some(entry));
}

#[test]
fn the_same_words_again_strengthen_instead_of_doubling() {
    let brain = brain();
    let first = brain.remember(tagged("tea at four", &["drink"]), at(1)).expect("remembered");
    let origin = Origin { labels: Labels::UNTRUSTED, ..at(9) };
    let again = brain.remember(tagged(" tea  at\nfour ", &["Drink", "habit"]), origin).expect("remembered");
    assert_eq!((first.clone(), brain.count().expect("counted")), (again, 1));
    let entry = brain.get(&first).expect("read").expect("there");
    assert_eq!((entry.strength, entry.written, entry.labels), (2, 1, Labels::UNTRUSTED));
    assert_eq!(entry.tags, ["drink", "habit"]);
    assert_eq!(recall(&brain, "habit").len(), 1, "a tag that came later is found");
    let skill = brain.remember(of(Kind::Skill, "tea at four"), at(2)).expect("remembered");
    assert_ne!(skill, first, "another kind is another memory");
}

#[test]
fn the_same_words_in_two_conversations_are_two_episodes_but_one_fact() {
    let brain = brain();
    let say = |kind, conversation: &str| {
        let draft = Draft { conversation: Some(conversation.to_owned()), ..of(kind, "thank you") };
        brain.remember(draft, at(1)).expect("remembered")
    };
    assert_ne!(say(Kind::Episode, "a"), say(Kind::Episode, "b"));
    assert_eq!(say(Kind::Fact, "a"), say(Kind::Fact, "b"));
}

#[test]
fn names_ascend_across_a_reopen_with_the_clock_set_back() {
    let brain = brain();
    let late = brain.remember(draft("late"), at(1_000_000)).expect("remembered");
    let last = brain.remember(draft("last"), at(1_000_000)).expect("remembered");
    brain.forget(&last, 5).expect("forgotten");
    let brain = brain.reopened(|_| {});
    let early = brain.remember(draft("early"), at(3)).expect("remembered");
    assert!(late < last && last < early, "{late} {last} {early}");
    assert_eq!(early.as_str().len(), 26);
}

#[track_caller]
fn refused(draft: Draft, expect: &str) {
    let brain = brain();
    match brain.remember(draft, at(1)) {
        Err(BrainError::Invalid(message)) => assert!(message.contains(expect), "{message}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(brain.count().expect("counted"), 0);
}

#[test]
fn an_empty_text_is_refused() {
    refused(draft(""), "the text is empty");
    refused(draft(" \n\t"), "the text is empty");
}

#[test]
fn a_mebibyte_is_refused_and_64_kib_are_kept() {
    refused(draft(&"x".repeat(1 << 20)), "the text has 1048576 bytes, and at most 65536 are kept");
    let brain = brain();
    let text = "ab ".repeat(21845) + "z";
    assert_eq!(text.len(), 65536);
    let id = remember(&brain, &text);
    assert_eq!(brain.get(&id).expect("read").expect("there").text, text);
}

#[test]
fn too_many_or_too_long_tags_are_refused() {
    refused(Draft { tags: (0..33).map(|n| n.to_string()).collect(), ..draft("x") }, "33 tags");
    refused(tagged("x", &["y".repeat(129).as_str()]), "129 bytes");
    refused(tagged("x", &[""]), "the tag is empty");
    refused(Draft { conversation: Some("c".repeat(129)), ..draft("x") }, "129 bytes");
}

#[test]
fn a_full_brain_says_so_and_takes_more_after_forgetting() {
    let brain = brain_with(Options { max_memories: Some(2), ..Options::default() });
    let first = remember(&brain, "one");
    remember(&brain, "two");
    match brain.remember(draft("three"), at(1)) {
        Err(error @ BrainError::Full { limit: "max-memories", .. }) => {
            assert!(error.to_string().contains("at most 2 are allowed; forget"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    remember(&brain, "two");
    brain.forget(&first, 2).expect("forgotten");
    remember(&brain, "three");
    assert_eq!(brain.count().expect("counted"), 2);
}

#[test]
fn a_byte_quota_holds_across_a_reopen_and_is_given_back() {
    let options = Options { max_bytes: Some(3000), ..Options::default() };
    let fixture = brain_with(options.clone());
    let id = remember(&fixture, &"a".repeat(2000));
    let Fixture { brain, dir } = fixture;
    drop(brain);
    let brain = open_with(dir.path(), options);
    let full = brain.remember(draft(&"b".repeat(2000)), at(1));
    assert!(matches!(full, Err(BrainError::Full { limit: "max-bytes", .. })), "{full:?}");
    brain.forget(&id, 1).expect("forgotten");
    remember(&brain, &"b".repeat(2000));
}

#[test]
fn sixty_four_writers_share_syncs() {
    let disk = loket_testkit::Forgetful::new();
    // In no time nobody would come while another waits, on a machine that does other things.
    disk.slow_syncs(Duration::from_millis(1));
    let dir = tempfile::tempdir().expect("a folder");
    let brain = Brain::open_with_backend(dir.path(), disk.backend(), Options::default()).expect("opens");
    let before = disk.syncs();
    let start = Barrier::new(64);
    let began = Instant::now();
    std::thread::scope(|scope| {
        for writer in 0..64 {
            let (brain, start) = (&brain, &start);
            scope.spawn(move || {
                start.wait();
                for n in 0..10 {
                    let id = remember(brain, &format!("word{writer}x{n}"));
                    assert_eq!(recall(brain, &format!("word{writer}x{n}"))[0].entry.id, id);
                }
            });
        }
    });
    let syncs = disk.syncs() - before;
    assert!(syncs < 640 / 2, "{syncs} syncs for 640 memories in {:?}", began.elapsed());
    let mut ids: Vec<MemoryId> = all(&brain, &[], 100).into_iter().map(|entry| entry.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), 640);
}

#[test]
fn a_refused_write_takes_nobody_with_it() {
    let brain = brain_with(Options { max_memories: Some(50), ..Options::default() });
    let start = Barrier::new(100);
    let kept: usize = std::thread::scope(|scope| {
        let write = |n: usize| {
            let (brain, start) = (&brain, &start);
            scope.spawn(move || {
                start.wait();
                brain.remember(draft(&format!("number {n}")), at(1)).is_ok() as usize
            })
        };
        let writers: Vec<_> = (0..100).map(write).collect();
        writers.into_iter().map(|writer| writer.join().expect("no panic")).sum()
    });
    assert_eq!((kept as u64, brain.count().expect("counted")), (50, 50));
}

#[test]
fn two_brains_do_not_see_each_other() {
    let (one, other) = (brain(), brain());
    let id = remember(&one, "only one knows the xylophone");
    assert!(recall(&other, "xylophone").is_empty());
    assert_eq!(other.get(&id).expect("read"), None);
    assert_eq!(other.count().expect("counted"), 0);
}

#[test]
fn a_second_opener_is_refused_until_the_first_closes() {
    let first = brain();
    let second = Brain::open(first.dir.path(), Options::default());
    match second {
        Err(error @ BrainError::Locked(_)) => {
            assert!(error.to_string().contains("is open elsewhere: close it there first"), "{error}")
        }
        other => panic!("{other:?}"),
    }
    remember(&first, "still here");
    first.close().expect("closed");
    assert!(matches!(first.recall(&Query::words("x")), Err(BrainError::Closed)));
    assert!(matches!(first.remember(draft("x"), at(1)), Err(BrainError::Closed)));
    assert_eq!(recall(&open(first.dir.path()), "still").len(), 1);
}

#[test]
fn types_have_the_json_form_of_the_contract() {
    let brain = brain();
    let origin = Origin { labels: Labels::PRIVATE.join(Labels::UNTRUSTED), ..at(5) };
    let wrong = brain.remember(draft("up is down"), origin).expect("remembered");
    let lesson = brain.correct(correction(Some(&wrong), "", "up is up"), at(6)).expect("corrected");
    let json = serde_json::to_value(brain.get(&wrong).expect("read")).expect("json");
    let expect = serde_json::json!({
        "id": wrong, "kind": "fact", "text": "up is down", "tags": [], "conversation": null, "written": 5,
        "source": {"agent": "scout", "turn": "turn-5", "chain": "owner > agent:scout", "package": null},
        "also": [], "labels": ["private", "untrusted"], "corrects": null, "standing": {"superseded": lesson}, "strength": 1,
        "pinned": false, "used": 0, "last-used": null, "faded": 0, "lesson": null, "steps": [],
    });
    assert_eq!(json, expect);
    let back: Entry = serde_json::from_value(json).expect("reads back");
    assert_eq!(Some(back), brain.get(&wrong).expect("read"));
    let query: Query =
        serde_json::from_str(r#"{"text": "up", "kinds": ["skill"], "tags": [], "limit": 3}"#).expect("absent is none");
    assert_eq!(query.conversation, None);
    assert!(serde_json::from_str::<Labels>(r#"["secret"]"#).is_err());
}
