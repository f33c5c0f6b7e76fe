//! The ledger from outside, one file a claim: the chain, its damage, erasing, scrubbing, the disk's failures, crashes.

mod chain;
mod copy;
mod crash;
mod damage;
mod erase;
mod failure;
mod follow;
mod memory;
mod scrub;
mod scrub_crash;

use loket_ledger::{Kind, Ledger, Line, Payload, RedbStorage, TurnId};
use loket_testkit::Forgetful;

/// A line of turn `turn` with this payload.
fn line(turn: u128, payload: Payload) -> Line {
    Line {
        turn: TurnId(turn),
        call: 1,
        parent: 0,
        kind: Kind::Intent,
        time: 1_700_000_000_000,
        chain: "owner > agent:assistant".into(),
        capability: "loket:brain/memory".into(),
        function: "remember".into(),
        labels: 3,
        payload,
    }
}

fn text(text: impl Into<String>) -> Payload {
    Payload::Text(text.into())
}

#[track_caller]
fn open(disk: &Forgetful) -> Ledger {
    Ledger::open(RedbStorage::with_backend(disk.backend()).expect("the storage opens")).expect("the ledger opens")
}

#[track_caller]
fn append_all(ledger: &Ledger, lines: impl IntoIterator<Item = Line>) {
    let last = lines.into_iter().map(|line| ledger.append(line)).last().expect("a line");
    ledger.settle_blocking(last).expect("settles");
}

#[track_caller]
fn assert_sound(ledger: &Ledger) {
    let report = ledger.verify();
    assert_eq!(report.faults, []);
    assert_eq!(report.head, ledger.head());
    assert_eq!(report.lines, ledger.head().seq.0);
}
