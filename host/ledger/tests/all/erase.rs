//! Erasing: the payload is gone from reading and from the medium, and the chain does not notice.

use crate::{append_all, assert_sound, line, open, text};
use loket_ledger::storage::Storage;
use loket_ledger::{Payload, RedbStorage, Seq, Stored};
use loket_testkit::Forgetful;

/// Large, so that its page is not soon used again: a stale page stays.
fn secret(n: u64) -> Payload {
    text(format!("the secret number {n}{}", " and so on".repeat(10_000)))
}

/// A disk with a few lines, each in a block of its own, and the key of line 3.
fn disk() -> (Forgetful, Vec<u8>) {
    let disk = Forgetful::new();
    let ledger = open(&disk);
    for n in 1..=6 {
        append_all(&ledger, [line(1, secret(n))]);
    }
    drop(ledger);
    let row = RedbStorage::with_backend(disk.backend()).expect("opens").at_or_before(3).expect("reads").expect("a row");
    assert_eq!(row.first, 3);
    // One item, present, its key: see the form.
    (disk, row.payloads[2..34].to_vec())
}

#[test]
fn an_erased_payload_is_gone_and_the_chain_holds() {
    let disk = Forgetful::new();
    let ledger = open(&disk);
    append_all(&ledger, [text("one"), text("two"), Payload::None, text("four")].map(|payload| line(1, payload)));
    let head = ledger.head();
    assert!(ledger.erase(Seq(2)).expect("erases"));
    assert!(!ledger.erase(Seq(2)).expect("nothing is left to erase"));
    assert!(!ledger.erase(Seq(3)).expect("there was nothing"));
    let check = |ledger: &loket_ledger::Ledger| {
        let payloads: Vec<Stored> =
            ledger.read(Seq(1), 10).expect("reads").into_iter().map(|entry| entry.payload).collect();
        assert_eq!(
            payloads,
            [Stored::Present(text("one")), Stored::Erased, Stored::None, Stored::Present(text("four"))]
        );
        assert_eq!(ledger.verify().erased, 1);
        assert_eq!(ledger.head(), head);
        assert_sound(ledger);
    };
    check(&ledger);
    drop(ledger);
    let ledger = open(&disk);
    check(&ledger);
    append_all(&ledger, [line(1, text("five"))]);
    assert_sound(&ledger);
}

#[test]
fn erasing_a_line_on_its_way_waits_for_it() {
    let ledger = open(&Forgetful::new());
    let seq = ledger.append(line(1, text("secret")));
    assert!(ledger.erase(seq).expect("erases"));
    assert_eq!(ledger.entry(seq).expect("reads").expect("there").payload, Stored::Erased);
    assert!(ledger.erase(Seq(99)).is_err(), "there is no such line");
    assert!(!ledger.erase(Seq(0)).expect("the place before the first holds nothing"));
}

#[test]
fn no_payload_lies_readable_on_the_medium() {
    let (disk, key) = disk();
    assert!(!disk.contains(b"the secret number"));
    assert!(disk.contains(&key));
}

#[test]
fn no_stale_page_keeps_the_key() {
    let (disk, key) = disk();
    let ledger = open(&disk);
    assert!(ledger.erase(Seq(3)).expect("erases"));
    // The first eight bytes stand, inverted, among what was to be wiped; the rest is nowhere.
    assert!(!disk.contains(&key[8..]));
    assert!(!disk.contains(&key[..8]));
    drop(ledger);
    assert!(!disk.contains(&key[8..]));
    assert_sound(&open(&disk));
    assert_whole(&disk);
}

#[test]
fn a_power_cut_at_any_moment_of_an_erasure_leaves_all_or_nothing() {
    let (disk, key) = disk();
    let (mut whole, mut erased) = (0, 0);
    for moment in 0.. {
        let disk = disk.copy();
        let ledger = open(&disk);
        disk.fail_after(Some(moment));
        let outcome = ledger.erase(Seq(3));
        disk.fail_after(None);
        if moment % 2 == 0 {
            disk.power_cut()
        } else {
            disk.power_cut_torn(moment)
        }
        drop(ledger);

        let ledger = open(&disk);
        assert_sound(&ledger);
        match ledger.entry(Seq(3)).expect("reads").expect("there").payload {
            Stored::Present(payload) => {
                assert!(outcome.is_err(), "it said that it had erased");
                assert_eq!(payload, secret(3));
                whole += 1;
            }
            Stored::Erased => {
                assert!(!disk.contains(&key[8..]), "moment {moment}: the key is still there");
                erased += 1;
            }
            Stored::None => panic!("it had a payload"),
        }
        for other in [1, 2, 4, 5, 6] {
            let payload = ledger.entry(Seq(other)).expect("reads").expect("there").payload;
            assert_eq!(payload, Stored::Present(secret(other)));
        }
        if outcome.is_ok() {
            break;
        }
    }
    assert!(whole >= 3 && erased >= 3, "{whole} whole, {erased} erased");
}

#[test]
fn erasing_again_finishes_what_failed_after_the_payload_was_out_of_reach() {
    let (disk, key) = disk();
    let mut finished = 0;
    for moment in 0.. {
        let disk = disk.copy();
        let ledger = open(&disk);
        disk.fail_after(Some(moment));
        let outcome = ledger.erase(Seq(3));
        disk.fail_after(None);
        // Some failures redb gets over only when it is opened again; it says so then.
        if outcome.is_err() && ledger.erase(Seq(3)).is_ok_and(|erased| !erased) {
            assert!(!disk.contains(&key[8..]), "moment {moment}: the key is still there");
            finished += 1;
        }
        if outcome.is_ok() {
            break;
        }
    }
    assert!(finished > 0, "no failure came after the payload was out of reach");
}

#[test]
fn erasing_does_not_disturb_readers_and_writers() {
    let disk = Forgetful::new();
    let ledger = open(&disk);
    append_all(&ledger, (0..200).map(|n| line(1, text(format!("{n}")))));
    std::thread::scope(|scope| {
        scope.spawn(|| (0..300).for_each(|n| append_all(&ledger, [line(2, text(format!("{n}")))])));
        scope.spawn(|| (1..=50).for_each(|n| assert!(ledger.erase(Seq(n * 4)).expect("erases"))));
        scope.spawn(|| (0..300).for_each(|_| assert_eq!(ledger.read(Seq(1), 200).expect("reads").len(), 200)));
    });
    assert_eq!(ledger.verify().erased, 50);
    assert_sound(&ledger);
    drop(ledger);
    assert_sound(&open(&disk));
    assert_whole(&disk);
}

/// The wipe has touched no page that redb uses.
#[track_caller]
fn assert_whole(disk: &Forgetful) {
    let mut database = redb::Builder::new().create_with_backend(disk.backend()).expect("opens");
    assert!(database.check_integrity().expect("can be checked"));
}
