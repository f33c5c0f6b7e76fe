//! What callers write and read: the records of `loket:brain/memory`, one to one.
//!
//! In serde they have the JSON form of the WIT: names in kebab case, a case with a payload as `{"superseded": "01J…"}`,
//! flags as a list of names, an absent option as null or left out.

mod labels;
mod query;
mod upkeep;

pub use labels::Labels;
pub use query::{Hit, Period, Query, Why};
pub use upkeep::{
    Change, Deed, DeedKind, Difference, Dream, Imported, JournalEntry, Lines, Purged, Revision, SnapshotInfo, Usage,
};

use crate::id::MemoryId;
use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
pub type Timestamp = u64;

/// What sort of thing a memory holds.
///
/// The order of the cases is part of the stored format: add at the end only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A statement that is held to be true.
    Fact,
    /// Something that happened.
    Episode,
    /// What went wrong, what is right instead, and when it applies.
    Lesson,
    /// A procedure that worked.
    Skill,
}

/// Where a memory stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It counts.
    Current,
    /// A later memory, named here, took its place; it is kept, but no longer recalled as truth.
    Superseded(MemoryId),
}

/// What to remember.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Draft {
    /// What sort of memory this is.
    pub kind: Kind,
    /// The memory itself, in words: 1 byte to 64 KiB.
    pub text: String,
    /// Words to find it by, besides its text: at most 32, each at most 128 bytes.
    pub tags: Vec<String>,
    /// The conversation that it belongs to, if any: at most 128 bytes.
    pub conversation: Option<String>,
    /// For a skill: the tool calls that worked, in their order; at most 32.
    #[serde(default)]
    pub steps: Vec<Step>,
}

impl Draft {
    /// A memory of this kind that says just this.
    pub fn new(kind: Kind, text: impl Into<String>) -> Draft {
        Draft { kind, text: text.into(), tags: Vec::new(), conversation: None, steps: Vec::new() }
    }
}

/// A tool call that is part of a skill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Step {
    /// The tool's name: at most 128 bytes.
    pub tool: String,
    /// Its arguments, as JSON or in words: at most 8 KiB.
    pub arguments: String,
    /// What came of it, in words: at most 8 KiB.
    pub outcome: String,
}

/// A lesson in its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Lesson {
    /// What is right.
    pub right: String,
    /// What was wrong; empty when that was forgotten.
    pub wrong: String,
    /// When it applies; empty means always.
    pub applies: String,
}

/// Who wrote a memory, and in which turn.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Source {
    /// The agent whose brain this is.
    pub agent: String,
    /// The turn that wrote it.
    pub turn: String,
    /// Who asked for it, in the words of the call chain.
    pub chain: String,
    /// The component that wrote it: its package and the digest of its bytes; absent when the owner wrote it.
    #[serde(default)]
    pub package: Option<String>,
}

/// Where a write comes from. The host says so, never the one who remembers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Origin {
    /// Who writes, and in which turn.
    pub source: Source,
    /// What the turn has seen so far.
    pub labels: Labels,
    /// When.
    pub time: Timestamp,
}

/// A memory as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Entry {
    /// Its name.
    pub id: MemoryId,
    /// What sort of memory it is.
    pub kind: Kind,
    /// The memory itself.
    pub text: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The conversation that it belongs to, if any.
    pub conversation: Option<String>,
    /// When it was written.
    pub written: Timestamp,
    /// Who wrote it.
    pub source: Source,
    /// Who said the same since, oldest first; of many, the latest 16.
    pub also: Vec<Source>,
    /// What is known of where its words came from.
    pub labels: Labels,
    /// For a lesson: the mistake that it corrects.
    pub corrects: Option<MemoryId>,
    /// Whether it still counts.
    pub standing: Standing,
    /// How often it has been confirmed or has struck again; 1 when new.
    pub strength: u32,
    /// The owner pinned it: nothing supersedes, merges or fades it unasked.
    pub pinned: bool,
    /// How often it has been an answer.
    pub used: u32,
    /// When it last was.
    pub last_used: Option<Timestamp>,
    /// How far it has faded for want of use: 0 to 4.
    pub faded: u8,
    /// Of a lesson from a correction, its parts.
    pub lesson: Option<Lesson>,
    /// Of a skill, the tool calls that worked.
    pub steps: Vec<Step>,
}

/// The words of a memory, to be made a vector of, or to be erased elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryText {
    /// The memory.
    pub id: MemoryId,
    /// Its words.
    pub text: String,
}

/// One page of memories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Page {
    /// The memories, newest first.
    pub items: Vec<Entry>,
    /// Pass this to get the next page; absent on the last.
    pub cursor: Option<String>,
}

/// A correction: what is right, in place of what was wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Correction {
    /// The memory that was wrong, when it is known.
    pub mistake: Option<MemoryId>,
    /// What was wrong, in words; needed when `mistake` is absent. At most 64 KiB.
    pub wrong: String,
    /// What is right. 1 byte to 64 KiB.
    pub right: String,
    /// When the lesson applies: `always` (the same as nothing), or a situation. At most 8 KiB.
    pub applies: String,
}
