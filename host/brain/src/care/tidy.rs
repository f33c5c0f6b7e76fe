//! The database written anew while its brain rests, when much came at once.
//!
//! A transaction writes new pages beside the old ones, and what comes in no order leaves pages half full: after an import or a migration
//! a third of the file says nothing. Nobody waits for this: it is done where nothing was written for a while, and begins anew at
//! the next rest where somebody writes meanwhile.

use super::purge::FRESH;
use super::{copied, copy};
use crate::brain::{FILE, Inner};
use crate::error::BrainError;
use crate::private;
use crate::store::tables::{self, is_loose};
use redb::Database;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{PoisonError, RwLockWriteGuard, TryLockError};

impl Inner {
    /// Writes the database anew, if much of it is free.
    pub(crate) fn tidy(&self) -> Result<(), BrainError> {
        let _one = match self.keeping.try_lock() {
            Ok(one) => one,
            Err(TryLockError::Poisoned(one)) => one.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(()),
        };
        let (path, fresh) = (self.dir.join(FILE), self.dir.join(FRESH));
        let commits = self.commits.load(Ordering::Acquire);
        let moment = self.begin_read()?;
        if !path.is_file() || !is_loose(&moment)? {
            return Ok(());
        }
        private::remove(&fresh)?;
        let copied = copy::write(&moment, private::new_file(&fresh)?, tables::copy_packed);
        drop(moment);
        // Whoever flushes reads for a long time.
        let _no_flush = self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        let database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        if copied.is_err() || database.is_none() || self.commits.load(Ordering::Acquire) != commits {
            private::remove(&fresh)?;
            return Ok(copied?);
        }
        if let Err(error) = self.exchange(database)? {
            // The database knows that it has these; they are passed over.
            tracing::warn!(%error, "the log of what was remembered could not be emptied");
        }
        Ok(())
    }

    /// Puts the fresh file in the place of the database's, which it is a copy of. Both have all that the log has, so that is emptied: answers
    /// whether that could be done.
    pub(super) fn exchange(
        &self,
        mut database: RwLockWriteGuard<'_, Option<Database>>,
    ) -> Result<io::Result<()>, BrainError> {
        let (path, fresh) = (self.dir.join(FILE), self.dir.join(FRESH));
        // The old file is let go first, so that this works where an open file cannot be replaced.
        // What it has in memory only is written, or the next open does it again from the log.
        if let Some(old) = database.take() {
            old.close().map_err(redb::Error::from)?;
        }
        let lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        // A kill before the exchange or after it must not look like a copy.
        lock.iter().try_for_each(|lock| copied::mark(lock, &[&path, &fresh]))?;
        let exchanged = std::fs::rename(&fresh, &path).and_then(|()| private::sync_folder(&self.dir));
        // Old or new, one of them is there and whole.
        let mut builder = redb::Builder::new();
        builder.set_cache_size(self.options.cache_bytes);
        let opened = builder.open(&path).map_err(redb::Error::from)?;
        *database = Some(opened);
        // Whoever read from the old file reads again, from this one.
        self.openings.fetch_add(1, Ordering::AcqRel);
        let wiped = self.log().as_mut().map_or(Ok(()), |log| {
            let wiped = log.wipe();
            self.in_log.store(log.end(), Ordering::Release);
            wiped
        });
        drop(database);
        lock.iter().try_for_each(|lock| copied::mark(lock, &[&path]))?;
        drop(lock);
        exchanged?;
        Ok(wiped)
    }
}
