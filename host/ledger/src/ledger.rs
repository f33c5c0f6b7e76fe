//! The handle: append, settle, read, erase, verify.

use crate::block::{self, Pending};
use crate::chain::Fields;
use crate::entry::{Entry, Hash, Head, Report, Seq};
use crate::error::{LedgerError, StorageError};
use crate::line::{Line, TurnId};
use crate::queue::Queue;
use crate::scrub::{self, Progress, Scrubbed};
use crate::storage::Storage;
use crate::{read, verify, writer};
use loket_values::Value;
use std::future::Future;
use std::ops::ControlFlow;
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle, Thread};
use tokio::sync::broadcast;

/// The ledger. Clones are the same ledger; dropping the last one writes what is queued and waits for it, as [`Ledger::close`] does without blocking.
#[derive(Clone)]
pub struct Ledger(Arc<Inner>);

struct Inner {
    queue: Arc<Queue>,
    storage: Arc<dyn Storage>,
    genesis: Hash,
    writer: Mutex<Option<JoinHandle<()>>>,
    /// One erasure at a time: each rewrites whole rows.
    erasing: Mutex<()>,
}

impl Ledger {
    /// Opens the ledger, and checks its newest block. Blocks.
    ///
    /// # Errors
    /// When the storage cannot be read, was written by a later version, or its end is damaged.
    pub fn open(storage: impl Storage + 'static) -> Result<Ledger, LedgerError> {
        let storage: Arc<dyn Storage> = Arc::new(storage);
        let open = |source| LedgerError::Open { source: Arc::new(source) };
        let start = storage.start().map_err(open)?;
        let head = read::head(&start)?;
        let queue = Arc::new(Queue::new(head));
        let writer = thread::Builder::new().name("loket-ledger".to_owned()).spawn({
            let (queue, storage) = (queue.clone(), storage.clone());
            move || writer::run(&queue, &*storage, head)
        });
        let writer =
            writer.map_err(|error| open(StorageError::Fault { what: format!("no thread for the writer: {error}") }))?;
        Ok(Ledger(Arc::new(Inner {
            queue,
            storage,
            genesis: start.genesis,
            writer: Mutex::new(Some(writer)),
            erasing: Mutex::new(()),
        })))
    }

    /// Hands a line over and returns its place. Never blocks, never fails, and promises nothing yet: [`Ledger::settle`] does.
    pub fn append(&self, line: Line) -> Seq {
        let payload = block::encode_payload(&line.payload);
        self.push(line, payload)
    }

    /// [`Ledger::append`] with `values` in place of the line's own payload: they stay the caller's, and are written out from where they are.
    pub fn append_values(&self, line: Line, values: &[Value]) -> Seq {
        self.push(line, block::encode_values(values))
    }

    fn push(&self, line: Line, payload: Vec<u8>) -> Seq {
        let fields = Fields {
            turn: line.turn.0,
            call: line.call,
            parent: line.parent,
            kind: line.kind,
            time: line.time,
            chain: line.chain,
            capability: line.capability,
            function: line.function,
            labels: line.labels,
        };
        self.0.queue.push(Pending { fields, payload })
    }

    /// Waits until line `seq`, and with it every line before it, is durable. Needs no runtime of its own; may be dropped at any time.
    ///
    /// # Errors
    /// When the line is not durable and never will be: the disk failed, the ledger was closed, or there is no such line.
    pub async fn settle(&self, seq: Seq) -> Result<(), LedgerError> {
        self.0.queue.settle(seq).await
    }

    /// [`Ledger::settle`] for code that is not async. Blocks.
    ///
    /// # Errors
    /// As `settle`.
    pub fn settle_blocking(&self, seq: Seq) -> Result<(), LedgerError> {
        block_on(self.settle(seq))
    }

    /// Makes all lines durable that were appended before.
    ///
    /// # Errors
    /// As [`Ledger::settle`].
    pub async fn flush(&self) -> Result<(), LedgerError> {
        self.settle(self.0.queue.newest()).await
    }

    /// Waits until the lines on their way weigh less than 64 MiB. Whoever appends much calls this first, so that a slow disk slows it down.
    ///
    /// Returns at once when the ledger is broken or closed; `settle` says so.
    pub async fn room(&self) {
        self.0.queue.room().await;
    }

    /// Writes what is queued, and ends the writer. Lines appended later are not recorded, and `settle` says so; what is durable can still be read.
    /// The storage is let go with the last handle.
    ///
    /// # Errors
    /// When not everything queued became durable.
    pub async fn close(&self) -> Result<(), LedgerError> {
        let newest = self.0.queue.newest();
        self.0.queue.shut();
        let mut progress = self.0.queue.progress.subscribe();
        // An error means that the sender is gone, and with it the writer.
        let _ = progress.wait_for(|progress| progress.end.is_some()).await;
        // Its last word was said: this takes no time.
        self.0.join();
        match self.settle(newest).await {
            // A line appended after an earlier close: told to whoever settles it.
            Err(LedgerError::Closed { .. }) => Ok(()),
            settled => settled,
        }
    }

    /// The newest durable line.
    pub fn head(&self) -> Head {
        self.0.queue.progress.borrow().head
    }

    /// Every line that becomes durable from now on, in order. Who is more than 1024 entries behind is told how many were missed, and can [`Ledger::read`] them.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Entry>> {
        self.0.queue.news.subscribe()
    }

    /// At most `limit` durable lines from place `from` on. Blocks; gives at most [`Ledger::MAX_READ`] at once.
    ///
    /// # Errors
    /// When the storage cannot be read or a line is damaged.
    pub fn read(&self, from: Seq, limit: usize) -> Result<Vec<Entry>, LedgerError> {
        read::from(self.storage(), from, limit.min(Self::MAX_READ), self.head().seq)
    }

    /// How many entries one call gives at most.
    pub const MAX_READ: usize = 10_000;

    /// The newest `limit` durable lines, in the ledger's order. Blocks; gives at most [`Ledger::MAX_READ`].
    ///
    /// # Errors
    /// As [`Ledger::read`].
    pub fn newest(&self, limit: usize) -> Result<Vec<Entry>, LedgerError> {
        let (limit, head) = (limit.min(Self::MAX_READ), self.head().seq);
        read::from(self.storage(), Seq((head.0 + 1).saturating_sub(limit as u64)), limit, head)
    }

    /// All durable lines of a turn, in order. Blocks.
    ///
    /// # Errors
    /// As [`Ledger::read`].
    pub fn turn(&self, turn: TurnId) -> Result<Vec<Entry>, LedgerError> {
        read::turn(self.storage(), turn)
    }

    /// The durable lines of a turn from the newest on, until `visit` breaks off. Blocks.
    ///
    /// # Errors
    /// As [`Ledger::read`].
    pub fn turn_from_the_end(
        &self,
        turn: TurnId,
        mut visit: impl FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<(), LedgerError> {
        read::turn_from_the_end(self.storage(), turn, &mut visit)
    }

    /// The durable line at `seq`, if there is one. Blocks.
    ///
    /// # Errors
    /// As [`Ledger::read`].
    pub fn entry(&self, seq: Seq) -> Result<Option<Entry>, LedgerError> {
        Ok(read::from(self.storage(), seq, 1, self.head().seq)?.pop().filter(|entry| entry.seq == seq))
    }

    /// Erases a payload for good: it cannot be read again from the ledger or from its file, and the chain still verifies. Waits for the line to be durable.
    /// Says whether there was one to erase. Blocks, for as long as it takes to read the file once.
    ///
    /// # Errors
    /// When it is not certain that the payload is gone.
    pub fn erase(&self, seq: Seq) -> Result<bool, LedgerError> {
        self.settle_blocking(seq)?;
        let _one = self.0.erasing.lock().unwrap_or_else(PoisonError::into_inner);
        read::erase(self.storage(), seq)
    }

    /// Erases every payload that holds any of the `needles`, byte for byte: arguments, results, a turn's inputs and its answer, reasons and acts. Texts
    /// are also looked at with JSON's escapes undone, so that words with quotes or line ends are found in JSON, and in JSON within JSON (eight deep).
    /// What is erased is gone as after [`Ledger::erase`]. All lines are looked at that were appended before, those on their way included.
    ///
    /// Blocks, for as long as it takes to read the whole file about twice; lines are appended and read meanwhile. Memory is bounded, however large the
    /// ledger is. A scrub that was cut off by a crash is made good by scrubbing again: payloads are erased or whole at any moment, and of what was
    /// erased the next [`Ledger::open`] removes the last traces. `progress` is called between the steps and must not erase or scrub itself.
    ///
    /// Not found are words that no single payload holds in one piece (a text that was streamed in parts), and words in another form: base 64, hexadecimal
    /// digits, compressed, a `list<char>`. Copies made before ([`Ledger::copy_to`]) keep what they have.
    ///
    /// # Errors
    /// When a needle has less than 4 bytes or more than 1 MiB; nothing is done then. When it is not certain that all of them are gone.
    pub fn scrub(&self, needles: &[Vec<u8>], mut progress: impl FnMut(Progress)) -> Result<Scrubbed, LedgerError> {
        let newest = self.0.queue.newest();
        match self.settle_blocking(newest) {
            // Appended after the end: not recorded, so there is nothing to erase.
            Ok(()) | Err(LedgerError::Closed { .. }) => {}
            Err(error) => return Err(error),
        }
        scrub::run(self.storage(), &self.0.erasing, needles, newest.min(self.head().seq), &mut progress)
    }

    /// Walks the whole ledger, checks every link, every line and every payload that is there. Blocks, for as long as it takes to read everything.
    ///
    /// What is damaged is in the report. [`inspect`] does the same for a ledger that cannot be opened.
    pub fn verify(&self) -> Report {
        verify::walk(self.storage(), self.0.genesis, Some(self.head()))
    }

    /// Copies all durable lines of one moment into a new file that can be opened as a ledger; this one goes on meanwhile. Blocks.
    ///
    /// # Errors
    /// When the file is there already or cannot be written, or when this ledger cannot be read.
    pub fn copy_to(&self, file: &Path) -> Result<(), LedgerError> {
        self.storage().copy_to(file).map_err(|source| LedgerError::Copy { source: Arc::new(source) })
    }

    /// The hash before the first line: what makes this ledger a different one from all others.
    pub fn genesis(&self) -> Hash {
        self.0.genesis
    }

    fn storage(&self) -> &dyn Storage {
        &*self.0.storage
    }
}

/// Verifies a ledger without opening it: also one whose end is damaged. Blocks, for as long as it takes to read everything.
///
/// # Errors
/// When the storage cannot be read at all, or was written by a later version.
pub fn inspect(storage: &dyn Storage) -> Result<Report, LedgerError> {
    let start = storage.start().map_err(|source| LedgerError::Open { source: Arc::new(source) })?;
    Ok(verify::walk(storage, start.genesis, None))
}

impl Inner {
    fn join(&self) {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        // It catches its own panics and reports them through the queue.
        let _ = writer.map(JoinHandle::join);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queue.shut();
        self.join();
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("head", &self.head()).finish_non_exhaustive()
    }
}

/// Runs a future that needs no runtime, on this thread. Where that is a runtime's own, in the middle of a task, tokio would end the task's turn
/// here once it has done much, and wake it only when the thread is the runtime's again: so it is not counted.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(tokio::task::unconstrained(future));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        thread::park();
    }
}
