//! Following a ledger: nobody misses a line, however slow.

use crate::{append_all, line, text};
use loket_ledger::{Ledger, RedbStorage};

#[tokio::test]
async fn whoever_is_slower_than_the_lines_come_is_told_each_of_them_once_and_in_order() {
    const LINES: u64 = 5_000;
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = Ledger::open(RedbStorage::open(folder.path().join("ledger.redb")).expect("the storage opens"))
        .expect("it opens");
    append_all(&ledger, [line(1, text("before"))]);
    let mut follower = ledger.follow();
    // More than anybody is kept: the first are gone from the news before one is asked for.
    append_all(&ledger, (0..LINES).map(|n| line(2 + u128::from(n), text("later"))));
    for n in 0..LINES {
        let entry = follower.next().await.expect("a line");
        assert_eq!((entry.seq.0, entry.turn.0), (2 + n, 2 + u128::from(n)));
    }
    append_all(&ledger, [line(9_999, text("live"))]);
    assert_eq!(follower.next().await.expect("a line").turn.0, 9_999);
}

#[test]
fn a_task_that_has_done_much_can_wait_without_being_async() {
    // More than tokio lets a task do at a time.
    const MANY: u64 = 1_000;
    let folder = tempfile::tempdir().expect("a folder");
    let storage = RedbStorage::open(folder.path().join("ledger.redb")).expect("the storage opens");
    let (done, waited) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let ledger = Ledger::open(storage).expect("it opens");
            (0..MANY).for_each(|n| append_all(&ledger, [line(u128::from(n), text("much"))]));
        });
        let _ = done.send(());
    });
    waited.recv_timeout(std::time::Duration::from_secs(30)).expect("it waits for the disk and for nothing else");
}
