//! When a turn must come to its end: rounds, time and calls are bounded, and the last of each is kept for an answer.

use crate::bounds;
use crate::outside::{Left, Outside};

/// Why this round is the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// There are no more rounds.
    Rounds(u32),
    /// The turn's time is nearly over.
    Time,
    /// The turn may make hardly any more calls.
    Calls,
    /// Nothing that was asked for could be run, several times over.
    Stuck,
}

impl Last {
    /// Why, as the user reads it.
    pub fn reason(self) -> String {
        match self {
            Self::Rounds(1) => "after the one round that I have".to_owned(),
            Self::Rounds(rounds) => format!("after {rounds} rounds"),
            Self::Time => "because my time is nearly over".to_owned(),
            Self::Calls => "because I may make hardly any more calls".to_owned(),
            Self::Stuck => format!("because nothing that I tried in {} rounds could be run", bounds::STUCK),
        }
    }
}

/// How a turn goes.
#[derive(Debug)]
pub struct Pace {
    rounds: u32,
    /// What was left when it was looked at last.
    before: Option<Left>,
    stuck: u32,
}

impl Pace {
    /// At most so many rounds.
    pub fn new(rounds: u32) -> Self {
        Self { rounds: rounds.clamp(1, bounds::ROUNDS), before: None, stuck: 0 }
    }

    /// Note how a round went: whether anything was run in it.
    pub fn ran(&mut self, anything: bool) {
        self.stuck = if anything { 0 } else { self.stuck + 1 };
    }

    /// Whether a round is the last, and why. The first one costs no look at the clock.
    pub fn last(&mut self, outside: &mut impl Outside, round: u32) -> Option<Last> {
        if round >= self.rounds {
            return Some(Last::Rounds(self.rounds));
        }
        if round == 1 {
            return None;
        }
        if self.stuck >= bounds::STUCK {
            return Some(Last::Stuck);
        }
        // A host that does not tell ends the turn by its rounds alone.
        self.short(outside.left().ok()?)
    }

    fn short(&mut self, left: Left) -> Option<Last> {
        let before = self.before.replace(left).map_or(left.milliseconds_of, |before| before.milliseconds);
        // As long as the last one took, another may take; and then there must be time to answer.
        let round = before.saturating_sub(left.milliseconds);
        let kept = bounds::LAST_ANSWER.min(left.milliseconds_of / 4);
        if left.milliseconds < kept.max(round.saturating_mul(2)) {
            return Some(Last::Time);
        }
        (left.calls < bounds::LAST_CALLS.min(left.calls_of / 4)).then_some(Last::Calls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(milliseconds: u64, calls: u32) -> Left {
        Left { milliseconds, milliseconds_of: 60_000, calls, calls_of: 1_000 }
    }

    #[test]
    fn time_is_short_when_another_round_like_the_last_would_leave_none_for_an_answer() {
        let mut pace = Pace::new(8);
        assert_eq!(pace.short(left(55_000, 900)), None);
        assert_eq!(pace.short(left(40_000, 900)), None);
        assert_eq!(pace.short(left(20_000, 900)), Some(Last::Time));
    }

    #[test]
    fn a_slow_first_round_counts_from_the_beginning() {
        assert_eq!(Pace::new(8).short(left(35_000, 900)), Some(Last::Time));
        assert_eq!(Pace::new(8).short(left(41_000, 900)), None);
    }

    #[test]
    fn the_last_seconds_and_the_last_calls_are_kept() {
        let mut pace = Pace::new(8);
        assert_eq!(pace.short(left(59_000, 63)), Some(Last::Calls));
        let quick = Left { milliseconds: 2_000, milliseconds_of: 4_000, calls: 5, calls_of: 16 };
        assert_eq!(Pace::new(8).short(Left { milliseconds: 3_900, ..quick }), None, "all of it in measure");
        assert_eq!(Pace::new(8).short(Left { milliseconds: 900, ..quick }), Some(Last::Time));
    }
}
