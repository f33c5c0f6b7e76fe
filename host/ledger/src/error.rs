//! What can go wrong, and what to do then.

use crate::entry::Seq;
use crate::needles;
use std::error::Error;
use std::sync::Arc;

/// Why the ledger could not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// It could not be opened.
    #[error("the ledger cannot be opened: {source}; {}", source.hint())]
    Open {
        /// What the storage said.
        source: Arc<StorageError>,
    },
    /// It cannot write any more, and will not try again: a line missing in the middle would be worse than a stop.
    #[error("the ledger has stopped writing: {source}; lines from {from} on are not recorded; {}, then start again", source.hint())]
    Broken {
        /// The first line that was not made durable.
        from: Seq,
        /// What the storage said.
        source: Arc<StorageError>,
    },
    /// It was closed before the line was handed in.
    #[error("line {seq} is not recorded: the ledger was closed before it; open the ledger again")]
    Closed {
        /// The line.
        seq: Seq,
    },
    /// Nobody appended that line, so waiting for it would never end.
    #[error("line {seq} was never appended: the newest is {newest}; wait for a number that `append` returned")]
    NeverAppended {
        /// The line.
        seq: Seq,
        /// The newest line.
        newest: Seq,
    },
    /// What stands there is not what was written.
    #[error(
        "line {seq} is damaged: {what}; run `loket ledger --verify` for all faults, and restore the file from a copy"
    )]
    Damaged {
        /// The first line concerned.
        seq: Seq,
        /// What does not fit.
        what: String,
    },
    /// It could not be read.
    #[error("the ledger cannot be read: {source}; {}", source.hint())]
    Read {
        /// What the storage said.
        source: Arc<StorageError>,
    },
    /// It could not be copied.
    #[error("the ledger cannot be copied: {source}; {}", source.hint())]
    Copy {
        /// What the storage said.
        source: Arc<StorageError>,
    },
    /// A payload could not be erased for good.
    #[error("the payload of line {seq} is not erased for good: {source}; {}, then erase it again", source.hint())]
    Erase {
        /// The line.
        seq: Seq,
        /// What the storage said.
        source: Arc<StorageError>,
    },
    /// Words to be scrubbed that are too few or too many.
    #[error(
        "the text at place {at} of those to be forgotten has {length} bytes: with less than {} it would be found nearly everywhere, \
         and more than {} are too many to look for; give a part of the payload that has so many",
        needles::SHORTEST,
        needles::LONGEST
    )]
    Needle {
        /// Which of them, from 0.
        at: usize,
        /// How many bytes it has.
        length: usize,
    },
    /// Not all payloads that hold certain words could be erased for good.
    #[error("not all that was to be forgotten is erased for good: {source}; {}, then scrub the ledger again", source.hint())]
    Scrub {
        /// What the storage said.
        source: Arc<StorageError>,
    },
}

impl LedgerError {
    pub(crate) fn read(source: StorageError) -> Self {
        LedgerError::Read { source: Arc::new(source) }
    }

    pub(crate) fn damaged(seq: u64, what: impl Into<String>) -> Self {
        LedgerError::Damaged { seq: Seq(seq), what: what.into() }
    }
}

/// What a storage can say.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// No room left.
    #[error("the disk is full")]
    Full {
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Reading or writing failed.
    #[error("the disk failed ({source})")]
    Disk {
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Somebody else has it open.
    #[error("another process has it open")]
    InUse,
    /// What is there was not written by a ledger, or not like this.
    #[error("its file is damaged ({what})")]
    Damaged {
        /// What does not fit.
        what: String,
    },
    /// It was written by a later version.
    #[error("its form is {found}, and this version reads up to {known}")]
    Newer {
        /// The form in the file.
        found: u32,
        /// The newest form that this version knows.
        known: u32,
    },
    /// A fault in the program itself.
    #[error("a fault inside the ledger ({what})")]
    Fault {
        /// What is known of it.
        what: String,
    },
}

impl StorageError {
    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            StorageError::Full { .. } => "free some space",
            StorageError::Disk { .. } => "check the disk, its mount and the folder's permissions",
            StorageError::InUse => "stop the other `loket` process, or give this one another home with `--home`",
            StorageError::Damaged { .. } => "restore the file from a copy, or move it away to begin a new ledger",
            StorageError::Newer { .. } => "start the newer version again, or restore the copy from before the upgrade",
            StorageError::Fault { .. } => "report this as a bug",
        }
    }
}
