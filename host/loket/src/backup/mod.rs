//! A home in one file, and back: a compressed tar archive whose first entry says what follows, each part with its digest.
//!
//! Files in reading order: `manifest` what a backup holds, `gather` a home at one moment while it is in use, `pack` the archive
//! written, `unpack` the archive read and checked, `restore` a home made of it, `beside` the same by a host that runs.

mod beside;
mod gather;
mod manifest;
mod pack;
mod restore;
mod unpack;

pub use beside::beside;
pub use gather::backup;
pub use restore::restore;

use crate::desk::wrong;
use crate::form::FormError;
use loket_gateways::desk::Problem;
use std::io;
use std::path::{Path, PathBuf};

/// Why a home cannot be put into a file, or taken out of one.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A file or folder cannot be read or written.
    #[error("`{}` cannot be used: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is no backup, or not the one that was written.
    #[error("the backup is damaged: its part `{part}` {what}", part = part.escape_debug())]
    Damaged {
        /// Where in it.
        part: String,
        /// What is wrong.
        what: String,
    },
    /// A newer host wrote it.
    #[error("the backup has form {form}, this host knows {known}", known = manifest::FORM)]
    Newer {
        /// Its form.
        form: u32,
    },
    /// The home in it has a form that this host does not know.
    #[error("the backup cannot be restored by this host: {0}")]
    Form(FormError),
    /// There is something where it should go.
    #[error("{0}")]
    Place(String),
    /// A store of the home cannot be copied.
    #[error("`{part}` cannot be copied: {what}")]
    Copy {
        /// Which.
        part: String,
        /// Why.
        what: String,
    },
}

impl ArchiveError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> ArchiveError + use<> {
        let path = path.to_owned();
        move |source| ArchiveError::Io { path, source }
    }

    fn hint(&self) -> &'static str {
        match self {
            ArchiveError::Io { .. } => "check the path, its permissions and the disk's space",
            ArchiveError::Damaged { .. } => "take another backup; nothing was changed",
            ArchiveError::Newer { .. } => "use the host that wrote it, or a newer one",
            ArchiveError::Form(FormError::Later { .. }) => "use the host that wrote it, or a newer one",
            ArchiveError::Form(_) => "take another backup; nothing was changed",
            ArchiveError::Place(_) => "name another place",
            ArchiveError::Copy { .. } => "loket doctor",
        }
    }
}

impl From<ArchiveError> for Problem {
    fn from(error: ArchiveError) -> Problem {
        let code = if matches!(error, ArchiveError::Place(_)) { "invalid" } else { "failed" };
        wrong(code, error.to_string(), error.hint())
    }
}
