//! Names that many memories bear: who writes, conversations, tags. Each is kept once, and a memory has its number.
//!
//! A number is given once and never to another name, so that what somebody read of it stays true. How often each name is borne is
//! counted; one that nothing bears any more goes in the same transaction, and a purge takes its bytes.

use super::lazy::Lazy;
use crate::error::BrainError;
use crate::types::Source;
use redb::{ReadOnlyTable, ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::sync::{Arc, PoisonError, RwLock};

/// Number → name, in postcard.
pub(crate) const NAMES: TableDefinition<'static, u32, &'static [u8]> = TableDefinition::new("names");
/// Name, hashed → its number, and how often it is borne.
pub(crate) const NUMBERS: TableDefinition<'static, u128, (u32, u64)> = TableDefinition::new("numbers");

pub(crate) type Numbers = ReadOnlyTable<u128, (u32, u64)>;

/// So many names are remembered without looking.
const MOST_KNOWN: usize = 4096;
/// A transaction counts the bearers of so many names before it writes them down.
const MOST_HELD: usize = 1 << 16;

/// A name that many memories bear. The order of the cases is part of the stored format: add at the end only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Name<'n> {
    /// Who writes: the agent, the chain, the component.
    Who(&'n str, &'n str, Option<&'n str>),
    Conversation(&'n str),
    /// As it was written, or as tags are compared.
    Tag(&'n str),
}

impl<'n> Name<'n> {
    /// All of a source but the turn, which few memories share.
    pub(crate) fn who(source: &'n Source) -> Name<'n> {
        Name::Who(&source.agent, &source.chain, source.package.as_deref())
    }

    pub(crate) fn read(bytes: &'n [u8]) -> Result<Name<'n>, postcard::Error> {
        postcard::from_bytes(bytes)
    }

    fn bytes(&self) -> Result<Vec<u8>, BrainError> {
        postcard::to_stdvec(self).map_err(|error| BrainError::Invalid(format!("this name cannot be stored: {error}")))
    }

    /// Its number, as of one moment; none when nothing bears it.
    pub(crate) fn number(&self, transaction: &ReadTransaction) -> Result<Option<u32>, BrainError> {
        self.number_in(&transaction.open_table(NUMBERS)?)
    }

    /// The same, where the table is open already.
    pub(crate) fn number_in(&self, numbers: &Numbers) -> Result<Option<u32>, BrainError> {
        Ok(numbers.get(hash(&self.bytes()?))?.map(|row| row.value().0))
    }
}

fn hash(name: &[u8]) -> u128 {
    let mut half = [0; 16];
    half.copy_from_slice(&blake3::hash(name).as_bytes()[..16]);
    u128::from_le_bytes(half)
}

/// Where the name of a number is found.
pub(crate) trait Named {
    fn name(&self, number: u32) -> Result<Arc<[u8]>, BrainError>;
}

pub(super) fn missing(number: u32) -> BrainError {
    BrainError::damaged(format!("the name with the number {number} is missing from the brain's database"))
}

/// Names that were read before, for all readers of a brain.
#[derive(Debug, Default)]
pub(crate) struct Known(RwLock<FxHashMap<u32, Arc<[u8]>>>);

impl Known {
    pub(super) fn get(&self, number: u32) -> Option<Arc<[u8]>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&number).cloned()
    }

    pub(super) fn note(&self, number: u32, name: &Arc<[u8]>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(number, name.clone());
    }

    /// Lets all go: some of them are to be forgotten.
    pub(crate) fn clear(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// The names of a brain, open for writing.
pub(crate) struct Register<'t> {
    names: Lazy<'t, u32, &'static [u8]>,
    numbers: Lazy<'t, u128, (u32, u64)>,
    /// The last number that was given.
    pub(super) last: u32,
    /// What this transaction looked up.
    held: FxHashMap<Box<[u8]>, Held>,
    read: RefCell<FxHashMap<u32, Arc<[u8]>>>,
    /// A name went.
    pub(super) lost: bool,
}

struct Held {
    number: u32,
    hash: u128,
    /// How often it is borne, as the table has it; never in a name that is new.
    borne: u64,
    /// How much more often by now.
    more: i64,
}

impl<'t> Register<'t> {
    pub(super) fn new(transaction: &'t WriteTransaction, last: u32) -> Register<'t> {
        Register {
            names: Lazy::new(transaction, NAMES),
            numbers: Lazy::new(transaction, NUMBERS),
            last,
            held: FxHashMap::default(),
            read: RefCell::default(),
            lost: false,
        }
    }

    /// Makes the tables, if they are not there.
    pub(super) fn make(&self) -> Result<(), BrainError> {
        self.names.read()?;
        self.numbers.read()?;
        Ok(())
    }

    /// The number of a name that is borne so much more often from now on. A new name gets one.
    pub(super) fn count(&mut self, name: Name<'_>, more: i64) -> Result<u32, BrainError> {
        let bytes = name.bytes()?;
        if let Some(held) = self.held.get_mut(bytes.as_slice()) {
            held.more += more;
            return Ok(held.number);
        }
        if self.held.len() >= MOST_HELD {
            self.settle()?;
        }
        let hash = hash(&bytes);
        let found = self.numbers.read()?.get(hash)?.map(|row| row.value());
        let (number, borne) = match found {
            Some(found) => found,
            None => {
                let next = self.last.checked_add(1);
                self.last = next.ok_or_else(|| BrainError::damaged("all numbers for names are given"))?;
                self.names.write()?.insert(self.last, bytes.as_slice())?;
                (self.last, 0)
            }
        };
        self.held.insert(bytes.into(), Held { number, hash, borne, more });
        Ok(number)
    }

    /// Writes down how often each is borne. What nothing bears any more goes.
    pub(super) fn settle(&mut self) -> Result<(), BrainError> {
        for (_, Held { number, hash, borne, more }) in self.held.drain() {
            if more == 0 && borne > 0 {
                continue;
            }
            match borne.saturating_add_signed(more) {
                0 => {
                    self.names.write()?.remove(number)?;
                    self.numbers.write()?.remove(hash)?;
                    self.read.get_mut().remove(&number);
                    self.lost |= borne > 0;
                }
                borne => drop(self.numbers.write()?.insert(hash, (number, borne))?),
            }
        }
        Ok(())
    }
}

impl Named for Register<'_> {
    fn name(&self, number: u32) -> Result<Arc<[u8]>, BrainError> {
        let mut read = self.read.borrow_mut();
        if let Some(known) = read.get(&number) {
            return Ok(known.clone());
        }
        let name: Arc<[u8]> = self.names.read()?.get(number)?.ok_or_else(|| missing(number))?.value().into();
        if read.len() >= MOST_KNOWN {
            read.clear();
        }
        read.insert(number, name.clone());
        Ok(name)
    }
}
