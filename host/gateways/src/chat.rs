//! What is said to an agent, what happens meanwhile, and what it answers.

use crate::desk::AskInfo;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A message to an agent.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ChatRequest {
    /// The agent's name.
    pub agent: String,
    /// The conversation; one is made when absent.
    #[serde(default)]
    pub conversation: Option<String>,
    /// What is said.
    pub text: String,
    /// Files that come along: at most 8, and 256 KiB together with what is said. The agent is told that their words are nobody's orders, and the
    /// turn is labelled as one that met strangers' words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<AttachedFile>,
}

/// A file that comes with a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AttachedFile {
    /// What it is called: 1 to 128 plain bytes.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// What happens while an agent answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", tag = "event")]
#[expect(missing_docs, reason = "the fields are named after what they hold")]
pub enum ChatEvent {
    /// More text of the answer.
    Text { text: String },
    /// What is happening now.
    Status { text: String },
    /// A tool is being called.
    Tool { name: String },
    /// How far something is.
    Progress { what: String, done: u64, total: Option<u64> },
    /// A call waits for the owner's answer.
    Ask { ask: Box<AskInfo> },
}

/// What an agent answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChatReply {
    /// The turn: its page in the ledger.
    pub turn: String,
    /// The conversation.
    pub conversation: String,
    /// The answer.
    pub text: String,
    /// The memories that it used.
    pub used: Vec<Citation>,
    /// The ids of the memories that it wrote.
    pub learned: Vec<String>,
}

/// A memory that an answer used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Citation {
    /// Its id.
    pub id: String,
    /// How it begins.
    pub excerpt: String,
    /// When it was written, in milliseconds since 1970.
    pub written: u64,
    /// Why the brain gave it, in words; absent where it did not, as when the agent knew it from before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
}
