//! What a write does to the tables. Each checks everything before it changes anything, as many share one transaction.

use crate::error::BrainError;
use crate::id::{MemoryId, Mint};
use crate::options::Options;
use crate::record::{Body, Record};
use crate::tables::{Change, Tables};
use crate::types::{Correction, Draft, Kind, Origin};
use redb::ReadableTable;
use std::collections::HashSet;

/// A write that waits for its transaction.
#[derive(Debug, Clone)]
pub(crate) enum Write {
    Remember(Draft, Origin),
    /// With the memory that the wrong words were found to mean, when the correction names none.
    Correct(Correction, Origin, Option<u128>),
    Forget(MemoryId, u64),
}

/// What the tail is told of a write.
pub(crate) struct Changed {
    pub(crate) sequence: u64,
    pub(crate) key: u128,
    pub(crate) change: Change,
    pub(crate) record: Option<Record>,
}

/// A batch of writes being applied.
pub(crate) struct Batch<'a, 't> {
    pub(crate) tables: Tables<'t>,
    pub(crate) mint: &'a mut Mint,
    pub(crate) options: &'a Options,
    pub(crate) changed: Vec<Changed>,
    /// Whether there is anything to commit.
    pub(crate) dirty: bool,
}

impl Batch<'_, '_> {
    /// Applies one write, and answers with the memory that it wrote.
    pub(crate) fn apply(&mut self, write: &Write) -> Result<Option<u128>, BrainError> {
        match write {
            Write::Remember(draft, origin) => self.remember(draft, origin).map(Some),
            Write::Correct(correction, origin, meant) => self.correct(correction, origin, *meant).map(Some),
            Write::Forget(id, time) => self.forget(id, *time).map(|()| None),
        }
    }

    fn remember(&mut self, draft: &Draft, origin: &Origin) -> Result<u128, BrainError> {
        let mut record = Record {
            kind: draft.kind as u8,
            body: Body::Plain(draft.text.clone()),
            tags: distinct(&draft.tags),
            conversation: draft.conversation.clone(),
            written: origin.time,
            touched: origin.time,
            source: origin.source.clone(),
            labels: origin.labels.bits(),
            corrects: None,
            superseded: None,
            strength: 1,
        };
        let same = self.tables.texts.get(record.identity())?.map(|key| key.value());
        let Some((key, old)) =
            same.map(|key| self.tables.get(key)).transpose()?.flatten().zip(same).map(|(old, key)| (key, old))
        else {
            return self.add(&mut record, origin.time);
        };
        let mut record = Record { tags: [old.tags.clone(), draft.tags.clone()].concat(), ..old.clone() };
        record.tags = distinct(&record.tags);
        record.tags.truncate(old.tags.len().max(32));
        self.strengthen(key, &old, record, origin)
    }

    /// Writes a new memory.
    pub(crate) fn add(&mut self, record: &mut Record, time: u64) -> Result<u128, BrainError> {
        let bytes = record.encode()?;
        self.room(1, bytes.len(), 0)?;
        let key = self.mint.next(time);
        self.write(key, record, &bytes, None)?;
        Ok(key)
    }

    /// Confirms a memory, with what else `record` changes in it.
    pub(crate) fn strengthen(
        &mut self,
        key: u128,
        old: &Record,
        mut record: Record,
        origin: &Origin,
    ) -> Result<u128, BrainError> {
        record.strength = old.strength.saturating_add(1);
        record.touched = old.touched.max(origin.time);
        record.labels |= origin.labels.bits();
        let (bytes, before) = (record.encode()?, old.encode()?.len());
        self.room(0, bytes.len(), before)?;
        self.write(key, &record, &bytes, Some(old))?;
        Ok(key)
    }

    /// Writes a record, and notes the change if the index must know of it.
    pub(crate) fn write(
        &mut self,
        key: u128,
        record: &Record,
        bytes: &[u8],
        old: Option<&Record>,
    ) -> Result<(), BrainError> {
        self.dirty = true;
        self.tables.put(key, record, bytes, old)?;
        let seen_alike = old.is_some_and(|old| {
            old.body == record.body
                && old.tags == record.tags
                && old.superseded == record.superseded
                && old.conversation == record.conversation
        });
        if !seen_alike {
            let change = if old.is_some() { Change::Changed } else { Change::New };
            self.note(key, change, Some(record.clone()))?;
        }
        Ok(())
    }

    fn note(&mut self, key: u128, change: Change, record: Option<Record>) -> Result<(), BrainError> {
        let sequence = self.tables.note(key, change)?;
        self.changed.push(Changed { sequence, key, change, record });
        Ok(())
    }

    fn forget(&mut self, id: &MemoryId, time: u64) -> Result<(), BrainError> {
        let Some(key) = id.key() else { return Ok(()) };
        let Some(record) = self.tables.get(key)? else { return Ok(()) };
        self.dirty = true;
        self.tables.remove(key, &record)?;
        self.tables.forgotten.insert(key, time)?;
        self.note(key, Change::Gone, None)?;
        self.unlearn(key, &record)
    }

    /// Whether so much more fits.
    pub(crate) fn room(&self, more: u64, bytes: usize, before: usize) -> Result<(), BrainError> {
        let (memories, used) = self.tables.usage()?;
        if let Some(most) = self.options.max_memories.filter(|most| memories + more > *most && more > 0) {
            let detail = format!("it holds {memories} memories, and at most {most} are allowed");
            return Err(BrainError::Full { limit: "max-memories", detail });
        }
        let after = (used + bytes as u64).saturating_sub(before as u64);
        if let Some(most) = self.options.max_bytes.filter(|most| after > *most && bytes > before) {
            let detail = format!("its memories would take {after} bytes, and at most {most} are allowed");
            return Err(BrainError::Full { limit: "max-bytes", detail });
        }
        Ok(())
    }
}

/// The tags in their order, each once.
pub(crate) fn distinct(tags: &[String]) -> Vec<String> {
    let mut seen = HashSet::new();
    tags.iter().filter(|tag| seen.insert(crate::words::tag(tag))).cloned().collect()
}

/// The kind that a correction writes.
pub(crate) const LESSON: u8 = Kind::Lesson as u8;
