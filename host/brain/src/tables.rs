//! The tables in `brain.redb`, and the two counters beside them.

use crate::error::BrainError;
use crate::record::Record;
use crate::snapshot::table;
use crate::types::Kind;
use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata, Table, TableDefinition, WriteTransaction};

/// The format that this program writes.
pub(crate) const FORMAT: u64 = 1;

/// `format`, `brain` (16 random bytes, so that an index of another brain is told apart), `bytes` (what the memories
/// take).
pub(crate) const META: TableDefinition<'static, &'static str, &'static [u8]> = TableDefinition::new("meta");
/// Id → record. The truth.
pub(crate) const MEMORIES: TableDefinition<'static, u128, &'static [u8]> = TableDefinition::new("memories");
/// (Facet, id): what `list` and a recall without words walk along, newest first.
pub(crate) const FACETS: TableDefinition<'static, (&'static [u8], u128), ()> = TableDefinition::new("facets");
/// Kind and words, hashed → the current memory that says just this.
pub(crate) const TEXTS: TableDefinition<'static, u128, u128> = TableDefinition::new("texts");
/// Mistake → its lesson.
pub(crate) const LESSONS: TableDefinition<'static, u128, u128> = TableDefinition::new("lessons");
/// Wrong words, hashed → the lesson about them.
pub(crate) const WRONGS: TableDefinition<'static, u128, u128> = TableDefinition::new("wrongs");
/// Sequence → (id, [`Change`]): what the index must still take in, and the last change that it took in.
pub(crate) const CHANGES: TableDefinition<'static, u64, (u128, u8)> = TableDefinition::new("changes");
/// Forgotten id → when. Nothing else is kept of it.
pub(crate) const FORGOTTEN: TableDefinition<'static, u128, u64> = TableDefinition::new("forgotten");

/// What a change did to a memory, as far as the index is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Change {
    /// It is new: no index has it yet.
    New = 0,
    /// Its words, tags or standing changed.
    Changed = 1,
    /// It is forgotten.
    Gone = 2,
}

/// The tables, open for writing.
pub(crate) struct Tables<'t> {
    meta: Table<'t, &'static str, &'static [u8]>,
    pub(crate) memories: Table<'t, u128, &'static [u8]>,
    facets: Table<'t, (&'static [u8], u128), ()>,
    pub(crate) texts: Table<'t, u128, u128>,
    pub(crate) lessons: Table<'t, u128, u128>,
    pub(crate) wrongs: Table<'t, u128, u128>,
    changes: Table<'t, u64, (u128, u8)>,
    pub(crate) forgotten: Table<'t, u128, u64>,
    sequence: u64,
    bytes: u64,
}

impl<'t> Tables<'t> {
    pub(crate) fn open(transaction: &'t WriteTransaction) -> Result<Tables<'t>, BrainError> {
        let meta = transaction.open_table(META)?;
        let changes = transaction.open_table(CHANGES)?;
        let bytes = number(meta.get("bytes")?.map(|bytes| bytes.value().to_vec()));
        let sequence = changes.last()?.map_or(0, |(sequence, _)| sequence.value());
        Ok(Tables {
            meta,
            memories: transaction.open_table(MEMORIES)?,
            facets: transaction.open_table(FACETS)?,
            texts: transaction.open_table(TEXTS)?,
            lessons: transaction.open_table(LESSONS)?,
            wrongs: transaction.open_table(WRONGS)?,
            changes,
            forgotten: transaction.open_table(FORGOTTEN)?,
            sequence,
            bytes,
        })
    }

    /// Makes an empty database a brain, and answers with the format that it has.
    pub(crate) fn format(&mut self) -> Result<u64, BrainError> {
        if let Some(format) = self.meta.get("format")?.map(|bytes| bytes.value().to_vec()) {
            return Ok(number(Some(format)));
        }
        self.meta.insert("format", FORMAT.to_le_bytes().as_slice())?;
        self.meta.insert("brain", rand::random::<u128>().to_le_bytes().as_slice())?;
        Ok(FORMAT)
    }

    /// How many memories there are, and how many bytes they take.
    pub(crate) fn usage(&self) -> Result<(u64, u64), BrainError> {
        Ok((self.memories.len()?, self.bytes))
    }

    pub(crate) fn get(&self, key: u128) -> Result<Option<Record>, BrainError> {
        self.memories.get(key)?.map(|bytes| Record::decode(key, bytes.value())).transpose()
    }

    /// Writes a record in place of `old`, with its facets and its identity.
    pub(crate) fn put(
        &mut self,
        key: u128,
        record: &Record,
        bytes: &[u8],
        old: Option<&Record>,
    ) -> Result<(), BrainError> {
        if let Some(old) = old {
            self.unlink(key, old)?;
        }
        for facet in facets(record) {
            self.facets.insert((facet.as_slice(), key), ())?;
        }
        if record.current() {
            self.texts.insert(record.identity(), key)?;
        }
        let before = self.memories.insert(key, bytes)?.map_or(0, |old| old.value().len() as u64);
        self.bytes = (self.bytes + bytes.len() as u64).saturating_sub(before);
        Ok(())
    }

    /// Takes a record away, with its facets and its identity.
    pub(crate) fn remove(&mut self, key: u128, record: &Record) -> Result<(), BrainError> {
        self.unlink(key, record)?;
        let before = self.memories.remove(key)?.map_or(0, |old| old.value().len() as u64);
        self.bytes = self.bytes.saturating_sub(before);
        Ok(())
    }

    fn unlink(&mut self, key: u128, record: &Record) -> Result<(), BrainError> {
        for facet in facets(record) {
            self.facets.remove((facet.as_slice(), key))?;
        }
        let identity = record.identity();
        if self.texts.get(identity)?.is_some_and(|holder| holder.value() == key) {
            self.texts.remove(identity)?;
        }
        Ok(())
    }

    /// Notes a change for the index, and answers with its sequence.
    pub(crate) fn note(&mut self, key: u128, change: Change) -> Result<u64, BrainError> {
        self.sequence += 1;
        self.changes.insert(self.sequence, (key, change as u8))?;
        Ok(self.sequence)
    }

    /// Drops notes that the index has taken in; the last of them stays, as the index is checked against it.
    pub(crate) fn prune(&mut self, indexed: u64) -> Result<(), BrainError> {
        /// A transaction prunes at most so many, so that no single writer pays for all.
        const AT_ONCE: u64 = 4096;
        let first = self.changes.first()?.map(|(sequence, _)| sequence.value());
        if let Some(first) = first {
            for sequence in first..indexed.min(first + AT_ONCE) {
                self.changes.remove(sequence)?;
            }
        }
        Ok(())
    }

    /// Writes the counters; the last thing before a commit.
    pub(crate) fn finish(mut self) -> Result<(), BrainError> {
        self.meta.insert("bytes", self.bytes.to_le_bytes().as_slice())?;
        Ok(())
    }
}

/// Copies all tables into an empty database.
pub(crate) fn copy(from: &ReadTransaction, into: &WriteTransaction) -> Result<(), redb::Error> {
    table(META, from, into)?;
    table(MEMORIES, from, into)?;
    table(FACETS, from, into)?;
    table(TEXTS, from, into)?;
    table(LESSONS, from, into)?;
    table(WRONGS, from, into)?;
    table(CHANGES, from, into)?;
    table(FORGOTTEN, from, into)
}

/// The brain's own number, which its index bears too.
pub(crate) fn brain_number(transaction: &ReadTransaction) -> Result<u128, BrainError> {
    let meta = transaction.open_table(META)?;
    let bytes = meta.get("brain")?.map(|bytes| bytes.value().to_vec()).unwrap_or_default();
    let bytes =
        bytes.try_into().map_err(|_| BrainError::damaged("the brain's own number is missing from its database"))?;
    Ok(u128::from_le_bytes(bytes))
}

fn number(bytes: Option<Vec<u8>>) -> u64 {
    bytes.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
}

pub(crate) fn kind_facet(kind: Kind) -> Vec<u8> {
    vec![b'k', kind as u8]
}

pub(crate) fn conversation_facet(conversation: &str) -> Vec<u8> {
    [b"c", conversation.as_bytes()].concat()
}

pub(crate) fn tag_facet(tag: &str) -> Vec<u8> {
    [b"t", crate::words::tag(tag).as_bytes()].concat()
}

fn facets(record: &Record) -> Vec<Vec<u8>> {
    let conversation = record.conversation.as_deref().map(conversation_facet);
    std::iter::once(kind_facet(record.kind()))
        .chain(conversation)
        .chain(record.tags.iter().map(|tag| tag_facet(tag)))
        .collect()
}
