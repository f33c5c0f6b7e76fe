//! With a mistake go its words in lessons, in what was drawn from those, and in the journal.

use super::{dream, habit, nowhere};
use crate::support::*;
use loket_brain::{Dreaming, Revision, Source, Standing, SummaryTask};

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
