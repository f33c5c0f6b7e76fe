//! Corrections: which memory they contradict, and what is right instead.

use crate::exchange::Document;
use crate::fit::{Term, coverage, terms};
use crate::intent::clean;
use crate::lexicon::{BE, PRONOUNS, is};
use crate::marks::Strength;
use crate::phrases::RENEWED;
use crate::words::{self, Shape, Token};

/// What is to be corrected, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision<'a> {
    /// The memory that was wrong.
    pub mistake: Option<&'a Document>,
    /// What was wrong, in words.
    pub wrong: String,
    /// What is right: a statement that stands by itself, as far as rules can make one.
    pub right: String,
}

/// A contrast: two values, one of them wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Contrast<'t> {
    /// The value that was wrong, or the thing to change.
    wrong: &'t str,
    /// The value that is right.
    right: &'t str,
    /// What is said without the wrong value, when that still is a sentence.
    rest: &'t str,
}

fn contrast<'t>(text: &'t str, tokens: &[Token]) -> Option<Contrast<'t>> {
    let span = |from: usize, to: usize| -> &'t str {
        match (tokens.get(from), tokens.get(to.wrapping_sub(1))) {
            (Some(first), Some(last)) if from < to => text[first.start..last.end].trim(),
            _ => "",
        }
    };
    let len = tokens.len();
    let find = |from: usize, list: &[&str]| {
        (from..len).find(|at| is(&tokens[*at].base, list) && tokens[*at].clitic.is_empty())
    };
    // "change X to Y", "replace X with Y".
    if is(&tokens[0].base, &["change", "update", "replace", "correct", "set", "fix", "switch", "edit", "amend"])
        && let Some(to) = (2..len).rev().find(|at| is(&tokens[*at].base, &["to", "with", "into", "by"]))
    {
        let from = if tokens[1].base == "from" { 2 } else { 1 };
        return Some(Contrast { wrong: span(from, to), right: span(to + 1, len), rest: "" })
            .filter(|found| !found.right.is_empty());
    }
    // "… changed from X to Y".
    if let Some(at) = (1..len)
        .find(|at| tokens[*at].base == "from" && is(&tokens[at - 1].base, &["changed", "moved", "switched", "went"]))
        && let Some(to) = find(at + 1, &["to"])
    {
        return Some(Contrast { wrong: span(at + 1, to), right: span(to + 1, len), rest: "" });
    }
    for (at, token) in tokens.iter().enumerate() {
        let denied = token.base == "not" || token.clitic == "n't";
        if denied {
            let from = if tokens.get(at + 1).is_some_and(|next| is(&next.base, &["not", "actually", "really"])) {
                at + 2
            } else {
                at + 1
            };
            // "not X but Y", "is not X, it's Y".
            if let Some(but) = find(from + 1, &["but", "rather"]).filter(|but| *but + 1 < len) {
                return Some(Contrast { wrong: span(from, but), right: tail(text, tokens, but + 1), rest: "" });
            }
            if let Some(pause) = (from..len).find(|at| tokens[*at].pause).filter(|pause| pause + 1 < len) {
                return Some(Contrast { wrong: span(from, pause + 1), right: tail(text, tokens, pause + 1), rest: "" });
            }
            // "Y not X" at the end.
            if token.base == "not" && at > 0 && !is(&tokens[at - 1].base, BE) && from < len && len - from <= 6 {
                let and = usize::from(is(&tokens[at - 1].base, &["and"]));
                return Some(Contrast {
                    wrong: span(from, len),
                    right: value(text, tokens, at - and),
                    rest: span(0, at - and),
                });
            }
        }
        let instead = token.base == "instead" && tokens.get(at + 1).is_some_and(|next| next.base == "of");
        let rather = token.base == "rather" && tokens.get(at + 1).is_some_and(|next| next.base == "than");
        if (instead || rather) && at > 0 {
            return Some(Contrast { wrong: span(at + 2, len), right: value(text, tokens, at), rest: span(0, at) });
        }
        if token.base == "no" && tokens.get(at + 1).is_some_and(|next| next.base == "longer") {
            let end = (at + 2..len).find(|at| tokens[*at].pause || is(&tokens[*at].base, &["but"]));
            if let Some(end) = end.filter(|end| end + 1 < len) {
                let to = if tokens[end].base == "but" { end } else { end + 1 };
                return Some(Contrast { wrong: span(at + 2, to), right: tail(text, tokens, end + 1), rest: "" });
            }
        }
    }
    None
}

/// What follows, without "it's", "but", "now" and the like in front.
fn tail<'t>(text: &'t str, tokens: &[Token], mut from: usize) -> &'t str {
    while tokens.get(from).is_some_and(|token| {
        is(
            &token.base,
            &[
                "but", "now", "rather", "actually", "and", "instead", "it", "that", "they", "is", "are", "was",
                "should", "be", "to",
            ],
        ) && from + 1 < tokens.len()
    }) {
        from += 1;
    }
    tokens.get(from).map_or("", |first| text[first.start..].trim())
}

/// The value that ends at token `to`: what stands behind the last form of `be` before it, else the last token.
fn value<'t>(text: &'t str, tokens: &[Token], to: usize) -> &'t str {
    let be = (0..to)
        .rev()
        .find(|at| is(&tokens[*at].base, BE) || (tokens[*at].clitic == "'s" && is(&tokens[*at].base, PRONOUNS)));
    let from = be.map_or(to.saturating_sub(1), |be| be + 1);
    match (tokens.get(from), tokens.get(to.wrapping_sub(1))) {
        (Some(first), Some(last)) if from < to => text[first.start..last.end].trim(),
        _ => "",
    }
}

fn renewed(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| is(&token.base, RENEWED))
        || tokens.windows(2).any(|pair| pair[0].base == "should" && pair[1].base == "be")
}

/// The terms without the words that only say that something has changed.
fn bare(mut terms: Vec<Term>) -> Vec<Term> {
    terms.retain(|term| !RENEWED.iter().any(|word| words::stem(word) == term.stem));
    terms
}

/// A statement that no cue marks, but that contradicts a memory: by a contrast, by "now", or as the same sentence with another value.
pub fn unmarked<'a>(text: &str, documents: &'a [Document]) -> Option<Revision<'a>> {
    let tokens = words::tokens(text);
    if tokens.is_empty() {
        return None;
    }
    let contrast = contrast(text, &tokens);
    let renewed = renewed(&tokens);
    let (document, sure) = identify(text, &tokens, contrast, documents, "")?;
    let holds_wrong = contrast.is_some_and(|found| held(found.wrong, document.statement()));
    let changes = contrast.is_some_and(|found| found.rest.is_empty());
    if holds_wrong
        || sure && (renewed || changes) && differs(&tokens, document.statement())
        || restated(text, document.statement())
    {
        return Some(compose(text, &tokens, contrast, Some(document), ""));
    }
    None
}

/// A marked correction. Without a memory that it contradicts, a hint is none.
pub fn marked<'a>(text: &str, strength: Strength, documents: &'a [Document], said: &str) -> Option<Revision<'a>> {
    let tokens = words::tokens(text);
    if tokens.is_empty() {
        return None;
    }
    let contrast = contrast(text, &tokens);
    let found = identify(text, &tokens, contrast, documents, said);
    if strength == Strength::Hinted && found.is_none() {
        return None;
    }
    Some(compose(text, &tokens, contrast, found.map(|(document, _)| document), said))
}

/// The memory that a correction is about, and whether that is sure by its words.
fn identify<'a>(
    text: &str,
    tokens: &[Token],
    contrast: Option<Contrast<'_>>,
    documents: &'a [Document],
    said: &str,
) -> Option<(&'a Document, bool)> {
    let subject = subject(tokens);
    let about = match contrast.filter(|found| {
        found.rest.is_empty()
            && is(&tokens[0].base, &["change", "update", "replace", "correct", "set", "fix", "switch", "edit", "amend"])
    }) {
        Some(found) => terms(&words::tokens(found.wrong)),
        None => terms(&tokens[..subject]),
    };
    let whole = bare(terms(tokens));
    let about = bare(about);
    let candidates: Vec<&Document> = documents
        .iter()
        .filter(|document| document.kind != "episode" && !document.statement().eq_ignore_ascii_case(text.trim()))
        .collect();
    let mut best: Option<(f64, &Document, bool)> = None;
    for document in &candidates {
        let by_subject = if about.is_empty() { 0.0 } else { coverage(&about, document.statement()) };
        let by_words = coverage(&whole, document.statement());
        let by_wrong = contrast.map_or(0.0, |found| if held(found.wrong, document.statement()) { 1.0 } else { 0.0 });
        let quoted = !said.is_empty() && said.contains(document.statement());
        let alike = shapes(tokens).iter().any(|shape| shapes(&words::tokens(document.statement())).contains(shape));
        let nameless = about.is_empty();
        let sure = by_subject >= 0.6 || by_wrong > 0.0 || (nameless && by_words >= 0.5);
        let sure = sure || nameless && renewed(tokens) && is(&tokens[0].base, PRONOUNS) && (alike || quoted);
        let alone = nameless && candidates.len() == 1;
        if !(sure || by_words >= 0.5 || (nameless && (quoted || alike || alone))) {
            continue;
        }
        let score =
            by_subject + 0.6 * by_words + by_wrong + if quoted { 0.5 } else { 0.0 } + if alike { 0.3 } else { 0.0 };
        if best.is_none_or(|(known, ..)| score > known) {
            best = Some((score, document, sure));
        }
    }
    best.map(|(_, document, sure)| (document, sure))
}

/// How many tokens the subject takes: what stands before the first form of `be` or the first verb; none for a pronoun.
fn subject(tokens: &[Token]) -> usize {
    let pronoun = |token: &Token| is(&token.base, PRONOUNS) && !token.clitic.is_empty();
    let end = tokens.iter().position(|token| {
        is(&token.base, BE)
            || pronoun(token)
            || is(&token.base, &["should", "has", "have", "was", "will"])
            || matches!(token.clitic, "'m" | "'re")
    });
    match end {
        Some(end) if tokens[end].clitic.is_empty() || is(&tokens[end].base, BE) => end,
        Some(_) => 0,
        // "We deploy on Mondays": the words up to the first value or preposition.
        None => tokens
            .iter()
            .position(|token| token.shape != Shape::Plain || is(&token.base, &["on", "at", "in", "to", "from"]))
            .unwrap_or(tokens.len()),
    }
}

fn shapes(tokens: &[Token]) -> Vec<Shape> {
    tokens.iter().map(|token| token.shape).filter(|shape| *shape != Shape::Plain).collect()
}

/// Whether `text` holds `value`, word by word.
fn held(value: &str, text: &str) -> bool {
    let value = terms(&words::tokens(value));
    !value.is_empty() && coverage(&value, text) >= 0.99
}

/// Whether something is said that the memory does not hold.
fn differs(tokens: &[Token], memory: &str) -> bool {
    coverage(&terms(tokens), memory) < 0.99
}

/// Whether two sentences say the same of the same thing, with values of the same shape that differ.
fn restated(one: &str, other: &str) -> bool {
    let (left, right) = (words::tokens(one), words::tokens(other));
    let bare = |tokens: &[Token]| {
        tokens
            .iter()
            .filter(|token| token.shape == Shape::Plain)
            .map(|token| format!("{}{}", token.base, token.clitic))
            .collect::<Vec<_>>()
    };
    let values = |tokens: &[Token]| {
        tokens.iter().filter(|token| token.shape != Shape::Plain).map(|token| token.base.clone()).collect::<Vec<_>>()
    };
    let single = shapes(&left).len() == 1 && shapes(&left) == shapes(&right) && values(&left) != values(&right);
    let defined = left.iter().any(|token| is(&token.base, BE))
        && left.first().is_some_and(|token| is(&token.base, &["my", "our", "the", "his", "her", "their"]));
    single && defined && bare(&left) == bare(&right)
}

fn compose<'a>(
    text: &str,
    tokens: &[Token],
    contrast: Option<Contrast<'_>>,
    mistake: Option<&'a Document>,
    said: &str,
) -> Revision<'a> {
    let memory = mistake.map(|document| document.statement());
    let wrong = memory
        .map(|memory| words::shorten(memory, 2_000))
        .or_else(|| contrast.map(|found| found.wrong.to_owned()).filter(|wrong| !wrong.is_empty()))
        .or_else(|| Some(words::shorten(said, 500)).filter(|said| !said.is_empty()))
        .unwrap_or_else(|| "what was said before".into());
    let right = memory.and_then(|memory| rewritten(text, tokens, contrast, memory)).unwrap_or_else(|| {
        let whole = contrast.map(|found| found.rest).filter(|rest| !rest.is_empty()).unwrap_or(text);
        clean(whole)
    });
    Revision { mistake, wrong, right }
}

/// The memory with its wrong value replaced, when the correction does not stand by itself.
fn rewritten(text: &str, tokens: &[Token], contrast: Option<Contrast<'_>>, memory: &str) -> Option<String> {
    let elliptic = terms(&tokens[..subject(tokens)]).is_empty() || contrast.is_some_and(|found| found.rest.is_empty());
    if !elliptic {
        return None;
    }
    if let Some(found) = contrast {
        let right = clean(found.right);
        let be = words::tokens(memory).iter().find(|token| is(&token.base, BE)).map_or(0, |token| token.start);
        // Only what is said of the subject gives way: in "change the door code to …" the subject stays.
        if let Some(at) = position(memory, found.wrong).filter(|at| !right.is_empty() && at.0 >= be) {
            return Some(format!("{}{right}{}", &memory[..at.0], &memory[at.1..]));
        }
        return by_shape(&right, memory).or_else(|| by_copula(&right, memory));
    }
    let right = clean(tail(text, tokens, 0));
    by_shape(&right, memory).or_else(|| by_copula(&right, memory))
}

fn position(memory: &str, wrong: &str) -> Option<(usize, usize)> {
    let wrong = words::tokens(wrong);
    let tokens = words::tokens(memory);
    let same = |window: &[Token]| window.iter().zip(&wrong).all(|(one, other)| one.base == other.base);
    let at = (!wrong.is_empty()).then(|| tokens.windows(wrong.len()).position(same)).flatten()?;
    Some((tokens[at].start, tokens[at + wrong.len() - 1].end))
}

/// "on Mondays" for "We deploy on Fridays": the one value of the same shape gives way.
fn by_shape(right: &str, memory: &str) -> Option<String> {
    let values: Vec<_> = words::tokens(right).into_iter().filter(|token| token.shape != Shape::Plain).collect();
    let [value] = values.as_slice() else { return None };
    let olds: Vec<_> = words::tokens(memory).into_iter().filter(|token| token.shape == value.shape).collect();
    let [old] = olds.as_slice() else { return None };
    let plain = words::tokens(right)
        .iter()
        .filter(|token| token.shape == Shape::Plain)
        .all(|token| crate::lexicon::is_stop(&token.base));
    plain.then(|| format!("{}{}{}", &memory[..old.start], &right[value.start..value.end], &memory[old.end..]))
}

/// "blue" for "the gate is red": the subject stays, what is said of it changes.
fn by_copula(right: &str, memory: &str) -> Option<String> {
    let be = words::tokens(memory).into_iter().find(|token| is(&token.base, BE))?;
    (!right.is_empty()).then(|| format!("{} {right}", &memory[..be.end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(texts: &[&str]) -> Vec<Document> {
        let texts = texts.iter().enumerate();
        texts
            .map(|(at, text)| Document {
                uri: format!("memory:{at}"),
                kind: "fact".into(),
                written: None,
                text: (*text).into(),
            })
            .collect()
    }

    const KNOWN: &[&str] = &[
        "I'm allergic to peanuts",
        "my server is at 10.0.0.5",
        "The door code is 4711",
        "We deploy on Fridays",
        "the gate is red",
    ];

    #[track_caller]
    fn check(text: &str, mistake: Option<usize>, right: &str) {
        let known = documents(KNOWN);
        let found = marked(text, Strength::Plain, &known, "").expect("a plain correction is one");
        assert_eq!(
            found.mistake.map(|document| document.uri.as_str()),
            mistake.map(|at| format!("memory:{at}")).as_deref(),
            "{text}"
        );
        assert_eq!(found.right, right, "{text}");
    }

    #[test]
    fn the_subject_names_the_memory() {
        check("my server is at 10.0.0.7", Some(1), "my server is at 10.0.0.7");
        check("the door code is 4712 not 4711", Some(2), "the door code is 4712");
        check("we deploy on Mondays", Some(3), "we deploy on Mondays");
    }

    #[test]
    fn a_bare_value_takes_the_place_of_its_like() {
        check("it is 4712", Some(2), "The door code is 4712");
        check("not 4711 but 4712", Some(2), "The door code is 4712");
        check("it's on Mondays", Some(3), "We deploy on Mondays");
        check("it's at 10.0.0.7", Some(1), "my server is at 10.0.0.7");
        check("the gate isn't red, it's blue", Some(4), "the gate is blue");
        check("change the door code to 4712", Some(2), "The door code is 4712");
    }

    #[test]
    fn unmarked_contradictions_are_seen() {
        let known = documents(KNOWN);
        let mistake =
            |text: &str| unmarked(text, &known).and_then(|found| found.mistake).map(|document| document.uri.clone());
        assert_eq!(mistake("my server is now at 10.0.0.9").as_deref(), Some("memory:1"));
        assert_eq!(mistake("The door code is 4719").as_deref(), Some("memory:2"));
        assert_eq!(mistake("The door code has changed to 4719").as_deref(), Some("memory:2"));
        assert_eq!(mistake("I like tea, not coffee"), None);
        assert_eq!(mistake("my server is a small one"), None);
        assert_eq!(mistake("my printer is at 10.0.0.5"), None);
    }

    #[test]
    fn what_is_quoted_in_the_last_answer_is_meant() {
        let known = documents(&["Bo likes tea", "Al likes milk"]);
        let found = marked("it is coffee", Strength::Plain, &known, "“Al likes milk” — fact").expect("plain");
        assert_eq!(found.mistake.map(|document| document.uri.as_str()), Some("memory:1"));
    }
}
