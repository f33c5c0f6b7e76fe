//! A block: lines to rows, and rows back to entries. The form is drawn in [`crate::storage`].

use crate::chain::{self, Fields, Key};
use crate::entry::{Entry, Hash, Seq, Stored};
use crate::error::LedgerError;
use crate::line::{Payload, TurnId};
use crate::storage::{Erasure, Row};
use loket_values::Value;
use serde::de::Deserializer;
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// A block has at most so many lines.
pub(crate) const MAX_LINES: usize = 4096;
/// A block ends once its lines weigh so much.
pub(crate) const MAX_WEIGHT: usize = 1 << 20;
/// What a line weighs beside its payload.
pub(crate) const LINE_WEIGHT: usize = 128;

/// A line on its way to the disk, its payload encoded; empty when it has none.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) fields: Fields,
    pub(crate) payload: Vec<u8>,
}

impl Pending {
    pub(crate) fn weight(&self) -> usize {
        LINE_WEIGHT + self.payload.len()
    }
}

#[derive(Serialize, Deserialize)]
struct Block<'a> {
    prev: [u8; 32],
    turns: Vec<u128>,
    #[serde(borrow)]
    strings: Vec<&'a str>,
    lines: Vec<BlockLine>,
}

#[derive(Serialize, Deserialize)]
struct BlockLine {
    turn: u32,
    call: u32,
    parent: u32,
    kind: u8,
    time: i64,
    chain: u32,
    capability: u32,
    function: u32,
    labels: u8,
    digest: Option<[u8; 32]>,
    hash: [u8; 32],
}

#[derive(Serialize, Deserialize)]
pub(crate) enum Item<'a> {
    Present {
        key: Key,
        #[serde(borrow)]
        bytes: Bytes<'a>,
    },
    Erased,
}

/// Bytes that are borrowed from their row and written in one piece.
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Bytes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&[u8]>::deserialize(deserializer).map(Bytes)
    }
}

/// A block that is ready for the disk.
pub(crate) struct Sealed {
    pub(crate) row: Row,
    pub(crate) turns: Vec<u128>,
    /// The hash of its last line.
    pub(crate) hash: Hash,
}

/// Chains `lines`, the first at place `first` after hash `prev`. Each sealed line is also given to `news`, with its payload still readable.
pub(crate) fn seal(
    first: u64,
    prev: Hash,
    lines: &mut [Pending],
    mut news: impl FnMut(u64, &Pending, Hash, Hash),
) -> Result<Sealed, postcard::Error> {
    let mut scratch = Vec::with_capacity(512);
    let mut turns = Numbered::default();
    let mut strings = Numbered::default();
    let mut rows = Vec::with_capacity(lines.len());
    let mut keys = Vec::with_capacity(lines.len());
    let (mut hash, mut time) = (prev, 0);
    for (seq, pending) in (first..).zip(lines.iter_mut()) {
        let mut key = None;
        let digest = (!pending.payload.is_empty())
            .then(|| chain::digest(key.insert(rand::random()), &pending.payload, &mut scratch));
        let before = hash;
        hash = chain::line_hash(&before, seq, &pending.fields, digest.as_ref(), &mut scratch);
        news(seq, pending, before, hash);
        if let Some(key) = &key {
            chain::disguise(key, &mut pending.payload);
        }
        keys.push(key);
        let fields = &pending.fields;
        rows.push(BlockLine {
            turn: turns.number(&fields.turn),
            call: fields.call,
            parent: fields.parent,
            kind: chain::kind_code(fields.kind),
            time: fields.time.wrapping_sub(time) as i64,
            chain: strings.number(&fields.chain),
            capability: strings.number(&fields.capability),
            function: strings.number(&fields.function),
            labels: fields.labels,
            digest,
            hash: hash.0,
        });
        time = fields.time;
    }
    let items: Vec<Item<'_>> = keys
        .into_iter()
        .zip(lines.iter())
        .filter_map(|(key, pending)| Some(Item::Present { key: key?, bytes: Bytes(&pending.payload) }))
        .collect();
    let weight: usize = lines.iter().map(Pending::weight).sum();
    let payloads = encode(&items, weight)?;
    let block = Block {
        prev: prev.0,
        turns: turns.order,
        strings: strings.order.iter().map(|text| &**text).collect(),
        lines: rows,
    };
    let bytes = encode(&block, lines.len() * LINE_WEIGHT)?;
    Ok(Sealed { row: Row { first, block: bytes, payloads }, turns: block.turns, hash })
}

/// Each value once, in the order of its first appearance.
struct Numbered<T> {
    order: Vec<T>,
    numbers: HashMap<T, u32>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Numbered { order: Vec::new(), numbers: HashMap::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Numbered<T> {
    fn number(&mut self, value: &T) -> u32 {
        if let Some(number) = self.numbers.get(value) {
            return *number;
        }
        let number = self.order.len() as u32;
        self.order.push(value.clone());
        self.numbers.insert(value.clone(), number);
        number
    }
}

/// A decoded block, checked as far as it can be without its neighbours.
pub(crate) struct Opened<'a> {
    pub(crate) first: u64,
    pub(crate) prev: Hash,
    pub(crate) lines: Vec<OpenedLine>,
    pub(crate) items: Vec<Item<'a>>,
}

pub(crate) struct OpenedLine {
    pub(crate) fields: Fields,
    pub(crate) digest: Option<[u8; 32]>,
    /// Which of the block's items is its payload.
    pub(crate) item: usize,
    pub(crate) hash: Hash,
}

/// Decodes a row. A number in it can make this allocate no more than a small multiple of the row's own length.
pub(crate) fn open(row: &Row) -> Result<Opened<'_>, LedgerError> {
    let damaged = |what: &str| LedgerError::damaged(row.first, what);
    let (block, rest) =
        postcard::take_from_bytes::<Block<'_>>(&row.block).map_err(|_| damaged("its block cannot be decoded"))?;
    if !rest.is_empty() {
        return Err(damaged("its block has bytes after its end"));
    }
    if block.lines.is_empty()
        || block.lines.len() > MAX_LINES
        || row.first.checked_add(block.lines.len() as u64).is_none()
    {
        return Err(damaged("its block has an impossible number of lines"));
    }
    let strings: Vec<Arc<str>> = block.strings.iter().map(|text| Arc::from(*text)).collect();
    let string = |number: u32| strings.get(number as usize).cloned();
    let mut lines = Vec::with_capacity(block.lines.len());
    let (mut time, mut item) = (0_u64, 0);
    for line in block.lines {
        time = time.wrapping_add(line.time as u64);
        let fields = (|| {
            Some(Fields {
                turn: *block.turns.get(line.turn as usize)?,
                call: line.call,
                parent: line.parent,
                kind: chain::kind_of(line.kind)?,
                time,
                chain: string(line.chain)?,
                capability: string(line.capability)?,
                function: string(line.function)?,
                labels: line.labels,
            })
        })()
        .ok_or_else(|| {
            LedgerError::damaged(
                row.first + lines.len() as u64,
                "it points to a turn, a string or a kind that is not there",
            )
        })?;
        lines.push(OpenedLine { fields, digest: line.digest, item, hash: Hash(line.hash) });
        item += usize::from(line.digest.is_some());
    }
    let (items, rest) = postcard::take_from_bytes::<Vec<Item<'_>>>(&row.payloads)
        .map_err(|_| damaged("its payloads cannot be decoded"))?;
    if items.len() != item || !rest.is_empty() {
        return Err(damaged("its payloads do not fit its block"));
    }
    Ok(Opened { first: row.first, prev: Hash(block.prev), lines, items })
}

impl Opened<'_> {
    /// The place of its last line.
    pub(crate) fn last(&self) -> u64 {
        self.first + (self.lines.len() - 1) as u64
    }

    /// The hash of its last line.
    pub(crate) fn hash(&self) -> Hash {
        self.lines.last().map_or(self.prev, |line| line.hash)
    }

    /// The hash before line `index`.
    pub(crate) fn prev(&self, index: usize) -> Hash {
        index.checked_sub(1).map_or(self.prev, |before| self.lines[before].hash)
    }

    /// Whether line `index` is what was hashed.
    pub(crate) fn check(&self, index: usize, scratch: &mut Vec<u8>) -> Result<(), LedgerError> {
        let (line, seq) = (&self.lines[index], self.first + index as u64);
        if chain::line_hash(&self.prev(index), seq, &line.fields, line.digest.as_ref(), scratch) != line.hash {
            return Err(LedgerError::damaged(seq, "it does not match its hash"));
        }
        Ok(())
    }

    /// The payload of line `index` as it was encoded, and whether it still matches its digest; `None` when there is none, or none any more.
    pub(crate) fn encoded(&self, index: usize, scratch: &mut Vec<u8>) -> Option<(Vec<u8>, bool)> {
        let line = &self.lines[index];
        let (Some(expected), Some(Item::Present { key, bytes })) = (line.digest, self.items.get(line.item)) else {
            return None;
        };
        let mut bytes = bytes.0.to_vec();
        chain::disguise(key, &mut bytes);
        let matches = chain::digest(key, &bytes, scratch) == expected;
        Some((bytes, matches))
    }

    /// The payload of line `index`: decoded only after its digest was found to match, so that damage never reaches the decoder.
    pub(crate) fn payload(&self, index: usize, scratch: &mut Vec<u8>) -> Result<Stored, LedgerError> {
        let seq = self.first + index as u64;
        match self.encoded(index, scratch) {
            None if self.lines[index].digest.is_none() => Ok(Stored::None),
            None => Ok(Stored::Erased),
            Some((_, false)) => Err(LedgerError::damaged(seq, "its payload does not match its digest")),
            Some((bytes, true)) => postcard::from_bytes(&bytes)
                .map(Stored::Present)
                .map_err(|_| LedgerError::damaged(seq, "its payload cannot be decoded")),
        }
    }

    /// Line `index`, checked.
    pub(crate) fn entry(&self, index: usize, scratch: &mut Vec<u8>) -> Result<Entry, LedgerError> {
        self.check(index, scratch)?;
        let payload = self.payload(index, scratch)?;
        let line = &self.lines[index];
        Ok(entry(self.first + index as u64, &line.fields, payload, self.prev(index), line.hash))
    }

    /// The row without the payloads of the lines at `indices`; `None` when none of them has one.
    pub(crate) fn without(&mut self, indices: &[usize]) -> Result<Option<Erasure>, LedgerError> {
        let mut gone = Vec::new();
        for index in indices {
            let line = &self.lines[*index];
            let item = self.items.get_mut(line.item).filter(|_| line.digest.is_some());
            if let Some(Item::Present { key, .. }) = item.map(|item| std::mem::replace(item, Item::Erased)) {
                gone.push(key);
            }
        }
        if gone.is_empty() {
            return Ok(None);
        }
        let payloads =
            encode(&self.items, 0).map_err(|_| LedgerError::damaged(self.first, "its payloads cannot be encoded"))?;
        Ok(Some(Erasure { first: self.first, payloads, gone }))
    }
}

/// An entry from its parts.
pub(crate) fn entry(seq: u64, fields: &Fields, payload: Stored, prev: Hash, hash: Hash) -> Entry {
    Entry {
        seq: Seq(seq),
        turn: TurnId(fields.turn),
        call: fields.call,
        parent: fields.parent,
        kind: fields.kind,
        time: fields.time,
        chain: fields.chain.clone(),
        capability: fields.capability.clone(),
        function: fields.function.clone(),
        labels: fields.labels,
        payload,
        prev,
        hash,
    }
}

/// A payload's bytes; none for [`Payload::None`].
pub(crate) fn encode_payload(payload: &Payload) -> Vec<u8> {
    let guess = match payload {
        Payload::None => return Vec::new(),
        Payload::Values(values) => values.iter().map(Value::size).sum(),
        Payload::Text(text) | Payload::Json(text) => text.len(),
    };
    encode_or_say(payload, guess)
}

/// What [`encode_payload`] makes of [`Payload::Values`], without owning the values.
pub(crate) fn encode_values(values: &[Value]) -> Vec<u8> {
    /// The cases of [`Payload`] up to the one that is needed, in its order.
    #[derive(Serialize)]
    enum Borrowed<'a> {
        #[expect(dead_code, reason = "it keeps the number of the next")]
        None,
        Values(&'a [Value]),
    }
    encode_or_say(&Borrowed::Values(values), values.iter().map(Value::size).sum())
}

fn encode_or_say(payload: &impl Serialize, guess: usize) -> Vec<u8> {
    encode(payload, guess + 16).unwrap_or_else(|error| {
        // No payload has a form that cannot be encoded; if one ever does, the line says so and is not lost.
        tracing::error!(%error, "a payload could not be encoded");
        encode(&Payload::Text(format!("the payload could not be encoded: {error}")), 64).unwrap_or_default()
    })
}

/// Postcard into one allocation, when the guess is good.
fn encode(value: &impl Serialize, guess: usize) -> Result<Vec<u8>, postcard::Error> {
    struct Buffer(Vec<u8>);
    impl postcard::ser_flavors::Flavor for Buffer {
        type Output = Vec<u8>;
        fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
            self.0.push(byte);
            Ok(())
        }
        fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
            self.0.extend_from_slice(bytes);
            Ok(())
        }
        fn finalize(self) -> postcard::Result<Vec<u8>> {
            Ok(self.0)
        }
    }
    postcard::serialize_with_flavor(value, Buffer(Vec::with_capacity(guess)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borrowed_values_are_written_as_owned_ones() {
        let values = vec![Value::String("a".to_owned()), Value::Bytes(vec![0, 255]), Value::Option(None)];
        for values in [vec![], values] {
            assert_eq!(encode_values(&values), encode_payload(&Payload::Values(values)));
        }
    }
}
