//! What is kept of the owner's passphrase: Argon2id (RFC 9106, its second recommended setting) of it, with a salt of its own.

use argon2::{Algorithm, Argon2, Params, Version};
use loket_gateways::entrance::{LONGEST_PASSPHRASE, SHORTEST_PASSPHRASE};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Of memory, in KiB: 64 MiB.
const MEMORY_KIB: u32 = 64 << 10;
/// How often it is gone through.
const PASSES: u32 = 3;
const LANES: u32 = 1;
/// The most that a file may ask for: whoever wrote it must not take the machine down.
const MOST_MEMORY_KIB: u32 = 256 << 10;
const MOST_PASSES: u32 = 16;
/// The bytes of the salt, and of what comes of it.
const SALT: usize = 16;
const HASH: usize = 32;

/// What is kept of a passphrase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Passphrase {
    kdf: String,
    memory_kib: u32,
    passes: u32,
    /// In hex, as what follows.
    salt: String,
    hash: String,
}

/// Why a text cannot be a passphrase, if it cannot.
pub(crate) fn fits(passphrase: &str) -> Result<(), String> {
    let count = passphrase.chars().count();
    if count < SHORTEST_PASSPHRASE {
        return Err(format!("a passphrase has at least {SHORTEST_PASSPHRASE} characters, and this one has {count}"));
    }
    if passphrase.len() > LONGEST_PASSPHRASE {
        return Err(format!(
            "a passphrase has at most {LONGEST_PASSPHRASE} bytes, and this one has {}",
            passphrase.len()
        ));
    }
    Ok(())
}

impl Passphrase {
    /// Of a new one. Takes a tenth of a second and 64 MiB.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub(crate) fn new(passphrase: &str) -> Result<Passphrase, String> {
        Passphrase::with(passphrase, MEMORY_KIB, PASSES)
    }

    /// The same with so much work.
    pub(super) fn with(passphrase: &str, memory_kib: u32, passes: u32) -> Result<Passphrase, String> {
        let salt = super::random()?[..SALT * 2].to_owned();
        let mut kept = Passphrase { kdf: "argon2id".to_owned(), memory_kib, passes, salt, hash: String::new() };
        kept.hash = hex::encode(*kept.hash_of(passphrase)?);
        Ok(kept)
    }

    /// Whether this is the one. Takes as long for a wrong one.
    pub(crate) fn matches(&self, passphrase: &str) -> bool {
        if passphrase.len() > LONGEST_PASSPHRASE {
            return false;
        }
        let Ok(found) = self.hash_of(passphrase) else { return false };
        let mut right = [0; HASH];
        // Hashes compare in constant time.
        hex::decode_to_slice(&self.hash, &mut right).is_ok()
            && blake3::Hash::from_bytes(right) == blake3::Hash::from_bytes(*found)
    }

    /// What is wrong with one that was read, if anything is.
    pub(super) fn fault(&self) -> Option<String> {
        if self.kdf != "argon2id" {
            return Some(format!("this host knows `argon2id`, and not `{}`", self.kdf.escape_default()));
        }
        let asks = self.memory_kib > MOST_MEMORY_KIB || self.passes > MOST_PASSES;
        asks.then(|| format!("it asks for {} KiB and {} passes, which is too much", self.memory_kib, self.passes))
    }

    fn hash_of(&self, passphrase: &str) -> Result<Zeroizing<[u8; HASH]>, String> {
        let salt = hex::decode(&self.salt).map_err(|e| e.to_string())?;
        let params = Params::new(self.memory_kib, self.passes, LANES, Some(HASH)).map_err(|e| e.to_string())?;
        let mut hash = Zeroizing::new([0; HASH]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), &salt, &mut *hash)
            .map_err(|e| e.to_string())?;
        Ok(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_passphrase_itself_matches() {
        let kept = Passphrase::with("correct horse", 8, 1).expect("it works");
        assert!(kept.matches("correct horse"));
        for wrong in ["", "correct hors", "correct horse ", "Correct horse", &"x".repeat(5000)] {
            assert!(!kept.matches(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_same_twice_is_kept_differently() {
        let [one, two] = [(); 2].map(|()| Passphrase::with("correct horse", 8, 1).expect("it works"));
        assert!(one.salt != two.salt && one.hash != two.hash);
    }

    #[test]
    fn what_would_take_the_machine_down_is_a_fault() {
        let good = Passphrase::with("correct horse", 8, 1).expect("it works");
        assert_eq!(good.fault(), None);
        let bad = [
            Passphrase { memory_kib: u32::MAX, ..good.clone() },
            Passphrase { passes: 17, ..good.clone() },
            Passphrase { kdf: "md5".to_owned(), ..good },
        ];
        assert!(bad.iter().all(|bad| bad.fault().is_some()));
    }

    #[test]
    fn too_short_and_too_long_ones_are_told_so() {
        assert!(fits("1234567").is_err_and(|why| why.contains("at least 8")));
        assert!(fits(&"x".repeat(LONGEST_PASSPHRASE + 1)).is_err_and(|why| why.contains("at most 1024")));
        assert!(fits("größer!!").is_ok());
    }
}
