//! The times that a question speaks of: which words they are, and how the words around them change them.

use crate::text::when::openers::{self, Opener};
use crate::text::when::pattern::{Term, Text};
use crate::text::when::slots::{Slot, Taken, spelled};
use crate::text::when::table::{Means, Unit};
use std::ops::Range;

/// One or two times, and which stretch they make.
#[derive(Debug, Clone)]
pub(crate) struct Phrase {
    pub(crate) opener: Opener,
    pub(crate) term: Term,
    /// The other end, where there are two.
    pub(crate) other: Option<Term>,
    /// Which words of the question say so.
    pub(crate) words: Range<usize>,
}

/// All times that a question speaks of, in its order. None has a word of another.
pub(crate) fn phrases(text: &Text) -> Vec<Phrase> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < text.words.len() {
        match longest(text, at) {
            // What looks like a time and is none is passed over as a whole: no part of it is one either.
            Some(phrase) => {
                at = phrase.words.end;
                if !is_false(text, &phrase) {
                    found.push(phrase);
                }
            }
            None => at += 1,
        }
    }
    found
}

fn longest(text: &Text, at: usize) -> Option<Phrase> {
    let (alone, opened) = (alone(text, at), opened(text, at));
    match (&alone, &opened) {
        (Some(one), Some(other)) if one.words.end < other.words.end => opened,
        (None, _) => opened,
        _ => alone,
    }
}

/// A time that needs no word before it.
fn alone(text: &Text, at: usize) -> Option<Phrase> {
    let frame = frame(text, at);
    let (term, other, end) = match text.term(frame.start) {
        Some((term, used)) => (term, None, frame.start + used),
        // `two or three days ago`
        None => shared(text, frame.start).filter(|_| text.said(frame.start + 1) != "and")?,
    };
    let phrase = Phrase { opener: Opener::In, term, other, words: at..end };
    let phrase = if other.is_some() { phrase } else { whole(text, phrase) };
    // Of two, one is enough: `March to May 2025`.
    let stands = term.alone || frame.part || phrase.other.is_some_and(|other| other.alone);
    stands.then_some(phrase)
}

/// A time behind a word like `in`.
fn opened(text: &Text, at: usize) -> Option<Phrase> {
    let opener = openers::opener(text.said(at)).filter(|_| text.joins(at + 1))?;
    let frame = frame(text, at + 1);
    if let Some((term, other, end)) = shared(text, frame.start) {
        // `since two or three days ago` is since the first.
        let other = other.filter(|_| matches!(opener, Opener::In | Opener::On | Opener::Pair));
        return Some(Phrase { opener, term, other, words: at..end });
    }
    let (term, used) = text.term(frame.start)?;
    let phrase = whole(text, Phrase { opener, term, other: None, words: at..frame.start + used });
    let fits = match opener {
        Opener::On if !frame.part => {
            [Some(phrase.term), phrase.other].iter().flatten().all(|term| term.alone || !is_wide(term))
        }
        // `from March` alone says nothing; `from March onwards` has become another opener.
        Opener::Pair => phrase.other.is_some() || phrase.opener != Opener::Pair,
        _ => true,
    };
    fits.then_some(phrase)
}

/// The time with what follows it: another time, or a word like `onwards`.
fn whole(text: &Text, phrase: Phrase) -> Phrase {
    let Range { start, end } = phrase.words;
    let takes_two = matches!(phrase.opener, Opener::In | Opener::On | Opener::Since | Opener::Pair);
    if !takes_two || !text.joins(end) {
        return phrase;
    }
    if let Some((other, end)) = second(text, end) {
        return Phrase { opener: Opener::Pair, other: Some(other), words: start..end, ..phrase };
    }
    let closed = openers::closers().find_map(|(opener, said)| Some((opener, spelled(said, text.rest(end))?)));
    match closed {
        Some((opener, used)) => Phrase { opener, words: start..end + used, ..phrase },
        None => phrase,
    }
}

/// The other of two times, and where it ends.
fn second(text: &Text, at: usize) -> Option<(Term, usize)> {
    let next = at + openers::joiners().find_map(|said| spelled(said, text.rest(at)))?;
    let frame = frame(text, next);
    if !text.joins(next) {
        return None;
    }
    text.term(frame.start).map(|(other, used)| (other, frame.start + used))
}

/// Two times of which the first is only a number, and the second says of what: `3 and 5 March`.
fn shared(text: &Text, at: usize) -> Option<(Term, Option<Term>, usize)> {
    let (other, end) = second(text, at + 1).filter(|_| text.joins(at + 1))?;
    let (day, number) = (text.take(at, Slot::Day), text.take(at, Slot::Number));
    let taken = match other.taken {
        Taken { day: Some(_), .. } => Taken { day: Some(day?.day?), ..other.taken },
        Taken { number: Some(_), .. } => Taken { number: Some(number?.number?), ..other.taken },
        _ => return None,
    };
    Some((Term { taken, ..other }, Some(other), end))
}

/// What stands between an opener and its time.
struct Frame {
    /// Where the time begins.
    start: usize,
    /// A part of the time was named, as in `early May`.
    part: bool,
}

fn frame(text: &Text, at: usize) -> Frame {
    let article = |at: usize| if openers::is_article(text.said(at)) && text.joins(at + 1) { at + 1 } else { at };
    let start = article(at);
    if !openers::is_part(text.said(start), text.said(start + 1)) || !text.joins(start + 1) {
        return Frame { start, part: false };
    }
    let of = text.said(start + 1) == "of" && text.joins(start + 2);
    Frame { start: article(start + 1 + usize::from(of)), part: true }
}

fn is_wide(term: &Term) -> bool {
    matches!(term.means, Means::Whole(Unit::Month | Unit::Year, _) | Means::Yearly(Unit::Month, ..))
}

/// Whether the words around show that this is no time, or another than it says.
fn is_false(text: &Text, phrase: &Phrase) -> bool {
    let Range { start, end } = phrase.words;
    let before = start.checked_sub(1).filter(|_| text.joins(start));
    let after = if text.joins(end) { text.said(end) } else { "" };
    // `version 2024`, `more than two years ago`.
    let numbered = before.is_some_and(|at| openers::is_numbered(text.said(at)));
    // `the week before Easter` is not the time before Easter.
    let counted_from = matches!(phrase.opener, Opener::Before | Opener::After)
        && before.is_some_and(|at| text.is(at, Slot::Unit) || text.is(at, Slot::Weekday));
    // `over two years ago`.
    let beyond =
        text.said(start) == "over" && phrase.term.taken.number.is_some() && matches!(phrase.term.means, Means::Ago(_));
    // `in 2000 words`.
    let count = text.is(end - 1, Slot::Year) && openers::is_counted(after);
    // `the last week of May`.
    let part = after == "of";
    numbered || counted_from || beyond || count || part || is_verb(text, &phrase.words)
}

/// Whether this may be the verb `may` or `march`, and not the month.
fn is_verb(text: &Text, words: &Range<usize>) -> bool {
    let doubtful = |at: usize| matches!(text.said(at), "may" | "march") && !text.words[at].name;
    if !words.clone().any(doubtful) || words.clone().any(|at| text.is(at, Slot::Year)) {
        return false;
    }
    let end = words.end;
    // `this may, however`
    let ends = !text.joins(end) || (text.words[end].comma && text.said(words.start) != "this");
    !(ends || openers::may_follow(text.said(end)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::when::words::words;

    #[track_caller]
    fn check(question: &str, expect: &[(Opener, &str)]) {
        let text = Text::new(words(question));
        let found: Vec<(Opener, &str)> = phrases(&text)
            .iter()
            .map(|phrase| {
                let (first, last) = (&text.words[phrase.words.start], &text.words[phrase.words.end - 1]);
                (phrase.opener, &question[first.at.start..last.at.end])
            })
            .collect();
        assert_eq!(found, expect, "{question}");
    }

    #[test]
    fn the_longest_words_at_a_place_are_one_time() {
        check("in May 2024 or so", &[(Opener::In, "in May 2024")]);
        check(
            "on the 4th of March, 2025; yesterday too",
            &[(Opener::On, "on the 4th of March, 2025"), (Opener::In, "yesterday")],
        );
    }

    #[test]
    fn words_like_since_and_onwards_say_what_a_time_is_for() {
        check("all since last week", &[(Opener::Since, "since last week")]);
        check("from March onwards", &[(Opener::Since, "from March onwards")]);
        check("from March", &[]);
        check("between March and the 4th of May, that is", &[(Opener::Pair, "between March and the 4th of May")]);
        check("March to May 2025", &[(Opener::Pair, "March to May 2025")]);
    }

    #[test]
    fn a_month_or_year_needs_a_word_before_it() {
        check("May, 2024x, Easter, summer, Tuesday, 2024", &[]);
        check("on May, at 2024", &[]);
    }
}
