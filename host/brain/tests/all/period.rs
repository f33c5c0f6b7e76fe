//! Time: what a filter bounds, and what a question says of it.

use crate::support::*;
use jiff::tz::{self, TimeZone};
use loket_brain::{Brain, BrainError, Hit, Kind, Labels, MemoryId, Options, Origin, Period, Query};

#[track_caller]
fn check(brain: &Brain, query: Query, expect: &[&MemoryId]) {
    for text in ["apple", ""] {
        let query = Query { text: text.to_owned(), ..query.clone() };
        let mut found = names(brain, &query);
        if text.is_empty() {
            assert!(found.is_sorted_by(|one, other| one > other), "newest first");
        }
        found.sort();
        assert_eq!(found.iter().collect::<Vec<_>>(), expect, "{query:?}");
    }
}

#[test]
fn since_and_until_hold_in_tail_and_index_with_and_without_words() {
    let brain = brain();
    let ids: Vec<MemoryId> = [100, 200, 300, 400]
        .iter()
        .map(|time| write(&brain, of(Kind::Episode, &format!("apple at {time}")), *time))
        .collect();
    let bounded = |since, until| Query { since, until, ..Query::words("") };
    for _ in ["tail", "index", "both"] {
        check(&brain, bounded(None, None), &[&ids[0], &ids[1], &ids[2], &ids[3]]);
        check(&brain, bounded(Some(200), None), &[&ids[1], &ids[2], &ids[3]]);
        check(&brain, bounded(Some(201), None), &[&ids[2], &ids[3]]);
        check(&brain, bounded(None, Some(300)), &[&ids[0], &ids[1]]);
        check(&brain, bounded(None, Some(301)), &[&ids[0], &ids[1], &ids[2]]);
        check(&brain, bounded(Some(200), Some(400)), &[&ids[1], &ids[2]]);
        check(&brain, bounded(Some(u64::MAX - 1), None), &[]);
        check(&brain, bounded(None, Some(1)), &[]);
        check(&brain, Query { kinds: vec![Kind::Fact], ..bounded(Some(200), None) }, &[]);
        brain.index_now().expect("indexed");
    }
    let brain = brain.reopened(|_| {});
    check(&brain, bounded(Some(200), Some(400)), &[&ids[1], &ids[2]]);
}

#[test]
fn the_time_that_a_filter_looks_at_is_that_of_the_writing_and_not_of_a_confirmation() {
    let brain = brain();
    let id = write(&brain, draft("apple"), 100);
    assert_eq!(write(&brain, draft("Apple."), 500), id);
    for _ in ["tail", "index"] {
        check(&brain, Query { until: Some(200), ..Query::words("") }, &[&id]);
        check(&brain, Query { since: Some(200), ..Query::words("") }, &[]);
        brain.index_now().expect("indexed");
    }
}

#[test]
fn a_filter_finds_the_one_of_its_time_among_thousands() {
    let brain = brain();
    let mut drafts: Vec<_> =
        (0..3000u64).map(|n| (of(Kind::Episode, &format!("apple {n}")), at(1_000_000 + n))).collect();
    drafts.push((of(Kind::Episode, "a long story in which, near its end, there is an apple too"), at(500)));
    let ids = brain.remember_all(drafts).expect("remembered");
    for _ in ["tail", "index"] {
        check(&brain, Query { until: Some(1000), ..Query::words("") }, &[&ids[3000]]);
        brain.index_now().expect("indexed");
    }
}

#[test]
fn a_filter_without_any_time_in_it_is_refused() {
    let brain = brain();
    for (since, until) in [(5, 5), (6, 5), (0, 0), (u64::MAX, u64::MAX)] {
        let query = Query { since: Some(since), until: Some(until), ..Query::words("apple") };
        match brain.recall(&query) {
            Err(BrainError::Invalid(message)) => {
                assert!(message.contains("let `since` be before `until`"), "{message}")
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn labels_can_be_left_out() {
    let brain = brain();
    let labelled =
        |text: &str, labels| brain.remember(of(Kind::Episode, text), Origin { labels, ..at(1) }).expect("remembered");
    let plain = labelled("apple one", Labels::NONE);
    let private = labelled("apple two", Labels::PRIVATE);
    let untrusted = labelled("apple three", Labels::UNTRUSTED);
    let both = labelled("apple four", Labels::PRIVATE.join(Labels::UNTRUSTED));
    let without = |without| Query { without, ..Query::words("") };
    for _ in ["tail", "index"] {
        check(&brain, without(Labels::NONE), &[&plain, &private, &untrusted, &both]);
        check(&brain, without(Labels::PRIVATE), &[&plain, &untrusted]);
        check(&brain, without(Labels::UNTRUSTED), &[&plain, &private]);
        check(&brain, without(Labels::PRIVATE.join(Labels::UNTRUSTED)), &[&plain]);
        brain.index_now().expect("indexed");
    }
    // Who says it again brings what he met; the index must hear of it.
    assert_eq!(labelled("apple one", Labels::UNTRUSTED), plain);
    for _ in ["tail", "index"] {
        check(&brain, without(Labels::UNTRUSTED), &[&private]);
        brain.index_now().expect("indexed");
    }
}

/// Wednesday, 12 November 2025, half past three in a zone one hour east.
const NOW: u64 = 1_762_957_800_000;

fn here() -> Fixture {
    brain_with(Options { zone: TimeZone::fixed(tz::offset(1)), ..Options::default() })
}

/// The first millisecond of a day in that zone.
fn day(date: &str) -> u64 {
    let day: jiff::civil::Date = date.parse().expect("a date");
    let moment = day.to_zoned(TimeZone::fixed(tz::offset(1))).expect("a moment");
    u64::try_from(moment.timestamp().as_millisecond()).expect("after 1970")
}

#[track_caller]
fn asked(brain: &Brain, question: &str) -> Vec<Hit> {
    brain.recall_at(&Query::words(question), NOW, None).expect("recalled")
}

#[track_caller]
fn answers(brain: &Brain, question: &str, expect: &[&MemoryId]) {
    let hits = asked(brain, question);
    assert_eq!(hits.iter().map(|hit| &hit.entry.id).collect::<Vec<_>>(), expect, "{question}");
    assert!(hits.is_sorted_by(|one, other| one.score >= other.score), "the score tells the order: {question}");
}

fn diary(brain: &Brain) -> [MemoryId; 5] {
    [
        ("2024-05-13", "the garden: planted tomatoes and two rows of beans beside the wall"),
        ("2025-05-20", "the garden: mowed"),
        ("2025-11-02", "the garden: raked leaves"),
        ("2025-11-05", "the garden in the long dark evenings: pruned the roses, and brought the pots into the shed"),
        ("2025-11-12", "the garden: rain"),
    ]
    .map(|(date, text)| write(brain, of(Kind::Episode, text), day(date) + DAY / 2))
}

#[test]
fn what_is_of_the_time_that_was_asked_for_comes_first_and_the_rest_after_it() {
    let brain = here();
    let [may, spring, sunday, week, today] = diary(&brain);
    for _ in ["tail", "index"] {
        let hits = asked(&brain, "what did we do in the garden last week?");
        assert_eq!(hits[0].entry.id, week);
        assert_eq!(hits.len(), 5, "the rest is there as well");
        assert!(hits.is_sorted_by(|one, other| one.score >= other.score));
        assert_eq!(hits[0].why.period, Some(Period { from: day("2025-11-03"), until: day("2025-11-10") }));
        assert!(hits[1..].iter().all(|hit| hit.why.period.is_none()));

        let hits = asked(&brain, "the garden in May 2024");
        assert_eq!(hits[0].entry.id, may);
        assert_eq!(hits[0].why.period, Some(Period { from: day("2024-05-01"), until: day("2024-06-01") }));
        brain.index_now().expect("indexed");
    }
    for (question, first) in [("the garden in May", &spring), ("the garden today", &today)] {
        assert_eq!(&asked(&brain, question)[0].entry.id, first, "{question}");
    }
    assert_eq!(asked(&brain, "what was in the garden on 2 November?")[0].entry.id, sunday);
}

#[test]
fn a_question_of_time_alone_is_answered_by_what_is_of_it_newest_first() {
    let brain = here();
    let [may, spring, sunday, week, today] = diary(&brain);
    for _ in ["tail", "index"] {
        answers(&brain, "last week", &[&week]);
        answers(&brain, "what was in May 2024?", &[&may]);
        answers(&brain, "today", &[&today]);
        answers(&brain, "since November 2025", &[&today, &week, &sunday]);
        answers(&brain, "in May 2025", &[&spring]);
        answers(&brain, "in May 2021", &[]);
        brain.index_now().expect("indexed");
    }
}

#[test]
fn a_day_begins_where_the_owner_is() {
    for (hours, expect) in [(0, "2025-11-11"), (12, "2025-11-12")] {
        let brain = brain_with(Options { zone: TimeZone::fixed(tz::offset(hours)), ..Options::default() });
        let midnight = "2025-11-12T00:00:00Z".parse::<jiff::Timestamp>().expect("a moment").as_millisecond() as u64;
        for (time, text) in [(midnight - 1, "2025-11-11"), (midnight, "2025-11-12")] {
            write(&brain, of(Kind::Episode, &format!("the last of {text}")), time);
        }
        // Just after midnight of the thirteenth in the east, and about noon of the twelfth in Greenwich.
        let now = midnight + DAY / 2 + 1000;
        let query = Query::words("yesterday");
        let hits = brain.recall_at(&query, now, None).expect("recalled");
        let found: Vec<&str> = hits.iter().filter_map(|hit| hit.entry.text.strip_prefix("the last of ")).collect();
        let both = ["2025-11-12", "2025-11-11"];
        // Where it is thirteen already, the whole of what is the twelfth there is yesterday.
        assert_eq!(found, if hours == 0 { &both[1..] } else { &both[..] }, "{hours} hours east, {expect}");
    }
}

#[test]
fn a_filter_bounds_what_a_question_says_of_time() {
    let brain = here();
    let [.., week, today] = diary(&brain);
    let bounded = |since, until, text: &str| {
        let query = Query { since, until, ..Query::words(text) };
        brain.recall_at(&query, NOW, None).expect("recalled").into_iter().map(|hit| hit.entry.id).collect::<Vec<_>>()
    };
    for _ in ["tail", "index"] {
        assert_eq!(bounded(Some(day("2025-11-04")), None, "last week"), [week.clone()]);
        assert_eq!(bounded(Some(day("2025-11-06")), None, "last week"), []);
        assert_eq!(bounded(Some(day("2025-11-06")), None, "garden last week"), [today.clone()]);
        brain.index_now().expect("indexed");
    }
}

#[test]
fn a_memory_of_the_time_is_found_among_thousands_that_fit_better() {
    let brain = here();
    let mut drafts: Vec<_> =
        (0..2000u64).map(|n| (of(Kind::Episode, &format!("meeting meeting {n}")), at(day("2025-07-01") + n))).collect();
    let text = "a meeting about the roof, the gutter, the paint of the door and what else there was to be done";
    drafts.push((of(Kind::Episode, text), at(day("2024-05-13"))));
    let ids = brain.remember_all(drafts).expect("remembered");
    for _ in ["tail", "index"] {
        assert_eq!(asked(&brain, "what came of the meeting in May 2024?")[0].entry.id, ids[2000]);
        brain.index_now().expect("indexed");
    }
}

#[test]
fn a_memory_that_names_the_day_is_found_though_it_was_written_on_another() {
    let brain = here();
    let id = write(&brain, of(Kind::Episode, "the boiler was installed in May 2024"), day("2025-01-01"));
    assert_eq!(asked(&brain, "the boiler in May 2024")[0].entry.id, id);
}
