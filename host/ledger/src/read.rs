//! Finding lines in their blocks. What is returned was checked against its own hash and digest.

use crate::block;
use crate::entry::{Entry, Head, Seq};
use crate::error::LedgerError;
use crate::line::TurnId;
use crate::storage::{Start, Storage};
use std::ops::ControlFlow;
use std::sync::Arc;

/// The end of what a storage holds.
pub(crate) fn head(start: &Start) -> Result<Head, LedgerError> {
    let Some(row) = &start.last else {
        return Ok(Head { seq: Seq(0), hash: start.genesis });
    };
    let opened = block::open(row)?;
    let mut scratch = Vec::new();
    for index in 0..opened.lines.len() {
        opened.check(index, &mut scratch)?;
    }
    Ok(Head { seq: Seq(opened.last()), hash: opened.hash() })
}

/// Up to `limit` lines from `from` to `last`.
pub(crate) fn from(storage: &dyn Storage, from: Seq, limit: usize, last: Seq) -> Result<Vec<Entry>, LedgerError> {
    let mut next = from.0.max(1);
    let mut entries = Vec::new();
    let mut scratch = Vec::new();
    while entries.len() < limit && next <= last.0 {
        let row = storage.at_or_before(next).map_err(LedgerError::read)?;
        let row = row.ok_or_else(|| LedgerError::damaged(next, "its block is missing"))?;
        let opened = block::open(&row)?;
        if opened.last() < next {
            return Err(LedgerError::damaged(next, "its block is missing"));
        }
        let skip = (next - opened.first) as usize;
        let upto = opened.lines.len().min((last.0 - opened.first + 1) as usize);
        for index in (skip..upto).take(limit - entries.len()) {
            entries.push(opened.entry(index, &mut scratch)?);
        }
        next = opened.last() + 1;
    }
    Ok(entries)
}

/// All lines of a turn.
pub(crate) fn turn(storage: &dyn Storage, turn: TurnId) -> Result<Vec<Entry>, LedgerError> {
    let mut entries = Vec::new();
    let mut scratch = Vec::new();
    for first in storage.turn(turn.0).map_err(LedgerError::read)? {
        let row = storage.at_or_before(first).map_err(LedgerError::read)?.filter(|row| row.first == first);
        let row = row.ok_or_else(|| LedgerError::damaged(first, "its block is missing"))?;
        let opened = block::open(&row)?;
        for (index, line) in opened.lines.iter().enumerate() {
            if line.fields.turn == turn.0 {
                entries.push(opened.entry(index, &mut scratch)?);
            }
        }
    }
    Ok(entries)
}

/// The lines of a turn from the newest on, until `visit` has seen enough.
pub(crate) fn turn_from_the_end(
    storage: &dyn Storage,
    turn: TurnId,
    visit: &mut dyn FnMut(Entry) -> ControlFlow<()>,
) -> Result<(), LedgerError> {
    let mut scratch = Vec::new();
    for first in storage.turn(turn.0).map_err(LedgerError::read)?.into_iter().rev() {
        let row = storage.at_or_before(first).map_err(LedgerError::read)?.filter(|row| row.first == first);
        let row = row.ok_or_else(|| LedgerError::damaged(first, "its block is missing"))?;
        let opened = block::open(&row)?;
        for (index, line) in opened.lines.iter().enumerate().rev() {
            if line.fields.turn == turn.0 && visit(opened.entry(index, &mut scratch)?).is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Erases the payload of a durable line; finishes what an earlier erasure failed at.
pub(crate) fn erase(storage: &dyn Storage, seq: Seq) -> Result<bool, LedgerError> {
    let erase = |source| LedgerError::Erase { seq, source: Arc::new(source) };
    let Some(row) = storage.at_or_before(seq.0).map_err(LedgerError::read)?.filter(|_| seq.0 > 0) else {
        return Ok(false);
    };
    let mut opened = block::open(&row)?;
    if opened.last() < seq.0 {
        return Err(LedgerError::damaged(seq.0, "its block is missing"));
    }
    let erasure = opened.without(&[(seq.0 - row.first) as usize])?;
    let erasures = erasure.as_slice();
    storage.erase(erasures).map_err(erase)?;
    storage.wipe(&mut |_, _| {}).map_err(erase)?;
    Ok(!erasures.is_empty())
}
