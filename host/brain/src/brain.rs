//! The brain itself: opening, the calls, closing.

use crate::apply::{Batch, Write};
use crate::error::BrainError;
use crate::flush::{last_change, pending, rebuild};
use crate::group::{Answer, Group};
use crate::id::{MemoryId, Mint};
use crate::index::{Index, folder};
use crate::limits;
use crate::options::Options;
use crate::private;
use crate::record::Record;
use crate::search::Layers;
use crate::snapshot;
use crate::tables::{self, CHANGES, FORGOTTEN, FORMAT, MEMORIES, Tables, brain_number};
use crate::tail::Tail;
use crate::types::{Correction, Draft, Entry, Hit, Kind, Origin, Page, Query, Timestamp};
use redb::{
    Database, DatabaseError, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata, StorageBackend,
    TransactionError,
};
use std::fs::{File, TryLockError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use tantivy::TantivyError;

/// An agent's memory, open. All calls block; share it behind an `Arc`.
///
/// ```
/// use loket_brain::{Brain, Draft, Kind, Options, Origin, Query};
///
/// let dir = tempfile::tempdir()?;
/// let brain = Brain::open(dir.path(), Options::default())?;
/// let text = "my server is at 10.0.0.5".to_owned();
/// brain.remember(Draft { kind: Kind::Fact, text, tags: vec![], conversation: None }, Origin::default())?;
///
/// let hits = brain.recall(&Query::words("where is my server?"))?;
/// assert_eq!(hits[0].entry.text, "my server is at 10.0.0.5");
/// assert_eq!(hits[0].matched, ["server"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Brain(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) dir: PathBuf,
    pub(crate) options: Options,
    database: RwLock<Option<Database>>,
    layers: RwLock<Layers>,
    group: Group,
    mint: Mutex<Mint>,
    /// The last sequence that the index has on disk.
    pub(crate) indexed: AtomicU64,
    /// One flush at a time.
    pub(crate) flushing: Mutex<()>,
    pub(crate) flush_asked: AtomicBool,
    /// Held while the brain is open; the system lets it go when the process dies.
    lock: Mutex<Option<File>>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Brain").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Brain {
    /// Opens the brain in a folder, and makes it if there is none.
    ///
    /// A missing or damaged index is made anew from the database. Errors: [`BrainError::Locked`] when it is open
    /// elsewhere, [`BrainError::TooNew`] for a newer format, [`BrainError::Damaged`] when the database itself cannot be
    /// trusted.
    pub fn open(dir: &Path, options: Options) -> Result<Brain, BrainError> {
        Inner::open(dir, options, |builder, path| {
            if !path.try_exists()? {
                create_file(builder, &path)?;
            }
            builder.create(path)
        })
    }

    /// Opens a brain whose database lives on a backend of the caller's, with the index in a folder: for tests of
    /// durability.
    pub fn open_with_backend(dir: &Path, backend: impl StorageBackend, options: Options) -> Result<Brain, BrainError> {
        Inner::open(dir, options, |builder, _| builder.create_with_backend(backend))
    }

    /// Remembers something, and answers once it is on disk. The same words again strengthen the memory that says them.
    ///
    /// Errors: [`BrainError::Invalid`] for an empty or oversized draft, [`BrainError::Full`] when a quota is used up.
    pub fn remember(&self, draft: Draft, origin: Origin) -> Result<MemoryId, BrainError> {
        limits::draft(&draft)?;
        self.write_memory(Write::Remember(draft, origin))
    }

    /// Writes a lesson and supersedes the mistake, in one step; the same mistake again strengthens its lesson.
    ///
    /// Without an id the wrong words are looked for among the current facts, and only a fact that they mean beyond
    /// doubt is superseded. Errors: [`BrainError::NotFound`] for an unknown mistake, [`BrainError::Invalid`] for empty
    /// or oversized words, [`BrainError::Full`] when a quota is used up.
    pub fn correct(&self, correction: Correction, origin: Origin) -> Result<MemoryId, BrainError> {
        limits::correction(&correction)?;
        let meant = if correction.mistake.is_none() { self.0.meant(&correction)? } else { None };
        self.write_memory(Write::Correct(correction, origin, meant))
    }

    /// Forgets a memory: its words leave the database and the index; its id and the time stay. What is not there is
    /// forgotten already.
    pub fn forget(&self, id: &MemoryId, time: Timestamp) -> Result<(), BrainError> {
        self.write(Write::Forget(id.clone(), time)).map(|_| ())
    }

    /// Finds the memories that fit, best first; see the crate's documentation for the order.
    ///
    /// Errors: [`BrainError::Invalid`] for an oversized text or a limit out of range.
    pub fn recall(&self, query: &Query) -> Result<Vec<Hit>, BrainError> {
        self.0.recall(query)
    }

    /// Reads one memory, superseded ones too; none when there is no such memory.
    pub fn get(&self, id: &MemoryId) -> Result<Option<Entry>, BrainError> {
        let Some(key) = id.key() else { return Ok(None) };
        let transaction = self.0.begin_read()?;
        let bytes = transaction.open_table(MEMORIES)?.get(key)?;
        bytes.map(|bytes| Ok(Record::decode(key, bytes.value())?.into_entry(key))).transpose()
    }

    /// Lists memories, superseded ones too, newest first, 1 to 100 a page; of the given kinds, or of all when none is
    /// given.
    ///
    /// Errors: [`BrainError::Invalid`] for a limit out of range or a cursor that no page gave.
    pub fn list(&self, kinds: &[Kind], cursor: Option<&str>, limit: u32) -> Result<Page, BrainError> {
        self.0.list(kinds, cursor, limit)
    }

    /// How many memories there are, superseded ones included.
    pub fn count(&self) -> Result<u64, BrainError> {
        Ok(self.0.begin_read()?.open_table(MEMORIES)?.len()?)
    }

    /// Copies all memories of one moment into a new file, which is a brain's `brain.redb` without an index; this brain goes on
    /// meanwhile.
    ///
    /// Errors: [`BrainError::Io`] when the file is there already or cannot be written.
    pub fn copy_to(&self, file: &Path) -> Result<(), BrainError> {
        let from = self.0.begin_read()?;
        let file = private::new_file(file)?;
        let copied = catch_unwind(AssertUnwindSafe(|| snapshot::write(&from, file, tables::copy)));
        copied
            .map_err(|_| BrainError::damaged("the brain's database cannot be read"))?
            .map_err(|error| BrainError::Storage(Arc::new(error)))
    }

    /// Brings the index up to date now, in this thread. Nothing depends on it: a brain does so by itself.
    pub fn index_now(&self) -> Result<(), BrainError> {
        self.0.flush()
    }

    /// Closes the brain; further calls answer [`BrainError::Closed`]. Dropping does the same, without bringing the
    /// index up to date.
    pub fn close(&self) -> Result<(), BrainError> {
        if self.0.layers().live.changes() >= self.0.options.index_after / 4 {
            match self.0.flush() {
                Err(BrainError::Closed) | Ok(()) => {}
                // The next open catches up.
                Err(error) => tracing::warn!(%error, "the index stays behind"),
            }
        }
        self.0.shut();
        Ok(())
    }

    fn write_memory(&self, write: Write) -> Result<MemoryId, BrainError> {
        let key = self.write(write)?;
        key.map(MemoryId::from_key).ok_or_else(|| BrainError::damaged("a write answered without a memory"))
    }

    fn write(&self, write: Write) -> Answer {
        let answer = self.0.group.submit(write, |batch| self.0.commit(batch));
        Inner::flush_when_due(&self.0);
        answer
    }
}

impl Drop for Brain {
    fn drop(&mut self) {
        self.0.shut();
    }
}

/// Makes a database that gets its name only when it is whole: a kill during its creation would leave one that never opens. What an
/// earlier start left unfinished is begun anew. The brain's lock keeps others away.
fn create_file(builder: &mut redb::Builder, path: &Path) -> Result<(), DatabaseError> {
    let fresh = path.with_extension("redb.new");
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    drop(builder.create_with_backend(redb::backends::FileBackend::new(private::file(&fresh)?)?)?);
    std::fs::rename(&fresh, path)?;
    // Its name must be durable too, or the first power cut takes file and all.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

impl Inner {
    fn open(
        dir: &Path,
        options: Options,
        make: impl FnOnce(&mut redb::Builder, PathBuf) -> Result<Database, DatabaseError>,
    ) -> Result<Brain, BrainError> {
        private::folder(dir)?;
        let lock = File::options().create(true).truncate(false).write(true).open(dir.join("brain.lock"))?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(BrainError::Locked(dir.to_owned())),
            Err(TryLockError::Error(error)) => return Err(error.into()),
            Ok(()) => {}
        }
        let mut builder = redb::Builder::new();
        builder.set_cache_size(options.cache_bytes);
        // A database that someone altered may be met by a panic.
        let database = catch_unwind(AssertUnwindSafe(|| Inner::open_database(dir, &mut builder, make)))
            .unwrap_or_else(|_| Err(BrainError::damaged("the brain's database cannot be read")))?;
        let transaction = database.begin_read()?;
        let index = Arc::new(Inner::open_index(dir, &transaction, &options)?);
        let live = Inner::replay(&transaction, &index)?;
        let last = |key: Option<u128>| key.unwrap_or(0);
        let newest_key = last(transaction.open_table(MEMORIES)?.last()?.map(|(key, _)| key.value()));
        let last_forgotten = last(transaction.open_table(FORGOTTEN)?.last()?.map(|(key, _)| key.value()));
        let newest =
            transaction.open_table(MEMORIES)?.get(newest_key)?.map(|bytes| Record::decode(newest_key, bytes.value()));
        let newest = newest.and_then(Result::ok).map_or(0, |record| record.touched);
        let indexed = index.note.sequence;
        let searcher = index.searcher();
        let inner = Arc::new(Inner {
            dir: dir.to_owned(),
            options,
            database: RwLock::new(Some(database)),
            layers: RwLock::new(Layers { index, searcher, frozen: None, live, newest }),
            group: Group::default(),
            mint: Mutex::new(Mint::after(newest_key.max(last_forgotten))),
            indexed: AtomicU64::new(indexed),
            flushing: Mutex::new(()),
            flush_asked: AtomicBool::new(false),
            lock: Mutex::new(Some(lock)),
        });
        Inner::flush_when_due(&inner);
        Ok(Brain(inner))
    }

    fn open_database(
        dir: &Path,
        builder: &mut redb::Builder,
        make: impl FnOnce(&mut redb::Builder, PathBuf) -> Result<Database, DatabaseError>,
    ) -> Result<Database, BrainError> {
        let database = make(builder, dir.join("brain.redb")).map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => BrainError::Locked(dir.to_owned()),
            DatabaseError::Storage(redb::StorageError::Io(error))
                if error.kind() == std::io::ErrorKind::InvalidData =>
            {
                BrainError::damaged(format!("the brain's database is damaged: {error}"))
            }
            DatabaseError::Storage(error) => error.into(),
            error => BrainError::damaged(format!("the brain's database cannot be opened: {error}")),
        })?;
        let transaction = database.begin_write()?;
        let mut tables = Tables::open(&transaction)?;
        let found = tables.format()?;
        if found > FORMAT {
            return Err(BrainError::TooNew { found, known: FORMAT });
        }
        tables.finish()?;
        transaction.commit()?;
        Ok(database)
    }

    /// Opens the index, and makes it anew if it is not exactly what this database's index would be.
    fn open_index(dir: &Path, transaction: &ReadTransaction, options: &Options) -> Result<Index, BrainError> {
        let (last, _) = last_change(transaction)?;
        let reason = match Index::open(&folder(dir)) {
            Ok(index) => {
                let note = index.note;
                let told = transaction.open_table(CHANGES)?.get(note.sequence)?.map(|change| change.value().0);
                if note.brain != brain_number(transaction)? {
                    "it belongs to another brain".to_owned()
                } else if note.sequence > last {
                    "it knows more than the database".to_owned()
                } else if note.sequence > 0 && told != Some(note.memory) {
                    "it tells another history than the database".to_owned()
                } else if note.sequence == 0 && last > 0 && transaction.open_table(CHANGES)?.get(1)?.is_none() {
                    "it is too old to catch up".to_owned()
                } else {
                    return Ok(index);
                }
            }
            Err(reason) => reason,
        };
        if last > 0 {
            tracing::warn!(brain = %dir.display(), reason, "the index is made anew");
        }
        rebuild(dir, transaction, options.progress.as_ref())
    }

    /// What the index has not taken in yet, as a tail.
    fn replay(transaction: &ReadTransaction, index: &Index) -> Result<Tail, BrainError> {
        let mut tail = Tail::default();
        let (last, _) = last_change(transaction)?;
        let memories = transaction.open_table(MEMORIES)?;
        for (key, change) in pending(transaction, index.note.sequence, last)?.changes {
            let record = memories.get(key)?.map(|bytes| Record::decode(key, bytes.value()));
            let record = record.transpose().unwrap_or_else(|error| {
                tracing::error!(%error, "left out of the index");
                None
            });
            tail.take(last, key, change, record.as_ref());
        }
        Ok(tail)
    }

    pub(crate) fn begin_read(&self) -> Result<ReadTransaction, BrainError> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        Ok(database.as_ref().ok_or(BrainError::Closed)?.begin_read()?)
    }

    pub(crate) fn layers(&self) -> RwLockReadGuard<'_, Layers> {
        self.layers.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn layers_mut(&self) -> RwLockWriteGuard<'_, Layers> {
        self.layers.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a search; if the index fails, it is made anew from the database, and the search runs once more.
    pub(crate) fn with_index<T>(&self, mut search: impl FnMut() -> Result<T, TantivyError>) -> Result<T, BrainError> {
        search().or_else(|error| {
            tracing::warn!(%error, brain = %self.dir.display(), "the index failed and is made anew");
            self.heal()?;
            search().map_err(|error| std::io::Error::other(error).into())
        })
    }

    /// Commits a batch in one transaction, and tells the tail. A write that is refused takes nobody with it.
    fn commit(&self, writes: &[Write]) -> Vec<Answer> {
        match self.commit_together(writes) {
            Ok(answers) => answers,
            // One of them met something damaged: alone, each shows whether it was the one.
            Err(Uncommitted::Unapplied(_)) if writes.len() > 1 => {
                writes.iter().flat_map(|write| self.commit(std::slice::from_ref(write))).collect()
            }
            Err(Uncommitted::Unapplied(error) | Uncommitted::Failed(error)) => {
                writes.iter().map(|_| Err(error.clone())).collect()
            }
        }
    }

    fn commit_together(&self, writes: &[Write]) -> Result<Vec<Answer>, Uncommitted> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let database = database.as_ref().ok_or(Uncommitted::Failed(BrainError::Closed))?;
        let failed = |error: TransactionError| Uncommitted::Failed(error.into());
        let transaction = database.begin_write().map_err(failed)?;
        let mut mint = self.mint.lock().unwrap_or_else(PoisonError::into_inner);
        let (answers, changed, dirty, newest) =
            self.apply(&transaction, writes, &mut mint).map_err(Uncommitted::Unapplied)?;
        if dirty {
            transaction.commit().map_err(|error| Uncommitted::Failed(error.into()))?;
        }
        let mut layers = self.layers_mut();
        layers.newest = layers.newest.max(newest);
        for changed in changed {
            layers.live.take(changed.sequence, changed.key, changed.change, changed.record.as_ref());
        }
        Ok(answers)
    }

    fn apply(
        &self,
        transaction: &redb::WriteTransaction,
        writes: &[Write],
        mint: &mut Mint,
    ) -> Result<(Vec<Answer>, Vec<crate::apply::Changed>, bool, Timestamp), BrainError> {
        let tables = Tables::open(transaction)?;
        let mut batch = Batch { tables, mint, options: &self.options, changed: Vec::new(), dirty: false };
        let mut newest = 0;
        let mut answers = Vec::with_capacity(writes.len());
        for write in writes {
            let answer = batch.apply(write);
            match &answer {
                Ok(_) => newest = newest.max(write.time().unwrap_or(0)),
                Err(BrainError::Invalid(_) | BrainError::NotFound(_) | BrainError::Full { .. }) => {}
                Err(error) => return Err(error.clone()),
            }
            answers.push(answer);
        }
        if batch.dirty {
            batch.tables.prune(self.indexed.load(Ordering::Acquire))?;
        }
        batch.tables.finish()?;
        Ok((answers, batch.changed, batch.dirty, newest))
    }

    /// Waits for whoever is inside, then lets the files and the lock go.
    fn shut(&self) {
        let _no_flush = self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.database.write().unwrap_or_else(PoisonError::into_inner).take());
        drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// Why a batch is not on disk.
enum Uncommitted {
    /// Nothing was written.
    Unapplied(BrainError),
    /// The commit itself failed.
    Failed(BrainError),
}

impl Write {
    /// When the write says that it is; a forgetting makes nothing newer.
    fn time(&self) -> Option<Timestamp> {
        match self {
            Write::Remember(_, origin) | Write::Correct(_, origin, _) => Some(origin.time),
            Write::Forget(..) => None,
        }
    }
}
