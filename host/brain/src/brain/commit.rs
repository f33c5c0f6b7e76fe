//! How writes reach the disk, and how a brain is closed.

use super::Inner;
use crate::background::{self, Job};
use crate::care::copied;
use crate::error::BrainError;
use crate::id::Mint;
use crate::recall::search::Layers;
use crate::store::apply::{Batch, Changed, Task, Write, drafted};
use crate::store::group::Answer;
use crate::store::log::{self, Log};
use crate::store::memories::Moment;
use crate::store::names::Known;
use crate::store::tables::{Tables, is_loose};
use crate::store::uses::Use;
use crate::types::Timestamp;
use redb::{Database, Durability, ReadableDatabase, SetDurabilityError, TransactionError, WriteTransaction};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};
use tantivy::TantivyError;

impl Inner {
    /// Hands in a write, and waits until it is on disk.
    pub(crate) fn write(self: &Arc<Inner>, write: Write) -> Answer {
        let remembers = matches!(write, Write::Remember(..));
        let answer = self.group.submit(write, |batch| self.commit(batch));
        Inner::flush_when_due(self);
        // Nothing else makes the log longer; what failed to take it over must not ask for itself again.
        if remembers && answer.is_ok() {
            self.take_over_when_due();
        }
        answer
    }

    /// Asks for the log to be taken over, now if it is long, and else at the next rest.
    pub(super) fn take_over_when_due(self: &Arc<Inner>) {
        // Not asked of the log itself: who leads holds it, for as long as a sync takes.
        let bytes = self.in_log.load(Ordering::Acquire);
        let (long, empty) = (log::is_long(bytes), bytes == 0);
        if long && !self.taking_over.swap(true, Ordering::AcqRel) && !background::ask(self, Job::TakeOver) {
            self.taking_over.store(false, Ordering::Release);
        }
        if !empty {
            self.rest_soon();
        }
    }

    /// How long nothing was written.
    pub(crate) fn rested(&self) -> Duration {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// The same at the end of a rest.
    pub(crate) fn rest(self: &Arc<Inner>) -> Result<(), BrainError> {
        self.resting.swap(false, Ordering::AcqRel);
        self.take_over()?;
        self.tidy()
    }

    /// Asks for what is done at the next rest.
    pub(crate) fn rest_soon(self: &Arc<Inner>) {
        if !self.resting.swap(true, Ordering::AcqRel) && !background::ask(self, Job::Rest) {
            self.resting.store(false, Ordering::Release);
        }
    }

    /// Writes to the database what is in the log only, and what was used.
    pub(crate) fn take_over(self: &Arc<Inner>) -> Result<(), BrainError> {
        self.taking_over.swap(false, Ordering::AcqRel);
        if self.uses.is_empty() && self.in_log.load(Ordering::Acquire) == 0 {
            return Ok(());
        }
        self.task(|batch, (): &mut ()| {
            batch.dirty = true;
            Ok(())
        })
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Option<Log>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does work of several steps as one; answers with what the work left.
    pub(crate) fn task<T: Send + Default + 'static>(
        self: &Arc<Inner>,
        work: impl Fn(&mut Batch<'_, '_>, &mut T) -> Result<(), BrainError> + Send + Sync + 'static,
    ) -> Result<T, BrainError> {
        let left = Arc::new(Mutex::new(T::default()));
        let into = left.clone();
        let task = move |batch: &mut Batch<'_, '_>| {
            // A batch that met something damaged is done again, one by one: each time from the beginning.
            let mut answer = T::default();
            work(batch, &mut answer)?;
            *into.lock().unwrap_or_else(PoisonError::into_inner) = answer;
            Ok(())
        };
        self.write(Write::Task(Task(Arc::new(task))))?;
        Ok(std::mem::take(&mut *left.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    pub(crate) fn begin_read(&self) -> Result<Moment, BrainError> {
        let database = self.database()?;
        let transaction = database.as_ref().ok_or(BrainError::Closed)?.begin_read()?;
        // The names that are known are of the database that is open: the guard is held until both are there.
        Ok(Moment::of(transaction, self.known()))
    }

    fn known(&self) -> Arc<Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The database. Where it could not be opened anew after a write that failed, that is tried again first.
    fn database(&self) -> Result<RwLockReadGuard<'_, Option<Database>>, BrainError> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        if database.is_some() {
            return Ok(database);
        }
        drop(database);
        self.reopen(self.openings.load(Ordering::Acquire))?;
        Ok(self.database.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads, and once more from the database opened anew if it refuses: after a write that failed it refuses all. Where others opened it
    /// anew meanwhile, whoever read from the old one begins again.
    pub(crate) fn reading<T>(&self, read: impl Fn() -> Result<T, BrainError>) -> Result<T, BrainError> {
        const TRIES: u32 = 8;
        let mut since = self.openings.load(Ordering::Acquire);
        let mut done = read();
        for attempt in 0..TRIES {
            match &done {
                Err(BrainError::Storage(error)) if attempt == 0 || matches!(**error, redb::Error::DatabaseClosed) => {
                    self.reopen(since)?;
                    since = self.openings.load(Ordering::Acquire);
                    done = read();
                }
                _ => break,
            }
        }
        done
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
    pub(super) fn commit(&self, writes: &[Write]) -> Vec<Answer> {
        let since = self.openings.load(Ordering::Acquire);
        match self.commit_together(writes) {
            Ok(answers) => answers,
            // One of them met something damaged: alone, each shows whether it was the one.
            Err(Uncommitted::Unapplied(_)) if writes.len() > 1 => {
                writes.iter().flat_map(|write| self.commit(std::slice::from_ref(write))).collect()
            }
            Err(Uncommitted::Unapplied(error) | Uncommitted::Failed(error)) => {
                if matches!(error, BrainError::Storage(_))
                    && let Err(error) = self.reopen(since)
                {
                    tracing::error!(%error, brain = %self.dir.display(), "the database cannot be opened again");
                }
                writes.iter().map(|_| Err(error.clone())).collect()
            }
        }
    }

    fn commit_together(&self, writes: &[Write]) -> Result<Vec<Answer>, Uncommitted> {
        let database = self.database().map_err(Uncommitted::Failed)?;
        let database = database.as_ref().ok_or(Uncommitted::Failed(BrainError::Closed))?;
        let failed = |error: TransactionError| Uncommitted::Failed(error.into());
        let mut transaction = database.begin_write().map_err(failed)?;
        let mut held = self.log();
        let log = held.as_mut();
        // Nothing but new memories: they go into the log, and to the database's file later.
        let logs = log.as_ref().is_some_and(|log| log.takes_more())
            && writes.iter().all(|write| matches!(write, Write::Remember(..)));
        if logs {
            let refused = |error: SetDurabilityError| Uncommitted::Failed(std::io::Error::other(error).into());
            transaction.set_durability(Durability::None).map_err(refused)?;
        } else {
            // So that it opens at once after a crash, and is not read as a whole to find its free pages.
            transaction.set_quick_repair(log.is_some());
        }
        let uses = if logs { HashMap::new() } else { self.uses.take() };
        let mut mint = self.mint.lock().unwrap_or_else(PoisonError::into_inner);
        let number = log.as_ref().map(|log| log.last() + 1);
        let applied = self.apply(&transaction, writes, &mut mint, &uses, number).map_err(Uncommitted::Unapplied);
        let committed = applied.and_then(|applied| {
            if applied.dirty {
                *self.written.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
                match (log, logs) {
                    (Some(log), true) => commit_logged(transaction, log, writes, &applied.answers),
                    (log, _) => commit_whole(transaction, log.zip(number)),
                }
                .map_err(Uncommitted::Failed)?;
            }
            Ok(applied)
        });
        self.in_log.store(held.as_ref().map_or(0, Log::end), Ordering::Release);
        drop(held);
        let applied = committed.inspect_err(|_| self.uses.put_back(uses.clone()))?;
        if !applied.dirty {
            self.uses.put_back(uses);
        }
        if applied.dirty {
            self.commits.fetch_add(1, Ordering::AcqRel);
        }
        if applied.lost {
            self.known().clear();
        }
        let mut layers = self.layers_mut();
        layers.newest = layers.newest.max(applied.newest);
        if applied.changed.iter().any(|changed| changed.bulk) {
            self.owed.fetch_max(applied.sequence, Ordering::AcqRel);
        }
        for changed in applied.changed.into_iter().filter(|changed| !changed.bulk) {
            layers.live.take(changed.key, changed.change, changed.record.as_ref());
        }
        Ok(applied.answers)
    }

    fn apply(
        &self,
        transaction: &redb::WriteTransaction,
        writes: &[Write],
        mint: &mut Mint,
        uses: &HashMap<u128, Use>,
        number: Option<u64>,
    ) -> Result<Applied, BrainError> {
        let tables = Tables::open(transaction)?;
        let mut batch = Batch { tables, mint, options: &self.options, changed: Vec::new(), dirty: false, bulk: false };
        let mut answers = Vec::with_capacity(writes.len());
        for write in writes {
            let answer = batch.apply(write);
            match &answer {
                Ok(_) => {}
                Err(BrainError::Invalid(_) | BrainError::NotFound(_) | BrainError::Full { .. }) => {}
                Err(error) => return Err(error.clone()),
            }
            answers.push(answer);
        }
        if let Some(number) = number {
            batch.tables.set_logged(number)?;
        }
        if batch.dirty {
            batch.tables.add_uses(uses)?;
            // Few at a time, so that no single writer pays for all; of very many the background takes care.
            batch.tables.prune(self.indexed.load(Ordering::Acquire), 16 * writes.len() as u64)?;
        }
        let (newest, sequence) = (batch.tables.newest(), batch.tables.sequence());
        let lost = batch.tables.finish()?;
        Ok(Applied { answers, changed: batch.changed, dirty: batch.dirty, newest, sequence, lost })
    }

    /// Waits for whoever is inside, then lets the files and the lock go.
    pub(super) fn shut(&self) {
        let _no_flush = self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        // Held to the end, so that nobody opens it again meanwhile.
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut open) = database.take() {
            let loose = open.begin_read().map_err(BrainError::from).and_then(|read| is_loose(&read)).unwrap_or(false);
            // Whoever still reads is in the way, and then it stays for the next rest. What someone altered may be met by a panic.
            let compacted = loose.then(|| catch_unwind(AssertUnwindSafe(|| open.compact())));
            if !matches!(compacted, None | Some(Ok(Ok(_)))) {
                tracing::debug!(brain = %self.dir.display(), "the database stays larger than it needs to be");
            }
        }
        drop(self.log().take());
        self.in_log.store(0, Ordering::Release);
        if let Some(lock) = self.lock.lock().unwrap_or_else(PoisonError::into_inner).take() {
            copied::unmark(&lock);
        }
    }
}

/// To the database's file, with what is in the log only; then that begins anew.
fn commit_whole(transaction: WriteTransaction, log: Option<(&mut Log, u64)>) -> Result<(), BrainError> {
    transaction.commit()?;
    let Some((log, number)) = log else { return Ok(()) };
    log.passed(number);
    if !log.is_empty()
        && let Err(error) = log.clear()
    {
        // The database knows that it has these; they are passed over.
        tracing::warn!(%error, "the log of what was remembered could not be emptied");
    }
    Ok(())
}

/// To the log, and to the database in memory.
fn commit_logged(
    transaction: WriteTransaction,
    log: &mut Log,
    writes: &[Write],
    answers: &[Answer],
) -> Result<(), BrainError> {
    let mut memories = Vec::with_capacity(writes.len());
    for (write, answer) in writes.iter().zip(answers) {
        if let (Write::Remember(draft, origin), Ok(Some(key))) = (write, answer) {
            memories.push((*key, drafted(draft, origin).encode()?));
        }
    }
    let end = log.end();
    log.append(&memories)?;
    transaction.commit().or_else(|error| {
        log.take_back(end)?;
        Err(error.into())
    })
}

/// What a batch did to the tables.
struct Applied {
    answers: Vec<Answer>,
    changed: Vec<Changed>,
    /// Whether there is anything to commit.
    dirty: bool,
    newest: Timestamp,
    /// The last change of all.
    sequence: u64,
    /// Names went that nothing bears any more.
    lost: bool,
}

/// Why a batch is not on disk.
enum Uncommitted {
    /// Nothing was written.
    Unapplied(BrainError),
    /// The commit itself failed.
    Failed(BrainError),
}
