//! Whose signatures count: the public keys that the owner trusts, and what they say of a package.
//!
//! ```toml
//! [[key]]
//! name = "anna"
//! public = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
//! since = "2026-11-29T09:00:00Z"
//! revoked = "2026-12-24T18:00:00Z"     # when it was; left out where it was not
//! ```

use crate::key::{KeyError, PublicKey};
use crate::name::shown;
use crate::read::Package;
use crate::signature::{Signature, SignatureError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

/// How many bytes the list's text may have.
pub const MAX_TRUST_BYTES: u64 = 1 << 20;
/// How many keys the list may have.
pub const MAX_KEYS: usize = 1000;
/// How many bytes a key's name may have.
pub const MAX_KEY_NAME: usize = 64;

/// The keys that the owner trusts, or trusted once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedKeys {
    keys: Vec<TrustedKey>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    /// What the owner calls whoever has it.
    pub name: String,
    /// The key.
    pub public: PublicKey,
    /// When the owner began to trust it.
    pub since: Timestamp,
    /// When the owner ceased to.
    pub revoked: Option<Timestamp>,
}

/// What a package's signature comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Standing {
    /// It has none.
    Unsigned,
    /// It is signed by a key that the owner trusts.
    Signed {
        /// What the owner calls whoever has the key.
        name: String,
        /// The key.
        key: PublicKey,
    },
    /// It says that it is signed by a key that the owner does not know.
    Unknown {
        /// The id that it names.
        id: String,
    },
    /// It is signed by a key that the owner revoked.
    Revoked {
        /// What the owner calls whoever had the key.
        name: String,
        /// When the owner revoked it.
        since: Timestamp,
    },
    /// It has a signature that is none, or is not over these bytes.
    Broken(SignatureError),
}

/// Why the list cannot be read or changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TrustError {
    /// The text is not such a list.
    #[error("the list of trusted keys cannot be read: {0}: put back a copy of it, or mend it")]
    Form(String),
    /// A key in it is none.
    #[error("the key `{}` cannot be read: {source}", shown(.name))]
    Key {
        /// Its name.
        name: String,
        /// Why.
        source: KeyError,
    },
    /// The name cannot be a key's.
    #[error("`{}` cannot be the name of a key: write 1 to {MAX_KEY_NAME} characters of `a-z`, `0-9`, `-` and `_`", shown(.0))]
    Name(String),
    /// There is a key of that name.
    #[error("there is a key `{0}` already: give the new one another name")]
    NameTaken(String),
    /// The key is there under another name.
    #[error("this key is there already, as `{0}`")]
    Known(String),
    /// The key is there, and was revoked.
    #[error(
        "this key was revoked, as `{0}`, and a revoked key is not trusted again: remove it first, if that was a mistake"
    )]
    WasRevoked(String),
    /// No key has that name.
    #[error("there is no key `{}`; there are: {there}", shown(.name))]
    Missing {
        /// What was asked for.
        name: String,
        /// The names that are there.
        there: String,
    },
    /// There are too many.
    #[error("there are {MAX_KEYS} keys, and there may not be more: remove one")]
    TooMany,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    key: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    public: String,
    since: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked: Option<Timestamp>,
}

impl TrustedKeys {
    /// Reads a list from its text.
    ///
    /// # Errors
    /// When it is none, has a key twice, or has too many.
    pub fn parse(text: &str) -> Result<TrustedKeys, TrustError> {
        if text.len() as u64 > MAX_TRUST_BYTES {
            return Err(TrustError::Form(format!("it has more than {MAX_TRUST_BYTES} bytes")));
        }
        let file: File = toml::from_str(text).map_err(|e| TrustError::Form(e.message().to_owned()))?;
        let mut keys = TrustedKeys::default();
        for Entry { name, public, since, revoked } in file.key {
            let public = public.parse().map_err(|source| TrustError::Key { name: name.clone(), source })?;
            keys.trust(&name, public, since)?;
            if let Some(key) = keys.keys.last_mut() {
                key.revoked = revoked;
            }
        }
        Ok(keys)
    }

    /// All of them, in the order in which they were trusted.
    pub fn list(&self) -> &[TrustedKey] {
        &self.keys
    }

    /// The key of that name.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(&self, name: &str) -> Result<&TrustedKey, TrustError> {
        let found = self.keys.iter().find(|key| key.name == name);
        found.ok_or_else(|| TrustError::Missing { name: name.to_owned(), there: self.names() })
    }

    /// Trusts a key from now on.
    ///
    /// # Errors
    /// When the name cannot be one or is taken, the key is there, or there are too many.
    pub fn trust(&mut self, name: &str, public: PublicKey, now: Timestamp) -> Result<&TrustedKey, TrustError> {
        check_name(name)?;
        if let Some(known) = self.keys.iter().find(|key| key.public == public) {
            let name = known.name.clone();
            return Err(if known.revoked.is_some() { TrustError::WasRevoked(name) } else { TrustError::Known(name) });
        }
        if self.keys.iter().any(|key| key.name == name) {
            return Err(TrustError::NameTaken(name.to_owned()));
        }
        if self.keys.len() >= MAX_KEYS {
            return Err(TrustError::TooMany);
        }
        self.keys.push(TrustedKey { name: name.to_owned(), public, since: now, revoked: None });
        self.named(name)
    }

    /// Ceases to trust a key: what it signed counts no longer, whenever that was. One that was revoked before stays so since then.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn revoke(&mut self, name: &str, now: Timestamp) -> Result<&TrustedKey, TrustError> {
        self.named(name)?;
        for key in self.keys.iter_mut().filter(|key| key.name == name) {
            key.revoked.get_or_insert(now);
        }
        self.named(name)
    }

    /// Forgets a key; answers with it. What it signed is of a stranger then.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn remove(&mut self, name: &str) -> Result<TrustedKey, TrustError> {
        let gone = self.named(name)?.clone();
        self.keys.retain(|key| key.name != name);
        Ok(gone)
    }

    /// What a package's signature, as [`crate::Registry::signature`] read it, comes to.
    pub fn standing(&self, package: &Package, signature: Option<&Result<Signature, SignatureError>>) -> Standing {
        let signature = match signature {
            None => return Standing::Unsigned,
            Some(Err(error)) => return Standing::Broken(error.clone()),
            Some(Ok(signature)) => signature,
        };
        let mut refused = None;
        for known in self.keys.iter().filter(|key| signature.names(&key.public)) {
            match (signature.verify(&known.public, package), known.revoked) {
                (Ok(()), None) => return Standing::Signed { name: known.name.clone(), key: known.public.clone() },
                (Ok(()), Some(since)) => return Standing::Revoked { name: known.name.clone(), since },
                (Err(error), _) => drop(refused.get_or_insert(error)),
            }
        }
        refused.map_or_else(|| Standing::Unknown { id: signature.key_id() }, Standing::Broken)
    }

    fn names(&self) -> String {
        let names: Vec<String> = self.keys.iter().map(|key| format!("`{}`", key.name)).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }
}

impl fmt::Display for TrustedKeys {
    /// As its file has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = |key: &TrustedKey| Entry {
            name: key.name.clone(),
            public: key.public.to_string(),
            since: key.since,
            revoked: key.revoked,
        };
        let file = File { key: self.keys.iter().map(entry).collect() };
        f.write_str("# Whose signatures count, and whose do no longer.\n\n")?;
        f.write_str(&toml::to_string(&file).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Display for Standing {
    /// In words, such as `signed by anna`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Standing::Unsigned => f.write_str("unsigned"),
            Standing::Signed { name, .. } => write!(f, "signed by `{name}`"),
            Standing::Unknown { id } => write!(f, "signed by the key {id}, which you have not trusted"),
            Standing::Revoked { name, since } => {
                write!(f, "signed by `{name}`, whose key was revoked on {}", since.strftime("%F"))
            }
            Standing::Broken(error) => write!(f, "not validly signed: {error}"),
        }
    }
}

/// Checks a name before anything is made under it: it also names a file.
///
/// # Errors
/// When it is empty, too long, or has other characters than `a-z`, `0-9`, `-` and `_`.
pub fn check_name(name: &str) -> Result<(), TrustError> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    match !name.is_empty() && name.len() <= MAX_KEY_NAME && name.bytes().all(allowed) {
        true => Ok(()),
        false => Err(TrustError::Name(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SecretKey;

    fn key() -> PublicKey {
        SecretKey::make(None).expect("made").1
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a moment")
    }

    #[test]
    fn a_list_reads_back_as_it_was_written() {
        let mut keys = TrustedKeys::default();
        keys.trust("anna", key(), at(1)).expect("trusted");
        keys.trust("ben_2-x", key(), at(2)).expect("trusted");
        keys.revoke("anna", at(3)).expect("revoked");
        keys.revoke("anna", at(9)).expect("it was");
        assert_eq!(keys.list()[0].revoked, Some(at(3)));
        assert_eq!(TrustedKeys::parse(&keys.to_string()), Ok(keys));
        assert_eq!(TrustedKeys::parse(""), Ok(TrustedKeys::default()));
    }

    #[test]
    fn a_name_or_a_key_is_there_once() {
        let (mut keys, anna) = (TrustedKeys::default(), key());
        keys.trust("anna", anna.clone(), at(1)).expect("trusted");
        assert_eq!(keys.trust("anna", key(), at(1)).expect_err("taken"), TrustError::NameTaken("anna".into()));
        assert_eq!(keys.trust("ben", anna.clone(), at(1)).expect_err("known"), TrustError::Known("anna".into()));
        keys.revoke("anna", at(2)).expect("revoked");
        let again = keys.trust("anna", anna.clone(), at(3)).expect_err("revoked");
        assert_eq!(again, TrustError::WasRevoked("anna".into()));
        assert_eq!(keys.remove("anna").expect("removed").public, anna);
        assert!(matches!(keys.remove("anna"), Err(TrustError::Missing { .. })));
        for bad in ["", "Anna", "../x", "a b", ".", &"a".repeat(MAX_KEY_NAME + 1)] {
            assert_eq!(keys.trust(bad, key(), at(1)).expect_err("no name"), TrustError::Name(bad.into()));
        }
    }

    #[test]
    fn a_list_that_is_damaged_is_never_taken_for_an_empty_one() {
        let mut keys = TrustedKeys::default();
        keys.trust("anna", key(), at(1)).expect("trusted");
        let text = keys.to_string();
        let twice = format!("{text}\n{text}");
        for bad in ["[[key", "key = 1", "[[kez]]\n", &text.replace("RW", "AA"), &text.replace("name", "nahme"), &twice]
        {
            assert!(TrustedKeys::parse(bad).is_err(), "{bad}");
        }
    }
}
