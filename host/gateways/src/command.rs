//! Slash commands, and turns that are stopped: the shapes in which the desk speaks of them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A slash command, as the conversations of an agent have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CommandInfo {
    /// How it is called, with the slash: as short as it is clear. Empty where a package's commands cannot be used.
    pub call: String,
    /// The package that offers it.
    pub package: String,
    /// What it does, in one line.
    pub summary: String,
    /// What it takes, in words: `<what> [why]`.
    pub takes: String,
    /// What it takes, in this order.
    pub parameters: Vec<ParameterInfo>,
    /// `ready`, or why it cannot be used.
    pub state: String,
    /// The command that would grant it, where it is not granted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remedy: Option<String>,
}

/// Something that a command takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ParameterInfo {
    /// Its name.
    pub name: String,
    /// What it is, in one line.
    pub summary: String,
    /// `word`, `number`, `choice`, `rest`, or something else that is read like a word.
    pub kind: String,
    /// The words of a choice.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub words: Vec<String>,
    /// Whether it may be left out.
    pub optional: bool,
}

/// A line that may be a command, in a conversation with an agent.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CommandRequest {
    /// The agent's name.
    pub agent: String,
    /// The conversation; one is made when absent.
    #[serde(default)]
    pub conversation: Option<String>,
    /// The line, with the slash.
    pub text: String,
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CommandReply {
    /// The turn: its page in the ledger.
    pub turn: String,
    /// The conversation to go on in: another one when the command began one.
    pub conversation: String,
    /// What it says.
    pub text: String,
}

/// Values that could be meant at the end of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Completion {
    /// Where in the line they begin, in bytes: what is there from here on is replaced.
    pub at: usize,
    /// The values, the likeliest first: at most 50.
    pub candidates: Vec<CandidateInfo>,
}

/// A value that could be meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CandidateInfo {
    /// As it is written in the line.
    pub text: String,
    /// What it is, in one line; may be empty.
    pub summary: String,
}

/// Which turns to stop.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StopRequest {
    /// The agent's name.
    pub agent: String,
    /// The conversation; all of the agent's when absent.
    #[serde(default)]
    pub conversation: Option<String>,
    /// Only the turn whose events have ids that begin with this; it ends as if nobody had waited for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stream: Option<String>,
}

/// What was stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StopReport {
    /// How many turns.
    pub stopped: usize,
}
