//! A disk that fails, a storage that stalls, a ledger that was closed: everybody who waits is told.

use crate::memory::Memory;
use crate::{append_all, assert_sound, line, open, text};
use loket_ledger::{Ledger, LedgerError, Payload, Seq, StorageError, Stored};
use loket_testkit::Forgetful;
use std::thread;
use std::time::Duration;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().expect("a runtime")
}

#[test]
fn a_full_disk_reaches_every_waiter_and_stays() {
    let disk = Forgetful::new();
    let ledger = open(&disk);
    append_all(&ledger, [line(1, text("kept"))]);
    disk.fail_after(Some(0));
    let error = runtime().block_on(async {
        let waiters: Vec<_> = (0..20)
            .map(|n| {
                let (ledger, seq) = (ledger.clone(), ledger.append(line(1, text(format!("{n}")))));
                tokio::spawn(async move { ledger.settle(seq).await })
            })
            .collect();
        let mut last = None;
        for waiter in waiters {
            last = Some(waiter.await.expect("no panic").expect_err("the disk is full"));
        }
        last.expect("an error")
    });
    assert_eq!(
        error.to_string(),
        "the ledger has stopped writing: the disk is full; lines from 2 on are not recorded; free some space, then start again"
    );
    disk.fail_after(None);
    let late = ledger.append(line(1, text("late")));
    assert!(
        matches!(ledger.settle_blocking(late), Err(LedgerError::Broken { from: Seq(2), .. })),
        "it stays broken: no hole in the record"
    );
    ledger.settle_blocking(Seq(1)).expect("what was durable stays so");
    assert!(runtime().block_on(ledger.close()).is_err());
    drop(ledger);
    let ledger = open(&disk);
    append_all(&ledger, [line(1, text("again"))]);
    assert_sound(&ledger);
}

#[test]
fn whatever_operation_fails_nothing_acknowledged_is_lost() {
    let mut broken = 0;
    for moment in 0..60 {
        let disk = Forgetful::new();
        let ledger = open(&disk);
        disk.fail_after(Some(moment));
        let acknowledged: Vec<Seq> = (0..10)
            .map(|n| ledger.append(line(n, text(format!("{n}")))))
            .take_while(|seq| ledger.settle_blocking(*seq).is_ok())
            .collect();
        broken += usize::from(acknowledged.len() < 10);
        disk.fail_after(None);
        disk.power_cut_torn(moment);
        drop(ledger);
        let ledger = open(&disk);
        for seq in acknowledged {
            let entry = ledger.entry(seq).expect("reads").expect("it was acknowledged");
            assert_eq!(entry.payload, Stored::Present(text(format!("{}", seq.0 - 1))));
        }
        assert_sound(&ledger);
    }
    assert!(broken > 10, "only {broken} rounds failed");
}

#[test]
fn a_panic_in_the_writer_is_told() {
    let memory = Memory::default();
    let ledger = Ledger::open(memory.clone()).expect("opens");
    memory.panic();
    let error = ledger.settle_blocking(ledger.append(line(1, Payload::None))).expect_err("it panicked");
    assert!(
        matches!(&error, LedgerError::Broken { source, .. } if matches!(**source, StorageError::Fault { .. })),
        "{error}"
    );
}

#[test]
fn a_closed_ledger_keeps_what_it_has_and_takes_no_more() {
    let disk = Forgetful::new();
    let ledger = open(&disk);
    let seq = ledger.append(line(1, text("last")));
    runtime().block_on(async {
        ledger.close().await.expect("closes");
        ledger.settle(seq).await.expect("it was written");
        let late = ledger.append(line(1, text("late")));
        assert!(matches!(ledger.settle(late).await, Err(LedgerError::Closed { seq }) if seq == late));
        ledger.room().await;
        ledger.close().await.expect("closing twice is fine");
    });
    assert_eq!(ledger.newest(9).expect("reads").len(), 1);
    drop(ledger);
    assert_eq!(open(&disk).head().seq, seq);
}

#[test]
fn a_slow_disk_makes_room_wait_but_never_append() {
    let memory = Memory::default();
    let ledger = Ledger::open(memory.clone()).expect("opens");
    runtime().block_on(async {
        ledger.room().await;
        memory.hold(true);
        let mut last = Seq(0);
        for _ in 0..70 {
            last = ledger.append(line(1, text("x".repeat(1 << 20))));
        }
        let waits = tokio::time::timeout(Duration::from_millis(100), ledger.room()).await;
        assert!(waits.is_err(), "70 MiB are on their way");
        memory.hold(false);
        tokio::time::timeout(Duration::from_secs(60), ledger.room()).await.expect("there is room again");
        ledger.settle(last).await.expect("settles");
        ledger.flush().await.expect("nothing is left");
    });
    assert_sound(&ledger);
}

#[test]
fn a_waiter_may_go_away_and_many_may_come() {
    let memory = Memory::default();
    let ledger = Ledger::open(memory.clone()).expect("opens");
    runtime().block_on(async {
        memory.hold(true);
        let first = ledger.append(line(1, Payload::None));
        assert!(tokio::time::timeout(Duration::from_millis(20), ledger.settle(first)).await.is_err());
        let waiters: Vec<_> = (0..2000)
            .map(|n| {
                let ledger = ledger.clone();
                tokio::spawn(async move { ledger.settle(ledger.append(line(n, text("x")))).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(20)).await;
        memory.hold(false);
        for waiter in waiters {
            waiter.await.expect("no panic").expect("settles");
        }
    });
    assert_eq!(ledger.head().seq, Seq(2001));
    assert!(memory.commits() < 200, "{} commits", memory.commits());
}

#[test]
fn settling_wakes_a_lingering_writer() {
    // If it did not, each round would take the whole linger of five milliseconds.
    let ledger = Ledger::open(Memory::default()).expect("opens");
    let start = std::time::Instant::now();
    for _ in 0..400 {
        let seq = ledger.append(line(1, Payload::None));
        thread::yield_now();
        ledger.settle_blocking(seq).expect("settles");
    }
    assert!(start.elapsed() < Duration::from_millis(1500), "{:?}", start.elapsed());
}
