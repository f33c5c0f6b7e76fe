//! Versions that were taken back: a file beside the package says so, and the package stays where it is.
//!
//! A yanked version is not chosen for anybody new. Whoever is pinned to it goes on with it.

use crate::layout;
use crate::name::PackageRef;
use crate::publish::{alone, remove, write_over};
use crate::read::ReadError;
use crate::registry::Registry;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What the file says to whoever looks into the folder.
const WORDS: &[u8] =
    b"This version was taken back: it is chosen for nobody new. Without this file it is in use again.\n";

/// Why a version was not yanked, or not taken back into use.
#[derive(Debug, Error)]
pub enum YankError {
    /// There is no such version.
    #[error(transparent)]
    Missing(ReadError),
    /// The system cannot write or remove the file that says so.
    #[error("`{reference}` cannot be marked in `{}`: check who may write there, and the room on the disk", .path.display())]
    Io {
        /// The version.
        reference: PackageRef,
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl Registry {
    /// Takes a version back; whether it was in use until now.
    ///
    /// # Errors
    /// When it is not there, or that cannot be written.
    pub fn yank(&self, reference: &PackageRef) -> Result<bool, YankError> {
        self.mark(reference, |file| write_over(file, WORDS), false)
    }

    /// Takes a yanked version into use again; whether it was yanked until now.
    ///
    /// # Errors
    /// When it is not there, or that cannot be written.
    pub fn unyank(&self, reference: &PackageRef) -> Result<bool, YankError> {
        self.mark(reference, remove, true)
    }

    /// Whether a version was taken back.
    pub fn is_yanked(&self, reference: &PackageRef) -> bool {
        self.find(reference).is_some_and(|(_, file)| is_marked(&file))
    }

    fn mark(
        &self,
        reference: &PackageRef,
        change: impl FnOnce(&Path) -> io::Result<()>,
        from: bool,
    ) -> Result<bool, YankError> {
        let Some((root, file)) = self.find(reference) else { return Err(YankError::Missing(self.missing(reference))) };
        let path = layout::beside(&file, layout::YANKED);
        let done = alone(root).and_then(|_alone| match is_marked(&file) == from {
            true => change(&path).map(|()| true),
            false => Ok(false),
        });
        done.map_err(|source| YankError::Io { reference: reference.clone(), path, source })
    }
}

/// Whether there is something at the place of the mark, whatever it is.
pub(crate) fn is_marked(file: &Path) -> bool {
    layout::beside(file, layout::YANKED).symlink_metadata().is_ok()
}
