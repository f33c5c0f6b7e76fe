//! Forgetting words: every payload that holds any of them is erased, in batches, while lines are appended.
//!
//! The walk over the lines reads and deciphers every payload: four to five seconds a GiB, on two busy cores. Each row that holds one of the words has
//! its payloads written again, and a commit. When anything was erased, one walk over the file follows: three seconds a GiB of file. A line that was
//! settled meanwhile waited for a tenth of a second at the longest. (`examples/scrub_cost.rs`)

use crate::block;
use crate::entry::{Fault, Report, Seq};
use crate::error::{LedgerError, StorageError};
use crate::needles::{self, Needles};
use crate::storage::{Erasure, Row, Storage};
use std::sync::{Arc, Mutex, PoisonError};

/// A batch ends once so many bytes were read for it.
const BATCH: usize = 8 << 20;

/// What a scrub did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use = "it may hold faults: payloads of which nobody knows what is in them"]
pub struct Scrubbed {
    /// Lines looked through: all that were appended before.
    pub lines: u64,
    /// Payloads looked at: those that were there, and not erased before.
    pub payloads: u64,
    /// Payloads erased.
    pub erased: u64,
    /// What is damaged and was therefore not found to hold any of the words, nor not to. At most [`Report::MAX_FAULTS`].
    pub faults: Vec<Fault>,
}

/// How far a scrub is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it does now.
    pub stage: Stage,
    /// How much of it is done: lines or bytes, see [`Stage`].
    pub done: u64,
    /// How much there is to do.
    pub total: u64,
    /// Payloads erased so far.
    pub erased: u64,
}

/// What a scrub does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It looks through the lines, and erases. Counts lines; with more than 2 MiB of needles, each line several times.
    Lines,
    /// It looks through the file for what stale pages have of the erased. Counts bytes; begins anew when it has to look a second time.
    File,
}

/// Erases all payloads up to line `last` that hold any of the needles. `erasing` is held for a batch at a time.
pub(crate) fn run(
    storage: &dyn Storage,
    erasing: &Mutex<()>,
    needles: &[Vec<u8>],
    last: Seq,
    progress: &mut dyn FnMut(Progress),
) -> Result<Scrubbed, LedgerError> {
    let groups = needles::groups(needles)?;
    let mut scrub = Scrub { storage, erasing, last, done: Scrubbed::default(), scratch: Vec::new() };
    let walked = groups.iter().enumerate().try_for_each(|(nth, group)| {
        let needles = Needles::new(group)?;
        let before = last.0 * nth as u64;
        scrub.walk(&needles, nth == 0, &mut |at, erased| {
            progress(Progress { stage: Stage::Lines, done: before + at, total: last.0 * groups.len() as u64, erased });
        })
    });
    // Also after a walk that failed: what it has erased is to be gone. And after an earlier scrub that failed here.
    let erased = scrub.done.erased;
    let _one = erasing.lock().unwrap_or_else(PoisonError::into_inner);
    let wiped = storage.wipe(&mut |done, total| progress(Progress { stage: Stage::File, done, total, erased }));
    walked?;
    wiped.map_err(failed)?;
    Ok(scrub.done)
}

struct Scrub<'a> {
    storage: &'a dyn Storage,
    erasing: &'a Mutex<()>,
    last: Seq,
    done: Scrubbed,
    scratch: Vec<u8>,
}

impl Scrub<'_> {
    /// Looks through all rows. Lines, payloads and faults are counted by the first walk only: later ones meet the same.
    fn walk(&mut self, needles: &Needles, first: bool, progress: &mut dyn FnMut(u64, u64)) -> Result<(), LedgerError> {
        let mut at = 0;
        while at < self.last.0 {
            at = self.batch(needles, first, at)?;
            progress(at, self.done.erased);
        }
        Ok(())
    }

    /// Looks through the next rows after place `at`, and erases; gives the place that it came to.
    fn batch(&mut self, needles: &Needles, first: bool, mut at: u64) -> Result<u64, LedgerError> {
        let _one = self.erasing.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut erasures, mut weight) = (Vec::new(), 0);
        let mut read = Ok(());
        while at < self.last.0 && weight < BATCH {
            match self.storage.after(at) {
                Ok(Some(row)) if row.first <= self.last.0 => {
                    weight += row.block.len() + row.payloads.len();
                    at = row.first;
                    erasures.extend(self.row(needles, first, &row));
                }
                // Nothing more, or only what came later.
                Ok(_) => at = self.last.0,
                Err(error) => {
                    read = Err(LedgerError::read(error));
                    break;
                }
            }
        }
        if !erasures.is_empty() {
            self.storage.erase(&erasures).map_err(failed)?;
            self.done.erased += erasures.iter().map(|erasure| erasure.gone.len() as u64).sum::<u64>();
        }
        read.map(|()| at)
    }

    /// What is to be erased of a row. Damage is noted, and the rest of the row is looked at.
    fn row(&mut self, needles: &Needles, first: bool, row: &Row) -> Option<Erasure> {
        let mut opened = match block::open(row) {
            Ok(opened) => opened,
            Err(error) => return self.fault(first, row.first, error),
        };
        let mut hits = Vec::new();
        let mut scratch = std::mem::take(&mut self.scratch);
        let mut payloads = 0;
        for index in 0..opened.lines.len() {
            let Some((encoded, matches)) = opened.encoded(index, &mut scratch) else { continue };
            payloads += 1;
            if needles.are_in(&encoded, matches) {
                hits.push(index);
            } else if !matches {
                let seq = opened.first + index as u64;
                self.fault(first, seq, LedgerError::damaged(seq, "its payload does not match its digest"));
            }
        }
        self.scratch = scratch;
        if first {
            self.done.lines += opened.lines.len() as u64;
            self.done.payloads += payloads;
        }
        opened.without(&hits).unwrap_or_else(|error| self.fault(first, row.first, error))
    }

    fn fault(&mut self, first: bool, seq: u64, error: LedgerError) -> Option<Erasure> {
        if first && self.done.faults.len() < Report::MAX_FAULTS {
            let (seq, what) = match error {
                LedgerError::Damaged { seq, what } => (seq, what),
                other => (Seq(seq), other.to_string()),
            };
            self.done.faults.push(Fault { seq, what });
        }
        None
    }
}

fn failed(source: StorageError) -> LedgerError {
    LedgerError::Scrub { source: Arc::new(source) }
}
