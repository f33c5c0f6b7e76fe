//! A memory as stored: a version byte, then the record in postcard.

use crate::error::BrainError;
use crate::id::MemoryId;
use crate::types::{Entry, Kind, Labels, Source, Standing, Timestamp};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// The version byte of today's records. A new shape takes the next number, and `decode` goes on reading the old ones.
const VERSION: u8 = 1;

/// A memory as stored. Its id is the row's key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) kind: u8,
    pub(crate) body: Body,
    pub(crate) tags: Vec<String>,
    pub(crate) conversation: Option<String>,
    pub(crate) written: Timestamp,
    /// When it was last written or confirmed; what recency is measured by.
    pub(crate) touched: Timestamp,
    pub(crate) source: Source,
    pub(crate) labels: u8,
    pub(crate) corrects: Option<u128>,
    pub(crate) superseded: Option<u128>,
    pub(crate) strength: u32,
}

/// The words of a memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Body {
    Plain(String),
    /// A lesson from a correction, in its parts.
    Lesson {
        right: String,
        wrong: String,
        /// The words in `wrong` are the mistake's own, not the corrector's: forgetting the mistake takes them away.
        borrowed: bool,
        /// Empty means always.
        applies: String,
    },
}

impl Record {
    pub(crate) fn encode(&self) -> Result<Vec<u8>, BrainError> {
        postcard::to_extend(self, vec![VERSION])
            .map_err(|error| BrainError::Invalid(format!("this memory cannot be stored: {error}; make it smaller")))
    }

    pub(crate) fn decode(key: u128, bytes: &[u8]) -> Result<Record, BrainError> {
        let id = MemoryId::from_key(key);
        match bytes.split_first() {
            Some((&VERSION, rest)) => postcard::from_bytes(rest)
                .map_err(|error| BrainError::damaged(format!("memory `{id}` is damaged: {error}"))),
            Some((version, _)) => Err(BrainError::damaged(format!("memory `{id}` has the unknown version {version}"))),
            None => Err(BrainError::damaged(format!("memory `{id}` is empty"))),
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        KINDS.get(usize::from(self.kind)).copied().unwrap_or(Kind::Fact)
    }

    pub(crate) fn labels(&self) -> Labels {
        Labels::from_bits(self.labels)
    }

    pub(crate) fn current(&self) -> bool {
        self.superseded.is_none()
    }

    /// The text that callers see.
    pub(crate) fn text(&self) -> String {
        match &self.body {
            Body::Plain(text) => text.clone(),
            Body::Lesson { right, wrong, applies, .. } => {
                let mut text = right.clone();
                if !wrong.is_empty() {
                    text.push_str("\nWrong was: ");
                    text.push_str(wrong);
                }
                if !applies.is_empty() {
                    text.push_str("\nApplies: ");
                    text.push_str(applies);
                }
                text
            }
        }
    }

    /// The pieces of text that are indexed: a lesson is found by what was wrong as well, but not by its headings.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &str> {
        let pieces: [&str; 3] = match &self.body {
            Body::Plain(text) => [text, "", ""],
            Body::Lesson { right, wrong, applies, .. } => [right, wrong, applies],
        };
        pieces.into_iter().filter(|piece| !piece.is_empty())
    }

    /// What makes two memories the same one: the kind and the words; for an episode also its conversation.
    pub(crate) fn identity(&self) -> u128 {
        let conversation = self.conversation.as_deref().filter(|_| self.kind() == Kind::Episode);
        identity(self.kind(), conversation, &self.text())
    }

    pub(crate) fn into_entry(self, key: u128) -> Entry {
        Entry {
            id: MemoryId::from_key(key),
            kind: self.kind(),
            text: self.text(),
            labels: self.labels(),
            tags: self.tags,
            conversation: self.conversation,
            written: self.written,
            source: self.source,
            corrects: self.corrects.map(MemoryId::from_key),
            standing: self.superseded.map_or(Standing::Current, |by| Standing::Superseded(MemoryId::from_key(by))),
            strength: self.strength,
        }
    }
}

const KINDS: [Kind; 4] = [Kind::Fact, Kind::Episode, Kind::Lesson, Kind::Skill];

/// The same number for the same words, however composed and spaced. Case counts: a password differs by it.
pub(crate) fn identity(kind: Kind, conversation: Option<&str>, text: &str) -> u128 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[kind as u8, u8::from(conversation.is_some())]);
    let conversation = conversation.unwrap_or_default();
    hasher.update(&(conversation.len() as u64).to_le_bytes());
    hasher.update(conversation.as_bytes());
    hasher.update(normalised(text).as_bytes());
    first_half(&hasher)
}

/// The name under which a lesson about these wrong words is kept.
pub(crate) fn wrong_words(text: &str) -> u128 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"wrong");
    hasher.update(normalised(text).as_bytes());
    first_half(&hasher)
}

pub(crate) fn normalised(text: &str) -> String {
    let composed: String = text.nfc().collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn first_half(hasher: &blake3::Hasher) -> u128 {
    let mut half = [0; 16];
    half.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    u128::from_le_bytes(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_is_fixed() {
        let record = Record {
            kind: Kind::Lesson as u8,
            body: Body::Lesson { right: "r".into(), wrong: "w".into(), borrowed: true, applies: String::new() },
            tags: vec!["t".into()],
            conversation: Some("c".into()),
            written: 1,
            touched: 2,
            source: Source { agent: "a".into(), turn: "u".into(), chain: "h".into() },
            labels: 3,
            corrects: Some(4),
            superseded: None,
            strength: 5,
        };
        let bytes = record.encode().expect("encodes");
        // A change of these bytes is a change of the format on disk: give it a new version and keep reading this one.
        let stored = b"\x01\x02\x01\x01r\x01w\x01\x00\x01\x01t\x01\x01c\x01\x02\x01a\x01u\x01h\x03\x01\x04\x00\x05";
        assert_eq!(bytes, stored);
        assert_eq!(Record::decode(0, stored).expect("decodes"), record);
    }

    #[test]
    fn the_same_words_are_the_same_memory_however_spaced_or_composed() {
        let a = identity(Kind::Fact, None, "caf\u{e9}  is\nopen ");
        assert_eq!(a, identity(Kind::Fact, None, "cafe\u{301} is open"));
        assert_ne!(a, identity(Kind::Skill, None, "café is open"));
        assert_ne!(a, identity(Kind::Fact, None, "Café is open"));
    }
}
