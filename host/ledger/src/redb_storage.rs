//! The storage in a redb file. The form is drawn in [`crate::storage`].

use crate::entry::Hash;
use crate::error::StorageError;
use crate::medium::Shared;
use crate::snapshot;
use crate::storage::{Erasure, FORM, Row, Start, Storage};
use crate::wipe::{self, Ends, Search};
use redb::{
    Database, Durability, ReadTransaction, ReadableDatabase, ReadableTable, StorageBackend, TableDefinition,
    TableHandle, WriteTransaction,
};
use std::fs::{File, OpenOptions};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::{PoisonError, RwLock};

const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
const BLOCKS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("blocks");
const PAYLOADS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("payloads");
const TURNS: TableDefinition<'_, (u128, u64), ()> = TableDefinition::new("turns");
/// The first and the last eight bytes of each key to be wiped, inverted: so that the wipe does not find this row itself.
const WIPES: TableDefinition<'_, u64, ()> = TableDefinition::new("wipes");
/// So many rows of it are wiped in one walk over the file; more in further ones.
const WIPES_AT_ONCE: usize = 1 << 18;
/// So many of them go in one commit.
const WIPES_DONE: usize = 1 << 12;
/// Blocks are written once and seldom read: a small cache is enough.
const CACHE: usize = 16 << 20;

/// A ledger's rows in one redb file.
pub struct RedbStorage {
    /// Only gone while this is dropped.
    database: Option<Database>,
    medium: Shared,
    /// Readers share it; wiping stale pages takes it alone, since a reader may still look at an old state of the file.
    readers: RwLock<()>,
}

impl RedbStorage {
    /// Opens the file, or creates it, readable for its owner only. Blocks; after a crash for as long as it takes to check the file.
    ///
    /// A new file gets its name only when it is whole: a crash during its creation leaves `<name>.new`, which the next start begins anew.
    /// Two processes must not create the same file at once; the home's lock sees to that.
    ///
    /// # Errors
    /// When it cannot be opened, is in use, or is no such file.
    pub fn open(path: impl AsRef<Path>) -> Result<RedbStorage, StorageError> {
        let path = path.as_ref();
        if !path.try_exists().map_err(disk)? {
            create_file(path)?;
        }
        Self::with_file(OpenOptions::new().read(true).write(true).open(path).map_err(disk)?)
    }

    fn with_file(file: File) -> Result<RedbStorage, StorageError> {
        Self::with_backend(redb::backends::FileBackend::new(file).map_err(wrap)?)
    }

    /// Opens a ledger on any medium: a test's, for example.
    ///
    /// # Errors
    /// As [`RedbStorage::open`].
    pub fn with_backend(backend: impl StorageBackend) -> Result<RedbStorage, StorageError> {
        let medium = Shared::new(backend);
        let database =
            guarded(|| redb::Builder::new().set_cache_size(CACHE).create_with_backend(medium.clone()).map_err(wrap))?;
        Ok(RedbStorage { database: Some(database), medium, readers: RwLock::new(()) })
    }

    fn database(&self) -> Result<&Database, StorageError> {
        self.database.as_ref().ok_or_else(|| StorageError::Fault { what: "the database is closed".to_owned() })
    }

    fn read<T>(&self, work: impl FnOnce(ReadTransaction) -> Result<T, redb::Error>) -> Result<T, StorageError> {
        let _reader = self.readers.read().unwrap_or_else(PoisonError::into_inner);
        let database = self.database()?;
        guarded(|| database.begin_read().map_err(redb::Error::from).and_then(work).map_err(wrap))
    }

    fn write<T>(&self, work: impl FnOnce(&WriteTransaction) -> Result<T, redb::Error>) -> Result<T, StorageError> {
        self.write_with(Durability::Immediate, work)
    }

    fn write_with<T>(
        &self,
        durability: Durability,
        work: impl FnOnce(&WriteTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, StorageError> {
        let database = self.database()?;
        guarded(|| {
            let mut transaction = database.begin_write().map_err(wrap)?;
            transaction.set_durability(durability).map_err(wrap)?;
            let done = work(&transaction).map_err(wrap)?;
            transaction.commit().map_err(wrap)?;
            Ok(done)
        })
    }

    /// Brings a fresh file into form. Everything in one commit: half a form is never found.
    fn create(&self) -> Result<(), StorageError> {
        self.write(|transaction| {
            transaction.open_table(BLOCKS)?;
            transaction.open_table(PAYLOADS)?;
            transaction.open_table(TURNS)?;
            transaction.open_table(WIPES)?;
            let mut meta = transaction.open_table(META)?;
            meta.insert("form", &FORM.to_le_bytes()[..])?;
            meta.insert("genesis", &rand::random::<[u8; 32]>()[..])?;
            Ok(())
        })
    }

    fn check_form(&self) -> Result<Hash, StorageError> {
        let (form, genesis) = self.read(|transaction| {
            let meta = transaction.open_table(META)?;
            let get = |key| meta.get(key).map(|value| value.map(|value| value.value().to_vec()));
            Ok((get("form")?, get("genesis")?))
        })?;
        let damaged = |what: &str| StorageError::Damaged { what: what.to_owned() };
        let form = form
            .and_then(|form| form.try_into().ok())
            .map(u32::from_le_bytes)
            .ok_or_else(|| damaged("it does not say its form"))?;
        if form > FORM {
            return Err(StorageError::Newer { found: form, known: FORM });
        }
        genesis.and_then(|genesis| genesis.try_into().ok()).map(Hash).ok_or_else(|| damaged("it has no genesis"))
    }

    /// Some of what is still to be wiped.
    fn wipes(&self) -> Result<Vec<u64>, StorageError> {
        self.read(|transaction| {
            let wipes = transaction.open_table(WIPES)?;
            wipes.iter()?.take(WIPES_AT_ONCE).map(|row| Ok(row?.0.value())).collect()
        })
    }

    /// Wipes these ends of keys wherever they are in the file; durably.
    fn wipe_ends(&self, ends: Vec<u64>, progress: &mut dyn FnMut(u64, u64)) -> Result<(), StorageError> {
        let ends = Ends::new(ends);
        let mut search = Search::new(&self.medium, &ends);
        while let Some((found, done)) = search.next().map_err(disk)? {
            if !found.is_empty() {
                // Nobody writes while the transaction is open, and nobody reads while the lock is held.
                let _alone = self.readers.write().unwrap_or_else(PoisonError::into_inner);
                let transaction = self.database()?.begin_write().map_err(wrap)?;
                search.wipe(&found).map_err(disk)?;
                transaction.abort().map_err(wrap)?;
            }
            progress(done, self.medium.len().map_err(disk)?.max(done));
        }
        self.medium.sync_data().map_err(disk)
    }
}

impl Storage for RedbStorage {
    fn start(&self) -> Result<Start, StorageError> {
        let tables = self.read(|transaction| {
            Ok(transaction.list_tables()?.map(|table| table.name().to_owned()).collect::<Vec<_>>())
        })?;
        if tables.is_empty() {
            self.create()?;
        } else if !tables.iter().any(|table| table == META.name()) {
            return Err(StorageError::Damaged { what: "it is a database, but not a ledger".to_owned() });
        }
        let genesis = self.check_form()?;
        self.wipe(&mut |_, _| {})?;
        Ok(Start { genesis, last: self.at_or_before(u64::MAX)? })
    }

    fn commit(&self, rows: &[(Row, Vec<u128>)]) -> Result<(), StorageError> {
        self.write(|transaction| {
            let mut blocks = transaction.open_table(BLOCKS)?;
            let mut payloads = transaction.open_table(PAYLOADS)?;
            let mut turns = transaction.open_table(TURNS)?;
            for (row, in_it) in rows {
                blocks.insert(row.first, &*row.block)?;
                payloads.insert(row.first, &*row.payloads)?;
                for turn in in_it {
                    turns.insert((*turn, row.first), ())?;
                }
            }
            Ok(())
        })
    }

    fn at_or_before(&self, seq: u64) -> Result<Option<Row>, StorageError> {
        self.read(|transaction| {
            let blocks = transaction.open_table(BLOCKS)?;
            let found = blocks.range(..=seq)?.next_back();
            found
                .map(|found| {
                    found
                        .map_err(redb::Error::from)
                        .and_then(|(first, block)| with_payloads(&transaction, first.value(), block.value()))
                })
                .transpose()
        })
    }

    fn after(&self, seq: u64) -> Result<Option<Row>, StorageError> {
        let Some(from) = seq.checked_add(1) else { return Ok(None) };
        self.read(|transaction| {
            let blocks = transaction.open_table(BLOCKS)?;
            let found = blocks.range(from..)?.next();
            found
                .map(|found| {
                    found
                        .map_err(redb::Error::from)
                        .and_then(|(first, block)| with_payloads(&transaction, first.value(), block.value()))
                })
                .transpose()
        })
    }

    fn turn(&self, turn: u128) -> Result<Vec<u64>, StorageError> {
        self.read(|transaction| {
            let turns = transaction.open_table(TURNS)?;
            turns.range((turn, 0)..=(turn, u64::MAX))?.map(|row| Ok(row?.0.value().1)).collect()
        })
    }

    fn replace_payloads(&self, first: u64, payloads: &[u8], gone: &[u8; 32]) -> Result<(), StorageError> {
        self.erase(&[Erasure { first, payloads: payloads.to_vec(), gone: vec![*gone] }])?;
        self.wipe(&mut |_, _| {})
    }

    fn erase(&self, erasures: &[Erasure]) -> Result<(), StorageError> {
        for (index, erasure) in erasures.iter().enumerate() {
            // Why each has a commit of its own is told in `wipe.rs`. The last one makes all before it durable.
            let last = index + 1 == erasures.len();
            self.write_with(if last { Durability::Immediate } else { Durability::None }, |transaction| {
                transaction.open_table(PAYLOADS)?.insert(erasure.first, &*erasure.payloads)?;
                let mut wipes = transaction.open_table(WIPES)?;
                for end in erasure.gone.iter().flat_map(wipe::ends) {
                    wipes.insert(!end, ())?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    fn wipe(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<(), StorageError> {
        loop {
            let wipes = self.wipes()?;
            if wipes.is_empty() {
                return Ok(());
            }
            self.wipe_ends(wipes.iter().map(|wipe| !wipe).collect(), progress)?;
            for done in wipes.chunks(WIPES_DONE) {
                self.write(|transaction| {
                    let mut table = transaction.open_table(WIPES)?;
                    done.iter().try_for_each(|wipe| table.remove(wipe).map(drop))?;
                    Ok(())
                })?;
            }
        }
    }

    fn copy_to(&self, file: &Path) -> Result<(), StorageError> {
        let file = private().create_new(true).open(file).map_err(disk)?;
        self.read(|from| {
            snapshot::write(&from, file, |from, into| {
                snapshot::table(META, from, into)?;
                snapshot::table(BLOCKS, from, into)?;
                snapshot::table(PAYLOADS, from, into)?;
                snapshot::table(TURNS, from, into)?;
                snapshot::table(WIPES, from, into)
            })
        })
    }
}

impl Drop for RedbStorage {
    fn drop(&mut self) {
        // Closing writes, and so may find damage, even by a panic.
        let closed = guarded(|| self.database.take().map_or(Ok(()), |database| database.close().map_err(wrap)));
        if let Err(error) = closed {
            tracing::warn!(%error, "the ledger's file was not closed in order; the next start checks it");
        }
    }
}

fn create_file(path: &Path) -> Result<(), StorageError> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = Path::new(&fresh);
    let storage = RedbStorage::with_file(private().create(true).truncate(true).open(fresh).map_err(disk)?)?;
    storage.start()?;
    drop(storage);
    std::fs::rename(fresh, path).map_err(disk)?;
    // Its name must be durable too, or the first power cut takes file and all.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(disk)?;
    }
    Ok(())
}

/// Options for a file that only its owner can read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn with_payloads(transaction: &ReadTransaction, first: u64, block: &[u8]) -> Result<Row, redb::Error> {
    let payloads = transaction.open_table(PAYLOADS)?.get(first)?.map(|payloads| payloads.value().to_vec());
    // A missing row is found when it is decoded: an empty one is no list.
    Ok(Row { first, block: block.to_vec(), payloads: payloads.unwrap_or_default() })
}

/// A damaged file can make redb panic; that is an error like any other here.
fn guarded<T>(work: impl FnOnce() -> Result<T, StorageError>) -> Result<T, StorageError> {
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let what = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(StorageError::Damaged { what: what.unwrap_or_else(|| "redb panicked".to_owned()) })
    })
}

fn disk(error: std::io::Error) -> StorageError {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            StorageError::Full { source: error.into() }
        }
        // What redb says of a file that is not its own.
        std::io::ErrorKind::InvalidData => StorageError::Damaged { what: error.to_string() },
        _ => StorageError::Disk { source: error.into() },
    }
}

fn wrap(error: impl Into<redb::Error>) -> StorageError {
    match error.into() {
        redb::Error::DatabaseAlreadyOpen => StorageError::InUse,
        redb::Error::Io(error) => disk(error),
        redb::Error::Corrupted(what) => StorageError::Damaged { what },
        error @ (redb::Error::TableTypeMismatch { .. }
        | redb::Error::TableDoesNotExist(_)
        | redb::Error::UpgradeRequired(_)) => StorageError::Damaged { what: error.to_string() },
        error => StorageError::Disk { source: error.into() },
    }
}
