//! How each agent's brain is kept: in which language, and how much it may hold.

use arc_swap::ArcSwap;
use loket_brain::{Language, Options, Progress, UnknownLanguage};
use std::collections::HashMap;
use std::sync::Arc;

/// How an agent's brain is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keep {
    /// The language that the agent speaks with its owner.
    pub language: Language,
    /// At most so many memories.
    pub max_memories: Option<u64>,
    /// At most so many bytes of memories.
    pub max_bytes: Option<u64>,
}

/// How the brains of a home are kept, by agent; who is not named has the defaults. It holds for a brain from when it is opened.
pub type Keeping = Arc<ArcSwap<HashMap<String, Keep>>>;

/// With more memories than these, whoever looks after the host is told how far it is.
const MANY: u64 = 10_000;

impl Keep {
    /// In a language, by its tag, with room for so many memories and so many MiB.
    ///
    /// # Errors
    /// For a language that memories cannot be kept in: which ones they can.
    pub fn new(language: Option<&str>, max_memories: u32, max_mib: u32) -> Result<Keep, UnknownLanguage> {
        Ok(Keep {
            language: language.map(str::parse).transpose()?.unwrap_or_default(),
            max_memories: Some(max_memories.into()),
            max_bytes: Some(u64::from(max_mib) << 20),
        })
    }

    /// As a brain is opened.
    pub(crate) fn options(self, agent: &str) -> Options {
        let agent = agent.to_owned();
        Options {
            language: self.language,
            max_memories: self.max_memories,
            max_bytes: self.max_bytes,
            // What is forgotten is in the ledger as well.
            erasing: true,
            progress: Some(Arc::new(move |Progress { stage, done, total }| {
                if total >= MANY {
                    tracing::info!(%agent, ?stage, done, total, "loket.brain.open");
                }
            })),
            ..Options::default()
        }
    }
}
