//! The chain's arithmetic: a payload's digest and disguise, a line's hash.

use crate::entry::Hash;
use crate::line::Kind;
use std::sync::Arc;

/// The salt of a payload's digest and the key that it is stored under.
pub(crate) type Key = [u8; 32];

/// A line without its payload, as it is hashed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fields {
    pub(crate) turn: u128,
    pub(crate) call: u32,
    pub(crate) parent: u32,
    pub(crate) kind: Kind,
    pub(crate) time: u64,
    pub(crate) chain: Arc<str>,
    pub(crate) capability: Arc<str>,
    pub(crate) function: Arc<str>,
    pub(crate) labels: u8,
}

/// `blake3(prev ‖ line)`, the line written out as below: all numbers little-endian, strings with their length, nothing that depends on its block.
pub(crate) fn line_hash(
    prev: &Hash,
    seq: u64,
    fields: &Fields,
    digest: Option<&[u8; 32]>,
    scratch: &mut Vec<u8>,
) -> Hash {
    scratch.clear();
    scratch.extend_from_slice(&prev.0);
    scratch.extend_from_slice(&seq.to_le_bytes());
    scratch.extend_from_slice(&fields.turn.to_le_bytes());
    scratch.extend_from_slice(&fields.call.to_le_bytes());
    scratch.extend_from_slice(&fields.parent.to_le_bytes());
    scratch.extend_from_slice(&[kind_code(fields.kind), fields.labels]);
    scratch.extend_from_slice(&fields.time.to_le_bytes());
    for text in [&fields.chain, &fields.capability, &fields.function] {
        scratch.extend_from_slice(&(text.len() as u64).to_le_bytes());
        scratch.extend_from_slice(text.as_bytes());
    }
    match digest {
        None => scratch.push(0),
        Some(digest) => {
            scratch.push(1);
            scratch.extend_from_slice(digest);
        }
    }
    Hash(*blake3::hash(scratch).as_bytes())
}

/// `blake3(key ‖ payload)`.
pub(crate) fn digest(key: &Key, payload: &[u8], scratch: &mut Vec<u8>) -> [u8; 32] {
    const ONE_PIECE: usize = 4096;
    if payload.len() > ONE_PIECE {
        return *blake3::Hasher::new().update(key).update(payload).finalize().as_bytes();
    }
    // In one piece it is faster: most payloads are small.
    scratch.clear();
    scratch.extend_from_slice(key);
    scratch.extend_from_slice(payload);
    *blake3::hash(scratch).as_bytes()
}

/// Turns a payload into what is stored, and back.
pub(crate) fn disguise(key: &Key, bytes: &mut [u8]) {
    let mut stream = blake3::Hasher::new_keyed(key).finalize_xof();
    let mut piece = [0; 1024];
    for part in bytes.chunks_mut(piece.len()) {
        let piece = &mut piece[..part.len()];
        stream.fill(piece);
        part.iter_mut().zip(piece).for_each(|(byte, mask)| *byte ^= *mask);
    }
}

/// A kind's number on disk.
pub(crate) fn kind_code(kind: Kind) -> u8 {
    match kind {
        Kind::Turn => 1,
        Kind::Intent => 2,
        Kind::Outcome => 3,
        Kind::Refused => 4,
        Kind::Failed => 5,
        Kind::End => 6,
        Kind::Act => 7,
    }
}

/// The kind with that number.
pub(crate) fn kind_of(code: u8) -> Option<Kind> {
    [Kind::Turn, Kind::Intent, Kind::Outcome, Kind::Refused, Kind::Failed, Kind::End, Kind::Act]
        .into_iter()
        .find(|kind| kind_code(*kind) == code)
}
