//! Vectors: what is near by meaning. Optional; a brain without them lacks nothing else.
//!
//! The vectors of the current memories lie in a table and are compared one by one: exact, no index to keep, and for 100,000 memories of
//! 384 numbers some tens of milliseconds. A brain has vectors of one model at a time; those of another are not compared.

use crate::brain::Inner;
use crate::error::BrainError;
use crate::store::memories::readable;
use crate::store::record::Record;
use crate::store::tables::VECTORS;
use crate::types::MemoryText;
use redb::{ReadTransaction, ReadableTable};
use std::sync::Arc;

/// The longest vector that is kept.
const MOST_NUMBERS: usize = 4096;
/// So many vectors are written at a time.
const MOST_VECTORS: usize = 1000;

/// The vector of a question, and the model that made it.
#[derive(Debug, Clone, PartialEq)]
pub struct Meaning {
    /// The model: vectors of different models cannot be compared.
    pub model: String,
    /// The vector.
    pub vector: Vec<f32>,
}

/// A memory that is near.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Near {
    pub(crate) key: u128,
    likeness: f32,
}

/// As stored: eight bytes of the model's name's digest, then the numbers, scaled to length 1.
fn stored(model: &str, vector: &[f32]) -> Option<Vec<u8>> {
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    if vector.is_empty() || vector.len() > MOST_NUMBERS || !length.is_normal() {
        return None;
    }
    let mut bytes = Vec::with_capacity(8 + 4 * vector.len());
    bytes.extend_from_slice(&blake3::hash(model.as_bytes()).as_bytes()[..8]);
    vector.iter().for_each(|number| bytes.extend_from_slice(&(number / length).to_le_bytes()));
    Some(bytes)
}

/// All memories with a vector of the question's model, nearest first.
pub(crate) fn nearest(transaction: &ReadTransaction, meaning: &Meaning) -> Result<Vec<Near>, BrainError> {
    let Some(question) = stored(&meaning.model, &meaning.vector) else {
        return Err(BrainError::Invalid(format!(
            "a vector of {} numbers cannot be compared: it has 1 to {MOST_NUMBERS} numbers, not all of them 0",
            meaning.vector.len()
        )));
    };
    let (model, numbers) = question.split_at(8);
    let mut near = Vec::new();
    for row in transaction.open_table(VECTORS)?.iter()? {
        let (key, bytes) = row?;
        let bytes = bytes.value();
        if bytes.len() != question.len() || bytes[..8] != *model {
            continue;
        }
        let number = |bytes: &[u8]| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        let likeness: f32 =
            bytes[8..].chunks_exact(4).zip(numbers.chunks_exact(4)).map(|(a, b)| number(a) * number(b)).sum();
        near.push(Near { key: key.value(), likeness });
    }
    near.sort_by(|a, b| b.likeness.total_cmp(&a.likeness).then(b.key.cmp(&a.key)));
    Ok(near)
}

impl Inner {
    /// Current memories that have no vector of this model, oldest first, with their words.
    pub(crate) fn without_vector(&self, model: &str, count: usize) -> Result<Vec<MemoryText>, BrainError> {
        let transaction = self.begin_read()?;
        let vectors = transaction.open_table(VECTORS)?;
        let name = blake3::hash(model.as_bytes());
        let mut found = Vec::new();
        let memories = transaction.memories()?;
        for row in memories.rows.iter()? {
            let (key, bytes) = row?;
            let known =
                vectors.get(key.value())?.is_some_and(|vector| vector.value().starts_with(&name.as_bytes()[..8]));
            if known {
                continue;
            }
            let record = readable(memories.read(key.value(), bytes.value()), "no vector is made of it")?;
            if let Some(record) = record.filter(Record::current) {
                let id = crate::id::MemoryId::from_key(key.value());
                found.push(MemoryText { id, text: record.text() });
                if found.len() == count {
                    break;
                }
            }
        }
        Ok(found)
    }

    /// Keeps the vectors of memories; of what is gone meanwhile none is kept.
    pub(crate) fn set_vectors(
        self: &Arc<Inner>,
        model: &str,
        vectors: Vec<(u128, Vec<f32>)>,
    ) -> Result<(), BrainError> {
        if vectors.len() > MOST_VECTORS {
            let many = vectors.len();
            return Err(BrainError::Invalid(format!(
                "{many} vectors are too many at a time: give at most {MOST_VECTORS}"
            )));
        }
        let rows: Vec<(u128, Vec<u8>)> =
            vectors.iter().filter_map(|(key, vector)| Some((*key, stored(model, vector)?))).collect();
        self.task(move |batch, (): &mut ()| {
            for (key, bytes) in &rows {
                if batch.tables.memories.get(*key)?.is_some() {
                    batch.tables.vectors.write()?.insert(*key, bytes.as_slice())?;
                    batch.dirty = true;
                }
            }
            Ok(())
        })
    }
}
