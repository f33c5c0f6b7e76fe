//! What an owner does with a brain, and what it answers: the records of `loket:brain/upkeep`, one to one.

use super::{Entry, Kind, Timestamp};
use crate::id::MemoryId;
use serde::{Deserialize, Serialize};

/// A change of a memory's words by its owner. What is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Revision {
    /// The new text; of a lesson, what is right.
    pub text: Option<String>,
    /// The new tags, in place of all old ones.
    pub tags: Option<Vec<String>>,
    /// The new kind; a lesson from a correction stays one.
    pub kind: Option<Kind>,
}

/// How much a brain holds, and may hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Usage {
    /// Memories, superseded ones included.
    pub memories: u64,
    /// Bytes of memories, each with all that it shares with others.
    pub bytes: u64,
    /// Bytes on disk: database, index and snapshots.
    pub on_disk: u64,
    /// At most so many memories.
    pub max_memories: Option<u64>,
    /// At most so many bytes of memories.
    pub max_bytes: Option<u64>,
}

/// A piece of an export: JSON Lines, one memory a line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Lines {
    /// The lines, oldest memory first.
    pub items: Vec<String>,
    /// Pass this to get the next piece; absent with the last.
    pub cursor: Option<String>,
}

/// What an import did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Imported {
    /// Memories that are new.
    pub added: u64,
    /// Memories that said what one here says already, and strengthened it.
    pub merged: u64,
    /// Memories that are here already under their own id, or were forgotten here.
    pub skipped: u64,
}

/// A brain as it was at one moment, kept beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SnapshotInfo {
    /// Its name.
    pub name: String,
    /// When it was made.
    pub made: Timestamp,
    /// How many memories it has.
    pub memories: u64,
    /// How many bytes it takes on disk.
    pub bytes: u64,
}

/// What became of a memory between two moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It is new.
    Added,
    /// Its words, its standing or its strength are others.
    Changed,
    /// It is gone.
    Gone,
}

/// A memory that differs between two moments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Difference {
    /// Its name.
    pub id: MemoryId,
    /// What became of it.
    pub change: Change,
    /// As it was; absent when it is new.
    pub before: Option<Entry>,
    /// As it is; absent when it is gone.
    pub after: Option<Entry>,
}

/// What purging did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Purged {
    /// Bytes on disk before.
    pub before: u64,
    /// Bytes on disk after.
    pub after: u64,
    /// Payloads of the ledger that were erased.
    pub payloads: u64,
    /// Snapshots that were rewritten.
    pub snapshots: u32,
}

/// What dreaming does to memories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeedKind {
    /// Memories that say nearly the same became one.
    Merge,
    /// Mistakes of one sort that recur became an insight, a lesson of its own.
    Insight,
    /// A memory that is never used faded by a step.
    Fade,
    /// A long run of episodes got a summary.
    Summary,
}

/// One thing that a dream did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Deed {
    /// What it is.
    pub kind: DeedKind,
    /// The memories that it is about.
    pub memories: Vec<MemoryId>,
    /// The memory that it wrote or kept; absent in a rehearsal of what is to be written, and for fading.
    pub kept: Option<MemoryId>,
    /// In words: what the kept or new memory says.
    pub words: String,
}

/// What a dream did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Dream {
    /// The journal's entry that takes it back; absent after a rehearsal, and when there was nothing to do.
    pub entry: Option<u64>,
    /// What was done, in its order.
    pub deeds: Vec<Deed>,
}

/// A dream in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct JournalEntry {
    /// Its number.
    pub entry: u64,
    /// When it was.
    pub time: Timestamp,
    /// Whether it was taken back.
    pub undone: bool,
    /// What was done.
    pub deeds: Vec<Deed>,
}
