//! The names of memories: ULIDs that ascend, whatever the clock does.

use crate::types::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_BITS: u32 = 48;
const RANDOM_BITS: u32 = 80;

/// A memory's name: 26 characters of Crockford base 32, ascending with time.
///
/// Any string may be held, as callers bring what they like; a string that is no ULID names no memory.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MemoryId(String);

impl MemoryId {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn from_key(key: u128) -> MemoryId {
        MemoryId((0..26).map(|at| char::from(ALPHABET[(key >> (125 - 5 * at)) as usize & 31])).collect())
    }

    /// The key in the tables, or none when this can be the name of no memory. Only the canonical spelling counts.
    pub(crate) fn key(&self) -> Option<u128> {
        let text = self.0.as_bytes();
        // 26 characters are 130 bits: the first may say three of its five only.
        if text.len() != 26 || text[0] > b'7' {
            return None;
        }
        text.iter().try_fold(0u128, |key, byte| {
            let digit = ALPHABET.iter().position(|known| known == byte)?;
            Some(key << 5 | digit as u128)
        })
    }
}

impl fmt::Display for MemoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for MemoryId {
    fn from(text: &str) -> MemoryId {
        MemoryId(text.to_owned())
    }
}

impl From<String> for MemoryId {
    fn from(text: String) -> MemoryId {
        MemoryId(text)
    }
}

/// The time that a key bears.
pub(crate) fn time_of(key: u128) -> Timestamp {
    (key >> RANDOM_BITS) as Timestamp
}

/// Makes keys, each greater than all before it.
#[derive(Debug)]
pub(crate) struct Mint {
    last: u128,
    /// The next key, where it was given before.
    given: Option<u128>,
}

impl Mint {
    pub(crate) fn after(last: u128) -> Mint {
        Mint { last, given: None }
    }

    /// Whether keys may follow this one for ever: its time is before the year 6429.
    pub(crate) fn may_follow(key: u128) -> bool {
        key >> (RANDOM_BITS + TIME_BITS - 1) == 0
    }

    /// Lets the next keys be greater than this one, which came from elsewhere.
    pub(crate) fn raise(&mut self, key: u128) {
        self.last = self.last.max(key);
    }

    /// Gives this key, and then greater ones: what was done before is done again.
    pub(crate) fn again(key: u128) -> Mint {
        Mint { last: key, given: Some(key) }
    }

    /// The next key: of this time when time has moved on, else a little after the last.
    pub(crate) fn next(&mut self, time: Timestamp) -> u128 {
        if let Some(key) = self.given.take() {
            return key;
        }
        let time = u128::from(time.min((1 << TIME_BITS) - 1));
        let key = if time > self.last >> RANDOM_BITS {
            // The top bit stays free, so that a millisecond (or a clock that stands still) never runs out of keys.
            time << RANDOM_BITS | (rand::random::<u128>() & ((1 << (RANDOM_BITS - 1)) - 1))
        } else {
            // By chance, so that two copies of a brain that go their own ways do not give two memories one name.
            self.last + 1 + u128::from(rand::random::<u32>())
        };
        self.last = key;
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ascend_when_the_clock_stands_still_or_runs_back() {
        let mut mint = Mint::after(0);
        let keys: Vec<u128> = [5, 5, 4, 9, 0, u64::MAX, 7, u64::MAX].iter().map(|time| mint.next(*time)).collect();
        assert!(keys.windows(2).all(|pair| pair[0] < pair[1]), "{keys:x?}");
        let names: Vec<MemoryId> = keys.iter().map(|key| MemoryId::from_key(*key)).collect();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
    }

    #[test]
    fn a_name_reads_back_as_its_key() {
        for key in [0, 1, u128::MAX, 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef] {
            let name = MemoryId::from_key(key);
            assert_eq!((name.as_str().len(), name.key()), (26, Some(key)));
        }
    }

    #[test]
    fn what_is_no_ulid_names_nothing() {
        for text in ["", "01J", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "0000000000000000000000000U", "ééééééééééééé"]
        {
            assert_eq!(MemoryId::from(text).key(), None, "{text}");
        }
    }
}
