//! An agent's memory: what it was told, what it learnt, found again by plain words.
//!
//! `redb` is the truth and `tantivy` the index; between them is a tail, in memory, of what the index has not taken in
//! yet.
//!
//! ```text
//!   remember ──► group commit ──► brain.redb ──fsync──► tail ──► acknowledged
//!                (one for all who wait)                   │
//!                                  one thread, in batches └──► index/     deleted or damaged: made anew from brain.redb
//!   recall ──► words ──► index + tail, one BM25 ──► brain.redb ──► order ──► hits
//! ```
//!
//! # The order of an answer
//!
//! 1. A question is cut into words as memories are. Stop words are left out if any other word is there. A word is
//!    looked for as a whole, stemmed, and, where it is joined (`10.0.0.5`, `mail.example.org`, `getUserName`), by its
//!    parts too, which count less. A memory that has any of the words is a candidate.
//! 2. Candidates are scored by BM25 over text and tags (a tag counts half as much again), multiplied by 1 + a gain by
//!    recency (at most 0.15, halved at an age of 30 days, measured from the newest memory and not from a clock) + a
//!    gain by strength (at most 0.10, at 32 confirmations).
//! 3. A lesson that has at least half of what the question says, each known word weighed by how rare it is, comes
//!    before everything else. Other lessons take the place that their score gives them.
//! 4. Superseded memories are never an answer. Equals come newest first. Without words, the newest memories are the
//!    answer.
//!
//! # The tables
//!
//! `brain.redb`, format 1. All ids are the 128 bits of the ULID.
//!
//! | table | row | what for |
//! |---|---|---|
//! | `meta` | name → bytes | `format`, `brain` (a random number, which the index bears too), `bytes` (used) |
//! | `memories` | id → record | the truth; a version byte, then postcard |
//! | `facets` | (kind, conversation or tag; id) | lists, and recalls without words, newest first |
//! | `texts` | hash of kind and words → id | the same words again strengthen |
//! | `lessons` | mistake → lesson | the same mistake again strengthens |
//! | `wrongs` | hash of wrong words → lesson | the same, for a mistake told in words |
//! | `changes` | sequence → (id, what) | what the index lacks, and the last change that it has |
//! | `forgotten` | id → time | that something was forgotten, and nothing else of it |
//!
//! The index's commit notes the last change in it and that change's memory. An index whose note does not fit the
//! database, whose files' checksums are wrong or whose counts are, is thrown away and built anew.
//!
//! # The files, in reading order
//!
//! * `types` what callers write and read, `id` names, `error`, `options`, `limits` the bounds of arguments, `private` who may
//!   read the files
//! * `record` a memory as stored, `tables` where
//! * `apply` what writes do, `correct` lessons, `group` many writers in one transaction
//! * `words` from text to terms, `stop` words that say nothing
//! * `tail` and `index` where terms are looked up, `search` both together, `rank` the order, `recall` the whole way
//! * `list` newest first, `flush` how the index keeps up, `snapshot` a copy of one moment, `brain` all of it behind one type

mod apply;
mod brain;
mod correct;
mod error;
mod flush;
mod group;
mod id;
mod index;
mod limits;
mod list;
mod options;
mod private;
mod rank;
mod recall;
mod record;
mod search;
mod snapshot;
mod stop;
mod tables;
mod tail;
mod types;
mod words;

pub use brain::Brain;
pub use error::BrainError;
pub use id::MemoryId;
pub use options::{OnProgress, Options, Progress};
pub use types::{Correction, Draft, Entry, Hit, Kind, Labels, Origin, Page, Query, Source, Standing, Timestamp};
