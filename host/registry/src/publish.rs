//! A new version: written beside its place, made durable, and moved there in one step.

use crate::digest::Digest;
use crate::layout;
use crate::name::PackageRef;
use crate::read::{MAX_PACKAGE_BYTES, ReadError};
use crate::registry::Registry;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;
use thiserror::Error;

/// What to do when the version is already there with other bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Refuse: a version that was published does not change.
    Keep,
    /// Put the new bytes in its place. Only for a developer's build into the developer's own folder.
    Replace,
}

/// Why a version was not published. In each case the registry is as it was.
#[derive(Debug, Error)]
pub enum PublishError {
    /// There is nothing to publish.
    #[error("`{0}` has no bytes: build it again")]
    Empty(PackageRef),
    /// It has too many bytes.
    #[error(
        "`{reference}` has {size} bytes, and a package may have {MAX_PACKAGE_BYTES}: leave out what it does not need"
    )]
    TooLarge {
        /// What was to be published.
        reference: PackageRef,
        /// How many bytes it has.
        size: u64,
    },
    /// The version is there, with other bytes.
    #[error(
        "`{reference}` is already there with other bytes ({there}), and a published version does not change: raise its version"
    )]
    Taken {
        /// What was to be published.
        reference: PackageRef,
        /// The digest of what is there.
        there: Digest,
    },
    /// Something that is no package is in its place, or a symbolic link leads there.
    #[error("`{}` is in the way of `{reference}`, and it is no file or folder of this registry: remove it", .path.display())]
    InTheWay {
        /// What was to be published.
        reference: PackageRef,
        /// What is in the way.
        path: PathBuf,
    },
    /// What is there cannot be read, so it cannot be compared.
    #[error("what is there of this version cannot be compared with the new bytes: remove it or mend it")]
    Unreadable(#[source] ReadError),
    /// The system cannot write the file.
    #[error("`{reference}` cannot be written into `{}`: check who may write there, and the room on the disk", .folder.display())]
    Io {
        /// What was to be published.
        reference: PackageRef,
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl Registry {
    /// Publishes a version into the first folder. When this returns, it is durable; whoever reads meanwhile finds either
    /// nothing (or the old bytes) or all of it. To publish the same bytes again is no error and changes nothing.
    ///
    /// # Errors
    /// When it is empty or too large, when the version is there with other bytes, or when it cannot be written.
    pub fn publish(&self, bytes: &[u8], reference: &PackageRef, existing: Existing) -> Result<Digest, PublishError> {
        let size = bytes.len() as u64;
        if size == 0 {
            return Err(PublishError::Empty(reference.clone()));
        }
        if size > MAX_PACKAGE_BYTES {
            return Err(PublishError::TooLarge { reference: reference.clone(), size });
        }
        let digest = Digest::of(bytes);
        if self.has_already(reference, digest, existing)? {
            return Ok(digest);
        }
        let root = &self.folders[0];
        let file = layout::file_of(root, reference);
        let folder = layout::folder_of(root, &reference.name);
        let failed = |source| PublishError::Io { reference: reference.clone(), folder: folder.clone(), source };
        if !make_folders(root, &folder).map_err(failed)? {
            return Err(PublishError::InTheWay { reference: reference.clone(), path: folder.clone() });
        }
        let written = write_beside(&folder, bytes).map_err(failed)?;
        let moved = match existing {
            Existing::Keep => written.persist_noclobber(&file),
            Existing::Replace => written.persist(&file),
        };
        match moved {
            Ok(_) => sync_folder(&folder).map_err(failed)?,
            // Someone else was faster, or something that is no package has the name.
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                if !self.has_already(reference, digest, existing)? {
                    return Err(PublishError::InTheWay { reference: reference.clone(), path: file });
                }
            }
            Err(error) => return Err(failed(error.error)),
        }
        Ok(digest)
    }

    /// Whether some folder has these very bytes under this version.
    fn has_already(&self, reference: &PackageRef, digest: Digest, existing: Existing) -> Result<bool, PublishError> {
        match (self.read(reference), existing) {
            (Ok(there), _) if there.digest() == digest => Ok(true),
            (Ok(there), Existing::Keep) => {
                Err(PublishError::Taken { reference: reference.clone(), there: there.digest() })
            }
            (Err(ReadError::Missing { .. }), _) | (_, Existing::Replace) => Ok(false),
            (Err(error), Existing::Keep) => Err(PublishError::Unreadable(error)),
        }
    }
}

/// The bytes in a new file of the folder, durable, under a name that no scan takes for a package.
fn write_beside(folder: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".publish-").suffix(".tmp");
    #[cfg(unix)]
    let everyone_may_read = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    #[cfg(unix)]
    builder.permissions(everyone_may_read);
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Makes the namespace's folder and the package's, durably where they are new. False when one of them is not to be had
/// without following a symbolic link or replacing something.
fn make_folders(root: &Path, folder: &Path) -> io::Result<bool> {
    for folder in folder.parent().into_iter().chain([folder]) {
        match std::fs::create_dir(folder) {
            Ok(()) => folder.parent().map_or(Ok(()), sync_folder)?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        if !folder.is_dir() || !layout::is_inside(root, folder) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes a folder's list of names durable.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened for this, and its list of names is durable with the file.
#[cfg(not(unix))]
fn sync_folder(folder: &Path) -> io::Result<()> {
    folder.metadata().map(|_| ())
}
