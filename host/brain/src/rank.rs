//! The order of an answer. The rules are in the crate's documentation; the numbers are here.

use crate::types::Timestamp;
use std::collections::HashSet;

use crate::record::Record;
use crate::search::Asked;
use crate::words;

/// The newest memory gains so much over one that is ages old.
const RECENCY: f32 = 0.15;
/// A memory of this age, measured from the newest, has half of that gain.
const HALF_AGE: f32 = 30.0 * 24.0 * 3600.0 * 1000.0;
/// A memory confirmed thirty times gains so much over one said once.
const STRENGTH: f32 = 0.10;
/// A lesson leads when it has at least this share of what the question says.
pub(crate) const LESSON_SHARE: f32 = 0.5;

/// The gain by recency, as a share of the score.
pub(crate) fn recency(newest: Timestamp, touched: Timestamp) -> f32 {
    RECENCY * HALF_AGE / (HALF_AGE + newest.saturating_sub(touched) as f32)
}

/// What a score is multiplied by.
pub(crate) fn blend(newest: Timestamp, record: &Record) -> f32 {
    let strength = (record.strength.max(1) as f32).log2() / 5.0;
    1.0 + recency(newest, record.touched) + STRENGTH * strength.min(1.0)
}

/// How much a word says that occurs in `frequency` of `docs` memories.
pub(crate) fn worth(frequency: u64, docs: u64) -> f32 {
    let (frequency, docs) = (frequency.min(docs) as f32, docs as f32);
    (1.0 + (docs - frequency + 0.5) / (frequency + 0.5)).ln()
}

/// Which of the asked words a memory has, and which share of what they say.
pub(crate) struct Match {
    pub(crate) words: Vec<usize>,
    pub(crate) share: f32,
}

/// Looks the asked words up in a memory itself.
pub(crate) fn matched(record: &Record, asked: &[Asked]) -> Match {
    let mut wanted: HashSet<&str> = asked.iter().flat_map(|word| &word.terms).map(|term| term.text.as_str()).collect();
    let all = wanted.clone();
    for text in record.pieces().chain(record.tags.iter().map(String::as_str)) {
        if wanted.is_empty() {
            break;
        }
        words::each_term(text, |term| {
            wanted.remove(term);
        });
    }
    let has = |text: &str| all.contains(text) && !wanted.contains(text);
    let (mut found, mut sum, mut share) = (Vec::new(), 0.0, 0.0);
    for (at, word) in asked.iter().enumerate() {
        sum += word.worth;
        // Of a joined word the best part that is there counts.
        let best = word.terms.iter().filter(|term| has(&term.text)).map(|term| term.weight).fold(0.0, f32::max);
        if best > 0.0 {
            share += word.worth * best.min(1.0);
            found.push(at);
        }
    }
    Match { words: found, share: if sum > 0.0 { share / sum } else { 0.0 } }
}
