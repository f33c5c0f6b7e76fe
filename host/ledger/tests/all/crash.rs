//! Crashes: what was acknowledged is there afterwards, whole, once, and in a sound chain.

use crate::{assert_sound, line, open, text};
use loket_ledger::{Entry, Ledger, RedbStorage, Seq, Stored};
use loket_testkit::{Forgetful, kill};
use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

const FILE: &str = "LOKET_LEDGER_CRASH_FILE";

/// The child of the test below: two threads write until they are killed.
#[test]
fn writer() {
    if !kill::is_child() {
        return;
    }
    let path = std::env::var_os(FILE).expect("the file");
    let ledger = Ledger::open(RedbStorage::open(path).expect("opens")).expect("opens");
    kill::ready();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for n in 1.. {
                    let group: Vec<(Seq, String)> = (0..n % 7 + 1)
                        .map(|_| {
                            let token = format!("{:032x}", rand::random::<u128>());
                            (ledger.append(line(n, text(&token))), token)
                        })
                        .collect();
                    let last = group.last().expect("a line").0;
                    ledger.settle_blocking(last).expect("settles");
                    for (seq, token) in group {
                        kill::acknowledge(format!("{seq} {token}"));
                    }
                }
            });
        }
    });
}

#[test]
fn two_hundred_kills_lose_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.redb");
    let mut acknowledged: HashMap<Seq, String> = HashMap::new();
    for round in 0..200 {
        let delay = Duration::from_micros(rand::random_range(5_000..60_000));
        // Now and then also while it opens the file, and recovers it from the last kill.
        let after = if round % 4 == 0 { kill::After::Start(delay / 4) } else { kill::After::Ready(delay) };
        for said in kill::run("crash::writer", &[(FILE, path.as_os_str())], after) {
            let (seq, token) = said.split_once(' ').expect("a place and a token");
            let before = acknowledged.insert(Seq(seq.parse().expect("a place")), token.to_owned());
            assert_eq!(before, None, "a place was given twice");
        }
        // The child recovers what the last one left; every now and then this process does, and looks at everything.
        if round % 20 == 19 {
            let ledger = Ledger::open(RedbStorage::open(&path).expect("opens")).expect("opens");
            assert_sound(&ledger);
            check_all(&ledger, &acknowledged).expect("nothing is lost");
        }
    }
    assert!(acknowledged.len() > 1000, "only {} lines were acknowledged", acknowledged.len());
}

#[test]
fn a_kill_while_the_file_is_made_leaves_one_that_opens() {
    for round in 0..60 {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.redb");
        // A start takes a few milliseconds; the kill comes at any moment of it.
        for delay in [round * 300, 10_000] {
            kill::run("crash::writer", &[(FILE, path.as_os_str())], kill::After::Start(Duration::from_micros(delay)));
        }
        assert_sound(&Ledger::open(RedbStorage::open(&path).expect("opens")).expect("opens"));
    }
}

/// Each acknowledged line is there with its token, and no token is there twice.
fn check_all(ledger: &Ledger, acknowledged: &HashMap<Seq, String>) -> Result<(), String> {
    let mut tokens = HashSet::new();
    let mut found = 0;
    let mut from = Seq(1);
    loop {
        let entries: Vec<Entry> = ledger.read(from, Ledger::MAX_READ).map_err(|error| error.to_string())?;
        let Some(last) = entries.last() else { break };
        from = Seq(last.seq.0 + 1);
        for entry in entries {
            let Stored::Present(loket_ledger::Payload::Text(token)) = entry.payload else {
                return Err(format!("line {} has no token", entry.seq));
            };
            if let Some(expected) = acknowledged.get(&entry.seq) {
                if *expected != token {
                    return Err(format!("line {} is another than was acknowledged", entry.seq));
                }
                found += 1;
            }
            if !tokens.insert(token) {
                return Err(format!("the token of line {} is there twice", entry.seq));
            }
        }
    }
    if found == acknowledged.len() {
        Ok(())
    } else {
        Err(format!("{} acknowledged lines are lost", acknowledged.len() - found))
    }
}

/// Writes from two threads, cuts the power at some moment, reopens, and looks for what was acknowledged.
fn power_cut(disk: &Forgetful, seed: u64, acknowledged: &Mutex<HashMap<Seq, String>>) -> Result<(), String> {
    let ledger = RedbStorage::with_backend(disk.backend()).map_err(|error| error.to_string())?;
    let ledger = Ledger::open(ledger).map_err(|error| error.to_string())?;
    let before = acknowledged.lock().expect("lock").clone();
    check_all(&ledger, &before)?;
    let report = ledger.verify();
    if !report.is_sound() {
        return Err(report.faults[0].to_string());
    }
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for n in 1.. {
                    let group: Vec<(Seq, String)> = (0..n % 5 + 1)
                        .map(|_| {
                            let token = format!("{:032x}", rand::random::<u128>());
                            (ledger.append(line(n, text(&token))), token)
                        })
                        .collect();
                    if ledger.settle_blocking(group.last().expect("a line").0).is_err() {
                        return;
                    }
                    acknowledged.lock().expect("lock").extend(group);
                }
            });
        }
        thread::sleep(Duration::from_micros(rand::random_range(0..6_000)));
        if seed.is_multiple_of(3) { disk.power_cut() } else { disk.power_cut_torn(seed) }
    });
    Ok(())
}

#[test]
fn power_cuts_lose_nothing_that_was_acknowledged() {
    for disk in 0..10 {
        let (acknowledged, forgetful) = (Mutex::default(), Forgetful::new());
        for round in 0..30 {
            power_cut(&forgetful, disk * 1000 + round, &acknowledged).expect("nothing is lost");
        }
        let ledger = open(&forgetful);
        let acknowledged = acknowledged.into_inner().expect("lock");
        check_all(&ledger, &acknowledged).expect("nothing is lost");
        assert_sound(&ledger);
        assert!(acknowledged.len() > 30, "only {} lines were acknowledged", acknowledged.len());
    }
}

/// The test above could not fail if nothing were ever lost: without syncs it must.
#[test]
fn without_syncs_power_cuts_are_noticed() {
    for disk in 0..5 {
        let (acknowledged, forgetful) = (Mutex::default(), Forgetful::new());
        drop(open(&forgetful));
        forgetful.ignore_syncs(true);
        let lost = (0..10).any(|round| power_cut(&forgetful, disk * 1000 + round, &acknowledged).is_err());
        assert!(lost, "ten power cuts on a disk that ignores syncs, and nothing was lost");
    }
}
