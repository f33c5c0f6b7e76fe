//! A table of a transaction that is opened when it is first used: most writes use few of them.

use crate::error::BrainError;
use redb::{Key, Table, TableDefinition, Value, WriteTransaction};
use std::cell::OnceCell;

pub(crate) struct Lazy<'t, K: Key + 'static, V: Value + 'static> {
    transaction: &'t WriteTransaction,
    definition: TableDefinition<'static, K, V>,
    table: OnceCell<Table<'t, K, V>>,
}

impl<'t, K: Key + 'static, V: Value + 'static> Lazy<'t, K, V> {
    pub(super) fn new(transaction: &'t WriteTransaction, definition: TableDefinition<'static, K, V>) -> Lazy<'t, K, V> {
        Lazy { transaction, definition, table: OnceCell::new() }
    }

    /// The table, to read in.
    pub(crate) fn read(&self) -> Result<&Table<'t, K, V>, BrainError> {
        if let Some(table) = self.table.get() {
            return Ok(table);
        }
        let table = self.transaction.open_table(self.definition)?;
        Ok(self.table.get_or_init(|| table))
    }

    /// The table, to change.
    pub(crate) fn write(&mut self) -> Result<&mut Table<'t, K, V>, BrainError> {
        self.read()?;
        self.table.get_mut().ok_or_else(|| BrainError::damaged("a table that was just opened is not there"))
    }
}
