//! Turns that a crash cut off: their page in the ledger begins and does not end. The next start ends it, so that nobody takes them for
//! running, and says which they were.

use crate::host::Host;
use loket_guardian::manifest::SECONDS;
use loket_kernel::counter::now;
use loket_ledger::{Entry, Kind, Ledger, LedgerError, Line, Payload, Seq, TurnId};
use std::collections::HashSet;
use std::sync::Arc;

/// How the page of such a turn ends.
pub(crate) const CUT_OFF: &str =
    "cut off: the host ended in the middle of this turn; what it did until then stands above, and no answer was given";
/// How far back is looked: further than any host writes in the time of the longest turn, and no hour of reading.
const MOST_LINES: u64 = 1_000_000;

/// A turn that was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutOff {
    /// Its page.
    pub turn: TurnId,
    /// The agent whose turn it was; empty when it was the owner's own call.
    pub agent: Arc<str>,
}

impl Host {
    /// Ends the pages that a crash left open, but for those of turns that go on; nothing is looked for when the home was closed in
    /// order. Blocks.
    pub(crate) fn end_what_was_cut_off(&self, going_on: &HashSet<TurnId>) -> Result<Vec<CutOff>, LedgerError> {
        if !self.home.was_left_open() {
            return Ok(Vec::new());
        }
        let ledger = &self.counter.ledger;
        let mut open = open_pages(ledger)?;
        open.retain(|page| !going_on.contains(&page.turn));
        let ends = open.iter().map(|page| ledger.append(end(page.turn, page.agent.clone(), CUT_OFF)));
        let Some(last) = ends.reduce(|_, last| last) else { return Ok(open) };
        ledger.settle_blocking(last)?;
        for page in &open {
            tracing::warn!(turn = %page.turn, agent = %page.agent, "loket.start.cut-off");
        }
        Ok(open)
    }
}

/// The end of a page that came to no end of its own.
pub(crate) fn end(turn: TurnId, agent: Arc<str>, why: &str) -> Line {
    let nothing: Arc<str> = "".into();
    Line {
        turn,
        call: 0,
        parent: 0,
        kind: Kind::End,
        time: now(),
        chain: agent,
        capability: nothing.clone(),
        function: nothing,
        labels: 0,
        payload: Payload::Text(why.to_owned()),
    }
}

/// The pages that begin and do not end, oldest first. A turn takes an hour at most, so what began earlier than that before the last line has
/// ended, or was ended by an earlier start.
fn open_pages(ledger: &Ledger) -> Result<Vec<CutOff>, LedgerError> {
    const CHUNK: u64 = 1_000;
    let longest = u64::from(*SECONDS.end()) * 1_000 * 2;
    let head = ledger.head().seq.0;
    let (mut ended, mut open, mut after) = (HashSet::new(), Vec::new(), head + 1);
    let mut newest = None;
    while after > 1 && head.saturating_sub(after) < MOST_LINES {
        let from = after.saturating_sub(CHUNK).max(1);
        let chunk: Vec<Entry> = ledger.read(Seq(from), (after - from) as usize)?;
        let newest = *newest.get_or_insert(chunk.last().map_or(0, |entry| entry.time));
        let recent = |entry: &&Entry| entry.time + longest >= newest;
        for entry in chunk.iter().rev().filter(recent) {
            match entry.kind {
                Kind::End => drop(ended.insert(entry.turn)),
                Kind::Turn if ended.insert(entry.turn) => {
                    open.push(CutOff { turn: entry.turn, agent: entry.chain.clone() });
                }
                _ => {}
            }
        }
        if chunk.first().is_none_or(|entry| !recent(&entry)) {
            break;
        }
        after = from;
    }
    open.reverse();
    Ok(open)
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_ledger::RedbStorage;

    fn line(turn: u128, kind: Kind, time: u64) -> Line {
        Line { kind, time, ..end(TurnId(turn), "ann".into(), CUT_OFF) }
    }

    #[track_caller]
    fn check(lines: &[(u128, Kind, u64)], expect: &[u128]) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let ledger = Ledger::open(RedbStorage::open(folder.path().join("ledger.redb")).expect("a file")).expect("new");
        let written = lines.iter().map(|(turn, kind, time)| ledger.append(line(*turn, *kind, *time)));
        let last = written.reduce(|_, last| last);
        ledger.settle_blocking(last.unwrap_or(Seq(0))).expect("it is written");
        let open: Vec<u128> = open_pages(&ledger).expect("it reads").into_iter().map(|page| page.turn.0).collect();
        assert_eq!(open, expect);
    }

    #[test]
    fn a_page_that_does_not_end_is_open() {
        use Kind::{End, Intent, Turn};
        check(&[(1, Turn, 1), (2, Turn, 2), (1, Intent, 3), (2, End, 4)], &[1]);
        check(&[(1, Turn, 1), (2, Turn, 2), (3, Turn, 3), (2, End, 4)], &[1, 3]);
        check(&[(1, Turn, 1), (1, End, 4)], &[]);
    }

    #[test]
    fn it_is_found_behind_many_lines_but_not_behind_many_hours() {
        use Kind::{Act, Turn};
        let many = (0..2_500).map(|i| (0, Act, 10 + i));
        check(&std::iter::once((1, Turn, 1)).chain(many.clone()).collect::<Vec<_>>(), &[1]);
        let day = 86_400_000;
        let later = many.map(|(turn, kind, time)| (turn, kind, time + day));
        check(&std::iter::once((1, Turn, 1)).chain(later).collect::<Vec<_>>(), &[]);
    }
}
