//! All that the commands can reach, behind one trait: the memory of the agent that is spoken to, and what there is to know of it.
//!
//! The types say what the contract says, without bindings, so that a command can be tested against a fake.

/// A memory, as far as a command looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory {
    /// Its id.
    pub id: String,
    /// `fact`, `episode`, `lesson` or `skill`.
    pub kind: &'static str,
    /// Its words.
    pub text: String,
    /// When it was written, in milliseconds since 1970.
    pub written: u64,
    /// Whether a later one took its place.
    pub superseded: bool,
}

/// What to recall: by words, or the newest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// Plain words; none for the newest.
    pub text: String,
    /// Only what happened.
    pub episodes: bool,
    /// Only this conversation.
    pub conversation: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// Who the agent is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Its name.
    pub name: String,
    /// The model that it thinks with.
    pub model: String,
    /// How many memories it has.
    pub memories: Option<u64>,
}

/// A grant in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    /// What is granted.
    pub capability: String,
    /// Who answers.
    pub provider: String,
    /// `allow`, `ask` or `deny`.
    pub verdict: String,
    /// Only these functions.
    pub functions: Vec<String>,
    /// Its limits and terms.
    pub terms: String,
    /// What may be exercised through it.
    pub through: Vec<String>,
}

/// A slash command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// How it is called, with the slash.
    pub call: String,
    /// What it takes.
    pub takes: String,
    /// What it does.
    pub summary: String,
    /// The package that offers it.
    pub package: String,
}

/// What was done since midnight (UTC).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Today {
    /// Turns.
    pub turns: u64,
    /// Calls at the counter.
    pub calls: u64,
    /// Those that were refused.
    pub refused: u64,
    /// Those that failed.
    pub failed: u64,
    /// Tokens that models read.
    pub read: u64,
    /// Tokens that models wrote.
    pub written: u64,
    /// Whether all of the day was counted.
    pub whole: bool,
}

/// What can go wrong, as the counter says it: the very error goes back to whoever gave the command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble<E> {
    /// The command's values make no sense.
    Invalid(String),
    /// What was asked for is not there.
    NotFound(String),
    /// What a call came to.
    Call(E),
}

/// Everything outside the commands.
pub trait Outside {
    /// An error of the counter's.
    type Error;

    /// Remember a fact; answers with its id.
    fn remember(&mut self, text: &str, conversation: &str) -> Result<String, Self::Error>;
    /// Recall memories, best first.
    fn recall(&mut self, query: &Query) -> Result<Vec<Memory>, Self::Error>;
    /// Read one memory.
    fn get(&mut self, id: &str) -> Result<Option<Memory>, Self::Error>;
    /// Learn from a mistake; answers with the lesson's id.
    fn correct(&mut self, wrong: &str, right: &str) -> Result<String, Self::Error>;
    /// Forget a memory.
    fn forget(&mut self, id: &str) -> Result<(), Self::Error>;
    /// Who the agent is.
    fn card(&mut self) -> Result<Card, Self::Error>;
    /// What it is granted.
    fn grants(&mut self) -> Result<Vec<Permit>, Self::Error>;
    /// The tools that it may call: name and description.
    fn tools(&mut self) -> Result<Vec<(String, String)>, Self::Error>;
    /// The slash commands that its conversations have.
    fn commands(&mut self) -> Result<Vec<Order>, Self::Error>;
    /// What was done today.
    fn today(&mut self) -> Result<Today, Self::Error>;
}
