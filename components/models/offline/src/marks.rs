//! How corrections are marked: the words that begin one, and how plainly they do.

use crate::cues::{begins, openings};
use crate::lexicon::{BE, is};
use crate::phrases::{CLAIMS, FAULTS, HEDGES, HINTED, PLAIN, VIRTUES};
use crate::words::Token;

/// How plainly a correction is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// "Actually", "wait": a correction if something is contradicted, else a statement.
    Hinted,
    /// "No, …", "that's wrong": a correction in any case.
    Plain,
}

/// The cue at the beginning of a correction: how plain it is, and how many tokens it takes.
pub fn cue(tokens: &[Token]) -> Option<(Strength, usize)> {
    let mut at = 0;
    let mut strength: Option<Strength> = None;
    loop {
        let rest = &tokens[at..];
        let found = denial(rest)
            .or_else(|| fault(rest))
            .map(|taken| (Strength::Plain, taken))
            .or_else(|| {
                begins(rest, PLAIN).filter(|taken| plain_stands(rest, *taken)).map(|taken| (Strength::Plain, taken))
            })
            .or_else(|| {
                begins(rest, HINTED).filter(|taken| hint_stands(rest, *taken)).map(|taken| (Strength::Hinted, taken))
            });
        match found {
            Some((next, taken)) => {
                strength = strength.max(Some(next));
                at += taken;
            }
            None => {
                let skipped = if strength.is_some() { openings(rest) } else { 0 };
                if skipped == 0 || skipped == rest.len() {
                    return strength.map(|strength| (strength, at));
                }
                at += skipped;
            }
        }
    }
}

/// "No, …", "no it's …".
fn denial(tokens: &[Token]) -> Option<usize> {
    let first = tokens.first().filter(|token| token.base == "no" && token.clitic.is_empty())?;
    let next = tokens.get(1)?;
    let courteous = is(
        &next.base,
        &["thanks", "thank", "problem", "worries", "need", "idea", "matter", "way", "one", "longer", "more"],
    );
    let goes_on = is(
        &next.base,
        &[
            "i", "it", "that", "the", "my", "our", "we", "he", "she", "they", "you", "not", "actually", "this", "his",
            "her", "their", "its", "sorry", "wait", "no",
        ],
    );
    (!courteous && (first.pause || goes_on)).then_some(1)
}

/// "That's wrong", "it is not right", "what you said is outdated", "you have that wrong".
fn fault(tokens: &[Token]) -> Option<usize> {
    if let Some(subject) = begins_loosely(tokens, CLAIMS) {
        let mut at = subject;
        let last = &tokens[subject - 1];
        let mut denied = false;
        if matches!(last.clitic, "'s" | "'re")
            || tokens.get(at).is_some_and(|token| {
                is(&token.base, BE) || is(&token.base, &["does", "can", "sounds", "seems", "looks"])
            })
        {
            if !matches!(last.clitic, "'s" | "'re") {
                denied |= tokens[at].clitic == "n't";
                at += 1;
            }
            while let Some(token) = tokens.get(at).filter(|token| is(&token.base, HEDGES)) {
                denied |= is(&token.base, &["not", "no"]);
                at += 1;
            }
            let adjective = tokens.get(at).map_or("", |token| token.base.as_str());
            let ends = at + 1 >= tokens.len()
                || tokens.get(at).is_some_and(|token| token.pause)
                || tokens.get(at + 1).is_some_and(|next| {
                    is(&next.base, &["it", "my", "the", "i", "we", "our", "actually", "anymore", "any"])
                });
            if ends && (!denied && is(adjective, FAULTS) || denied && is(adjective, VIRTUES)) {
                let anymore = tokens.get(at + 1).is_some_and(|next| next.base == "anymore");
                return Some(at + 1 + usize::from(anymore));
            }
        }
    }
    // "You have my address wrong", "you got it wrong".
    if tokens.first().is_some_and(|token| token.base == "you") {
        let end = tokens.iter().take(9).position(|token| is(&token.base, &["wrong", "mixed"]))?;
        let short = tokens[..end].iter().all(|token| !token.pause);
        let only = tokens.get(end).is_some_and(|token| token.pause) || end + 1 == tokens.len();
        return (short
            && only
            && tokens[1..end]
                .iter()
                .any(|token| is(&token.base, &["have", "got", "remember", "remembered", "noted", "stored"])))
        .then_some(end + 1);
    }
    None
}

/// As `begins`, with any clitic on the last word.
fn begins_loosely(tokens: &[Token], phrases: &[&str]) -> Option<usize> {
    let fits = |phrase: &&&str| {
        phrase.split(' ').enumerate().all(|(at, word)| tokens.get(at).is_some_and(|token| token.base == word))
    };
    phrases.iter().filter(fits).map(|phrase| phrase.split(' ').count()).max()
}

fn plain_stands(tokens: &[Token], taken: usize) -> bool {
    let last = &tokens[taken - 1];
    let next = tokens.get(taken).map_or("", |token| token.base.as_str());
    match tokens[0].base.as_str() {
        "wrong" | "incorrect" | "false" | "correction" | "typo" | "erratum" | "nah" | "nope" | "untrue"
            if taken == 1 =>
        {
            last.pause || tokens.len() == taken
        }
        // "I mean business"; "I mean it": a cue only with its pause, or before what is meant.
        "i" if tokens[1].base == "mean" => last.pause,
        "i" if taken == 2 && tokens[1].base == "meant" => !is(next, &["it", "no"]),
        _ => true,
    }
}

fn hint_stands(tokens: &[Token], taken: usize) -> bool {
    let last = &tokens[taken - 1];
    match tokens[0].base.as_str() {
        "wait" | "sorry" | "rather" | "update" | "edit" | "oops" | "whoops" | "hold" | "hang" | "apologies" | "an"
        | "quick" => last.pause && tokens.len() > taken,
        _ => tokens.len() > taken,
    }
}
