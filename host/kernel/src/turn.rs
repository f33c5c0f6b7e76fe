//! A turn: one event handled by one agent, or one call by the owner; one page of the ledger.

use crate::fault::CallError;
use crate::labels::{Labels, SharedLabels};
use crate::limits::Limits;
use crate::tally::Tally;
use loket_ledger::TurnId;
use loket_values::Value;
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// What all calls of a turn share.
///
/// A component sees the world only through the counter, the turn's seed and the turn's clock; all three are recorded, so that the
/// turn can be run again.
#[derive(Debug)]
pub struct Turn {
    /// Its name; the page in the ledger.
    pub id: TurnId,
    /// The agent whose turn this is; the owner's calls may be on behalf of one.
    pub agent: Option<Arc<str>>,
    /// When it began, in milliseconds since 1970: all that its components know of time.
    pub started: u64,
    /// What its components' random numbers grow from.
    pub seed: u64,
    /// When it must end.
    pub deadline: Instant,
    /// Ends all its calls.
    pub cancel: CancellationToken,
    /// What it has seen.
    pub labels: SharedLabels,
    /// How much of each grant it has used.
    pub tally: Tally,
    /// What it may use, from its beginning to its end.
    pub limits: Limits,
    held_to: Option<Arc<dyn Any + Send + Sync>>,
    calls: AtomicU32,
    events: Option<mpsc::Sender<Value>>,
    emitted: AtomicU64,
    printed: AtomicUsize,
}

/// Bytes that the components of a turn may print.
const MOST_PRINTED: usize = 64 << 10;

impl Turn {
    /// Begins a turn. `events` gets what its components emit; a full or closed channel holds nothing up.
    pub fn new(
        agent: Option<Arc<str>>,
        started: u64,
        seed: u64,
        limits: &Limits,
        labels: Labels,
        events: Option<mpsc::Sender<Value>>,
    ) -> Turn {
        Turn {
            id: TurnId::new(started),
            agent,
            started,
            seed,
            deadline: Instant::now() + limits.wall,
            cancel: CancellationToken::new(),
            labels: SharedLabels::new(labels),
            tally: Tally::default(),
            limits: limits.clone(),
            held_to: None,
            calls: AtomicU32::new(0),
            events,
            emitted: AtomicU64::new(0),
            printed: AtomicUsize::new(0),
        }
    }

    /// Holds the turn to something of its host's, from its beginning to its end, whatever changes meanwhile. The kernel does not look into it.
    #[must_use]
    pub fn holding_to(self, what: Arc<dyn Any + Send + Sync>) -> Turn {
        Turn { held_to: Some(what), ..self }
    }

    /// What the turn is held to, where it is of that type.
    pub fn held_to<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.held_to.as_ref()?.downcast_ref()
    }

    /// The next call's number.
    ///
    /// # Errors
    /// `exhausted` when the turn has made all the calls it may, with the number of the first that is too many: its line stands for all.
    pub fn next_call(&self) -> Result<u32, (Option<u32>, CallError)> {
        let before = self.calls.fetch_add(1, Ordering::Relaxed);
        let number = before.saturating_add(1);
        if before >= self.limits.calls {
            let error = CallError::exhausted("calls", format!("a turn may make {} calls", self.limits.calls));
            return Err(((before == self.limits.calls).then_some(number), error));
        }
        Ok(number)
    }

    /// The line, if it may still be printed; in the place of the first that may not, a word on what is left out.
    pub(crate) fn print<'l>(&self, line: &'l str) -> Option<&'l str> {
        let before = self.printed.fetch_add(line.len(), Ordering::Relaxed);
        match (before + line.len() <= MOST_PRINTED, before <= MOST_PRINTED) {
            (true, _) => Some(line),
            (false, true) => Some("(what else this turn prints is left out)"),
            (false, false) => None,
        }
    }

    /// Hands an event to whoever watches.
    ///
    /// # Errors
    /// `exhausted` when the turn has emitted all that it may.
    pub fn emit(&self, event: Value) -> Result<(), CallError> {
        let size = event.size() as u64;
        if self.emitted.fetch_add(size, Ordering::Relaxed) + size > self.limits.events {
            return Err(CallError::exhausted(
                "events",
                format!("a turn may emit {} bytes of events", self.limits.events),
            ));
        }
        if let Some(events) = &self.events {
            // A watcher that does not keep up misses events; the turn does not wait for it.
            let _ = events.try_send(event);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_prints_so_much_and_says_once_that_there_was_more() {
        let turn = Turn::new(None, 0, 0, &Limits::default(), Labels::NONE, None);
        let line = "x".repeat(1000);
        let printed: Vec<_> = (0..1000).filter_map(|_| turn.print(&line)).collect();
        let (last, lines) = printed.split_last().expect("some lines");
        assert_eq!(lines.len(), MOST_PRINTED / line.len());
        assert!(lines.iter().all(|printed| *printed == line) && last.contains("left out"), "{last}");
    }
}
