//! Keys that sign packages, in the form of the stock `minisign` program.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use minisign::{KeyPair, PublicKeyBox, SecretKeyBox};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use thiserror::Error;

/// How many bytes a file with a key may have.
pub const MAX_KEY_BYTES: u64 = 4096;
/// How many bytes a passphrase may have.
pub const MAX_PASSPHRASE: usize = 1024;
/// How an encrypted secret key begins: Ed25519, scrypt.
const ENCRYPTED: &str = "RWRTY0";
/// The bytes of a secret key, without the checksum behind it, and of that.
const SECRET: usize = 126;
const CHECKSUM: usize = 32;
/// How a public key begins: Ed25519.
const ED25519: &[u8] = b"Ed";

/// Why a key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The text is no public key.
    #[error("this is no public key of minisign: it has 56 characters and begins with `RW`")]
    Public,
    /// The text is no secret key, or a damaged one.
    #[error("this is no secret key of minisign, or it is damaged: put back a copy of it, or make a new one")]
    Secret,
    /// It is encrypted, and no passphrase was given.
    #[error("this secret key is encrypted: give its passphrase")]
    Encrypted,
    /// The passphrase is another.
    #[error("this is not the passphrase of the secret key: type it again")]
    Passphrase,
    /// The passphrase cannot be one.
    #[error("a passphrase has 1 to {MAX_PASSPHRASE} bytes")]
    PassphraseLength,
    /// The system gave no random numbers, or not the memory that a passphrase is derived in.
    #[error("a key cannot be made: {0}")]
    Make(String),
}

/// A public key: 56 characters of base 64, which hold its id and the key itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PublicKey(Arc<str>);

/// A secret key that can sign. It is never shown.
pub struct SecretKey(minisign::SecretKey);

impl PublicKey {
    /// Its id as minisign shows it: 16 hexadecimal digits. Two keys may have the same id, when somebody wants that.
    pub fn id(&self) -> String {
        self.inner().map_or_else(|_| String::new(), |key| id(key.keynum()))
    }

    pub(crate) fn inner(&self) -> Result<minisign::PublicKey, KeyError> {
        minisign::PublicKey::from_base64(&self.0).map_err(|_| KeyError::Public)
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    /// From its one line, or from the two lines of a `.pub` file.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        if text.len() as u64 > MAX_KEY_BYTES {
            return Err(KeyError::Public);
        }
        let text = text.trim();
        let key = match text.contains('\n') {
            true => PublicKeyBox::from_string(text).and_then(PublicKeyBox::into_public_key),
            false => minisign::PublicKey::from_base64(text),
        };
        let key = key.map_err(|_| KeyError::Public)?;
        if !key.to_bytes().starts_with(ED25519) {
            return Err(KeyError::Public);
        }
        Ok(PublicKey(key.to_base64().into()))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl SecretKey {
    /// Makes a key; answers with its file, encrypted where a passphrase is given, and its public key. Takes a second then: the passphrase
    /// is derived so that guessing it is slow.
    ///
    /// # Errors
    /// When the passphrase is empty or too long, or the system gives no random numbers.
    pub fn make(passphrase: Option<&str>) -> Result<(String, PublicKey), KeyError> {
        let made = match passphrase {
            Some(passphrase) if passphrase.is_empty() || passphrase.len() > MAX_PASSPHRASE => {
                return Err(KeyError::PassphraseLength);
            }
            Some(passphrase) => KeyPair::generate_encrypted_keypair(Some(passphrase.to_owned())),
            None => KeyPair::generate_unencrypted_keypair(),
        };
        let made = made.and_then(|KeyPair { pk, sk }| Ok((sk.to_box(None)?.to_string(), pk)));
        let (text, public) = made.map_err(|e| KeyError::Make(e.to_string()))?;
        Ok((text, PublicKey(public.to_base64().into())))
    }

    /// Whether a secret key's file asks for a passphrase.
    pub fn is_encrypted(text: &str) -> bool {
        text.lines().nth(1).is_some_and(|line| line.starts_with(ENCRYPTED))
    }

    /// Reads a secret key from its file. Where it is not encrypted, a passphrase is not looked at.
    ///
    /// # Errors
    /// When it is none, or the passphrase is missing or wrong.
    pub fn open(text: &str, passphrase: Option<&str>) -> Result<SecretKey, KeyError> {
        if text.len() as u64 > MAX_KEY_BYTES {
            return Err(KeyError::Secret);
        }
        let file = SecretKeyBox::from_string(text).map_err(|_| KeyError::Secret)?;
        if !SecretKey::is_encrypted(text) {
            let read = file.into_unencrypted_secret_key().ok().or_else(|| without_checksum(text));
            return read.map(SecretKey).ok_or(KeyError::Secret);
        }
        // Without a passphrase the library would ask for one on a terminal.
        let passphrase = passphrase.ok_or(KeyError::Encrypted)?;
        file.into_secret_key(Some(passphrase.to_owned())).map(SecretKey).map_err(|error| match error.kind() {
            minisign::ErrorKind::Verify => KeyError::Passphrase,
            _ => KeyError::Secret,
        })
    }

    /// The public key that belongs to it.
    ///
    /// # Errors
    /// Never for a key that was read.
    pub fn public(&self) -> Result<PublicKey, KeyError> {
        let public = minisign::PublicKey::from_secret_key(&self.0).map_err(|_| KeyError::Secret)?;
        Ok(PublicKey(public.to_base64().into()))
    }

    pub(crate) fn inner(&self) -> &minisign::SecretKey {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// An unencrypted secret key as the stock program writes it: without the checksum that the library asks for. That it is whole is seen by
/// what it signs.
fn without_checksum(text: &str) -> Option<minisign::SecretKey> {
    let bytes = BASE64_STANDARD.decode(text.lines().nth(1)?).ok()?;
    let (key, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM)?)?;
    if key.len() != SECRET || checksum.iter().any(|byte| *byte != 0) {
        return None;
    }
    let key = minisign::SecretKey::from_bytes(&bytes).ok()?;
    let public = minisign::PublicKey::from_secret_key(&key).ok()?;
    minisign::sign(Some(&public), &key, &b""[..], None, None).is_ok().then_some(key)
}

/// A key's id as minisign shows it.
pub(crate) fn id(keynum: &[u8]) -> String {
    let digits: Vec<String> = keynum.iter().rev().map(|byte| format!("{byte:02X}")).collect();
    digits.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_without_a_passphrase_is_read_back() {
        let (text, public) = SecretKey::make(None).expect("made");
        let secret = SecretKey::open(&text, None).expect("read");
        assert_eq!(secret.public(), Ok(public.clone()));
        assert_eq!(public.to_string().parse(), Ok(public.clone()));
        assert!(!SecretKey::is_encrypted(&text) && public.id().len() == 16);
    }

    #[test]
    fn a_key_with_a_passphrase_is_read_with_that_one_only() {
        let (text, public) = SecretKey::make(Some("correct horse")).expect("made");
        assert!(SecretKey::is_encrypted(&text));
        assert_eq!(SecretKey::open(&text, None).expect_err("encrypted"), KeyError::Encrypted);
        assert_eq!(SecretKey::open(&text, Some("battery")).expect_err("wrong"), KeyError::Passphrase);
        assert_eq!(SecretKey::open(&text, Some("correct horse")).expect("right").public(), Ok(public));
        assert_eq!(SecretKey::make(Some("")).expect_err("empty"), KeyError::PassphraseLength);
    }

    #[test]
    fn a_secret_key_is_not_shown_by_accident() {
        let (text, _) = SecretKey::make(None).expect("made");
        assert_eq!(format!("{:?}", SecretKey::open(&text, None)), "Ok(SecretKey(…))");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let (text, public) = SecretKey::make(None).expect("made");
        let public = public.to_string();
        let other = format!("RW{}", "Q".repeat(60));
        for bad in ["", "RW", &public[1..], &other, &public.replacen("RW", "AA", 1), &format!("a\n{}", &public[2..])] {
            assert_eq!(bad.parse::<PublicKey>(), Err(KeyError::Public), "{bad}");
        }
        let half = &text[..text.len() / 2];
        let mut changed = text.clone().into_bytes();
        let at = text.len() - 60;
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("base 64");
        let mut unchecked = BASE64_STANDARD.decode(text.lines().nth(1).expect("two lines")).expect("base 64");
        let file = |bytes: &[u8]| format!("untrusted comment: x\n{}\n", BASE64_STANDARD.encode(bytes));
        // Its id is another: only the checksum tells.
        unchecked[SECRET - 72] ^= 1;
        let renamed = file(&unchecked);
        unchecked[SECRET - 72] ^= 1;
        unchecked[SECRET..].fill(0);
        assert!(SecretKey::open(&file(&unchecked), None).is_ok(), "as the stock program writes it");
        unchecked[SECRET - 50] ^= 1;
        for bad in [&file(&unchecked), &renamed, "", "a\nb", half, &changed, &"x".repeat(5000)] {
            assert_eq!(SecretKey::open(bad, Some("p")).expect_err("none"), KeyError::Secret, "{bad}");
        }
    }
}
