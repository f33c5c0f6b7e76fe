//! The order of an answer. The rules are in the crate's documentation; the numbers are here, found with the tuning data of
//! `cargo xtask bench recall` and none of its test data.

use crate::store::record::Record;
use crate::store::uses::Use;
use crate::types::Timestamp;

/// The newest memory gains so much over one that is ages old.
const RECENCY: f32 = 0.15;
/// A memory of this age, measured from the newest, has half of that gain.
const HALF_AGE: f32 = 30.0 * 24.0 * 3600.0 * 1000.0;
/// A memory confirmed thirty times gains so much over one said once.
const STRENGTH: f32 = 0.10;
/// A memory that was an answer thirty times gains so much over one that never was. Little, or what is found is found for ever.
const USAGE: f32 = 0.05;
/// What a step of fading leaves of a score.
const FADING: f32 = 0.85;
/// A lesson leads when it has at least this share of what the question says.
pub(crate) const LESSON_SHARE: f32 = 0.5;
/// A memory of the time that the question speaks of leads when it has at least this share of what it says besides.
pub(crate) const PERIOD_SHARE: f32 = 0.12;
/// What the words of a time expression count besides: a memory may name the same day.
pub(crate) const PERIOD_WORDS: f32 = 0.4;
/// What a memory lends of its score to the neighbours in its conversation.
pub(crate) const NEIGHBOUR: f32 = 0.35;
/// So many of the best lend.
pub(crate) const LENDERS: usize = 6;
/// The constant of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009).
pub(crate) const FUSION: f32 = 60.0;

/// What a memory gains over its relevance.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gains {
    pub(crate) recency: f32,
    pub(crate) strength: f32,
    pub(crate) usage: f32,
    /// What fading leaves.
    left: f32,
}

impl Gains {
    pub(crate) fn of(newest: Timestamp, record: &Record, used: Use) -> Gains {
        let times = |count: u32| ((count as f32).log2() / 5.0).clamp(0.0, 1.0);
        Gains {
            recency: recency(newest, record.touched),
            strength: STRENGTH * times(record.strength.max(1)),
            usage: USAGE * times(used.count.saturating_add(1)),
            left: FADING.powi(i32::from(record.faded)),
        }
    }

    /// The score of a memory of this relevance.
    pub(crate) fn score(&self, relevance: f32) -> f32 {
        relevance * (1.0 + self.recency + self.strength + self.usage) * self.left
    }
}

/// The gain by recency, as a share of the score.
pub(crate) fn recency(newest: Timestamp, touched: Timestamp) -> f32 {
    RECENCY * HALF_AGE / (HALF_AGE + newest.saturating_sub(touched) as f32)
}

/// How much a word says that occurs in `frequency` of `docs` memories.
pub(crate) fn worth(frequency: u64, docs: u64) -> f32 {
    let (frequency, docs) = (frequency.min(docs) as f32, docs as f32);
    (1.0 + (docs - frequency + 0.5) / (frequency + 0.5)).ln()
}
