//! A package's signature: a sidecar that the stock `minisign` program checks and can make.
//!
//! Its trusted comment is `<namespace>:<name>@<version> sha256:<digest>`, and nothing else. So a signature cannot be moved to another
//! package or version, and what the comment tells people is what was signed.

use crate::digest::Digest;
use crate::key::{PublicKey, SecretKey, id};
use crate::layout;
use crate::name::{PackageRef, shown};
use crate::read::{Package, ReadError, Stop, read_file};
use crate::registry::Registry;
use minisign::SignatureBox;
use std::fmt;
use std::io::Cursor;
use thiserror::Error;

/// How many bytes a signature's file may have.
pub const MAX_SIGNATURE_BYTES: u64 = 2048;
/// The length of an Ed25519 signature in base 64.
const COMMENT_SIGNATURE: usize = 88;

/// A signature, as it was read or made. It proves nothing until [`Signature::verify`] says so.
#[derive(Clone)]
pub struct Signature {
    inner: SignatureBox,
    text: String,
}

/// Why a signature does not count.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// The sidecar is not what minisign writes.
    #[error("its signature is not in the form of minisign: sign it again")]
    Form,
    /// It signs the bytes themselves and not their hash, as minisign did before version 0.10.
    #[error("its signature is in minisign's old form: sign it again with minisign 0.10 or later")]
    Legacy,
    /// Bytes, comment and key do not belong together.
    #[error("its signature is not one of key {0} over these bytes: they or the signature were changed")]
    Mismatch(String),
    /// The trusted comment is about something else.
    #[error("its signature says `{}`, and must say `{expected}`: sign it again with that as the trusted comment", shown(.says))]
    Comment {
        /// What it says.
        says: String,
        /// What it must say.
        expected: String,
    },
    /// It cannot sign.
    #[error("it cannot be signed: {0}")]
    Sign(String),
}

/// What the trusted comment of a package's signature says.
pub fn statement(reference: &PackageRef, digest: Digest) -> String {
    format!("{reference} {digest}")
}

impl Signature {
    /// Signs bytes as a version of a package.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn make(key: &SecretKey, reference: &PackageRef, bytes: &[u8]) -> Result<Signature, SignatureError> {
        Signature::over(key, bytes, &statement(reference, Digest::of(bytes)))
    }

    /// Signs bytes, with a trusted comment that says as what.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn over(key: &SecretKey, bytes: &[u8], comment: &str) -> Result<Signature, SignatureError> {
        let made = minisign::sign(None, key.inner(), Cursor::new(bytes), Some(comment), Some("signature from loket"));
        let inner = made.map_err(|e| SignatureError::Sign(e.to_string()))?;
        Ok(Signature { text: inner.to_string(), inner })
    }

    /// Reads a signature from the text of its file.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Signature, SignatureError> {
        let lines: Vec<&str> = text.lines().collect();
        // The library takes the last line for 64 bytes without looking.
        let whole = lines.len() == 4 && lines[3].trim().len() == COMMENT_SIGNATURE;
        if !whole || text.len() as u64 > MAX_SIGNATURE_BYTES {
            return Err(SignatureError::Form);
        }
        let inner = SignatureBox::from_string(text).map_err(|_| SignatureError::Form)?;
        let comment = inner.trusted_comment().map_err(|_| SignatureError::Form)?;
        // What is read is what is written: nothing hides behind what the library trims.
        if lines[2] != format!("trusted comment: {comment}") {
            return Err(SignatureError::Form);
        }
        Ok(Signature { inner, text: text.to_owned() })
    }

    /// The id of the key that it says it is from.
    pub fn key_id(&self) -> String {
        id(self.inner.keynum())
    }

    /// Whether it may be from this key, going by what it says itself.
    pub(crate) fn names(&self, key: &PublicKey) -> bool {
        self.key_id() == key.id()
    }

    /// Checks that this key signed these very bytes as this very version of this package.
    ///
    /// # Errors
    /// When it did not, with the reason.
    pub fn verify(&self, key: &PublicKey, package: &Package) -> Result<(), SignatureError> {
        self.verify_over(key, package.bytes(), &statement(package.reference(), package.digest()))
    }

    /// Checks that this key signed these very bytes with this very trusted comment.
    ///
    /// # Errors
    /// When it did not, with the reason.
    pub fn verify_over(&self, key: &PublicKey, bytes: &[u8], expected: &str) -> Result<(), SignatureError> {
        if !self.inner.is_prehashed() {
            return Err(SignatureError::Legacy);
        }
        let mismatch = || SignatureError::Mismatch(key.id());
        let public = key.inner().map_err(|_| mismatch())?;
        minisign::verify(&public, &self.inner, Cursor::new(bytes), true, false, false).map_err(|_| mismatch())?;
        match self.inner.trusted_comment() {
            Ok(says) if says == expected => Ok(()),
            Ok(says) => Err(SignatureError::Comment { says, expected: expected.to_owned() }),
            Err(_) => Err(SignatureError::Form),
        }
    }
}

impl fmt::Display for Signature {
    /// As its file has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature(key {})", self.key_id())
    }
}

impl Registry {
    /// Reads the signature beside a package. `None` where there is no such file; the inner error where there is one, and it is no signature.
    ///
    /// # Errors
    /// When the package is not there, or the file cannot be read.
    pub fn signature(&self, reference: &PackageRef) -> Result<Option<Result<Signature, SignatureError>>, ReadError> {
        let Some((root, file)) = self.find(reference) else { return Err(self.missing(reference)) };
        let path = layout::beside(&file, layout::SIGNATURE);
        match path.symlink_metadata() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            // A link, a folder, a pipe: something that says it is a signature and is none.
            Ok(metadata) if !metadata.is_file() => return Ok(Some(Err(SignatureError::Form))),
            _ => {}
        }
        match read_file(root, &path, MAX_SIGNATURE_BYTES) {
            Ok(bytes) => {
                Ok(Some(String::from_utf8(bytes).map_err(|_| SignatureError::Form).and_then(|t| Signature::parse(&t))))
            }
            Err(Stop::TooLarge(_)) => Ok(Some(Err(SignatureError::Form))),
            Err(Stop::Changing) => Err(ReadError::Changing(reference.clone())),
            Err(Stop::Io(source)) => Err(ReadError::Io { reference: reference.clone(), path, source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::Existing;

    struct Signed {
        package: Package,
        signature: Signature,
        secret: SecretKey,
        public: PublicKey,
    }

    fn package(reference: &str, bytes: &[u8]) -> Package {
        let folder = tempfile::tempdir().expect("a folder");
        let registry = Registry::open(vec![folder.path().to_owned()]).expect("open");
        let reference = reference.parse().expect("a reference");
        registry.publish(bytes, &reference, Existing::Keep).expect("published");
        registry.read(&reference).expect("read")
    }

    fn signed() -> Signed {
        let (text, public) = SecretKey::make(None).expect("made");
        let secret = SecretKey::open(&text, None).expect("read");
        let package = package("acme:calc@1.0.0", b"bytes");
        let signature = Signature::make(&secret, package.reference(), package.bytes()).expect("signed");
        Signed { package, signature, secret, public }
    }

    #[test]
    fn a_signature_counts_for_its_own_bytes_version_and_key_only() {
        let Signed { package: own, signature, public, .. } = signed();
        assert_eq!(signature.verify(&public, &own), Ok(()));
        let (_, stranger) = SecretKey::make(None).expect("made");
        assert!(matches!(signature.verify(&stranger, &own), Err(SignatureError::Mismatch(_))));
        let changed = package("acme:calc@1.0.0", b"bytez");
        assert!(matches!(signature.verify(&public, &changed), Err(SignatureError::Mismatch(_))));
        for moved in ["acme:calc@1.0.1", "acme:cald@1.0.0", "evil:calc@1.0.0"] {
            let moved = package(moved, b"bytes");
            assert!(matches!(signature.verify(&public, &moved), Err(SignatureError::Comment { .. })), "{moved:?}");
        }
    }

    #[test]
    fn another_comment_in_a_signature_is_noticed() {
        let Signed { package, signature, secret, public } = signed();
        let forged = signature.to_string().replace("acme:calc@1.0.0", "acme:calc@9.0.0");
        let forged = Signature::parse(&forged).expect("well-formed");
        assert!(matches!(forged.verify(&public, &package), Err(SignatureError::Mismatch(_))));
        // Signed by the key itself, and about something else.
        for comment in ["", "acme:calc@1.0.0", "timestamp:1 file:x", "acme:calc@1.0.0 sha256:00"] {
            let other = minisign::sign(None, secret.inner(), Cursor::new(b"bytes"), Some(comment), None);
            let other = Signature::parse(&other.expect("signed").to_string()).expect("well-formed");
            assert!(matches!(other.verify(&public, &package), Err(SignatureError::Comment { .. })), "{comment}");
        }
    }

    #[test]
    fn any_text_that_is_no_signature_is_refused_without_harm() {
        let text = signed().signature.to_string();
        for cut in 0..text.len() - 1 {
            assert!(Signature::parse(&text[..cut]).is_err(), "cut at {cut}");
        }
        let lines: Vec<&str> = text.lines().collect();
        let short = format!("{}\n{}\n{}\nAAAA\n", lines[0], lines[1], lines[2]);
        let spaced = text.replace("acme:calc@", " acme:calc@");
        for bad in [&short, &spaced, &format!("{text}more\n"), &text.replace("trusted", "untrusted"), &"x\n".repeat(4)]
        {
            assert_eq!(Signature::parse(bad).expect_err("none"), SignatureError::Form, "{bad}");
        }
    }
}
