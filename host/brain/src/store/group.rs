//! Group commit: writers that come while a transaction is being synced share the next one.
//!
//! There is no thread for it: the first writer leads, takes all that wait, and answers them; whoever came meanwhile
//! elects the next.

use crate::error::BrainError;
use crate::store::apply::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// What a write answers with: the memory that it wrote, if any.
pub(crate) type Answer = Result<Option<u128>, BrainError>;

#[derive(Default)]
pub(crate) struct Group {
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<(Write, Arc<Slot>)>,
    led: bool,
}

/// Where a writer waits, each at its own: to wake all for the answer of one would cost more than the answers.
#[derive(Default)]
struct Slot {
    turn: Mutex<Turn>,
    moved: Condvar,
}

#[derive(Default)]
enum Turn {
    #[default]
    Waits,
    Leads,
    Has(Answer),
}

impl Slot {
    fn give(&self, turn: Turn) {
        let mut place = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(*place, Turn::Has(_)) {
            *place = turn;
            self.moved.notify_one();
        }
    }

    /// Waits for the turn to come.
    fn take(&self) -> Turn {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        while matches!(*turn, Turn::Waits) {
            turn = self.moved.wait(turn).unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::take(&mut *turn)
    }
}

impl Group {
    /// Hands in a write and waits for its answer; `lead` commits a batch, and answers each of it in order.
    pub(crate) fn submit(&self, write: Write, lead: impl Fn(&[Write]) -> Vec<Answer>) -> Answer {
        let slot = Arc::new(Slot::default());
        let mut queue = self.queue();
        queue.waiting.push((write, slot.clone()));
        let first = !std::mem::replace(&mut queue.led, true);
        drop(queue);
        if first {
            self.lead(&lead);
        }
        loop {
            match slot.take() {
                Turn::Has(answer) => return answer,
                Turn::Leads => self.lead(&lead),
                Turn::Waits => {}
            }
        }
    }

    /// Commits all that wait, and answers them.
    fn lead(&self, commit: impl Fn(&[Write]) -> Vec<Answer>) {
        let waiting = std::mem::take(&mut self.queue().waiting);
        let (writes, slots): (Vec<Write>, Vec<Arc<Slot>>) = waiting.into_iter().unzip();
        let lead = Lead { group: self, slots };
        for (slot, answer) in lead.slots.iter().zip(commit(&writes)) {
            slot.give(Turn::Has(answer));
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the lead on, whatever happens; nobody of the batch is left without an answer.
struct Lead<'a> {
    group: &'a Group,
    slots: Vec<Arc<Slot>>,
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        for slot in self.slots.iter().filter(|_| std::thread::panicking()) {
            // Who had an answer already has left with it.
            let what = "a write ended in a panic, and whether it is on disk is not known".to_owned();
            let next = "open the brain again and look".to_owned();
            slot.give(Turn::Has(Err(BrainError::Damaged { what, next })));
        }
        let mut queue = self.group.queue();
        match queue.waiting.first() {
            Some((_, next)) => next.give(Turn::Leads),
            None => queue.led = false,
        }
    }
}
