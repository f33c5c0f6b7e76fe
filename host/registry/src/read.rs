//! One package's bytes: read once, with a bound, and digested as they were read.

use crate::digest::Digest;
use crate::layout;
use crate::name::PackageRef;
use crate::registry::Registry;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// How many bytes a package may have.
pub const MAX_PACKAGE_BYTES: u64 = 128 << 20;

/// A package's bytes and their digest. Only [`Registry::read`] and [`Package::new`] make one, so the two belong together.
#[derive(Clone)]
pub struct Package {
    reference: PackageRef,
    bytes: Arc<[u8]>,
    digest: Digest,
}

/// Why a package's bytes cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// No folder of the registry has it.
    #[error("the registry has no `{reference}`: {}", others(.versions))]
    Missing {
        /// What was looked for.
        reference: PackageRef,
        /// The versions that are there, from the oldest to the newest.
        versions: Vec<semver::Version>,
    },
    /// It has too many bytes.
    #[error(
        "`{reference}` has {size} bytes, and a package may have {MAX_PACKAGE_BYTES}: leave out what it does not need"
    )]
    TooLarge {
        /// What was read.
        reference: PackageRef,
        /// How many bytes it has, as far as is known.
        size: u64,
    },
    /// Someone was writing it at the same time.
    #[error(
        "`{0}` was written while it was read: try again when the writing is done, and move files in rather than copy them"
    )]
    Changing(PackageRef),
    /// The system cannot read the file.
    #[error("`{reference}` cannot be read from `{}`: check the file and who may read it", .path.display())]
    Io {
        /// What was to be read.
        reference: PackageRef,
        /// Its file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl Package {
    /// Bytes that no registry has yet, digested here.
    pub fn new(reference: PackageRef, bytes: Arc<[u8]>) -> Package {
        Package { reference, digest: Digest::of(&bytes), bytes }
    }

    /// Which package it is.
    pub fn reference(&self) -> &PackageRef {
        &self.reference
    }

    /// Its bytes.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// The digest of exactly these bytes.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

impl std::fmt::Debug for Package {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes, {})", self.reference, self.bytes.len(), self.digest)
    }
}

impl Registry {
    /// Reads a package once and digests what was read.
    ///
    /// # Errors
    /// When it is not there, is too large, is being written, or cannot be read.
    pub fn read(&self, reference: &PackageRef) -> Result<Package, ReadError> {
        let Some((root, path)) = self.find(reference) else {
            return Err(self.missing(reference));
        };
        let bytes = read_file(root, &path, MAX_PACKAGE_BYTES).map_err(|stop| match stop {
            Stop::TooLarge(size) => ReadError::TooLarge { reference: reference.clone(), size },
            Stop::Changing => ReadError::Changing(reference.clone()),
            Stop::Io(source) => ReadError::Io { reference: reference.clone(), path, source },
        })?;
        Ok(Package::new(reference.clone(), bytes.into()))
    }

    pub(crate) fn missing(&self, reference: &PackageRef) -> ReadError {
        ReadError::Missing { reference: reference.clone(), versions: self.versions(&reference.name) }
    }
}

pub(crate) enum Stop {
    TooLarge(u64),
    Changing,
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Io(error)
    }
}

/// The bytes of a regular file that lies inside of `root`.
pub(crate) fn read_file(root: &Path, path: &Path, limit: u64) -> Result<Vec<u8>, Stop> {
    let listed = path.symlink_metadata()?;
    let mut file = File::open(path)?;
    let opened = file.metadata()?;
    // What was opened is what was listed, not something that was put in its place in between.
    if !opened.is_file() || !is_same(&listed, &opened) || !layout::is_inside(root, path) {
        return Err(Stop::Changing);
    }
    let bytes = read_bounded(&mut file, opened.len(), limit)?;
    let after = file.metadata()?;
    if after.len() != bytes.len() as u64 || after.modified().ok() != opened.modified().ok() {
        return Err(Stop::Changing);
    }
    Ok(bytes)
}

fn read_bounded(file: impl Read, expected: u64, limit: u64) -> Result<Vec<u8>, Stop> {
    if expected > limit {
        return Err(Stop::TooLarge(expected));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or_default());
    let read = file.take(limit + 1).read_to_end(&mut bytes)? as u64;
    if read > limit { Err(Stop::TooLarge(read)) } else { Ok(bytes) }
}

#[cfg(unix)]
fn is_same(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn is_same(a: &Metadata, b: &Metadata) -> bool {
    (a.file_type(), a.created().ok()) == (b.file_type(), b.created().ok())
}

fn others(versions: &[semver::Version]) -> String {
    if versions.is_empty() {
        return "check its name, and put it there if it is missing".to_owned();
    }
    let newest: Vec<_> = versions.iter().rev().take(5).map(|version| format!("`{version}`")).collect();
    format!("it has {}", newest.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_grows_is_cut_off_at_the_limit() {
        assert!(matches!(read_bounded(io::repeat(7), 3, 1000), Err(Stop::TooLarge(1001))));
        assert!(matches!(read_bounded(io::empty(), 1001, 1000), Err(Stop::TooLarge(1001))));
        assert!(matches!(read_bounded(io::repeat(7).take(1000), 3, 1000), Ok(bytes) if bytes.len() == 1000));
    }
}
