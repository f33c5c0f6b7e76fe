//! What brains do when nobody waits: one thread for all brains of the process.
//!
//! It brings indexes up to date when they are asked to, writes to the databases what is in their logs only, and makes files small that much
//! came into at once. It owns no brain: one that is dropped meanwhile is passed over.

use crate::brain::Inner;
use crate::error::BrainError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

/// A brain rests when nothing was written for so long.
const REST: Duration = Duration::from_millis(1500);

/// What is to be done with a brain.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Job {
    /// Bring its index up to date.
    Flush,
    /// Write to its database what is in its log only.
    TakeOver,
    /// The same once it rests, and what else is done then.
    Rest,
}

/// Asks for a job to be done; whether somebody will.
pub(crate) fn ask(brain: &Arc<Inner>, job: Job) -> bool {
    worker().send((Arc::downgrade(brain), job)).is_ok()
}

type Asked = (Weak<Inner>, Job);

fn worker() -> Sender<Asked> {
    static WORKER: OnceLock<Sender<Asked>> = OnceLock::new();
    let start = || {
        let (sender, receiver) = channel();
        if let Err(error) = std::thread::Builder::new().name("brain-keeper".to_owned()).spawn(move || work(&receiver)) {
            tracing::error!(%error, "no thread for brains: memories stay findable, but each open takes longer");
        }
        sender
    };
    WORKER.get_or_init(start).clone()
}

fn work(asked: &Receiver<Asked>) {
    let mut resting: Vec<(Instant, Weak<Inner>)> = Vec::new();
    loop {
        let now = Instant::now();
        let (due, waiting) = resting.into_iter().partition::<Vec<_>, _>(|(when, _)| *when <= now);
        resting = waiting;
        for brain in due.iter().filter_map(|(_, brain)| brain.upgrade()) {
            match brain.rested() {
                // Somebody wrote meanwhile: the rest begins anew.
                rested if rested < REST => resting.push((now + (REST - rested), Arc::downgrade(&brain))),
                _ => tried(&brain, LOG, Inner::rest),
            }
        }
        let next = resting.iter().map(|(when, _)| when.saturating_duration_since(Instant::now())).min();
        let job = match next {
            Some(wait) => asked.recv_timeout(wait),
            None => asked.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match job {
            Ok((brain, Job::Flush)) => {
                if let Some(brain) = brain.upgrade() {
                    tried(&brain, "the index is behind", |brain| brain.flush().and_then(|()| brain.drop_notes()));
                }
            }
            Ok((brain, Job::TakeOver)) => {
                if let Some(brain) = brain.upgrade() {
                    tried(&brain, LOG, Inner::take_over);
                }
            }
            Ok((brain, Job::Rest)) => resting.push((Instant::now() + REST, brain)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

const LOG: &str = "what was remembered last may be in the log only, and the database larger than it needs to be";

fn tried(brain: &Arc<Inner>, otherwise: &str, work: impl Fn(&Arc<Inner>) -> Result<(), BrainError>) {
    match catch_unwind(AssertUnwindSafe(|| work(brain))) {
        Ok(Ok(()) | Err(BrainError::Closed)) => {}
        Ok(Err(error)) => tracing::error!(%error, brain = %brain.dir.display(), "{otherwise}"),
        Err(_) => tracing::error!(brain = %brain.dir.display(), "work in the background ended in a panic: {otherwise}"),
    }
}
