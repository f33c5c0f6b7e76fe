//! Turns of phrase that begin an utterance and say what it is for: what may be skipped, and what decides.

use crate::lexicon::is;
use crate::words::Token;

/// Openings that say nothing; skipped wherever a sentence begins with one.
const OPENINGS: &[&str] = &[
    "good morning", "good afternoon", "good evening", "good day", "good night", "by the way", "excuse me", "quick question",
    "one more thing", "one thing", "nice to meet you", "hi", "hello", "hey", "hiya", "howdy", "greetings", "ok", "okay", "oh", "ah",
    "hmm", "hm", "um", "uh", "erm", "btw", "anyway", "anyways", "also", "and", "so", "but", "please", "pls", "plz", "kindly",
    "alright", "dear", "listen up", "then", "oh well", "thank you so much", "thank you very much", "thanks a lot", "many thanks",
    "if you don't mind", "when you have a moment", "if possible", "out of curiosity", "just wondering", "just curious", "for me",
];
/// Openings that say nothing when a pause follows.
const PAUSED: &[&str] = &[
    "well", "right", "great", "nice", "cool", "now", "look", "sure", "listen", "perfect", "question", "thanks", "thank you", "yes",
    "yeah", "yep", "sorry", "pardon", "loket", "assistant", "bot", "there", "morning", "evening", "just", "first", "second",
    "finally", "cheers", "buddy", "friend", "my friend", "everyone", "all", "team", "i see", "got it", "fine", "awesome",
    "no problem", "again", "maybe", "honestly", "frankly", "today", "sorry to bother you", "sorry to bother",
];
/// Names by which one greets.
const ADDRESSED: &[&str] = &["there", "loket", "assistant", "bot", "everyone", "all", "again", "buddy", "friend", "mate", "agent"];

/// Phrases by which something is to be remembered; what follows is the matter.
const REMEMBER: &[&str] = &[
    "remember", "memorize", "memorise", "note", "note down", "keep in mind", "keep a note", "keep note", "keep track", "bear in mind",
    "make a note", "make another note", "make a mental note", "make note", "take a note", "take note", "jot down", "jot this down",
    "jot that down", "jot it down", "write down", "write this down", "write that down", "write it down", "note this down",
    "note that down", "note this", "save", "save this", "save that", "store", "store this", "store that", "record", "record this",
    "record that", "log", "log this", "log that", "put down", "put this down", "put that down", "know that", "be aware",
    "make sure to remember", "make sure you remember", "add to my notes", "add this to my notes", "add to your memory",
    "add to memory", "add a note", "learn that", "don't let me forget", "commit to memory", "file away", "hold on to this",
    "hang on to this", "retain",
];
/// Of these, the ones that also mean other things: they need a `that`, a colon or the like behind them.
const REMEMBER_WEAK: &[&str] = &["save", "store", "record", "log", "retain", "note"];
/// Announcements of a fact.
const ANNOUNCED: &[&str] = &[
    "note to self", "a note", "fyi", "for the record", "for your information", "for your records", "for your notes", "for reference",
    "for future reference", "for later", "just so you know", "so you know", "so that you know", "heads up", "a heads up",
    "just a heads up", "quick heads up", "reminder", "a reminder", "memo", "todo", "to do", "fact", "info", "important", "n.b", "nb",
    "ps", "p.s", "fun fact", "quick note", "new fact", "a fact about me", "about me", "just to let you know", "to let you know",
    "i wanted to let you know", "i want to let you know", "i'd like to let you know", "i want to tell you", "let me tell you",
    "i should mention", "i should tell you", "i have to tell you", "you should know", "you need to know", "you might want to know",
    "i want you to know", "i'd like you to know", "it's worth noting", "worth noting", "it's worth knowing", "please be advised",
    "please know", "something to remember", "here is something to remember", "here is a fact", "one thing to know",
];
/// What stands between such a phrase and its matter.
const JOINTS: &[&str] = &[
    "that", "this", "the following", "the fact that", "for me", "please", "down", "for later", "for the future", "about me", "for future",
    "somewhere", "in your memory", "as a fact", "a fact",
];
/// Verbs of forgetting.
const FORGET: &[&str] = &["forget", "erase", "delete", "unlearn", "unremember", "purge", "wipe", "scrub", "remove", "drop", "discard", "strike", "clear"];
/// Verbs of keeping: denied, they mean to forget.
const KEEP: &[&str] = &["remember", "keep", "store", "know", "retain", "save", "remembering", "keeping", "storing"];
/// Words that may stand before the verb of a wish: "could you please …", "I want you to …".
const SCAFFOLD: &[&str] = &[
    "can", "could", "would", "will", "you", "please", "just", "kindly", "i", "want", "need", "like", "to", "let", "us", "may", "should",
    "must", "now", "safely", "also", "go", "ahead", "and", "maybe", "might", "feel", "free", "it", "time", "better", "do", "never",
    "always", "be", "able", "sure", "make", "so", "kind", "enough", "mind", "have", "actually", "totally", "completely", "longer", "no",
    "there", "is", "quickly", "that",
];

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
        let taken = begins(rest, OPENINGS)
            .or_else(|| begins(rest, PAUSED).filter(paused))
            .or_else(|| begins(rest, ADDRESSED).filter(|taken| greeted && (paused(taken) || !is(&rest[0].base, &["there", "all"]) || next_asks(rest))));
        let Some(taken) = taken else { return at };
        greeted = is(&rest[0].base, &["hi", "hello", "hey", "hiya", "howdy", "greetings", "good", "dear", "ok", "okay"]);
        at += taken;
    }
}

fn next_asks(rest: &[Token]) -> bool {
    rest.get(1).is_some_and(|token| !is(&token.base, crate::lexicon::BE))
}

/// A wish to have something remembered or forgotten, if the tokens are one. `asks` says whether a question mark ends them.
pub fn wish(tokens: &[Token], asks: bool) -> Option<Wish> {
    if let Some(taken) = begins(tokens, ANNOUNCED)
        && (tokens[taken - 1].pause || is(tokens.get(taken).map_or("", |next| &next.base), &["that", "the", "my", "i", "we", "our"]))
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
            return Some(if denied { Wish::Remember(joints(tokens, at + 1)) } else { Wish::Forget(about(tokens, at + 1)) });
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
        denied |= first.clitic == "n't" || is(&first.base, &["never", "not"]) || (first.base == "no" && at > 0) || first.base == "no";
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
    const SKIPPED: &[&str] = &[
        "about", "that", "the fact that", "everything about", "all about", "anything about", "what i said about", "what i told you about",
        "what you know about", "your memory of", "the memory of", "the memory about", "the note about", "my note about", "the entry about",
        "the fact", "please", "remembering", "the part about", "the thing about", "when i said", "what i said", "what i told you", "whatever i told you about",
        "the memory that", "the note that", "from your memory", "from memory", "this",
    ];
    while let Some(taken) = tokens.get(at..).and_then(|rest| begins(rest, SKIPPED)) {
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
