//! How the index keeps up: in the background, in batches.
//!
//! A flush freezes the tail, writes what it covers under a note with its last sequence, and lets the frozen tail go
//! once the reader sees the commit. Nobody waits for it. If it fails, the tail stays, and the index is built anew.

use crate::background::{self, Job};
use crate::brain::Inner;
use crate::error::BrainError;
use crate::index::columns::Keys;
use crate::index::{self, Index, Note, folder};
use crate::options::{Options, Progress, Stage};
use crate::store::memories::{Moment, readable};
use crate::store::record::Record;
use crate::store::tables::{CHANGES, Change, brain_number};
use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use tantivy::TantivyError;

/// The tail is frozen early when its text passes so many bytes.
const BYTES: usize = 4 << 20;
/// A rebuild tells its progress this often.
const STEP: u64 = 1000;

impl Inner {
    /// Asks for a flush if the tail is long enough. Costs nothing to speak of.
    pub(crate) fn flush_when_due(inner: &Arc<Inner>) {
        let due = {
            let layers = inner.layers();
            layers.live.changes() >= inner.options.index_after.max(1) || layers.live.bytes() >= BYTES
        };
        if due {
            Inner::flush_soon(inner);
        }
    }

    /// Asks for a flush, whatever the tail is.
    pub(crate) fn flush_soon(inner: &Arc<Inner>) {
        if !inner.flush_asked.swap(true, Ordering::AcqRel) && !background::ask(inner, Job::Flush) {
            inner.flush_asked.store(false, Ordering::Release);
        }
    }

    /// Whether there are memories that neither the index nor a tail has.
    pub(crate) fn owes(&self) -> bool {
        self.indexed.load(Ordering::Acquire) < self.owed.load(Ordering::Acquire)
    }

    /// Waits until the index or a tail has all that was written.
    pub(crate) fn catch_up(&self) -> Result<(), BrainError> {
        if self.owes() { self.flush() } else { Ok(()) }
    }

    /// Brings the index up to date, and makes it anew if that fails.
    pub(crate) fn flush(&self) -> Result<(), BrainError> {
        let _one = self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        self.flush_asked.store(false, Ordering::Release);
        match self.flush_tail() {
            Err(FlushError::Index(error)) => {
                tracing::warn!(%error, brain = %self.dir.display(), "the index failed and is made anew");
                self.renew()
            }
            Err(FlushError::Brain(error)) => Err(error),
            Ok(()) => Ok(()),
        }
    }

    /// Drops the notes of what the index has taken in, if they are very many.
    pub(crate) fn drop_notes(self: &Arc<Inner>) -> Result<(), BrainError> {
        const MANY: u64 = 4096;
        let indexed = self.indexed.load(Ordering::Acquire);
        let first = self.begin_read()?.open_table(CHANGES)?.first()?.map(|(sequence, _)| sequence.value());
        if first.is_none_or(|first| indexed.saturating_sub(first) < MANY) {
            return Ok(());
        }
        self.task(move |batch, (): &mut ()| {
            batch.dirty = true;
            batch.tables.prune(indexed, u64::MAX)
        })
    }

    /// Makes the index anew from the database, after it failed while in use.
    pub(crate) fn heal(&self) -> Result<(), BrainError> {
        let _one = self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        self.renew()
    }

    fn renew(&self) -> Result<(), BrainError> {
        let index = Arc::new(rebuild(&self.dir, &self.begin_read()?, &self.options)?);
        let view = index.view().map_err(std::io::Error::other)?;
        let mut layers = self.layers_mut();
        self.indexed.store(index.note.sequence, Ordering::Release);
        layers.view = view;
        layers.index = index;
        // What the live tail covers twice is found once: the tail counts before the index.
        layers.frozen = None;
        Ok(())
    }

    /// Merges the segments that hold words of what is gone, so that those leave the disk.
    pub(crate) fn purge_index(&self) -> Result<(), BrainError> {
        let _one = self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        let purged = self.flush_tail().and_then(|()| Ok(self.merge_stale()?));
        match purged {
            Err(FlushError::Index(error)) => {
                tracing::warn!(%error, brain = %self.dir.display(), "the index failed and is made anew");
                self.renew()
            }
            Err(FlushError::Brain(error)) => Err(error),
            Ok(()) => Ok(()),
        }
    }

    fn merge_stale(&self) -> Result<(), TantivyError> {
        let index = self.layers().index.clone();
        let view = index.reload()?;
        let stale: Vec<_> =
            view.segment_readers().iter().filter(|segment| segment.has_deletes()).map(|s| s.segment_id()).collect();
        drop(view);
        let mut writer = index.writer()?;
        if !stale.is_empty() {
            writer.merge(&stale).wait()?;
        }
        let view = index.reload()?;
        self.layers_mut().view = view;
        // Old files stay as long as a search looks at them; the next flush tries again.
        writer.garbage_collect_files().wait()?;
        writer.wait_merging_threads()
    }

    fn flush_tail(&self) -> Result<(), FlushError> {
        let index = {
            let mut layers = self.layers_mut();
            if layers.frozen.is_none() {
                layers.frozen = Some(layers.live.take_all());
            }
            layers.index.clone()
        };
        let transaction = self.begin_read()?;
        // All that is on disk by now. What came since the tail was frozen is in the new one too, and found once: tails count first.
        let (upto, _) = last_change(&transaction)?;
        if upto <= self.indexed.load(Ordering::Acquire) {
            self.layers_mut().frozen = None;
            return Ok(());
        }
        let pending = pending(&transaction, self.indexed.load(Ordering::Acquire), upto)?;
        let memories = transaction.memories()?;
        let view = index.view()?;
        let mut writer = index.writer()?;
        let mut alive = view.num_docs();
        let changed = pending.changes.iter().filter(|(_, change)| **change != Change::New);
        let changed = Keys(Arc::new(changed.map(|(key, _)| *key).collect()));
        if !changed.0.is_empty() {
            alive -= view.count(&changed)?;
            writer.delete_query(Box::new(changed))?;
        }
        for key in pending.changes.into_keys() {
            let row = memories.rows.get(key).map_err(BrainError::from)?;
            let Some(row) = row else { continue };
            let record = readable(memories.read(key, row.value()), "left out of the index")?;
            if let Some(record) = record.filter(Record::current) {
                writer.add_document(index.document(key, &record))?;
                alive += 1;
            }
        }
        drop(memories);
        let language = self.options.language;
        let note = Note { language, brain: brain_number(&transaction)?, sequence: upto, memory: pending.last, alive };
        Index::commit(&mut writer, note)?;
        let view = index.reload()?;
        {
            let mut layers = self.layers_mut();
            layers.view = view;
            layers.frozen = None;
            self.indexed.store(upto, Ordering::Release);
        }
        writer.wait_merging_threads()?;
        let view = index.reload()?;
        self.layers_mut().view = view;
        Ok(())
    }
}

enum FlushError {
    /// The index failed: it can be made anew.
    Index(TantivyError),
    /// The truth failed, or the brain was closed.
    Brain(BrainError),
}

impl From<TantivyError> for FlushError {
    fn from(error: TantivyError) -> FlushError {
        FlushError::Index(error)
    }
}

impl From<BrainError> for FlushError {
    fn from(error: BrainError) -> FlushError {
        FlushError::Brain(error)
    }
}

/// Changes that an index lacks, each memory once.
pub(crate) struct Pending {
    /// New if the index cannot have the memory in any form.
    pub(crate) changes: BTreeMap<u128, Change>,
    /// The memory of the last of them.
    pub(crate) last: u128,
}

/// The changes after one sequence and up to another.
pub(crate) fn pending(transaction: &ReadTransaction, after: u64, upto: u64) -> Result<Pending, BrainError> {
    let mut pending = Pending { changes: BTreeMap::new(), last: 0 };
    if upto <= after {
        return Ok(pending);
    }
    for row in transaction.open_table(CHANGES)?.range(after + 1..=upto)? {
        let (key, change) = row?.1.value();
        let change = if change == Change::New as u8 { Change::New } else { Change::Changed };
        pending.changes.entry(key).or_insert(change);
        pending.last = key;
    }
    Ok(pending)
}

/// The last change of all: its sequence and its memory.
pub(crate) fn last_change(transaction: &ReadTransaction) -> Result<(u64, u128), BrainError> {
    Ok(transaction
        .open_table(CHANGES)?
        .last()?
        .map_or((0, 0), |(sequence, change)| (sequence.value(), change.value().0)))
}

/// Makes the index anew from all that the database holds.
pub(crate) fn rebuild(dir: &Path, transaction: &Moment, options: &Options) -> Result<Index, BrainError> {
    let failed = |error: TantivyError| BrainError::from(std::io::Error::other(error));
    let memories = transaction.memories()?;
    let total = memories.rows.len()?;
    let tell = |done| {
        if let Some(progress) = options.progress.as_ref().filter(|_| total > 0) {
            progress(Progress { stage: Stage::Index, done, total });
        }
    };
    tell(0);
    // Beside the old one, which stays as it is until this is whole: a disk that is full costs nothing.
    let fresh = dir.join("index.new");
    let index = Index::create(&fresh, options.language).map_err(failed)?;
    let mut writer = index.writer().map_err(failed)?;
    let (mut done, mut alive) = (0, 0);
    for row in memories.rows.iter()? {
        let (key, bytes) = row?;
        let record = readable(memories.read(key.value(), bytes.value()), "left out of the index")?;
        if let Some(record) = record.filter(Record::current) {
            writer.add_document(index.document(key.value(), &record)).map_err(failed)?;
            alive += 1;
        }
        done += 1;
        if done % STEP == 0 && done < total {
            tell(done);
        }
    }
    let (sequence, memory) = last_change(transaction)?;
    let note = Note { language: options.language, brain: brain_number(transaction)?, sequence, memory, alive };
    Index::commit(&mut writer, note).map_err(failed)?;
    writer.wait_merging_threads().map_err(failed)?;
    drop(index);
    let place = folder(dir);
    index::remove(&place)?;
    std::fs::rename(&fresh, &place)?;
    let index = Index::open(&place, options.language).map_err(|reason| {
        BrainError::from(std::io::Error::other(format!("the index that was just made is unfit: {reason}")))
    })?;
    tell(total);
    Ok(index)
}
