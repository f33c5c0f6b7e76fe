//! A question to a brain, and the answers to it.

use super::{Entry, Kind, Labels, Timestamp};
use serde::{Deserialize, Serialize};

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
    /// Only memories written at this time or later.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// Only memories written before this time.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// No memories that bear any of these labels.
    #[serde(default)]
    pub without: Labels,
    /// So many tokens of a prompt may the answer take, context included; see [`tokens`](crate::tokens). What does not fit is passed over.
    #[serde(default)]
    pub tokens: Option<u32>,
    /// So many neighbours from the same conversation come with each hit, before it and after it: 0 to 3.
    #[serde(default)]
    pub around: u32,
    /// At most so many: 1 to 100.
    pub limit: u32,
}

impl Query {
    /// The ten best for these words, unfiltered.
    pub fn words(text: impl Into<String>) -> Query {
        Query {
            text: text.into(),
            kinds: Vec::new(),
            tags: Vec::new(),
            conversation: None,
            since: None,
            until: None,
            without: Labels::NONE,
            tokens: None,
            around: 0,
            limit: 10,
        }
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
    /// Why it is an answer, and why at this place.
    pub why: Why,
    /// Its neighbours in its conversation, oldest first, those that are hits themselves left out.
    pub context: Vec<Entry>,
}

impl Hit {
    /// What is known of all these hits together: the labels that a turn takes on when it reads them.
    pub fn labels(hits: &[Hit]) -> Labels {
        let entries = hits.iter().flat_map(|hit| std::iter::once(&hit.entry).chain(&hit.context));
        entries.fold(Labels::NONE, |labels, entry| labels.join(entry.labels))
    }
}

/// Why a memory is an answer. The score is `relevance` times one plus the gains, times what is left of it after fading.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Why {
    /// The words of the query that it has; empty when it was found by its meaning, its neighbour or its time alone.
    pub matched: Vec<String>,
    /// How well its words fit: BM25.
    pub relevance: f64,
    /// What it gains by being recent, as a share.
    pub recency: f64,
    /// What it gains by having been confirmed, as a share.
    pub strength: f64,
    /// What it gains by having been an answer before, as a share.
    pub usage: f64,
    /// Milliseconds between its writing and the question.
    pub age: u64,
    /// The time that the question was read to speak of, when this memory is of that time.
    pub period: Option<Period>,
    /// It is a lesson that the question is about, and leads.
    pub leads: bool,
    /// Its place by meaning, 1 being the nearest, where vectors were used.
    pub meaning: Option<u32>,
}

/// A stretch of time: from its first millisecond up to, not including, `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Period {
    /// Its first millisecond.
    pub from: Timestamp,
    /// The first millisecond after it.
    pub until: Timestamp,
}

impl Period {
    /// Whether a moment is in it.
    pub fn has(&self, time: Timestamp) -> bool {
        (self.from..self.until).contains(&time)
    }
}
