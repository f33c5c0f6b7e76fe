//! How the index keeps up: in the background, in batches, by one thread for all brains of the process.
//!
//! A flush freezes the tail, writes what it covers under a note with its last sequence, and lets the frozen tail go
//! once the reader sees the commit. Nobody waits for it. If it fails, the tail stays, and the index is built anew.

use crate::brain::Inner;
use crate::error::BrainError;
use crate::index::{Index, Note, folder};
use crate::options::{OnProgress, Progress};
use crate::record::Record;
use crate::tables::{CHANGES, Change, MEMORIES, brain_number};
use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, OnceLock, PoisonError, Weak};
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
        if due && !inner.flush_asked.swap(true, Ordering::AcqRel) && worker().send(Arc::downgrade(inner)).is_err() {
            inner.flush_asked.store(false, Ordering::Release);
        }
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

    /// Makes the index anew from the database, after it failed while in use.
    pub(crate) fn heal(&self) -> Result<(), BrainError> {
        let _one = self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        self.renew()
    }

    fn renew(&self) -> Result<(), BrainError> {
        let index = Arc::new(rebuild(&self.dir, &self.begin_read()?, self.options.progress.as_ref())?);
        let mut layers = self.layers_mut();
        self.indexed.store(index.note.sequence, Ordering::Release);
        layers.searcher = index.searcher();
        layers.index = index;
        // What the live tail covers twice is found once: the tail counts before the index.
        layers.frozen = None;
        Ok(())
    }

    fn flush_tail(&self) -> Result<(), FlushError> {
        let (index, upto) = {
            let mut layers = self.layers_mut();
            if layers.frozen.is_none() {
                if layers.live.changes() == 0 {
                    return Ok(());
                }
                layers.frozen = Some(std::mem::take(&mut layers.live));
            }
            (layers.index.clone(), layers.frozen.as_ref().map_or(0, |tail| tail.last()))
        };
        let transaction = self.begin_read()?;
        if upto <= self.indexed.load(Ordering::Acquire) {
            // The index was made anew meanwhile, and has it all.
            self.layers_mut().frozen = None;
            return Ok(());
        }
        let pending = pending(&transaction, self.indexed.load(Ordering::Acquire), upto)?;
        let memories = transaction.open_table(MEMORIES).map_err(BrainError::from)?;
        let searcher = index.searcher();
        let mut writer = index.writer()?;
        let mut alive = searcher.num_docs();
        for (key, change) in pending.changes {
            if change != Change::New && index.holds(&searcher, key)? {
                writer.delete_term(index.id_term(key));
                alive -= 1;
            }
            let record = memories.get(key).map_err(BrainError::from)?.map(|bytes| Record::decode(key, bytes.value()));
            match record {
                Some(Ok(record)) if record.current() => {
                    writer.add_document(index.document(key, &record))?;
                    alive += 1;
                }
                Some(Err(error)) => tracing::error!(%error, "left out of the index"),
                _ => {}
            }
        }
        drop(memories);
        let note = Note { brain: brain_number(&transaction)?, sequence: upto, memory: pending.last, alive };
        Index::commit(&mut writer, note)?;
        let searcher = index.reload()?;
        {
            let mut layers = self.layers_mut();
            layers.searcher = searcher;
            layers.frozen = None;
            self.indexed.store(upto, Ordering::Release);
        }
        writer.wait_merging_threads()?;
        let searcher = index.reload()?;
        self.layers_mut().searcher = searcher;
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
pub(crate) fn rebuild(
    dir: &Path,
    transaction: &ReadTransaction,
    progress: Option<&OnProgress>,
) -> Result<Index, BrainError> {
    let failed = |error: TantivyError| BrainError::from(std::io::Error::other(error));
    let memories = transaction.open_table(MEMORIES)?;
    let total = memories.len()?;
    let tell = |done| {
        if let Some(progress) = progress.filter(|_| total > 0) {
            progress(Progress { done, total });
        }
    };
    tell(0);
    let mut index = Index::create(&folder(dir)).map_err(failed)?;
    let mut writer = index.writer().map_err(failed)?;
    let (mut done, mut alive) = (0, 0);
    for row in memories.iter()? {
        let (key, bytes) = row?;
        match Record::decode(key.value(), bytes.value()) {
            Ok(record) if record.current() => {
                writer.add_document(index.document(key.value(), &record)).map_err(failed)?;
                alive += 1;
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "left out of the index"),
        }
        done += 1;
        if done % STEP == 0 && done < total {
            tell(done);
        }
    }
    let (sequence, memory) = last_change(transaction)?;
    let note = Note { brain: brain_number(transaction)?, sequence, memory, alive };
    Index::commit(&mut writer, note).map_err(failed)?;
    writer.wait_merging_threads().map_err(failed)?;
    index.reload().map_err(failed)?;
    index.note = note;
    tell(total);
    Ok(index)
}

/// The process's one flush thread. It owns no brain: a brain that is dropped meanwhile is passed over.
fn worker() -> Sender<Weak<Inner>> {
    static WORKER: OnceLock<Sender<Weak<Inner>>> = OnceLock::new();
    let start = || {
        let (sender, receiver) = channel::<Weak<Inner>>();
        let work = move || {
            while let Ok(brain) = receiver.recv() {
                let Some(brain) = brain.upgrade() else { continue };
                match catch_unwind(AssertUnwindSafe(|| brain.flush())) {
                    Ok(Ok(()) | Err(BrainError::Closed)) => {}
                    Ok(Err(error)) => tracing::error!(%error, brain = %brain.dir.display(), "the index is behind"),
                    Err(_) => tracing::error!(brain = %brain.dir.display(), "a flush of the index ended in a panic"),
                }
            }
        };
        if let Err(error) = std::thread::Builder::new().name("brain-index".to_owned()).spawn(work) {
            tracing::error!(%error, "no thread for the index: memories stay findable, but each open takes longer");
        }
        sender
    };
    WORKER.get_or_init(start).clone()
}
