//! Whose signatures count in this home: `state/trusted-keys.toml`, written as a whole at each act of the owner.

use crate::guard::Kept;
use crate::home::bounded_text;
use crate::host::Host;
use loket_registry::trust::MAX_TRUST_BYTES;
use loket_registry::{TrustError, TrustedKeys};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

/// The file's name in the home's state.
pub(crate) const TRUSTED: &str = "trusted-keys.toml";

/// Why the list cannot be read. It is never taken for an empty one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListError {
    /// The file cannot be read.
    #[error("`{}` cannot be read: {source}; check its permissions", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is not what this host writes.
    #[error("`{}` is damaged: {source}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: TrustError,
    },
}

/// From when on a change of the list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    Now,
    OnceSealed,
}

/// The list of a home; an empty one where there is no file.
pub(crate) fn read(path: &Path) -> Result<TrustedKeys, ListError> {
    let path = path.to_owned();
    match bounded_text(&path, MAX_TRUST_BYTES) {
        Ok(Some(text)) => TrustedKeys::parse(&text).map_err(|source| ListError::Damaged { path, source }),
        Ok(None) => Ok(TrustedKeys::default()),
        Err(source) => Err(ListError::Io { path, source }),
    }
}

/// The list as its file has it.
pub(crate) fn text(keys: &TrustedKeys) -> Vec<u8> {
    keys.to_string().into_bytes()
}

impl Host {
    /// Whose signatures count now.
    pub(crate) fn trusted(&self) -> Arc<TrustedKeys> {
        self.trusted.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whose signatures count from now on: on disk before it holds. In a sealed home, from when the owner seals it.
    pub(crate) fn trust(&self, keys: TrustedKeys) -> io::Result<Held> {
        if self.guard.propose(&keys) {
            return Ok(Held::OnceSealed);
        }
        self.guard.keep(Kept::TrustedKeys, &text(&keys))?;
        self.set_trusted(keys);
        Ok(Held::Now)
    }

    /// Whose signatures count from now on, as it is on the disk already.
    pub(crate) fn set_trusted(&self, keys: TrustedKeys) {
        *self.trusted.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_not_there_is_empty_and_a_damaged_one_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(TRUSTED);
        assert_eq!(read(&path).expect("empty"), TrustedKeys::default());
        std::fs::write(&path, "[[key]]\nname = 1").expect("it can be written");
        assert!(matches!(read(&path), Err(ListError::Damaged { .. })));
        std::fs::remove_file(&path).and_then(|()| std::fs::create_dir(&path)).expect("it can be made");
        assert!(matches!(read(&path), Err(ListError::Io { .. })));
    }
}
