//! Power cuts: what was acknowledged is there, and a disk that lies about syncs is caught.

use crate::support::*;
use loket_brain::{Brain, MemoryId, Options};
use loket_testkit::Forgetful;
use std::path::Path;

fn opened(disk: &Forgetful, dir: &Path) -> Brain {
    Brain::open_with_backend(dir, disk.backend(), Options { index_after: 15, ..Options::default() }).expect("opens")
}

/// How many of the acknowledged memories are lost after a cut.
fn lost(brain: &Brain, acknowledged: &[(MemoryId, String)]) -> usize {
    let there = |(id, word): &&(MemoryId, String)| {
        let read = brain.get(id).expect("read").is_some_and(|entry| entry.text.contains(word.as_str()));
        let hits = recall(brain, word);
        read && hits.len() == 1 && hits[0].entry.id == *id
    };
    acknowledged.iter().filter(|memory| !there(memory)).count()
}

/// Writes, cuts, reopens, some rounds; answers with how many acknowledged memories were lost at most.
fn cuts(disk: &Forgetful, dir: &Path, cut: impl Fn(u64)) -> usize {
    let mut acknowledged = Vec::new();
    let mut worst = 0;
    let mut brain = opened(disk, dir);
    for round in 0..20u64 {
        for n in 0..(3 + round * 7 % 40) {
            let word = format!("w{round}x{n}");
            acknowledged.push((remember(&brain, &word), word));
        }
        cut(round);
        drop(brain);
        brain = opened(disk, dir);
        worst = worst.max(lost(&brain, &acknowledged));
    }
    worst
}

#[test]
fn a_power_cut_loses_nothing_that_was_acknowledged() {
    let (disk, dir) = (Forgetful::new(), tempfile::tempdir().expect("a folder"));
    assert_eq!(cuts(&disk, dir.path(), |_| disk.power_cut()), 0);
}

#[test]
fn a_power_cut_in_the_middle_of_writing_loses_nothing_that_was_acknowledged() {
    let (disk, dir) = (Forgetful::new(), tempfile::tempdir().expect("a folder"));
    assert_eq!(cuts(&disk, dir.path(), |round| disk.power_cut_torn(round)), 0);
}

#[test]
fn a_disk_that_lies_about_syncs_is_caught_by_the_same_check() {
    let (disk, dir) = (Forgetful::new(), tempfile::tempdir().expect("a folder"));
    drop(opened(&disk, dir.path()));
    disk.ignore_syncs(true);
    let worst = cuts(&disk, dir.path(), |_| disk.power_cut());
    assert!(worst > 0, "the check would not notice a missing sync");
}

#[test]
fn a_full_disk_is_told_and_costs_nothing_acknowledged() {
    let dir = tempfile::tempdir().expect("a folder");
    for left in [0, 1, 2, 3, 5, 8, 13, 40] {
        let disk = Forgetful::new();
        let folder = dir.path().join(left.to_string());
        let brain = opened(&disk, &folder);
        let mut acknowledged = vec![(remember(&brain, "before"), "before".to_owned())];
        disk.fail_after(Some(left));
        for n in 0..50 {
            let word = format!("n{n}");
            if let Ok(id) = brain.remember(draft(&word), at(1)) {
                acknowledged.push((id, word));
            }
        }
        assert!(acknowledged.len() < 51, "the disk never filled");
        disk.fail_after(None);
        drop(brain);
        let brain = opened(&disk, &folder);
        assert_eq!(lost(&brain, &acknowledged), 0, "{left} writes left");
        remember(&brain, "after");
    }
}
