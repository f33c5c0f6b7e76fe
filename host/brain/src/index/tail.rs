//! The tail: changes that the index has not taken in yet, searchable in memory.
//!
//! It keeps postings as the index does, and scores with the index's own BM25 function over the statistics of both, so a
//! memory has the same score before and after the index takes it in.

use crate::index::{Field, Stats};
use crate::recall::search::{Filter, Wanted};
use crate::store::record::Record;
use crate::store::tables::Change;
use crate::text::{self, Language};
use std::collections::{HashMap, HashSet};
use tantivy::fieldnorm::FieldNormReader;

/// Postings of the changes since some sequence.
#[derive(Debug)]
pub(crate) struct Tail {
    language: Language,
    docs: Vec<Doc>,
    /// The living document of an id.
    places: HashMap<u128, u32>,
    postings: [Postings; 2],
    tokens: [u64; 2],
    /// What older layers say of these ids no longer counts.
    outdated: HashSet<u128>,
    /// Changes taken in, and the bytes of their text.
    changes: usize,
    bytes: usize,
}

/// Term → (document, count).
type Postings = HashMap<Box<str>, Vec<(u32, u32)>>;

#[derive(Debug)]
struct Doc {
    key: u128,
    alive: bool,
    wanted: Wanted,
    norms: [u8; 2],
}

impl Tail {
    pub(crate) fn new(language: Language) -> Tail {
        Tail {
            language,
            docs: Vec::new(),
            places: HashMap::new(),
            postings: Default::default(),
            tokens: [0; 2],
            outdated: HashSet::new(),
            changes: 0,
            bytes: 0,
        }
    }

    /// An empty tail in its place; answers with this one.
    pub(crate) fn take_all(&mut self) -> Tail {
        let empty = Tail::new(self.language);
        std::mem::replace(self, empty)
    }

    /// Takes in one change; `record` is none when the memory is gone.
    pub(crate) fn take(&mut self, key: u128, change: Change, record: Option<&Record>) {
        self.changes += 1;
        if let Some(place) = self.places.remove(&key) {
            self.docs[place as usize].alive = false;
        }
        if change != Change::New {
            self.outdated.insert(key);
        }
        let Some(record) = record.filter(|record| record.current()) else { return };
        let place = self.docs.len() as u32;
        let mut norms = [0; 2];
        for field in Field::BOTH {
            let mut counts: HashMap<Box<str>, u32> = HashMap::new();
            let mut length = 0u32;
            let mut count = |term: &str| {
                length += 1;
                match counts.get_mut(term) {
                    Some(count) => *count += 1,
                    None => {
                        counts.insert(term.into(), 1);
                    }
                }
            };
            match field {
                Field::Text => record.pieces().for_each(|piece| text::each_term(self.language, piece, &mut count)),
                Field::Tags => record.tags.iter().for_each(|tag| text::each_term(self.language, tag, &mut count)),
            }
            for (term, count) in counts {
                self.postings[field as usize].entry(term).or_default().push((place, count));
            }
            self.tokens[field as usize] += u64::from(length);
            norms[field as usize] = FieldNormReader::fieldnorm_to_id(length);
        }
        self.bytes += record.pieces().map(str::len).sum::<usize>();
        self.docs.push(Doc { key, alive: true, wanted: Wanted::of(record), norms });
        self.places.insert(key, place);
    }

    pub(crate) fn changes(&self) -> usize {
        self.changes
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The memories of which what older layers say no longer counts.
    pub(crate) fn outdated(&self) -> impl Iterator<Item = u128> {
        self.outdated.iter().copied()
    }

    /// How many documents it holds, dead ones included, as the index counts too.
    pub(crate) fn len(&self) -> u64 {
        self.docs.len() as u64
    }

    pub(crate) fn tokens(&self, field: Field) -> u64 {
        self.tokens[field as usize]
    }

    pub(crate) fn frequency(&self, field: Field, term: &str) -> u64 {
        self.postings[field as usize].get(term).map_or(0, |postings| postings.len() as u64)
    }

    /// All living documents that pass the filter and hold any of the terms, with their scores.
    pub(crate) fn search<'t>(
        &'t self,
        stats: &Stats,
        filter: &'t Filter,
    ) -> impl Iterator<Item = (u128, &'t Wanted, f32)> {
        let mut scores = vec![0f32; self.docs.len()];
        for (field, term, weight) in stats.weights() {
            for (place, count) in self.postings[field as usize].get(term).into_iter().flatten() {
                let doc = &self.docs[*place as usize];
                if doc.alive {
                    scores[*place as usize] += weight.score(doc.norms[field as usize], *count);
                }
            }
        }
        let found = self.docs.iter().zip(scores).filter(|(doc, score)| *score > 0.0 && filter.admits(&doc.wanted));
        found.map(|(doc, score)| (doc.key, &doc.wanted, score))
    }
}
