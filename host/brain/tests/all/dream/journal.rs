//! What dreams did is told, and can be taken back.

use super::{SEASON, dream, only, restless, seen};
use crate::support::*;
use loket_brain::{BrainError, DeedKind, Entry, MemoryId, Revision, Standing};

#[test]
fn a_dream_that_is_taken_back_leaves_everything_as_it_was() {
    for indexed in [false, true] {
        for now in [3 * DAY, 2 * SEASON] {
            let brain = restless();
            if indexed {
                brain.index_now().expect("indexed");
            }
            let (before, _, found) = seen(&brain);
            let dreamt = dream(&brain, now);
            if indexed {
                brain.index_now().expect("indexed");
            }
            assert_ne!(everything(&brain), before);
            let entry = dreamt.entry.expect("an entry");
            let undone = brain.undo(entry).expect("taken back");
            assert!(undone >= 18, "{undone}");
            for place in ["tail", "index"] {
                let (now, _, now_found) = seen(&brain);
                assert_eq!((&now, &now_found), (&before, &found), "in the {place}");
                brain.index_now().expect("indexed");
            }
            assert!(brain.journal(10).expect("read")[0].undone);
            match brain.undo(entry) {
                Err(BrainError::Invalid(message)) => assert!(message.contains("taken back already"), "{message}"),
                other => panic!("{other:?}"),
            }
            let brain = brain.reopened(|_| {});
            assert_eq!(everything(&brain), before);
            // It learns as if it had never dreamt.
            let count = brain.count().expect("counted");
            write(&brain, draft("a backup is running on a NAS"), now + DAY);
            write(&brain, draft("the backup runs on the NAS"), now + DAY);
            assert_eq!(brain.count().expect("counted"), count);
        }
    }
}

#[test]
fn what_others_changed_since_stays_when_a_dream_is_taken_back() {
    let brain = restless();
    let ids: Vec<MemoryId> = ["ficus", "question 3"].map(|word| recall(&brain, word)[0].entry.id.clone()).to_vec();
    let before = everything(&brain);
    let dreamt = dream(&brain, SEASON + DAY);
    let merge = only(&dreamt, DeedKind::Merge).clone();
    let summary = only(&dreamt, DeedKind::Summary).kept.clone().expect("written");
    // One is said again, one is edited, one is forgotten; a summary is pinned.
    write(&brain, draft("the spare key is under the ficus"), SEASON + 2 * DAY);
    let text = Some("put right".to_owned());
    brain.edit(&merge.memories[1], &Revision { text, ..Revision::default() }).expect("edited");
    brain.forget(&ids[1], SEASON + 2 * DAY).expect("forgotten");
    assert_eq!(brain.get(&summary).expect("read"), None, "it was drawn from what is forgotten");
    let expect: Vec<Entry> = [&ids[0], &merge.memories[1]].map(|id| entry(&brain, id)).to_vec();

    brain.undo(dreamt.entry.expect("an entry")).expect("taken back");
    let after = everything(&brain);
    for old in &before {
        let now = after.iter().find(|entry| entry.id == old.id);
        if old.id == ids[1] {
            assert_eq!(now, None);
        } else if let Some(changed) = expect.iter().find(|entry| entry.id == old.id) {
            assert_eq!(now, Some(changed));
        } else {
            assert_eq!(now, Some(old));
        }
    }
    assert_eq!(after.len(), before.len() - 1, "what the dream wrote is gone");
}

#[test]
fn the_journal_tells_dreams_newest_first() {
    let brain = restless();
    assert_eq!(brain.journal(10).expect("read"), []);
    let first = dream(&brain, 3 * DAY);
    write(&brain, draft("the new backup runs on the NAS"), 4 * DAY);
    write(&brain, draft("a new backup is running on a NAS"), 4 * DAY);
    let second = dream(&brain, 5 * DAY);
    let brain = brain.reopened(|_| {});
    let journal = brain.journal(10).expect("read");
    let told: Vec<_> =
        journal.iter().map(|entry| (Some(entry.entry), entry.time, entry.undone, &entry.deeds)).collect();
    assert_eq!(told, [(second.entry, 5 * DAY, false, &second.deeds), (first.entry, 3 * DAY, false, &first.deeds)]);
    assert_eq!(brain.journal(1).expect("read"), journal[..1]);
    for limit in [0, 101] {
        assert!(matches!(brain.journal(limit), Err(BrainError::Invalid(_))));
    }
    match brain.undo(4711) {
        Err(BrainError::NotFound(message)) => assert!(message.contains("4711"), "{message}"),
        other => panic!("{other:?}"),
    }
    // Taken back in any order.
    brain.undo(first.entry.expect("an entry")).expect("taken back");
    brain.undo(second.entry.expect("an entry")).expect("taken back");
    assert!(brain.journal(10).expect("read").iter().all(|entry| entry.undone));
    assert!(everything(&brain).iter().all(|entry| entry.faded == 0 && entry.standing == Standing::Current));
}

#[test]
fn the_last_two_hundred_dreams_can_be_taken_back() {
    let brain = brain();
    let id = write(&brain, draft("the spare key is under the ficus"), 0);
    let mut entries = Vec::new();
    for n in 0..210u64 {
        let now = (n + 1) * SEASON;
        entries.extend(dream(&brain, now).entry);
        write(&brain, draft(&format!("note {n}")), now);
        brain.used([id.clone()], now);
        entries.extend(dream(&brain, now + 1).entry);
        if entries.len() > 205 {
            break;
        }
    }
    assert!(entries.len() > 205, "{}", entries.len());
    let kept: Vec<u64> = {
        let mut all = brain.journal(100).expect("read");
        assert_eq!(all.len(), 100);
        all.truncate(1);
        all.iter().map(|entry| entry.entry).collect()
    };
    assert_eq!(kept.first(), entries.last());
    assert!(matches!(brain.undo(entries[0]), Err(BrainError::NotFound(_))));
    brain.undo(entries[entries.len() - 200]).expect("the oldest that is kept");
}
