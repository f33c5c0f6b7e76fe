//! Opening a brain: its lock, its database, the format of that, its index, its tail.

use super::{Brain, Inner, ahead};
use crate::care::copied;
use crate::error::BrainError;
use crate::id::Mint;
use crate::index::flush::{last_change, pending, rebuild};
use crate::index::tail::Tail;
use crate::index::{Index, folder};
use crate::options::{Options, Progress, Stage};
use crate::private;
use crate::recall::search::Layers;
use crate::store::apply::Batch;
use crate::store::group::Group;
use crate::store::log::Log;
use crate::store::memories::{Moment, readable};
use crate::store::record::Record;
use crate::store::tables::{
    CHANGES, FORGOTTEN, FORMAT, MEMORIES, META, Tables, brain_number, is_current, is_loose, logged, number,
};
use crate::store::uses::Uses;
use redb::{Database, DatabaseError, Durability, ReadableDatabase, ReadableTable};
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// The database's file in a brain's folder.
pub(crate) const FILE: &str = "brain.redb";

/// Makes a database that gets its name only when it is whole: a kill during its creation would leave one that never opens. What an
/// earlier start left unfinished is begun anew. The brain's lock keeps others away.
pub(super) fn create_file(builder: &mut redb::Builder, path: &Path) -> Result<(), DatabaseError> {
    let fresh = path.with_extension("redb.new");
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    drop(builder.create_with_backend(redb::backends::FileBackend::new(private::file(&fresh)?)?)?);
    std::fs::rename(&fresh, path)?;
    // Its name must be durable too, or the first power cut takes file and all.
    if let Some(folder) = path.parent() {
        private::sync_folder(folder)?;
    }
    Ok(())
}

/// Takes the lock. Who just let it go may hold it for a moment longer, through a child process that is being started.
fn locked(lock: &File, dir: &Path) -> Result<(), BrainError> {
    const TRIES: u32 = 100;
    for left in (0..TRIES).rev() {
        match lock.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if left == 0 => return Err(BrainError::Locked(dir.to_owned())),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Does again what is in the log and not in the database.
fn take_in(dir: &Path, database: &Database, options: &Options) -> Result<Log, BrainError> {
    let (brain, known) = {
        let transaction = database.begin_read()?;
        (brain_number(&transaction)?, logged(&transaction)?)
    };
    let (mut log, frames) = Log::open(dir, brain, known)?;
    if !frames.is_empty() {
        tracing::info!(brain = %dir.display(), frames = frames.len(), "what was remembered before a crash is taken over from the log");
        // It was within its quota when it was acknowledged.
        let options = Options { max_memories: None, max_bytes: None, ..options.clone() };
        // It stays in the log, so that an open after a crash does not wait for the disk either.
        let mut transaction = database.begin_write()?;
        transaction.set_durability(Durability::None).map_err(std::io::Error::other)?;
        {
            let mut tables = Tables::open(&transaction)?;
            tables.set_logged(log.last())?;
            let mut mint = Mint::after(0);
            let mut batch =
                Batch { tables, mint: &mut mint, options: &options, changed: Vec::new(), dirty: false, bulk: true };
            for (key, bytes) in frames.into_iter().flatten() {
                // What has this name already is not written over, whatever the log says.
                let taken = batch.tables.memories.get(key)?.is_some();
                *batch.mint = if taken { Mint::after(batch.tables.last_key()?) } else { Mint::again(key) };
                batch.remember_again(Record::decode(key, &bytes)?)?;
            }
            batch.tables.finish()?;
        }
        transaction.commit()?;
    } else if !log.is_empty() {
        log.clear()?;
    }
    Ok(log)
}

impl Inner {
    /// Opens the database anew after it could not write: it refuses everything from then on, reading as well. What was acknowledged is in
    /// the file or in the log. Nothing is done where somebody else did it `since`, nor in a brain that was closed.
    pub(super) fn reopen(&self, since: u64) -> Result<(), BrainError> {
        const TRIES: u32 = 200;
        let path = self.dir.join(FILE);
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        let closed = self.lock.lock().unwrap_or_else(PoisonError::into_inner).is_none();
        if closed || !path.is_file() || self.openings.load(Ordering::Acquire) != since {
            return Ok(());
        }
        drop(database.take());
        let mut builder = redb::Builder::new();
        builder.set_cache_size(self.options.cache_bytes);
        let mut opened = builder.open(&path);
        for _ in 0..TRIES {
            // Whoever reads from it still keeps it open, and is soon done.
            if !matches!(opened, Err(DatabaseError::DatabaseAlreadyOpen)) {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
            opened = builder.open(&path);
        }
        let opened = opened.map_err(redb::Error::from)?;
        let log = take_in(&self.dir, &opened, &self.options)?;
        self.in_log.store(log.end(), Ordering::Release);
        *self.log() = Some(log);
        // What was done again may have given other numbers than the first time.
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Arc::default();
        *database = Some(opened);
        self.openings.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    pub(super) fn open(
        dir: &Path,
        options: Options,
        make: impl FnOnce(&mut redb::Builder, PathBuf) -> Result<Database, DatabaseError>,
    ) -> Result<Brain, BrainError> {
        private::folder(dir)?;
        let lock = File::options().create(true).truncate(false).read(true).write(true).open(dir.join("brain.lock"))?;
        locked(&lock, dir)?;
        // What a purge that was cut off left behind.
        private::remove(&dir.join(crate::care::purge::FRESH))?;
        crate::care::snapshots::clear(dir)?;
        if copied::known_torn(&lock) {
            return Err(copied::still_torn());
        }
        let copied = copied::while_in_use(&lock, &dir.join(FILE))?;
        ahead::begin(dir, &dir.join(FILE));
        let mut builder = redb::Builder::new();
        builder.set_cache_size(options.cache_bytes);
        if let Some(progress) = options.progress.clone() {
            builder.set_repair_callback(move |session| {
                let done = (session.progress().clamp(0.0, 1.0) * 1000.0) as u64;
                progress(Progress { stage: Stage::Repair, done, total: 1000 });
            });
        }
        // A database that someone altered may be met by a panic.
        let (database, log) = catch_unwind(AssertUnwindSafe(|| {
            let mut database = Inner::open_database(dir, &mut builder, &options, make)?;
            if copied {
                copied::check(dir, &mut database)?;
            }
            let log = if dir.join(FILE).is_file() { Some(take_in(dir, &database, &options)?) } else { None };
            Ok((database, log))
        }))
        .unwrap_or_else(|_| Err(BrainError::damaged("the brain's database cannot be read")))
        .map_err(|error| if copied { copied::torn(&lock, error) } else { error })?;
        copied::mark(&lock, &[&dir.join(FILE)])?;
        let transaction = Moment::alone(database.begin_read()?);
        let index = Arc::new(Inner::open_index(dir, &transaction, &options)?);
        let live = Inner::replay(&transaction, &index, &options)?;
        let last = |key: Option<u128>| key.unwrap_or(0);
        let newest_key = last(transaction.open_table(MEMORIES)?.last()?.map(|(key, _)| key.value()));
        let last_forgotten = last(transaction.open_table(FORGOTTEN)?.last()?.map(|(key, _)| key.value()));
        let newest = number(transaction.open_table(META)?.get("newest")?.map(|newest| newest.value().to_vec()));
        let loose = is_loose(&transaction)?;
        let indexed = index.note.sequence;
        let view = index.view().map_err(std::io::Error::other)?;
        let inner = Arc::new(Inner {
            dir: dir.to_owned(),
            options,
            database: RwLock::new(Some(database)),
            openings: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            known: Mutex::new(transaction.known()),
            layers: RwLock::new(Layers { index, view, frozen: None, live, newest }),
            uses: Uses::default(),
            group: Group::default(),
            mint: Mutex::new(Mint::after(newest_key.max(last_forgotten))),
            indexed: AtomicU64::new(indexed),
            owed: AtomicU64::new(0),
            flushing: Mutex::new(()),
            keeping: Mutex::new(()),
            flush_asked: AtomicBool::new(false),
            written: Mutex::new(Instant::now()),
            taking_over: AtomicBool::new(false),
            resting: AtomicBool::new(false),
            in_log: AtomicU64::new(log.as_ref().map_or(0, Log::end)),
            log: Mutex::new(log),
            lock: Mutex::new(Some(lock)),
        });
        Inner::flush_when_due(&inner);
        inner.take_over_when_due();
        if loose {
            inner.rest_soon();
        }
        Ok(Brain(inner))
    }

    fn open_database(
        dir: &Path,
        builder: &mut redb::Builder,
        options: &Options,
        make: impl FnOnce(&mut redb::Builder, PathBuf) -> Result<Database, DatabaseError>,
    ) -> Result<Database, BrainError> {
        let database = make(builder, dir.join(FILE)).map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => BrainError::Locked(dir.to_owned()),
            DatabaseError::Storage(redb::StorageError::Io(error))
                if matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) =>
            {
                BrainError::damaged(format!("the brain's database is damaged: {error}"))
            }
            DatabaseError::Storage(error) => error.into(),
            error => BrainError::damaged(format!("the brain's database cannot be opened: {error}")),
        })?;
        if is_current(&database.begin_read()?)? {
            // Nothing is written at a mere opening, and what the last rest noted stays of use.
            return Ok(database);
        }
        let mut transaction = database.begin_write()?;
        transaction.set_quick_repair(true);
        let mut tables = Tables::open(&transaction)?;
        let found = tables.format()?;
        if found > FORMAT {
            return Err(BrainError::TooNew { found, known: FORMAT });
        }
        if found < FORMAT {
            tracing::info!(brain = %dir.display(), found, "the brain is brought to format {FORMAT}");
            tables.migrate(found, options.progress.as_ref())?;
        }
        tables.finish()?;
        transaction.commit()?;
        Ok(database)
    }

    /// Opens the index, and makes it anew if it is not exactly what this database's index would be.
    fn open_index(dir: &Path, transaction: &Moment, options: &Options) -> Result<Index, BrainError> {
        let (last, _) = last_change(transaction)?;
        let reason = match Index::open(&folder(dir), options.language) {
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
        rebuild(dir, transaction, options)
    }

    /// What the index has not taken in yet, as a tail.
    fn replay(transaction: &Moment, index: &Index, options: &Options) -> Result<Tail, BrainError> {
        let mut tail = Tail::new(options.language);
        let (last, _) = last_change(transaction)?;
        let memories = transaction.memories()?;
        for (key, change) in pending(transaction, index.note.sequence, last)?.changes {
            let record = match memories.rows.get(key)? {
                Some(bytes) => readable(memories.read(key, bytes.value()), "left out of the index")?,
                None => None,
            };
            tail.take(key, change, record.as_ref());
        }
        Ok(tail)
    }
}
