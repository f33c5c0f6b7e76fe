//! The chain: order, links, blocks, finding lines again.

use crate::memory::Memory;
use crate::{append_all, assert_sound, line, open, text};
use loket_ledger::{Kind, Ledger, LedgerError, Payload, Seq, Stored, TurnId};
use loket_testkit::Forgetful;
use loket_values::Value;
use std::thread;

#[test]
fn an_empty_ledger_is_sound_and_starts_at_its_genesis() {
    let ledger = open(&Forgetful::new());
    assert_eq!(ledger.head().seq, Seq(0));
    assert_eq!(ledger.head().hash, ledger.genesis());
    assert_sound(&ledger);
    assert_eq!(ledger.read(Seq(0), 10).expect("read"), []);
    assert_ne!(open(&Forgetful::new()).genesis(), ledger.genesis());
}

#[test]
fn what_was_appended_comes_back_whole() {
    let ledger = open(&Forgetful::new());
    let kinds = [Kind::Turn, Kind::Intent, Kind::Outcome, Kind::Refused, Kind::Failed, Kind::End, Kind::Act];
    let payloads = [
        Payload::None,
        text(""),
        text("no"),
        Payload::Json("{}".to_owned()),
        Payload::Values(vec![]),
        Payload::Values(vec![Value::Record(vec![
            ("a".to_owned(), Value::Bytes(vec![0; 100_000])),
            ("b".to_owned(), Value::Option(None)),
        ])]),
        text("x".repeat(3 << 20)),
    ];
    let mut lines = Vec::new();
    for (index, (kind, payload)) in kinds.into_iter().zip(payloads).enumerate() {
        let index = index as u32;
        let mut line = line(u128::MAX - 1, payload);
        (line.call, line.parent, line.kind, line.labels) = (index, u32::MAX - index, kind, index as u8);
        // Also a clock that goes back, and one that is wrong altogether.
        line.time = [u64::MAX, 0, 5, u64::MAX / 2, 3, 3, 4][index as usize];
        line.function = format!("function-{index}").into();
        lines.push(line);
    }
    append_all(&ledger, lines.clone());
    let entries = ledger.read(Seq(1), 100).expect("read");
    assert_eq!(entries.len(), lines.len());
    for (entry, line) in entries.iter().zip(&lines) {
        assert_eq!((entry.turn, entry.call, entry.parent, entry.kind), (line.turn, line.call, line.parent, line.kind));
        assert_eq!((entry.time, entry.labels), (line.time, line.labels));
        assert_eq!((&entry.chain, &entry.capability, &entry.function), (&line.chain, &line.capability, &line.function));
        match &line.payload {
            Payload::None => assert_eq!(entry.payload, Stored::None),
            payload => assert_eq!(entry.payload, Stored::Present(payload.clone())),
        }
    }
    assert_sound(&ledger);
}

#[test]
fn many_threads_make_one_chain() {
    let disk = Forgetful::new();
    let ledger = open(&disk);
    thread::scope(|scope| {
        for thread in 0..8_u128 {
            let ledger = &ledger;
            scope.spawn(move || {
                let mut before = Seq(0);
                for n in 0..500 {
                    let seq = ledger.append(line(thread, text(format!("{thread}/{n}"))));
                    assert!(seq > before, "a thread's lines keep their order");
                    before = seq;
                    if n % 50 == 0 {
                        ledger.settle_blocking(seq).expect("settles");
                    }
                }
                ledger.settle_blocking(before).expect("settles");
            });
        }
    });
    assert_eq!(ledger.head().seq, Seq(4000));
    assert_sound(&ledger);
    let entries = ledger.read(Seq(0), 5000).expect("read");
    assert!(entries.windows(2).all(|pair| pair[1].prev == pair[0].hash && pair[1].seq.0 == pair[0].seq.0 + 1));
    for thread in 0..8_u128 {
        let turn = ledger.turn(TurnId(thread)).expect("turn");
        let texts: Vec<_> = turn.into_iter().map(|entry| entry.payload).collect();
        let expected: Vec<_> = (0..500).map(|n| Stored::Present(text(format!("{thread}/{n}")))).collect();
        assert_eq!(texts, expected);
    }
}

#[test]
fn reopening_continues_the_chain() {
    let disk = Forgetful::new();
    let mut before = open(&disk).head();
    for round in 0..5_u128 {
        let ledger = open(&disk);
        assert_eq!(ledger.head(), before);
        append_all(&ledger, (0..3).map(|n| line(round, text(format!("{n}")))));
        let entries = ledger.newest(3).expect("newest");
        assert_eq!(entries[0].prev, before.hash);
        assert_sound(&ledger);
        before = ledger.head();
    }
    assert_eq!(before.seq, Seq(15));
}

#[test]
fn dropping_the_last_handle_loses_nothing() {
    let disk = Forgetful::new();
    let ledger = open(&disk);
    let other = ledger.clone();
    drop(ledger);
    other.append(line(1, text("unsettled")));
    drop(other);
    assert_eq!(open(&disk).head().seq, Seq(1));
}

#[test]
fn a_large_group_becomes_several_blocks_in_one_commit() {
    let memory = Memory::default();
    let ledger = Ledger::open(memory.clone()).expect("opens");
    memory.hold(true);
    ledger.append(line(1, Payload::None));
    // The writer is in its first commit, so that all of this is one group.
    while memory.commits() == 0 && ledger.head().seq == Seq(0) {
        thread::sleep(std::time::Duration::from_millis(10));
        memory.hold(false);
    }
    memory.hold(true);
    let first = ledger.append(line(1, Payload::None));
    thread::sleep(std::time::Duration::from_millis(30));
    for n in 0..10_000 {
        ledger.append(line(2, if n % 2500 == 0 { text("x".repeat(700_000)) } else { Payload::None }));
    }
    memory.hold(false);
    ledger.settle_blocking(Seq(first.0 + 10_000)).expect("settles");
    assert_eq!(memory.commits(), 3);
    let rows = memory.rows();
    let lengths: Vec<u64> = rows.windows(2).map(|pair| pair[1].first - pair[0].first).collect();
    assert!(lengths.iter().all(|length| *length <= 4096), "{lengths:?}");
    assert!(rows.iter().all(|row| row.payloads.len() <= 1 << 20));
    assert!((6..12).contains(&rows.len()), "{lengths:?}");
    assert_sound(&ledger);
    assert_eq!(ledger.turn(TurnId(2)).expect("turn").len(), 10_000);
}

#[test]
fn reading_keeps_to_its_borders() {
    let ledger = open(&Forgetful::new());
    for group in 0..4 {
        append_all(&ledger, (0..5).map(|n| line(group, text(format!("{n}")))));
    }
    let seqs = |entries: Vec<loket_ledger::Entry>| entries.iter().map(|entry| entry.seq.0).collect::<Vec<_>>();
    assert_eq!(seqs(ledger.read(Seq(4), 4).expect("read")), [4, 5, 6, 7]);
    assert_eq!(seqs(ledger.read(Seq(19), 100).expect("read")), [19, 20]);
    assert!(seqs(ledger.read(Seq(21), 100).expect("read")).is_empty());
    assert!(seqs(ledger.read(Seq(u64::MAX), usize::MAX).expect("read")).is_empty());
    assert!(seqs(ledger.read(Seq(1), 0).expect("read")).is_empty());
    assert_eq!(seqs(ledger.newest(3).expect("newest")), [18, 19, 20]);
    assert_eq!(seqs(ledger.newest(usize::MAX).expect("newest")).len(), 20);
    assert_eq!(ledger.entry(Seq(7)).expect("entry").map(|entry| entry.seq), Some(Seq(7)));
    assert_eq!(ledger.entry(Seq(0)).expect("entry"), None);
    assert_eq!(ledger.entry(Seq(21)).expect("entry"), None);
    assert_eq!(ledger.turn(TurnId(99)).expect("turn"), []);
}

#[test]
fn a_subscriber_hears_each_durable_line_once_and_in_order() {
    let disk = Forgetful::new();
    let ledger = open(&disk);
    append_all(&ledger, [line(1, text("before"))]);
    let mut news = ledger.subscribe();
    thread::scope(|scope| {
        let appender = ledger.clone();
        scope.spawn(move || {
            (0..200).for_each(|n| drop(appender.settle_blocking(appender.append(line(1, text(format!("{n}")))))))
        });
        for n in 0..200 {
            let entry = news.blocking_recv().expect("an entry");
            assert_eq!(entry.seq, Seq(2 + n));
            assert_eq!(entry.payload, Stored::Present(text(format!("{n}"))));
            assert_eq!(
                ledger.entry(entry.seq).expect("entry").as_ref(),
                Some(&*entry),
                "it can be read when it is heard"
            );
        }
    });
}

#[test]
fn a_line_becomes_durable_though_nobody_waits() {
    let ledger = open(&Forgetful::new());
    let mut news = ledger.subscribe();
    let seq = ledger.append(line(1, Payload::None));
    assert_eq!(news.blocking_recv().expect("an entry").seq, seq);
}

#[test]
fn a_thousand_lines_share_few_syncs() {
    let disk = Forgetful::new();
    let ledger = open(&disk);
    let before = disk.syncs();
    append_all(&ledger, (0..1000).map(|n| line(n, text("x"))));
    let syncs = disk.syncs() - before;
    assert!((1..50).contains(&syncs), "{syncs} syncs");
}

#[test]
fn waiting_for_a_line_that_nobody_appended_is_an_error() {
    let ledger = open(&Forgetful::new());
    append_all(&ledger, [line(1, Payload::None)]);
    assert!(matches!(ledger.settle_blocking(Seq(2)), Err(LedgerError::NeverAppended { seq: Seq(2), newest: Seq(1) })));
    ledger.settle_blocking(Seq(0)).expect("the place before the first is always durable");
}
