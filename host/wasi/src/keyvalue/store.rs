//! Keys and values on disk, in one redb file for the whole home.
//!
//! ```text
//!  table   key                                              value
//!  ─────── ──────────────────────────────────────────────── ─────────────────────────────────────────────
//!  meta    "form"                                           u32
//!  values  (owner, agent, bucket, key), each a string       labels: u8, then the value's bytes
//!  sizes   (owner, agent)                                   u64: the bytes that count against its room
//! ```
//!
//! Whose they are is a package (or an agent) together with the agent in whose turns it wrote: a tool that two agents use has two sets of
//! buckets, so that it carries nothing from one to the other. A value has the labels of the turn that wrote it. Each change is one commit,
//! which is on the disk before it is answered.

use loket_kernel::Labels;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableError, WriteTransaction};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

type Place<'a> = (&'a str, &'a str, &'a str, &'a str);

const META: TableDefinition<'_, &str, u32> = TableDefinition::new("meta");
const VALUES: TableDefinition<'_, Place<'_>, &[u8]> = TableDefinition::new("values");
const SIZES: TableDefinition<'_, (&str, &str), u64> = TableDefinition::new("sizes");

/// The form that this version writes.
const FORM: u32 = 1;
const CACHE: usize = 4 << 20;
/// What an entry costs beyond its own bytes.
const OVERHEAD: u64 = 64;

/// The longest key, in bytes.
pub const LONGEST_KEY: usize = 1 << 10;
/// The longest value, in bytes.
pub const LONGEST_VALUE: usize = 1 << 20;
/// The longest name of a bucket, in bytes.
pub const LONGEST_BUCKET: usize = 128;
/// What one owner may keep for one agent, all buckets together.
pub const ROOM: u64 = 64 << 20;
/// The most keys that one page lists.
pub const PAGE: usize = 1_000;

/// Why something could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It is too long, or there is no room.
    #[error("{0}")]
    Limit(String),
    /// A counter holds something else than a number, or would pass the largest one.
    #[error("{0}")]
    Number(String),
    /// The file was written by a newer host.
    #[error("`{}` has form {found}, this host knows {FORM}; use the newer host", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its form.
        found: u32,
    },
    /// The disk, or the file.
    #[error("the key-value store cannot be used: {0}; check the disk's space, and that `state/keyvalue.redb` is whole")]
    Fault(String),
}

fn fault(error: impl Into<redb::Error>) -> StoreError {
    StoreError::Fault(error.into().to_string())
}

/// The home's keys and values. The file is made when something is first written or read.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    room: u64,
    database: OnceLock<Database>,
    opening: Mutex<()>,
}

/// One bucket of one owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// The package or agent whose it is.
    pub owner: String,
    /// In whose turns; empty for the owner of the home.
    pub agent: String,
    /// Its name.
    pub name: String,
}

impl Bucket {
    fn place<'a>(&'a self, key: &'a str) -> Place<'a> {
        (&self.owner, &self.agent, &self.name, key)
    }
}

/// A value, with where it came from.
pub type Labelled<T> = (T, Labels);

impl Store {
    /// A store in that file.
    pub fn new(path: impl Into<PathBuf>) -> Store {
        Store::with_room(path, ROOM)
    }

    /// The same with another room for each owner.
    pub fn with_room(path: impl Into<PathBuf>, room: u64) -> Store {
        Store { path: path.into(), room, database: OnceLock::new(), opening: Mutex::new(()) }
    }

    /// A value; `None` when the key is not there. Blocks, like everything here.
    ///
    /// # Errors
    /// When the store cannot be read, as everywhere here.
    pub fn get(&self, bucket: &Bucket, key: &str) -> Result<Option<Labelled<Vec<u8>>>, StoreError> {
        let values = self.database()?.begin_read().map_err(fault)?.open_table(VALUES).map_err(fault)?;
        Ok(values.get(bucket.place(key)).map_err(fault)?.map(|row| read(row.value())))
    }

    /// The keys of a bucket in their order, from the `skip`th on, and whether there are more than fit on a page.
    ///
    /// # Errors
    /// See [`Store::get`].
    pub fn keys(&self, bucket: &Bucket, skip: usize) -> Result<Labelled<(Vec<String>, bool)>, StoreError> {
        let values = self.database()?.begin_read().map_err(fault)?.open_table(VALUES).map_err(fault)?;
        let (mut keys, mut labels) = (Vec::new(), Labels::NONE);
        for (number, row) in values.range(bucket.place("")..).map_err(fault)?.enumerate() {
            let (place, value) = row.map_err(fault)?;
            let (owner, agent, name, key) = place.value();
            if (owner, agent, name) != (&*bucket.owner, &*bucket.agent, &*bucket.name) {
                break;
            }
            if number < skip {
                continue;
            }
            if keys.len() == PAGE {
                return Ok(((keys, true), labels));
            }
            keys.push(key.to_owned());
            labels = labels.join(read(value.value()).1);
        }
        Ok(((keys, false), labels))
    }

    /// Writes all of these, or none.
    ///
    /// # Errors
    /// When a key or value is too long, or there is no room; see also [`Store::get`].
    pub fn set(&self, bucket: &Bucket, pairs: &[(String, Vec<u8>)], labels: Labels) -> Result<(), StoreError> {
        self.change(bucket, |change| pairs.iter().try_for_each(|(key, value)| change.put(key, value, labels)))
    }

    /// Removes all of these; one that is not there is none the less gone.
    ///
    /// # Errors
    /// See [`Store::get`].
    pub fn delete(&self, bucket: &Bucket, keys: &[String]) -> Result<(), StoreError> {
        self.change(bucket, |change| keys.iter().try_for_each(|key| change.remove(key)))
    }

    /// Adds to a number that is kept as decimal digits; one that is not there is 0. Answers the new one.
    ///
    /// # Errors
    /// When it is no number, or would not fit; see also [`Store::set`].
    pub fn increment(
        &self,
        bucket: &Bucket,
        key: &str,
        delta: u64,
        labels: Labels,
    ) -> Result<Labelled<u64>, StoreError> {
        self.change(bucket, |change| {
            let (old, before) = change.get(key)?.unwrap_or_else(|| (b"0".to_vec(), Labels::NONE));
            let number = std::str::from_utf8(&old).ok().and_then(|text| text.parse::<u64>().ok());
            let number = number.ok_or_else(|| StoreError::Number(format!("the value of `{key}` is no number")))?;
            let new = number.checked_add(delta).ok_or_else(|| {
                StoreError::Number(format!("`{key}` is {number}; {delta} more are past the largest number"))
            })?;
            let labels = labels.join(before);
            change.put(key, new.to_string().as_bytes(), labels)?;
            Ok((new, labels))
        })
    }

    /// Copies all that is there at one moment into a new file, which is such a store; others go on meanwhile.
    ///
    /// # Errors
    /// When there is something at that path, or it cannot be written; see also [`Store::get`].
    pub fn copy_to(&self, file: &Path) -> Result<(), StoreError> {
        let from = self.database()?.begin_read().map_err(fault)?;
        let mut options = std::fs::File::options();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(file).map_err(|error| StoreError::Fault(error.to_string()))?;
        let backend = redb::backends::FileBackend::new(file).map_err(fault)?;
        let copy = redb::Builder::new().set_cache_size(CACHE).create_with_backend(backend).map_err(fault)?;
        let into = copy.begin_write().map_err(fault)?;
        copy_table(META, &from, &into)?;
        copy_table(VALUES, &from, &into)?;
        copy_table(SIZES, &from, &into)?;
        into.commit().map_err(fault)?;
        drop(copy);
        Ok(())
    }

    /// Whether anything was ever kept.
    pub fn is_there(&self) -> bool {
        self.path.is_file()
    }

    fn change<T>(
        &self,
        bucket: &Bucket,
        work: impl FnOnce(&mut Change<'_, '_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let transaction = self.database()?.begin_write().map_err(fault)?;
        let done = {
            let mut change = Change::begin(&transaction, bucket, self.room)?;
            let done = work(&mut change)?;
            change.end()?;
            done
        };
        transaction.commit().map_err(fault)?;
        Ok(done)
    }

    fn database(&self) -> Result<&Database, StoreError> {
        let _one_at_a_time = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = self.database.get() {
            return Ok(open);
        }
        let database = open(&self.path)?;
        Ok(self.database.get_or_init(|| database))
    }
}

/// One commit's work on a bucket.
struct Change<'t, 'b> {
    bucket: &'b Bucket,
    transaction: &'t WriteTransaction,
    values: redb::Table<'t, Place<'static>, &'static [u8]>,
    used: u64,
    room: u64,
}

impl<'t, 'b> Change<'t, 'b> {
    fn begin(transaction: &'t WriteTransaction, bucket: &'b Bucket, room: u64) -> Result<Change<'t, 'b>, StoreError> {
        let sizes = transaction.open_table(SIZES).map_err(fault)?;
        let used = sizes.get((&*bucket.owner, &*bucket.agent)).map_err(fault)?.map_or(0, |size| size.value());
        drop(sizes);
        let values = transaction.open_table(VALUES).map_err(fault)?;
        Ok(Change { bucket, transaction, values, used, room })
    }

    fn get(&self, key: &str) -> Result<Option<Labelled<Vec<u8>>>, StoreError> {
        Ok(self.values.get(self.bucket.place(key)).map_err(fault)?.map(|row| read(row.value())))
    }

    fn put(&mut self, key: &str, value: &[u8], labels: Labels) -> Result<(), StoreError> {
        if key.len() > LONGEST_KEY {
            return Err(StoreError::Limit(format!("a key may have {LONGEST_KEY} bytes, this one has {}", key.len())));
        }
        if value.len() > LONGEST_VALUE {
            let size = value.len();
            return Err(StoreError::Limit(format!(
                "a value may have {LONGEST_VALUE} bytes, that of `{key}` has {size}"
            )));
        }
        let mut row = Vec::with_capacity(value.len() + 1);
        row.push(labels.bits());
        row.extend_from_slice(value);
        let cost = |row: &[u8]| cost(self.bucket, key, row);
        let before = self.values.insert(self.bucket.place(key), &*row).map_err(fault)?;
        let freed = before.map_or(0, |before| cost(before.value()));
        self.used = self.used.saturating_sub(freed) + cost(&row);
        if self.used > self.room {
            return Err(StoreError::Limit(format!(
                "`{}` may keep {} bytes, and `{key}` would make it {}; delete what is not needed",
                self.bucket.owner, self.room, self.used
            )));
        }
        Ok(())
    }

    fn remove(&mut self, key: &str) -> Result<(), StoreError> {
        let before = self.values.remove(self.bucket.place(key)).map_err(fault)?;
        let freed = before.map_or(0, |before| cost(self.bucket, key, before.value()));
        self.used = self.used.saturating_sub(freed);
        Ok(())
    }

    fn end(self) -> Result<(), StoreError> {
        let mut sizes = self.transaction.open_table(SIZES).map_err(fault)?;
        sizes.insert((&*self.bucket.owner, &*self.bucket.agent), self.used).map_err(fault)?;
        Ok(())
    }
}

fn copy_table<K: redb::Key + 'static, V: redb::Value + 'static>(
    definition: TableDefinition<'_, K, V>,
    from: &redb::ReadTransaction,
    into: &WriteTransaction,
) -> Result<(), StoreError> {
    let source = from.open_table(definition).map_err(fault)?;
    let mut target = into.open_table(definition).map_err(fault)?;
    for row in source.iter().map_err(fault)? {
        let (key, value) = row.map_err(fault)?;
        target.insert(key.value(), value.value()).map_err(fault)?;
    }
    Ok(())
}

/// What a row counts against the room.
fn cost(bucket: &Bucket, key: &str, row: &[u8]) -> u64 {
    (bucket.name.len() + key.len() + row.len()) as u64 + OVERHEAD
}

/// A row that lost its first byte is trusted with nothing.
fn read(row: &[u8]) -> Labelled<Vec<u8>> {
    match row.split_first() {
        Some((labels, value)) => (value.to_vec(), Labels::from_bits(*labels)),
        None => (Vec::new(), Labels::PRIVATE.join(Labels::UNTRUSTED)),
    }
}

/// Opens the file, or makes it: it gets its name only when it is whole.
fn open(path: &Path) -> Result<Database, StoreError> {
    let mut builder = redb::Builder::new();
    builder.set_cache_size(CACHE);
    let io = |error: std::io::Error| StoreError::Fault(error.to_string());
    if !path.try_exists().map_err(io)? {
        let fresh = path.with_extension("redb.new");
        if fresh.try_exists().map_err(io)? {
            std::fs::remove_file(&fresh).map_err(io)?;
        }
        let database = builder.create(&fresh).map_err(fault)?;
        let transaction = database.begin_write().map_err(fault)?;
        transaction.open_table(META).map_err(fault)?.insert("form", FORM).map_err(fault)?;
        transaction.open_table(VALUES).map_err(fault)?;
        transaction.open_table(SIZES).map_err(fault)?;
        transaction.commit().map_err(fault)?;
        drop(database);
        std::fs::rename(&fresh, path).map_err(io)?;
    }
    let database = builder.open(path).map_err(fault)?;
    let found = form(&database)?;
    match found {
        FORM => Ok(database),
        newer if newer > FORM => Err(StoreError::Newer { path: path.to_owned(), found: newer }),
        other => Err(StoreError::Fault(format!("its form is {other}"))),
    }
}

fn form(database: &Database) -> Result<u32, StoreError> {
    match database.begin_read().map_err(fault)?.open_table(META) {
        Ok(meta) => Ok(meta.get("form").map_err(fault)?.map_or(0, |form| form.value())),
        Err(TableError::TableDoesNotExist(_)) => Ok(0),
        Err(error) => Err(fault(error)),
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
