//! A memory as the benchmarks read it, how it gets into a brain, and how a brain is asked.

use loket_brain::{Brain, BrainError, Draft, Hit, Kind, MemoryId, Origin, Query, Timestamp};

/// What both sides are given.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    pub(crate) kind: Kind,
    pub(crate) text: String,
    pub(crate) tags: Vec<String>,
    pub(crate) conversation: Option<String>,
    pub(crate) time: Timestamp,
}

impl Memory {
    /// The one place where a draft is made.
    pub(crate) fn draft(&self) -> (Draft, Origin) {
        let Memory { kind, text, tags, conversation, time } = self.clone();
        (Draft { tags, conversation, ..Draft::new(kind, text) }, Origin { time, ..Origin::default() })
    }
}

/// Remembers one, and answers once it is on disk.
pub(crate) fn remember(brain: &Brain, memory: &Memory) -> Result<MemoryId, BrainError> {
    let (draft, origin) = memory.draft();
    brain.remember(draft, origin)
}

/// Asks a question at a moment; the ten best with their texts.
pub(crate) fn ask(brain: &Brain, question: &str, at: Timestamp) -> Result<Vec<Hit>, BrainError> {
    brain.recall_at(&Query::words(question), at, None)
}

/// Takes in many at once, and answers when all are on the disk and in the index.
pub(crate) fn import(brain: &Brain, memories: &[Memory]) -> Result<(), BrainError> {
    const AT_ONCE: usize = 20_000;
    memories.chunks(AT_ONCE).try_for_each(|some| brain.remember_all(some.iter().map(Memory::draft).collect()).map(drop))
}

/// Remembers many, each by itself, so that they stay in the tail; their order may be another afterwards.
pub(crate) fn remember_each(brain: &Brain, memories: &[Memory]) -> Result<(), BrainError> {
    const WRITERS: usize = 64;
    let share = memories.len().div_ceil(WRITERS).max(1);
    std::thread::scope(|scope| {
        let write = |share: &[Memory]| share.iter().try_for_each(|memory| remember(brain, memory).map(drop));
        let writers: Vec<_> = memories.chunks(share).map(|share| scope.spawn(move || write(share))).collect();
        writers.into_iter().try_for_each(|writer| writer.join().unwrap_or(Err(BrainError::Closed)))
    })
}
