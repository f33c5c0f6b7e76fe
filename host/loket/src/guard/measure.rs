//! What a file is: its digest. One that was measured and has not been touched since is not read again, unless its bytes are asked for.

use loket_registry::Digest;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// How closely it is looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Files that have the size, the times and the number that they had are taken to be the same.
    Touched,
    /// Every byte is read.
    Bytes,
}

/// What tells a file that was touched from one that was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    #[cfg(unix)]
    times: [i64; 4],
    #[cfg(unix)]
    file: (u64, u64),
    #[cfg(not(unix))]
    modified: Option<std::time::SystemTime>,
}

impl Stamp {
    fn of(file: &File) -> io::Result<Stamp> {
        let about = file.metadata()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            // The time of change is not one that a program can set.
            let times = [about.mtime(), about.mtime_nsec(), about.ctime(), about.ctime_nsec()];
            Ok(Stamp { bytes: about.len(), times, file: (about.dev(), about.ino()) })
        }
        #[cfg(not(unix))]
        Ok(Stamp { bytes: about.len(), modified: about.modified().ok() })
    }
}

/// What was measured.
#[derive(Debug, Default)]
pub(super) struct Stamps(Mutex<HashMap<PathBuf, (Stamp, Digest)>>);

impl Stamps {
    /// The digest of a file; nothing where there is none, or it cannot be read.
    pub(super) fn digest(&self, path: &Path, depth: Depth) -> Option<Digest> {
        self.measure(path, depth)
            .inspect_err(|error| {
                if error.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(file = %path.display(), %error, "loket.guardian.unread");
                }
            })
            .ok()
    }

    fn measure(&self, path: &Path, depth: Depth) -> io::Result<Digest> {
        let mut file = File::open(path)?;
        let stamp = Stamp::of(&file)?;
        if depth == Depth::Touched
            && let Some((known, digest)) = self.known().get(path)
            && *known == stamp
        {
            return Ok(*digest);
        }
        let mut hash = Sha256::new();
        let mut part = vec![0; 1 << 18];
        loop {
            match file.read(&mut part)? {
                0 => break,
                read => hash.update(&part[..read]),
            }
        }
        let digest = Digest::from(<[u8; 32]>::from(hash.finalize()));
        // What was written meanwhile is measured again.
        if Stamp::of(&file)? == stamp {
            self.known().insert(path.to_owned(), (stamp, digest));
        }
        Ok(digest)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, (Stamp, Digest)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_touched_is_measured_anew() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (path, stamps) = (folder.path().join("a"), Stamps::default());
        assert_eq!(stamps.digest(&path, Depth::Touched), None);
        for text in ["one", "two", "two", "six"] {
            std::fs::write(&path, text).expect("it can be written");
            for depth in [Depth::Touched, Depth::Touched, Depth::Bytes] {
                assert_eq!(stamps.digest(&path, depth), Some(Digest::of(text.as_bytes())), "{text}");
            }
        }
        std::fs::remove_file(&path).expect("it can be removed");
        assert_eq!(stamps.digest(&path, Depth::Touched), None);
    }
}
