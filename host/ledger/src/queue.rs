//! What callers and the writer share: the lines on their way, and how far the disk is.

use crate::block::{LINE_WEIGHT, MAX_WEIGHT, Pending};
use crate::entry::{Entry, Hash, Head, Seq};
use crate::error::{LedgerError, StorageError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, watch};

/// How long lines for which nobody waits are gathered before a commit. A commit costs as much CPU as some hundred lines do, so a busy host must not
/// make many; and whoever needs a line durable settles it, and waits for no linger.
const LINGER: Duration = Duration::from_millis(20);
/// So long after the last line the writer looks for new ones by itself. Only later does it sleep, and the first line has to wake it: that is a system
/// call, and costs its caller a hundred times what a line does.
const DOZE: Duration = Duration::from_secs(1);
/// Lines on their way may weigh so much before [`Queue::room`] makes callers wait.
pub(crate) const ROOM: usize = 64 << 20;
/// Subscribers that are further behind miss entries, and are told so.
const NEWS: usize = 1024;

/// The lines between `append` and the disk.
pub(crate) struct Queue {
    state: Mutex<State>,
    /// Only the writer waits on it.
    wake: Condvar,
    pub(crate) progress: watch::Sender<Progress>,
    pub(crate) news: broadcast::Sender<Arc<Entry>>,
}

struct State {
    lines: Vec<Pending>,
    /// What the lines weigh, those with the writer included.
    weight: usize,
    /// What the lines with the writer weigh.
    writing: usize,
    /// The place of the next line.
    next: u64,
    /// Somebody waits for the lines up to here.
    wanted: u64,
    writer: Writer,
    /// No more lines are taken.
    shut: bool,
}

/// What the writer does, so that nobody wakes it in vain: waking costs a system call.
#[derive(PartialEq)]
enum Writer {
    /// Wakes for the first line.
    Asleep,
    /// Looks by itself after the linger, or wakes when somebody waits or enough is there.
    Lingering,
    Awake,
}

/// How far the disk is.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    pub(crate) head: Head,
    /// Why it will not get further.
    pub(crate) end: Option<End>,
}

#[derive(Debug, Clone)]
pub(crate) enum End {
    Closed,
    Broken(Arc<StorageError>),
}

impl State {
    /// Whether there are lines that must not linger.
    fn ready(&self) -> bool {
        let oldest = self.next - self.lines.len() as u64;
        !self.lines.is_empty() && (self.shut || self.wanted >= oldest || self.weight >= MAX_WEIGHT)
    }
}

impl Progress {
    /// Whether `seq` is durable; `None` while that is open.
    fn settled(&self, seq: Seq) -> Option<Result<(), LedgerError>> {
        if seq <= self.head.seq {
            return Some(Ok(()));
        }
        Some(Err(match self.end.as_ref()? {
            End::Closed => LedgerError::Closed { seq },
            End::Broken(source) => LedgerError::Broken { from: Seq(self.head.seq.0 + 1), source: source.clone() },
        }))
    }
}

impl Queue {
    pub(crate) fn new(head: Head) -> Self {
        Queue {
            state: Mutex::new(State {
                lines: Vec::new(),
                weight: 0,
                writing: 0,
                next: head.seq.0 + 1,
                wanted: 0,
                writer: Writer::Awake,
                shut: false,
            }),
            wake: Condvar::new(),
            progress: watch::Sender::new(Progress { head, end: None }),
            news: broadcast::Sender::new(NEWS),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the line its place. Order of places is order in the queue, because both are given under one lock.
    pub(crate) fn push(&self, line: Pending) -> Seq {
        let weight = line.weight();
        let mut state = self.state();
        let seq = Seq(state.next);
        state.next += 1;
        if state.shut {
            // `settle` tells: the place is beyond the end.
            return seq;
        }
        state.lines.push(line);
        state.weight += weight;
        let wake = match state.writer {
            Writer::Asleep => true,
            Writer::Lingering => state.weight >= MAX_WEIGHT,
            Writer::Awake => false,
        };
        if wake {
            state.writer = Writer::Awake;
        }
        drop(state);
        if wake {
            self.wake.notify_one();
        }
        seq
    }

    /// The place of the newest line, durable or not.
    pub(crate) fn newest(&self) -> Seq {
        Seq(self.state().next - 1)
    }

    pub(crate) async fn settle(&self, seq: Seq) -> Result<(), LedgerError> {
        if let Some(settled) = self.progress.borrow().settled(seq) {
            return settled;
        }
        self.want(seq)?;
        let mut progress = self.progress.subscribe();
        let reached = progress.wait_for(|progress| progress.settled(seq).is_some()).await;
        // The sender is ours, so it cannot be gone.
        reached.map_or(Err(LedgerError::Closed { seq }), |progress| {
            progress.settled(seq).unwrap_or(Err(LedgerError::Closed { seq }))
        })
    }

    /// Asks the writer to hurry.
    fn want(&self, seq: Seq) -> Result<(), LedgerError> {
        let mut state = self.state();
        if seq.0 >= state.next {
            return Err(LedgerError::NeverAppended { seq, newest: Seq(state.next - 1) });
        }
        state.wanted = state.wanted.max(seq.0);
        let wake = state.writer == Writer::Lingering;
        if wake {
            state.writer = Writer::Awake;
        }
        drop(state);
        if wake {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Waits until the lines on their way weigh less than the bound, or none will be taken any more.
    pub(crate) async fn room(&self) {
        if self.has_room() {
            return;
        }
        let mut progress = self.progress.subscribe();
        loop {
            // Progress is made known after the weight is taken off, so a change cannot be missed between the two lines.
            progress.mark_unchanged();
            if self.has_room() || progress.changed().await.is_err() {
                return;
            }
        }
    }

    fn has_room(&self) -> bool {
        let state = self.state();
        state.shut || state.weight < ROOM
    }

    /// Takes no more lines; what is queued is still written.
    pub(crate) fn shut(&self) {
        let mut state = self.state();
        state.shut = true;
        state.writer = Writer::Awake;
        drop(state);
        self.wake.notify_one();
    }

    /// The writer's: waits for a group, and puts it in the empty `group`. False at the end.
    pub(crate) fn take(&self, group: &mut Vec<Pending>) -> bool {
        let mut state = self.state();
        let begun = Instant::now();
        let mut until = begun + LINGER;
        while !state.ready() {
            if state.shut {
                return false;
            }
            let now = Instant::now();
            if now < until {
                state.writer = Writer::Lingering;
                state = self.wake.wait_timeout(state, until - now).unwrap_or_else(PoisonError::into_inner).0;
            } else if !state.lines.is_empty() {
                break;
            } else {
                if now >= begun + DOZE {
                    state.writer = Writer::Asleep;
                    state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                until = Instant::now() + LINGER;
            }
        }
        state.writer = Writer::Awake;
        state.writing = state.weight;
        std::mem::swap(&mut state.lines, group);
        true
    }

    /// The writer's: the group is durable.
    pub(crate) fn written(&self, seq: u64, hash: Hash) {
        let mut state = self.state();
        state.weight -= state.writing;
        state.writing = 0;
        drop(state);
        self.progress.send_modify(|progress| progress.head = Head { seq: Seq(seq), hash });
    }

    /// The writer's last word. Lines still queued are let go: whoever waits for them is told.
    pub(crate) fn end(&self, end: End) {
        let mut state = self.state();
        state.shut = true;
        let dropped = std::mem::take(&mut state.lines);
        (state.weight, state.writing) = (0, 0);
        drop(state);
        drop(dropped);
        self.progress.send_modify(|progress| {
            progress.end.get_or_insert(end);
        });
    }
}

const _: () = assert!(LINE_WEIGHT < MAX_WEIGHT && MAX_WEIGHT < ROOM);
