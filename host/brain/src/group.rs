//! Group commit: writers that come while a transaction is being synced share the next one.
//!
//! There is no thread for it: the first writer leads, takes all that wait, and answers them; whoever came meanwhile
//! elects the next.

use crate::apply::Write;
use crate::error::BrainError;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// What a write answers with: the memory that it wrote, if any.
pub(crate) type Answer = Result<Option<u128>, BrainError>;

#[derive(Default)]
pub(crate) struct Group {
    queue: Mutex<Queue>,
    moved: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<(Write, Arc<Slot>)>,
    led: bool,
}

type Slot = Mutex<Option<Answer>>;

impl Group {
    /// Hands in a write and waits for its answer; `lead` commits a batch, and answers each of it in order.
    pub(crate) fn submit(&self, write: Write, lead: impl Fn(&[Write]) -> Vec<Answer>) -> Answer {
        let slot = Arc::new(Slot::default());
        let mut queue = self.queue();
        queue.waiting.push((write, slot.clone()));
        loop {
            if let Some(answer) = slot.lock().unwrap_or_else(PoisonError::into_inner).take() {
                return answer;
            }
            if queue.led {
                queue = self.moved.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            queue.led = true;
            let (writes, slots): (Vec<Write>, Vec<Arc<Slot>>) = std::mem::take(&mut queue.waiting).into_iter().unzip();
            drop(queue);
            let lead_of = Lead { group: self, slots };
            for (slot, answer) in lead_of.slots.iter().zip(lead(&writes)) {
                fill(slot, answer);
            }
            drop(lead_of);
            queue = self.queue();
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fill(slot: &Slot, answer: Answer) {
    slot.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(answer);
}

/// Gives the lead back, whatever happens; nobody of the batch is left without an answer.
struct Lead<'a> {
    group: &'a Group,
    slots: Vec<Arc<Slot>>,
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        for slot in &self.slots {
            // An answer that was given, and perhaps taken already, is not replaced for long: its owner has left with
            // it.
            if std::thread::panicking() {
                let what = "a write ended in a panic, and whether it is on disk is not known".to_owned();
                fill(slot, Err(BrainError::Damaged { what, next: "open the brain again and look".to_owned() }));
            }
        }
        self.group.queue().led = false;
        self.group.moved.notify_all();
    }
}
