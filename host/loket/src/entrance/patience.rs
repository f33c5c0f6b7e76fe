//! Whoever guesses at the passphrase waits, longer each time; nobody is locked out for good, and `loket web link` lets the owner in meanwhile.

use std::time::{Duration, Instant};

/// So many wrong ones cost nothing: people mistype.
const FREE: u32 = 3;
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(300);

/// How often it went wrong, and until when nobody may try.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    wrong: u32,
    until: Option<Instant>,
}

impl Patience {
    /// How long whoever wants to try must wait; nothing when it is let.
    pub(crate) fn left(&self, now: Instant) -> Option<Duration> {
        self.until.map(|until| until.saturating_duration_since(now)).filter(|left| !left.is_zero())
    }

    /// Another wrong one: 1, 2, 4 … seconds from the fourth on.
    pub(crate) fn wrong(&mut self, now: Instant) -> u32 {
        self.wrong = self.wrong.saturating_add(1);
        if let Some(doublings) = self.wrong.checked_sub(FREE + 1) {
            let wait = Duration::from_secs(1_u64 << doublings.min(16)).min(LONGEST);
            self.until = Some(now + wait);
        }
        self.wrong
    }

    /// The right one.
    pub(crate) fn right(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_to_five_minutes_and_the_right_passphrase_ends_it() {
        let (mut patience, now) = (Patience::default(), Instant::now());
        let waits: Vec<u64> = (0..14)
            .map(|_| {
                patience.wrong(now);
                patience.left(now).map_or(0, |left| left.as_secs())
            })
            .collect();
        assert_eq!(waits, [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert!(patience.left(now + LONGEST).is_none(), "nobody is locked out for good");
        patience.right();
        assert!(patience.left(now).is_none());
        patience.wrong(now);
        assert!(patience.left(now).is_none());
    }
}
