//! A new version: written beside its place, made durable, and moved there in one step; its signature before it, so that nobody finds a
//! signed package without.

use crate::digest::Digest;
use crate::layout;
use crate::name::PackageRef;
use crate::read::{MAX_PACKAGE_BYTES, ReadError};
use crate::registry::Registry;
use crate::signature::Signature;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;
use thiserror::Error;

/// The file in a registry's folder that whoever publishes holds a lock on.
const LOCK: &str = ".publishing";

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
    /// The version is there with these bytes, and has a signature by another key.
    #[error(
        "`{reference}` is already there, signed with the key {by}, and a published version does not change: raise its version"
    )]
    SignedOtherwise {
        /// What was to be published.
        reference: PackageRef,
        /// The id of the key that it names, or what is wrong with it.
        by: String,
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
        self.put(bytes, reference, existing, None)
    }

    /// The same with a signature. Where the version is there with these bytes and without one, it gets it.
    ///
    /// # Errors
    /// As [`Registry::publish`] with [`Existing::Keep`], and when the version is there with a signature by another key.
    pub fn publish_signed(
        &self,
        bytes: &[u8],
        reference: &PackageRef,
        signature: &Signature,
    ) -> Result<Digest, PublishError> {
        self.put(bytes, reference, Existing::Keep, Some(signature))
    }

    /// Puts a version back as it was, with the signature that it had, whatever lies in its place now.
    ///
    /// # Errors
    /// As [`Registry::publish`] with [`Existing::Replace`].
    pub fn put_back(
        &self,
        bytes: &[u8],
        reference: &PackageRef,
        signature: Option<&Signature>,
    ) -> Result<Digest, PublishError> {
        self.put(bytes, reference, Existing::Replace, signature)
    }

    fn put(
        &self,
        bytes: &[u8],
        reference: &PackageRef,
        existing: Existing,
        signature: Option<&Signature>,
    ) -> Result<Digest, PublishError> {
        let size = bytes.len() as u64;
        if size == 0 {
            return Err(PublishError::Empty(reference.clone()));
        }
        if size > MAX_PACKAGE_BYTES {
            return Err(PublishError::TooLarge { reference: reference.clone(), size });
        }
        let digest = Digest::of(bytes);
        let root = &self.folders[0];
        let file = layout::file_of(root, reference);
        let folder = layout::folder_of(root, &reference.name);
        let failed = |source| PublishError::Io { reference: reference.clone(), folder: folder.clone(), source };
        // A package and its signature are two files: of those who publish, one at a time writes them.
        let _alone = alone(root).map_err(failed)?;
        if self.has_already(reference, digest, existing)? {
            return match signature {
                Some(signature) => self.add_signature(reference, signature).map(|()| digest),
                None => Ok(digest),
            };
        }
        if !make_folders(root, &folder).map_err(failed)? {
            return Err(PublishError::InTheWay { reference: reference.clone(), path: folder.clone() });
        }
        let written = write_beside(&folder, bytes).map_err(failed)?;
        // What lies beside a version that is not there is left from one that was removed, or that a crash kept from coming.
        remove(&layout::beside(&file, layout::YANKED)).map_err(failed)?;
        let sidecar = layout::beside(&file, layout::SIGNATURE);
        match signature {
            Some(signature) => write_over(&sidecar, signature.to_string().as_bytes()).map_err(failed)?,
            None => remove(&sidecar).map_err(failed)?,
        }
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

    /// Puts a signature beside a package that is there and has none.
    fn add_signature(&self, reference: &PackageRef, signature: &Signature) -> Result<(), PublishError> {
        let by = match self.signature(reference).map_err(PublishError::Unreadable)? {
            None => {
                let Some((_, file)) = self.find(reference) else {
                    return Err(PublishError::Unreadable(self.missing(reference)));
                };
                let sidecar = layout::beside(&file, layout::SIGNATURE);
                let folder = file.parent().unwrap_or(&file).to_owned();
                let failed = |source| PublishError::Io { reference: reference.clone(), folder, source };
                return write_over(&sidecar, signature.to_string().as_bytes()).map_err(failed);
            }
            Some(Ok(there)) if there.key_id() == signature.key_id() => return Ok(()),
            Some(Ok(there)) => there.key_id(),
            Some(Err(error)) => error.to_string(),
        };
        Err(PublishError::SignedOtherwise { reference: reference.clone(), by })
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

/// Writes a small file as a whole, durably; what is there under its name is replaced.
pub(crate) fn write_over(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    write_beside(folder, bytes)?.persist(file).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Removes a file, durably; one that is not there is no error.
pub(crate) fn remove(file: &Path) -> io::Result<()> {
    match std::fs::remove_file(file) {
        Ok(()) => sync_folder(file.parent().unwrap_or(Path::new("."))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Waits until nobody else changes the registry's first folder; they wait in turn until what this gives is dropped.
pub(crate) fn alone(root: &Path) -> io::Result<File> {
    let lock = File::options().create(true).truncate(false).write(true).open(root.join(LOCK))?;
    lock.lock()?;
    Ok(lock)
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
