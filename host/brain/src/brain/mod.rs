//! The brain itself: all of it behind one type.
//!
//! Files: here, the calls; [`open`] how one is opened, [`ahead`] what is read before it is asked for, [`commit`] how writes reach the disk
//! and how it is closed.

mod ahead;
mod commit;
mod open;

use crate::care::dream::Dreaming;
use crate::care::{copy, dream};
use crate::error::BrainError;
use crate::id::{MemoryId, Mint};
use crate::limits;
use crate::options::Options;
use crate::private;
use crate::recall::Meaning;
use crate::recall::search::Layers;
use crate::store::apply::Write;
use crate::store::group::Group;
use crate::store::log::Log;
use crate::store::names::Known;
use crate::store::tables::{self, MEMORIES};
use crate::store::uses::Uses;
use crate::types::{
    Correction, Difference, Draft, Dream, Entry, Hit, Imported, JournalEntry, Kind, Lines, MemoryText, Origin, Page,
    Purged, Query, Revision, SnapshotInfo, Timestamp, Usage,
};
use redb::{Database, ReadableTableMetadata, StorageBackend};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

pub(crate) use open::FILE;

/// An agent's memory, open. All calls block; share it behind an `Arc`.
///
/// ```
/// use loket_brain::{Brain, Draft, Kind, Options, Origin, Query};
///
/// let dir = tempfile::tempdir()?;
/// let brain = Brain::open(dir.path(), Options::default())?;
/// brain.remember(Draft::new(Kind::Fact, "my server is at 10.0.0.5"), Origin::default())?;
///
/// let hits = brain.recall(&Query::words("where is my server?"))?;
/// assert_eq!(hits[0].entry.text, "my server is at 10.0.0.5");
/// assert_eq!(hits[0].why.matched, ["server"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Brain(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) dir: PathBuf,
    pub(crate) options: Options,
    /// None in a brain that was closed, and where it could not be opened anew after a write that failed.
    pub(crate) database: RwLock<Option<Database>>,
    /// How often the database was opened anew.
    pub(crate) openings: AtomicU64,
    /// How often something was written.
    pub(crate) commits: AtomicU64,
    /// What was read of the names of the database that is open.
    known: Mutex<Arc<Known>>,
    layers: RwLock<Layers>,
    pub(crate) uses: Uses,
    group: Group,
    mint: Mutex<Mint>,
    /// The last sequence that the index has on disk.
    pub(crate) indexed: AtomicU64,
    /// The index must have this one before anybody searches: many came at once, and no tail has them.
    pub(crate) owed: AtomicU64,
    /// One flush at a time.
    pub(crate) flushing: Mutex<()>,
    /// One snapshot or purge at a time.
    pub(crate) keeping: Mutex<()>,
    pub(crate) flush_asked: AtomicBool,
    /// When something was written last.
    written: Mutex<Instant>,
    /// Whether the log is to be taken over, now and at the next rest.
    taking_over: AtomicBool,
    resting: AtomicBool,
    /// How many bytes the log has.
    pub(crate) in_log: AtomicU64,
    /// None where the database is on a backend of the caller's.
    log: Mutex<Option<Log>>,
    /// Held while the brain is open; the system lets it go when the process dies.
    pub(crate) lock: Mutex<Option<File>>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Brain").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Brain {
    /// Opens the brain in a folder, and makes it if there is none.
    ///
    /// A missing or damaged index is made anew from the database. Errors: [`BrainError::Locked`] when it is open
    /// elsewhere, [`BrainError::TooNew`] for a newer format, [`BrainError::Damaged`] when the database itself cannot be
    /// trusted.
    pub fn open(dir: &Path, options: Options) -> Result<Brain, BrainError> {
        Inner::open(dir, options, |builder, path| {
            if !path.try_exists()? {
                open::create_file(builder, &path)?;
            }
            // Never made where there is one: a file without bytes is a brain that was lost.
            builder.open(path)
        })
    }

    /// Opens a brain whose database lives on a backend of the caller's, with the index in a folder: for tests of
    /// durability.
    pub fn open_with_backend(dir: &Path, backend: impl StorageBackend, options: Options) -> Result<Brain, BrainError> {
        Inner::open(dir, options, |builder, _| builder.create_with_backend(backend))
    }

    /// Remembers something, and answers once it is on disk. The same words again strengthen the memory that says them.
    ///
    /// Errors: [`BrainError::Invalid`] for an empty or oversized draft, [`BrainError::Full`] when a quota is used up.
    pub fn remember(&self, draft: Draft, origin: Origin) -> Result<MemoryId, BrainError> {
        limits::draft(&draft)?;
        self.write_memory(Write::Remember(draft, origin))
    }

    /// Writes a lesson and supersedes the mistake, in one step; the same mistake again strengthens its lesson.
    ///
    /// Without an id the wrong words are looked for among the current facts, and only a fact that they mean beyond
    /// doubt is superseded. Errors: [`BrainError::NotFound`] for an unknown mistake, [`BrainError::Invalid`] for empty
    /// or oversized words and for a pinned memory in a turn that met words by strangers, [`BrainError::Full`] when a quota is used up.
    pub fn correct(&self, correction: Correction, origin: Origin) -> Result<MemoryId, BrainError> {
        limits::correction(&correction)?;
        let meant = match correction.mistake {
            Some(_) => None,
            None => self.0.reading(|| self.0.meant(&correction))?,
        };
        self.write_memory(Write::Correct(correction, origin, meant))
    }

    /// Forgets a memory: its words leave the database and the index; its id and the time stay. What is not there is
    /// forgotten already.
    pub fn forget(&self, id: &MemoryId, time: Timestamp) -> Result<(), BrainError> {
        self.0.write(Write::Forget(id.clone(), time))?;
        // It may be in a snapshot only, and is not to come back from there.
        self.0.forget_in_snapshots(id, time)
    }

    /// Finds the memories that fit, best first; see the crate's documentation for the order.
    ///
    /// Errors: [`BrainError::Invalid`] for an oversized text or a limit out of range.
    pub fn recall(&self, query: &Query) -> Result<Vec<Hit>, BrainError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.recall_at(query, now.as_millis() as u64, None)
    }

    /// The same, asked at a certain time, which is what `yesterday` is measured from; with the question's vector, if there is one: then
    /// what is near by meaning is found as well as what has the words, and the order is by both.
    pub fn recall_at(&self, query: &Query, now: Timestamp, meaning: Option<&Meaning>) -> Result<Vec<Hit>, BrainError> {
        self.0.reading(|| self.0.recall(query, now, meaning))
    }

    /// Notes that these memories were an answer, which they gain a little by. Costs no write of its own: it is on disk when the database
    /// is written out the next time, at the latest when the brain is closed.
    pub fn used(&self, ids: impl IntoIterator<Item = MemoryId>, time: Timestamp) {
        /// Beyond so many, they are written at once.
        const MOST: usize = 4096;
        if self.0.uses.note(ids.into_iter().filter_map(|id| id.key()), time) > MOST
            && let Err(error) = self.0.take_over()
        {
            tracing::warn!(%error, brain = %self.0.dir.display(), "what was used is not on disk yet");
        }
    }

    /// Current memories without a vector of this model, oldest first, at most so many.
    pub fn without_vector(&self, model: &str, count: usize) -> Result<Vec<MemoryText>, BrainError> {
        self.0.reading(|| self.0.without_vector(model, count))
    }

    /// Keeps vectors of memories, at most 1,000 at a time. A memory whose words change loses its vector.
    ///
    /// ```
    /// use loket_brain::{Brain, Draft, Kind, Meaning, Options, Origin, Query};
    ///
    /// let dir = tempfile::tempdir()?;
    /// let brain = Brain::open(dir.path(), Options::default())?;
    /// let id = brain.remember(Draft::new(Kind::Fact, "the cat sleeps on the sofa"), Origin::default())?;
    /// brain.set_vectors("a-model", vec![(id, vec![0.9, 0.1])])?;
    ///
    /// let meaning = Meaning { model: "a-model".to_owned(), vector: vec![1.0, 0.0] };
    /// let hits = brain.recall_at(&Query::words("where does the pet rest?"), 0, Some(&meaning))?;
    /// assert_eq!(hits[0].why.meaning, Some(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_vectors(&self, model: &str, vectors: Vec<(MemoryId, Vec<f32>)>) -> Result<(), BrainError> {
        let keyed = vectors.into_iter().filter_map(|(id, vector)| Some((id.key()?, vector)));
        self.0.set_vectors(model, keyed.collect())
    }

    /// Changes a memory's words, tags or kind.
    ///
    /// Errors: [`BrainError::NotFound`] for an unknown memory, [`BrainError::Invalid`] for an empty or oversized text,
    /// [`BrainError::Full`] when a quota is used up.
    pub fn edit(&self, id: &MemoryId, revision: &Revision) -> Result<(), BrainError> {
        limits::revision(revision)?;
        self.0.edit(id, revision)
    }

    /// Pins a memory, or takes its pin away: what is pinned is superseded, merged and faded by nobody unasked.
    pub fn pin(&self, id: &MemoryId, pinned: bool) -> Result<(), BrainError> {
        self.0.pin(id, pinned)
    }

    /// How much it holds, and may hold.
    pub fn usage(&self) -> Result<Usage, BrainError> {
        self.0.reading(|| self.0.usage())
    }

    /// Exports memories as JSON Lines, 1 to 1,000 a piece, oldest first, superseded ones too. The crate's documentation has the form.
    pub fn export(&self, cursor: Option<&str>, limit: u32) -> Result<Lines, BrainError> {
        self.0.reading(|| self.0.export(cursor, limit))
    }

    /// Imports lines of an export, or lines with at least a `text`; all of them, or none.
    ///
    /// Errors: [`BrainError::Invalid`] with the number of the line that is wrong; [`BrainError::Undone`] around what stopped it in the middle,
    /// such as [`BrainError::Full`] when a quota is used up.
    pub fn import(&self, lines: &[String], origin: &Origin) -> Result<Imported, BrainError> {
        self.0.import(lines, origin)
    }

    /// Remembers many things in one transaction: much faster than one by one. All of them, or none. The index takes them in meanwhile; who
    /// searches before that is done waits for it.
    ///
    /// Errors: [`BrainError::Invalid`] for a draft that cannot be kept; [`BrainError::Undone`] around what stopped it in the middle.
    pub fn remember_all(&self, drafts: Vec<(Draft, Origin)>) -> Result<Vec<MemoryId>, BrainError> {
        drafts.iter().try_for_each(|(draft, _)| limits::draft(draft))?;
        self.0.remember_all(drafts)
    }

    /// Keeps the brain as it is now under a name, in its folder `snapshots`.
    ///
    /// Errors: [`BrainError::Invalid`] for a name that is taken or no name, [`BrainError::Full`] when there are 64.
    pub fn snapshot(&self, name: &str) -> Result<SnapshotInfo, BrainError> {
        self.0.snapshot(name)
    }

    /// The snapshots, oldest first.
    pub fn snapshots(&self) -> Result<Vec<SnapshotInfo>, BrainError> {
        self.0.snapshots()
    }

    /// Drops a snapshot, if it is there.
    pub fn drop_snapshot(&self, name: &str) -> Result<(), BrainError> {
        self.0.drop_snapshot(name)
    }

    /// How a snapshot differs from another, or from now: the first 1 to 1,000 differences after an id, ascending.
    ///
    /// Errors: [`BrainError::NotFound`] for an unknown snapshot.
    pub fn diff(
        &self,
        from: &str,
        to: Option<&str>,
        after: Option<&MemoryId>,
        limit: u32,
    ) -> Result<Vec<Difference>, BrainError> {
        self.0.diff(from, to, after, limit)
    }

    /// Puts the brain back to a snapshot, all at once, and answers with the name of the snapshot that was made of what it was. What was
    /// forgotten since stays forgotten.
    pub fn revert(&self, to: &str, time: Timestamp) -> Result<String, BrainError> {
        self.0.revert(to, time)
    }

    /// What was forgotten and may still be found outside of the brain, by its words; with [`Options::erasing`] only.
    pub fn erasing(&self) -> Result<Vec<MemoryText>, BrainError> {
        self.0.reading(|| self.0.erasing())
    }

    /// Notes that these were erased outside of the brain as well: their words are let go of.
    pub fn erased(&self, ids: &[MemoryId]) -> Result<(), BrainError> {
        self.0.erased(ids)
    }

    /// Whether the files hold bytes of what was forgotten or changed.
    pub fn stale(&self) -> Result<bool, BrainError> {
        self.0.reading(|| self.0.stale())
    }

    /// Makes sure that nothing is left of what was forgotten, in snapshots too if so wished.
    pub fn purge(&self, in_snapshots: bool) -> Result<Purged, BrainError> {
        self.0.purge(in_snapshots)
    }

    /// Consolidates; see [dreaming](crate#dreaming). A rehearsal says what would be done and does nothing.
    pub fn dream(&self, dreaming: &Dreaming<'_>) -> Result<Dream, BrainError> {
        dream::dream(&self.0, dreaming)
    }

    /// Takes a dream back: what it changed, and nobody changed since, is as it was. Answers with how many memories that were.
    pub fn undo(&self, entry: u64) -> Result<u64, BrainError> {
        dream::journal::undo(&self.0, entry)
    }

    /// Past dreams, newest first, 1 to 100.
    pub fn journal(&self, limit: u32) -> Result<Vec<JournalEntry>, BrainError> {
        let limit = limits::page(limit)?;
        self.0.reading(|| dream::journal::list(&self.0, limit))
    }

    /// Reads one memory, superseded ones too; none when there is no such memory.
    pub fn get(&self, id: &MemoryId) -> Result<Option<Entry>, BrainError> {
        let Some(key) = id.key() else { return Ok(None) };
        self.0.reading(|| {
            let transaction = self.0.begin_read()?;
            let used = self.0.uses.reader(&transaction)?.of(key)?;
            Ok(transaction.memories()?.get(key)?.map(|record| record.into_entry(key, used)))
        })
    }

    /// Lists memories, superseded ones too, newest first, 1 to 100 a page; of the given kinds, or of all when none is
    /// given.
    ///
    /// Errors: [`BrainError::Invalid`] for a limit out of range or a cursor that no page gave.
    pub fn list(&self, kinds: &[Kind], cursor: Option<&str>, limit: u32) -> Result<Page, BrainError> {
        self.0.reading(|| self.0.list(kinds, cursor, limit))
    }

    /// How many memories there are, superseded ones included.
    pub fn count(&self) -> Result<u64, BrainError> {
        self.0.reading(|| Ok(self.0.begin_read()?.open_table(MEMORIES)?.len()?))
    }

    /// Copies all memories of one moment into a new file, which is a brain's `brain.redb` without an index; this brain goes on
    /// meanwhile.
    ///
    /// Errors: [`BrainError::Io`] when the file is there already or cannot be written.
    pub fn copy_to(&self, file: &Path) -> Result<(), BrainError> {
        let _one = self.0.keeping.lock().unwrap_or_else(PoisonError::into_inner);
        let from = self.0.begin_read()?;
        let file = private::new_file(file)?;
        let copied = catch_unwind(AssertUnwindSafe(|| copy::write(&from, file, tables::copy_clean)));
        copied.map_err(|_| BrainError::damaged("the brain's database cannot be read"))?.map_err(BrainError::from)
    }

    /// Brings the index up to date now, in this thread. Nothing depends on it: a brain does so by itself.
    pub fn index_now(&self) -> Result<(), BrainError> {
        self.0.flush()
    }

    /// Closes the brain; further calls answer [`BrainError::Closed`]. Dropping does the same, without bringing the
    /// index up to date.
    pub fn close(&self) -> Result<(), BrainError> {
        if self.0.owes() || self.0.layers().live.changes() >= self.0.options.index_after / 4 {
            match self.0.flush() {
                Err(BrainError::Closed) | Ok(()) => {}
                // The next open catches up.
                Err(error) => tracing::warn!(%error, "the index stays behind"),
            }
        }
        match self.0.drop_notes().and_then(|()| self.0.take_over()) {
            Err(BrainError::Closed) | Ok(()) => {}
            Err(error) => tracing::warn!(%error, "what was used last is not on disk"),
        }
        self.0.shut();
        Ok(())
    }

    fn write_memory(&self, write: Write) -> Result<MemoryId, BrainError> {
        let key = self.0.write(write)?;
        key.map(MemoryId::from_key).ok_or_else(|| BrainError::damaged("a write answered without a memory"))
    }
}

impl Drop for Brain {
    fn drop(&mut self) {
        match self.0.take_over() {
            Err(BrainError::Closed) | Ok(()) => {}
            Err(error) => tracing::warn!(%error, "what was used last is not on disk"),
        }
        self.0.shut();
    }
}
