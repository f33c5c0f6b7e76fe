//! The owner's key, under a passphrase: Argon2id (RFC 9106, its second recommended setting) makes the key by which XChaCha20-Poly1305
//! encrypts it. The key itself is one of minisign's, so that the stock program checks a seal.
//!
//! ```toml
//! form = 1
//! public = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
//! kdf = "argon2id"
//! memory_kib = 65536
//! passes = 3
//! lanes = 4
//! salt = "…"             # base 64, as the two below
//! nonce = "…"
//! secret = "…"
//! ```

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use loket_registry::key::{MAX_KEY_BYTES, MAX_PASSPHRASE};
use loket_registry::{KeyError, PublicKey, SecretKey};
use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;
use zeroize::Zeroizing;

/// The form that is written, and the only one that is read.
const FORM: u32 = 1;
const ARGON2ID: &str = "argon2id";
/// Of RFC 9106: 64 MiB, three passes, four lanes.
const MEMORY_KIB: u32 = 64 << 10;
const PASSES: u32 = 3;
const LANES: u32 = 4;
/// What a file may ask for at most: half a minute, and not all of the memory.
const MOST_MEMORY_KIB: u32 = 1 << 20;
const MOST_PASSES: u32 = 16;
const MOST_LANES: u32 = 16;
const SALT: usize = 16;
const NONCE: usize = 24;

/// The owner's key as its file has it: closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerKey {
    public: PublicKey,
    file: File,
}

/// Why the owner's key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OwnerKeyError {
    /// The file is none.
    #[error("the file of the owner's key is damaged: {0}: put back a copy of it")]
    Form(String),
    /// A later version wrote it.
    #[error(
        "the file of the owner's key has form {0}, and this version reads form {FORM}: use the version that wrote it"
    )]
    Newer(u32),
    /// The passphrase is another, or the file was changed.
    #[error("this is not the passphrase of the owner's key: type it again")]
    Passphrase,
    /// The passphrase cannot be one.
    #[error("a passphrase has 1 to {MAX_PASSPHRASE} bytes")]
    PassphraseLength,
    /// The system gave no random numbers or no memory.
    #[error("the key cannot be made: {0}")]
    Make(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    form: u32,
    public: String,
    kdf: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
    nonce: String,
    secret: String,
}

#[derive(Deserialize)]
struct Form {
    form: u32,
}

impl OwnerKey {
    /// Makes a key under a passphrase. `random` fills bytes by chance. Takes about a second: so does each guess.
    ///
    /// # Errors
    /// When the passphrase is empty or too long, or the system gives no random numbers.
    pub fn make(passphrase: &str, random: impl FnOnce(&mut [u8])) -> Result<OwnerKey, OwnerKeyError> {
        let made = |e: KeyError| OwnerKeyError::Make(e.to_string());
        let (secret, public) = SecretKey::make(None).map_err(made)?;
        let secret = Zeroizing::new(secret);
        let mut chance = [0; SALT + NONCE];
        random(&mut chance);
        let (salt, nonce) = chance.split_at(SALT);
        let mut file = File {
            form: FORM,
            public: public.to_string(),
            kdf: ARGON2ID.to_owned(),
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            lanes: LANES,
            salt: BASE64_STANDARD.encode(salt),
            nonce: BASE64_STANDARD.encode(nonce),
            secret: String::new(),
        };
        let closed = file.cipher(passphrase)?.encrypt(XNonce::from_slice(nonce), file.payload(secret.as_bytes()));
        file.secret = BASE64_STANDARD.encode(closed.map_err(|_| OwnerKeyError::Make("it cannot be encrypted".into()))?);
        Ok(OwnerKey { public, file })
    }

    /// Reads a key's file.
    ///
    /// # Errors
    /// When it is none of this form.
    pub fn parse(text: &str) -> Result<OwnerKey, OwnerKeyError> {
        if text.len() as u64 > MAX_KEY_BYTES {
            return Err(OwnerKeyError::Form(format!("it has more than {MAX_KEY_BYTES} bytes")));
        }
        let damaged = |e: toml::de::Error| OwnerKeyError::Form(e.message().to_owned());
        let Form { form } = toml::from_str(text).map_err(damaged)?;
        if form != FORM {
            return Err(OwnerKeyError::Newer(form));
        }
        let file: File = toml::from_str(text).map_err(damaged)?;
        let public = file.public.parse().map_err(|e: KeyError| OwnerKeyError::Form(e.to_string()))?;
        if file.kdf != ARGON2ID
            || file.memory_kib > MOST_MEMORY_KIB
            || file.passes > MOST_PASSES
            || file.lanes > MOST_LANES
        {
            return Err(OwnerKeyError::Form("it asks for another derivation than this version does".into()));
        }
        Ok(OwnerKey { public, file })
    }

    /// The public key.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Opens it.
    ///
    /// # Errors
    /// When the passphrase is another, or the file was changed.
    pub fn open(&self, passphrase: &str) -> Result<SecretKey, OwnerKeyError> {
        let bytes = |text: &str| {
            BASE64_STANDARD.decode(text).map_err(|_| OwnerKeyError::Form("it holds what is no base 64".into()))
        };
        let (nonce, closed) = (bytes(&self.file.nonce)?, bytes(&self.file.secret)?);
        if nonce.len() != NONCE {
            return Err(OwnerKeyError::Form("its nonce has another length".into()));
        }
        let cipher = self.file.cipher(passphrase)?;
        let opened = cipher.decrypt(XNonce::from_slice(&nonce), self.file.payload(&closed));
        let opened = Zeroizing::new(opened.map_err(|_| OwnerKeyError::Passphrase)?);
        let text = std::str::from_utf8(&opened).map_err(|_| OwnerKeyError::Passphrase)?;
        SecretKey::open(text, None).map_err(|_| OwnerKeyError::Form("what it holds is no key".into()))
    }
}

impl File {
    /// The cipher that a passphrase gives.
    fn cipher(&self, passphrase: &str) -> Result<XChaCha20Poly1305, OwnerKeyError> {
        if passphrase.is_empty() || passphrase.len() > MAX_PASSPHRASE {
            return Err(OwnerKeyError::PassphraseLength);
        }
        let damaged = |e: &dyn fmt::Display| OwnerKeyError::Form(e.to_string());
        let salt = BASE64_STANDARD.decode(&self.salt).map_err(|e| damaged(&e))?;
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).map_err(|e| damaged(&e))?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), &salt, &mut *key)
            .map_err(|e| damaged(&e))?;
        Ok(XChaCha20Poly1305::new((&*key).into()))
    }

    /// What is encrypted, bound to the public key.
    fn payload<'a>(&'a self, msg: &'a [u8]) -> Payload<'a, 'a> {
        Payload { msg, aad: self.public.as_bytes() }
    }
}

impl fmt::Display for OwnerKey {
    /// As its file has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("# The key that seals this home, under your passphrase. Loket wrote it; keep a copy.\n")?;
        f.write_str(&toml::to_string(&self.file).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> OwnerKey {
        OwnerKey::make("correct horse", |chance| chance.fill(7)).expect("made")
    }

    #[test]
    fn a_key_is_opened_by_its_passphrase_and_by_no_other() {
        let key = OwnerKey::parse(&key().to_string()).expect("as it was written");
        assert_eq!(key.open("correct horse").expect("its own").public().as_ref(), Ok(key.public()));
        for (wrong, why) in [
            ("battery", OwnerKeyError::Passphrase),
            ("correct horse ", OwnerKeyError::Passphrase),
            ("", OwnerKeyError::PassphraseLength),
            (&"x".repeat(MAX_PASSPHRASE + 1), OwnerKeyError::PassphraseLength),
        ] {
            assert_eq!(key.open(wrong).expect_err("another"), why, "{wrong:?}");
        }
    }

    #[test]
    fn a_file_that_was_changed_opens_nothing() {
        let (key, other) = (key(), SecretKey::make(None).expect("made").1.to_string());
        let (text, public) = (key.to_string(), key.public().to_string());
        let salt = BASE64_STANDARD.encode([8; SALT]);
        let old = BASE64_STANDARD.encode([7; SALT]);
        for changed in
            [text.replace(&public, &other), text.replace(&old, &salt), text.replace("passes = 3", "passes = 2")]
        {
            let key = OwnerKey::parse(&changed).expect("it has the form");
            assert!(key.open("correct horse").is_err(), "{changed}");
        }
    }

    #[test]
    fn what_is_no_key_or_asks_for_too_much_is_refused() {
        let text = key().to_string();
        assert_eq!(OwnerKey::parse(&text.replace("form = 1", "form = 9")), Err(OwnerKeyError::Newer(9)));
        let much = text.replace("memory_kib = 65536", "memory_kib = 4294967295");
        let long = format!("{text}# {}", "x".repeat(5000));
        for bad in ["", "form = 1", &much, &long, &text.replace("argon2id", "scrypt"), &text.replace("RW", "AA")] {
            assert!(matches!(OwnerKey::parse(bad), Err(OwnerKeyError::Form(_))), "{bad}");
        }
    }
}
