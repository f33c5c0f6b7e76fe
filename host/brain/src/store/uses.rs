//! What was an answer, how often and when last.
//!
//! A recall must not wait for a sync, so uses are counted in memory and written with the database the next time, at the latest when the
//! brain is closed. After a crash the last of them are missing, and nothing else.

use super::tables::{Tables, USES};
use crate::error::BrainError;
use crate::types::Timestamp;
use redb::{ReadOnlyTable, ReadTransaction, ReadableTable, TableError};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How often a memory was an answer, and when last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) count: u32,
    time: Timestamp,
}

impl Use {
    /// When it last was; none when it never was.
    pub(crate) fn last(self) -> Option<Timestamp> {
        (self.count > 0).then_some(self.time)
    }

    fn and(self, other: Use) -> Use {
        Use { count: self.count.saturating_add(other.count), time: self.time.max(other.time) }
    }
}

/// Uses that are not on disk yet.
#[derive(Debug, Default)]
pub(crate) struct Uses(Mutex<HashMap<u128, Use>>);

impl Uses {
    /// Counts one use of each; answers with how many memories wait to be written.
    pub(crate) fn note(&self, keys: impl Iterator<Item = u128>, time: Timestamp) -> usize {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            let known = waiting.entry(key).or_default();
            *known = known.and(Use { count: 1, time });
        }
        waiting.len()
    }

    /// Whether none wait.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Takes what waits, for a transaction to write.
    pub(crate) fn take(&self) -> HashMap<u128, Use> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts back what a transaction could not write.
    pub(crate) fn put_back(&self, uses: HashMap<u128, Use>) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, more) in uses {
            let known = waiting.entry(key).or_default();
            *known = known.and(more);
        }
    }

    /// Reads uses: those on disk and those that wait.
    pub(crate) fn reader<'u>(&'u self, transaction: &ReadTransaction) -> Result<Reader<'u>, BrainError> {
        let stored = match transaction.open_table(USES) {
            Ok(table) => Some(table),
            Err(TableError::TableDoesNotExist(_)) => None,
            Err(error) => return Err(error.into()),
        };
        Ok(Reader { stored, waiting: self })
    }
}

/// Uses as of one moment.
pub(crate) struct Reader<'u> {
    stored: Option<ReadOnlyTable<u128, (u32, u64)>>,
    waiting: &'u Uses,
}

impl Reader<'_> {
    /// The uses of one memory.
    pub(crate) fn of(&self, key: u128) -> Result<Use, BrainError> {
        let waiting = self.waiting.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        let stored = match &self.stored {
            Some(table) => table.get(key)?.map(|row| row.value()).map(|(count, time)| Use { count, time }),
            None => None,
        };
        Ok(stored.unwrap_or_default().and(waiting.unwrap_or_default()))
    }
}

impl Tables<'_> {
    /// Adds uses to those on disk. Of what is forgotten none are kept.
    pub(crate) fn add_uses(&mut self, uses: &HashMap<u128, Use>) -> Result<(), BrainError> {
        for (key, more) in uses {
            if self.memories.get(key)?.is_none() {
                continue;
            }
            let known = self.uses.read()?.get(key)?.map(|row| row.value());
            let known = known.map(|(count, time)| Use { count, time }).unwrap_or_default().and(*more);
            self.uses.write()?.insert(key, (known.count, known.time))?;
        }
        Ok(())
    }
}
