//! That nothing is left of what was forgotten.
//!
//! A database keeps the bytes of what was deleted in its free pages, and an index those in its segments until they are merged. Purging
//! writes the database anew with what lives, puts the new file in the old one's place, and merges the segments that hold the dead. It
//! takes about as long as copying the brain; writers and readers wait while the file is exchanged.

use super::dream::journal;
use super::{copy, snapshots};
use crate::brain::{FILE, Inner};
use crate::error::BrainError;
use crate::id::{MemoryId, Mint};
use crate::options::Options;
use crate::private;
use crate::store::apply::Batch;
use crate::store::tables::{self, ERASING, FORGOTTEN, FORMAT, JOURNAL, MEMORIES, META, Tables};
use crate::types::{MemoryText, Purged, Timestamp};
use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError};

/// The database that takes the old one's place, until it does.
pub(crate) const FRESH: &str = "brain.redb.purged";

impl Inner {
    /// Whether anything is left that a purge would take away.
    pub(crate) fn stale(&self) -> Result<bool, BrainError> {
        Ok(self.begin_read()?.open_table(META)?.get("stale")?.is_some())
    }

    pub(crate) fn purge(self: &Arc<Inner>, in_snapshots: bool) -> Result<Purged, BrainError> {
        let _one = self.keeping.lock().unwrap_or_else(PoisonError::into_inner);
        snapshots::clear(&self.dir)?;
        let before = super::edit::on_disk(&self.dir);
        let mut purged = Purged { before, ..Purged::default() };
        if in_snapshots {
            purged.snapshots = self.purge_snapshots()?;
        }
        if self.stale()? {
            self.purge_index()?;
            self.take_over()?;
            self.purge_database()?;
        }
        purged.after = super::edit::on_disk(&self.dir);
        Ok(purged)
    }

    fn purge_database(self: &Arc<Inner>) -> Result<(), BrainError> {
        let (path, fresh) = (self.dir.join(FILE), self.dir.join(FRESH));
        if !path.is_file() {
            // A backend of the caller's: its bytes are the caller's.
            return Ok(());
        }
        let database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        let open = database.as_ref().ok_or(BrainError::Closed)?;
        private::remove(&fresh)?;
        copy::write(&open.begin_read()?, private::new_file(&fresh)?, tables::copy_clean)?;
        if let Err(error) = self.exchange(database)? {
            self.task(|batch, (): &mut ()| {
                batch.dirty = true;
                batch.tables.grow_stale()
            })?;
            return Err(error.into());
        }
        Ok(())
    }

    fn purge_snapshots(&self) -> Result<u32, BrainError> {
        let now = self.begin_read()?;
        let mut rewritten = 0;
        for name in snapshots::names(&self.dir.join(snapshots::FOLDER))? {
            let path = snapshots::file(&self.dir, &name)?;
            rewritten += u32::from(purge_snapshot(&now, &path)?);
        }
        Ok(rewritten)
    }

    /// What was forgotten and may not be erased outside of the brain yet.
    pub(crate) fn erasing(&self) -> Result<Vec<MemoryText>, BrainError> {
        let transaction = self.begin_read()?;
        let mut all = Vec::new();
        for row in transaction.open_table(ERASING)?.iter()? {
            let (key, bytes) = row?;
            let words: Vec<String> = postcard::from_bytes(bytes.value()).unwrap_or_default();
            let id = MemoryId::from_key(key.value());
            all.extend(words.into_iter().map(|text| MemoryText { id: id.clone(), text }));
        }
        Ok(all)
    }

    pub(crate) fn erased(self: &Arc<Inner>, ids: &[MemoryId]) -> Result<(), BrainError> {
        let keys: Vec<u128> = ids.iter().filter_map(MemoryId::key).collect();
        self.task(move |batch, (): &mut ()| {
            for key in &keys {
                let gone = batch.tables.erasing.write()?.remove(*key)?.is_some();
                batch.dirty |= gone;
            }
            batch.tables.grow_stale()
        })
    }
}

/// Takes what is forgotten now out of a snapshot, as deeply as out of the brain; whether there was any.
fn purge_snapshot(now: &ReadTransaction, path: &Path) -> Result<bool, BrainError> {
    let mut forgotten = HashMap::new();
    for row in now.open_table(FORGOTTEN)?.iter()? {
        let (key, time) = row?;
        forgotten.insert(key.value(), time.value());
    }
    if !holds(&snapshots::read(path)?.transaction, &forgotten)? {
        return Ok(false);
    }
    let snapshot = snapshots::write(path)?;
    without(&snapshot, &forgotten)?;
    let fresh = path.with_extension(snapshots::PURGED);
    private::remove(&fresh)?;
    copy::write(&snapshot.begin_read()?, private::new_file(&fresh)?, tables::copy_clean)?;
    drop(snapshot);
    std::fs::rename(&fresh, path)?;
    Ok(true)
}

/// Whether a snapshot has anything of what is forgotten, or is left half purged.
fn holds(snapshot: &ReadTransaction, forgotten: &HashMap<u128, Timestamp>) -> Result<bool, BrainError> {
    if snapshot.open_table(META)?.get("stale")?.is_some() || snapshot.open_table(ERASING)?.first()?.is_some() {
        return Ok(true);
    }
    let memories = snapshot.open_table(MEMORIES)?;
    for key in forgotten.keys() {
        if memories.get(key)?.is_some() {
            return Ok(true);
        }
    }
    journal::has_words_of(&snapshot.open_table(JOURNAL)?, &forgotten.keys().copied().collect())
}

fn without(snapshot: &Database, forgotten: &HashMap<u128, Timestamp>) -> Result<(), BrainError> {
    let transaction = snapshot.begin_write()?;
    let (mut mint, options) = (Mint::after(0), Options::default());
    {
        let mut tables = Tables::open(&transaction)?;
        let format = tables.format()?;
        if format < FORMAT {
            tables.migrate(format, None)?;
        }
        let mut batch =
            Batch { tables, mint: &mut mint, options: &options, changed: Vec::new(), dirty: false, bulk: true };
        for (key, time) in forgotten {
            batch.forget(*key, *time)?;
        }
        journal::forget(&mut batch, &forgotten.keys().copied().collect())?;
        batch.tables.erasing.write()?.retain(|_, _| false)?;
        batch.tables.grow_stale()?;
        batch.tables.finish()?;
    }
    Ok(transaction.commit()?)
}
