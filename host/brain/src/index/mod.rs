//! The tantivy index, and the tail before it.
//!
//! Files: [`tail`] what the index has not taken in yet, [`flush`] how it keeps up, [`columns`] what it knows besides words; here, the
//! index: its schema, how it is opened, checked and written. All of it can be made again from the database.
//!
//! Each commit bears a note: which brain it belongs to, the last change taken in, that change's memory, and how many
//! documents are alive. An index whose note, checksums or counts do not fit is not repaired: it is unfit, and made
//! anew.

pub(crate) mod columns;
pub(crate) mod flush;
pub(crate) mod tail;

pub(crate) use columns::View;

use crate::store::record::Record;
use crate::text::{self, Cutter, Language};
use rustc_hash::FxHashMap;
use std::fs;
use std::path::{Path, PathBuf};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::query::{Bm25StatisticsProvider, Bm25Weight};
use tantivy::schema::{IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer};
use tantivy::{IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, TantivyError, Term};

/// The version of the schema and of the analysis of words: a new number makes every index be built anew at the next
/// open.
const VERSION: u32 = 3;
const HEAP: usize = 15_000_000;
const ANALYZER: &str = "loket";

/// The fields that words are looked up in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Field {
    Text = 0,
    Tags = 1,
}

impl Field {
    pub(crate) const BOTH: [Field; 2] = [Field::Text, Field::Tags];
}

/// The handles of the schema's fields, in its order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields {
    pub(crate) words: [tantivy::schema::Field; 2],
    pub(crate) kind: tantivy::schema::Field,
    pub(crate) tag: tantivy::schema::Field,
    pub(crate) conversation: tantivy::schema::Field,
    high: tantivy::schema::Field,
    low: tantivy::schema::Field,
    pub(crate) written: tantivy::schema::Field,
    touched: tantivy::schema::Field,
    pub(crate) label: tantivy::schema::Field,
}

/// The names of the columns that a search reads.
pub(crate) const HIGH: &str = "id-high";
pub(crate) const LOW: &str = "id-low";
pub(crate) const WRITTEN: &str = "written";
pub(crate) const TOUCHED: &str = "touched";

fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let words = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default().set_tokenizer(ANALYZER).set_index_option(IndexRecordOption::WithFreqs),
    );
    let raw = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_index_option(IndexRecordOption::Basic)
            .set_fieldnorms(false),
    );
    let fields = Fields {
        words: [schema.add_text_field("text", words.clone()), schema.add_text_field("tags", words)],
        kind: schema.add_u64_field("kind", NumericOptions::default().set_indexed()),
        tag: schema.add_text_field("tag", raw.clone()),
        conversation: schema.add_text_field("conversation", raw),
        high: schema.add_u64_field(HIGH, NumericOptions::default().set_fast()),
        low: schema.add_u64_field(LOW, NumericOptions::default().set_fast()),
        written: schema.add_u64_field(WRITTEN, NumericOptions::default().set_fast()),
        touched: schema.add_u64_field(TOUCHED, NumericOptions::default().set_fast()),
        label: schema.add_u64_field("label", NumericOptions::default().set_indexed()),
    };
    (schema.build(), fields)
}

/// What a commit says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) language: Language,
    pub(crate) brain: u128,
    pub(crate) sequence: u64,
    /// The memory of the change with that sequence: another history has another one.
    pub(crate) memory: u128,
    pub(crate) alive: u64,
}

impl Note {
    fn write(&self) -> String {
        let Note { language, brain, sequence, memory, alive } = self;
        let words = format!("loket-brain {VERSION} {language} {brain:x} {sequence} {memory:x} {alive}");
        let seal = blake3::hash(words.as_bytes()).to_hex();
        format!("{words} {}", &seal[..16])
    }

    fn read(text: &str) -> Option<Note> {
        let mut words = text.split(' ').skip(2);
        let language = words.next()?.parse().ok()?;
        let brain = u128::from_str_radix(words.next()?, 16).ok()?;
        let sequence = words.next()?.parse().ok()?;
        let memory = u128::from_str_radix(words.next()?, 16).ok()?;
        let alive = words.next()?.parse().ok()?;
        let note = Note { language, brain, sequence, memory, alive };
        // Also checks the version and the seal.
        (note.write() == text).then_some(note)
    }
}

/// Why an index cannot be used.
pub(crate) type Unfit = String;

/// An index on disk, open for reading.
pub(crate) struct Index {
    index: tantivy::Index,
    reader: IndexReader,
    pub(crate) fields: Fields,
    pub(crate) note: Note,
}

impl Index {
    /// Opens and checks an index: every file's checksum, the schema, the note, the counts.
    pub(crate) fn open(path: &Path, language: Language) -> Result<Index, Unfit> {
        let path = path.to_owned();
        // What tantivy does not expect of a damaged file may be a panic.
        let opened = std::panic::catch_unwind(move || Index::open_checked(&path, language));
        opened.unwrap_or_else(|_| Err("reading it failed badly".to_owned()))
    }

    fn open_checked(path: &Path, language: Language) -> Result<Index, Unfit> {
        let words = |error: TantivyError| error.to_string();
        let index = tantivy::Index::open_in_dir(path).map_err(words)?;
        let (schema, fields) = schema();
        if index.schema() != schema {
            return Err("it has another schema".to_owned());
        }
        let meta = index.load_metas().map_err(words)?;
        let note = meta.payload.as_deref().and_then(Note::read).ok_or("it bears no valid note")?;
        if note.language != language {
            return Err(format!("its words are cut as in `{}`, and the agent speaks `{language}`", note.language));
        }
        for file in meta.list_segment_files() {
            if path.join(&file).exists()
                && !index.directory().validate_checksum(&file).map_err(|error| error.to_string())?
            {
                return Err(format!("the checksum of `{}` is wrong", file.display()));
            }
        }
        let (index, reader) = Index::prepare(index, language).map_err(words)?;
        let readable: u64 =
            reader.searcher().segment_readers().iter().map(|segment| u64::from(segment.num_docs())).sum();
        let stated: u64 = meta.segments.iter().map(|segment| u64::from(segment.num_docs())).sum();
        if readable != note.alive || stated != note.alive {
            return Err(format!("it holds {readable} memories and should hold {}", note.alive));
        }
        Ok(Index { index, reader, fields, note })
    }

    /// Makes an empty index in place of whatever is there.
    pub(crate) fn create(path: &Path, language: Language) -> Result<Index, TantivyError> {
        remove(path)?;
        fs::create_dir_all(path)?;
        let (schema, fields) = schema();
        let (index, reader) = Index::prepare(tantivy::Index::create_in_dir(path, schema)?, language)?;
        let note = Note { language, brain: 0, sequence: 0, memory: 0, alive: 0 };
        Ok(Index { index, reader, fields, note })
    }

    fn prepare(index: tantivy::Index, language: Language) -> Result<(tantivy::Index, IndexReader), TantivyError> {
        index.tokenizers().register(ANALYZER, TextAnalyzer::builder(Analyzer::new(language)).build());
        // The default policy watches the folder with a thread; a brain knows itself when it commits.
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok((index, reader))
    }

    pub(crate) fn view(&self) -> Result<View, TantivyError> {
        View::of(self.reader.searcher())
    }

    pub(crate) fn reload(&self) -> Result<View, TantivyError> {
        self.reader.reload()?;
        self.view()
    }

    /// A writer takes megabytes and threads: have one only while writing.
    pub(crate) fn writer(&self) -> Result<IndexWriter, TantivyError> {
        let options = IndexWriterOptions::builder()
            .num_worker_threads(1)
            .num_merge_threads(1)
            .memory_budget_per_thread(HEAP)
            .build();
        let writer: IndexWriter = self.index.writer_with_options(options)?;
        let mut policy = LogMergePolicy::default();
        // A segment with many forgotten memories is rewritten, so that their words leave the disk.
        policy.set_del_docs_ratio_before_merge(0.1);
        writer.set_merge_policy(Box::new(policy));
        Ok(writer)
    }

    /// Commits what the writer holds, under a note.
    pub(crate) fn commit(writer: &mut IndexWriter, note: Note) -> Result<(), TantivyError> {
        let mut prepared = writer.prepare_commit()?;
        prepared.set_payload(&note.write());
        prepared.commit()?;
        Ok(())
    }

    /// The document of a memory.
    pub(crate) fn document(&self, key: u128, record: &Record) -> TantivyDocument {
        let fields = &self.fields;
        let mut document = TantivyDocument::new();
        for piece in record.pieces() {
            document.add_text(fields.words[Field::Text as usize], piece);
        }
        for tag in &record.tags {
            document.add_text(fields.words[Field::Tags as usize], tag);
            document.add_text(fields.tag, text::tag(tag));
        }
        if let Some(conversation) = &record.conversation {
            document.add_text(fields.conversation, conversation);
        }
        document.add_u64(fields.kind, u64::from(record.kind));
        document.add_u64(fields.high, (key >> 64) as u64);
        document.add_u64(fields.low, key as u64);
        document.add_u64(fields.written, record.written);
        document.add_u64(fields.touched, record.touched);
        for label in record.labels().each() {
            document.add_u64(fields.label, label);
        }
        document
    }
}

/// Removes a folder, or a file in its place.
pub(crate) fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => fs::remove_file(path),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Where a brain's index is.
pub(crate) fn folder(brain: &Path) -> PathBuf {
    brain.join("index")
}

/// BM25's numbers over index and tail together, for the terms of one query.
pub(crate) struct Stats {
    docs: u64,
    tokens: [u64; 2],
    fields: [tantivy::schema::Field; 2],
    frequencies: FxHashMap<Term, u64>,
    weights: Vec<(Field, String, f32, Bm25Weight)>,
}

impl Stats {
    pub(crate) fn new(fields: &Fields, docs: u64, tokens: [u64; 2]) -> Stats {
        Stats { docs, tokens, fields: fields.words, frequencies: FxHashMap::default(), weights: Vec::new() }
    }

    pub(crate) fn term(&self, field: Field, term: &str) -> Term {
        Term::from_field_text(self.fields[field as usize], term)
    }

    /// Notes how often a term occurs, and how much it shall count.
    pub(crate) fn add(&mut self, field: Field, term: &str, frequency: u64, boost: f32) {
        let average = self.tokens[field as usize] as f32 / self.docs as f32;
        let weight = Bm25Weight::for_one_term_without_explain(frequency, self.docs, average).boost_by(boost);
        self.frequencies.insert(self.term(field, term), frequency);
        self.weights.push((field, term.to_owned(), boost, weight));
    }

    pub(crate) fn weights(&self) -> impl Iterator<Item = (Field, &str, &Bm25Weight)> {
        self.weights.iter().map(|(field, term, _, weight)| (*field, term.as_str(), weight))
    }

    pub(crate) fn boosts(&self) -> impl Iterator<Item = (Field, &str, f32)> {
        self.weights.iter().map(|(field, term, boost, _)| (*field, term.as_str(), *boost))
    }
}

impl Bm25StatisticsProvider for Stats {
    fn total_num_tokens(&self, field: tantivy::schema::Field) -> tantivy::Result<u64> {
        Ok(self.fields.iter().position(|known| *known == field).map_or(0, |at| self.tokens[at]))
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.docs)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        Ok(self.frequencies.get(term).copied().unwrap_or(0))
    }
}

/// [`Cutter`] as tantivy wants it.
#[derive(Clone)]
struct Analyzer {
    cutter: Cutter,
    /// The terms of a text one behind the other, and where each ends.
    terms: String,
    ends: Vec<usize>,
}

struct Tokens<'a> {
    terms: &'a str,
    ends: &'a [usize],
    at: usize,
    token: Token,
}

impl Analyzer {
    fn new(language: Language) -> Analyzer {
        Analyzer { cutter: Cutter::new(language), terms: String::new(), ends: Vec::new() }
    }
}

impl Tokenizer for Analyzer {
    type TokenStream<'a> = Tokens<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Tokens<'a> {
        let Analyzer { cutter, terms, ends } = self;
        terms.clear();
        ends.clear();
        cutter.each_term(text, |term| {
            terms.push_str(term);
            ends.push(terms.len());
        });
        Tokens { terms, ends, at: 0, token: Token::default() }
    }
}

impl TokenStream for Tokens<'_> {
    fn advance(&mut self) -> bool {
        let Some(end) = self.ends.get(self.at) else { return false };
        let start = self.at.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.token.text.clear();
        self.token.text.push_str(&self.terms[start..*end]);
        self.token.position = self.at;
        self.at += 1;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_with_any_character_changed_is_not_believed() {
        let text = Note { language: Language::default(), brain: 7, sequence: 12, memory: 99, alive: 4 }.write();
        assert!(Note::read(&text).is_some());
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            assert_eq!(String::from_utf8(bytes).ok().and_then(|text| Note::read(&text)), None, "byte {at}");
        }
    }
}
