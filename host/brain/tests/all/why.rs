//! Each answer says why it is one.

use crate::support::*;
use loket_brain::{Brain, Correction, Draft, Dreaming, Hit, Kind, Query, Source};

#[track_caller]
fn close(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-5 * a.abs().max(b.abs()).max(1e-9), "{a} is not {b}");
}

#[test]
fn the_matched_words_are_those_of_the_question_that_a_memory_has() {
    let brain = brain();
    let ids = [
        remember(&brain, "my server is at 10.0.0.5"),
        write(&brain, tagged("the printers' room", &["server room"]), 1000),
        remember(&brain, "Zoë's cafés open at nine"),
    ];
    for _ in ["tail", "index"] {
        for (question, id, matched) in [
            ("where is my server?", 0, vec!["server"]),
            ("Servers at 10.0.0.5, or printers", 0, vec!["Servers", "10.0.0.5"]),
            ("Servers at 10.0.0.5, or printers", 1, vec!["Servers", "printers"]),
            ("which café opens?", 2, vec!["cafe", "opens"]),
        ] {
            let hits = recall(&brain, question);
            let hit = hits.iter().find(|hit| hit.entry.id == ids[id]).expect("found");
            assert_eq!(hit.why.matched, matched, "{question}");
        }
        brain.index_now().expect("indexed");
    }
    assert!(recall(&brain, "").iter().all(|hit| hit.why.matched.is_empty() && hit.why.relevance == 0.0));
}

#[test]
fn the_age_is_that_at_the_question() {
    let brain = brain();
    write(&brain, draft("tea is at four"), 5000);
    for text in ["tea", ""] {
        let age = |now| brain.recall_at(&Query::words(text), now, None).expect("recalled")[0].why.age;
        assert_eq!((age(5000), age(5001), age(5000 + 3 * DAY), age(1)), (0, 1, 3 * DAY, 0), "{text:?}");
    }
}

/// Memories that differ in all that an order looks at.
fn varied() -> Fixture {
    let brain = brain();
    for n in 0..40u64 {
        let text = format!("note {n} about lunch {}", "soup ".repeat((n % 5) as usize));
        let id = write(&brain, draft(&text), n * 9 * DAY);
        for again in 0..n % 4 {
            write(&brain, draft(&text), n * 9 * DAY + again + 1);
        }
        for _ in 0..n % 7 {
            brain.used([id.clone()], 400 * DAY);
        }
    }
    brain
}

#[test]
fn the_score_of_a_plain_hit_is_its_relevance_with_its_gains() {
    let brain = varied();
    let query = Query { limit: 100, ..Query::words("soup for lunch") };
    for _ in ["tail", "index"] {
        let hits = brain.recall(&query).expect("recalled");
        assert_eq!(hits.len(), 40);
        let mut seen = [false; 3];
        for Hit { score, why, .. } in &hits {
            close(*score, why.relevance * (1.0 + why.recency + why.strength + why.usage));
            assert!(why.relevance > 0.0 && !why.leads && why.meaning.is_none() && why.period.is_none());
            assert!((0.0..=0.15001).contains(&why.recency), "{why:?}");
            assert!((0.0..=0.10001).contains(&why.strength) && (0.0..=0.05001).contains(&why.usage), "{why:?}");
            seen = [seen[0] || why.recency < 0.05, seen[1] || why.strength > 0.01, seen[2] || why.usage > 0.01];
        }
        assert_eq!(seen, [true; 3], "all gains were at work");
        brain.index_now().expect("indexed");
    }
}

#[test]
fn what_faded_has_less_by_a_step_each() {
    let brain = brain();
    write(&brain, draft("soup for lunch"), 0);
    let dreaming = Dreaming { now: 200 * DAY, rehearse: false, source: Source::default(), summarise: None };
    brain.dream(&dreaming).expect("dreamt");
    let hit = recall(&brain, "lunch").remove(0);
    assert_eq!(hit.entry.faded, 2);
    let Hit { score, why, .. } = hit;
    close(score, why.relevance * (1.0 + why.recency + why.strength + why.usage) * 0.85 * 0.85);
}

#[test]
fn gains_grow_with_what_they_are_for() {
    let brain = brain();
    let id = write(&brain, draft("soup for lunch"), 1000);
    let why = |brain: &Brain| recall(brain, "lunch").remove(0).why;
    assert_eq!((why(&brain).strength, why(&brain).usage), (0.0, 0.0), "nothing for being said once");
    close(why(&brain).recency, 0.15);
    let (mut strength, mut usage) = (0.0, 0.0);
    for _ in 0..5 {
        write(&brain, draft("soup for lunch"), 1000);
        brain.used([id.clone()], 1000);
        assert!(why(&brain).strength > strength && why(&brain).usage > usage);
        (strength, usage) = (why(&brain).strength, why(&brain).usage);
    }
    for _ in 0..100 {
        write(&brain, draft("soup for lunch"), 1000);
        brain.used([id.clone()], 1000);
    }
    close(why(&brain).strength, 0.10);
    close(why(&brain).usage, 0.05);
    write(&brain, draft("another one"), 1000 + 30 * DAY);
    close(why(&brain).recency, 0.075);
}

#[test]
fn recency_is_measured_from_the_newest_memory_however_that_came() {
    let (old, new) = ("soup for lunch", "rice for supper");
    type Way = fn(&Brain, &str, &str);
    let ways: [(&str, Way); 3] = [
        ("one by one", |brain, old, new| {
            write(brain, draft(old), DAY);
            write(brain, draft(new), 91 * DAY);
        }),
        ("at once", |brain, old, new| {
            let drafts = vec![(draft(old), at(DAY)), (draft(new), at(91 * DAY))];
            brain.remember_all(drafts).expect("remembered");
        }),
        ("imported", |brain, old, new| {
            let line = |text, time| format!(r#"{{"text": "{text}", "written": {time}}}"#);
            brain.import(&[line(old, DAY), line(new, 91 * DAY)], &at(91 * DAY)).expect("imported");
        }),
    ];
    for (way, put) in ways {
        let brain = brain();
        put(&brain, old, new);
        let recency = |brain: &Brain| recall(brain, "lunch").remove(0).why.recency;
        let before = recency(&brain);
        let after = recency(&brain.reopened(|_| {}));
        close(after, 0.15 / 4.0);
        assert_eq!(before, after, "{way}: the same before a reopening and after it");
    }
}

#[test]
fn a_lesson_that_the_question_is_about_leads_and_says_so() {
    let brain = brain();
    let wrong = remember(&brain, "deploys happen on Friday evenings");
    let other = remember(&brain, "deploys deploys deploys: all about deploys");
    let lesson = brain.correct(
        Correction {
            mistake: Some(wrong),
            wrong: String::new(),
            right: "deploys happen on Monday mornings".to_owned(),
            applies: "always".to_owned(),
        },
        at(2000),
    );
    let lesson = lesson.expect("corrected");
    remember(&brain, "the budget of the quarter, in a table");
    for _ in ["tail", "index"] {
        let hits = recall(&brain, "when do deploys happen?");
        assert_eq!(hits.iter().map(|hit| &hit.entry.id).collect::<Vec<_>>(), [&lesson, &other]);
        assert_eq!((hits[0].why.leads, hits[1].why.leads), (true, false));
        assert!(hits[0].score > hits[1].score);
        // It has one word of many of this question, and takes the place that its score gives it.
        let hits = recall(&brain, "Monday: the table with the budget of the quarter");
        assert!(hits.iter().all(|hit| !hit.why.leads), "{hits:?}");
        brain.index_now().expect("indexed");
    }
}

#[test]
fn a_reason_has_the_json_form_of_the_contract() {
    let brain = brain();
    write(&brain, Draft { conversation: Some("c".to_owned()), ..draft("tea is at four") }, 5000);
    let hits = brain.recall_at(&Query::words("tea"), 6000, None).expect("recalled");
    let json = serde_json::to_value(&hits[0]).expect("json");
    assert_eq!(json["why"]["matched"], serde_json::json!(["tea"]));
    assert_eq!(json["why"]["age"], 1000);
    let mut names: Vec<&String> = json["why"].as_object().expect("an object").keys().collect();
    names.sort();
    let expect = ["age", "leads", "matched", "meaning", "period", "recency", "relevance", "strength", "usage"];
    assert_eq!(names, expect);
    assert_eq!(serde_json::from_value::<Hit>(json).expect("reads back"), hits[0]);
}

#[test]
fn kinds_differ_in_nothing_but_what_leads() {
    let brain = brain();
    for kind in [Kind::Fact, Kind::Episode, Kind::Skill] {
        write(&brain, of(kind, "soup for lunch"), 1000);
    }
    let hits = recall(&brain, "lunch");
    assert_eq!(hits.len(), 3);
    hits.iter().for_each(|hit| close(hit.score, hits[0].score));
}
