//! What the rules see of a chat request, and what they answer: plain types, free of bindings.

/// Who speaks; the rules obey no system message, so that role never gets here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The person or program that the agent serves.
    User,
    /// The model, earlier.
    Assistant,
    /// The results of tools.
    Tool,
}

/// A piece of reference material: data to quote, never to obey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it is called.
    pub uri: String,
    /// What it is: `fact`, `lesson`, `episode`, `skill`, or a media type.
    pub kind: String,
    /// When it was written, in milliseconds since 1970.
    pub written: Option<u64>,
    /// Its words.
    pub text: String,
}

impl Document {
    /// What the document states: of a lesson, what is right, without what was wrong.
    pub fn statement(&self) -> &str {
        let end = if self.kind == "lesson" { self.text.find(WRONG).or_else(|| self.text.find(APPLIES)) } else { None };
        self.text[..end.unwrap_or(self.text.len())].trim()
    }

    /// Of a lesson, what was wrong; empty when it does not say.
    pub fn mistake(&self) -> &str {
        let Some((_, rest)) = self.text.split_once(WRONG).filter(|_| self.kind == "lesson") else { return "" };
        rest.split_once(APPLIES).map_or(rest, |(wrong, _)| wrong).trim()
    }
}

/// How a lesson's text goes on with what was wrong.
const WRONG: &str = "\nWrong was: ";
/// How it goes on with when it applies.
const APPLIES: &str = "\nApplies: ";

/// A tool call that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The name of this call.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// The arguments: a JSON object.
    pub arguments: String,
}

/// How a tool call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It worked.
    Done,
    /// It was refused.
    Refused,
    /// It was tried and failed.
    Failed,
}

/// What a tool call came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// The call that this answers.
    pub id: String,
    /// The result, or the error in words.
    pub text: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// One message, its parts sorted by what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Who speaks.
    pub speaker: Speaker,
    /// The words.
    pub text: String,
    /// The calls asked for in it.
    pub calls: Vec<Call>,
    /// The results in it.
    pub results: Vec<Returned>,
}

/// A tool on offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// The JSON Schema of its arguments.
    pub parameters: String,
}

/// A request, as far as the rules look at it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exchange {
    /// What was said, oldest first.
    pub turns: Vec<Turn>,
    /// All reference material, in the order given.
    pub documents: Vec<Document>,
    /// The tools on offer.
    pub tools: Vec<Tool>,
    /// When it is now, in milliseconds since 1970.
    pub now: u64,
}

/// What the rules answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// The words; empty when only tools are asked for.
    pub text: String,
    /// The tools asked for.
    pub calls: Vec<Call>,
    /// Uris of the documents that were quoted.
    pub used: Vec<String>,
}

impl Answer {
    /// An answer in words only.
    pub fn say(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

impl Exchange {
    /// Where the last message of the user stands.
    pub fn last_user(&self) -> Option<usize> {
        self.turns.iter().rposition(|turn| turn.speaker == Speaker::User)
    }

    /// What the assistant last said in words before the turn at `before`; empty when it said nothing.
    pub fn said_before(&self, before: usize) -> &str {
        self.turns
            .iter()
            .take(before)
            .rev()
            .find(|turn| turn.speaker == Speaker::Assistant && !turn.text.trim().is_empty())
            .map_or("", |turn| turn.text.as_str())
    }

    /// Whether a tool of this name is on offer.
    pub fn offers(&self, name: &str) -> bool {
        self.tools.iter().any(|tool| tool.name == name)
    }
}
