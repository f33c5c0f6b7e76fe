//! Which model answered last in a turn or a conversation: it is asked first there, so that what its server keeps of the exchange is of use,
//! and one model's way of calling tools is not continued by another.
//!
//! Kept in memory only: after a restart, the first choice is asked first again.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// How many turns and conversations are known; the oldest makes room.
const MOST: usize = 4096;

/// Which model answered, by turn or conversation.
#[derive(Debug, Default)]
pub(super) struct Pins(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    by: HashMap<String, String>,
    oldest: VecDeque<String>,
}

impl Pins {
    /// The address of the model that answered there.
    pub(super) fn of(&self, place: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).by.get(place).cloned()
    }

    /// A model answered there.
    pub(super) fn pin(&self, place: &str, address: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.by.insert(place.to_owned(), address.to_owned()).is_none() {
            known.oldest.push_back(place.to_owned());
            if known.oldest.len() > MOST
                && let Some(oldest) = known.oldest.pop_front()
            {
                known.by.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_that_answered_is_known_and_the_oldest_makes_room() {
        let pins = Pins::default();
        pins.pin("here", "a");
        pins.pin("here", "b");
        assert_eq!((pins.of("here").as_deref(), pins.of("there")), (Some("b"), None));
        (0..MOST).for_each(|number| pins.pin(&number.to_string(), "c"));
        assert_eq!(pins.of("here"), None);
        assert_eq!(pins.0.lock().expect("nobody panicked").by.len(), MOST);
    }
}
