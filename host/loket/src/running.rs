//! The turns that run now: a host that is told to stop begins no other, waits for these, and stops those that take too long.

use loket_kernel::{CallError, Turn};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::watch;

/// How a page ends that was stopped with its host.
pub(crate) const STOPPED: &str = "stopped: the host was told to end";
/// How a page ends when nobody waits for its turn any more.
const ABANDONED: &str = "abandoned: whoever asked went away";

/// The turns that run now.
#[derive(Default)]
pub struct Running {
    turns: Mutex<Vec<Weak<Turn>>>,
    count: watch::Sender<usize>,
    /// No other turn begins.
    ending: AtomicBool,
}

/// A turn among those that run, until this is dropped.
#[must_use]
pub struct Entered<'r>(&'r Running);

impl Running {
    /// Takes a turn among those that run.
    ///
    /// # Errors
    /// `unavailable` when the host is about to end, or the very same turn runs already.
    pub fn enter(&self, turn: &Arc<Turn>) -> Result<Entered<'_>, CallError> {
        // Counted first: who drains either sees this turn, or was seen by it.
        self.count.send_modify(|count| *count += 1);
        let entered = Entered(self);
        if self.is_ending() {
            return Err(CallError::Unavailable(
                "the host is about to stop and begins no turn; ask again when it is back".into(),
            ));
        }
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|turn| turn.strong_count() > 0);
        if turns.iter().filter_map(Weak::upgrade).any(|other| other.id == turn.id) {
            return Err(CallError::Unavailable(format!("turn `{}` runs now", turn.id)));
        }
        turns.push(Arc::downgrade(turn));
        Ok(entered)
    }

    /// Begins no turn any more, and waits until none runs; those that still run after `grace` are stopped, after `late` was done.
    pub async fn drain(&self, grace: Duration, late: impl FnOnce()) {
        self.ending.store(true, Ordering::SeqCst);
        let mut count = self.count.subscribe();
        let left = *count.borrow_and_update();
        if left > 0 {
            tracing::info!(turns = left, grace = grace.as_secs(), "loket.stop.wait");
        }
        if tokio::time::timeout(grace, count.wait_for(|count| *count == 0)).await.is_err() {
            late();
            self.stop().await;
        }
    }

    /// Stops all turns: their calls end with `exhausted`, in the ledger. Waits a moment for their pages to end.
    pub async fn stop(&self) {
        const MOMENT: Duration = Duration::from_secs(2);
        self.ending.store(true, Ordering::SeqCst);
        let all: Vec<_> = {
            let turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            turns.iter().filter_map(Weak::upgrade).collect()
        };
        for turn in all {
            tracing::warn!(turn = %turn.id, agent = turn.agent.as_deref().unwrap_or_default(), "loket.stop.turn");
            turn.cancel.cancel();
        }
        let mut count = self.count.subscribe();
        // What does not end now has its page ended by the next start.
        let _ = tokio::time::timeout(MOMENT, count.wait_for(|count| *count == 0)).await;
    }

    /// How many run.
    pub fn count(&self) -> usize {
        *self.count.borrow()
    }

    /// Whether the host is about to end.
    pub fn is_ending(&self) -> bool {
        self.ending.load(Ordering::SeqCst)
    }

    /// How the page of a turn that came to no end of its own is ended.
    pub(crate) fn epitaph(&self) -> &'static str {
        if self.is_ending() { STOPPED } else { ABANDONED }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.0.count.send_modify(|count| *count = count.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_kernel::{Labels, Limits};

    fn turn() -> Arc<Turn> {
        Arc::new(Turn::new(None, 1, 1, &Limits::default(), Labels::NONE, None))
    }

    #[tokio::test]
    async fn draining_waits_for_what_runs_and_begins_nothing_new() {
        let (running, turn) = (Running::default(), turn());
        let entered = running.enter(&turn).expect("nothing is about to end");
        let drain = running.drain(Duration::from_secs(60), || {});
        let work = async {
            tokio::task::yield_now().await;
            assert!(running.enter(&self::turn()).is_err(), "nothing new begins");
            drop(entered);
        };
        tokio::join!(drain, work);
        assert!(!turn.cancel.is_cancelled(), "it ended by itself");
    }

    #[tokio::test]
    async fn no_turn_runs_twice_at_once() {
        let (running, turn) = (Running::default(), turn());
        let entered = running.enter(&turn).expect("nothing is about to end");
        assert!(running.enter(&turn).is_err(), "it runs");
        drop((entered, turn));
        let turn = self::turn();
        let _entered = running.enter(&turn).expect("another may");
    }

    #[tokio::test]
    async fn what_takes_longer_than_the_grace_is_stopped() {
        let (running, turn) = (Running::default(), turn());
        let entered = running.enter(&turn).expect("nothing is about to end");
        let cancelled = async {
            turn.cancel.cancelled().await;
            drop(entered);
        };
        tokio::join!(running.drain(Duration::from_millis(1), || {}), cancelled);
    }
}
