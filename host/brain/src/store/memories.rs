//! The memories of one moment, open for reading.

use super::names::{Known, NAMES, Named, missing};
use super::packed;
use super::record::Record;
use super::tables::MEMORIES;
use crate::error::BrainError;
use redb::{ReadOnlyTable, ReadTransaction, TableError};
use std::cell::OnceCell;
use std::sync::Arc;

/// A transaction, and what was read of its names before.
pub(crate) struct Moment {
    transaction: ReadTransaction,
    known: Arc<Known>,
}

impl Moment {
    /// A moment of a brain of which these names are known.
    pub(crate) fn of(transaction: ReadTransaction, known: Arc<Known>) -> Moment {
        Moment { transaction, known }
    }

    /// A moment of which nothing was read before.
    pub(crate) fn alone(transaction: ReadTransaction) -> Moment {
        Moment::of(transaction, Arc::default())
    }

    pub(crate) fn known(&self) -> Arc<Known> {
        self.known.clone()
    }

    pub(crate) fn memories(&self) -> Result<Memories<'_>, BrainError> {
        Ok(Memories { rows: self.transaction.open_table(MEMORIES)?, names: OnceCell::new(), moment: self })
    }
}

impl std::ops::Deref for Moment {
    type Target = ReadTransaction;

    fn deref(&self) -> &ReadTransaction {
        &self.transaction
    }
}

/// The memories of a moment.
pub(crate) struct Memories<'m> {
    /// Id → memory, as stored.
    pub(crate) rows: ReadOnlyTable<u128, &'static [u8]>,
    /// Opened when a name is asked for that is not known. None in a snapshot of an older format.
    names: OnceCell<Option<ReadOnlyTable<u32, &'static [u8]>>>,
    moment: &'m Moment,
}

impl Memories<'_> {
    fn names(&self) -> Result<Option<&ReadOnlyTable<u32, &'static [u8]>>, BrainError> {
        if self.names.get().is_none() {
            let names = match self.moment.open_table(NAMES) {
                Ok(names) => Some(names),
                Err(TableError::TableDoesNotExist(_)) => None,
                Err(error) => return Err(error.into()),
            };
            self.names.get_or_init(|| names);
        }
        Ok(self.names.get().and_then(Option::as_ref))
    }

    pub(crate) fn get(&self, key: u128) -> Result<Option<Record>, BrainError> {
        self.rows.get(key)?.map(|bytes| self.read(key, bytes.value())).transpose()
    }

    /// Reads a memory as a row has it.
    pub(crate) fn read(&self, key: u128, bytes: &[u8]) -> Result<Record, BrainError> {
        packed::read(key, bytes, self)
    }

    /// Whether the same bytes say the same here and there: no number has one name here and another there.
    pub(crate) fn agrees_with(&self, other: &Memories<'_>) -> Result<bool, BrainError> {
        let (Some(ours), Some(theirs)) = (self.names()?, other.names()?) else { return Ok(false) };
        for row in ours.range::<u32>(..)? {
            let (number, name) = row?;
            if theirs.get(number.value())?.is_some_and(|other| other.value() != name.value()) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// What is damaged is told of and passed over. Whatever else fails may be well a moment later, and is no reason to leave anything out.
pub(crate) fn readable(read: Result<Record, BrainError>, otherwise: &str) -> Result<Option<Record>, BrainError> {
    match read {
        Ok(record) => Ok(Some(record)),
        Err(error @ BrainError::Damaged { .. }) => {
            tracing::error!(%error, "{otherwise}");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

impl Named for Memories<'_> {
    fn name(&self, number: u32) -> Result<Arc<[u8]>, BrainError> {
        if let Some(known) = self.moment.known.get(number) {
            return Ok(known);
        }
        let names = self.names()?.ok_or_else(|| missing(number))?;
        let name: Arc<[u8]> = names.get(number)?.ok_or_else(|| missing(number))?.value().into();
        self.moment.known.note(number, &name);
        Ok(name)
    }
}
