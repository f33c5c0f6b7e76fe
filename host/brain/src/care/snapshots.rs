//! Copies of a brain at one moment, kept beside it under a name.

use crate::brain::Inner;
use crate::care::copy;
use crate::error::BrainError;
use crate::id::MemoryId;
use crate::private;
use crate::store::memories::{Moment, readable};
use crate::store::record::Record;
use crate::store::tables::{self, FORGOTTEN, MEMORIES};
use crate::types::{SnapshotInfo, Timestamp};
use redb::{Database, DatabaseError, ReadOnlyDatabase, ReadableDatabase, ReadableTableMetadata};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::UNIX_EPOCH;

/// The folder of a brain's snapshots.
pub(crate) const FOLDER: &str = "snapshots";
/// How a snapshot's file ends until it is whole, and its successor's until it takes its place.
const FRESH: &str = "new";
pub(super) const PURGED: &str = "purged";
const MOST: usize = 64;
const MOST_NAME: usize = 64;
/// Enough for looking once.
const CACHE: usize = 8 << 20;

/// A snapshot's file.
pub(super) fn file(dir: &Path, name: &str) -> Result<PathBuf, BrainError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > MOST_NAME || name.starts_with('.') || !name.chars().all(fits) {
        let shown: String = name.chars().take(MOST_NAME).collect();
        return Err(BrainError::Invalid(format!(
            "`{}` is no name for a snapshot: write 1 to {MOST_NAME} letters, digits, `-`, `_` and `.`, such as `before-the-move`",
            shown.escape_debug()
        )));
    }
    Ok(dir.join(FOLDER).join(format!("{name}.redb")))
}

/// A snapshot, open for reading; many may read one at a time, and it does not change by being read.
pub(super) struct Reading {
    // Before the file that it reads from, so that it goes first.
    pub(super) transaction: Moment,
    _file: ReadOnlyDatabase,
}

/// Opens a snapshot by its name.
pub(super) fn open(dir: &Path, name: &str) -> Result<Reading, BrainError> {
    let path = file(dir, name)?;
    if !path.is_file() {
        return Err(BrainError::NotFound(format!(
            "there is no snapshot `{name}`: the list of snapshots has their names"
        )));
    }
    read(&path)
}

pub(super) fn read(path: &Path) -> Result<Reading, BrainError> {
    let mut builder = redb::Builder::new();
    builder.set_cache_size(CACHE);
    let file = match builder.open_read_only(path) {
        // A purge of it was cut off; opened to be changed, it repairs itself.
        Err(DatabaseError::RepairAborted) => {
            write(path)?.close().map_err(|error| unreadable(path, &error))?;
            builder.open_read_only(path)
        }
        file => file,
    };
    let file = file.map_err(|error| unreadable(path, &error))?;
    Ok(Reading { transaction: Moment::alone(file.begin_read()?), _file: file })
}

/// Opens a snapshot to change it.
pub(super) fn write(path: &Path) -> Result<Database, BrainError> {
    redb::Builder::new().set_cache_size(CACHE).open(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &DatabaseError) -> BrainError {
    BrainError::Damaged {
        what: format!("the snapshot `{}` cannot be opened: {error}", path.display()),
        next: "drop it, or try again when nobody else looks at it".to_owned(),
    }
}

/// Removes what a snapshot or a purge that was cut off left behind.
pub(crate) fn clear(dir: &Path) -> std::io::Result<()> {
    let entries = match fs::read_dir(dir.join(FOLDER)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == FRESH || end == PURGED) {
            private::remove(&path)?;
        }
    }
    Ok(())
}

impl Inner {
    pub(crate) fn snapshot(&self, name: &str) -> Result<SnapshotInfo, BrainError> {
        let path = file(&self.dir, name)?;
        let _one = self.keeping.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = self.dir.join(FOLDER);
        private::folder(&folder)?;
        if path.exists() {
            return Err(BrainError::Invalid(format!(
                "there is a snapshot `{name}` already: choose another name, or drop it first"
            )));
        }
        if names(&folder)?.len() >= MOST {
            return Err(BrainError::Full {
                limit: "snapshots",
                detail: format!("it has {MOST} snapshots, and more are not kept; drop one"),
            });
        }
        // It gets its name when it is whole.
        let fresh = folder.join(format!(".{name}.{FRESH}"));
        private::remove(&fresh)?;
        copy::write(&*self.begin_read()?, private::new_file(&fresh)?, tables::copy_clean)?;
        fs::rename(&fresh, &path)?;
        info(name, &path)
    }

    pub(crate) fn snapshots(&self) -> Result<Vec<SnapshotInfo>, BrainError> {
        let folder = self.dir.join(FOLDER);
        let mut all = Vec::new();
        for name in names(&folder)? {
            all.push(info(&name, &file(&self.dir, &name)?)?);
        }
        all.sort_by(|a, b| a.made.cmp(&b.made).then(a.name.cmp(&b.name)));
        Ok(all)
    }

    /// Notes that a memory is forgotten which only snapshots have.
    pub(crate) fn forget_in_snapshots(self: &Arc<Inner>, id: &MemoryId, time: Timestamp) -> Result<(), BrainError> {
        let Some(key) = id.key() else { return Ok(()) };
        if self.reading(|| Ok(self.begin_read()?.open_table(FORGOTTEN)?.get(key)?.is_some()))? {
            return Ok(());
        }
        for name in names(&self.dir.join(FOLDER))? {
            let snapshot = read(&file(&self.dir, &name)?)?;
            let memories = snapshot.transaction.memories()?;
            let Some(bytes) = memories.rows.get(key)? else { continue };
            let record = readable(memories.read(key, bytes.value()), "its words are not erased outside of the brain")?;
            let words = record.iter().flat_map(Record::own_words).map(str::to_owned).collect();
            let words =
                postcard::to_stdvec::<Vec<String>>(&words).map_err(|error| BrainError::Invalid(error.to_string()))?;
            return self.task(move |batch, (): &mut ()| {
                batch.dirty = true;
                batch.tables.forgotten.write()?.insert(key, time)?;
                if batch.options.erasing {
                    batch.tables.erasing.write()?.insert(key, words.as_slice())?;
                }
                batch.tables.grow_stale()
            });
        }
        Ok(())
    }

    pub(crate) fn drop_snapshot(&self, name: &str) -> Result<(), BrainError> {
        Ok(private::remove(&file(&self.dir, name)?)?)
    }
}

/// The names of the snapshots in a folder, which need not be there.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, BrainError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        let name = name.to_str().and_then(|name| name.strip_suffix(".redb"));
        names.extend(name.filter(|name| !name.starts_with('.')).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

fn info(name: &str, path: &Path) -> Result<SnapshotInfo, BrainError> {
    let found = fs::metadata(path)?;
    let made = found.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let memories = read(path)?.transaction.open_table(MEMORIES)?.len()?;
    Ok(SnapshotInfo { name: name.to_owned(), made: made.as_millis() as Timestamp, memories, bytes: found.len() })
}
