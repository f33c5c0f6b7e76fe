//! What the owner signs: the digests of what must not change by itself.
//!
//! ```toml
//! form = 1
//! made = "2026-11-29T09:00:00Z"
//! key = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
//!
//! [ledger]
//! genesis = "4f2a…"      # which ledger: the hash before its first line
//! line = 120             # that one of its lines, and what was before it, was there
//! hash = "99c0…"
//!
//! [[part]]
//! name = "executable"
//! place = "/usr/local/bin/loket"
//! sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"     # left out where there is nothing
//! ```

use super::mismatch::{Mismatch, Rule};
use loket_registry::name::shown;
use loket_registry::{Digest, PublicKey};
use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

/// The trusted comment of the signature over a statement.
pub const COMMENT: &str = "seal of a loket home";
/// How many bytes a statement's text may have.
const MAX_STATEMENT_BYTES: u64 = 64 << 10;
/// The form that is written, and the only one that is read.
const FORM: u32 = 1;
/// How many characters a place may have.
const MAX_PLACE: usize = 4096;

/// What the owner signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// When it was made, RFC 3339.
    pub made: String,
    /// The owner's public key. What counts is the key that the home knows already.
    pub key: PublicKey,
    /// The ledger as it was then.
    pub ledger: Anchor,
    /// What must not change.
    pub parts: Vec<Part>,
}

/// A line that a ledger had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// The hash before its first line, in hex.
    pub genesis: String,
    /// The number of the line; 0 for none.
    pub line: u64,
    /// The hash of the line, in hex.
    pub hash: String,
}

/// One thing that must not change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub name: PartName,
    /// Where it lies, for people.
    pub place: String,
    /// The digest of its bytes; nothing where there is no such file.
    pub digest: Option<Digest>,
}

/// What is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartName {
    /// The host's program.
    Executable,
    /// The WIT contract that the program was built with.
    Contract,
    /// Whose signatures count.
    TrustedKeys,
    /// What decides about what may be let in: see [`crate::HostConfig::policy`].
    Policy,
}

/// Why a text is no statement.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StatementError {
    /// A later version wrote it.
    #[error("it has form {0}, and this version reads form {FORM}: use the version that wrote it")]
    Newer(u32),
    /// It cannot be taken apart.
    #[error("it is damaged: {0}")]
    Form(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    form: u32,
    made: String,
    key: String,
    ledger: Anchor,
    part: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: PartName,
    place: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

#[derive(Deserialize)]
struct Form {
    form: u32,
}

/// The text that the owner signs to end safe mode: which time of which ledger is meant.
pub fn farewell(genesis: &str, line: u64) -> String {
    format!("leave safe mode, entered at line {line} of ledger {genesis}\n")
}

impl Statement {
    /// Reads a statement from its text.
    ///
    /// # Errors
    /// When it is none of this form.
    pub fn parse(text: &str) -> Result<Statement, StatementError> {
        if text.len() as u64 > MAX_STATEMENT_BYTES {
            return Err(StatementError::Form(format!("it has more than {MAX_STATEMENT_BYTES} bytes")));
        }
        let damaged = |e: toml::de::Error| StatementError::Form(e.message().to_owned());
        // The form before all else: a later one may have what is not known here.
        let Form { form } = toml::from_str(text).map_err(damaged)?;
        if form != FORM {
            return Err(StatementError::Newer(form));
        }
        let file: File = toml::from_str(text).map_err(damaged)?;
        let key = file.key.parse().map_err(|e| StatementError::Form(format!("its key: {e}")))?;
        let mut parts: Vec<Part> = Vec::new();
        for entry in file.part {
            let place = entry.place.clone();
            let part = entry.read().filter(|part| parts.iter().all(|other| other.name != part.name));
            let part = part.ok_or_else(|| StatementError::Form(format!("its part `{}`", shown(&place))))?;
            parts.push(part);
        }
        Ok(Statement { made: file.made, key, ledger: file.ledger, parts })
    }

    /// What of these is not as it was signed, or is not in the statement.
    pub fn mismatches<'p>(&'p self, found: &'p [Part]) -> impl Iterator<Item = Mismatch> + 'p {
        found.iter().filter_map(|found| {
            let sealed = self.parts.iter().find(|part| part.name == found.name).and_then(|part| part.digest);
            (sealed != found.digest).then(|| Mismatch {
                what: found.name.to_string(),
                place: found.place.clone(),
                rule: Rule::Sealed,
                expected: sealed,
                found: found.digest,
            })
        })
    }
}

impl Entry {
    fn read(self) -> Option<Part> {
        let digest = self.sha256.map(|text| Digest::from_hex(&text)).transpose().ok()?;
        let fits = self.place.len() <= MAX_PLACE && !self.place.contains(char::is_control);
        fits.then_some(Part { name: self.name, place: self.place, digest })
    }
}

impl fmt::Display for Statement {
    /// The text that is signed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = |part: &Part| Entry {
            name: part.name,
            place: part.place.chars().filter(|c| !c.is_control()).collect(),
            sha256: part.digest.map(|digest| digest.hex()),
        };
        let file = File {
            form: FORM,
            made: self.made.clone(),
            key: self.key.to_string(),
            ledger: self.ledger.clone(),
            part: self.parts.iter().map(entry).collect(),
        };
        f.write_str(&toml::to_string(&file).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Display for PartName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PartName::Executable => "program",
            PartName::Contract => "contract",
            PartName::TrustedKeys => "list of trusted keys",
            PartName::Policy => "policy",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_registry::SecretKey;
    use proptest::prelude::*;

    fn part(name: PartName, text: &str) -> Part {
        let digest = Some(Digest::of(text.as_bytes())).filter(|_| !text.is_empty());
        Part { name, place: format!("at/{text}"), digest }
    }

    fn parts(texts: [&str; 4]) -> Vec<Part> {
        use PartName::{Contract, Executable, Policy, TrustedKeys};
        [Executable, Contract, TrustedKeys, Policy]
            .into_iter()
            .zip(texts)
            .map(|(name, text)| part(name, text))
            .collect()
    }

    fn statement(texts: [&str; 4]) -> Statement {
        let key = SecretKey::make(None).expect("made").1;
        let ledger = Anchor { genesis: "ab".into(), line: 7, hash: "cd".into() };
        Statement { made: "2026-11-29T09:00:00Z".into(), key, ledger, parts: parts(texts) }
    }

    #[test]
    fn a_statement_reads_back_as_it_was_written() {
        let statement = statement(["a", "b", "", "d"]);
        assert_eq!(Statement::parse(&statement.to_string()), Ok(statement));
    }

    #[test]
    fn whatever_differs_is_named_and_nothing_else() {
        let sealed = statement(["a", "b", "", "d"]);
        let table: [([&str; 4], &[&str]); 6] = [
            (["a", "b", "", "d"], &[]),
            (["x", "b", "", "d"], &["program"]),
            (["a", "x", "", "x"], &["contract", "policy"]),
            (["a", "b", "x", "d"], &["list of trusted keys"]),
            (["a", "", "", "d"], &["contract"]),
            (["", "", "x", ""], &["program", "contract", "list of trusted keys", "policy"]),
        ];
        for (found, expect) in table {
            let found = parts(found);
            let named: Vec<String> = sealed.mismatches(&found).map(|mismatch| mismatch.what).collect();
            assert_eq!(named, expect);
        }
    }

    #[test]
    fn a_part_that_the_statement_does_not_know_differs() {
        let mut sealed = statement(["a", "b", "c", "d"]);
        sealed.parts.pop();
        let found = parts(["a", "b", "c", "d"]);
        assert_eq!(sealed.mismatches(&found).map(|m| m.what).collect::<Vec<_>>(), ["policy"]);
    }

    #[test]
    fn what_is_no_statement_is_refused() {
        let text = statement(["a", "b", "c", "d"]).to_string();
        assert_eq!(Statement::parse(&text.replace("form = 1", "form = 2")), Err(StatementError::Newer(2)));
        let twice = text.replace("\"contract\"", "\"executable\"");
        let long = format!("{text}# {}", "x".repeat(MAX_STATEMENT_BYTES as usize));
        for bad in ["", "form = 1", &twice, &long, &text.replace("at/a", "at\\u0007a"), &text.replace("RW", "AA")] {
            assert!(matches!(Statement::parse(bad), Err(StatementError::Form(_))), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,400}") {
            let _ = Statement::parse(&text);
        }
    }
}
