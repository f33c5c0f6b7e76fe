//! What was an answer is remembered, and costs next to nothing.

use crate::support::*;
use loket_brain::{Brain, Kind, MemoryId, Options, Query};
use loket_testkit::Forgetful;
use redb::{ReadableDatabase, ReadableTableMetadata, TableDefinition};

#[track_caller]
fn used(brain: &Brain, id: &MemoryId) -> (u32, Option<u64>) {
    let entry = entry(brain, id);
    (entry.used, entry.last_used)
}

#[test]
fn a_use_is_counted_and_its_time_kept_wherever_a_memory_is_read() {
    let brain = brain();
    let (id, other) = (remember(&brain, "the spare key is under the ficus"), remember(&brain, "tea is at four"));
    assert_eq!(used(&brain, &id), (0, None));
    brain.used([id.clone()], 7000);
    brain.used([id.clone(), other.clone(), id.clone()], 5000);
    assert_eq!((used(&brain, &id), used(&brain, &other)), ((3, Some(7000)), (1, Some(5000))), "the latest time counts");
    let hit = recall(&brain, "ficus").remove(0).entry;
    let listed = all(&brain, &[], 10).into_iter().find(|entry| entry.id == id).expect("listed");
    let line = everything(&brain).into_iter().find(|entry| entry.id == id).expect("exported");
    for entry in [hit, listed, line] {
        assert_eq!((entry.used, entry.last_used), (3, Some(7000)));
    }
}

#[test]
fn to_be_asked_for_is_no_use_by_itself() {
    let brain = brain();
    let id = remember(&brain, "tea is at four");
    for _ in 0..3 {
        recall(&brain, "tea");
    }
    assert_eq!(used(&brain, &id), (0, None));
}

#[test]
fn uses_survive_a_close_and_a_drop() {
    for close in [true, false] {
        let brain = brain();
        let id = remember(&brain, "tea is at four");
        brain.used([id.clone()], 5000);
        if close {
            brain.close().expect("closed");
        }
        let brain = brain.reopened(|_| {});
        assert_eq!(used(&brain, &id), (1, Some(5000)), "closed: {close}");
        brain.used([id.clone()], 6000);
        assert_eq!(used(&brain, &id), (2, Some(6000)), "those on disk and those that wait add up");
        brain.close().expect("closed");
        let brain = brain.reopened(|_| {});
        assert_eq!(used(&brain, &id), (2, Some(6000)));
    }
}

#[test]
fn a_use_waits_for_the_next_write_and_costs_no_sync() {
    let (disk, dir) = (Forgetful::new(), tempfile::tempdir().expect("a folder"));
    let opened = || Brain::open_with_backend(dir.path(), disk.backend(), Options::default()).expect("opens");
    let brain = opened();
    let id = remember(&brain, "tea is at four");
    let before = disk.syncs();
    for time in 0..1000 {
        brain.used([id.clone()], time);
    }
    assert_eq!((disk.syncs(), used(&brain, &id).0), (before, 1000));
    disk.power_cut();
    drop(brain);

    let brain = opened();
    assert_eq!((used(&brain, &id), recall(&brain, "tea").len()), ((0, None), 1), "no more than the uses is lost");
    brain.used([id.clone()], 2000);
    remember(&brain, "something else");
    assert_eq!(used(&brain, &id), (1, Some(2000)));
    disk.power_cut();
    drop(brain);
    assert_eq!(used(&opened(), &id), (1, Some(2000)), "the write took it along");
}

#[test]
fn a_write_that_fails_loses_no_use() {
    let (disk, dir) = (Forgetful::new(), tempfile::tempdir().expect("a folder"));
    let brain = Brain::open_with_backend(dir.path(), disk.backend(), Options::default()).expect("opens");
    let id = remember(&brain, "tea is at four");
    brain.used([id.clone()], 2000);
    disk.fail_after(Some(0));
    brain.remember(draft("no room for this"), at(3)).expect_err("the disk is full");
    assert_eq!(used(&brain, &id), (1, Some(2000)));
    brain.remember(draft(" "), at(4)).expect_err("empty");
    assert_eq!(used(&brain, &id), (1, Some(2000)));
}

#[test]
fn uses_do_not_wait_for_ever_when_nothing_else_is_written() {
    let (disk, dir) = (Forgetful::new(), tempfile::tempdir().expect("a folder"));
    let opened = || Brain::open_with_backend(dir.path(), disk.backend(), Options::default()).expect("opens");
    let brain = opened();
    let drafts = (0..5000).map(|n| (draft(&format!("note {n}")), at(n))).collect();
    let ids = brain.remember_all(drafts).expect("remembered");
    let before = disk.syncs();
    brain.used(ids.clone(), 9000);
    assert!(disk.syncs() > before);
    disk.power_cut();
    drop(brain);
    let brain = opened();
    assert!(ids.iter().all(|id| used(&brain, id) == (1, Some(9000))));
}

#[test]
fn many_who_use_at_once_lose_none() {
    let brain = brain();
    let id = remember(&brain, "tea is at four");
    std::thread::scope(|scope| {
        for thread in 0..4u64 {
            let (brain, id) = (&brain, &id);
            scope.spawn(move || {
                for n in 0..100 {
                    brain.used([id.clone()], n);
                    if n % 25 == 0 {
                        remember(brain, &format!("word{thread}x{n}"));
                    }
                }
            });
        }
    });
    assert_eq!(used(&brain, &id).0, 400);
    brain.close().expect("closed");
    let brain = brain.reopened(|_| {});
    assert_eq!(used(&brain, &id).0, 400);
}

#[test]
fn of_equals_the_one_that_was_an_answer_more_often_comes_first() {
    let brain = brain();
    let ids = ["soup", "rice", "bread"].map(|dish| write(&brain, of(Kind::Fact, &format!("{dish} for lunch")), 1000));
    let order = |brain: &Brain| names(brain, &Query::words("lunch"));
    assert_eq!(order(&brain), [ids[2].clone(), ids[1].clone(), ids[0].clone()], "the newest of equals, before");
    brain.used([ids[0].clone(), ids[1].clone(), ids[0].clone()], 2000);
    let expect = [ids[0].clone(), ids[1].clone(), ids[2].clone()];
    for _ in ["tail", "index"] {
        assert_eq!(order(&brain), expect);
        brain.index_now().expect("indexed");
    }
    brain.close().expect("closed");
    assert_eq!(order(&brain.reopened(|_| {})), expect);
}

#[test]
fn use_does_not_outweigh_what_fits_better() {
    let brain = brain();
    let often = remember(&brain, "backup runs nightly, and so does the cleaning");
    let better = remember(&brain, "backup password hint: grandmother");
    for time in 0..1000 {
        brain.used([often.clone()], time);
    }
    assert_eq!(names(&brain, &Query::words("backup password")), [better, often]);
}

#[test]
fn forgetting_takes_its_uses_away() {
    let brain = brain();
    let (gone, kept) = (remember(&brain, "tea is at four"), remember(&brain, "coffee is at six"));
    brain.used([gone.clone(), kept.clone()], 2000);
    remember(&brain, "the uses are on disk");
    brain.forget(&gone, 3000).expect("forgotten");
    // Who had it in hand notes it afterwards.
    brain.used([gone.clone(), MemoryId::from("no name"), MemoryId::from("01ARZ3NDEKTSV4RRFFQ69G5FAV")], 4000);
    brain.close().expect("closed");
    let Fixture { brain, dir } = brain;
    drop(brain);
    let database = redb::Database::open(dir.path().join("brain.redb")).expect("opens");
    let uses: TableDefinition<'_, u128, (u32, u64)> = TableDefinition::new("uses");
    let rows = database.begin_read().expect("begins").open_table(uses).expect("a table").len().expect("counted");
    assert_eq!(rows, 1, "the uses of what is kept, and no others");
    drop(database);
    assert_eq!(used(&open(dir.path()), &kept), (1, Some(2000)));
}
