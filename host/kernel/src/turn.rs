//! A turn: one event handled by one agent, or one call by the owner; one page of the ledger.

use crate::deadline::Deadline;
use crate::fault::CallError;
use crate::labels::{Labels, SharedLabels};
use crate::limits::Limits;
use crate::resume::Behind;
use crate::tally::Tally;
use loket_ledger::TurnId;
use loket_values::Value;
use std::any::Any;
use std::collections::HashSet;
use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
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
    pub end: Arc<Deadline>,
    /// Ends all its calls.
    pub cancel: CancellationToken,
    /// Leaves it as it is, in the middle of its calls: it waits for its owner, and goes on from its page in the ledger later.
    pub suspend: CancellationToken,
    /// What it has seen.
    pub labels: Arc<SharedLabels>,
    /// How much of each grant it has used.
    pub tally: Arc<Tally>,
    /// What it may use, from its beginning to its end.
    pub limits: Limits,
    held_to: Option<Arc<dyn Any + Send + Sync>>,
    behind: Option<Arc<Behind>>,
    used: Arc<Used>,
    watcher: Option<Arc<dyn Watch>>,
}

/// What a turn has used of its limits, and what its owner said yes to, in all of its branches together.
#[derive(Debug, Default)]
struct Used {
    /// The numbers of the calls to which the owner said yes; most turns have none.
    approved: Mutex<HashSet<u32>>,
    any_approved: AtomicBool,
    calls: AtomicU32,
    emitted: AtomicU64,
    printed: AtomicUsize,
}

/// Who watches a turn.
pub trait Watch: Debug + Send + Sync {
    /// Something happens. It is told in the middle of a call: whoever hears it must not wait for anything.
    fn hear(&self, event: Value);
}

impl Watch for mpsc::Sender<Value> {
    /// A watcher that does not keep up misses events; the turn does not wait for it.
    fn hear(&self, event: Value) {
        let _ = self.try_send(event);
    }
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
            end: Arc::new(Deadline::after(limits.wall)),
            cancel: CancellationToken::new(),
            suspend: CancellationToken::new(),
            labels: Arc::new(SharedLabels::new(labels)),
            tally: Arc::default(),
            limits: limits.clone(),
            held_to: None,
            behind: None,
            used: Arc::default(),
            watcher: events.map(|events| Arc::new(events) as Arc<dyn Watch>),
        }
    }

    /// The same turn, watched by somebody.
    #[must_use]
    pub fn watched_by(self, watcher: Arc<dyn Watch>) -> Turn {
        Turn { watcher: Some(watcher), ..self }
    }

    /// The same turn for some of its calls, whose events another watcher hears: same page, same limits, same labels. When the turn is stopped,
    /// so are they; where they are stopped, the turn goes on.
    #[must_use]
    pub fn branch(&self, watcher: Arc<dyn Watch>) -> Turn {
        Turn {
            id: self.id,
            agent: self.agent.clone(),
            started: self.started,
            seed: self.seed,
            end: self.end.clone(),
            cancel: self.cancel.child_token(),
            suspend: self.suspend.clone(),
            labels: self.labels.clone(),
            tally: self.tally.clone(),
            limits: self.limits.clone(),
            held_to: self.held_to.clone(),
            behind: self.behind.clone(),
            used: self.used.clone(),
            watcher: Some(watcher),
        }
    }

    /// When it must end, as far as it is known now: time that it waits for its owner does not count.
    pub fn deadline(&self) -> Instant {
        self.end.moment()
    }

    /// The owner said yes to the call of that number.
    pub(crate) fn approve(&self, call: u32) {
        self.used.approved.lock().unwrap_or_else(PoisonError::into_inner).insert(call);
        self.used.any_approved.store(true, Ordering::Release);
    }

    /// Whether the owner said yes to the call of that number.
    pub fn is_approved(&self, call: u32) -> bool {
        self.used.any_approved.load(Ordering::Acquire)
            && self.used.approved.lock().unwrap_or_else(PoisonError::into_inner).contains(&call)
    }

    /// Holds the turn to something of its host's, from its beginning to its end, whatever changes meanwhile. The kernel does not look into it.
    #[must_use]
    pub fn holding_to(self, what: Arc<dyn Any + Send + Sync>) -> Turn {
        Turn { held_to: Some(what), ..self }
    }

    /// The same turn, going on under its name with what it has behind it.
    #[must_use]
    pub fn going_on(self, id: TurnId, behind: Arc<Behind>) -> Turn {
        self.labels.add(behind.labels());
        self.used.calls.store(behind.last(), Ordering::Relaxed);
        Turn { id, behind: Some(behind), ..self }
    }

    /// What it has behind it, if it goes on.
    pub fn behind(&self) -> Option<&Arc<Behind>> {
        self.behind.as_ref()
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
        let before = self.used.calls.fetch_add(1, Ordering::Relaxed);
        let number = before.saturating_add(1);
        if before >= self.limits.calls {
            let error = CallError::exhausted("calls", format!("a turn may make {} calls", self.limits.calls));
            return Err(((before == self.limits.calls).then_some(number), error));
        }
        Ok(number)
    }

    /// The line, if it may still be printed; in the place of the first that may not, a word on what is left out.
    pub(crate) fn print<'l>(&self, line: &'l str) -> Option<&'l str> {
        let before = self.used.printed.fetch_add(line.len(), Ordering::Relaxed);
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
        if self.used.emitted.fetch_add(size, Ordering::Relaxed) + size > self.limits.events {
            return Err(CallError::exhausted(
                "events",
                format!("a turn may emit {} bytes of events", self.limits.events),
            ));
        }
        self.tell(event);
        Ok(())
    }

    /// Passes on an event that was counted when it was emitted, or that is the host's own.
    pub fn tell(&self, event: Value) {
        if let Some(watcher) = &self.watcher {
            watcher.hear(event);
        }
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

    #[test]
    fn a_branch_counts_against_its_turn_ends_with_it_and_has_a_watcher_of_its_own() {
        let (tell, mut told) = mpsc::channel(9);
        let (tell_branch, mut told_branch) = mpsc::channel(9);
        let limits = Limits { calls: 2, events: 30, ..Limits::default() };
        let turn = Turn::new(None, 0, 0, &limits, Labels::NONE, Some(tell));
        let branch = turn.branch(Arc::new(tell_branch));
        branch.labels.add(Labels::UNTRUSTED);
        assert_eq!(turn.labels.get(), Labels::UNTRUSTED);
        assert!(branch.next_call().is_ok() && turn.next_call().is_ok() && branch.next_call().is_err());
        let word = || Value::String("12345".into());
        branch.emit(word()).expect("the first fits");
        assert!(told_branch.try_recv().is_ok() && told.try_recv().is_err(), "whoever watches the branch hears it");
        turn.tell(word());
        assert!(told.try_recv().is_ok(), "what is passed on is not counted again");
        let fit = (0..9).filter(|_| turn.emit(word()).is_ok()).count();
        assert!(fit < 2, "the branch used the turn's: {fit}");
        branch.cancel.cancel();
        assert!(!turn.cancel.is_cancelled());
        let another = turn.branch(Arc::new(mpsc::channel(1).0));
        turn.cancel.cancel();
        assert!(another.cancel.is_cancelled());
    }
}
