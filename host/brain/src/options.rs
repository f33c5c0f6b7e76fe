//! How a brain is opened.

use std::fmt;
use std::sync::Arc;

/// How far a rebuild of the index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Memories indexed so far.
    pub done: u64,
    /// Memories to index.
    pub total: u64,
}

/// Is told how far a rebuild is: at its start, now and then, and at its end.
pub type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

/// How a brain is opened. The defaults suit one of many agents on one machine.
#[derive(Clone)]
pub struct Options {
    /// Memory for the database's cache, in bytes.
    pub cache_bytes: usize,
    /// At most so many memories, superseded ones included; more are refused as [`Full`](crate::BrainError::Full).
    pub max_memories: Option<u64>,
    /// At most so many bytes of memories as stored.
    pub max_bytes: Option<u64>,
    /// So many changes may wait in memory before the index takes them in, in the background.
    pub index_after: usize,
    /// Is told how far a rebuild of the index is; a rebuild happens at open, when the index is missing or damaged.
    pub progress: Option<OnProgress>,
}

impl Default for Options {
    fn default() -> Options {
        Options { cache_bytes: 8 << 20, max_memories: None, max_bytes: None, index_after: 1000, progress: None }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("cache_bytes", &self.cache_bytes)
            .field("max_memories", &self.max_memories)
            .field("max_bytes", &self.max_bytes)
            .field("index_after", &self.index_after)
            .finish_non_exhaustive()
    }
}
