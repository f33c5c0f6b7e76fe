//! `loket:scan/subject`: the component under inspection, in the turn that inspects it and in no other.
//!
//! It needs no grant: whoever asks outside of such a turn is told that there is nothing to see. `text` writes a border as WIT, `known` is
//! what the owner laid out to be asked about, and `advisories` the larger part of that.

mod advisories;
mod known;
mod text;

pub use known::Known;

use crate::native::Answers;
use advisories::Ingredient;
use async_trait::async_trait;
use loket_kernel::{Call, CallError, Capability, Keeps, Labels, Provider, Reply};
use loket_ledger::TurnId;
use loket_values::{Interface, Surface, Value, describe};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The most bytes that one call answers.
pub const MOST_READ: u32 = 1 << 20;
/// The most custom sections that are listed.
const MOST_SECTIONS: usize = 1_000;
/// The most ingredients or digests that one call asks about.
const MOST_ASKED: usize = 1_000;

/// A component, as far as it can be known without running it.
#[derive(Debug, Clone)]
pub struct Part {
    /// The package that it would be.
    pub name: Option<String>,
    /// The SHA-256 of its bytes, in hex.
    pub digest: String,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// What it is, read from its exports.
    pub role: &'static str,
    /// Its border; nothing for what is no component.
    pub surface: Option<Arc<Surface>>,
    /// The texts that come along with it, by name.
    pub documents: Vec<(String, String)>,
    /// What its signature comes to; nothing where nobody looked for one.
    pub signature: Option<Signature>,
}

/// What a signature comes to, by the keys that the owner trusts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signature {
    /// There is none.
    Unsigned,
    /// It is by a key that is trusted.
    Trusted {
        /// What the owner calls whoever has it.
        name: String,
        /// The key's id.
        key: String,
    },
    /// It says that it is by the key of this id, which is not known.
    Unknown(String),
    /// It is by a key that was revoked, of whoever the owner called so.
    Revoked(String),
    /// It is none, or not over these bytes: why.
    Broken(String),
}

/// What is under inspection.
#[derive(Debug, Clone)]
pub struct Inspected {
    /// What is to be admitted.
    pub candidate: Part,
    /// What it would replace.
    pub replaced: Option<Part>,
    /// What is known of packages and digests besides.
    pub known: Arc<Known>,
}

/// What is under inspection now, by the turn that inspects it.
#[derive(Debug, Clone, Default)]
pub struct Subjects(Arc<Mutex<HashMap<TurnId, Arc<Inspected>>>>);

/// While it lives, a turn sees its subject.
#[derive(Debug)]
#[must_use]
pub struct Shown {
    subjects: Subjects,
    turn: TurnId,
}

impl Subjects {
    /// Shows a subject to the components of a turn.
    pub fn show(&self, turn: TurnId, subject: Arc<Inspected>) -> Shown {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(turn, subject);
        Shown { subjects: self.clone(), turn }
    }

    fn of(&self, turn: TurnId) -> Option<Arc<Inspected>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&turn).cloned()
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.subjects.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.turn);
    }
}

/// Which of the two components is asked about.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Version {
    Candidate,
    Replaced,
}

#[derive(Serialize)]
struct Profile<'p> {
    name: Option<&'p str>,
    digest: &'p str,
    size: u64,
    role: &'p str,
}

#[derive(Serialize)]
struct Port<'p> {
    name: String,
    functions: Vec<&'p str>,
}

#[derive(Serialize)]
struct Section<'p> {
    name: &'p str,
    offset: u64,
    length: u64,
}

#[derive(Serialize)]
struct Document<'p> {
    name: &'p str,
    text: &'p str,
}

/// The component under inspection.
pub struct Subject {
    answers: Answers,
    subjects: Subjects,
}

impl Subject {
    /// Answers `interface`.
    pub fn new(interface: &Interface, subjects: Subjects) -> Subject {
        Subject { answers: Answers::new(interface), subjects }
    }

    fn part<'s>(&self, subject: Option<&'s Inspected>, version: Version) -> Result<&'s Part, CallError> {
        let subject = subject.ok_or_else(nothing)?;
        match version {
            Version::Candidate => Ok(&subject.candidate),
            Version::Replaced => subject.replaced.as_ref().ok_or_else(|| {
                CallError::NotFound("the component replaces nothing: ask for its profile before the rest".into())
            }),
        }
    }
}

#[async_trait]
impl Provider for Subject {
    fn capability(&self) -> &Capability {
        &self.answers.capability
    }

    fn interface(&self) -> &Interface {
        &self.answers.interface
    }

    fn keeps(&self, function: &str) -> Keeps {
        if function == "read" { Keeps::Digest } else { Keeps::Whole }
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        let subject = self.subjects.of(call.turn.id);
        if &*call.function == "read" {
            let (version, offset, limit): (Version, u64, u32) = self.answers.args(&call)?;
            let bytes = piece(&self.part(subject.as_deref(), version)?.bytes, offset, limit);
            let value = Value::Result(Ok(Some(Box::new(Value::Bytes(bytes.to_vec())))));
            return Ok(Reply { value: Some(value), labels: Labels::NONE });
        }
        match &*call.function {
            "advisories" => {
                let (ingredients,): (Vec<Ingredient>,) = self.answers.args(&call)?;
                let known = &subject.as_deref().ok_or_else(nothing)?.known;
                few("ingredients", ingredients.len())?;
                return self.answers.ok(&call, known.advisories(&ingredients), Labels::NONE);
            }
            "known-bad" => {
                let (digests,): (Vec<String>,) = self.answers.args(&call)?;
                let known = &subject.as_deref().ok_or_else(nothing)?.known;
                few("digests", digests.len())?;
                return self.answers.ok(&call, known.bad(&digests), Labels::NONE);
            }
            _ => {}
        }
        let (version,): (Version,) = self.answers.args(&call)?;
        let part = self.part(subject.as_deref(), version);
        if &*call.function == "profile" {
            let profile = part.ok().map(|part| Profile {
                name: part.name.as_deref(),
                digest: &part.digest,
                size: part.bytes.len() as u64,
                role: part.role,
            });
            return self.answers.reply(&call, &profile, Labels::NONE);
        }
        let part = part?;
        let surface = part.surface.as_deref();
        match &*call.function {
            "imports" => self.answers.ok(&call, ports(surface.map(|s| &s.imports[..])), Labels::NONE),
            "exports" => self.answers.ok(&call, ports(surface.map(|s| &s.exports[..])), Labels::NONE),
            "wit" => self.answers.ok(&call, surface.map(text::of).unwrap_or_default(), Labels::NONE),
            "sections" => {
                let sections = describe::sections(&part.bytes, MOST_SECTIONS);
                let sections = sections.into_iter().map(|(name, range)| Section {
                    name,
                    offset: range.start as u64,
                    length: range.len() as u64,
                });
                self.answers.ok(&call, sections.collect::<Vec<_>>(), Labels::NONE)
            }
            "documents" => {
                let documents = part.documents.iter().map(|(name, text)| Document { name, text });
                self.answers.ok(&call, documents.collect::<Vec<_>>(), Labels::NONE)
            }
            "signature" => self.answers.ok(&call, &part.signature, Labels::NONE),
            other => Err(CallError::NotFound(format!("`{}` has no function `{other}`", self.answers.capability))),
        }
    }
}

fn nothing() -> CallError {
    CallError::NotFound("nothing is under inspection in this turn: the host asks scanners, nobody else does".into())
}

fn few(what: &str, asked: usize) -> Result<(), CallError> {
    if asked <= MOST_ASKED {
        return Ok(());
    }
    Err(CallError::Invalid(format!(
        "{asked} {what} are asked about at once: ask about {MOST_ASKED} at most, and again"
    )))
}

fn piece(bytes: &[u8], offset: u64, limit: u32) -> &[u8] {
    let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
    let length = limit.min(MOST_READ) as usize;
    &bytes[start..start.saturating_add(length).min(bytes.len())]
}

fn ports(interfaces: Option<&[Interface]>) -> Vec<Port<'_>> {
    let port = |interface: &'_ Interface| interface.name.as_ref().map(ToString::to_string).unwrap_or_default();
    let ports = interfaces.unwrap_or_default().iter().map(|interface| Port {
        name: port(interface),
        functions: interface.functions.iter().map(|function| function.name.as_str()).collect(),
    });
    ports.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_never_leaves_the_bytes_and_has_at_most_a_mebibyte() {
        let bytes = vec![7; (MOST_READ as usize) + 10];
        assert_eq!(piece(&bytes, 0, u32::MAX).len(), MOST_READ as usize);
        assert_eq!(piece(&bytes, u64::from(MOST_READ), u32::MAX).len(), 10);
        assert_eq!(piece(&bytes, 3, 4).len(), 4);
        assert!(piece(&bytes, u64::MAX, u32::MAX).is_empty());
        assert!(piece(&[], 0, 1).is_empty());
    }

    #[test]
    fn a_subject_is_shown_to_its_turn_alone_and_no_longer_than_that_takes() {
        let part = Part {
            name: None,
            digest: String::new(),
            bytes: Arc::new([]),
            role: "library",
            surface: None,
            documents: Vec::new(),
            signature: None,
        };
        let subjects = Subjects::default();
        let shown =
            subjects.show(TurnId(1), Arc::new(Inspected { candidate: part, replaced: None, known: Arc::default() }));
        assert!(subjects.of(TurnId(1)).is_some() && subjects.of(TurnId(2)).is_none());
        drop(shown);
        assert!(subjects.of(TurnId(1)).is_none());
    }
}
