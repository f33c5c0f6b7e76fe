//! How a brain is opened.

use crate::text::Language;
use jiff::tz::TimeZone;
use std::fmt;
use std::sync::Arc;

/// What takes its time when a brain is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The database is read as a whole after a crash in the middle of writing; done and total are thousandths.
    Repair,
    /// Memories are brought from an older format to today's.
    Migrate,
    /// The index is made anew.
    Index,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is going on.
    pub stage: Stage,
    /// Memories done so far; thousandths of a repair.
    pub done: u64,
    /// Memories to do; 1,000 of a repair.
    pub total: u64,
}

/// Is told how far it is: at its start, now and then, and at its end.
pub type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

/// How a brain is opened. The defaults suit one of many agents on one machine.
#[derive(Clone)]
pub struct Options {
    /// Memory for the database's cache, in bytes.
    pub cache_bytes: usize,
    /// At most so many memories, superseded ones included; more are refused as [`Full`](crate::BrainError::Full).
    pub max_memories: Option<u64>,
    /// At most so many bytes of memories, each counted with all that it shares with others.
    pub max_bytes: Option<u64>,
    /// So many changes may wait in memory before the index takes them in, in the background.
    pub index_after: usize,
    /// The language that the agent speaks with its owner: how words are stemmed, and which of them say nothing.
    pub language: Language,
    /// Where the owner is: what `yesterday` means in a question.
    pub zone: TimeZone,
    /// Keep the words of what is forgotten until [`Brain::erased`](crate::Brain::erased) says that they are erased outside of the brain,
    /// too.
    pub erasing: bool,
    /// Is told how far a repair after a crash is, a migration, and a rebuild of the index; that happens at open, when the index is
    /// missing or damaged.
    pub progress: Option<OnProgress>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            cache_bytes: 8 << 20,
            max_memories: None,
            max_bytes: None,
            index_after: 1000,
            language: Language::default(),
            zone: TimeZone::system(),
            erasing: false,
            progress: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("cache_bytes", &self.cache_bytes)
            .field("max_memories", &self.max_memories)
            .field("max_bytes", &self.max_bytes)
            .field("index_after", &self.index_after)
            .field("language", &self.language)
            .finish_non_exhaustive()
    }
}
