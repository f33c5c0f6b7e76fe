//! A memory as it stands by itself, in the log and in the journal: a version byte, then the record in postcard.

use super::old;
use super::packed;
use super::uses::Use;
use crate::error::BrainError;
use crate::id::MemoryId;
use crate::types::{Entry, Kind, Labels, Lesson, Origin, Source, Standing, Step, Timestamp};
use postcard::ser_flavors::Size;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// The version byte of whole records. A new shape takes the next number that neither these nor packed ones have, and `decode` goes on
/// reading the old ones.
const VERSION: u8 = 2;
/// Of those who said the same, so many are kept.
const MOST_SOURCES: usize = 16;
/// A memory fades by so many steps at most.
pub(crate) const MOST_FADED: u8 = 4;

/// A memory, but for its id.
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
    /// Who said the same since.
    pub(crate) also: Vec<Source>,
    pub(crate) labels: u8,
    pub(crate) corrects: Option<u128>,
    pub(crate) superseded: Option<u128>,
    pub(crate) strength: u32,
    pub(crate) pinned: bool,
    pub(crate) faded: u8,
    /// It says the same as what superseded it.
    pub(crate) alike: bool,
    /// What a dream drew it from: it goes when one of these is forgotten.
    pub(crate) derived: Vec<u128>,
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
    /// A procedure, with the tool calls that worked.
    Skill {
        text: String,
        steps: Vec<Step>,
    },
}

impl Record {
    /// A new memory.
    pub(crate) fn new(kind: Kind, body: Body, origin: &Origin) -> Record {
        Record {
            kind: kind as u8,
            body,
            tags: Vec::new(),
            conversation: None,
            written: origin.time,
            touched: origin.time,
            source: origin.source.clone(),
            also: Vec::new(),
            labels: origin.labels.bits(),
            corrects: None,
            superseded: None,
            strength: 1,
            pinned: false,
            faded: 0,
            alike: false,
            derived: Vec::new(),
        }
    }

    pub(crate) fn encode(&self) -> Result<Vec<u8>, BrainError> {
        postcard::to_extend(self, vec![VERSION]).map_err(|error| unstorable(&error))
    }

    /// What it takes of a quota: as many bytes as it has when it stands by itself, whatever it shares with others.
    pub(crate) fn length(&self) -> Result<usize, BrainError> {
        let length = postcard::serialize_with_flavor(self, Size::default());
        length.map(|length| length + 1).map_err(|error| unstorable(&error))
    }

    pub(crate) fn decode(key: u128, bytes: &[u8]) -> Result<Record, BrainError> {
        let id = MemoryId::from_key(key);
        match bytes.split_first() {
            Some((&VERSION, rest)) => postcard::from_bytes(rest)
                .map_err(|error| BrainError::damaged(format!("memory `{id}` is damaged: {error}"))),
            Some((&old::VERSION, rest)) => {
                old::decode(rest).map_err(|error| BrainError::damaged(format!("memory `{id}` is damaged: {error}")))
            }
            Some((version, _)) => Err(BrainError::damaged(format!("memory `{id}` has the unknown version {version}"))),
            None => Err(BrainError::damaged(format!("memory `{id}` is empty"))),
        }
    }

    /// The kind of a memory as stored, without reading the rest; none when that cannot be told.
    pub(crate) fn kind_of(bytes: &[u8]) -> Option<Kind> {
        match bytes {
            // All shapes begin alike.
            [packed::VERSION | VERSION | old::VERSION, kind, ..] => KINDS.get(usize::from(*kind)).copied(),
            _ => None,
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
            Body::Plain(text) | Body::Skill { text, .. } => text.clone(),
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

    /// The pieces of text that are indexed: a lesson is found by what was wrong as well, but not by its headings; a skill by the names
    /// of its tools.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &str> {
        let (pieces, steps): ([&str; 3], &[Step]) = match &self.body {
            Body::Plain(text) => ([text, "", ""], &[]),
            Body::Lesson { right, wrong, applies, .. } => ([right, wrong, applies], &[]),
            Body::Skill { text, steps } => ([text, "", ""], steps),
        };
        pieces.into_iter().filter(|piece| !piece.is_empty()).chain(steps.iter().map(|step| step.tool.as_str()))
    }

    /// The words that are its own, and whose traces elsewhere go with it: what it says, what was wrong, what its steps were given and
    /// brought. When a lesson applies and the names of tools are anybody's.
    pub(crate) fn own_words(&self) -> impl Iterator<Item = &str> {
        let (wrong, steps): (&str, &[Step]) = match &self.body {
            Body::Plain(_) => ("", &[]),
            Body::Lesson { wrong, .. } => (wrong, &[]),
            Body::Skill { steps, .. } => ("", steps),
        };
        let steps = steps.iter().flat_map(|step| [step.arguments.as_str(), step.outcome.as_str()]);
        [self.says(), wrong].into_iter().chain(steps).filter(|words| !words.is_empty())
    }

    /// What it says by itself, without what else a lesson or a skill carries.
    pub(crate) fn says(&self) -> &str {
        match &self.body {
            Body::Plain(text) | Body::Skill { text, .. } | Body::Lesson { right: text, .. } => text,
        }
    }

    /// Notes who said the same.
    pub(crate) fn said_by(&mut self, source: &Source) {
        if self.source != *source && self.also.last() != Some(source) {
            self.also.push(source.clone());
            let many = self.also.len().saturating_sub(MOST_SOURCES);
            self.also.drain(..many);
        }
    }

    /// What makes two memories the same one: the kind and the words; for an episode also its conversation.
    pub(crate) fn identity(&self) -> u128 {
        let conversation = self.conversation.as_deref().filter(|_| self.kind() == Kind::Episode);
        identity(self.kind(), conversation, &self.text())
    }

    pub(crate) fn into_entry(self, key: u128, used: Use) -> Entry {
        let (kind, text, labels) = (self.kind(), self.text(), self.labels());
        let (lesson, steps) = match self.body {
            Body::Plain(_) => (None, Vec::new()),
            Body::Lesson { right, wrong, applies, .. } => (Some(Lesson { right, wrong, applies }), Vec::new()),
            Body::Skill { steps, .. } => (None, steps),
        };
        Entry {
            id: MemoryId::from_key(key),
            kind,
            text,
            labels,
            tags: self.tags,
            conversation: self.conversation,
            written: self.written,
            source: self.source,
            also: self.also,
            corrects: self.corrects.map(MemoryId::from_key),
            standing: self.superseded.map_or(Standing::Current, |by| Standing::Superseded(MemoryId::from_key(by))),
            strength: self.strength,
            pinned: self.pinned,
            used: used.count,
            last_used: used.last(),
            faded: self.faded,
            lesson,
            steps,
        }
    }
}

pub(super) fn unstorable(error: &postcard::Error) -> BrainError {
    BrainError::Invalid(format!("this memory cannot be stored: {error}; make it smaller"))
}

const KINDS: [Kind; 4] = [Kind::Fact, Kind::Episode, Kind::Lesson, Kind::Skill];

/// The same number for words that say the same: however composed, spaced and punctuated, with an article or without, and whatever the
/// case of ordinary words. Where a word has digits or capitals inside, its case counts: a password differs by it.
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

/// What is left of a text when all is taken away in which two wordings of one statement may differ.
pub(crate) fn normalised(text: &str) -> String {
    let composed: Cow<'_, str> = if text.is_ascii() { text.into() } else { text.nfc().collect::<String>().into() };
    let mut normal = String::with_capacity(composed.len());
    for word in composed.split_whitespace() {
        let bare = word.trim_matches(is_punctuation);
        // What is nothing but punctuation says what it says: a smile, an operator.
        let bare = if bare.is_empty() { word } else { bare };
        let (end, space) = (normal.len(), !normal.is_empty());
        if space {
            normal.push(' ');
        }
        match is_ordinary(bare) {
            true if bare.is_ascii() => normal.extend(bare.chars().map(|c| c.to_ascii_lowercase())),
            true => normal.push_str(&bare.to_lowercase()),
            false => normal.push_str(bare),
        }
        if ARTICLES.contains(&&normal[end + usize::from(space)..]) {
            normal.truncate(end);
        }
    }
    // A text of articles alone is one, too.
    if normal.is_empty() { composed.split_whitespace().collect::<Vec<_>>().join(" ") } else { normal }
}

const ARTICLES: [&str; 3] = ["the", "a", "an"];

/// What ends a sentence or sets words off; `?` stays, as a question is no statement.
fn is_punctuation(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '!' | '"' | '“' | '”' | '„' | '«' | '»' | '。' | '、' | '，' | '！')
}

/// A word of letters with a capital at most at its beginning.
fn is_ordinary(word: &str) -> bool {
    if word.is_ascii() {
        return word.bytes().skip(1).all(|byte| !byte.is_ascii_uppercase())
            && !word.bytes().any(|byte| byte.is_ascii_digit());
    }
    let mut letters = word.chars();
    letters.next();
    letters.all(|c| !c.is_uppercase()) && !word.contains(|c: char| c.is_numeric())
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
            source: Source { agent: "a".into(), turn: "u".into(), chain: "h".into(), package: None },
            labels: 3,
            corrects: Some(4),
            superseded: None,
            strength: 5,
            pinned: true,
            faded: 2,
            alike: false,
            derived: vec![7],
            also: Vec::new(),
        };
        let bytes = record.encode().expect("encodes");
        assert_eq!(bytes.len(), record.length().expect("measured"));
        assert_eq!(Record::kind_of(&bytes), Some(Kind::Lesson));
        // A change of these bytes is a change of the format on disk: give it a new version and keep reading this one.
        let stored =
            b"\x02\x02\x01\x01r\x01w\x01\x00\x01\x01t\x01\x01c\x01\x02\x01a\x01u\x01h\x00\x00\x03\x01\x04\x00\x05\x01\x02\x00\x01\x07";
        assert_eq!(bytes, stored);
        assert_eq!(Record::decode(0, stored).expect("decodes"), record);
        // The first version, which brains may still have.
        let stored = b"\x01\x02\x01\x01r\x01w\x01\x00\x01\x01t\x01\x01c\x01\x02\x01a\x01u\x01h\x03\x01\x04\x00\x05";
        let old = Record::decode(0, stored).expect("decodes");
        assert_eq!(old, Record { pinned: false, faded: 0, derived: Vec::new(), ..record });
    }

    #[track_caller]
    fn same(a: &str, b: &str, expect: bool) {
        let same = identity(Kind::Fact, None, a) == identity(Kind::Fact, None, b);
        assert_eq!(same, expect, "{a:?} and {b:?}");
    }

    #[test]
    fn wordings_of_one_statement_are_one_memory_and_others_are_not() {
        same("caf\u{e9}  is\nopen ", "cafe\u{301} is open", true);
        same("Café is open.", "café is open", true);
        same("The garden is watered at seven", "a garden is watered at seven!", true);
        same("the garden is watered at seven", "the garden is not watered at seven", false);
        same("Ann likes Bob", "Bob likes Ann", false);
        same("the password is hunter2X", "the password is Hunter2x", false);
        same("is the door open?", "is the door open", false);
        same("the", "the ", true);
        same("the", "a", false);
        same(":-)", ":-(", false);
    }

    #[test]
    fn the_kind_is_part_of_what_a_memory_says() {
        assert_ne!(identity(Kind::Fact, None, "café is open"), identity(Kind::Skill, None, "café is open"));
    }
}
