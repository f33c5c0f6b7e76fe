//! What callers write and read: the records of `loket:brain/memory`, one to one.
//!
//! In serde they have the JSON form of the WIT: names in kebab case, a case with a payload as `{"superseded": "01J…"}`,
//! flags as a list of names, an absent option as null or left out.

use crate::id::MemoryId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
pub type Timestamp = u64;

/// What sort of thing a memory holds.
///
/// The order of the cases is part of the stored format: add at the end only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A statement that is held to be true.
    Fact,
    /// Something that happened.
    Episode,
    /// What went wrong, what is right instead, and when it applies.
    Lesson,
    /// A procedure that worked.
    Skill,
}

/// Where a memory stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It counts.
    Current,
    /// A later memory, named here, took its place; it is kept, but no longer recalled as truth.
    Superseded(MemoryId),
}

/// What is known of where words came from. Labels only ever add up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Labels(u8);

impl Labels {
    /// Nothing is known against these words.
    pub const NONE: Labels = Labels(0);
    /// Private data has been seen.
    pub const PRIVATE: Labels = Labels(1);
    /// Words by strangers have been met.
    pub const UNTRUSTED: Labels = Labels(2);

    const NAMES: [(Labels, &'static str); 2] = [(Labels::PRIVATE, "private"), (Labels::UNTRUSTED, "untrusted")];

    /// All that is known of either.
    #[must_use]
    pub fn join(self, other: Labels) -> Labels {
        Labels(self.0 | other.0)
    }

    /// Whether all of `other` is among these.
    pub fn contains(self, other: Labels) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    pub(crate) fn from_bits(bits: u8) -> Labels {
        Labels(bits)
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(Labels::NAMES.iter().filter(|(label, _)| self.contains(*label)).map(|(_, name)| name))
    }
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Labels, D::Error> {
        Vec::<String>::deserialize(deserializer)?.iter().try_fold(Labels::NONE, |labels, name| {
            let known = Labels::NAMES.iter().find(|(_, known)| known == name);
            known.map(|(label, _)| labels.join(*label)).ok_or_else(|| {
                D::Error::custom(format!("there is no label `{name}`; the labels are `private` and `untrusted`"))
            })
        })
    }
}

/// What to remember.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Draft {
    /// What sort of memory this is.
    pub kind: Kind,
    /// The memory itself, in words: 1 byte to 64 KiB.
    pub text: String,
    /// Words to find it by, besides its text: at most 32, each at most 128 bytes.
    pub tags: Vec<String>,
    /// The conversation that it belongs to, if any: at most 128 bytes.
    pub conversation: Option<String>,
}

/// Who wrote a memory, and in which turn.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Source {
    /// The agent whose brain this is.
    pub agent: String,
    /// The turn that wrote it.
    pub turn: String,
    /// Who asked for it, in the words of the call chain.
    pub chain: String,
}

/// Where a write comes from. The host says so, never the one who remembers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Origin {
    /// Who writes, and in which turn.
    pub source: Source,
    /// What the turn has seen so far.
    pub labels: Labels,
    /// When.
    pub time: Timestamp,
}

/// A memory as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Entry {
    /// Its name.
    pub id: MemoryId,
    /// What sort of memory it is.
    pub kind: Kind,
    /// The memory itself.
    pub text: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The conversation that it belongs to, if any.
    pub conversation: Option<String>,
    /// When it was written.
    pub written: Timestamp,
    /// Who wrote it.
    pub source: Source,
    /// What is known of where its words came from.
    pub labels: Labels,
    /// For a lesson: the mistake that it corrects.
    pub corrects: Option<MemoryId>,
    /// Whether it still counts.
    pub standing: Standing,
    /// How often it has been confirmed or has struck again; 1 when new.
    pub strength: u32,
}

/// What to recall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Query {
    /// Plain words, as a person would ask; at most 8 KiB. Without any words, the newest memories are the answer.
    pub text: String,
    /// Only these kinds; empty means all.
    pub kinds: Vec<Kind>,
    /// Only memories that carry all of these tags.
    pub tags: Vec<String>,
    /// Only memories of this conversation.
    pub conversation: Option<String>,
    /// At most so many: 1 to 100.
    pub limit: u32,
}

impl Query {
    /// The ten best for these words, unfiltered.
    pub fn words(text: impl Into<String>) -> Query {
        Query { text: text.into(), kinds: Vec::new(), tags: Vec::new(), conversation: None, limit: 10 }
    }
}

/// A memory that answers a query, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Hit {
    /// The memory.
    pub entry: Entry,
    /// How well it fits: higher is better; comparable within one answer only.
    pub score: f64,
    /// The words of the query that it was found by.
    pub matched: Vec<String>,
}

impl Hit {
    /// What is known of all these hits together: the labels that a turn takes on when it reads them.
    pub fn labels(hits: &[Hit]) -> Labels {
        hits.iter().fold(Labels::NONE, |labels, hit| labels.join(hit.entry.labels))
    }
}

/// One page of memories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Page {
    /// The memories, newest first.
    pub items: Vec<Entry>,
    /// Pass this to get the next page; absent on the last.
    pub cursor: Option<String>,
}

/// A correction: what is right, in place of what was wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Correction {
    /// The memory that was wrong, when it is known.
    pub mistake: Option<MemoryId>,
    /// What was wrong, in words; needed when `mistake` is absent. At most 64 KiB.
    pub wrong: String,
    /// What is right. 1 byte to 64 KiB.
    pub right: String,
    /// When the lesson applies: `always` (the same as nothing), or a situation. At most 8 KiB.
    pub applies: String,
}
