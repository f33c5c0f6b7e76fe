//! The time that a question speaks of: `what did I say last week` is about a Monday, and the days until the next.
//!
//! ```text
//!   question ──► words ──► phrases ──► the longest that is past ──► Period
//!                            │                  │
//!             tables: what is said, and      `interim` reads that English: a point in time;
//!             the same in plain English      jiff's calendar: the stretch around it
//! ```
//!
//! 1. The question is cut into words. What is joined (`10.0.0.5`, `may-pole`) stays one word and is never a time.
//! 2. A phrase is a row of the tables, behind a word like `in` or `since` where the row needs one. A month, a year, a
//!    weekday or a feast needs one; `last week` does not. What looks like a time and is none by the words around it
//!    (`version 2024`, `it may be`) is passed over.
//! 3. The row says the same in English that the library reads. So the library never sees the text of a question.
//! 4. The point becomes a stretch of its own width: `yesterday` is that day, `two months ago` that month. A month or day
//!    without a year is the latest that has begun.
//! 5. The longest phrase counts whose stretch has begun, the first of equals. Memories lie in the past.
//!
//! The work has bounds: each word is tried against each row once, and the library is asked at most 64 times.
//!
//! # The files, in reading order
//!
//! * `table` rows and meanings, `english` and `tongues` all of them, `names` of months, numbers and the like
//! * `words` from text to words, `slots` what fills a row's gaps, `pattern` rows against words
//! * `openers` the small words around, `phrase` whole phrases, `resolve` from a phrase to milliseconds

mod english;
mod names;
mod openers;
mod pattern;
mod phrase;
mod resolve;
mod slots;
mod table;
#[cfg(test)]
mod tests;
mod tongues;
mod words;

pub(crate) use crate::types::Period;
use jiff::tz::TimeZone;
use std::ops::Range;

/// The time that a question speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// What it means.
    pub(crate) period: Period,
    /// The bytes of the question that say so.
    pub(crate) words: Range<usize>,
}

/// Finds the time that a question speaks of. `now` is in milliseconds since 1970, `zone` where the asker is.
pub(crate) fn period(question: &str, now: u64, zone: &TimeZone) -> Option<Found> {
    let text = pattern::Text::new(words::words(question));
    let mut found: Vec<(Range<usize>, phrase::Phrase)> = phrase::phrases(&text)
        .into_iter()
        .filter_map(|phrase| {
            let (first, last) =
                (text.words.get(phrase.words.start)?, text.words.get(phrase.words.end.checked_sub(1)?)?);
            Some((first.at.start..last.at.end, phrase))
        })
        .collect();
    found.sort_by_key(|(bytes, _)| std::cmp::Reverse(bytes.len()));
    let clock = resolve::Clock::new(now, zone)?;
    found.into_iter().find_map(|(words, phrase)| Some(Found { period: clock.period(&phrase)?, words }))
}
