//! Several models asked at once: whose first word, or whole answer, is there first goes on; the others are stopped in the middle.

use super::attempt::{Attempt, in_band, is_words, onward};
use super::choice::Chosen;
use futures::stream::{FuturesUnordered, StreamExt as _};
use loket_kernel::{Call, CallError, Counter, Turn, Watch};
use loket_values::Value;
use std::sync::{Arc, OnceLock};
use tokio_util::sync::CancellationToken;

/// Who won, and how the others are stopped.
#[derive(Debug)]
struct Race {
    winner: OnceLock<usize>,
    stops: Vec<CancellationToken>,
}

/// Hears one of the racers.
#[derive(Debug)]
struct Ear {
    race: Arc<Race>,
    number: usize,
    turn: Arc<Turn>,
}

/// What a race came to: who came in, or broke off after it had won, and how it went with the others that ended by themselves.
pub(super) struct Finish {
    /// The one that counts; none when all failed before anyone had said a word.
    pub(super) first: Option<(usize, Attempt)>,
    /// Those that failed.
    pub(super) failed: Vec<(usize, CallError)>,
}

impl Race {
    /// Whether this racer is the one that goes on: the first that asks is.
    fn is_won_by(&self, number: usize) -> bool {
        let winner = *self.winner.get_or_init(|| {
            let others = self.stops.iter().enumerate().filter(|(other, _)| *other != number);
            others.for_each(|(_, stop)| stop.cancel());
            number
        });
        winner == number
    }
}

impl Watch for Ear {
    fn hear(&self, event: Value) {
        // Before anybody has said a word, only words decide; what a loser says nobody hears.
        let goes_on = match is_words(&event) {
            true => self.race.is_won_by(self.number),
            false => self.race.winner.get() == Some(&self.number),
        };
        if goes_on {
            self.turn.tell(event);
        }
    }
}

/// Asks all of them.
pub(super) async fn run(counter: &Counter, call: &Call, models: &[Chosen], args: &[Value]) -> Finish {
    let stops = models.iter().map(|_| CancellationToken::new()).collect();
    let race = Arc::new(Race { winner: OnceLock::new(), stops });
    let mut running: FuturesUnordered<_> = models
        .iter()
        .enumerate()
        .map(|(number, chosen)| {
            let ear = Arc::new(Ear { race: race.clone(), number, turn: call.turn.clone() });
            let onward = onward(call, chosen, args.to_vec(), ear);
            let stop = race.stops[number].clone();
            async move {
                tokio::select! {
                    biased;
                    // The call is dropped here, and with it the request that its adapter has open.
                    () = stop.cancelled() => (number, None),
                    answer = counter.call(onward) => (number, Some(in_band(answer))),
                }
            }
        })
        .collect();
    let mut failed = Vec::new();
    while let Some((number, answer)) = running.next().await {
        let spoke = race.winner.get() == Some(&number);
        match answer {
            None => {}
            Some(Err(error)) if !spoke => failed.push((number, error)),
            Some(answer) if race.is_won_by(number) => {
                return Finish { first: Some((number, Attempt { answer, spoke })), failed };
            }
            Some(_) => {}
        }
    }
    failed.sort_by_key(|(number, _)| *number);
    Finish { first: None, failed }
}
