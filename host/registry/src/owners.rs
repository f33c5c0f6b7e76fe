//! Whose a namespace is: it belongs to the key that first signed in it.
//!
//! ```toml
//! [[namespace]]
//! name = "acme"
//! key = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
//! since = "2026-11-29T09:00:00Z"
//! ```

use crate::key::PublicKey;
use crate::name::{PackageName, shown};
use crate::trust::Standing;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use thiserror::Error;

/// How many bytes the list's text may have.
pub const MAX_OWNERS_BYTES: u64 = 4 << 20;
/// How many namespaces the list may have.
pub const MAX_NAMESPACES: usize = 10_000;

/// Whose each namespace is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owners {
    namespaces: BTreeMap<String, Owner>,
}

/// The key that a namespace belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The key.
    pub key: PublicKey,
    /// When it first signed there.
    pub since: Timestamp,
}

/// Why a package does not go live unattended.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Doubt {
    /// Its namespace belongs to a key, and it is not validly signed by that one.
    #[error("the namespace `{namespace}` belongs to the key {owner}, and this is {standing}")]
    NotTheOwners {
        /// The namespace.
        namespace: String,
        /// The id of the key that it belongs to.
        owner: String,
        /// What the package's own signature comes to.
        standing: Standing,
    },
    /// It has a signature that is none, or not over these bytes. Nobody makes that by mistake.
    #[error("it is {0}")]
    Broken(Standing),
}

/// Why the list cannot be read or changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OwnersError {
    /// The text is not such a list.
    #[error("the list of who owns which namespace cannot be read: {0}: put back a copy of it, or mend it")]
    Form(String),
    /// An entry in it makes no sense, or is there twice.
    #[error("the entry of the namespace `{}` makes no sense or is there twice: mend it", shown(.0))]
    Entry(String),
    /// There are too many.
    #[error("{MAX_NAMESPACES} namespaces belong to somebody, and there may not be more")]
    TooMany,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    namespace: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    key: String,
    since: Timestamp,
}

impl Owners {
    /// Reads a list from its text.
    ///
    /// # Errors
    /// When it is none, has a namespace twice, or has too many.
    pub fn parse(text: &str) -> Result<Owners, OwnersError> {
        if text.len() as u64 > MAX_OWNERS_BYTES {
            return Err(OwnersError::Form(format!("it has more than {MAX_OWNERS_BYTES} bytes")));
        }
        let file: File = toml::from_str(text).map_err(|e| OwnersError::Form(e.message().to_owned()))?;
        let mut owners = Owners::default();
        for Entry { name, key, since } in file.namespace {
            let known = PackageName::new(&name, "a").ok().zip(key.parse().ok());
            let Some((_, key)) = known.filter(|_| !owners.namespaces.contains_key(&name)) else {
                return Err(OwnersError::Entry(name));
            };
            if owners.namespaces.len() >= MAX_NAMESPACES {
                return Err(OwnersError::TooMany);
            }
            owners.namespaces.insert(name, Owner { key, since });
        }
        Ok(owners)
    }

    /// Whose the namespace of a package is.
    pub fn of(&self, package: &PackageName) -> Option<&Owner> {
        self.namespaces.get(package.namespace())
    }

    /// Whether a package may go live without the owner of the home being asked, as far as its signature goes.
    ///
    /// Where the namespace is nobody's, what is unsigned may, and so may what is signed by a key that counts not or not any more: such a
    /// signature is worth as much as none.
    ///
    /// # Errors
    /// With the doubt, for the owner of the home.
    pub fn judge(&self, package: &PackageName, standing: &Standing) -> Result<(), Doubt> {
        match (self.of(package), standing) {
            (Some(owner), Standing::Signed { key, .. }) if *key == owner.key => Ok(()),
            (Some(owner), _) => Err(Doubt::NotTheOwners {
                namespace: package.namespace().to_owned(),
                owner: owner.key.id(),
                standing: standing.clone(),
            }),
            (None, Standing::Broken(_)) => Err(Doubt::Broken(standing.clone())),
            (None, _) => Ok(()),
        }
    }

    /// Gives a namespace to another key, because the owner of the home says so.
    ///
    /// # Errors
    /// When there are too many.
    pub fn give(&mut self, package: &PackageName, key: &PublicKey, now: Timestamp) -> Result<(), OwnersError> {
        let namespace = package.namespace();
        if self.namespaces.len() >= MAX_NAMESPACES && !self.namespaces.contains_key(namespace) {
            return Err(OwnersError::TooMany);
        }
        self.namespaces.insert(namespace.to_owned(), Owner { key: key.clone(), since: now });
        Ok(())
    }

    /// Notes who signed a package that goes live: its namespace is theirs when it was nobody's. Whether that is news.
    ///
    /// # Errors
    /// When there are too many.
    pub fn claim(&mut self, package: &PackageName, standing: &Standing, now: Timestamp) -> Result<bool, OwnersError> {
        let (Standing::Signed { key, .. }, None) = (standing, self.of(package)) else { return Ok(false) };
        self.give(package, key, now).map(|()| true)
    }
}

impl fmt::Display for Owners {
    /// As its file has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = |(name, owner): (&String, &Owner)| Entry {
            name: name.clone(),
            key: owner.key.to_string(),
            since: owner.since,
        };
        let file = File { namespace: self.namespaces.iter().map(entry).collect() };
        f.write_str("# Whose each namespace is: the key that first signed in it.\n\n")?;
        f.write_str(&toml::to_string(&file).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SecretKey;
    use crate::signature::SignatureError;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn signed(name: &str) -> Standing {
        Standing::Signed { name: name.into(), key: SecretKey::make(None).expect("made").1 }
    }

    fn calc() -> PackageName {
        "acme:calc".parse().expect("a name")
    }

    fn not_counted() -> [Standing; 3] {
        [
            Standing::Unsigned,
            Standing::Unknown { id: "00".into() },
            Standing::Revoked { name: "ben".into(), since: NOW },
        ]
    }

    #[test]
    fn a_namespace_belongs_to_the_key_that_first_signed_in_it() {
        let (mut owners, anna, ben) = (Owners::default(), signed("anna"), signed("ben"));
        for standing in not_counted() {
            assert_eq!(owners.judge(&calc(), &standing), Ok(()), "{standing}");
            assert_eq!(owners.claim(&calc(), &standing, NOW), Ok(false), "{standing}");
        }
        assert_eq!(owners.claim(&calc(), &anna, NOW), Ok(true));
        assert_eq!(owners.claim(&calc(), &ben, NOW), Ok(false), "it is somebody's");
        let sums = "acme:sums".parse().expect("a name");
        for package in [calc(), sums] {
            assert_eq!(owners.judge(&package, &anna), Ok(()));
            assert!(owners.judge(&package, &ben).is_err());
        }
        assert_eq!(owners.judge(&"other:calc".parse().expect("a name"), &ben), Ok(()));
        let Standing::Signed { key, .. } = &ben else { panic!("it is signed") };
        owners.give(&calc(), key, NOW).expect("there is room");
        assert!(owners.judge(&calc(), &ben).is_ok() && owners.judge(&calc(), &anna).is_err());
    }

    #[test]
    fn what_is_not_signed_by_its_owner_waits_and_is_told_why() {
        let (mut owners, anna) = (Owners::default(), signed("anna"));
        owners.claim(&calc(), &anna, NOW).expect("there is room");
        let broken = Standing::Broken(SignatureError::Form);
        for standing in not_counted().into_iter().chain([signed("ben"), broken]) {
            let doubt = owners.judge(&calc(), &standing).expect_err("it waits").to_string();
            let owner = owners.of(&calc()).expect("anna").key.id();
            assert_eq!(doubt, format!("the namespace `acme` belongs to the key {owner}, and this is {standing}"));
        }
    }

    #[test]
    fn a_broken_signature_waits_everywhere() {
        let broken = Standing::Broken(SignatureError::Mismatch("00".into()));
        assert_eq!(Owners::default().judge(&calc(), &broken), Err(Doubt::Broken(broken)));
    }

    #[test]
    fn a_list_reads_back_as_it_was_written_and_a_damaged_one_not_at_all() {
        let mut owners = Owners::default();
        for (package, signer) in [("acme:calc", "anna"), ("b:y", "ben")] {
            owners.claim(&package.parse().expect("a name"), &signed(signer), NOW).expect("there is room");
        }
        let text = owners.to_string();
        assert_eq!(Owners::parse(&text), Ok(owners));
        assert_eq!(Owners::parse(""), Ok(Owners::default()));
        let bad = [text.replace("RW", "AA"), text.replace("acme", "Acme"), text.replace("since", "sinse")];
        for bad in bad.into_iter().chain([format!("{text}\n{text}"), "[[namespace".into()]) {
            assert!(Owners::parse(&bad).is_err(), "{bad}");
        }
    }
}
