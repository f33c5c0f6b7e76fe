//! Learning from mistakes.

use crate::support::*;
use loket_brain::{BrainError, Correction, Draft, Kind, Labels, MemoryId, Origin, Query, Standing};

#[test]
fn a_superseded_memory_no_longer_wins_and_its_lesson_does() {
    for indexed in [false, true] {
        let brain = brain();
        let wrong = remember(&brain, "my server is at 10.0.0.5");
        remember(&brain, "the server room is on floor two");
        if indexed {
            brain.index_now().expect("indexed");
        }
        let lesson =
            brain.correct(correction(Some(&wrong), "", "my server is at 10.0.0.9"), at(2000)).expect("corrected");
        for _ in ["tail", "index"] {
            let hits = recall(&brain, "where is my server?");
            assert_eq!(hits[0].entry.id, lesson);
            assert!(hits.iter().all(|hit| hit.entry.id != wrong), "{hits:?}");
            let newest = recall(&brain, "");
            assert!(newest.iter().all(|hit| hit.entry.id != wrong), "not without words either");
            brain.index_now().expect("indexed");
        }
        let kept = brain.get(&wrong).expect("read").expect("the mistake is kept");
        assert_eq!(kept.standing, Standing::Superseded(lesson.clone()));
        let learnt = brain.get(&lesson).expect("read").expect("there");
        assert_eq!((learnt.kind, learnt.corrects.clone(), learnt.strength), (Kind::Lesson, Some(wrong.clone()), 1));
        assert!(
            learnt.text.starts_with("my server is at 10.0.0.9") && learnt.text.contains("10.0.0.5"),
            "{}",
            learnt.text
        );
        assert!(all(&brain, &[], 10).iter().any(|entry| entry.id == wrong), "a list shows it still");
        let brain = brain.reopened(|_| {});
        assert_eq!(recall(&brain, "where is my server?")[0].entry.id, lesson);
    }
}

#[test]
fn a_lesson_is_found_by_what_was_wrong_and_by_when_it_applies() {
    let brain = brain();
    let correction = Correction {
        mistake: None,
        wrong: "deleted the release branch".to_owned(),
        right: "archive it".to_owned(),
        applies: "cleaning the repository".to_owned(),
    };
    let lesson = brain.correct(correction, at(1)).expect("corrected");
    for question in ["should I delete the release?", "archive", "time for cleaning repositories"] {
        assert_eq!(recall(&brain, question).first().map(|hit| &hit.entry.id), Some(&lesson), "{question}");
    }
    let text = brain.get(&lesson).expect("read").expect("there").text;
    assert_eq!(text, "archive it\nWrong was: deleted the release branch\nApplies: cleaning the repository");
    assert!(recall(&brain, "applies").is_empty(), "headings are not indexed");
}

#[test]
fn lessons_come_first_when_they_fit_and_only_then() {
    let brain = brain();
    let fact = remember(&brain, "deploy deploy deploy: the deploy checklist for the frontend");
    let lesson = brain
        .correct(correction(None, "deploying on a Friday evening", "deploy on Monday mornings"), at(1))
        .expect("corrected");
    for n in 0..30 {
        remember(&brain, &format!("monday number {n}, and quarterly budget {n}"));
    }
    for _ in ["tail", "index"] {
        let hits = recall(&brain, "when do we deploy?");
        assert_eq!((hits[0].entry.id.clone(), hits[1].entry.id.clone()), (lesson.clone(), fact.clone()));
        assert!(hits[0].score > hits[1].score, "the score tells the order");
        // It shares one weak word with this question.
        let hits = brain
            .recall(&Query { limit: 100, ..Query::words("frontend checklist for the quarterly budget of monday") })
            .expect("recalled");
        assert_ne!(hits[0].entry.id, lesson);
        assert!(hits.is_sorted_by(|one, other| one.score >= other.score));
        brain.index_now().expect("indexed");
    }
}

#[test]
fn a_fitting_lesson_leads_even_when_hundreds_score_higher() {
    let brain = brain();
    let long = "and much else that has nothing to do with it, only to make the text longer ".repeat(5);
    let lesson = brain.correct(correction(None, &long, "rotate the backup tapes"), at(1)).expect("corrected");
    for n in 0..400u32 {
        let conversation = Some(n.to_string());
        brain.remember(Draft { conversation, ..of(Kind::Episode, "backup") }, at(5_000_000_000)).expect("remembered");
    }
    for _ in ["tail", "index"] {
        assert_eq!(recall(&brain, "backup")[0].entry.id, lesson);
        brain.index_now().expect("indexed");
    }
}

#[test]
fn correcting_the_same_mistake_again_strengthens_its_lesson() {
    for indexed in [false, true] {
        let brain = brain();
        let wrong = remember(&brain, "the moon is made of cheese");
        let first = brain.correct(correction(Some(&wrong), "", "the moon is made of rock"), at(1)).expect("corrected");
        if indexed {
            brain.index_now().expect("indexed");
        }
        let again =
            brain.correct(correction(Some(&wrong), "", "the moon is made of basalt"), at(9)).expect("corrected");
        assert_eq!((first.clone(), brain.count().expect("counted")), (again, 2));
        let lesson = brain.get(&first).expect("read").expect("there");
        assert_eq!((lesson.strength, lesson.written), (2, 1));
        assert!(lesson.text.starts_with("the moon is made of basalt"), "the newest words count: {}", lesson.text);
        for _ in ["tail", "index"] {
            assert_eq!(recall(&brain, "basalt").len(), 1);
            assert!(recall(&brain, "rock").is_empty(), "the index's old words no longer count");
            brain.index_now().expect("indexed");
        }
    }
}

#[test]
fn the_same_wrong_words_again_strengthen_the_lesson_too() {
    let brain = brain();
    let fact = remember(&brain, "the standup is at nine");
    let first =
        brain.correct(correction(None, "the standup is at nine", "the standup is at ten"), at(1)).expect("corrected");
    assert_eq!(brain.get(&fact).expect("read").expect("there").standing, Standing::Superseded(first.clone()));
    let again =
        brain.correct(correction(None, " the standup  is at nine", "the standup is at ten"), at(2)).expect("corrected");
    assert_eq!(again, first);
    // The mistake creeps in again, and goes again.
    let fact = remember(&brain, "the standup is at nine");
    let third =
        brain.correct(correction(None, "the standup is at nine", "the standup is at ten"), at(3)).expect("corrected");
    assert_eq!(third, first);
    assert_eq!(brain.get(&fact).expect("read").expect("there").standing, Standing::Superseded(first.clone()));
    // Once for each correction, and once for having crept in.
    assert_eq!(brain.get(&first).expect("read").expect("there").strength, 4);
}

/// Which of the facts a correction in words supersedes.
#[track_caller]
fn supersedes(facts: &[&str], wrong: &str, right: &str, expect: Option<usize>) {
    for indexed in [false, true] {
        let brain = brain();
        let ids: Vec<MemoryId> = facts.iter().map(|fact| remember(&brain, fact)).collect();
        if indexed {
            brain.index_now().expect("indexed");
        }
        let lesson = brain.correct(correction(None, wrong, right), at(2)).expect("corrected");
        for (at, id) in ids.iter().enumerate() {
            let standing = brain.get(id).expect("read").expect("there").standing;
            let wanted = if expect == Some(at) { Standing::Superseded(lesson.clone()) } else { Standing::Current };
            assert_eq!(standing, wanted, "{}", facts[at]);
        }
        let corrects = brain.get(&lesson).expect("read").expect("there").corrects;
        assert_eq!(corrects.as_ref(), expect.map(|at| &ids[at]));
    }
}

#[test]
fn wrong_words_supersede_the_fact_that_says_the_same() {
    supersedes(
        &["my server is at 10.0.0.5", "tea is at four"],
        "my server is at 10.0.0.5",
        "it is at 10.0.0.9",
        Some(0),
    );
    supersedes(
        &["My server is at 10.0.0.5!", "tea is at four"],
        "the server is at 10.0.0.5",
        "it is at 10.0.0.9",
        Some(0),
    );
}

#[test]
fn wrong_words_never_supersede_what_is_right() {
    supersedes(&["my server is at 10.0.0.9"], "my server is at 10.0.0.5", "my server is at 10.0.0.9", None);
}

#[test]
fn wrong_words_that_fit_weakly_or_twice_supersede_nothing() {
    supersedes(&["the server room is on floor two"], "my server is at 10.0.0.5", "it is at 10.0.0.9", None);
    supersedes(&["anna has a red car", "anna has one red car"], "anna's red car", "anna's blue car", None);
    let long = "server: see the long list of everything that runs in the cellar, in the attic and next door";
    supersedes(&[long], "server", "no server", None);
}

#[test]
fn a_wrong_lesson_can_be_corrected_and_the_chain_is_followed() {
    let brain = brain();
    let wrong = remember(&brain, "paris is in italy");
    let first = brain.correct(correction(Some(&wrong), "", "paris is in spain"), at(1)).expect("corrected");
    let second = brain.correct(correction(Some(&first), "", "paris is in france"), at(2)).expect("corrected");
    assert_ne!(first, second);
    assert_eq!(texts(&brain, "paris"), ["paris is in france\nWrong was: paris is in spain"]);
    let third = brain.correct(correction(Some(&wrong), "", "paris is in france"), at(3)).expect("corrected");
    assert_eq!(third, second, "the lesson that counts today is strengthened");
    assert_eq!(texts(&brain, "paris").len(), 1);
}

#[test]
fn a_lesson_takes_on_tags_and_labels_of_its_mistake() {
    let brain = brain();
    let origin = Origin { labels: Labels::UNTRUSTED, ..at(1) };
    let wrong = brain.remember(tagged("port 80", &["network"]), origin).expect("remembered");
    let origin = Origin { labels: Labels::PRIVATE, ..at(2) };
    let lesson = brain.correct(correction(Some(&wrong), "", "port 81"), origin).expect("corrected");
    let entry = brain.get(&lesson).expect("read").expect("there");
    assert_eq!(entry.labels, Labels::PRIVATE.join(Labels::UNTRUSTED));
    let hits = brain.recall(&Query { tags: vec!["network".to_owned()], ..Query::words("port") }).expect("recalled");
    assert_eq!(hits.len(), 1);
}

#[test]
fn a_correction_that_makes_no_sense_changes_nothing() {
    let brain = brain();
    let fact = remember(&brain, "something");
    let unknown = MemoryId::from("01ARZ3NDEKTSV4RRFFQ69G5FAV");
    for mistake in [&unknown, &MemoryId::from("not a name")] {
        match brain.correct(correction(Some(mistake), "", "right"), at(1)) {
            Err(BrainError::NotFound(message)) => assert!(message.contains("there is no memory `"), "{message}"),
            other => panic!("{other:?}"),
        }
    }
    let huge = "x".repeat((64 << 10) + 1);
    for bad in [
        correction(None, "", "right"),
        correction(Some(&fact), "", " "),
        correction(Some(&fact), &huge, "right"),
        correction(Some(&fact), "", &huge),
        Correction { applies: "y".repeat(8193), ..correction(Some(&fact), "", "right") },
    ] {
        assert!(matches!(brain.correct(bad, at(1)), Err(BrainError::Invalid(_))));
    }
    assert_eq!(brain.get(&fact).expect("read").expect("there").standing, Standing::Current);
    assert_eq!(brain.count().expect("counted"), 1);
}

#[test]
fn what_is_pinned_is_corrected_by_its_owner_and_not_by_what_strangers_said() {
    let brain = brain();
    let fact = remember(&brain, "the safe is behind the clock");
    brain.pin(&fact, true).expect("pinned");
    let strange = || Origin { labels: Labels::UNTRUSTED, ..at(2) };
    let right = "the safe is on the porch";
    let error = brain.correct(correction(Some(&fact), "", right), strange()).expect_err("it is pinned");
    assert!(error.to_string().contains("unpin it first"), "{error}");
    brain.correct(correction(None, "the safe is behind the clock", right), strange()).expect("a lesson of its own");
    assert_eq!(brain.get(&fact).expect("read").expect("there").standing, Standing::Current);
    let lesson = brain.correct(correction(Some(&fact), "", "the safe is in the cellar"), at(3)).expect("corrected");
    assert_eq!(brain.get(&fact).expect("read").expect("there").standing, Standing::Superseded(lesson));
}
