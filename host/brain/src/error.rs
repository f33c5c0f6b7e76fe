//! What can go wrong in a brain: a case for each decision that a caller can make.

use std::path::PathBuf;
use std::sync::Arc;

/// Why a brain said no. An error means that nothing changed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum BrainError {
    /// The arguments make no sense: what is wrong, and what would be right.
    #[error("{0}")]
    Invalid(String),
    /// What was asked for by id is not there.
    #[error("{0}")]
    NotFound(String),
    /// The brain's quota is used up.
    #[error("the brain is full: {detail}; forget what is no longer needed, or raise `{limit}`")]
    Full {
        /// Which limit: `max-memories` or `max-bytes`.
        limit: &'static str,
        /// What the limit is, and by how much it would be passed.
        detail: String,
    },
    /// Someone else has this brain open.
    #[error("the brain in `{}` is open elsewhere: close it there first, or wait until that process has ended", .0.display())]
    Locked(PathBuf),
    /// A newer version of Loket wrote this brain.
    #[error(
        "the brain has format {found}, this program reads up to {known}: open it with the newer version that wrote it"
    )]
    TooNew {
        /// The format on disk.
        found: u64,
        /// The newest that this program knows.
        known: u64,
    },
    /// Stored bytes are not what was written.
    #[error("{what}; {next}")]
    Damaged {
        /// What is damaged.
        what: String,
        /// What to do next.
        next: String,
    },
    /// One of many that were to be written together was refused, and none of them was.
    #[error("{0}; nothing of what was to be written with it was")]
    Undone(#[source] Arc<BrainError>),
    /// The brain was closed.
    #[error("the brain is closed: open it again to use it")]
    Closed,
    /// The file system failed.
    #[error("the brain's files cannot be used: {0}; check the disk's space and permissions, then open the brain again")]
    Io(#[source] Arc<std::io::Error>),
    /// The database failed.
    #[error("the brain's database failed: {0}; check the disk's space and health, then open the brain again")]
    Storage(#[source] Arc<redb::Error>),
}

impl BrainError {
    pub(crate) fn damaged(what: impl Into<String>) -> BrainError {
        BrainError::Damaged {
            what: what.into(),
            next: "put back a copy of `brain.redb` from a backup, without the `brain.log` that is here; the index rebuilds itself".to_owned(),
        }
    }
}

impl From<std::io::Error> for BrainError {
    fn from(error: std::io::Error) -> BrainError {
        BrainError::Io(Arc::new(error))
    }
}

impl From<redb::Error> for BrainError {
    fn from(error: redb::Error) -> BrainError {
        match error {
            redb::Error::Corrupted(what) => BrainError::damaged(format!("the database is damaged: {what}")),
            error => BrainError::Storage(Arc::new(error)),
        }
    }
}

macro_rules! from_redb {
    ($($error:ident),*) => {
        $(impl From<redb::$error> for BrainError {
            fn from(error: redb::$error) -> BrainError {
                redb::Error::from(error).into()
            }
        })*
    };
}
from_redb!(StorageError, TableError, TransactionError, CommitError);
