//! From words to candidates: index and tail searched together, as of one moment.

use super::rank;
use crate::index::tail::Tail;
use crate::index::{Field, Fields, Index, Stats, View};
use crate::store::record::Record;
use crate::text::{self, Language, Term};
use crate::types::{Kind, Labels, Period, Query, Timestamp};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::HashSet;
use std::ops::Bound;
use std::sync::Arc;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, ConstScoreQuery, Occur, Query as TantivyQuery, RangeQuery, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocId, SegmentReader, TantivyError};

/// A query looks for at most so many words; of more, the rarest.
const MAX_WORDS: usize = 48;
/// So many more candidates than wanted are looked at: what they gain may bring them up.
const POOL: usize = 12;
/// A word in a tag counts so much more than one in the text.
const TAG_BOOST: f32 = 1.5;
/// Up to so many postings a query scores every document, recency included; beyond, it lets the index skip.
const EXHAUSTIVE: u64 = 20_000;

/// What a filter looks at.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) kind: Kind,
    tags: Arc<[String]>,
    conversation: Option<Arc<str>>,
    written: Timestamp,
    labels: Labels,
}

impl Wanted {
    pub(crate) fn of(record: &Record) -> Wanted {
        Wanted {
            kind: record.kind(),
            tags: record.tags.iter().map(|tag| text::tag(tag)).collect(),
            conversation: record.conversation.as_deref().map(Arc::from),
            written: record.written,
            labels: record.labels(),
        }
    }
}

/// Which memories a query wants at all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) kinds: Vec<Kind>,
    pub(crate) tags: Vec<String>,
    pub(crate) conversation: Option<String>,
    /// Written in this time.
    pub(crate) time: Option<Period>,
    /// Without any of these.
    pub(crate) without: Labels,
}

impl Filter {
    pub(crate) fn of(query: &Query) -> Filter {
        let bounded = query.since.is_some() || query.until.is_some();
        let time = Period { from: query.since.unwrap_or(0), until: query.until.unwrap_or(Timestamp::MAX) };
        Filter {
            kinds: query.kinds.clone(),
            tags: query.tags.iter().map(|tag| text::tag(tag)).collect(),
            conversation: query.conversation.clone(),
            time: bounded.then_some(time),
            without: query.without,
        }
    }

    /// Memories of one kind, whatever else they are.
    pub(crate) fn kind(kind: Kind) -> Filter {
        Filter { kinds: vec![kind], ..Filter::default() }
    }

    /// The same, of this time only; none when that leaves nothing.
    pub(crate) fn within(&self, period: Period) -> Option<Filter> {
        let time = self.time.unwrap_or(period);
        let time = Period { from: time.from.max(period.from), until: time.until.min(period.until) };
        (time.from < time.until).then(|| Filter { time: Some(time), ..self.clone() })
    }

    /// Whether it lets everything pass.
    pub(crate) fn is_open(&self) -> bool {
        let Filter { kinds, tags, conversation, time, without } = self;
        kinds.is_empty() && tags.is_empty() && conversation.is_none() && time.is_none() && *without == Labels::NONE
    }

    pub(crate) fn admits(&self, wanted: &Wanted) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&wanted.kind))
            && self.tags.iter().all(|tag| wanted.tags.contains(tag))
            && self.conversation.as_deref().is_none_or(|wish| wanted.conversation.as_deref() == Some(wish))
            && self.time.is_none_or(|time| time.has(wanted.written))
            && !wanted.labels.meets(self.without)
    }

    /// The same filter for lessons only, where lessons may pass among others.
    fn lessons(&self) -> Option<Filter> {
        let mixed = self.kinds.is_empty()
            || (self.kinds.contains(&Kind::Lesson) && self.kinds.iter().any(|kind| *kind != Kind::Lesson));
        mixed.then(|| Filter { kinds: vec![Kind::Lesson], ..self.clone() })
    }

    fn clauses(&self, fields: &Fields) -> Vec<(Occur, Box<dyn TantivyQuery>)> {
        let term = |term| -> Box<dyn TantivyQuery> { Box::new(TermQuery::new(term, IndexRecordOption::Basic)) };
        let mut all = Vec::new();
        if !self.kinds.is_empty() {
            let kinds = self.kinds.iter().map(|kind| term(tantivy::Term::from_field_u64(fields.kind, *kind as u64)));
            all.push(Box::new(BooleanQuery::union(kinds.collect())) as Box<dyn TantivyQuery>);
        }
        all.extend(self.tags.iter().map(|tag| term(tantivy::Term::from_field_text(fields.tag, tag))));
        all.extend(
            self.conversation.iter().map(|wish| term(tantivy::Term::from_field_text(fields.conversation, wish))),
        );
        if let Some(Period { from, until }) = self.time {
            let at = |time| tantivy::Term::from_field_u64(fields.written, time);
            all.push(Box::new(RangeQuery::new(Bound::Included(at(from)), Bound::Excluded(at(until)))));
        }
        let silent = |query| Box::new(ConstScoreQuery::new(query, 0.0)) as Box<dyn TantivyQuery>;
        let without = self.without.each().map(|label| term(tantivy::Term::from_field_u64(fields.label, label)));
        let without = without.map(|query| (Occur::MustNot, query));
        all.into_iter().map(|query| (Occur::Must, silent(query))).chain(without).collect()
    }
}

/// A word that a query asks for.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) written: String,
    pub(crate) terms: Vec<Term>,
    /// How much it says: its inverse document frequency; 0 when no memory has it.
    pub(crate) worth: f32,
    /// It says nothing about what is meant, and is looked for all the same, as nothing else is there.
    pub(crate) stop: bool,
    /// It only says when.
    pub(crate) timely: bool,
}

/// The words of a question that say something; all of them when none does.
pub(crate) fn asked(language: Language, text: &str) -> Vec<Asked> {
    let mut all = text::words(language, text);
    if all.iter().any(|word| !word.stop) {
        all.retain(|word| !word.stop);
    }
    let mut seen = HashSet::new();
    all.retain(|word| !word.terms.is_empty() && seen.insert(word.whole().map(str::to_owned).collect::<Vec<_>>()));
    let unique = |mut terms: Vec<Term>| {
        let mut seen = HashSet::new();
        terms.retain(|term| seen.insert(term.text.clone()));
        terms
    };
    let asked = |word: text::Word| Asked {
        written: word.written,
        terms: unique(word.terms),
        worth: 0.0,
        stop: word.stop,
        timely: false,
    };
    all.into_iter().map(asked).collect()
}

/// The index and what it has not taken in yet. Older layers first: index, frozen, live.
pub(crate) struct Layers {
    pub(crate) index: Arc<Index>,
    pub(crate) view: View,
    /// What the index is taking in just now.
    pub(crate) frozen: Option<Tail>,
    pub(crate) live: Tail,
    /// The time of the newest memory: what recency is measured from, so that an answer depends on the memories alone.
    pub(crate) newest: Timestamp,
}

/// The BM25 score of a candidate, its kind, and when it was written.
type Found = (f32, Kind, Timestamp);

/// What a search needs after the layers are released.
pub(crate) struct Prepared {
    index: Arc<Index>,
    view: View,
    stats: Stats,
    postings: u64,
    outdated: FxHashSet<u128>,
    /// Candidates from the tails.
    found: FxHashMap<u128, Found>,
    pub(crate) newest: Timestamp,
}

impl Layers {
    fn tails(&self) -> impl Iterator<Item = &Tail> {
        [Some(&self.live), self.frozen.as_ref()].into_iter().flatten()
    }

    /// Looks the words up in all layers, and searches the tails. Sets the worth of each word; keeps the rarest.
    pub(crate) fn prepare(&self, words: &mut Vec<Asked>, filter: &Filter) -> Result<Prepared, TantivyError> {
        let docs = self.view.segment_readers().iter().map(|segment| u64::from(segment.max_doc())).sum::<u64>()
            + self.tails().map(Tail::len).sum::<u64>();
        let mut tokens = [0; 2];
        for field in Field::BOTH {
            let mut sum = self.tails().map(|tail| tail.tokens(field)).sum();
            for segment in self.view.segment_readers() {
                sum += segment.inverted_index(self.index.fields.words[field as usize])?.total_num_tokens();
            }
            tokens[field as usize] = sum;
        }
        let mut stats = Stats::new(&self.index.fields, docs, tokens);
        let mut frequencies: FxHashMap<String, [u64; 2]> = FxHashMap::default();
        for word in words.iter_mut() {
            for term in &word.terms {
                if frequencies.contains_key(&term.text) {
                    continue;
                }
                let mut both = [0; 2];
                // Most brains have no tags to look in.
                for field in Field::BOTH.into_iter().filter(|field| tokens[*field as usize] > 0) {
                    both[field as usize] = self.view.doc_freq(&stats.term(field, &term.text))?
                        + self.tails().map(|tail| tail.frequency(field, &term.text)).sum::<u64>();
                }
                frequencies.insert(term.text.clone(), both);
            }
            let rarest = |term: &Term| {
                frequencies.get(&term.text).map(|both| both[0] + both[1]).filter(|frequency| *frequency > 0)
            };
            let whole = word.terms.first().and_then(rarest);
            if whole.is_some() {
                word.terms.retain(|term| !term.spare);
            }
            word.worth = whole
                .or_else(|| word.terms.iter().filter_map(rarest).min())
                .map_or(0.0, |frequency| rank::worth(frequency, docs));
        }
        words.retain(|word| word.worth > 0.0);
        if words.len() > MAX_WORDS {
            words.sort_by(|a, b| b.worth.total_cmp(&a.worth));
            words.truncate(MAX_WORDS);
        }
        let mut weights: FxHashMap<&str, f32> = FxHashMap::default();
        for term in words.iter().flat_map(|word| &word.terms) {
            let weight = weights.entry(&term.text).or_default();
            *weight = weight.max(term.weight);
        }
        let mut postings = 0;
        // In the order of the words, so that sums of floats do not depend on a hash.
        for term in words.iter().flat_map(|word| &word.terms) {
            let Some(weight) = weights.remove(term.text.as_str()) else { continue };
            for field in Field::BOTH {
                let frequency = frequencies[&term.text][field as usize];
                if frequency > 0 {
                    postings += frequency;
                    stats.add(
                        field,
                        &term.text,
                        frequency,
                        weight * if field == Field::Tags { TAG_BOOST } else { 1.0 },
                    );
                }
            }
        }
        let mut found = FxHashMap::default();
        let mut outdated = FxHashSet::default();
        // The live tail first: what it says of a memory counts before what the frozen one says.
        for tail in self.tails() {
            for (key, wanted, score) in tail.search(&stats, filter) {
                if !outdated.contains(&key) {
                    found.entry(key).or_insert((score, wanted.kind, wanted.written));
                }
            }
            outdated.extend(tail.outdated());
        }
        let (index, view) = (self.index.clone(), self.view.clone());
        Ok(Prepared { index, view, stats, postings, outdated, found, newest: self.newest })
    }
}

impl Prepared {
    /// The best candidates of all layers: at least `limit` of all kinds and `limit` lessons, if there are so many, with
    /// their BM25 scores.
    pub(crate) fn candidates(
        mut self,
        filter: &Filter,
        period: Option<Period>,
        limit: usize,
    ) -> Result<Vec<(u128, f32)>, TantivyError> {
        let pool = limit + POOL;
        let mut of_the_time = HashSet::new();
        if self.view.num_docs() > 0 && self.stats.weights().next().is_some() {
            let mut from_index = self.search(filter, pool + self.outdated.len())?;
            if let Some(lessons) = filter.lessons().filter(|_| self.has_lessons()) {
                from_index.extend(self.search(&lessons, limit + self.outdated.len())?);
            }
            if let Some(within) = period.and_then(|period| filter.within(period)) {
                let found = self.search(&within, limit + self.outdated.len())?;
                of_the_time.extend(found.iter().map(|(key, _)| *key));
                from_index.extend(found);
            }
            for (key, score) in from_index {
                if !self.outdated.contains(&key) {
                    // The kind matters below for tails only: of the index all that was asked for is kept.
                    self.found.entry(key).or_insert((score, Kind::Lesson, 0));
                }
            }
        }
        let mut all: Vec<_> = self.found.into_iter().collect();
        let best_first = |(a, (x, ..)): &(u128, Found), (b, (y, ..)): &(u128, Found)| y.total_cmp(x).then(b.cmp(a));
        if all.len() > pool {
            // A common word is in most of the tail: what will not be kept is not sorted either.
            all.select_nth_unstable_by(pool, best_first);
            let mut rest = all.split_off(pool);
            rest.retain(|(key, (_, kind, written))| {
                *kind == Kind::Lesson || of_the_time.contains(key) || period.is_some_and(|period| period.has(*written))
            });
            all.append(&mut rest);
        }
        all.sort_unstable_by(best_first);
        let mut lessons = 0;
        let mut place = 0;
        all.retain(|(key, (_, kind, written))| {
            place += 1;
            lessons += usize::from(*kind == Kind::Lesson);
            place <= pool
                || (*kind == Kind::Lesson && lessons <= 2 * pool)
                || of_the_time.contains(key)
                || period.is_some_and(|period| period.has(*written))
        });
        Ok(all.into_iter().map(|(key, (score, ..))| (key, score)).collect())
    }

    /// Whether the index has any lesson at all: a search for them costs as much as that for everything else.
    fn has_lessons(&self) -> bool {
        let lessons = tantivy::Term::from_field_u64(self.index.fields.kind, Kind::Lesson as u64);
        self.view.doc_freq(&lessons).map_or(true, |many| many > 0)
    }

    fn search(&self, filter: &Filter, limit: usize) -> Result<Vec<(u128, f32)>, TantivyError> {
        let word = |(field, text, boost): (Field, &str, f32)| -> Box<dyn TantivyQuery> {
            let query = Box::new(TermQuery::new(self.stats.term(field, text), IndexRecordOption::WithFreqs));
            if boost == 1.0 { query } else { Box::new(BoostQuery::new(query, boost)) }
        };
        let any: Box<dyn TantivyQuery> = Box::new(BooleanQuery::union(self.stats.boosts().map(word).collect()));
        let mut clauses = filter.clauses(&self.index.fields);
        let query: Box<dyn TantivyQuery> = if clauses.is_empty() {
            any
        } else {
            clauses.push((Occur::Must, any));
            Box::new(BooleanQuery::new(clauses))
        };
        let top = TopDocs::with_limit(limit.max(1));
        let found: Vec<(f32, DocAddress)> = if self.postings <= EXHAUSTIVE {
            let newest = self.newest;
            let columns = self.view.all_columns();
            let recent_first = top.tweak_score(move |segment: &SegmentReader| {
                let name = segment.segment_id();
                let columns = columns.iter().find(|(known, _)| *known == name).map(|(_, columns)| columns.clone());
                move |doc: DocId, score: f32| {
                    let touched = columns.as_ref().map_or(0, |columns| columns.touched(doc));
                    (score * (1.0 + rank::recency(newest, touched)), score)
                }
            });
            let found = self.view.search_with_statistics_provider(&*query, &recent_first, &self.stats)?;
            found.into_iter().map(|((_, score), doc)| (score, doc)).collect()
        } else {
            self.view.search_with_statistics_provider(&*query, &top.order_by_score(), &self.stats)?
        };
        let key = |doc: DocAddress| self.view.columns(doc.segment_ord).key(doc.doc_id);
        Ok(found.into_iter().map(|(score, doc)| (key(doc), score)).collect())
    }
}
