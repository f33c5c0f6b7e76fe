//! What is under inspection.

use crate::known::{Knows, Signature};
use std::rc::Rc;

/// A component, or a core module, with the texts that come along with it.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    /// The package that it would be, `acme:calc`.
    pub name: Option<String>,
    /// What it is, read from its exports: `tool`, `agent`.
    pub role: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The texts that come along with it; the last is its border as WIT, under the name `wit`.
    pub documents: Vec<Document>,
    /// What it would replace, where the scanner asked for it.
    pub replaced: Option<Box<Subject>>,
    /// What its signature comes to, where the scanner asked for it and there is something to say.
    pub signature: Option<Signature>,
    /// Whom to ask about what it is made of, where the scanner asked for that.
    pub known: Option<Rc<dyn Knows>>,
}

/// A text that comes along with a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its name.
    pub name: String,
    /// What it says.
    pub text: String,
}

impl Subject {
    /// Bytes alone, as a test has them.
    pub fn of(bytes: Vec<u8>) -> Subject {
        Subject { bytes, ..Subject::default() }
    }

    /// Calls `look` with bytes that are each a little wrong: cut off at every place, and with each byte changed in two ways. For tests: what
    /// reads hostile bytes must not panic.
    pub fn each_damage(&self, mut look: impl FnMut(&Subject)) {
        for at in 0..self.bytes.len() {
            look(&Subject { bytes: self.bytes[..at].to_vec(), ..self.clone() });
            for other in [self.bytes[at] ^ 0x5a, 0xff] {
                let mut damaged = self.clone();
                damaged.bytes[at] = other;
                look(&damaged);
            }
        }
    }

    /// The same, with a text.
    #[must_use]
    pub fn with(mut self, name: &str, text: &str) -> Subject {
        self.documents.push(Document { name: name.into(), text: text.into() });
        self
    }
}
