//! A copy of the file as it is at one moment, made while the brain is in use.

use redb::{Database, ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};
use std::fs::File;

/// Copies all rows that a reader sees into an empty file, and makes them durable. What was forgotten is not in it, and neither are stale
/// or free pages.
pub(crate) fn write(
    from: &ReadTransaction,
    file: File,
    tables: impl FnOnce(&ReadTransaction, &WriteTransaction) -> Result<(), redb::Error>,
) -> Result<(), redb::Error> {
    const CACHE: usize = 16 << 20;
    /// In less than this, free pages are not worth another sync.
    const SMALL: u64 = 1 << 20;
    let written = file.try_clone()?;
    let backend = redb::backends::FileBackend::new(file)?;
    let mut database: Database = redb::Builder::new().set_cache_size(CACHE).create_with_backend(backend)?;
    let into = database.begin_write()?;
    tables(from, &into)?;
    into.commit()?;
    // To write it, it took more than it has: a third again.
    if written.metadata()?.len() > SMALL {
        database.compact()?;
    }
    database.close()?;
    Ok(())
}

/// Copies one table, row by row.
pub(crate) fn table<K: redb::Key + 'static, V: redb::Value + 'static>(
    definition: TableDefinition<'_, K, V>,
    from: &ReadTransaction,
    into: &WriteTransaction,
) -> Result<(), redb::Error> {
    let source = from.open_table(definition)?;
    let mut target = into.open_table(definition)?;
    for row in source.iter()? {
        let (key, value) = row?;
        target.insert(key.value(), value.value())?;
    }
    Ok(())
}
