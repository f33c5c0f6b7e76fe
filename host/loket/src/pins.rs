//! What was let run, by the digest of its bytes: `loket.lock` in the home. It is checked whenever a package is about to run.
//!
//! A pin goes with its file: a version that is not in the registry any more is not pinned.

use crate::home::write_whole;
use crate::host::Host;
use crate::stock::{Item, Stock};
use loket_kernel::Principal;
use loket_registry::lock::{LOCK_FILE, MAX_LOCK_BYTES};
use loket_registry::{Digest, Lock, LockError, PackageRef, Pin, Standing};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{MutexGuard, PoisonError};

/// What is pinned, and whether it is on disk like that.
#[derive(Debug, Default)]
pub(crate) struct Pins {
    lock: Lock,
    lock_changed: bool,
}

/// Why what was let run cannot be read. It is never taken for nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PinsError {
    /// The file cannot be read.
    #[error("`{}` cannot be read: {source}; check its permissions", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The lock is not one.
    #[error(transparent)]
    Lock(#[from] LockError),
}

impl Pins {
    /// What a home says; nothing where it says nothing yet.
    pub(crate) fn read(home: &Path) -> Result<Pins, PinsError> {
        let lock = text(&home.join(LOCK_FILE), MAX_LOCK_BYTES)?;
        let lock = lock.map(|text| Lock::parse(&text)).transpose()?;
        Ok(Pins { lock: lock.unwrap_or_default(), lock_changed: false })
    }
}

/// The text of a file, when it is there. One byte more than it may have is read: who parses it says that it is too long.
fn text(path: &Path, most: u64) -> Result<Option<String>, PinsError> {
    let mut text = String::new();
    match std::fs::File::open(path).and_then(|file| file.take(most + 1).read_to_string(&mut text)) {
        Ok(_) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(PinsError::Io { path: path.to_owned(), source }),
    }
}

impl Host {
    pub(crate) fn pins(&self) -> MutexGuard<'_, Pins> {
        self.pins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a package was let run: from now on its version is these bytes.
    pub(crate) fn let_run(&self, item: &Item) {
        let Ok(digest) = Digest::from_hex(&item.digest) else { return };
        let signer = match &item.standing {
            Standing::Signed { key, .. } => Some(key.clone()),
            _ => None,
        };
        let mut pins = self.pins();
        let before = pins.lock.pinned(&item.reference).map(|pin| pin.digest);
        match pins.lock.pin(item.reference.clone(), Pin { digest, signer }) {
            Ok(news) => pins.lock_changed |= news,
            Err(error) => tracing::warn!(%error, "loket.pins.full"),
        }
        drop(pins);
        if let Some(before) = before.filter(|before| *before != digest) {
            let about = [("package", item.reference.to_string()), ("digest", digest.hex()), ("before", before.hex())];
            self.act("pinned anew", &Principal::Package(item.reference.name.to_string().into()), &about);
        }
    }

    /// Lets go of what is there no more, and writes what changed.
    pub(crate) fn keep_pins(&self, stock: &Stock) {
        let mut pins = self.pins();
        // What could not be looked at may be there.
        if !stock.incomplete {
            let gone = pins.lock.pins().map(|(reference, _)| reference).filter(|r| !stock.items.contains_key(*r));
            let gone: Vec<PackageRef> = gone.cloned().collect();
            for reference in gone {
                pins.lock_changed |= pins.lock.unpin(&reference);
            }
        }
        if pins.lock_changed {
            match write_whole(&self.home.root().join(LOCK_FILE), pins.lock.to_string().as_bytes()) {
                Ok(()) => pins.lock_changed = false,
                Err(error) => tracing::warn!(%error, "loket.pins.lost"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_not_there_pins_nothing_and_a_damaged_one_is_none() {
        let home = tempfile::tempdir().expect("a folder");
        assert_eq!(Pins::read(home.path()).expect("nothing").lock, Lock::default());
        for damaged in ["form = 2\n", "form = 1\n[[pack", "\u{0}"] {
            std::fs::write(home.path().join(LOCK_FILE), damaged).expect("it can be written");
            assert!(matches!(Pins::read(home.path()), Err(PinsError::Lock(_))), "{damaged:?}");
        }
    }
}
