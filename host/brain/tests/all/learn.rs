//! What a brain makes of what it is told: nothing twice, of two values the newer, a mistake as a mistake.

use crate::support::*;
use loket_brain::{
    Brain, BrainError, Correction, Draft, Kind, Labels, Lesson, MemoryId, Options, Query, Standing, Step,
};

fn strange(time: u64) -> loket_brain::Origin {
    loket_brain::Origin { labels: Labels::UNTRUSTED, ..at(time) }
}

fn turns(brain: &Brain, id: &MemoryId) -> Vec<String> {
    entry(brain, id).also.into_iter().map(|source| source.turn).collect()
}

#[test]
fn wordings_of_one_statement_are_one_memory_that_knows_all_who_said_it() {
    let wordings = [
        "The garden is watered at seven.",
        "the garden is watered at seven",
        "  The  garden\nis watered at seven!",
        "“A garden is watered at seven”",
    ];
    for indexed in [false, true] {
        let brain = brain();
        let first = write(&brain, draft(wordings[0]), 1);
        if indexed {
            brain.index_now().expect("indexed");
        }
        for (at, wording) in wordings.iter().enumerate().skip(1) {
            assert_eq!(write(&brain, draft(wording), at as u64 + 1), first, "{wording}");
        }
        let kept = entry(&brain, &first);
        assert_eq!((kept.text.as_str(), kept.strength, kept.written), (wordings[0], 4, 1));
        assert_eq!(kept.source.turn, "turn-1");
        assert_eq!(turns(&brain, &first), ["turn-2", "turn-3", "turn-4"]);
        assert_eq!(recall(&brain, "garden").len(), 1);
        let brain = brain.reopened(|_| {});
        assert_eq!(turns(&brain, &first), ["turn-2", "turn-3", "turn-4"]);
        assert_eq!(write(&brain, draft("the garden is watered at seven"), 9), first);
    }
}

#[test]
fn what_differs_in_something_that_matters_stays_two() {
    for (one, other) in [
        ("the tap drips", "the tap does not drip"),
        ("is the tap open?", "is the tap open"),
        ("the word is hunter2X", "the word is Hunter2x"),
        ("Ann met Bob", "Bob met Ann"),
        ("it costs 10 euro", "it costs 100 euro"),
        (":-)", ":-("),
    ] {
        let brain = brain();
        assert_ne!(remember(&brain, one), remember(&brain, other), "{one} and {other}");
        assert_eq!(brain.count().expect("counted"), 2);
    }
}

#[test]
fn of_many_who_said_the_same_the_latest_sixteen_are_kept() {
    let brain = brain();
    let id = write(&brain, draft("tea is at four"), 1);
    for time in 2..=40 {
        write(&brain, draft("Tea is at four."), time);
    }
    let kept = entry(&brain, &id);
    assert_eq!((kept.strength, kept.source.turn.as_str()), (40, "turn-1"));
    assert_eq!(turns(&brain, &id), (25..=40).map(|time| format!("turn-{time}")).collect::<Vec<_>>());
}

#[test]
fn who_says_the_same_again_in_the_same_turn_is_named_once() {
    let brain = brain();
    let id = write(&brain, draft("tea is at four"), 1);
    write(&brain, draft("tea is at four"), 1);
    assert_eq!(turns(&brain, &id), Vec::<String>::new());
    write(&brain, draft("tea is at four"), 2);
    write(&brain, draft("tea is at four"), 2);
    assert_eq!(turns(&brain, &id), ["turn-2"]);
    assert_eq!(entry(&brain, &id).strength, 4);
}

#[test]
fn a_new_value_supersedes_the_older_which_is_kept_and_no_answer() {
    for (old, new, question) in [
        ("the door code is 4471", "The door code is 9020.", "door code"),
        ("my server is at 10.0.0.5", "my server is at 10.0.0.7", "where is my server?"),
        ("Anna lives in Kiel", "Anna moved to Bremen", "Anna"),
        ("the price of the ticket is 18 euro", "price of the ticket: 20 euro", "ticket"),
        ("the shop opens at ten on Sundays", "the shop opens at nine on sundays", "shop"),
        ("Die Telefonnummer ist 030 1", "Die Telefonnummer ist 030 2", "Telefonnummer"),
        ("mijn wachtwoord is winter", "mijn wachtwoord is zomer", "wachtwoord"),
        ("kata sandi wifi adalah pisang", "kata sandi wifi adalah mangga", "wifi"),
        ("門の暗証番号は4471です", "門の暗証番号は9020です", "門"),
    ] {
        for indexed in [false, true] {
            let brain = brain();
            let before = write(&brain, draft(old), 1);
            if indexed {
                brain.index_now().expect("indexed");
            }
            let after = write(&brain, draft(new), 2);
            let check = |brain: &Brain| {
                let kept = entry(brain, &before);
                assert_eq!((kept.text.as_str(), kept.standing), (old, Standing::Superseded(after.clone())), "{new}");
                assert_eq!(entry(brain, &after).standing, Standing::Current);
                assert_eq!(names(brain, &Query::words(question)), [after.clone()], "{question}");
                assert_eq!(names(brain, &Query::words("")), [after.clone()]);
                assert_eq!(all(brain, &[], 1).len(), 2, "a list shows both");
            };
            check(&brain);
            brain.index_now().expect("indexed");
            check(&brain);
            let brain = brain.reopened(|dir| std::fs::remove_dir_all(dir.join("index")).expect("removed"));
            check(&brain);
        }
    }
}

#[test]
fn facts_that_may_both_be_true_both_stay() {
    for (one, other) in [
        ("my server is fast", "my server is old"),
        ("the shop opens at nine on Sundays", "the shop opens at eight"),
        ("the door code is 4471", "the gate code is 9020"),
        ("the door code is 4471", "the door code was 9020"),
        ("Anna likes tea", "Anna likes coffee"),
        ("the meeting is at 10", "the meeting is at the town hall"),
    ] {
        let brain = brain();
        let (one, other) = (write(&brain, draft(one), 1), write(&brain, draft(other), 2));
        for id in [one, other] {
            assert_eq!(entry(&brain, &id).standing, Standing::Current);
        }
    }
}

#[test]
fn the_same_value_in_other_words_strengthens() {
    let brain = brain();
    let id = write(&brain, draft("the price of the ticket is 20 euro"), 1);
    assert_eq!(write(&brain, draft("Price of the ticket: 20 euro"), 2), id);
    let kept = entry(&brain, &id);
    assert_eq!((kept.strength, kept.standing, brain.count().expect("counted")), (2, Standing::Current, 1));
    assert_eq!(turns(&brain, &id), ["turn-2"]);
    // What came last is still what a new value replaces.
    let next = write(&brain, draft("the price of the ticket is 25 euro"), 3);
    assert_eq!(entry(&brain, &id).standing, Standing::Superseded(next));
}

#[test]
fn values_follow_each_other_and_only_the_last_counts() {
    let brain = brain();
    let ids: Vec<MemoryId> =
        (0..6).map(|n| write(&brain, draft(&format!("the door code is {}", 4000 + n)), n)).collect();
    for pair in ids.windows(2) {
        assert_eq!(entry(&brain, &pair[0]).standing, Standing::Superseded(pair[1].clone()));
    }
    assert_eq!(names(&brain, &Query::words("door code")), [ids[5].clone()]);
    // A value that counted before counts again, as a new memory.
    let again = write(&brain, draft("the door code is 4000"), 9);
    assert!(!ids.contains(&again));
    assert_eq!(names(&brain, &Query::words("door code")), [again]);
}

#[test]
fn forgetting_the_newer_value_does_not_make_the_older_true_again() {
    let brain = brain();
    let old = write(&brain, draft("the door code is 4471"), 1);
    let new = write(&brain, draft("the door code is 9020"), 2);
    brain.forget(&new, 3).expect("forgotten");
    assert!(recall(&brain, "door code").is_empty());
    assert_eq!(entry(&brain, &old).standing, Standing::Superseded(new));
    let third = write(&brain, draft("the door code is 1234"), 4);
    assert_eq!(names(&brain, &Query::words("door code")), [third]);
}

#[test]
fn only_facts_supersede_each_other() {
    let brain = brain();
    let episode = write(&brain, of(Kind::Episode, "the door code is 4471"), 1);
    let skill = write(&brain, of(Kind::Skill, "the door code is 5555"), 2);
    write(&brain, draft("the door code is 9020"), 3);
    write(&brain, of(Kind::Episode, "the door code is 1111"), 4);
    for id in [episode, skill] {
        assert_eq!(entry(&brain, &id).standing, Standing::Current);
    }
    assert_eq!(recall(&brain, "door code").len(), 4);
}

#[test]
fn a_full_brain_refuses_a_new_value_and_leaves_the_old_in_force() {
    let brain = brain_with(Options { max_memories: Some(1), ..Options::default() });
    let id = remember(&brain, "the door code is 4471");
    let full = brain.remember(draft("the door code is 9020"), at(2));
    assert!(matches!(full, Err(BrainError::Full { limit: "max-memories", .. })), "{full:?}");
    assert_eq!(entry(&brain, &id).standing, Standing::Current);
    assert_eq!(texts(&brain, "door"), ["the door code is 4471"]);
}

#[test]
fn what_strangers_words_led_to_does_not_push_out_what_they_did_not_touch() {
    let brain = brain();
    let trusted = write(&brain, draft("the door code is 4471"), 1);
    let strange_one = brain.remember(draft("the door code is 6666"), strange(2)).expect("remembered");
    for id in [&trusted, &strange_one] {
        assert_eq!(entry(&brain, id).standing, Standing::Current);
    }
    let next = write(&brain, draft("the door code is 9020"), 3);
    assert_eq!(entry(&brain, &trusted).standing, Standing::Superseded(next), "its owner may");
}

#[test]
fn a_stranger_who_says_first_what_the_owner_said_gains_nothing_by_it() {
    let brain = brain();
    let trusted = write(&brain, draft("the door code is 4471"), 1);
    assert_eq!(brain.remember(draft("The door code is 4471!"), strange(2)).expect("remembered"), trusted);
    brain.remember(draft("the door code is 6666"), strange(3)).expect("remembered");
    assert_eq!(entry(&brain, &trusted).standing, Standing::Current);
}

#[test]
fn of_strangers_words_the_newer_count_and_the_owner_counts_over_both() {
    let brain = brain();
    let one = brain.remember(draft("the door code is 6666"), strange(1)).expect("remembered");
    let other = brain.remember(draft("the door code is 7777"), strange(2)).expect("remembered");
    assert_eq!(entry(&brain, &one).standing, Standing::Superseded(other.clone()));
    let trusted = write(&brain, draft("the door code is 4471"), 3);
    assert_eq!(entry(&brain, &other).standing, Standing::Superseded(trusted));
}

#[test]
fn nothing_pushes_out_what_is_pinned() {
    let brain = brain();
    let pinned = write(&brain, draft("the door code is 4471"), 1);
    brain.pin(&pinned, true).expect("pinned");
    let other = write(&brain, draft("the door code is 9020"), 2);
    for id in [&pinned, &other] {
        assert_eq!(entry(&brain, id).standing, Standing::Current);
    }
    let brain = brain.reopened(|_| {});
    assert!(entry(&brain, &pinned).pinned);
    brain.pin(&pinned, false).expect("unpinned");
    let next = write(&brain, draft("the door code is 1234"), 3);
    assert_eq!(entry(&brain, &pinned).standing, Standing::Superseded(next));
}

#[test]
fn an_older_value_that_comes_later_does_not_push_out_the_newer() {
    let brain = brain();
    let newer = write(&brain, draft("the door code is 9020"), 5000);
    let line = r#"{"text": "the door code is 4471", "written": 1000}"#.to_owned();
    let done = brain.import(&[line], &at(9000)).expect("imported");
    assert_eq!((done.added, done.merged), (1, 0));
    assert_eq!(texts(&brain, "door"), ["the door code is 9020"]);
    let old = everything(&brain).into_iter().find(|entry| entry.text.contains("4471")).expect("it is kept");
    assert_eq!((old.standing, old.written), (Standing::Superseded(newer.clone()), 1000));
    // A newer one does.
    let line = r#"{"text": "the door code is 1234", "written": 7000}"#.to_owned();
    brain.import(&[line], &at(9000)).expect("imported");
    assert_eq!(texts(&brain, "door"), ["the door code is 1234"]);
}

#[test]
fn a_mistake_that_recurs_strengthens_its_lesson_and_stays_a_mistake() {
    for in_words in [false, true] {
        let brain = brain();
        let wrong = write(&brain, draft("the standup is held upstairs"), 1);
        let correction = match in_words {
            true => correction(None, "the standup is held upstairs", "the standup is held in the cellar"),
            false => correction(Some(&wrong), "", "the standup is held in the cellar"),
        };
        let lesson = brain.correct(correction, at(2)).expect("corrected");
        for (again, wording) in ["The standup is held upstairs.", "the standup is held upstairs!"].iter().enumerate() {
            let id = write(&brain, draft(wording), 3 + again as u64);
            assert_eq!(entry(&brain, &id).standing, Standing::Superseded(lesson.clone()), "{wording}");
            assert_eq!(entry(&brain, &lesson).strength, 2 + again as u32);
            for _ in ["tail", "index"] {
                assert_eq!(names(&brain, &Query::words("standup")), [lesson.clone()]);
                brain.index_now().expect("indexed");
            }
        }
        let brain = brain.reopened(|_| {});
        write(&brain, draft("the standup is held upstairs"), 9);
        assert_eq!(entry(&brain, &lesson).strength, 4);
    }
}

#[test]
fn what_a_forgotten_lesson_called_wrong_may_be_said_again() {
    let brain = brain();
    let wrong = remember(&brain, "the standup is held upstairs");
    let lesson = brain.correct(correction(Some(&wrong), "", "it is held in the cellar"), at(2)).expect("corrected");
    brain.forget(&lesson, 3).expect("forgotten");
    let again = remember(&brain, "the standup is held upstairs");
    assert_eq!(entry(&brain, &again).standing, Standing::Current);
}

fn step(tool: &str, arguments: &str, outcome: &str) -> Step {
    Step { tool: tool.to_owned(), arguments: arguments.to_owned(), outcome: outcome.to_owned() }
}

#[test]
fn a_skill_keeps_its_steps_and_is_found_by_its_tools() {
    let brain = brain();
    let steps = vec![
        step("calendar/list-events", r#"{"day": "monday"}"#, "three events"),
        step("mail/send", "to Anna", "sent"),
    ];
    let skill = Draft { steps: steps.clone(), ..of(Kind::Skill, "tell Anna what is on") };
    let id = write(&brain, skill, 1);
    remember(&brain, "an unrelated note");
    for _ in ["tail", "index"] {
        assert_eq!(entry(&brain, &id).steps, steps);
        for question in ["calendar/list-events", "which skill lists events of a calendar?", "send"] {
            let hits = recall(&brain, question);
            assert_eq!(hits.first().map(|hit| (&hit.entry.id, &hit.entry.steps)), Some((&id, &steps)), "{question}");
        }
        assert!(recall(&brain, "monday").is_empty(), "arguments are not what it is about");
        brain.index_now().expect("indexed");
    }
    let brain = brain.reopened(|_| {});
    assert_eq!(entry(&brain, &id).steps, steps);
}

#[test]
fn a_procedure_that_worked_another_way_since_keeps_the_newer_steps() {
    let brain = brain();
    let with = |steps: Vec<Step>| Draft { steps, ..of(Kind::Skill, "restart the router") };
    let id = write(&brain, with(vec![step("ssh", "reboot", "it hangs")]), 1);
    assert_eq!(write(&brain, with(vec![step("power-plug", "off, on", "it works")]), 2), id);
    assert_eq!(write(&brain, with(Vec::new()), 3), id, "to say it without steps loses none");
    let kept = entry(&brain, &id);
    assert_eq!((kept.strength, kept.steps), (3, vec![step("power-plug", "off, on", "it works")]));
    for _ in ["tail", "index"] {
        assert_eq!((recall(&brain, "power-plug").len(), recall(&brain, "ssh").len()), (1, 0));
        brain.index_now().expect("indexed");
    }
}

#[test]
fn steps_have_limits() {
    let brain = brain();
    let refused = |steps: Vec<Step>, expect: &str| {
        match brain.remember(Draft { steps, ..of(Kind::Skill, "a skill") }, at(1)) {
            Err(BrainError::Invalid(message)) => assert!(message.contains(expect), "{message}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(brain.count().expect("counted"), 0);
    };
    refused(vec![step("t", "", ""); 33], "33 steps, and at most 32");
    refused(vec![step(" ", "", "")], "the name of a step's tool is empty");
    refused(vec![step(&"t".repeat(129), "", "")], "129 bytes");
    refused(vec![step("t", &"a".repeat(8193), "")], "8193 bytes");
    refused(vec![step("t", "", &"o".repeat(8193))], "8193 bytes");
    let full = vec![step(&"t".repeat(128), &"a".repeat(8192), &"o".repeat(8192)); 32];
    let id = write(&brain, Draft { steps: full.clone(), ..of(Kind::Skill, "a skill") }, 1);
    assert_eq!(entry(&brain, &id).steps, full);
}

#[test]
fn a_lesson_shows_its_parts() {
    let brain = brain();
    let wrong = remember(&brain, "the release branch is deleted after a release");
    let always = brain.correct(correction(Some(&wrong), "", "archive the release branch"), at(2)).expect("corrected");
    let parts = |right: &str, wrong: &str, applies: &str| {
        Some(Lesson { right: right.to_owned(), wrong: wrong.to_owned(), applies: applies.to_owned() })
    };
    assert_eq!(
        entry(&brain, &always).lesson,
        parts("archive the release branch", "the release branch is deleted after a release", "")
    );
    let now_and_then = Correction {
        mistake: None,
        wrong: "asked for the logs".to_owned(),
        right: "read the logs first".to_owned(),
        applies: "a job fails".to_owned(),
    };
    let now_and_then = brain.correct(now_and_then, at(3)).expect("corrected");
    assert_eq!(entry(&brain, &now_and_then).lesson, parts("read the logs first", "asked for the logs", "a job fails"));
    brain.forget(&wrong, 4).expect("forgotten");
    assert_eq!(entry(&brain, &always).lesson, parts("archive the release branch", "", ""));
    let told = write(&brain, of(Kind::Lesson, "measure twice, cut once"), 5);
    assert_eq!(entry(&brain, &told).lesson, None, "one that was told, and not learnt, has none");
}
