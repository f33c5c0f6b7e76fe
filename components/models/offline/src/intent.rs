//! What the user's words are for: the sentences of a message, weighed together.

use crate::cues::{self, Wish};
use crate::grammar::{self, Sort};
use crate::marks::{self, Strength};
use crate::phrases::REMINDERS;
use crate::words::{self, Sentence, Token};

/// What a message is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// Something to remember, in the user's words.
    Tell(String),
    /// Something to put right; the rest of the message after its cue.
    Correct {
        /// How plainly it was marked as a correction.
        strength: Strength,
        /// What is said, without the cue.
        text: String,
    },
    /// Something to forget; empty when only "forget that" was said.
    Forget(String),
    /// A question.
    Ask(String),
    /// A name for something, without a verb: perhaps a question.
    Name(String),
    /// A timer of this name went off.
    Timer(String),
    /// Greetings, thanks, questions about the responder.
    Talk,
    /// Something to be done that needs more than rules.
    Request,
}

/// A sentence and its tokens, which count from the text's start.
struct Part {
    sentence: Sentence,
    tokens: Vec<Token>,
}

/// Read what a message is for.
pub fn read(text: &str) -> Intent {
    let text = words::cut(text, words::READ);
    if let Some(name) = text.trim().strip_prefix("timer ").and_then(|rest| rest.strip_suffix(" went off")) {
        return Intent::Timer(name.to_owned());
    }
    let parts = parts(text);
    if let Some(intent) = wished(text, &parts) {
        return intent;
    }
    if let Some(intent) = corrected(text, &parts) {
        return intent;
    }
    let sorts: Vec<Sort> = parts.iter().map(|part| grammar::sort(&part.tokens, part.sentence.asks)).collect();
    let all = |sort: Sort| {
        let chosen = parts.iter().zip(&sorts).filter(move |(_, found)| **found == sort).map(|(part, _)| part);
        chosen.map(|part| body(text, part)).collect::<Vec<_>>().join(" ")
    };
    for (sort, intent) in [
        (Sort::Ask, Intent::Ask as fn(String) -> Intent),
        (Sort::Tell, |text| Intent::Tell(clean(&text))),
        (Sort::Name, Intent::Name),
    ] {
        if sorts.contains(&sort) {
            return intent(all(sort));
        }
    }
    if sorts.contains(&Sort::Request) { Intent::Request } else { Intent::Talk }
}

fn parts(text: &str) -> Vec<Part> {
    let sentences = words::sentences(text).into_iter().take(200);
    sentences
        .map(|sentence| {
            let mut tokens = words::tokens(&text[sentence.start..sentence.end]);
            for token in &mut tokens {
                token.start += sentence.start;
                token.end += sentence.start;
            }
            Part { sentence, tokens }
        })
        .filter(|part| !part.tokens.is_empty())
        .collect()
}

/// "Remember that …", "forget …": said in so many words, it decides.
fn wished(text: &str, parts: &[Part]) -> Option<Intent> {
    for (at, part) in parts.iter().enumerate() {
        let skipped = cues::openings(&part.tokens);
        let tokens = &part.tokens[skipped..];
        let Some(wish) = cues::wish(tokens, part.sentence.asks) else { continue };
        match wish {
            Wish::Forget(from) => {
                let rest = tokens.get(from..).unwrap_or_default();
                // "Forget it", "never mind": an idiom, not a wish.
                if rest.len() == 1 && rest[0].base == "it" || rest.is_empty() && tokens.len() > 1 {
                    return Some(Intent::Talk);
                }
                return Some(Intent::Forget(
                    rest.first().map_or_else(String::new, |first| clean(&text[first.start..part.sentence.end])),
                ));
            }
            Wish::Remember(from) => {
                // All that follows belongs to it, up to a question.
                let more = parts[at + 1..].iter().take_while(|part| !part.sentence.asks).last().unwrap_or(part);
                let end = more.sentence.end;
                let start = match tokens.get(from) {
                    // "Remember to …" is kept whole: without its verb it says nothing.
                    Some(first) if first.base == "to" => tokens[from.saturating_sub(1)].start,
                    Some(first) => first.start,
                    None => match parts.get(at + 1).filter(|_| end > part.sentence.end) {
                        Some(next) => next.sentence.start,
                        None => return Some(Intent::Tell(String::new())),
                    },
                };
                return Some(Intent::Tell(clean(&text[start..end])));
            }
        }
    }
    // "Remind me to …" is kept whole as well.
    let first = parts.first()?;
    let tokens = &first.tokens[cues::openings(&first.tokens)..];
    cues::begins(tokens, REMINDERS).map(|_| Intent::Tell(clean(&text[tokens[0].start..])))
}

fn corrected(text: &str, parts: &[Part]) -> Option<Intent> {
    let first = parts
        .iter()
        .find(|part| cues::openings(&part.tokens) < part.tokens.len() || marks::cue(&part.tokens).is_some())?;
    let flat: Vec<Token> = parts
        .iter()
        .skip_while(|part| part.sentence.start < first.sentence.start)
        .flat_map(|part| {
            let mut tokens = part.tokens.clone();
            if let Some(last) = tokens.last_mut() {
                last.pause = true;
            }
            tokens
        })
        .collect();
    // A question stays one, however it begins: "Actually, where is …?"
    if parts.iter().any(|part| part.sentence.asks) {
        return None;
    }
    let skipped = match marks::cue(&flat) {
        Some(_) => 0,
        None => cues::openings(&flat),
    };
    let (strength, taken) = marks::cue(&flat[skipped..])?;
    let rest = &flat[skipped + taken..];
    let Some(start) = rest.first().map(|token| token.start) else {
        return (strength == Strength::Plain).then(|| Intent::Correct { strength, text: String::new() });
    };
    let rest_asks = grammar::questioning(rest);
    if rest_asks {
        return None;
    }
    Some(Intent::Correct { strength, text: clean(&text[start..]) })
}

/// A sentence without its openings.
fn body<'a>(text: &'a str, part: &Part) -> &'a str {
    let skipped = cues::openings(&part.tokens);
    let start = part.tokens.get(skipped).map_or(part.sentence.start, |token| token.start);
    text[start..part.sentence.end].trim()
}

/// Something in the user's own words, without what courtesy puts around it.
pub fn clean(text: &str) -> String {
    let mut text = text.trim();
    loop {
        let before = text;
        text = text
            .trim_end_matches(['.', '!', '?', ',', ';', ' ', '\n'])
            .trim_start_matches([',', ':', ';', '-', '—', ' ', '.']);
        for end in [
            " please",
            " thanks",
            " thank you",
            " ok",
            " okay",
            " pls",
            " thx",
            " for me",
            " will you",
            " would you",
            " could you",
            " cheers",
        ] {
            let cut = text.len().saturating_sub(end.len());
            if text.is_char_boundary(cut) && text[cut..].eq_ignore_ascii_case(end) && text[..cut].trim().len() > 3 {
                text = text[..cut].trim_end();
            }
        }
        if text == before {
            break;
        }
    }
    let quoted = [('"', '"'), ('“', '”'), ('\'', '\''), ('‘', '’')];
    for (open, close) in quoted {
        if let Some(inner) = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close))
            && !inner.contains([open, close])
        {
            text = inner;
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Intent) {
        assert_eq!(read(text), expected, "{text}");
    }

    #[test]
    fn what_is_told_keeps_its_words() {
        check("Remember that the door code is 4711.", Intent::Tell("the door code is 4711".into()));
        check("Hi! My server is at 10.0.0.5, thanks!", Intent::Tell("My server is at 10.0.0.5".into()));
        check("note: Bo is 1.90 m tall", Intent::Tell("Bo is 1.90 m tall".into()));
        check("My name is Bo. I live in Ghent.", Intent::Tell("My name is Bo. I live in Ghent".into()));
        check("Please remember to water the plants", Intent::Tell("remember to water the plants".into()));
        check("remember this: the gate is blue", Intent::Tell("the gate is blue".into()));
        check("Remember this. The gate is blue.", Intent::Tell("The gate is blue".into()));
    }

    #[test]
    fn a_question_wins_over_what_leads_to_it() {
        check("I lost the note. Where is my server?", Intent::Ask("Where is my server?".into()));
    }

    #[test]
    fn timers_are_told_apart() {
        check("timer tea went off", Intent::Timer("tea".into()));
    }

    #[test]
    fn wishes_to_forget_name_their_matter() {
        check("forget that the gate is blue", Intent::Forget("the gate is blue".into()));
        check("forget it", Intent::Talk);
    }

    #[test]
    fn corrections_lose_their_cue() {
        let correct = |strength, text: &str| Intent::Correct { strength, text: text.into() };
        check("No, my server is at 10.0.0.7", correct(Strength::Plain, "my server is at 10.0.0.7"));
        check("That's wrong, it is blue.", correct(Strength::Plain, "it is blue"));
        check("Actually the door code is 4712 not 4711", correct(Strength::Hinted, "the door code is 4712 not 4711"));
        check("correction: the gate is red", correct(Strength::Plain, "the gate is red"));
        check("No. That is not right. The gate is red.", correct(Strength::Plain, "The gate is red"));
        check("no thanks", Intent::Talk);
        check("Actually, where is my server?", Intent::Ask("Actually, where is my server?".into()));
    }
}
