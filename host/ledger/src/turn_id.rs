//! A turn's name: how it is made, written and read.

use crate::line::TurnId;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

/// Crockford's base 32: no I, L, O or U, so that a name can be read aloud.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 26;
const RANDOM_BITS: u32 = 80;

impl TurnId {
    /// Names a new turn: 48 bits of milliseconds since 1970, then 80 random bits.
    ///
    /// Within a process each name is greater than all before it, also within one millisecond and when the clock goes back.
    pub fn new(now_ms: u64) -> TurnId {
        static LAST: Mutex<u128> = Mutex::new(0);
        let fresh = u128::from(now_ms) << RANDOM_BITS | rand::random::<u128>() >> (128 - RANDOM_BITS);
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        *last = if fresh > *last { fresh } else { last.saturating_add(1) };
        TurnId(*last)
    }

    /// Milliseconds since 1970 at which the turn was named.
    pub fn millis(self) -> u64 {
        (self.0 >> RANDOM_BITS) as u64
    }
}

impl fmt::Display for TurnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; LENGTH];
        for (place, digit) in text.iter_mut().rev().enumerate() {
            *digit = DIGITS[(self.0 >> (5 * place)) as usize & 31];
        }
        f.pad(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// A text that names no turn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` names no turn: {why}; a turn's name is {LENGTH} letters and digits, as `loket ledger` shows it")]
pub struct TurnIdError {
    text: String,
    why: &'static str,
}

impl FromStr for TurnId {
    type Err = TurnIdError;

    fn from_str(text: &str) -> Result<Self, TurnIdError> {
        // What comes from a user is quoted back, but not a megabyte of it.
        let error = |why| TurnIdError { text: text.chars().take(2 * LENGTH).collect(), why };
        if text.len() != LENGTH {
            return Err(error("its length is wrong"));
        }
        let mut id: u128 = 0;
        for (place, letter) in text.bytes().enumerate() {
            let digit = match letter.to_ascii_uppercase() {
                b'O' => 0,
                b'I' | b'L' => 1,
                upper => DIGITS
                    .iter()
                    .position(|digit| *digit == upper)
                    .ok_or_else(|| error("a letter in it is not one of base 32"))?,
            };
            // 26 digits hold 130 bits: the first may not use its upper two.
            if place == 0 && digit > 7 {
                return Err(error("it is greater than any name can be"));
            }
            id = id << 5 | digit as u128;
        }
        Ok(TurnId(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_is_written_as_every_ulid() {
        // The example of the ULID specification.
        let id: TurnId = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().expect("valid");
        assert_eq!(id.millis(), 1_469_922_850_259);
        assert_eq!(id.to_string(), "01ARZ3NDEKTSV4RRFFQ69G5FAV");
        assert_eq!("o1arz3ndektsv4rrffq69g5fav".parse(), Ok(id));
        assert_eq!(TurnId(u128::MAX).to_string(), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "",
            "01ARZ3NDEKTSV4RRFFQ69G5FA",
            "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
            "01ARZ3NDEKTSV4RRFFQ69G5FAU",
            "ééééééééééééé",
        ] {
            assert!(text.parse::<TurnId>().is_err(), "{text}");
        }
    }

    #[test]
    fn names_ascend_also_when_the_clock_goes_back() {
        let names: Vec<TurnId> = [5, 5, 5, 9, 3, 9, 10].into_iter().cycle().take(10_000).map(TurnId::new).collect();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]));
    }

    proptest! {
        #[test]
        fn every_name_comes_back(id: u128) {
            prop_assert_eq!(TurnId(id).to_string().parse(), Ok(TurnId(id)));
        }
    }
}
