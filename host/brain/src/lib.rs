//! An agent's memory: what it was told, what it learnt, found again by plain words.
//!
//! `redb` is the truth and `tantivy` the index. Before the truth is a log, on disk, of what was remembered last; before the index is a
//! tail, in memory, of what it has not taken in yet.
//!
//! ```text
//!   remember ──► group commit ──► brain.log ──fsync──► brain.redb, in memory ──► tail ──► acknowledged
//!                (one for all who wait)                    │                      │
//!                       one thread, for all brains of the process:                │
//!                       written out when the log is long or the brain rests       └──► index/, in batches
//!   correct, forget, edit, import … ──► group commit ──► brain.redb ──fsync──► tail ──► acknowledged
//!   recall ──► words ──► index + tail, one BM25 ──► brain.redb ──► order ──► hits
//! ```
//!
//! After a crash what is in the log only is done again, and an index that is deleted or damaged is made anew: an open takes milliseconds
//! either way, as each time that the database is written out it notes its free pages.
//!
//! # What is remembered
//!
//! A **fact** is held to be true, an **episode** happened, a **lesson** says what was wrong, what is right and when that applies, a
//! **skill** is a procedure that worked, with its tool calls. Every memory knows who wrote it in which turn with which component, when,
//! what its words met on their way (labels), how often it was confirmed, how often and when last it was an answer.
//!
//! * Words that differ in nothing that matters (case, punctuation, articles) are one memory: it gets stronger, and keeps who else said so.
//! * A fact that gives a new value to what an older one speaks of (`the door code is 9020`) supersedes it. The rules are plain and would
//!   rather miss a contradiction; what strangers' words led to never supersedes what they did not touch, and nothing what is pinned.
//! * A correction writes a lesson and supersedes the mistake. The same mistake again, corrected or remembered, strengthens the lesson and
//!   stays a mistake.
//!
//! Superseded memories are kept and can be read; they are never an answer.
//!
//! # The order of an answer
//!
//! 1. Words that say when (`last week`, `in May 2024`) are resolved to a stretch of time; as words they count 0.4 from then on.
//! 2. A question is cut into words as memories are, and stemmed in the agent's language. Stop words are left out if any other word is
//!    there. A word is looked for as a whole, stemmed, and, where it is joined (`10.0.0.5`, `mail.example.org`, `getUserName`), by its
//!    parts too, which count less. Chinese, Japanese and the like are cut into characters and pairs. What has any of the words is a
//!    candidate.
//! 3. A candidate's relevance is BM25 over text and tags, a tag counting half as much again. The six best lend 0.35 of it to the memories
//!    beside them in their conversation: an answer often stands after the utterance that has the question's words.
//! 4. Its score is relevance × (1 + recency + strength + usage) × 0.85 for each step that it faded. Recency is at most 0.15, half of it
//!    at an age of 30 days, measured from the newest memory and not from a clock; strength is at most 0.10, at 32 confirmations; usage at
//!    most 0.05, at 31 uses.
//! 5. A lesson that has at least half of what the question says, each known word weighed by how rare it is, comes before everything else.
//!    Then comes what is of the time that was asked for, then the rest. Equals come newest first.
//! 6. With vectors, relevance is the sum of 60 / (60 + place) over the places by words and by likeness (reciprocal rank fusion).
//! 7. Without words the newest memories are the answer, of the time that was asked for.
//!
//! Each hit says [why](Why) it is there.
//!
//! # Dreaming
//!
//! In idle time [`Brain::dream`] merges what says nearly the same, draws an insight from mistakes that recur (four times or more), lets
//! fade what was not used for a season, a step each season and four at most, and summarises runs of twelve episodes or more of a
//! conversation that has ended, by the caller's model or by choosing sentences. What is pinned stays as it is. Each dream is an entry in the
//! journal, of the last 200, and [`Brain::undo`] takes it back. What a dream wrote is forgotten with what it was drawn from.
//!
//! # An export
//!
//! JSON Lines: one [`Entry`] a line, in the form that it has in the contract (names in kebab case, times in milliseconds since 1970).
//! [`Brain::import`] takes such lines, and lines with less: only `text` is needed.
//!
//! ```json
//! {"text": "the garden is watered at seven", "kind": "fact", "tags": ["garden"], "written": 1735689600000}
//! ```
//!
//! # The tables
//!
//! `brain.redb`, format 3; formats 1 and 2 are brought to it at open. All ids are the 128 bits of the ULID.
//!
//! | table | row | what for |
//! |---|---|---|
//! | `meta` | name → bytes | `format`, `brain` (a random number, which the index bears too), `bytes` (of the quota), `stale` (there is something to purge), `loose` (so much came at once), `named` (the last number of a name), `logged` (the number of the last transaction) |
//! | `memories` | id → memory, packed | the truth; a version byte, then what is not as usual, then the words |
//! | `names` | number → who wrote (agent, chain, component), a conversation, a tag | what many memories bear is kept once |
//! | `numbers` | hash of a name → (its number, how often it is borne) | a name that nothing bears any more goes |
//! | `bearers` | (number of a conversation or a tag; id) | neighbours, and recalls without words |
//! | `facets` | (kind of lessons and skills, what it was merged into or drawn from; id) | lists, and what goes with a memory |
//! | `sayings` | half a hash of kind and words → id | the same words again strengthen |
//! | `holders` | half a hash of subject and attribute → fact | a new value supersedes the old |
//! | `lessons` | mistake → lesson | the same mistake again strengthens |
//! | `wrongs` | hash of wrong words → lesson | the same, for a mistake told in words |
//! | `uses` | id → (count, last) | what was an answer |
//! | `vectors` | id → model, numbers | what is near by meaning |
//! | `journal` | number → dream | the way back |
//! | `changes` | sequence → (id, what) | what the index lacks, and the last change that it has |
//! | `forgotten` | id → time | that something was forgotten, and nothing else of it |
//! | `erasing` | id → words | what is forgotten and may still be found outside, with [`Options::erasing`] only |
//!
//! `brain.log` is empty in a brain that is closed. It is a row of frames, one for each group commit: length (u32), number (u64), half of the
//! BLAKE3 of the brain's number, the frame's number and the body, then the body: ids and whole records, in postcard, which need no names.
//! So are those in the journal. Transactions that go to the
//! database itself have numbers of the same row, so that a log fits one moment of the database only. A frame at the end that is
//! not whole was never acknowledged; one in the middle is told as damage.
//!
//! What comes at once, by an import or a migration, leaves free pages. They are taken out when the brain is closed, and the next time that
//! it rests the file is written anew, while others read and write.
//!
//! The index's commit notes the last change in it, that change's memory and the language. An index whose note does not fit the
//! database, whose files' checksums are wrong or whose counts are, is thrown away and built anew.
//!
//! # The folders, in reading order
//!
//! * `types` what callers write and read; `id` names, `error`, `options`, `limits` the bounds of arguments, `private` who may read the files
//! * `brain` all of it behind one type: opening, the calls, commits; `background` what is done when nobody waits
//! * `store` the truth: records, tables, the log, what writes do, facts that replace facts, lessons, what was used
//! * `text` from text to terms: languages, words that say nothing, words that say when
//! * `index` where terms are looked up: the index, the tail before it, how the one takes the other in
//! * `recall` from a question to an answer: search, the order, neighbours, vectors
//! * `care` what an owner does: edit, export, snapshots, the way back, purging, dreams; and the file made small

mod background;
mod brain;
mod care;
mod error;
mod id;
mod index;
mod limits;
mod options;
mod private;
mod recall;
mod store;
mod text;
mod types;

pub use brain::Brain;
pub use care::dream::{Dreaming, Summarise, Task as SummaryTask};
pub use error::BrainError;
pub use id::MemoryId;
pub use options::{OnProgress, Options, Progress, Stage};
pub use recall::{Meaning, tokens};
pub use text::{Language, UnknownLanguage};
pub use types::{
    Change, Correction, Deed, DeedKind, Difference, Draft, Dream, Entry, Hit, Imported, JournalEntry, Kind, Labels,
    Lesson, Lines, MemoryText, Origin, Page, Period, Purged, Query, Revision, SnapshotInfo, Source, Standing, Step,
    Timestamp, Usage, Why,
};
