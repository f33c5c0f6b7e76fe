//! Recall: check the query, gather candidates, read them from the database, put them in order, explain.
//!
//! Files: [`search`] from words to candidates, [`rank`] the numbers of the order, [`matching`] which words a memory has, [`order`] the order itself, [`neighbours`] what stands
//! beside a memory, [`meaning`] vectors, [`tokens`] what an answer takes of a prompt, [`list`] newest first.

pub(crate) mod list;
pub(crate) mod matching;
pub(crate) mod meaning;
mod neighbours;
mod order;
pub(crate) mod rank;
pub(crate) mod search;
mod tokens;

pub use meaning::Meaning;
pub use tokens::tokens;

use crate::brain::Inner;
use crate::error::BrainError;
use crate::limits;
use crate::store::memories::{Memories, Moment, readable};
use crate::store::names::{NUMBERS, Numbers};
use crate::store::record::Record;
use crate::store::tables::BEARERS;
use crate::store::uses::Reader;
use crate::text::{self, when};
use crate::types::{Hit, Period, Query, Timestamp, Why};
use list::Walk;
use matching::Matcher;
use order::Answer;
use rank::{Gains, PERIOD_WORDS};
use redb::ReadOnlyTable;
use search::{Asked, Filter, Wanted, asked};
use std::collections::HashMap;

/// A candidate as the database has it.
pub(crate) struct Candidate {
    pub(crate) key: u128,
    pub(crate) record: Record,
    /// BM25 over text and tags.
    pub(crate) score: f32,
}

/// The tables that an answer is read from, as of one moment.
pub(crate) struct Readers<'b> {
    pub(crate) transaction: &'b Moment,
    memories: Memories<'b>,
    bearers: ReadOnlyTable<(u32, u128), ()>,
    numbers: Numbers,
    pub(crate) uses: Reader<'b>,
}

impl<'b> Readers<'b> {
    pub(crate) fn open(brain: &'b Inner, transaction: &'b Moment) -> Result<Readers<'b>, BrainError> {
        let (memories, bearers) = (transaction.memories()?, transaction.open_table(BEARERS)?);
        let numbers = transaction.open_table(NUMBERS)?;
        Ok(Readers { transaction, memories, bearers, numbers, uses: brain.uses.reader(transaction)? })
    }

    /// A memory that counts and passes the filter. One that is damaged is told of and passed over.
    pub(crate) fn current(&self, key: u128, filter: &Filter) -> Result<Option<Record>, BrainError> {
        let Some(bytes) = self.memories.rows.get(key)? else { return Ok(None) };
        let record = readable(self.memories.read(key, bytes.value()), "left out of an answer")?;
        Ok(record.filter(|record| record.current() && (filter.is_open() || filter.admits(&Wanted::of(record)))))
    }
}

impl Inner {
    /// `now` is when the question is asked.
    pub(crate) fn recall(
        &self,
        query: &Query,
        now: Timestamp,
        meaning: Option<&Meaning>,
    ) -> Result<Vec<Hit>, BrainError> {
        limits::query(query)?;
        let limit = query.limit as usize;
        let filter = Filter::of(query);
        let spoken = when::period(&query.text, now, &self.options.zone);
        let period = spoken.as_ref().map(|found| found.period);
        let mut words = self.question(&query.text, spoken.as_ref());
        let near = match meaning {
            Some(meaning) => meaning::nearest(&*self.begin_read()?, meaning)?,
            None => Vec::new(),
        };
        if words.iter().all(|word| word.timely) && near.is_empty() {
            return self.newest(query, &filter, period, now);
        }
        let (found, newest) = self.search(&mut words, &filter, period, limit)?;
        // Begun after the search, so that what the search found in the tail is there.
        let transaction = self.begin_read()?;
        let readers = Readers::open(self, &transaction)?;
        let candidates = readers.candidates(found, &filter)?;
        let matcher = Matcher::new(self.options.language, &words);
        let mut answer = Answer { now, newest, period, words: &words, matcher, parts: HashMap::new() };
        for candidate in candidates {
            answer.take(&readers, candidate)?;
        }
        answer.take_near(&readers, &filter, &near, 2 * limit + 16)?;
        answer.lend(&readers, &filter)?;
        let hits = answer.hits(limit);
        self.finish(&readers, query, &filter, hits)
    }

    /// The words of a question; those that only say when count little.
    fn question(&self, asks: &str, spoken: Option<&when::Found>) -> Vec<Asked> {
        let language = self.options.language;
        let Some(found) = spoken else { return asked(language, asks) };
        let rest = [&asks[..found.words.start], " ", &asks[found.words.end..]].concat();
        let mut words = asked(language, &rest);
        // Without the stop words that a question is made of nothing may be left, and then it asks for the time alone.
        if words.iter().all(|word| word.stop) {
            words.clear();
        }
        for mut word in asked(language, &asks[found.words.clone()]) {
            if words.iter().all(|known| !text::whole(&known.terms).eq(text::whole(&word.terms))) {
                word.timely = true;
                word.terms.iter_mut().for_each(|term| term.weight *= PERIOD_WORDS);
                words.push(word);
            }
        }
        words
    }

    /// The keys of what holds any of the words and passes the filter, with their relevance, and the time of the newest memory. Words that
    /// no memory has are taken out.
    fn search(
        &self,
        words: &mut Vec<Asked>,
        filter: &Filter,
        period: Option<Period>,
        limit: usize,
    ) -> Result<(Vec<(u128, f32)>, Timestamp), BrainError> {
        self.catch_up()?;
        self.with_index(|| {
            let prepared = self.layers().prepare(words, filter)?;
            let newest = prepared.newest;
            Ok((prepared.candidates(filter, period, limit)?, newest))
        })
    }

    /// What holds any of the words and passes the filter, unordered.
    pub(crate) fn candidates(
        &self,
        words: &mut Vec<Asked>,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<Candidate>, BrainError> {
        let (found, _) = self.search(words, filter, None, limit)?;
        let transaction = self.begin_read()?;
        Readers::open(self, &transaction)?.candidates(found, filter)
    }

    /// The newest memories that pass, of the time that the question speaks of, as hits without words.
    fn newest(
        &self,
        query: &Query,
        filter: &Filter,
        period: Option<Period>,
        now: Timestamp,
    ) -> Result<Vec<Hit>, BrainError> {
        let within = match period {
            Some(period) => filter.within(period),
            None => Some(filter.clone()),
        };
        let Some(within) = within else { return Ok(Vec::new()) };
        let transaction = self.begin_read()?;
        let readers = Readers::open(self, &transaction)?;
        let found = readers.newest(&within, query.limit as usize)?;
        let mut hits = Vec::with_capacity(found.len());
        for (place, (key, record)) in found.into_iter().enumerate() {
            let used = readers.uses.of(key)?;
            let gains = Gains::of(record.touched, &record, used);
            let why = Why {
                recency: f64::from(gains.recency),
                strength: f64::from(gains.strength),
                usage: f64::from(gains.usage),
                age: now.saturating_sub(record.written),
                period,
                ..Why::default()
            };
            let score = 1.0 / (place + 1) as f64;
            hits.push(Hit { entry: record.into_entry(key, used), score, why, context: Vec::new() });
        }
        self.finish(&readers, query, filter, hits)
    }

    /// What is asked of an answer besides: neighbours, and that it fits.
    fn finish(
        &self,
        readers: &Readers<'_>,
        query: &Query,
        filter: &Filter,
        mut hits: Vec<Hit>,
    ) -> Result<Vec<Hit>, BrainError> {
        if query.around > 0 {
            neighbours::surround(readers, filter, query.around as usize, &mut hits)?;
        }
        if let Some(most) = query.tokens {
            order::fit(&mut hits, most);
        }
        Ok(hits)
    }
}

impl Readers<'_> {
    /// What was found, as the database has it. That has the last word: it may have moved on since the search.
    fn candidates(&self, found: Vec<(u128, f32)>, filter: &Filter) -> Result<Vec<Candidate>, BrainError> {
        let mut candidates = Vec::with_capacity(found.len());
        for (key, score) in found {
            if let Some(record) = self.current(key, filter)? {
                candidates.push(Candidate { key, record, score });
            }
        }
        Ok(candidates)
    }

    /// The newest memories that count and pass, newest first.
    fn newest(&self, filter: &Filter, limit: usize) -> Result<Vec<(u128, Record)>, BrainError> {
        let walk = Walk::narrowest(filter);
        let mut before = None;
        let mut found = Vec::new();
        loop {
            let keys = walk.keys_before(self.transaction, before, list::AT_ONCE)?;
            let Some(last) = keys.last() else { return Ok(found) };
            before = Some(*last);
            for key in keys {
                found.extend(self.current(key, filter)?.map(|record| (key, record)));
                if found.len() == limit {
                    return Ok(found);
                }
            }
        }
    }
}
