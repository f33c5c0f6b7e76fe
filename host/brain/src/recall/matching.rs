//! Which of the asked words a memory has: what `why` says, and what lets a lesson lead.

use super::search::Asked;
use crate::store::record::Record;
use crate::text::{Cutter, Language};

/// Which of the asked words a memory has, and which share of what they say.
pub(crate) struct Match {
    pub(crate) words: Vec<usize>,
    pub(crate) share: f32,
}

/// Looks for the words of one question in many memories.
pub(crate) struct Matcher<'q> {
    asked: &'q [Asked],
    terms: Vec<&'q str>,
    begins: Begins,
    cutter: Cutter,
}

impl<'q> Matcher<'q> {
    pub(crate) fn new(language: Language, asked: &'q [Asked]) -> Matcher<'q> {
        let terms: Vec<&str> = asked.iter().flat_map(|word| &word.terms).map(|term| term.text.as_str()).collect();
        let begins = Begins::of(language, &terms);
        Matcher { asked, terms, begins, cutter: Cutter::new(language) }
    }

    /// Looks the asked words up in a memory itself.
    pub(crate) fn of(&mut self, record: &Record) -> Match {
        let Matcher { asked, terms, begins, cutter } = self;
        let mut has = vec![false; terms.len()];
        let mut missing = terms.len();
        for text in record.pieces().chain(record.tags.iter().map(String::as_str)) {
            // Cut as `each_term` would cut it first of all; most words need no closer look.
            for chunk in text.split_whitespace().filter(|chunk| begins.may_hold(chunk)) {
                if missing == 0 {
                    break;
                }
                cutter.each_term(chunk, |term| {
                    for (at, wanted) in terms.iter().enumerate() {
                        if !has[at] && *wanted == term {
                            has[at] = true;
                            missing -= 1;
                        }
                    }
                });
            }
        }
        let (mut words, mut sum, mut share) = (Vec::new(), 0.0, 0.0);
        let mut at = 0;
        for (place, word) in asked.iter().enumerate() {
            sum += word.worth;
            let these = &has[at..at + word.terms.len()];
            at += word.terms.len();
            // Of a joined word the best part that is there counts.
            let best =
                word.terms.iter().zip(these).filter(|(_, has)| **has).map(|(term, _)| term.weight).fold(0.0, f32::max);
            if best > 0.0 {
                share += word.worth * best.min(1.0);
                words.push(place);
            }
        }
        Match { words, share: if sum > 0.0 { share / sum } else { 0.0 } }
    }
}

/// How terms begin: a plain word that begins otherwise is none of them, and need not be stemmed to see it.
#[derive(Default)]
struct Begins {
    /// For each first letter the second ones, and [`ALONE`] for the letter by itself.
    letters: [u32; 26],
    /// A term begins with something else, or stemming may change how a word begins: every word is looked at.
    other: bool,
}

const ALONE: u32 = 1 << 26;

impl Begins {
    fn of(language: Language, terms: &[&str]) -> Begins {
        let mut begins = Begins { other: !language.stems_ends_only(), ..Begins::default() };
        for term in terms {
            match letters(term) {
                Some((first, second)) => begins.letters[first] |= second,
                None => begins.other |= !term.starts_with(|c: char| c.is_ascii_digit()),
            }
        }
        begins
    }

    /// Whether a run of characters between spaces may hold a term.
    fn may_hold(&self, chunk: &str) -> bool {
        let word = chunk.trim_matches(|c: char| matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '"' | '(' | ')'));
        let plain = word
            .bytes()
            .enumerate()
            .all(|(at, byte)| byte.is_ascii_lowercase() || (at == 0 && byte.is_ascii_uppercase()));
        self.other || !plain || letters(word).is_some_and(|(first, second)| self.letters[first] & (second | ALONE) != 0)
    }
}

/// The first two letters of a word of plain ones. `y` is `i`, as stemming may make it that (`dying`, `die`).
fn letters(word: &str) -> Option<(usize, u32)> {
    let letter = |byte: u8| {
        byte.is_ascii_alphabetic().then(|| match byte.to_ascii_lowercase() {
            b'y' => b'i' - b'a',
            byte => byte - b'a',
        })
    };
    match word.as_bytes() {
        [] => None,
        [one] => Some((usize::from(letter(*one)?), ALONE)),
        [first, second, ..] => {
            Some((usize::from(letter(*first)?), letter(*second).map_or(u32::MAX, |second| 1 << second)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Otherwise a memory would be found by a word that `why` does not name.
        #[test]
        fn what_is_not_looked_at_holds_no_term(
            chunk in "[a-zA-Z]{1,4}(ing|ly|s|ed|en|ung|mente|kan)?[.,!]?|[A-Za-zäßçéа-я0-9.'_@-]{1,14}",
            code in prop::sample::select(vec!["en", "da", "de", "es", "fi", "fr", "id", "it", "nl", "no", "pt", "ru", "sv", "tr"]),
        ) {
            let language: Language = code.parse().expect("known");
            let mut terms = Vec::new();
            text::each_term(language, &chunk, |term| terms.push(term.to_owned()));
            for term in &terms {
                prop_assert!(Begins::of(language, &[term]).may_hold(&chunk), "{} in {}", term, chunk);
            }
        }
    }
}
