//! A storage of plain maps, to hold commits back and to damage rows: also the proof that the ledger needs no redb.

use loket_ledger::storage::{Row, Start};
use loket_ledger::{Hash, Storage, StorageError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex};

/// Clones are the same storage.
#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    rows: BTreeMap<u64, Row>,
    turns: BTreeSet<(u128, u64)>,
    held: bool,
    panics: bool,
    commits: usize,
}

impl Memory {
    /// Commits wait from now on, or no longer.
    pub(crate) fn hold(&self, held: bool) {
        self.0.0.lock().expect("lock").held = held;
        self.0.1.notify_all();
    }

    /// The next commit panics.
    pub(crate) fn panic(&self) {
        self.0.0.lock().expect("lock").panics = true;
    }

    pub(crate) fn commits(&self) -> usize {
        self.0.0.lock().expect("lock").commits
    }

    pub(crate) fn rows(&self) -> Vec<Row> {
        self.0.0.lock().expect("lock").rows.values().cloned().collect()
    }

    /// Row `first` is gone.
    pub(crate) fn forget(&self, first: u64) {
        self.0.0.lock().expect("lock").rows.remove(&first);
    }

    /// A storage that holds exactly these rows.
    pub(crate) fn of(rows: impl IntoIterator<Item = Row>) -> Memory {
        let memory = Memory::default();
        memory.0.0.lock().expect("lock").rows = rows.into_iter().map(|row| (row.first, row)).collect();
        memory
    }
}

impl Storage for Memory {
    fn start(&self) -> Result<Start, StorageError> {
        Ok(Start { genesis: Hash([7; 32]), last: self.at_or_before(u64::MAX)? })
    }

    fn commit(&self, rows: &[(Row, Vec<u128>)]) -> Result<(), StorageError> {
        let mut state = self.0.1.wait_while(self.0.0.lock().expect("lock"), |state| state.held).expect("lock");
        let panics = state.panics;
        state.commits += 1;
        for (row, turns) in rows {
            state.turns.extend(turns.iter().map(|turn| (*turn, row.first)));
            state.rows.insert(row.first, row.clone());
        }
        drop(state);
        assert!(!panics, "a test asked for it");
        Ok(())
    }

    fn at_or_before(&self, seq: u64) -> Result<Option<Row>, StorageError> {
        Ok(self.0.0.lock().expect("lock").rows.range(..=seq).next_back().map(|(_, row)| row.clone()))
    }

    fn after(&self, seq: u64) -> Result<Option<Row>, StorageError> {
        Ok(self.0.0.lock().expect("lock").rows.range(seq.saturating_add(1)..).next().map(|(_, row)| row.clone()))
    }

    fn turn(&self, turn: u128) -> Result<Vec<u64>, StorageError> {
        Ok(self.0.0.lock().expect("lock").turns.range((turn, 0)..=(turn, u64::MAX)).map(|(_, first)| *first).collect())
    }

    fn replace_payloads(&self, first: u64, payloads: &[u8], _gone: &[u8; 32]) -> Result<(), StorageError> {
        self.0.0.lock().expect("lock").rows.get_mut(&first).expect("the row").payloads = payloads.to_vec();
        Ok(())
    }
}
