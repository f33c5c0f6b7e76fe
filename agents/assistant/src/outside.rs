//! All that the agent can reach, behind one trait: its memory, a model, its tools, and whoever watches.
//!
//! The types say what the contract says, without bindings, so that a turn can be tested against a fake.

/// What sort of thing a memory holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A statement that is held to be true.
    Fact,
    /// Something that happened.
    Episode,
    /// What went wrong, and what is right instead.
    Lesson,
    /// A procedure that worked.
    Skill,
}

impl Kind {
    /// Its name in a document and in a tool call.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fact => "fact",
            Self::Episode => "episode",
            Self::Lesson => "lesson",
            Self::Skill => "skill",
        }
    }

    /// The kind of this name.
    pub fn of(name: &str) -> Option<Self> {
        [Self::Fact, Self::Episode, Self::Lesson, Self::Skill].into_iter().find(|kind| kind.name() == name)
    }
}

/// A memory, as far as a turn looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory {
    /// Its id.
    pub id: String,
    /// What sort of memory it is.
    pub kind: Kind,
    /// Its words.
    pub text: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// When it was written, in milliseconds since 1970.
    pub written: u64,
    /// The memory that it corrects, if it is a lesson that does.
    pub corrects: Option<String>,
    /// The memory that took its place, if one did.
    pub superseded: Option<String>,
    /// Of a lesson from a correction, its parts.
    pub lesson: Option<Lesson>,
    /// Of a skill, the tool calls that worked.
    pub steps: Vec<Step>,
}

/// A lesson in its parts, as far as a turn looks at them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lesson {
    /// What is right.
    pub right: String,
    /// What was wrong.
    pub wrong: String,
}

/// A tool call that worked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The tool's name.
    pub tool: String,
    /// Its arguments.
    pub arguments: String,
    /// What came of it.
    pub outcome: String,
}

/// A memory that answers a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The memory.
    pub memory: Memory,
    /// What was said right before it and after it, oldest first.
    pub beside: Vec<Memory>,
}

/// What to recall.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// Plain words; none for the newest.
    pub text: String,
    /// Only these kinds; all when empty.
    pub kinds: Vec<Kind>,
    /// Only this conversation.
    pub conversation: Option<String>,
    /// So many tokens of a prompt may the answer take.
    pub tokens: Option<u32>,
    /// So many neighbours come with each memory, before it and after it.
    pub around: u32,
    /// At most so many.
    pub limit: u32,
}

/// What is left of the turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Milliseconds.
    pub milliseconds: u64,
    /// Of so many.
    pub milliseconds_of: u64,
    /// Calls at the counter.
    pub calls: u32,
    /// Of so many.
    pub calls_of: u32,
}

/// What to remember.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What sort of memory it is.
    pub kind: Kind,
    /// Its words.
    pub text: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The conversation that it belongs to.
    pub conversation: Option<String>,
    /// Of a skill, the tool calls that worked.
    pub steps: Vec<Step>,
}

/// What is right, in place of what was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The memory that was wrong.
    pub mistake: Option<String>,
    /// What was wrong, in words.
    pub wrong: String,
    /// What is right.
    pub right: String,
    /// When it applies.
    pub applies: String,
}

/// Who said no, and what would make it a yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The capability that was asked for.
    pub capability: String,
    /// The function that was called.
    pub function: String,
    /// Who lacks what.
    pub reason: String,
    /// The command by which the owner could allow it.
    pub remedy: String,
}

/// What can go wrong at the counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The grants do not cover it.
    Denied(Refusal),
    /// The owner has not answered yet.
    NeedsApproval(Refusal),
    /// The arguments make no sense.
    Invalid(String),
    /// It is not there.
    NotFound(String),
    /// A limit was reached.
    Exhausted {
        /// Which.
        limit: String,
        /// What it is.
        detail: String,
        /// When it renews.
        renews: Option<u64>,
    },
    /// The provider is not there now.
    Unavailable(String),
    /// The provider tried and did not succeed.
    Failed(String),
    /// Anything else.
    Other(String),
}

impl Trouble {
    /// Whether it is a refusal, which trying again does not change.
    pub fn refused(&self) -> bool {
        matches!(self, Self::Denied(_) | Self::NeedsApproval(_))
    }

    /// The same trouble, saying what it stopped.
    pub fn during(self, what: &str) -> Self {
        let with = |words: String| format!("{what}: {words}");
        match self {
            Self::Invalid(words) => Self::Invalid(with(words)),
            Self::NotFound(words) => Self::NotFound(with(words)),
            Self::Exhausted { limit, detail, renews } => Self::Exhausted { limit, detail: with(detail), renews },
            Self::Unavailable(words) => Self::Unavailable(with(words)),
            Self::Failed(words) => Self::Failed(with(words)),
            Self::Other(words) => Self::Other(with(words)),
            Self::Denied(refusal) => Self::Denied(Refusal { reason: with(refusal.reason), ..refusal }),
            Self::NeedsApproval(refusal) => Self::NeedsApproval(Refusal { reason: with(refusal.reason), ..refusal }),
        }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Denied(refusal) => {
                write!(out, "refused: {}", refusal.reason)?;
                remedy(out, refusal)
            }
            Self::NeedsApproval(refusal) => {
                write!(out, "waits for the owner's approval: {}", refusal.reason)?;
                remedy(out, refusal)
            }
            Self::Invalid(words) => write!(out, "invalid: {words}"),
            Self::NotFound(words) => write!(out, "not found: {words}"),
            Self::Exhausted { limit, detail, .. } => write!(out, "the limit `{limit}` is reached: {detail}"),
            Self::Unavailable(words) => write!(out, "not available now: {words}"),
            Self::Failed(words) => write!(out, "failed: {words}"),
            Self::Other(words) => out.write_str(words),
        }
    }
}

fn remedy(out: &mut std::fmt::Formatter<'_>, refusal: &Refusal) -> std::fmt::Result {
    if refusal.remedy.is_empty() { Ok(()) } else { write!(out, "; the owner can allow it with `{}`", refusal.remedy) }
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The agent's instructions.
    System,
    /// Whom the agent serves.
    User,
    /// The model, earlier.
    Assistant,
    /// Results of tools.
    Tool,
}

/// A piece of reference material.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it is called.
    pub uri: String,
    /// What it is.
    pub kind: &'static str,
    /// When it was written.
    pub written: u64,
    /// Its words.
    pub text: String,
}

/// A tool call that the model asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The model's name for it.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// A JSON object.
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

/// A picture that a tool shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its media type.
    pub mime: String,
    /// Its bytes.
    pub data: Vec<u8>,
}

/// What a tool answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its words.
    pub text: String,
    /// What it shows.
    pub pictures: Vec<Picture>,
}

/// One part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Words.
    Text(String),
    /// Reference material.
    Document(Document),
    /// A call that the model asked for.
    Call(Call),
    /// What a call came to.
    Returned(Returned),
    /// What the result before it shows.
    Picture(Picture),
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub parts: Vec<Part>,
}

/// A tool that the model may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// The JSON Schema of its arguments.
    pub parameters: String,
}

/// What to ask of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The exchange so far.
    pub messages: Vec<Message>,
    /// The tools on offer.
    pub tools: Vec<Tool>,
    /// The JSON Schema that the answer must fit, which is then not streamed.
    pub shape: Option<String>,
    /// When it is now.
    pub now: u64,
}

/// Why the model stopped, as far as the agent acts on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// It had said what it had to say, or waits for tools.
    Finished,
    /// It ran into a length limit.
    Length,
    /// It declined.
    Refused,
    /// Anything else, in words.
    Other(String),
}

/// The model's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thought {
    /// Its words.
    pub text: String,
    /// The tools that it asks for.
    pub calls: Vec<Call>,
    /// Uris of the documents that it used.
    pub used: Vec<String>,
    /// Why it stopped.
    pub stop: Stop,
    /// Which model answered.
    pub model: String,
}

/// What whoever watches is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sign {
    /// Words of the agent's own; the model's words stream from the model.
    Text(String),
    /// What is happening now.
    Status(String),
    /// A tool is being called.
    Tool(String),
}

/// Everything outside the agent.
pub trait Outside {
    /// Recall memories, best first.
    fn recall(&mut self, query: Query) -> Result<Vec<Hit>, Trouble>;
    /// Read one memory.
    fn get(&mut self, id: &str) -> Result<Option<Memory>, Trouble>;
    /// Remember something; answers with its id.
    fn remember(&mut self, draft: Draft) -> Result<String, Trouble>;
    /// Learn from a mistake; answers with the lesson's id.
    fn correct(&mut self, correction: Correction) -> Result<String, Trouble>;
    /// Forget a memory.
    fn forget(&mut self, id: &str) -> Result<(), Trouble>;
    /// Ask the model.
    fn think(&mut self, request: Request) -> Result<Thought, Trouble>;
    /// List the tools granted.
    fn tools(&mut self) -> Result<Vec<Tool>, Trouble>;
    /// Call tools at once; pairs of name and arguments in, answers in the same order out.
    fn see_all(&mut self, calls: Vec<(String, String)>) -> Vec<Result<Answer, Trouble>>;
    /// What is left of the turn.
    fn left(&mut self) -> Result<Left, Trouble>;
    /// Tell whoever watches.
    fn tell(&mut self, sign: Sign) -> Result<(), Trouble>;
}
