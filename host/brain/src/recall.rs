//! Recall: check the query, gather candidates, read them from the database, put them in order.

use crate::brain::Inner;
use crate::error::BrainError;
use crate::limits;
use crate::list;
use crate::rank::{self, LESSON_SHARE};
use crate::record::Record;
use crate::search::{Asked, Filter, Wanted, asked};
use crate::tables::MEMORIES;
use crate::types::{Hit, Kind, Query, Timestamp};
use redb::ReadTransaction;

/// A candidate as the database has it.
pub(crate) struct Candidate {
    pub(crate) key: u128,
    pub(crate) record: Record,
    pub(crate) score: f32,
}

impl Inner {
    pub(crate) fn recall(&self, query: &Query) -> Result<Vec<Hit>, BrainError> {
        limits::query(query)?;
        let limit = query.limit as usize;
        let filter = Filter::of(query);
        let mut words = asked(&query.text);
        if words.is_empty() {
            return self.newest(&filter, limit);
        }
        let (candidates, newest) = self.candidates(&mut words, &filter, limit)?;
        Ok(order(candidates, &words, newest, limit))
    }

    /// What holds any of the words and passes the filter, unordered. Words that no memory has are taken out.
    pub(crate) fn candidates(
        &self,
        words: &mut Vec<Asked>,
        filter: &Filter,
        limit: usize,
    ) -> Result<(Vec<Candidate>, Timestamp), BrainError> {
        let (found, newest) = self.with_index(|| {
            let prepared = self.layers().prepare(words, filter)?;
            let newest = prepared.newest;
            Ok((prepared.candidates(filter, limit)?, newest))
        })?;
        let transaction = self.begin_read()?;
        let memories = transaction.open_table(MEMORIES)?;
        let mut candidates = Vec::with_capacity(found.len());
        for (key, score) in found {
            let Some(bytes) = memories.get(key)? else { continue };
            match Record::decode(key, bytes.value()) {
                // The database has the last word: it may have moved on since the search.
                Ok(record) if record.current() && filter.admits(&Wanted::of(&record)) => {
                    candidates.push(Candidate { key, record, score })
                }
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "left out of an answer"),
            }
        }
        Ok((candidates, newest))
    }

    /// The newest memories that pass, as hits without words.
    fn newest(&self, filter: &Filter, limit: usize) -> Result<Vec<Hit>, BrainError> {
        let transaction = self.begin_read()?;
        let entries = newest(&transaction, filter, limit)?;
        let score = |place: usize| 1.0 / (place + 1) as f64;
        Ok(entries
            .into_iter()
            .enumerate()
            .map(|(place, (key, record))| Hit {
                entry: record.into_entry(key),
                score: score(place),
                matched: Vec::new(),
            })
            .collect())
    }
}

fn newest(transaction: &ReadTransaction, filter: &Filter, limit: usize) -> Result<Vec<(u128, Record)>, BrainError> {
    let facets = list::narrowest(filter);
    let memories = transaction.open_table(MEMORIES)?;
    let mut before = None;
    let mut found = Vec::new();
    loop {
        let keys = list::keys_before(transaction, &facets, before, list::AT_ONCE)?;
        let Some(last) = keys.last() else { return Ok(found) };
        before = Some(*last);
        for key in keys {
            let Some(bytes) = memories.get(key)? else { continue };
            match Record::decode(key, bytes.value()) {
                Ok(record) if record.current() && filter.admits(&Wanted::of(&record)) => found.push((key, record)),
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "left out of an answer"),
            }
            if found.len() == limit {
                return Ok(found);
            }
        }
    }
}

/// Lessons that fit lead; within both groups by relevance, recency and strength; equals newest first.
fn order(candidates: Vec<Candidate>, words: &[Asked], newest: Timestamp, limit: usize) -> Vec<Hit> {
    let mut ranked: Vec<(f32, bool, Candidate)> = candidates
        .into_iter()
        .map(|candidate| {
            let leads = candidate.record.kind() == Kind::Lesson
                && rank::matched(&candidate.record, words).share >= LESSON_SHARE;
            (candidate.score * rank::blend(newest, &candidate.record), leads, candidate)
        })
        .collect();
    // Leading lessons are lifted above the best of the rest, so that the score alone tells the order.
    let lift = ranked.iter().filter(|(_, leads, _)| !leads).map(|(score, _, _)| *score).fold(0.0, f32::max);
    for (score, leads, _) in &mut ranked {
        if *leads {
            *score += lift;
        }
    }
    ranked.sort_by(|(x, a, one), (y, b, other)| b.cmp(a).then(y.total_cmp(x)).then(other.key.cmp(&one.key)));
    ranked.truncate(limit);
    ranked
        .into_iter()
        .map(|(score, _, candidate)| {
            let matched =
                rank::matched(&candidate.record, words).words.into_iter().map(|at| words[at].written.clone()).collect();
            Hit { entry: candidate.record.into_entry(candidate.key), score: f64::from(score), matched }
        })
        .collect()
}
