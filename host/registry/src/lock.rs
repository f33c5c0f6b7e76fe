//! What runs, pinned: `loket.lock` names each package version with the digest of its bytes and the key that signed it.
//!
//! ```toml
//! form = 1
//!
//! [[package]]
//! name = "acme:calc"
//! version = "1.2.0"
//! sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
//! signer = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"     # left out where it is unsigned
//! ```

use crate::digest::Digest;
use crate::key::PublicKey;
use crate::name::{PackageName, PackageRef, parse_version, shown};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use thiserror::Error;

/// The name of the file in a home.
pub const LOCK_FILE: &str = "loket.lock";
/// How many bytes its text may have.
pub const MAX_LOCK_BYTES: u64 = 8 << 20;
/// The form that is written, and the only one that is read.
pub const FORM: u32 = 1;
/// How many packages it may pin.
pub const MAX_PINS: usize = crate::scan::MAX_FOUND;

/// What runs, by package version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    pins: BTreeMap<PackageRef, Pin>,
}

/// What a package version was when it was let run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The digest of its bytes.
    pub digest: Digest,
    /// The key that signed it.
    pub signer: Option<PublicKey>,
}

/// Why a lock cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LockError {
    /// It is of a form that a later version writes.
    #[error("`{LOCK_FILE}` has form {0}, and this version reads form {FORM}: use the version that wrote it")]
    Newer(u32),
    /// It cannot be taken apart.
    #[error("`{LOCK_FILE}` cannot be read: {0}: put back a copy of it, or move it away and look over what runs")]
    Form(String),
    /// One of its entries makes no sense, or is there twice.
    #[error("`{LOCK_FILE}` has an entry `{}` that makes no sense or is there twice: mend it", shown(.0))]
    Entry(String),
    /// It pins too much.
    #[error("`{LOCK_FILE}` pins more than {MAX_PINS} packages: remove what is not used")]
    TooMany,
}

/// A package whose bytes are not those that were let run.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("its bytes ({now}) are not those that were let run ({pinned})")]
pub struct Changed {
    /// The digest in the lock.
    pub pinned: Digest,
    /// The digest of the bytes that are there.
    pub now: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    form: u32,
    #[serde(default)]
    package: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    version: String,
    sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signer: Option<String>,
}

#[derive(Deserialize)]
struct Form {
    form: u32,
}

impl Lock {
    /// Reads a lock from its text.
    ///
    /// # Errors
    /// When it is none of this form.
    pub fn parse(text: &str) -> Result<Lock, LockError> {
        if text.len() as u64 > MAX_LOCK_BYTES {
            return Err(LockError::Form(format!("it has more than {MAX_LOCK_BYTES} bytes")));
        }
        let damaged = |e: toml::de::Error| LockError::Form(e.message().to_owned());
        // The form before all else: a later one may have what is not known here.
        let Form { form } = toml::from_str(text).map_err(damaged)?;
        if form != FORM {
            return Err(LockError::Newer(form));
        }
        let file: File = toml::from_str(text).map_err(damaged)?;
        let mut lock = Lock::default();
        for entry in file.package {
            let known = entry.read().filter(|(reference, _)| !lock.pins.contains_key(reference));
            let Some((reference, pin)) = known else {
                return Err(LockError::Entry(format!("{}@{}", entry.name, entry.version)));
            };
            lock.pin(reference, pin)?;
        }
        Ok(lock)
    }

    /// Pins a version to what it is now; whether that is news.
    ///
    /// # Errors
    /// When there are too many.
    pub fn pin(&mut self, reference: PackageRef, pin: Pin) -> Result<bool, LockError> {
        if self.pins.len() >= MAX_PINS && !self.pins.contains_key(&reference) {
            return Err(LockError::TooMany);
        }
        let before = self.pins.insert(reference.clone(), pin);
        Ok(before.as_ref() != self.pins.get(&reference))
    }

    /// Lets go of a version; whether it was pinned.
    pub fn unpin(&mut self, reference: &PackageRef) -> bool {
        self.pins.remove(reference).is_some()
    }

    /// What a version is pinned to.
    pub fn pinned(&self, reference: &PackageRef) -> Option<&Pin> {
        self.pins.get(reference)
    }

    /// All that is pinned, by name and version.
    pub fn pins(&self) -> impl Iterator<Item = (&PackageRef, &Pin)> {
        self.pins.iter()
    }

    /// The versions of a package that are pinned.
    pub fn versions(&self, name: &PackageName) -> impl Iterator<Item = &semver::Version> {
        let name = name.clone();
        self.pins.keys().filter(move |reference| reference.name == name).map(|reference| &reference.version)
    }

    /// Whether these are the bytes that a version is pinned to. One that is not pinned may have any.
    ///
    /// # Errors
    /// When they are others.
    pub fn check(&self, reference: &PackageRef, now: Digest) -> Result<(), Changed> {
        match self.pins.get(reference) {
            Some(Pin { digest, .. }) if *digest != now => Err(Changed { pinned: *digest, now }),
            _ => Ok(()),
        }
    }
}

impl Entry {
    fn read(&self) -> Option<(PackageRef, Pin)> {
        let name: PackageName = self.name.parse().ok()?;
        let signer = self.signer.as_ref().map(|key| key.parse()).transpose().ok()?;
        let pin = Pin { digest: Digest::from_hex(&self.sha256).ok()?, signer };
        Some((name.at(parse_version(&self.version)?), pin))
    }
}

impl fmt::Display for Lock {
    /// As its file has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = |(reference, pin): (&PackageRef, &Pin)| Entry {
            name: reference.name.to_string(),
            version: reference.version.to_string(),
            sha256: pin.digest.hex(),
            signer: pin.signer.as_ref().map(ToString::to_string),
        };
        let file = File { form: FORM, package: self.pins.iter().map(entry).collect() };
        f.write_str("# What runs, by the digest of its bytes. Loket writes it.\n")?;
        f.write_str(&toml::to_string(&file).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SecretKey;

    fn lock() -> Lock {
        let mut lock = Lock::default();
        let signer = Some(SecretKey::make(None).expect("made").1);
        let pins = [("acme:calc@1.2.0", signer.clone()), ("acme:calc@1.10.0-rc.1+b7", None), ("x:y@0.1.0", signer)];
        for (reference, signer) in pins {
            let pin = Pin { digest: Digest::of(reference.as_bytes()), signer };
            assert_eq!(lock.pin(reference.parse().expect("a reference"), pin), Ok(true));
        }
        lock
    }

    #[test]
    fn a_lock_reads_back_as_it_was_written() {
        let lock = lock();
        assert_eq!(Lock::parse(&lock.to_string()), Ok(lock));
    }

    #[test]
    fn only_what_is_pinned_must_have_its_bytes() {
        let (mut lock, calc) = (lock(), "acme:calc@1.2.0".parse::<PackageRef>().expect("a reference"));
        let (own, other) = (Digest::of(b"acme:calc@1.2.0"), Digest::of(b"other"));
        assert_eq!(lock.check(&calc, own), Ok(()));
        assert_eq!(lock.check(&calc, other).expect_err("changed").pinned, own);
        assert_eq!(lock.check(&"acme:calc@1.2.1".parse().expect("a reference"), other), Ok(()));
        assert_eq!(lock.pin(calc.clone(), Pin { digest: own, signer: None }), Ok(true), "another signer");
        assert_eq!(lock.pin(calc.clone(), Pin { digest: own, signer: None }), Ok(false));
        assert!(lock.unpin(&calc) && !lock.unpin(&calc));
        assert_eq!(lock.check(&calc, other), Ok(()));
        assert_eq!(lock.versions(&calc.name).count(), 1);
    }

    #[test]
    fn what_is_no_lock_is_never_taken_for_an_empty_one() {
        let text = lock().to_string();
        assert_eq!(Lock::parse(&text.replace("form = 1", "form = 2")), Err(LockError::Newer(2)));
        let twice = format!("{text}\n{}", &text[text.find("[[package]]").expect("one")..]);
        for bad in ["", "form = 1\n[[pack", &text.replace("sha256", "sha512"), &text.replace("acme:", "Acme:"), &twice]
        {
            assert!(Lock::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Lock::parse("form = 1"), Ok(Lock::default()));
    }
}
