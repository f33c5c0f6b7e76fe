//! Words put right by hand, pins, and how much there is.

use super::dream::journal;
use crate::brain::Inner;
use crate::error::BrainError;
use crate::id::MemoryId;
use crate::store::apply::{Batch, distinct};
use crate::store::record::{Body, Record};
use crate::store::tables::{MEMORIES, META, number};
use crate::types::{Revision, Usage};
use redb::ReadableTableMetadata;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

impl Inner {
    pub(crate) fn edit(self: &Arc<Inner>, id: &MemoryId, revision: &Revision) -> Result<(), BrainError> {
        let revision = revision.clone();
        self.revise(id, move |record| {
            if let Some(text) = &revision.text {
                match &mut record.body {
                    Body::Plain(old) | Body::Skill { text: old, .. } | Body::Lesson { right: old, .. } => {
                        old.clone_from(text)
                    }
                }
            }
            if let Some(tags) = &revision.tags {
                record.tags = distinct(tags);
            }
            if let (Some(kind), false) = (revision.kind, matches!(record.body, Body::Lesson { .. })) {
                record.kind = kind as u8;
            }
        })
    }

    pub(crate) fn pin(self: &Arc<Inner>, id: &MemoryId, pinned: bool) -> Result<(), BrainError> {
        self.revise(id, move |record| {
            record.pinned = pinned;
            record.faded = if pinned { 0 } else { record.faded };
        })
    }

    fn revise(
        self: &Arc<Inner>,
        id: &MemoryId,
        change: impl Fn(&mut Record) + Send + Sync + 'static,
    ) -> Result<(), BrainError> {
        let (key, id) = (id.key(), id.clone());
        self.task(move |batch: &mut Batch<'_, '_>, (): &mut ()| {
            let old = key.map(|key| Ok::<_, BrainError>(batch.tables.get(key)?.map(|old| (key, old)))).transpose()?;
            let Some((key, old)) = old.flatten() else { return Err(unknown(&id)) };
            let mut record = old.clone();
            change(&mut record);
            if record != old {
                batch.room(0, record.length()?, old.length()?)?;
                batch.write(key, &record, Some(&old))?;
                // What it said before must not stay in the journal, and neither must what was drawn from that.
                if record.body != old.body || record.tags != old.tags {
                    batch.tables.grow_stale()?;
                    journal::forget(batch, &HashSet::from([key]))?;
                }
            }
            Ok(())
        })
    }

    pub(crate) fn usage(&self) -> Result<Usage, BrainError> {
        let transaction = self.begin_read()?;
        let bytes = transaction.open_table(META)?.get("bytes")?.map(|bytes| bytes.value().to_vec());
        Ok(Usage {
            memories: transaction.open_table(MEMORIES)?.len()?,
            bytes: number(bytes),
            on_disk: on_disk(&self.dir),
            max_memories: self.options.max_memories,
            max_bytes: self.options.max_bytes,
        })
    }
}

fn unknown(id: &MemoryId) -> BrainError {
    let shown: String = id.as_str().chars().take(40).collect();
    BrainError::NotFound(format!(
        "there is no memory `{}`: pass an id that a recall or a list gave",
        shown.escape_debug()
    ))
}

/// Bytes of all files in a folder.
pub(crate) fn on_disk(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => on_disk(&entry.path()),
            Ok(found) => found.len(),
            Err(_) => 0,
        })
        .sum()
}
