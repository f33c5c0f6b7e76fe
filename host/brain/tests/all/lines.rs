//! What goes out as lines comes back as it was.

use crate::support::*;
use loket_brain::{
    Brain, BrainError, Correction, Draft, Dreaming, Imported, Kind, Labels, Lesson, MemoryId, Options, Origin, Query,
    Source, Standing, Step,
};
use proptest::prelude::*;

/// All that a brain tells another, but for uses, which belong to the brain that had them.
fn kept(brain: &Brain) -> Vec<serde_json::Value> {
    let told = |line: &String| {
        let mut line: serde_json::Value = serde_json::from_str(line).expect("an entry");
        let fields = line.as_object_mut().expect("an object");
        fields.retain(|name, _| name != "used" && name != "last-used");
        line
    };
    exported(brain, 1000).iter().map(told).collect()
}

#[track_caller]
fn import(brain: &Brain, lines: &[String]) -> Imported {
    let mut sum = Imported::default();
    for piece in lines.chunks(1000) {
        let done = brain.import(piece, &at(9_000_000)).expect("imported");
        sum.added += done.added;
        sum.merged += done.merged;
        sum.skipped += done.skipped;
    }
    sum
}

/// A brain with one of everything.
fn full() -> Fixture {
    let brain = brain();
    let server = write(&brain, tagged("my server is at 10.0.0.5", &["Net work", "home"]), 1);
    write(&brain, draft("My server is at 10.0.0.5."), 2);
    brain.correct(correction(Some(&server), "", "my server is at 10.0.0.9"), at(3)).expect("corrected");
    brain
        .correct(
            Correction {
                mistake: None,
                wrong: "asked for the logs".to_owned(),
                right: "read the logs first".to_owned(),
                applies: "a job fails".to_owned(),
            },
            at(4),
        )
        .expect("corrected");
    write(&brain, draft("the door code is 4471"), 5);
    write(&brain, draft("the door code is 9020"), 6);
    let step =
        |tool: &str| Step { tool: tool.to_owned(), arguments: "{\"a\": 1}".to_owned(), outcome: "\u{0}".to_owned() };
    write(&brain, Draft { steps: vec![step("ssh"), step("ping")], ..of(Kind::Skill, "restart the router") }, 7);
    for n in 0..5 {
        write(&brain, said("telegram:42", &format!("utterance {n}, \"quoted\"\n\u{1}and\ttabbed, 日本語 🦀")), 8 + n);
    }
    let package = Some("mail@1.2.0 sha256:abc".to_owned());
    let source = Source { package, ..at(20).source };
    let origin = Origin { source, labels: Labels::PRIVATE.join(Labels::UNTRUSTED), time: 20 };
    brain.remember(draft("Anna wrote that the roof leaks"), origin).expect("remembered");
    let pinned = write(&brain, draft("the pinned one"), 21);
    brain.pin(&pinned, true).expect("pinned");
    write(&brain, of(Kind::Lesson, "measure twice, cut once"), 22);
    let faded = write(&brain, draft("nobody ever asks for this"), 23);
    let dreaming = Dreaming { now: 100 * DAY, rehearse: false, source: Source::default(), summarise: None };
    brain.dream(&dreaming).expect("dreamt");
    assert_eq!(entry(&brain, &faded).faded, 1, "it has one of these, too");
    brain
}

#[test]
fn an_export_has_everything_oldest_first_whatever_its_pieces() {
    let brain = full();
    let lines = exported(&brain, 1000);
    assert_eq!(lines.len() as u64, brain.count().expect("counted"));
    let entries = everything(&brain);
    assert!(entries.is_sorted_by(|one, other| one.id < other.id));
    for entry in &entries {
        assert_eq!(brain.get(&entry.id).expect("read").as_ref(), Some(entry));
    }
    for limit in [1, 2, 7, lines.len() as u32 - 1, lines.len() as u32] {
        assert_eq!(exported(&brain, limit), lines, "{limit} a piece");
    }
    let mut cursor = None;
    for at in 0..lines.len() {
        let piece = brain.export(cursor.as_deref(), 1).expect("a piece");
        assert_eq!(
            (piece.items.len(), piece.cursor.is_some()),
            (1, at + 1 < lines.len()),
            "the last names no next one"
        );
        cursor = piece.cursor;
    }
    assert!(lines.iter().all(|line| !line.contains('\n')), "one line each");
    for (cursor, limit) in [(None, 0), (None, 1001), (Some("nonsense"), 1), (Some(""), 1)] {
        assert!(matches!(brain.export(cursor, limit), Err(BrainError::Invalid(_))), "{cursor:?} {limit}");
    }
    let empty = crate::support::brain();
    assert_eq!(empty.export(None, 10).expect("a piece"), loket_brain::Lines::default());
}

#[test]
fn another_brain_takes_everything_over_as_it_is() {
    let from = full();
    let lines = exported(&from, 3);
    let into = brain();
    assert_eq!(import(&into, &lines), Imported { added: lines.len() as u64, merged: 0, skipped: 0 });
    let expect = kept(&from);
    assert_eq!(kept(&into), expect);
    for question in ["where is my server?", "door code", "ssh", "utterance 3", "logs", "roof", "日本", "cut", ""] {
        let query = Query { limit: 100, ..Query::words(question) };
        for place in ["tail", "index"] {
            assert_eq!(names(&into, &query), names(&from, &query), "{question} in the {place}");
            into.index_now().expect("indexed");
        }
    }
    let into = into.reopened(|dir| std::fs::remove_dir_all(dir.join("index")).expect("removed"));
    assert_eq!(kept(&into), expect);
    assert_eq!(exported(&into, 1000).len(), lines.len());
}

#[test]
fn what_was_taken_over_goes_on_learning() {
    let from = full();
    let mistake = everything(&from).into_iter().find(|entry| entry.text == "my server is at 10.0.0.5").expect("there");
    let into = brain();
    import(&into, &exported(&from, 1000));
    let Standing::Superseded(lesson) = mistake.standing else { panic!("it was corrected") };
    // The mistake recurs.
    let again = write(&into, draft("my server is at 10.0.0.5"), 9_100_000);
    assert_eq!(entry(&into, &again).standing, Standing::Superseded(lesson.clone()));
    let strengthened =
        into.correct(correction(Some(&mistake.id), "", "at 10.0.0.9"), at(9_200_000)).expect("corrected");
    assert_eq!((strengthened, entry(&into, &lesson).strength), (lesson, 3));
    // A value is replaced, and words are said again.
    let new = write(&into, draft("the door code is 1234"), 9_300_000);
    assert_eq!(names(&into, &Query::words("door code")), [new]);
    let count = into.count().expect("counted");
    write(&into, draft("the pinned one"), 9_400_000);
    assert_eq!(into.count().expect("counted"), count);
}

#[test]
fn a_mistake_named_and_told_in_other_words_is_known_as_one_after_the_move() {
    let from = brain();
    let wrong = write(&from, draft("the standup is held upstairs"), 1);
    let told = correction(Some(&wrong), "went upstairs for the standup", "the standup is held in the cellar");
    let lesson = from.correct(told, at(2)).expect("corrected");
    let into = brain();
    import(&into, &exported(&from, 1000));
    for (time, words) in ["went upstairs for the standup", "the standup is held upstairs"].iter().enumerate() {
        for brain in [&from, &into] {
            let again = write(brain, draft(words), 10 + time as u64);
            assert_eq!(entry(brain, &again).standing, Standing::Superseded(lesson.clone()), "{words}");
        }
    }
}

#[test]
fn forgetting_goes_as_deep_after_the_move() {
    let from = brain();
    let wrong = write(&from, draft("the code of the safe is 4711"), 1);
    from.correct(correction(Some(&wrong), "", "codes are not to be kept"), at(2)).expect("corrected");
    let into = brain();
    import(&into, &exported(&from, 1000));
    for brain in [&from, &into] {
        brain.forget(&wrong, 3).expect("forgotten");
        assert!(recall(brain, "4711").is_empty(), "the mistake's words leave its lesson");
    }
}

#[test]
fn a_mistake_that_recurred_is_known_as_one_after_the_move() {
    let from = brain();
    let wrong = write(&from, draft("the code of the safe is zanzibarquux"), 1);
    let lesson = from.correct(correction(Some(&wrong), "", "codes are not to be kept"), at(2)).expect("corrected");
    let again = write(&from, draft("The code of the safe is zanzibarquux."), 3);
    let into = brain();
    import(&into, &exported(&from, 1000));
    for brain in [&from, &into] {
        let strengthened =
            brain.correct(correction(Some(&again), "", "codes are never kept"), at(4)).expect("corrected");
        assert_eq!((&strengthened, brain.count().expect("counted")), (&lesson, 3));
        brain.forget(&again, 5).expect("forgotten");
        assert!(recall(brain, "zanzibarquux").is_empty());
    }
    assert_eq!(kept(&into), kept(&from));
}

#[test]
fn what_a_dream_drew_goes_with_what_it_was_drawn_from_after_the_move() {
    let from = brain();
    let alike = ["the backup runs on the NAS", "a backup is running on a NAS"].map(|text| write(&from, draft(text), 1));
    let talk: Vec<MemoryId> =
        (0..14).map(|n| write(&from, said("c", &format!("The okapi ate part {n}.")), n)).collect();
    let dreaming = Dreaming { now: 3 * DAY, rehearse: false, source: Source::default(), summarise: None };
    let deeds = from.dream(&dreaming).expect("dreamt").deeds;
    assert_eq!(deeds.len(), 2, "{deeds:?}");
    let (kept_one, summary) = (deeds[0].kept.clone().expect("kept"), deeds[1].kept.clone().expect("written"));
    let into = brain();
    import(&into, &exported(&from, 1000));
    for brain in [&from, &into] {
        brain.forget(&kept_one, 4 * DAY).expect("forgotten");
        brain.forget(&talk[3], 4 * DAY).expect("forgotten");
        for id in alike.iter().chain([&summary, &talk[3]]) {
            assert_eq!(brain.get(id).expect("read"), None);
        }
        assert_eq!(brain.count().expect("counted"), 13);
    }
}

#[test]
fn what_is_here_already_is_passed_over() {
    let brain = full();
    let (lines, before) = (exported(&brain, 1000), kept(&brain));
    let skipped = Imported { added: 0, merged: 0, skipped: lines.len() as u64 };
    assert_eq!(import(&brain, &lines), skipped, "its own lines");
    assert_eq!(kept(&brain), before);
    let into = crate::support::brain();
    import(&into, &lines);
    assert_eq!(import(&into, &lines), skipped, "the same lines a second time");
    assert_eq!(import(&into, &[lines[0].clone(), lines[0].clone()]).skipped, 2);
    assert_eq!(kept(&into), before);
}

#[test]
fn what_was_forgotten_does_not_come_back() {
    let brain = full();
    let lines = exported(&brain, 1000);
    let entries = everything(&brain);
    for entry in entries.iter().step_by(3) {
        brain.forget(&entry.id, 9000).expect("forgotten");
    }
    let before = kept(&brain);
    assert_eq!(import(&brain, &lines).skipped, lines.len() as u64);
    assert_eq!(kept(&brain), before);
    let brain = brain.reopened(|_| {});
    assert_eq!(import(&brain, &lines).skipped, lines.len() as u64);
    assert_eq!(kept(&brain), before);
}

#[test]
fn lines_with_only_a_text_are_remembered_like_anything_else() {
    let brain = brain();
    remember(&brain, "tea is at four");
    let lines = [
        r#"{"text": "the garden is watered at seven"}"#,
        r#"{"text": "Tea is at four!"}"#,
        r#"{"text": "thank you", "kind": "episode", "conversation": "c", "tags": ["Polite"], "written": 5}"#,
        r#"{"text": "the door code is 4471"}"#,
        r#"{"text": "the door code is 9020"}"#,
    ]
    .map(str::to_owned);
    let origin = Origin { labels: Labels::PRIVATE, ..at(7000) };
    let done = brain.import(&lines, &origin).expect("imported");
    assert_eq!(done, Imported { added: 4, merged: 1, skipped: 0 });
    let garden = recall(&brain, "garden").remove(0).entry;
    assert_eq!((garden.kind, garden.written, garden.labels, garden.strength), (Kind::Fact, 7000, Labels::PRIVATE, 1));
    assert_eq!(garden.source, origin.source);
    let polite = recall(&brain, "polite").remove(0).entry;
    assert_eq!((polite.kind, polite.written, polite.conversation.as_deref()), (Kind::Episode, 5, Some("c")));
    assert_eq!(recall(&brain, "tea")[0].entry.strength, 2);
    assert_eq!(texts(&brain, "door"), ["the door code is 9020"]);
    let again = brain.import(&lines[..2], &origin).expect("imported");
    assert_eq!(again, Imported { added: 0, merged: 2, skipped: 0 }, "without an id a second time strengthens");
}

#[test]
fn a_line_brings_its_labels_and_takes_on_those_of_the_import() {
    let brain = brain();
    let line = r#"{"text": "the roof leaks", "labels": ["untrusted"]}"#.to_owned();
    brain.import(&[line], &Origin { labels: Labels::PRIVATE, ..at(1) }).expect("imported");
    assert_eq!(recall(&brain, "roof")[0].entry.labels, Labels::PRIVATE.join(Labels::UNTRUSTED));
}

#[test]
fn a_bad_line_in_the_middle_changes_nothing_and_is_named() {
    let brain = full();
    let before = kept(&brain);
    let good = r#"{"text": "brand new"}"#;
    for (bad, expect) in [
        ("", "EOF"),
        ("not json", "a line is a JSON object with at least a `text`"),
        ("{}", "missing field `text`"),
        (r#"{"text": 5}"#, "invalid type"),
        (r#"{"text": " "}"#, "the text is empty"),
        (r#"{"text": "x", "kind": "guess"}"#, "unknown variant `guess`"),
        (r#"{"text": "x", "labels": ["secret"]}"#, "there is no label `secret`"),
        (r#"{"text": "x", "id": "nonsense"}"#, "`nonsense` is no id"),
        (r#"{"text": "x", "written": -1}"#, "invalid value"),
        (r#"{"text": "x", "strength": 4294967296}"#, "invalid value"),
        (r#"{"text": "x", "tags": [""]}"#, "the tag is empty"),
        (r#"{"text": "x", "steps": [{"tool": ""}]}"#, "missing field `arguments`"),
        (r#"[1]"#, "invalid"),
    ] {
        let lines = [good, good, bad, good].map(str::to_owned);
        match brain.import(&lines, &at(9000)) {
            Err(BrainError::Invalid(message)) => {
                assert!(message.starts_with("line 3 cannot be imported: "), "{message}");
                assert!(message.contains(expect), "{message} and not {expect}");
            }
            other => panic!("{bad}: {other:?}"),
        }
        assert_eq!(kept(&brain), before, "{bad}");
    }
    assert!(recall(&brain, "brand").is_empty());
    assert!(recall(&brain.reopened(|_| {}), "brand").is_empty());
}

#[test]
fn a_name_that_can_be_none_is_refused_wherever_it_stands() {
    let brain = brain();
    let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    for line in [
        format!(r#"{{"text": "x", "id": "{id}", "standing": {{"superseded": "nonsense"}}}}"#),
        format!(r#"{{"text": "x", "id": "{id}", "kind": "lesson", "corrects": "nonsense"}}"#),
    ] {
        let refused = brain.import(std::slice::from_ref(&line), &at(1));
        assert!(matches!(refused, Err(BrainError::Invalid(_))), "{line}: {refused:?}");
        assert_eq!(brain.count().expect("counted"), 0);
    }
}

#[test]
fn a_brain_that_fills_up_in_the_middle_takes_none_of_the_lines() {
    let brain = brain_with(Options { max_memories: Some(4), ..Options::default() });
    remember(&brain, "here before");
    let lines: Vec<String> = (0..4).map(|n| format!(r#"{{"text": "new {n}"}}"#)).collect();
    let error = brain.import(&lines, &at(1)).expect_err("too many");
    assert!(error.to_string().contains("at most 4 are allowed"), "{error}");
    assert_eq!(brain.count().expect("counted"), 1);
    assert!(recall(&brain, "new").is_empty());
    assert_eq!(brain.import(&lines[..3], &at(1)).expect("imported").added, 3);
    let Fixture { brain: full, .. } = brain;
    let from = crate::support::brain();
    write(&from, draft("one more"), 1);
    full.import(&exported(&from, 10), &at(1)).expect_err("full for lines with ids as well");
    assert_eq!(full.count().expect("counted"), 4);
}

#[test]
fn too_much_at_a_time_is_refused() {
    let brain = brain();
    let line = r#"{"text": "x"}"#.to_owned();
    let many = vec![line.clone(); 1001];
    let big = vec![format!(r#"{{"text": "{}"}}"#, "x".repeat(60_000)); 80];
    for lines in [many, big] {
        match brain.import(&lines, &at(1)) {
            Err(BrainError::Invalid(message)) => assert!(message.contains("too much at a time"), "{message}"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(brain.import(&vec![line; 1000], &at(1)).expect("imported").merged, 999);
    assert_eq!(brain.import(&[], &at(1)).expect("nothing to do"), Imported::default());
}

#[test]
fn the_largest_memories_go_out_and_come_back() {
    let from = brain();
    let long = |c: char| c.to_string().repeat(64 << 10);
    from.correct(Correction { mistake: None, wrong: long('w'), right: long('r'), applies: "a".repeat(8 << 10) }, at(1))
        .expect("corrected");
    // What takes six characters in JSON.
    let step = Step { tool: "t".to_owned(), arguments: "\u{1}".repeat(8 << 10), outcome: "\u{1}".repeat(8 << 10) };
    for n in 0..2 {
        let text = format!("{n}{}", "\u{1}".repeat((64 << 10) - 1));
        write(&from, Draft { steps: vec![step.clone(); 32], ..of(Kind::Skill, &text) }, 2 + n);
    }
    for n in 0..80 {
        write(&from, of(Kind::Episode, &format!("{n} {}", "\u{1}".repeat(60_000))), 10 + n);
    }
    let into = brain();
    let mut cursor = None;
    loop {
        let piece = from.export(cursor.as_deref(), 1000).expect("a piece");
        let bytes: usize = piece.items.iter().map(String::len).sum();
        into.import(&piece.items, &at(100)).unwrap_or_else(|error| panic!("a piece of {bytes} bytes: {error}"));
        cursor = piece.cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(kept(&into), kept(&from));
}

#[test]
fn ids_ascend_after_an_import_too() {
    let from = brain();
    let later = write(&from, draft("from the future"), 5_000_000);
    let into = brain();
    import(&into, &exported(&from, 10));
    let next = write(&into, draft("said afterwards"), 1000);
    assert!(later < next, "{later} {next}");
}

#[test]
fn a_lesson_line_by_hand_is_a_lesson_in_its_parts() {
    let brain = brain();
    let line = r#"{"text": "whatever stands here", "kind": "lesson",
        "lesson": {"right": "archive it", "wrong": "deleted it", "applies": ""}}"#;
    brain.import(&[line.replace('\n', " ")], &at(1)).expect("imported");
    let lesson = recall(&brain, "archive").remove(0).entry;
    let parts = Lesson { right: "archive it".to_owned(), wrong: "deleted it".to_owned(), applies: String::new() };
    assert_eq!((lesson.text.as_str(), lesson.lesson), ("archive it\nWrong was: deleted it", Some(parts)));
}

#[derive(Debug, Clone)]
enum Step0 {
    Remember(Kind, String, Vec<String>, Option<String>, u8, bool),
    Value(u16),
    Correct(usize, String, String),
    InWords(String, String),
    Pin(usize),
    Forget(usize),
    Use(usize),
}

fn history() -> impl Strategy<Value = Vec<Step0>> {
    let kind = prop_oneof![Just(Kind::Fact), Just(Kind::Episode), Just(Kind::Skill), Just(Kind::Lesson)];
    let text = || prop_oneof!["[a-z]{1,6}( [a-z]{1,6}){0,4}", "\\PC{1,40}", "[\\x00-\\x7f]{1,20}x"];
    let tags = prop::collection::vec("[a-zA-Z é]{0,5}[a-z]", 0..3);
    let step = prop_oneof![
        8 => (kind, text(), tags, prop::option::of("[a-z]{1,4}"), 0..4u8, any::<bool>())
            .prop_map(|(kind, text, tags, talk, labels, steps)| Step0::Remember(kind, text, tags, talk, labels, steps)),
        2 => (0..4u16).prop_map(Step0::Value),
        2 => (any::<usize>(), text(), text()).prop_map(|(at, wrong, right)| Step0::Correct(at, wrong, right)),
        1 => (text(), text()).prop_map(|(wrong, right)| Step0::InWords(wrong, right)),
        1 => any::<usize>().prop_map(Step0::Pin),
        1 => any::<usize>().prop_map(Step0::Forget),
        1 => any::<usize>().prop_map(Step0::Use),
    ];
    prop::collection::vec(step, 1..40)
}

fn lived(steps: &[Step0]) -> Fixture {
    let brain = brain();
    let mut ids: Vec<MemoryId> = Vec::new();
    for (time, step) in steps.iter().enumerate() {
        let origin = at(time as u64 + 1);
        let picked = |at: &usize| ids.get(at % ids.len().max(1)).filter(|id| brain.get(id).expect("read").is_some());
        match step {
            Step0::Remember(kind, text, tags, conversation, labels, steps) => {
                let step = Step { tool: "a-tool".to_owned(), arguments: text.clone(), outcome: String::new() };
                let draft = Draft {
                    kind: *kind,
                    text: text.clone(),
                    tags: tags.clone(),
                    conversation: conversation.clone(),
                    steps: if *steps { vec![step] } else { Vec::new() },
                };
                let both = [Labels::PRIVATE, Labels::UNTRUSTED];
                let labels =
                    (0..2).filter(|bit| labels & 1 << bit != 0).fold(Labels::NONE, |all, bit| all.join(both[bit]));
                ids.extend(brain.remember(draft, Origin { labels, ..origin }));
            }
            Step0::Value(n) => ids.push(write(&brain, draft(&format!("the door code is {n}")), time as u64 + 1)),
            Step0::Correct(at, wrong, right) => {
                if let Some(id) = picked(at).cloned() {
                    ids.extend(brain.correct(correction(Some(&id), wrong, right), origin));
                }
            }
            Step0::InWords(wrong, right) => ids.extend(brain.correct(correction(None, wrong, right), origin)),
            Step0::Pin(at) => {
                picked(at).inspect(|id| brain.pin(id, true).expect("pinned"));
            }
            Step0::Forget(at) => {
                picked(at).inspect(|id| brain.forget(id, time as u64).expect("forgotten"));
            }
            Step0::Use(at) => {
                picked(at).inspect(|id| brain.used([(*id).clone()], time as u64));
            }
        }
    }
    brain
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_goes_out_and_comes_back(steps in history(), limit in 1..9u32) {
        let from = lived(&steps);
        let into = brain();
        let lines = exported(&from, limit);
        prop_assert_eq!(import(&into, &lines), Imported { added: lines.len() as u64, merged: 0, skipped: 0 });
        prop_assert_eq!(kept(&into), kept(&from));
        prop_assert_eq!(
            into.usage().expect("read").memories,
            from.usage().expect("read").memories
        );
        // A second move changes nothing more.
        let third = brain();
        import(&third, &exported(&into, limit));
        prop_assert_eq!(kept(&third), kept(&from));
    }
}
