//! The calls that a server is answering, and how much it may ask meanwhile.

use loket_guardian::mcp::McpName;
use loket_kernel::deadline::Deadline;
use loket_kernel::{Call, CallError, Chain, Principal};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How much a server may ask while it answers one call.
const MOST_REQUESTS: u32 = 16;

/// A call that a server is answering.
pub(super) struct Work {
    /// The call of the tool.
    pub(super) call: Call,
    /// In whose name the server asks, and through whom.
    pub(super) chain: Chain,
    /// When it is given up: time for which the server waits for an answer does not count.
    pub(super) clock: Deadline,
    /// Cancelled when the call is over, however it ended: nothing is asked for it any more.
    pub(super) over: CancellationToken,
    asked: AtomicU32,
    late: AtomicBool,
}

/// All of them.
#[derive(Default)]
pub(super) struct Doing(Mutex<Vec<Arc<Work>>>);

/// A call is being answered until this is dropped.
#[must_use]
pub(super) struct Entered<'d>(&'d Doing, Arc<Work>);

impl Work {
    /// A call of a tool, for which the server has so long.
    pub(super) fn new(call: &Call, name: &McpName, time: Duration) -> Arc<Work> {
        let chain = call.inside(Principal::Package(name.package().into()));
        Arc::new(Work {
            call: call.clone(),
            chain,
            clock: Deadline::after(time),
            over: CancellationToken::new(),
            asked: AtomicU32::new(0),
            late: AtomicBool::new(false),
        })
    }

    /// Its time ran out.
    pub(super) fn ran_out(&self) {
        self.late.store(true, Ordering::Relaxed);
    }

    /// Whether its time ran out: other limits than that are none of the server's doing.
    pub(super) fn is_late(&self) -> bool {
        self.late.load(Ordering::Relaxed)
    }

    /// It asks once more.
    ///
    /// # Errors
    /// `exhausted` when it asked so much already.
    pub(super) fn count(&self) -> Result<(), CallError> {
        match self.asked.fetch_add(1, Ordering::Relaxed) {
            0..MOST_REQUESTS => Ok(()),
            _ => Err(CallError::exhausted(
                "requests",
                format!("a server may ask {MOST_REQUESTS} times while it answers one call"),
            )),
        }
    }
}

impl Doing {
    /// A call begins.
    pub(super) fn enter(&self, work: &Arc<Work>) -> Entered<'_> {
        self.all().push(work.clone());
        Entered(self, work.clone())
    }

    /// Whether any call is being answered.
    pub(super) fn is_busy(&self) -> bool {
        !self.all().is_empty()
    }

    /// The call for which something is asked that does not say for which: where there is one alone, it is that.
    pub(super) fn only(&self) -> Option<Arc<Work>> {
        match &self.all()[..] {
            [one] => Some(one.clone()),
            _ => None,
        }
    }

    fn all(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Work>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.0.all().retain(|work| !Arc::ptr_eq(work, &self.1));
        self.1.over.cancel();
    }
}
