//! Memories as older versions stored them, brought to today's shape, and tables of older formats. Nothing writes these any more.

use super::record::{Body, Record};
use crate::types::{Source, Timestamp};
use redb::TableDefinition;
use serde::Deserialize;

/// Of formats 1 and 2: kind and words, hashed → the memory that says just this.
pub(super) const TEXTS: TableDefinition<'static, u128, u128> = TableDefinition::new("texts");
/// The same of subject and attribute → the current fact about it.
pub(super) const CLAIMS: TableDefinition<'static, u128, u128> = TableDefinition::new("claims");

/// The version byte of the first records.
pub(crate) const VERSION: u8 = 1;

/// A memory of version 1: without further sources, a package, a pin, fading.
#[derive(Deserialize)]
struct First {
    kind: u8,
    body: FirstBody,
    tags: Vec<String>,
    conversation: Option<String>,
    written: Timestamp,
    touched: Timestamp,
    source: FirstSource,
    labels: u8,
    corrects: Option<u128>,
    superseded: Option<u128>,
    strength: u32,
}

#[derive(Deserialize)]
enum FirstBody {
    Plain(String),
    Lesson { right: String, wrong: String, borrowed: bool, applies: String },
}

#[derive(Deserialize)]
struct FirstSource {
    agent: String,
    turn: String,
    chain: String,
}

/// Reads a record of version 1, after its version byte.
pub(crate) fn decode(bytes: &[u8]) -> Result<Record, postcard::Error> {
    let First { kind, body, tags, conversation, written, touched, source, labels, corrects, superseded, strength } =
        postcard::from_bytes(bytes)?;
    let FirstSource { agent, turn, chain } = source;
    Ok(Record {
        kind,
        body: match body {
            FirstBody::Plain(text) => Body::Plain(text),
            FirstBody::Lesson { right, wrong, borrowed, applies } => Body::Lesson { right, wrong, borrowed, applies },
        },
        tags,
        conversation,
        written,
        touched,
        source: Source { agent, turn, chain, package: None },
        also: Vec::new(),
        labels,
        corrects,
        superseded,
        strength,
        pinned: false,
        faded: 0,
        alike: false,
        derived: Vec::new(),
    })
}
