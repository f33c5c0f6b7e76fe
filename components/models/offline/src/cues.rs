//! Turns of phrase that begin an utterance and say what it is for: what may be skipped, and what decides.

use crate::lexicon::is;
use crate::phrases::{
    ADDRESSED, ANNOUNCED, FORGET, FORGET_JOINTS, JOINTS, KEEP, OPENINGS, PAUSED, REMEMBER, REMEMBER_WEAK, SCAFFOLD,
};
use crate::words::Token;

/// What a wish wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// To have something remembered, from this token on.
    Remember(usize),
    /// To have something forgotten, from this token on.
    Forget(usize),
}

/// A token as it was said, with its clitic.
fn said(token: &Token) -> String {
    match (token.base.as_str(), token.clitic) {
        ("can", "n't") => "can't".into(),
        ("will", "n't") => "won't".into(),
        (base, clitic) => format!("{base}{clitic}"),
    }
}

/// How many tokens the longest of `phrases` takes that `tokens` begin with.
pub fn begins(tokens: &[Token], phrases: &[&str]) -> Option<usize> {
    phrases.iter().filter_map(|phrase| matches(tokens, phrase)).max()
}

fn matches(tokens: &[Token], phrase: &str) -> Option<usize> {
    let mut at = 0;
    for word in phrase.split(' ') {
        let token = tokens.get(at)?;
        if token.base != word && said(token) != word {
            return None;
        }
        at += 1;
    }
    // "note" is not the "note" of "note's": a phrase ends where a word ends.
    let last = tokens.get(at.checked_sub(1)?)?;
    (last.clitic.is_empty() || phrase.ends_with(last.clitic)).then_some(at)
}

/// How many tokens at the beginning say nothing.
pub fn openings(tokens: &[Token]) -> usize {
    let mut at = 0;
    let mut greeted = false;
    loop {
        let rest = &tokens[at..];
        let paused = |taken: &usize| rest.get(taken - 1).is_some_and(|token| token.pause) || rest.len() == *taken;
        let taken = begins(rest, OPENINGS).or_else(|| begins(rest, PAUSED).filter(paused)).or_else(|| {
            begins(rest, ADDRESSED)
                .filter(|taken| greeted && (paused(taken) || !is(&rest[0].base, &["there", "all"]) || next_asks(rest)))
        });
        let Some(taken) = taken else { return at };
        greeted =
            is(&rest[0].base, &["hi", "hello", "hey", "hiya", "howdy", "greetings", "good", "dear", "ok", "okay"]);
        at += taken;
    }
}

fn next_asks(rest: &[Token]) -> bool {
    rest.get(1).is_some_and(|token| !is(&token.base, crate::lexicon::BE))
}

/// A wish to have something remembered or forgotten, if the tokens are one. `asks` says whether a question mark ends them.
pub fn wish(tokens: &[Token], asks: bool) -> Option<Wish> {
    if let Some(taken) = begins(tokens, ANNOUNCED)
        && (tokens[taken - 1].pause
            || is(tokens.get(taken).map_or("", |next| &next.base), &["that", "the", "my", "i", "we", "our"]))
    {
        return Some(Wish::Remember(joints(tokens, taken)));
    }
    if tokens.first().is_some_and(|token| is(&token.base, &["did", "have", "has", "does", "why", "what"])) {
        return None;
    }
    let mut at = 0;
    let mut denied = false;
    let mut of_mine = false;
    let mut of_yours = false;
    loop {
        let rest = &tokens[at..];
        let first = rest.first()?;
        let stays = !of_mine || of_yours;
        if is(&first.base, FORGET) && (stays || first.base == "unlearn") {
            return Some(if denied {
                Wish::Remember(joints(tokens, at + 1))
            } else {
                Wish::Forget(about(tokens, at + 1))
            });
        }
        if denied && stays && is(&first.base, KEEP) {
            return Some(Wish::Forget(about(tokens, at + 1)));
        }
        if stays && begins(rest, &["get rid of", "stop remembering", "stop storing", "stop keeping"]).is_some() {
            let taken = if first.base == "get" { 3 } else { 2 };
            return Some(Wish::Forget(about(tokens, at + taken)));
        }
        if !denied
            && stays
            && let Some(taken) = begins(rest, REMEMBER)
            && remembers(tokens, at, taken, asks)
        {
            return Some(Wish::Remember(joints(tokens, at + taken)));
        }
        if !is(&first.base, SCAFFOLD) || at > 9 {
            return None;
        }
        denied |= first.clitic == "n't" || is(&first.base, &["never", "not"]) || first.base == "no";
        of_mine |= is(&first.base, &["i"]);
        of_yours |= is(&first.base, &["you", "let"]);
        at += 1;
        if tokens.get(at).is_some_and(|token| token.base == "not") {
            denied = true;
            at += 1;
        }
    }
}

/// Whether a phrase of remembering, `taken` tokens from `at`, is a wish rather than a question or a statement.
fn remembers(tokens: &[Token], at: usize, taken: usize, asks: bool) -> bool {
    let last = &tokens[at + taken - 1];
    let next = tokens.get(at + taken).map_or("", |token| token.base.as_str());
    if is(next, crate::lexicon::WH) || is(next, &["if", "whether", "anything", "about"]) && asks {
        return false;
    }
    let scaffolded = tokens[..at].iter().any(|token| is(&token.base, &["can", "could", "would", "will", "please"]));
    let yours = tokens[..at].first().is_none_or(|token| token.base != "do");
    if asks && !(scaffolded && yours) {
        return false;
    }
    // "Do you remember …" asks even without its mark.
    if tokens[..at].windows(2).any(|pair| pair[0].base == "do" && pair[0].clitic.is_empty() && pair[1].base == "you") {
        return false;
    }
    if taken == 1 && is(&last.base, REMEMBER_WEAK) {
        return last.pause || is(next, &["that", "this", "the", "down", "my", "for", "i", "we", "our", "it", "as"]);
    }
    true
}

/// Skip what stands between a phrase and its matter.
fn joints(tokens: &[Token], mut at: usize) -> usize {
    while let Some(taken) = tokens.get(at..).and_then(|rest| begins(rest, JOINTS)) {
        at += taken;
    }
    at
}

/// Skip what stands before the matter of a wish to forget.
fn about(tokens: &[Token], mut at: usize) -> usize {
    while let Some(taken) = tokens.get(at..).and_then(|rest| begins(rest, FORGET_JOINTS)) {
        if at + taken >= tokens.len() {
            break;
        }
        at += taken;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::tokens;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, &str)>) {
        let found = tokens(text);
        let skipped = openings(&found);
        let rest = &found[skipped..];
        let asks = text.ends_with('?');
        let matter = |at: usize| rest.get(at).map_or("", |token| &text[token.start..]);
        let wish = wish(rest, asks).map(|wish| match wish {
            Wish::Remember(at) => ("remember", matter(at)),
            Wish::Forget(at) => ("forget", matter(at)),
        });
        assert_eq!(wish, expected, "{text}");
    }

    #[test]
    fn wishes_to_remember() {
        check("Remember that the gate is blue", Some(("remember", "the gate is blue")));
        check("hey, could you please note down that Bo is tall", Some(("remember", "Bo is tall")));
        check("don't forget that Bo is tall", Some(("remember", "Bo is tall")));
        check("FYI: the gate is blue", Some(("remember", "the gate is blue")));
        check("can you remember that Bo is tall?", Some(("remember", "Bo is tall?")));
        check("I want you to keep in mind that Bo is tall", Some(("remember", "Bo is tall")));
    }

    #[test]
    fn questions_about_remembering_are_none() {
        check("do you remember my gate?", None);
        check("can you remember where the gate is?", None);
        check("I forget where the gate is", None);
        check("remember the gate?", None);
    }

    #[test]
    fn wishes_to_forget() {
        check("forget that the gate is blue", Some(("forget", "the gate is blue")));
        check("please forget about the gate", Some(("forget", "the gate")));
        check("you can forget the gate now", Some(("forget", "the gate now")));
        check("don't remember the gate any longer", Some(("forget", "the gate any longer")));
        check("I'd like you to delete the note about the gate", Some(("forget", "the gate")));
    }
}
