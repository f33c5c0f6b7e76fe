//! What stands beside an answer, and how much of a prompt it takes.

use crate::support::*;
use loket_brain::{Brain, BrainError, Hit, Kind, Labels, MemoryId, Options, Origin, Query, tokens};
use std::collections::HashSet;

/// A conversation of so many utterances, each with a word of its own.
fn talk(brain: &Brain, conversation: &str, count: usize) -> Vec<MemoryId> {
    (0..count).map(|n| write(brain, said(conversation, &format!("{conversation} utterance{n}")), n as u64)).collect()
}

fn around(count: u32, text: &str) -> Query {
    Query { around: count, limit: 1, ..Query::words(text) }
}

fn context(hit: &Hit) -> Vec<&MemoryId> {
    hit.context.iter().map(|entry| &entry.id).collect()
}

#[test]
fn neighbours_come_as_context_oldest_first() {
    let brain = brain();
    let ids = talk(&brain, "c", 9);
    talk(&brain, "elsewhere", 9);
    for _ in ["tail", "index"] {
        let of = |count, text: &str| brain.recall(&around(count, text)).expect("recalled").remove(0);
        assert_eq!(of(1, "utterance4 c").entry.id, ids[4]);
        for (count, text, expect) in [
            (0, "utterance4 c", vec![]),
            (1, "utterance4 c", vec![3, 5]),
            (2, "utterance4 c", vec![2, 3, 5, 6]),
            (3, "utterance4 c", vec![1, 2, 3, 5, 6, 7]),
            (3, "utterance0 c", vec![1, 2, 3]),
            (2, "utterance8 c", vec![6, 7]),
        ] {
            let hit = of(count, text);
            assert_eq!(context(&hit), expect.iter().map(|at| &ids[*at]).collect::<Vec<_>>(), "{count} around {text}");
        }
        brain.index_now().expect("indexed");
    }
    let refused = brain.recall(&around(4, "utterance4"));
    assert!(matches!(&refused, Err(BrainError::Invalid(message)) if message.contains("ask for 0 to 3")), "{refused:?}");
}

#[test]
fn none_comes_twice_and_no_hit_is_context() {
    let brain = brain();
    for n in 0..30u64 {
        let text = if n % 3 == 0 { format!("apple {n}") } else { format!("filler {n}") };
        write(&brain, said("c", &text), n);
    }
    for count in 1..=3 {
        for limit in [1, 3, 7, 20] {
            let hits = brain.recall(&Query { around: count, limit, ..Query::words("apple") }).expect("recalled");
            let mut told = HashSet::new();
            for entry in hits.iter().map(|hit| &hit.entry).chain(hits.iter().flat_map(|hit| &hit.context)) {
                assert!(told.insert(entry.id.clone()), "{} twice, {count} around {limit}", entry.text);
            }
            for hit in &hits {
                assert!(hit.context.is_sorted_by(|one, other| one.id < other.id), "oldest first");
            }
        }
    }
}

#[test]
fn what_counts_no_more_is_no_context() {
    let brain = brain();
    let ids = talk(&brain, "c", 7);
    brain.forget(&ids[2], 50).expect("forgotten");
    let lesson = brain.correct(correction(Some(&ids[4]), "", "better not said"), at(60)).expect("corrected");
    let hit = brain.recall(&around(1, "utterance3")).expect("recalled").remove(0);
    assert_eq!(hit.entry.id, ids[3]);
    assert!(!hit.context.iter().any(|entry| entry.id == ids[4] || entry.id == lesson), "{:?}", hit.context);
    assert_eq!(context(&hit), [&ids[1], &ids[5]], "the next that counts takes its place");
}

#[test]
fn context_keeps_to_what_may_be_seen_and_to_nothing_else_of_the_filter() {
    let brain = brain();
    let before = brain.remember(said("c", "the owner's secret"), Origin { labels: Labels::PRIVATE, ..at(1) });
    let before = before.expect("remembered");
    let hit = write(&brain, said("c", "an apple"), 2);
    let after = write(&brain, of(Kind::Fact, "a pear"), 3);
    let fact = write(&brain, loket_brain::Draft { conversation: Some("c".to_owned()), ..draft("a plum") }, 4);
    let asked = |without| {
        let query = Query { without, kinds: vec![Kind::Episode], since: Some(2), until: Some(3), ..around(1, "apple") };
        brain.recall(&query).expect("recalled").remove(0)
    };
    let seen = asked(Labels::NONE);
    assert_eq!((&seen.entry.id, context(&seen)), (&hit, vec![&before, &fact]));
    assert_eq!(Hit::labels(&[seen]), Labels::PRIVATE, "whoever reads the context has seen it");
    assert_eq!(context(&asked(Labels::PRIVATE)), [&fact]);
    assert_ne!(after, fact);
}

#[test]
fn the_newest_have_their_neighbours_too() {
    let brain = brain();
    let ids = talk(&brain, "c", 6);
    let hits = brain.recall(&Query { around: 2, limit: 2, ..Query::words("") }).expect("recalled");
    assert_eq!(hits.iter().map(|hit| &hit.entry.id).collect::<Vec<_>>(), [&ids[5], &ids[4]]);
    assert_eq!((context(&hits[0]), context(&hits[1])), (vec![&ids[3]], vec![&ids[2]]));
}

#[test]
fn the_answer_after_the_question_is_found_through_its_neighbour() {
    let brain = brain();
    for n in 0..20 {
        write(&brain, said("other", &format!("idle talk {n}")), n);
    }
    let before = write(&brain, said("c", "good morning"), 100);
    let question = write(&brain, said("c", "when does the ferry to the island leave?"), 101);
    let answer = write(&brain, said("c", "half past eight, from the northern pier"), 102);
    write(&brain, said("c", "thank you"), 103);
    for _ in ["tail", "index"] {
        let hits = recall(&brain, "when does the ferry leave?");
        let ids: Vec<&MemoryId> = hits.iter().map(|hit| &hit.entry.id).collect();
        assert_eq!(ids[0], &question);
        assert!(ids.contains(&&answer), "{hits:?}");
        assert!(ids.contains(&&before) && ids.len() == 3, "those beside it, and no others: {hits:?}");
        let through = hits.iter().find(|hit| hit.entry.id == answer).expect("found");
        assert!(through.why.matched.is_empty() && through.why.relevance == 0.0 && through.score > 0.0, "{through:?}");
        brain.index_now().expect("indexed");
    }
    let facts = Query { kinds: vec![Kind::Fact], ..Query::words("when does the ferry leave?") };
    assert!(names(&brain, &facts).is_empty(), "a filter holds for neighbours as well");
}

#[test]
fn tokens_are_a_careful_estimate_and_never_none() {
    for text in ["", " ", "a", "a longer sentence in plain English", "我的密码", "🦀🦀🦀", "é", "\n\n\n"] {
        assert!(tokens(text) > 0, "{text:?}");
        assert!(tokens(text) as usize >= text.chars().count() / 3, "{text:?}");
    }
    assert!(tokens("我的密码是九零二零") > tokens("my code is"));
    let (one, other) = ("a first part, ", "and a second one");
    assert!(tokens(&[one, other].concat()) >= tokens(one).max(tokens(other)), "more text is not less");
}

fn taken(hits: &[Hit]) -> u32 {
    hits.iter().flat_map(|hit| std::iter::once(&hit.entry).chain(&hit.context)).map(|entry| tokens(&entry.text)).sum()
}

#[test]
fn what_comes_back_fits_whatever_the_budget() {
    let brain = brain();
    for n in 0..40u64 {
        let filler = "and so on ".repeat((n * 7 % 23) as usize * 2);
        write(&brain, said(&format!("c{}", n % 3), &format!("apple {n} {filler}")), n);
    }
    let query = |tokens, around| Query { tokens, around, limit: 20, ..Query::words("apple") };
    let asked = |tokens, around| brain.recall_at(&query(tokens, around), 5000, None).expect("recalled");
    for around in [0, 2] {
        let whole = asked(None, around);
        assert!(taken(&whole) > 200);
        for most in (0..600).step_by(13) {
            let hits = asked(Some(most), around);
            assert!(taken(&hits) <= most, "{} tokens of {most}", taken(&hits));
            // What is left is in the order of the whole answer.
            let order = |hits: &[Hit]| hits.iter().map(|hit| hit.entry.id.clone()).collect::<Vec<_>>();
            let mut rest = order(&whole).into_iter();
            assert!(order(&hits).iter().all(|id| rest.any(|other| other == *id)), "{most}");
        }
        assert_eq!(asked(Some(u32::MAX), around), whole);
        assert!(asked(Some(0), around).is_empty());
    }
}

#[test]
fn what_does_not_fit_is_passed_over_and_what_comes_after_it_may() {
    let brain = brain();
    let long = write(&brain, draft(&format!("apple apple apple {}", "pie ".repeat(50))), 1);
    let short = write(&brain, draft("one apple among a few other words"), 1);
    let query = |tokens| Query { tokens, ..Query::words("apple") };
    let both = names(&brain, &query(None));
    assert_eq!(both.len(), 2);
    let room = tokens("one apple among a few other words");
    assert_eq!(names(&brain, &query(Some(room))), [short.clone()]);
    assert_eq!(names(&brain, &query(Some(room - 1))), Vec::<MemoryId>::new());
    assert!(both.contains(&long) && both.contains(&short));
}

#[test]
fn a_budget_holds_without_words_as_well() {
    let brain = brain();
    let ids = talk(&brain, "c", 8);
    let each = tokens("c utterance0");
    let query = Query { tokens: Some(3 * each + 1), around: 1, ..Query::words("") };
    let hits = brain.recall(&query).expect("recalled");
    assert_eq!(taken(&hits), 3 * each);
    assert_eq!(hits[0].entry.id, ids[7]);
}

#[test]
fn many_conversations_do_not_mix() {
    let brain = brain_with(Options { index_after: 5, ..Options::default() });
    for n in 0..40u64 {
        write(&brain, said(&format!("c{}", n % 4), &format!("utterance{n} apple")), n);
    }
    let hits = brain.recall(&Query { around: 3, limit: 4, ..Query::words("utterance21 apple") }).expect("recalled");
    assert_eq!(hits[0].entry.text, "utterance21 apple");
    for hit in &hits {
        assert!(hit.context.iter().all(|entry| entry.conversation == hit.entry.conversation));
    }
}
