//! A scrub that is cut off at any moment: nothing else is lost, what it erased stays so, and the next one finishes.

use crate::scrub::{PHRASE, all, assert_rest, assert_whole, bytes, erased, fill, keys, open_file, scrub, traces};
use crate::{append_all, assert_sound, line, open, text};
use loket_ledger::{Entry, RedbStorage};
use loket_testkit::{Forgetful, kill};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

const FILE: &str = "LOKET_LEDGER_SCRUB_FILE";

/// Twelve rows, half of which have the phrase; large ones and such that share a page.
fn small_disk() -> (Forgetful, Vec<Entry>, Vec<u64>, Vec<[u8; 32]>) {
    let disk = Forgetful::new();
    let ledger = open(&disk);
    for n in 0..12_usize {
        let filler = "and so on ".repeat([3, 300, 3000][n % 3]);
        append_all(&ledger, [line(1, text(format!("{n} {} {filler}", if n % 2 == 0 { PHRASE } else { "nothing" })))]);
    }
    let entries = all(&ledger);
    drop(ledger);
    let secret: Vec<u64> = (0..6).map(|n| 2 * n + 1).collect();
    let keys = keys(&RedbStorage::with_backend(disk.backend()).expect("opens"));
    (disk, entries, secret.clone(), secret.iter().map(|seq| keys[seq]).collect())
}

#[test]
fn a_power_cut_at_any_moment_of_a_scrub_loses_nothing_else_and_the_next_one_finishes() {
    let (disk, before, secret, keys) = small_disk();
    assert_eq!(traces(&bytes(&disk), &keys), keys.len());
    let mut seen = HashSet::new();
    for moment in 0.. {
        let disk = disk.copy();
        let ledger = open(&disk);
        disk.fail_after(Some(moment));
        let outcome = scrub(&ledger);
        disk.fail_after(None);
        // Now and then the disk recovers, and the same ledger goes on.
        let again = (moment % 3 == 0).then(|| scrub(&ledger));
        let done = outcome.is_ok() || matches!(again, Some(Ok(_)));
        if moment % 2 == 0 {
            disk.power_cut()
        } else {
            disk.power_cut_torn(moment)
        }
        drop(ledger);

        let ledger = open(&disk);
        assert_sound(&ledger);
        let after = all(&ledger);
        drop(ledger);
        assert_rest(&before, &after, &secret);
        let gone = erased(&after);
        assert!(!done || gone == secret, "moment {moment}: it said that it had erased");
        let gone_keys = secret.iter().zip(&keys).filter(|(seq, _)| gone.contains(seq)).map(|(_, key)| key);
        assert_eq!(traces(&bytes(&disk), gone_keys), 0, "moment {moment}: a key is still there");
        seen.insert(gone.len());

        let ledger = open(&disk);
        assert_eq!(scrub(&ledger).expect("scrubs").erased, (secret.len() - gone.len()) as u64);
        assert_rest(&before, &all(&ledger), &secret);
        assert_whole(ledger, &disk);
        assert_eq!(traces(&bytes(&disk), &keys), 0, "moment {moment}: a key is still there");
        if outcome.is_ok() {
            break;
        }
    }
    assert!(seen.contains(&0) && seen.contains(&secret.len()), "{seen:?}");
}

#[test]
fn a_torn_write_at_the_end_of_a_scrub_brings_no_key_back() {
    let (disk, _, secret, keys) = small_disk();
    // How many operations a scrub takes.
    let whole = (0..).find(|moment| {
        let disk = disk.copy();
        let ledger = open(&disk);
        disk.fail_after(Some(*moment));
        let done = scrub(&ledger).is_ok();
        disk.fail_after(None);
        done
    });
    let whole = whole.expect("it ends");
    for seed in 0..120 {
        let disk = disk.copy();
        let ledger = open(&disk);
        // In its last commit, which is the one that says that the wipe is done.
        disk.fail_after(Some(whole - 1 - seed % 4));
        scrub(&ledger).expect_err("the disk fails");
        disk.fail_after(None);
        disk.power_cut_torn(seed);
        drop(ledger);
        let ledger = open(&disk);
        assert_eq!(erased(&all(&ledger)), secret);
        drop(ledger);
        assert_eq!(traces(&bytes(&disk), &keys), 0, "seed {seed}: a key is still there");
    }
}

/// The child of the test below: scrubs until it is killed.
#[test]
fn scrubber() {
    if !kill::is_child() {
        return;
    }
    let ledger = open_file(Path::new(&std::env::var_os(FILE).expect("the file")));
    kill::ready();
    let answer = scrub(&ledger).expect("scrubs");
    kill::acknowledge(answer.erased);
    std::thread::sleep(Duration::from_secs(600));
}

#[test]
fn a_kill_at_any_moment_of_a_scrub_loses_nothing_else_and_the_next_one_finishes() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = folder.path().join("whole.redb");
    let ledger = open_file(&whole);
    let secret = fill(&ledger);
    let before = all(&ledger);
    drop(ledger);
    let keys = keys(&RedbStorage::open(&whole).expect("opens"));
    let gone: Vec<_> = secret.iter().map(|seq| &keys[seq]).collect();
    let mut cut = 0;
    for round in 0..24_u64 {
        let path = folder.path().join(format!("{round}.redb"));
        std::fs::copy(&whole, &path).expect("copied");
        let after = kill::After::Ready(Duration::from_millis(round * round * 2));
        let said = kill::run("scrub_crash::scrubber", &[(FILE, path.as_os_str() as &OsStr)], after);
        let ledger = open_file(&path);
        assert_sound(&ledger);
        assert_rest(&before, &all(&ledger), &secret);
        let answer = scrub(&ledger).expect("scrubs");
        assert!(said.is_empty() || (said == ["100"] && answer.erased == 0));
        cut += usize::from(said.is_empty());
        assert_eq!(erased(&all(&ledger)), secret);
        assert_rest(&before, &all(&ledger), &secret);
        drop(ledger);
        assert_eq!(traces(&std::fs::read(&path).expect("reads"), gone.iter().copied()), 0);
        std::fs::remove_file(&path).expect("removed");
    }
    assert!(cut >= 2, "only {cut} kills came before the end");
}
