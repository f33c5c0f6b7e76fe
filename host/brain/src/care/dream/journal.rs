//! The journal of dreams: what each did, and each memory that it touched as it was before.

use crate::brain::Inner;
use crate::error::BrainError;
use crate::id::MemoryId;
use crate::store::apply::Batch;
use crate::store::record::Record;
use crate::store::tables::JOURNAL;
use crate::types::{Deed, DeedKind, JournalEntry, Timestamp};
use redb::ReadableTable;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::Arc;

/// Older dreams than the last so many can no longer be taken back.
const MOST_ENTRIES: u64 = 200;
/// In place of words about what is forgotten.
const FORGOTTEN: &str = "(forgotten)";

/// An entry as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stored {
    time: Timestamp,
    undone: bool,
    deeds: Vec<StoredDeed>,
    touched: Vec<Touched>,
}

/// A deed as stored: postcard knows no names, so the kind is a number.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredDeed {
    kind: u8,
    memories: Vec<u128>,
    kept: Option<u128>,
    words: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Touched {
    key: u128,
    /// None when the dream wrote it.
    before: Option<Vec<u8>>,
    /// The digest of what the dream left: another one is another's change, which stays.
    after: [u8; 16],
}

const KINDS: [DeedKind; 4] = [DeedKind::Merge, DeedKind::Insight, DeedKind::Fade, DeedKind::Summary];

impl StoredDeed {
    fn of(deed: &Deed) -> StoredDeed {
        StoredDeed {
            kind: deed.kind as u8,
            memories: deed.memories.iter().filter_map(MemoryId::key).collect(),
            kept: deed.kept.as_ref().and_then(MemoryId::key),
            words: deed.words.clone(),
        }
    }

    fn into_deed(self) -> Deed {
        Deed {
            kind: KINDS[usize::from(self.kind).min(KINDS.len() - 1)],
            memories: self.memories.into_iter().map(MemoryId::from_key).collect(),
            kept: self.kept.map(MemoryId::from_key),
            words: self.words,
        }
    }

    /// Whether its words are about any of these.
    fn tells_of(&self, keys: &HashSet<u128>) -> bool {
        self.words != FORGOTTEN && self.memories.iter().chain(&self.kept).any(|key| keys.contains(key))
    }
}

impl Stored {
    fn touches(&self, keys: &HashSet<u128>) -> bool {
        self.touched.iter().any(|touched| keys.contains(&touched.key))
    }

    fn read(bytes: &[u8]) -> Result<Stored, BrainError> {
        postcard::from_bytes(bytes)
            .map_err(|error| BrainError::damaged(format!("an entry of the journal is damaged: {error}")))
    }

    fn write(&self, batch: &mut Batch<'_, '_>, entry: u64) -> Result<(), BrainError> {
        let bytes = postcard::to_stdvec(self)
            .map_err(|error| BrainError::Invalid(format!("the journal's entry cannot be stored: {error}")))?;
        batch.dirty = true;
        batch.tables.journal.write()?.insert(entry, bytes.as_slice())?;
        Ok(())
    }
}

/// Writes what a dream did; answers with the entry's number.
pub(super) fn write(
    batch: &mut Batch<'_, '_>,
    time: Timestamp,
    deeds: &[Deed],
    before: Vec<(u128, Option<Vec<u8>>)>,
) -> Result<u64, BrainError> {
    let entry = batch.tables.journal.read()?.last()?.map_or(1, |(entry, _)| entry.value() + 1);
    let mut touched = Vec::with_capacity(before.len());
    for (key, before) in before {
        touched.push(Touched { key, before, after: digest(batch, key)? });
    }
    let stored = Stored { time, undone: false, deeds: deeds.iter().map(StoredDeed::of).collect(), touched };
    stored.write(batch, entry)?;
    if let Some(old) = entry.checked_sub(MOST_ENTRIES) {
        batch.tables.journal.write()?.retain(|number, _| number > old)?;
    }
    Ok(entry)
}

fn digest(batch: &Batch<'_, '_>, key: u128) -> Result<[u8; 16], BrainError> {
    // Of the memory as it stands by itself: how its table has it may change.
    let bytes = match batch.tables.get(key) {
        Ok(record) => record.map_or(Ok(Vec::new()), |record| record.encode())?,
        // What a dream left can be read.
        Err(BrainError::Damaged { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    let mut half = [0; 16];
    half.copy_from_slice(&blake3::hash(&bytes).as_bytes()[..16]);
    Ok(half)
}

pub(crate) fn undo(brain: &Arc<Inner>, entry: u64) -> Result<u64, BrainError> {
    brain.task(move |batch, undone: &mut u64| {
        let bytes = batch.tables.journal.read()?.get(entry)?.map(|bytes| bytes.value().to_vec());
        let Some(bytes) = bytes else {
            return Err(BrainError::NotFound(format!(
                "the journal has no entry {entry}: list it to see which there are"
            )));
        };
        let mut stored = Stored::read(&bytes)?;
        if stored.undone {
            return Err(BrainError::Invalid(format!("the dream of entry {entry} was taken back already")));
        }
        // The last that was touched first: what was written goes before what it replaced comes back.
        for touched in stored.touched.iter().rev() {
            if digest(batch, touched.key)? != touched.after {
                continue;
            }
            let Some(now) = batch.tables.get(touched.key)? else { continue };
            match &touched.before {
                Some(before) => {
                    let record = Record::decode(touched.key, before)?;
                    batch.write(touched.key, &record, Some(&now))?;
                }
                None => batch.take_out(touched.key, &now)?,
            }
            *undone += 1;
        }
        stored.undone = true;
        stored.write(batch, entry)
    })
}

pub(crate) fn list(brain: &Inner, limit: usize) -> Result<Vec<JournalEntry>, BrainError> {
    let transaction = brain.begin_read()?;
    let mut entries = Vec::new();
    for row in transaction.open_table(JOURNAL)?.iter()?.rev().take(limit) {
        let (entry, bytes) = row?;
        let Stored { time, undone, deeds, .. } = Stored::read(bytes.value())?;
        let deeds = deeds.into_iter().map(StoredDeed::into_deed).collect();
        entries.push(JournalEntry { entry: entry.value(), time, undone, deeds });
    }
    Ok(entries)
}

/// Whether the journal has any words of these.
pub(crate) fn has_words_of(
    journal: &impl ReadableTable<u64, &'static [u8]>,
    keys: &HashSet<u128>,
) -> Result<bool, BrainError> {
    let entries = read(journal)?;
    let keys = spread(&entries, keys);
    Ok(entries.iter().any(|(_, stored)| stored.deeds.iter().any(|deed| deed.tells_of(&keys)) || stored.touches(&keys)))
}

/// Takes memories out of the journal, with all words about them: what they were can no longer be brought back.
pub(crate) fn forget(batch: &mut Batch<'_, '_>, keys: &HashSet<u128>) -> Result<(), BrainError> {
    let entries = read(batch.tables.journal.read()?)?;
    let keys = spread(&entries, keys);
    for (entry, mut stored) in entries {
        let mut told = false;
        for deed in stored.deeds.iter_mut().filter(|deed| deed.tells_of(&keys)) {
            deed.words = FORGOTTEN.to_owned();
            told = true;
        }
        if told || stored.touches(&keys) {
            stored.touched.retain(|touched| !keys.contains(&touched.key));
            stored.write(batch, entry)?;
            batch.tables.grow_stale()?;
        }
    }
    Ok(())
}

fn read(journal: &impl ReadableTable<u64, &'static [u8]>) -> Result<Vec<(u64, Stored)>, BrainError> {
    journal
        .iter()?
        .map(|row| {
            row.map_err(BrainError::from).and_then(|(entry, bytes)| Ok((entry.value(), Stored::read(bytes.value())?)))
        })
        .collect()
}

/// These, and what the journal says was made of them. The brain itself need not have that any more: a dream was taken back, or the brain
/// was put back to an earlier day, and the journal still could bring it again.
fn spread(entries: &[(u64, Stored)], keys: &HashSet<u128>) -> HashSet<u128> {
    let mut keys = keys.clone();
    loop {
        let before = keys.len();
        for (_, stored) in entries {
            for deed in &stored.deeds {
                let merged = deed.kind == DeedKind::Merge as u8;
                if merged && deed.kept.is_some_and(|kept| keys.contains(&kept)) {
                    keys.extend(&deed.memories);
                } else if !merged && deed.memories.iter().any(|key| keys.contains(key)) {
                    keys.extend(deed.kept);
                }
            }
            for Touched { key, before, .. } in &stored.touched {
                if before.as_ref().is_some_and(|before| is_made_of(*key, before, &keys)) {
                    keys.insert(*key);
                }
            }
        }
        if keys.len() == before {
            return keys;
        }
    }
}

/// Whether a memory, as stored, has words of any of these. What cannot be read cannot come back either, and is let go of.
fn is_made_of(key: u128, bytes: &[u8], keys: &HashSet<u128>) -> bool {
    let Ok(record) = Record::decode(key, bytes) else { return true };
    record.derived.iter().chain(&record.corrects).any(|key| keys.contains(key))
}
