//! A question, cut into words that remember where they stood.
//!
//! What is joined stays one word (`10.0.0.5`, `may-pole`, `2025-03-04`), so that no part of it is taken for a time.
//! Chinese and Japanese have no spaces: there each character is a word, and numbers stand apart.

use std::ops::Range;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// No word of a time is longer, in bytes.
const LONGEST: usize = 48;

/// One word.
#[derive(Debug)]
pub(crate) struct Word {
    /// In lower case and composed, without a possessive `'s`; empty when no word of a time can look so.
    pub(crate) text: String,
    /// Its bytes in the question.
    pub(crate) at: Range<usize>,
    /// Nothing but spaces, or a comma, or the dot of `4. Mai` is between it and the word before.
    pub(crate) joined: bool,
    /// A comma is between it and the word before.
    pub(crate) comma: bool,
    /// Written as names are: `May`, not `may` nor `MAY`.
    pub(crate) name: bool,
}

/// The words of a question, in its order.
pub(crate) fn words(question: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut rest = 0;
    while let Some(at) = next(question, rest) {
        let before = words.last();
        let gap = &question[before.map_or(0, |word| word.at.end)..at.start];
        let joined = before.is_some_and(|word| is_soft(gap, &word.text));
        words.push(word(&question[at.clone()], at.clone(), joined, gap.contains(is_comma)));
        rest = at.end;
    }
    words
}

fn word(said: &str, at: Range<usize>, joined: bool, comma: bool) -> Word {
    let mut letters = said.chars();
    let name = letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase);
    let said = ["'s", "’s", "'S", "’S"].iter().find_map(|owned| said.strip_suffix(owned)).unwrap_or(said);
    let text = match said {
        _ if said.len() > LONGEST => String::new(),
        "–" | "—" => "-".to_owned(),
        _ => said.nfkc().flat_map(char::to_lowercase).collect(),
    };
    Word { text, at, joined, comma, name }
}

/// Whether a phrase may go on over this gap.
fn is_soft(gap: &str, before: &str) -> bool {
    let commas = gap.chars().filter(|letter| is_comma(*letter)).count();
    // `4. Mai`: the dot makes the number an ordinal.
    let dots = gap.strip_prefix('.').filter(|_| before.len() <= 2 && before.bytes().all(|byte| byte.is_ascii_digit()));
    let gap = dots.unwrap_or(gap);
    commas <= 1 && gap.chars().all(|letter| letter.is_whitespace() || is_comma(letter))
}

fn is_comma(letter: char) -> bool {
    matches!(letter, ',' | '、' | '，')
}

/// The bytes of the first word from `from` on.
fn next(question: &str, from: usize) -> Option<Range<usize>> {
    let (start, first) = question[from..].char_indices().find(|(_, letter)| begins(*letter))?;
    let start = from + start;
    let one = start..start + first.len_utf8();
    if is_unspaced(first) || is_dash(first) {
        return Some(one);
    }
    let mut end = one.end;
    let mut letters = question[end..].chars().peekable();
    while let Some(letter) = letters.next() {
        let inner = is_inner(letter) && letters.peek().is_some_and(|after| is_letter(*after));
        if !(inner || is_letter(letter) || is_combining_mark(letter)) {
            break;
        }
        end += letter.len_utf8();
    }
    Some(start..end)
}

fn begins(letter: char) -> bool {
    is_letter(letter) || is_unspaced(letter) || is_dash(letter)
}

fn is_letter(letter: char) -> bool {
    (letter.is_alphanumeric() || letter == '_') && !is_unspaced(letter)
}

/// What joins two halves of one word.
fn is_inner(letter: char) -> bool {
    matches!(letter, '-' | '/' | '.' | ':' | '\'' | '’' | '@' | '+' | '&' | '=')
}

fn is_dash(letter: char) -> bool {
    matches!(letter, '-' | '–' | '—')
}

/// Characters of scripts that are written without spaces.
fn is_unspaced(letter: char) -> bool {
    matches!(letter, '\u{3005}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(question: &str, expect: &[&str]) {
        let found = words(question);
        let texts: Vec<&str> = found.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(texts, expect, "{question}");
        assert!(found.iter().all(|word| question.get(word.at.clone()).is_some()), "{question}");
    }

    #[test]
    fn what_is_joined_stays_one_word() {
        check("ping 10.0.0.5, on 2025-03-04!", &["ping", "10.0.0.5", "on", "2025-03-04"]);
        check("the may-pole at a@may.org", &["the", "may-pole", "at", "a@may.org"]);
    }

    #[test]
    fn possessives_are_stripped_and_letters_composed() {
        check("Yesterday's ma\u{308}rz’s", &["yesterday", "märz"]);
    }

    #[test]
    fn dashes_between_words_are_words() {
        check("March – May - June–July", &["march", "-", "may", "-", "june", "-", "july"]);
    }

    #[test]
    fn each_character_of_an_unspaced_script_is_a_word_and_wide_digits_are_narrow() {
        check("２０２５年5月に", &["2025", "年", "5", "月", "に"]);
    }

    #[test]
    fn sentences_end_phrases_and_commas_do_not() {
        let joined = |question| words(question).iter().map(|word| word.joined).collect::<Vec<_>>();
        assert_eq!(joined("may. Last, week"), [false, false, true]);
        assert_eq!(joined("am 4. Mai"), [false, true, true]);
        assert_eq!(joined("in $2024"), [false, false]);
    }
}
