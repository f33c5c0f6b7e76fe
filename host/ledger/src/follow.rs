//! Following the ledger: every line from a moment on, in order and without a gap, also for one who is slower than the lines come.

use crate::entry::{Entry, Seq};
use crate::ledger::Ledger;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::broadcast::{self, error::RecvError};

/// How many lines are read at once for whoever was too slow.
const BEHIND: usize = 1_000;

/// Whoever follows a ledger: see [`Ledger::follow`].
pub struct Follower {
    news: broadcast::Receiver<Arc<Entry>>,
    ledger: Ledger,
    /// The line that was told last.
    last: Seq,
    /// Lines that were missed, and are still to be told.
    behind: VecDeque<Arc<Entry>>,
}

impl Ledger {
    /// Every line that becomes durable from now on. Unlike [`Ledger::subscribe`] this leaves none out: what was missed is read.
    pub fn follow(&self) -> Follower {
        // First the news, then where they begin: a line between the two is told once, as it is not behind the last.
        let news = self.subscribe();
        Follower { last: self.head().seq, news, ledger: self.clone(), behind: VecDeque::new() }
    }
}

impl Follower {
    /// The next line; nothing once the ledger is closed, or where it cannot be read. May be dropped at any time. Runs within tokio.
    pub async fn next(&mut self) -> Option<Arc<Entry>> {
        loop {
            if let Some(entry) = self.behind.pop_front() {
                return Some(self.tell(entry));
            }
            match self.news.recv().await {
                Ok(entry) if entry.seq <= self.last => {}
                Ok(entry) if entry.seq.0 == self.last.0 + 1 => return Some(self.tell(entry)),
                // Between the last line and this one others were missed.
                Ok(_) | Err(RecvError::Lagged(_)) => {
                    let (ledger, from) = (self.ledger.clone(), Seq(self.last.0 + 1));
                    let read = tokio::task::spawn_blocking(move || ledger.read(from, BEHIND)).await;
                    self.behind = read.ok()?.ok()?.into_iter().map(Arc::new).collect();
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }

    fn tell(&mut self, entry: Arc<Entry>) -> Arc<Entry> {
        self.last = entry.seq;
        entry
    }
}
