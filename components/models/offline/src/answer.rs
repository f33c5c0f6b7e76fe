//! What an exchange calls for: words, a quotation, or a tool.

use crate::command::{self, Command};
use crate::correct::{self, Revision};
use crate::dates;
use crate::exchange::{Answer, Call, Document, Exchange};
use crate::fit::{FITS, Question, coverage, terms};
use crate::grammar;
use crate::intent::{self, Intent};
use crate::lexicon::{FIRST_PERSON, PRONOUNS, is};
use crate::marks::Strength;
use crate::relay;
use crate::words;
use serde_json::json;

/// What the responder says it is.
const ABOUT: &str = "I am Loket's built-in offline responder. I am no language model: I follow fixed rules, use no network and make nothing up.";
/// What it says it can do.
const ABILITIES: &str = "I can remember what you tell me (“The spare key is with Ann”), quote it when you ask (“where is the spare key?”), \
put it right (“no, it is with Bo”), forget it (“forget that …”), and run tools (`/tools` lists them, `/help` explains). \
For anything else, the owner can configure a language model.";

/// Answer an exchange.
pub fn respond(exchange: &Exchange) -> Answer {
    let Some(last) = exchange.last_user() else { return Answer::say(format!("{ABOUT} {ABILITIES}")) };
    if let Some(answer) = relay::results(exchange, last) {
        return answer;
    }
    let text = exchange.turns[last].text.trim();
    let desk = Desk { exchange, said: exchange.said_before(last), before: earlier(exchange, last) };
    match command::read(text, &exchange.tools).or_else(|| command::sum(text, &exchange.tools)) {
        Some(command) => desk.command(command),
        None => desk.intend(intent::read(text), text),
    }
}

/// What the user said before the last message.
fn earlier(exchange: &Exchange, last: usize) -> &str {
    let turns = exchange.turns[..last].iter().rev();
    turns
        .filter(|turn| turn.speaker == crate::exchange::Speaker::User)
        .map(|turn| turn.text.as_str())
        .next()
        .unwrap_or_default()
}

/// A memory with its source and its day, as it is quoted.
pub fn quoted(document: &Document, now: u64) -> String {
    let day = dates::when(document.written, now);
    let day = if day.is_empty() { String::new() } else { format!(", {day}") };
    let before = match words::shorten(document.mistake(), 300) {
        wrong if wrong.is_empty() => String::new(),
        wrong => format!(" (wrong was: “{wrong}”)"),
    };
    format!("“{}”{before} — {}{day}, {}", words::shorten(document.statement(), 2_000), document.kind, document.uri)
}

/// One message being dealt with.
struct Desk<'a> {
    exchange: &'a Exchange,
    said: &'a str,
    before: &'a str,
}

impl<'a> Desk<'a> {
    fn intend(&self, intent: Intent, text: &str) -> Answer {
        match intent {
            Intent::Tell(fact) => self.told(&fact),
            Intent::Correct { strength, text } => self.corrected(strength, &text),
            Intent::Forget(matter) => self.forget(&matter),
            Intent::Ask(question) => self.asked(&question, text),
            Intent::Name(name) => match self.found(&name) {
                found if found.is_empty() => {
                    Answer::say(format!("I have nothing on “{}”. {ABILITIES}", words::shorten(&name, 200)))
                }
                found => self.quote(&found),
            },
            Intent::Timer(name) => {
                let mut answer = self.quote(&self.found(&name));
                answer.text = format!("The timer {name} went off.\n{}", answer.text).trim().to_owned();
                answer
            }
            Intent::Talk => talk(text),
            Intent::Request => Answer::say(format!("That takes a language model, and I am none. {ABILITIES}")),
        }
    }

    fn command(&self, command: Command) -> Answer {
        match command {
            Command::Help => Answer::say(format!(
                "{ABOUT} {ABILITIES}\n\nA tool is run by `/name words` or `/name {{\"field\": …}}`; any part of its name that is unique will do.\n{}",
                command::listing(&self.exchange.tools)
            )),
            Command::Tools => Answer::say(command::listing(&self.exchange.tools)),
            Command::Call(name, arguments) => call(name, arguments),
            Command::Words(name, words) if words.is_empty() => {
                Answer::say(format!("`/{name}` needs words: what is it about?"))
            }
            Command::Words(name, words) if name == "memory_forget" => self.forget(&words),
            Command::Words(_, words) => self.corrected(Strength::Plain, &words),
            Command::Unclear(why) => Answer::say(why),
        }
    }

    fn told(&self, fact: &str) -> Answer {
        if fact.is_empty() {
            return Answer::say("What shall I remember?");
        }
        if let Some(revision) =
            self.offered("memory_correct").and_then(|()| correct::unmarked(fact, &self.exchange.documents))
        {
            return revise(&revision);
        }
        match self.offered("memory_remember") {
            Some(()) => call(
                "memory_remember".into(),
                json!({ "text": words::shorten(fact, 60_000), "kind": "fact" }).to_string(),
            ),
            None => Answer::say("I cannot remember that: no memory is granted to this agent."),
        }
    }

    fn corrected(&self, strength: Strength, text: &str) -> Answer {
        if text.is_empty() {
            return Answer::say("I see that something is wrong. What is right instead? Say it as one statement.");
        }
        if self.offered("memory_correct").is_none() {
            return Answer::say("I cannot put that right: no memory is granted to this agent.");
        }
        match correct::marked(text, strength, &self.exchange.documents, self.said) {
            Some(revision) => revise(&revision),
            None => match grammar::sort(&words::tokens(text), false) {
                grammar::Sort::Tell | grammar::Sort::Name => self.told(text),
                _ => talk(text),
            },
        }
    }

    fn forget(&self, matter: &str) -> Answer {
        if self.offered("memory_forget").is_none() {
            return Answer::say("I cannot forget anything: no memory is granted to this agent.");
        }
        let tokens = words::tokens(matter);
        let about = terms(&tokens);
        let known: Vec<&Document> = self
            .exchange
            .documents
            .iter()
            .filter(|document| document.kind != "episode" && document.uri.starts_with("memory:"))
            .collect();
        if tokens.iter().any(|token| is(&token.base, &["everything", "all"])) && about.is_empty() {
            return Answer::say(
                "I forget one thing at a time: say which. All memories together can be deleted with the agent's brain.",
            );
        }
        let score = |document: &Document| {
            let quoted = !self.said.is_empty() && self.said.contains(document.statement());
            if about.is_empty() {
                return if quoted || known.len() == 1 { 1.0 } else { 0.0 };
            }
            // The other way round too: of two that hold the words, the one that says little else is meant.
            let back = coverage(&terms(&words::tokens(document.statement())), matter);
            let there = Question::read(&tokens).fit(document).max(coverage(&about, &document.text));
            if there >= FITS { there + 0.5 * back } else { 0.0 }
        };
        let best = known.iter().map(|document| (score(document), *document)).filter(|(score, _)| *score > 0.0);
        let best = best.reduce(|best, next| if next.0 > best.0 { next } else { best });
        match best {
            Some((_, document)) => {
                let id = document.uri.trim_start_matches("memory:");
                call("memory_forget".into(), json!({ "id": id }).to_string())
            }
            None => Answer::say(format!(
                "I remember nothing that fits “{}”, so there is nothing to forget.",
                words::shorten(matter, 200)
            )),
        }
    }

    fn asked(&self, question: &str, text: &str) -> Answer {
        if let Some(today) = self.calendar(question) {
            return Answer::say(today);
        }
        let mut found = self.found(question);
        if found.is_empty() && self.leans(question) {
            found = self.found(&format!("{} {question}", self.before));
        }
        if found.is_empty() && self.about_user(question) {
            found = self.newest();
        }
        if found.is_empty() {
            return Answer::say(format!(
                "I have nothing on that: no memory fits “{}”. {ABILITIES}",
                words::shorten(text, 200)
            ));
        }
        self.quote(&found)
    }

    /// Whether a question says "it" and nothing else: then it leans on what was asked before.
    fn leans(&self, question: &str) -> bool {
        let tokens = words::tokens(question);
        !self.before.is_empty()
            && tokens.iter().any(|token| is(&token.base, PRONOUNS))
            && Question::read(&tokens).terms.len() <= 1
    }

    /// "What do you know about me?"
    fn about_user(&self, question: &str) -> bool {
        let tokens = words::tokens(question);
        let asks_what = tokens.iter().any(|token| is(&token.base, &["what", "list", "anything", "everything", "who"]));
        let person = tokens.iter().any(|token| is(&token.base, &["you", "i"]) || is(&token.base, FIRST_PERSON));
        asks_what && person && Question::read(&tokens).terms.is_empty()
    }

    /// "What time is it?", "what day is today?": the request says when it is now.
    fn calendar(&self, question: &str) -> Option<String> {
        let terms = Question::read(&words::tokens(question)).terms;
        let clock = ["time", "day", "date", "today", "year", "month", "week", "weekday", "hour", "o'clock"];
        let asked =
            !terms.is_empty() && terms.iter().all(|term| clock.iter().any(|word| words::stem(word) == term.stem));
        let mine = words::tokens(question).iter().any(|token| is(&token.base, FIRST_PERSON));
        (asked && !mine)
            .then(|| dates::moment(self.exchange.now))
            .flatten()
            .map(|moment| format!("It is {moment} UTC."))
    }

    fn newest(&self) -> Vec<&'a Document> {
        let mut known: Vec<_> = self
            .exchange
            .documents
            .iter()
            .filter(|document| document.kind == "fact" || document.kind == "lesson")
            .collect();
        known.sort_by_key(|document| std::cmp::Reverse(document.written));
        known.truncate(3);
        known
    }

    /// The documents that answer a question; what was only said in passing counts when nothing else does.
    fn found(&self, question: &str) -> Vec<&'a Document> {
        let read = Question::read(&words::tokens(words::cut(question, words::READ)));
        let (episodes, rest): (Vec<_>, Vec<_>) =
            self.exchange.documents.iter().partition(|document| document.kind == "episode");
        let found = read.best(rest.into_iter());
        if !found.is_empty() {
            return found;
        }
        read.best(episodes.into_iter().filter(|episode| tells(&episode.text)))
    }

    fn quote(&self, found: &[&Document]) -> Answer {
        let lines: Vec<_> = found.iter().map(|document| quoted(document, self.exchange.now)).collect();
        Answer {
            text: lines.join("\n"),
            calls: vec![],
            used: found.iter().map(|document| document.uri.clone()).collect(),
        }
    }

    fn offered(&self, tool: &str) -> Option<()> {
        self.exchange.offers(tool).then_some(())
    }
}

/// Whether an episode holds a statement: a question that was asked before is no answer to itself.
fn tells(episode: &str) -> bool {
    let asked = episode.strip_prefix("asked: ").unwrap_or(episode);
    let asked = asked.split_once("\nanswered: ").map_or(asked, |(asked, _)| asked);
    !asked.starts_with('/') && matches!(intent::read(asked), Intent::Tell(_) | Intent::Correct { .. })
}

fn revise(revision: &Revision<'_>) -> Answer {
    let mut arguments =
        json!({ "wrong": revision.wrong, "right": words::shorten(&revision.right, 60_000), "applies": "always" });
    if let Some(id) = revision.mistake.and_then(|document| document.uri.strip_prefix("memory:")) {
        arguments["mistake"] = id.into();
    }
    let mut answer = call("memory_correct".into(), arguments.to_string());
    answer.used = revision.mistake.map(|document| document.uri.clone()).into_iter().collect();
    answer
}

fn call(name: String, arguments: String) -> Answer {
    Answer { calls: vec![Call { id: "call-1".into(), name, arguments }], ..Answer::default() }
}

fn talk(text: &str) -> Answer {
    let tokens = words::tokens(text);
    let has = |list: &[&str]| tokens.iter().any(|token| is(&token.base, list));
    if has(&["thanks", "thank", "thx", "ty", "cheers"]) {
        return Answer::say("You're welcome.");
    }
    if has(&["bye", "goodbye", "ciao", "night"]) && tokens.len() <= 6 {
        return Answer::say("Goodbye. What you told me is kept.");
    }
    if text.contains('?') || has(&["who", "what", "how", "are", "help", "can"]) {
        return Answer::say(format!("{ABOUT} {ABILITIES}"));
    }
    if has(&["hi", "hello", "hey", "hiya", "howdy", "greetings", "morning", "afternoon", "evening", "good"]) {
        return Answer::say(format!("Hello. {ABOUT} {ABILITIES}"));
    }
    Answer::say("All right.")
}
