//! The walk over everything: each link, each line, each payload.

use crate::block::{self, Item, Opened};
use crate::entry::{Fault, Hash, Head, Report, Seq};
use crate::error::LedgerError;
use crate::storage::{Row, Storage};

/// Walks from the first line to `upto`, the newest durable one when the walk began; or to wherever the storage ends.
pub(crate) fn walk(storage: &dyn Storage, genesis: Hash, upto: Option<Head>) -> Report {
    let mut walk = Walk {
        report: Report { lines: 0, erased: 0, head: Head { seq: Seq(0), hash: genesis }, faults: Vec::new() },
        next: 1,
        before: Some(genesis),
        scratch: Vec::new(),
    };
    let last = upto.map_or(u64::MAX, |head| head.seq.0);
    let mut at = 0;
    while at < last && walk.report.faults.len() < Report::MAX_FAULTS {
        match storage.after(at) {
            // Lines that became durable meanwhile are another walk's.
            Ok(Some(row)) if row.first <= last => {
                at = row.first;
                walk.row(&row);
            }
            Ok(_) => break,
            Err(error) => {
                walk.fault(walk.next, format!("the storage cannot be read: {error}"));
                break;
            }
        }
    }
    if let Some(upto) = upto.filter(|upto| walk.report.is_sound() && walk.report.head != *upto) {
        walk.fault(walk.next, format!("the ledger ends before line {}, which was durable", upto.seq));
    }
    walk.report
}

struct Walk {
    report: Report,
    /// The place of the next line.
    next: u64,
    /// The hash before it, unless damage has hidden it.
    before: Option<Hash>,
    scratch: Vec<u8>,
}

impl Walk {
    fn row(&mut self, row: &Row) {
        if row.first != self.next {
            self.fault(
                self.next.min(row.first),
                format!("the block after line {} begins at {}", self.next - 1, row.first),
            );
        }
        match block::open(row) {
            Ok(opened) => self.block(&opened),
            Err(error) => {
                self.error(row.first, error);
                // Where it ended is not known: the next block says where it begins, and what its first line follows.
                self.before = None;
                self.next = row.first;
                self.report.head.seq = Seq(row.first);
            }
        }
    }

    fn block(&mut self, opened: &Opened<'_>) {
        if self.before.is_some_and(|before| before != opened.prev) {
            self.fault(opened.first, "it does not follow the line before it".to_owned());
        }
        for (index, line) in opened.lines.iter().enumerate() {
            let seq = opened.first + index as u64;
            self.report.lines += 1;
            let mut scratch = std::mem::take(&mut self.scratch);
            if let Err(error) = opened.check(index, &mut scratch) {
                self.error(seq, error);
            }
            if line.digest.is_some() && matches!(opened.items.get(line.item), Some(Item::Erased)) {
                self.report.erased += 1;
            } else if let Err(error) = opened.payload(index, &mut scratch) {
                self.error(seq, error);
            }
            self.scratch = scratch;
        }
        self.before = Some(opened.hash());
        self.next = opened.last() + 1;
        self.report.head = Head { seq: Seq(opened.last()), hash: opened.hash() };
    }

    fn error(&mut self, seq: u64, error: LedgerError) {
        match error {
            LedgerError::Damaged { seq, what } => self.fault(seq.0, what),
            other => self.fault(seq, other.to_string()),
        }
    }

    fn fault(&mut self, seq: u64, what: String) {
        if self.report.faults.len() < Report::MAX_FAULTS {
            self.report.faults.push(Fault { seq: Seq(seq), what });
        }
    }
}
