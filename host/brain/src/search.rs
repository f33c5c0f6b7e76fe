//! From words to candidates: index and tail searched together, as of one moment.

use crate::index::{Field, Fields, HIGH, Index, LOW, Stats, WRITTEN};
use crate::rank;
use crate::record::Record;
use crate::tail::Tail;
use crate::types::{Kind, Query, Timestamp};
use crate::words::{self, Term};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, ConstScoreQuery, Occur, Query as TantivyQuery, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocId, Searcher, SegmentReader, TantivyError};

/// A query looks for at most so many words; of more, the rarest.
const MAX_WORDS: usize = 48;
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
}

impl Wanted {
    pub(crate) fn of(record: &Record) -> Wanted {
        Wanted {
            kind: record.kind(),
            tags: record.tags.iter().map(|tag| words::tag(tag)).collect(),
            conversation: record.conversation.as_deref().map(Arc::from),
        }
    }
}

/// Which memories a query wants at all.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    pub(crate) kinds: Vec<Kind>,
    pub(crate) tags: Vec<String>,
    pub(crate) conversation: Option<String>,
}

impl Filter {
    pub(crate) fn of(query: &Query) -> Filter {
        let tags = query.tags.iter().map(|tag| words::tag(tag)).collect();
        Filter { kinds: query.kinds.clone(), tags, conversation: query.conversation.clone() }
    }

    /// Memories of one kind, whatever else they are.
    pub(crate) fn kind(kind: Kind) -> Filter {
        Filter { kinds: vec![kind], tags: Vec::new(), conversation: None }
    }

    pub(crate) fn admits(&self, wanted: &Wanted) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&wanted.kind))
            && self.tags.iter().all(|tag| wanted.tags.contains(tag))
            && self.conversation.as_deref().is_none_or(|wish| wanted.conversation.as_deref() == Some(wish))
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
        let silent = |query| Box::new(ConstScoreQuery::new(query, 0.0)) as Box<dyn TantivyQuery>;
        all.into_iter().map(|query| (Occur::Must, silent(query))).collect()
    }
}

/// A word that a query asks for.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) written: String,
    pub(crate) terms: Vec<Term>,
    /// How much it says: its inverse document frequency; 0 when no memory has it.
    pub(crate) worth: f32,
}

/// The words of a question that say something; all of them when none does.
pub(crate) fn asked(text: &str) -> Vec<Asked> {
    let mut all = words::words(text);
    if all.iter().any(|word| !word.stop) {
        all.retain(|word| !word.stop);
    }
    let mut seen = HashSet::new();
    all.retain(|word| word.terms.first().is_some_and(|term| seen.insert(term.text.clone())));
    let unique = |mut terms: Vec<Term>| {
        let mut seen = HashSet::new();
        terms.retain(|term| seen.insert(term.text.clone()));
        terms
    };
    all.into_iter().map(|word| Asked { written: word.written, terms: unique(word.terms), worth: 0.0 }).collect()
}

/// The index and what it has not taken in yet. Older layers first: index, frozen, live.
pub(crate) struct Layers {
    pub(crate) index: Arc<Index>,
    pub(crate) searcher: Searcher,
    /// What the index is taking in just now.
    pub(crate) frozen: Option<Tail>,
    pub(crate) live: Tail,
    /// The time of the newest memory: what recency is measured from, so that an answer depends on the memories alone.
    pub(crate) newest: Timestamp,
}

/// What a search needs after the layers are released.
pub(crate) struct Prepared {
    index: Arc<Index>,
    searcher: Searcher,
    stats: Stats,
    postings: u64,
    outdated: HashSet<u128>,
    /// Candidates from the tails.
    found: HashMap<u128, (f32, Kind)>,
    pub(crate) newest: Timestamp,
}

impl Layers {
    fn tails(&self) -> impl Iterator<Item = &Tail> {
        [Some(&self.live), self.frozen.as_ref()].into_iter().flatten()
    }

    /// Looks the words up in all layers, and searches the tails. Sets the worth of each word; keeps the rarest.
    pub(crate) fn prepare(&self, words: &mut Vec<Asked>, filter: &Filter) -> Result<Prepared, TantivyError> {
        let docs = self.searcher.segment_readers().iter().map(|segment| u64::from(segment.max_doc())).sum::<u64>()
            + self.tails().map(Tail::len).sum::<u64>();
        let mut tokens = [0; 2];
        for field in Field::BOTH {
            let mut sum = self.tails().map(|tail| tail.tokens(field)).sum();
            for segment in self.searcher.segment_readers() {
                sum += segment.inverted_index(self.index.fields.words[field as usize])?.total_num_tokens();
            }
            tokens[field as usize] = sum;
        }
        let mut stats = Stats::new(&self.index.fields, docs, tokens);
        let mut frequencies: HashMap<String, [u64; 2]> = HashMap::new();
        for word in words.iter_mut() {
            for term in &word.terms {
                if frequencies.contains_key(&term.text) {
                    continue;
                }
                let mut both = [0; 2];
                for field in Field::BOTH {
                    both[field as usize] = self.searcher.doc_freq(&stats.term(field, &term.text))?
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
        let mut weights: HashMap<&str, f32> = HashMap::new();
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
        let mut found = HashMap::new();
        let mut outdated = HashSet::new();
        // The live tail first: what it says of a memory counts before what the frozen one says.
        for tail in self.tails() {
            for (key, wanted, score) in tail.search(&stats, filter) {
                if !outdated.contains(&key) {
                    found.entry(key).or_insert((score, wanted.kind));
                }
            }
            outdated.extend(tail.outdated());
        }
        let (index, searcher) = (self.index.clone(), self.searcher.clone());
        Ok(Prepared { index, searcher, stats, postings, outdated, found, newest: self.newest })
    }
}

impl Prepared {
    /// The best candidates of all layers: at least `limit` of all kinds and `limit` lessons, if there are so many, with
    /// their BM25 scores.
    pub(crate) fn candidates(mut self, filter: &Filter, limit: usize) -> Result<Vec<(u128, f32)>, TantivyError> {
        let pool = 2 * limit + 16;
        if self.searcher.num_docs() > 0 && self.stats.weights().next().is_some() {
            let mut from_index = self.search(filter, pool + self.outdated.len())?;
            if let Some(lessons) = filter.lessons() {
                from_index.extend(self.search(&lessons, limit + self.outdated.len())?);
            }
            for (key, score) in from_index {
                if !self.outdated.contains(&key) {
                    // The kind matters below for tails only: of the index all that was asked for is kept.
                    self.found.entry(key).or_insert((score, Kind::Lesson));
                }
            }
        }
        let mut all: Vec<_> = self.found.into_iter().collect();
        all.sort_by(|(a, (x, _)), (b, (y, _))| y.total_cmp(x).then(b.cmp(a)));
        let mut lessons = 0;
        let mut place = 0;
        all.retain(|(_, (_, kind))| {
            place += 1;
            lessons += usize::from(*kind == Kind::Lesson);
            place <= pool || (*kind == Kind::Lesson && lessons <= 2 * pool)
        });
        Ok(all.into_iter().map(|(key, (score, _))| (key, score)).collect())
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
            let recent_first = top.tweak_score(move |segment: &SegmentReader| {
                let column = segment.fast_fields().u64(WRITTEN).ok().map(|column| column.first_or_default_col(0));
                move |doc: DocId, score: f32| {
                    let written = column.as_ref().map_or(0, |column| column.get_val(doc));
                    (score * (1.0 + rank::recency(newest, written)), score)
                }
            });
            let found = self.searcher.search_with_statistics_provider(&*query, &recent_first, &self.stats)?;
            found.into_iter().map(|((_, score), doc)| (score, doc)).collect()
        } else {
            self.searcher.search_with_statistics_provider(&*query, &top.order_by_score(), &self.stats)?
        };
        let mut columns = HashMap::new();
        let mut keys = Vec::with_capacity(found.len());
        for (score, doc) in found {
            let (high, low) = match columns.entry(doc.segment_ord) {
                std::collections::hash_map::Entry::Occupied(pair) => pair.into_mut(),
                std::collections::hash_map::Entry::Vacant(place) => {
                    let fast = self.searcher.segment_reader(doc.segment_ord).fast_fields();
                    place.insert((fast.u64(HIGH)?.first_or_default_col(0), fast.u64(LOW)?.first_or_default_col(0)))
                }
            };
            keys.push((u128::from(high.get_val(doc.doc_id)) << 64 | u128::from(low.get_val(doc.doc_id)), score));
        }
        Ok(keys)
    }
}
