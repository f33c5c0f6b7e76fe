//! Mistakes that recur become an insight.

use super::{dream, habit, only};
use crate::support::*;
use loket_brain::{Brain, DeedKind, Kind, Labels, Origin, Query, Standing};

#[test]
fn mistakes_that_recur_become_an_insight_which_grows() {
    let brain = brain();
    let mut lessons = habit(&brain, &["billing", "payroll", "mail"]);
    brain.correct(correction(None, "fed the cat twice", "the cat is fed by Anna"), at(1)).expect("corrected");
    assert_eq!(dream(&brain, DAY).deeds, [], "three are no habit");
    lessons.extend(habit(&brain, &["search"]));
    let dreamt = dream(&brain, 2 * DAY);
    let deed = only(&dreamt, DeedKind::Insight);
    let mut about = deed.memories.clone();
    about.sort();
    assert_eq!(about, lessons);
    let insight = deed.kept.clone().expect("written");
    let written = entry(&brain, &insight);
    assert_eq!((written.kind, &written.text, written.written), (Kind::Lesson, &deed.words, 2 * DAY));
    assert_eq!(written.source.turn, "the-dream");
    assert!(
        written.text.contains("4 times") && written.text.contains("deploy the payroll service"),
        "{}",
        written.text
    );
    assert!(!written.text.contains("cat"), "{}", written.text);
    let found = |brain: &Brain| names(brain, &Query { limit: 50, ..Query::words("deploy a service") });
    assert!(found(&brain).contains(&insight));
    assert_eq!(dream(&brain, 3 * DAY).deeds, [], "it is drawn already");

    lessons.extend(habit(&brain, &["chat"]));
    let dreamt = dream(&brain, 4 * DAY);
    let grown = only(&dreamt, DeedKind::Insight).kept.clone().expect("written");
    assert_eq!(entry(&brain, &insight).standing, Standing::Superseded(grown.clone()));
    assert!(entry(&brain, &grown).text.contains("5 times"));
    for _ in ["tail", "index"] {
        assert!(found(&brain).contains(&grown) && !found(&brain).contains(&insight));
        brain.index_now().expect("indexed");
    }
    assert!(lessons.iter().all(|id| entry(&brain, id).standing == Standing::Current), "the lessons themselves stay");
}

#[test]
fn one_mistake_that_struck_often_is_a_habit_too() {
    let brain = brain();
    let wrong = remember(&brain, "the standup is held upstairs");
    for time in 1..=4 {
        brain.correct(correction(Some(&wrong), "", "the standup is held in the cellar"), at(time)).expect("corrected");
    }
    let dreamt = dream(&brain, DAY);
    assert!(only(&dreamt, DeedKind::Insight).words.contains("4 times"));
}

#[test]
fn an_insight_bears_the_labels_of_what_it_was_drawn_from() {
    let brain = brain();
    habit(&brain, &["billing", "payroll", "mail"]);
    let origin = Origin { labels: Labels::UNTRUSTED, ..at(1000) };
    let right = "deploy the search service with the pipeline";
    brain.correct(correction(None, "search went out by hand", right), origin).expect("corrected");
    let insight = only(&dream(&brain, DAY), DeedKind::Insight).kept.clone().expect("written");
    assert_eq!(entry(&brain, &insight).labels, Labels::UNTRUSTED);
}
