//! What was let run, by the digest of its bytes: `loket.lock` in the home; and whose each namespace is: `state/owners.toml`. Both are asked
//! whenever a package is about to run.
//!
//! A pin goes with its file: a version that is not in the registry any more is not pinned. A namespace stays whose it is.

use crate::guard::{Guard, Kept};
use crate::home::bounded_text;
use crate::host::Host;
use crate::stock::{Item, Stock};
use jiff::Timestamp;
use loket_kernel::Principal;
use loket_registry::lock::{LOCK_FILE, MAX_LOCK_BYTES};
use loket_registry::owners::MAX_OWNERS_BYTES;
use loket_registry::{
    Digest, Lock, LockError, Owners, OwnersError, Package, PackageName, PackageRef, Pin, PublicKey, Standing,
};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{MutexGuard, PoisonError};

/// The file of the namespaces' owners in the home's state.
pub(crate) const OWNERS: &str = "owners.toml";

/// What is pinned and owned, and whether it is on disk like that.
#[derive(Debug, Default)]
pub(crate) struct Pins {
    pub(crate) lock: Lock,
    pub(crate) owners: Owners,
    lock_changed: bool,
    owners_changed: bool,
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
    /// The list of owners is none.
    #[error(transparent)]
    Owners(#[from] OwnersError),
}

impl Pins {
    /// What a home says; nothing where it says nothing yet.
    pub(crate) fn read(home: &Path) -> Result<Pins, PinsError> {
        Pins::of(Some(&home.join(LOCK_FILE)), Some(&home.join("state").join(OWNERS)))
    }

    /// What these files say; nothing where there is none to read.
    pub(crate) fn of(lock: Option<&Path>, owners: Option<&Path>) -> Result<Pins, PinsError> {
        let lock = lock.map(|path| text(path, MAX_LOCK_BYTES)).transpose()?.flatten();
        let lock = lock.map(|text| Lock::parse(&text)).transpose()?;
        let owners = owners.map(|path| text(path, MAX_OWNERS_BYTES)).transpose()?.flatten();
        let owners = owners.map(|text| Owners::parse(&text)).transpose()?;
        Ok(Pins { lock: lock.unwrap_or_default(), owners: owners.unwrap_or_default(), ..Pins::default() })
    }

    /// Writes what changed.
    fn write(&mut self, guard: &Guard) -> io::Result<()> {
        if self.owners_changed {
            guard.keep(Kept::Owners, self.owners.to_string().as_bytes())?;
            self.owners_changed = false;
        }
        if self.lock_changed {
            guard.keep(Kept::Lock, self.lock.to_string().as_bytes())?;
            self.lock_changed = false;
        }
        Ok(())
    }
}

fn text(path: &Path, most: u64) -> Result<Option<String>, PinsError> {
    bounded_text(path, most).map_err(|source| PinsError::Io { path: path.to_owned(), source })
}

impl Host {
    pub(crate) fn pins(&self) -> MutexGuard<'_, Pins> {
        self.pins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a package was let run with these very bytes.
    pub(crate) fn is_let_run(&self, item: &Item) -> bool {
        self.pins().lock.pinned(&item.reference).is_some_and(|pin| pin.digest.hex() == item.digest)
    }

    /// Notes that a package was let run: from now on its version is these bytes, and its namespace is its signer's, if it was nobody's.
    pub(crate) fn let_run(&self, item: &Item) {
        let Ok(digest) = Digest::from_hex(&item.digest) else { return };
        let mut pins = self.pins();
        let before = pins.lock.pinned(&item.reference).map(|pin| pin.digest);
        match pins.lock.pin(item.reference.clone(), Pin { digest, signer: signer(&item.standing).cloned() }) {
            Ok(news) => pins.lock_changed |= news,
            Err(error) => tracing::warn!(%error, "loket.pins.full"),
        }
        let claimed = pins.owners.claim(&item.reference.name, &item.standing, Timestamp::now());
        pins.owners_changed |= *claimed.as_ref().unwrap_or(&false);
        drop(pins);
        match claimed {
            Ok(false) => {}
            Ok(true) => self.owned("namespace claimed", &item.reference.name, &item.standing),
            Err(error) => tracing::warn!(%error, "loket.pins.full"),
        }
        if let Some(before) = before.filter(|before| *before != digest) {
            let about = [("package", item.reference.to_string()), ("digest", digest.hex()), ("before", before.hex())];
            self.act("pinned anew", &Principal::Package(item.reference.name.to_string().into()), &about);
        }
    }

    /// Lets a package run as the owner says, whatever it waited for. Where the key that its namespace belongs to is not trusted any more, the
    /// namespace is given to its signer. On disk when this returns.
    pub(crate) fn approve(&self, package: &Package, standing: &Standing) -> io::Result<()> {
        let name = &package.reference().name;
        let keys = self.trusted();
        let mut pins = self.pins();
        let is_trusted = |key: &PublicKey| keys.list().iter().any(|k| k.public == *key && k.revoked.is_none());
        let orphaned = pins.owners.of(name).is_some_and(|owner| !is_trusted(&owner.key));
        let heir = signer(standing).filter(|_| orphaned);
        if let Some(heir) = heir {
            pins.owners.give(name, heir, Timestamp::now()).map_err(io::Error::other)?;
            pins.owners_changed = true;
        }
        let pin = Pin { digest: package.digest(), signer: signer(standing).cloned() };
        pins.lock_changed |= pins.lock.pin(package.reference().clone(), pin).map_err(io::Error::other)?;
        pins.write(&self.guard)?;
        drop(pins);
        if heir.is_some() {
            self.owned("namespace given", name, standing);
        }
        Ok(())
    }

    /// Writes in the ledger whose a namespace is from now on.
    fn owned(&self, what: &str, name: &PackageName, standing: &Standing) {
        let key = signer(standing).map(ToString::to_string).unwrap_or_default();
        let about = [("namespace", name.namespace().to_owned()), ("key", key), ("signature", standing.to_string())];
        self.act(what, &Principal::Package(name.to_string().into()), &about);
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
        if let Err(error) = pins.write(&self.guard) {
            tracing::warn!(%error, "what was let run cannot be kept: changed packages are not noticed after the next start");
        }
    }
}

/// The key that counts as a package's signer.
fn signer(standing: &Standing) -> Option<&PublicKey> {
    match standing {
        Standing::Signed { key, .. } => Some(key),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_not_there_pins_nothing_and_a_damaged_one_is_none() {
        let home = tempfile::tempdir().expect("a folder");
        assert_eq!(Pins::read(home.path()).expect("nothing").lock, Lock::default());
        std::fs::create_dir(home.path().join("state")).expect("it can be made");
        std::fs::write(home.path().join("state").join(OWNERS), "[[namespace").expect("it can be written");
        assert!(matches!(Pins::read(home.path()), Err(PinsError::Owners(_))));
        for damaged in ["form = 2\n", "form = 1\n[[pack", "\u{0}"] {
            std::fs::write(home.path().join(LOCK_FILE), damaged).expect("it can be written");
            assert!(matches!(Pins::read(home.path()), Err(PinsError::Lock(_))), "{damaged:?}");
        }
    }
}
