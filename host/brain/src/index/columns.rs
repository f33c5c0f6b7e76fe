//! What the index knows of a document besides its words, and documents by the ids of their memories.
//!
//! No term names an id: terms that each occur once would be a third of the index, and of the time to make it. To find some documents by
//! id takes one pass over a column, which a flush makes for all of its changes together.

use super::{HIGH, LOW, TOUCHED};
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use tantivy::columnar::ColumnValues;
use tantivy::index::SegmentId;
use tantivy::query::{ConstScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::{DocId, DocSet, Searcher, SegmentReader, TERMINATED, TantivyError};

/// The columns of a segment, open.
#[derive(Clone)]
pub(crate) struct Columns {
    high: Arc<dyn ColumnValues<u64>>,
    low: Arc<dyn ColumnValues<u64>>,
    touched: Arc<dyn ColumnValues<u64>>,
}

impl Columns {
    fn of(segment: &SegmentReader) -> Result<Columns, TantivyError> {
        let column = |name| Ok::<_, TantivyError>(segment.fast_fields().u64(name)?.first_or_default_col(0));
        Ok(Columns { high: column(HIGH)?, low: column(LOW)?, touched: column(TOUCHED)? })
    }

    /// The id of a document's memory.
    pub(crate) fn key(&self, doc: DocId) -> u128 {
        u128::from(self.high.get_val(doc)) << 64 | u128::from(self.low.get_val(doc))
    }

    /// When the memory was last written or confirmed.
    pub(crate) fn touched(&self, doc: DocId) -> u64 {
        self.touched.get_val(doc)
    }
}

/// An index as of one commit, with its columns opened once for all searches.
#[derive(Clone)]
pub(crate) struct View {
    searcher: Searcher,
    columns: Arc<[(SegmentId, Columns)]>,
}

impl View {
    pub(crate) fn of(searcher: Searcher) -> Result<View, TantivyError> {
        let segments = searcher.segment_readers().iter();
        let columns = segments.map(|segment| Ok((segment.segment_id(), Columns::of(segment)?)));
        let columns = columns.collect::<Result<Vec<_>, TantivyError>>()?.into();
        Ok(View { searcher, columns })
    }

    /// The columns of a segment, by its place.
    pub(crate) fn columns(&self, segment: u32) -> &Columns {
        &self.columns[segment as usize].1
    }

    /// The columns of all segments, by their names.
    pub(crate) fn all_columns(&self) -> Arc<[(SegmentId, Columns)]> {
        self.columns.clone()
    }

    /// How many living documents are of these memories.
    pub(crate) fn count(&self, keys: &Keys) -> Result<u64, TantivyError> {
        self.segment_readers().iter().map(|segment| Ok(u64::from(Weight::count(keys, segment)?))).sum()
    }
}

impl std::ops::Deref for View {
    type Target = Searcher;

    fn deref(&self) -> &Searcher {
        &self.searcher
    }
}

/// The documents of some memories.
#[derive(Clone)]
pub(crate) struct Keys(pub(crate) Arc<HashSet<u128>>);

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}

impl Query for Keys {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for Keys {
    fn scorer(&self, segment: &SegmentReader, boost: f32) -> tantivy::Result<Box<dyn Scorer>> {
        let columns = Columns::of(segment)?;
        let docs: Vec<DocId> = (0..segment.max_doc()).filter(|doc| self.0.contains(&columns.key(*doc))).collect();
        Ok(Box::new(ConstScorer::new(Docs { docs, at: 0 }, boost)))
    }

    fn explain(&self, _: &SegmentReader, _: DocId) -> tantivy::Result<Explanation> {
        Ok(Explanation::new("one of some memories", 1.0))
    }
}

/// Some documents of a segment, ascending.
struct Docs {
    docs: Vec<DocId>,
    at: usize,
}

impl DocSet for Docs {
    fn advance(&mut self) -> DocId {
        self.at += 1;
        self.doc()
    }

    fn doc(&self) -> DocId {
        self.docs.get(self.at).copied().unwrap_or(TERMINATED)
    }

    fn size_hint(&self) -> u32 {
        self.docs.len() as u32
    }
}
