//! All that a command started: those below this process, as the system lists them.
//!
//! What a command's processes leave behind when they end falls to this process, which is their subreaper. So whoever wants to be alive after
//! the command, in a session of its own or not, is still found here.

use rustix::process::{Pid, Signal, WaitOptions, getpid, getuid, kill_process, wait};
use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, Instant};

/// All processes below this one.
pub(super) fn mine() -> Vec<Pid> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for process in all() {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        // The name, in brackets, may hold anything, brackets too.
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
        if let Some(parent) = parent {
            children.entry(parent).or_default().push(process);
        }
    }
    let (mut found, mut open) = (Vec::new(), vec![getpid().as_raw_nonzero().get()]);
    while let Some(parent) = open.pop() {
        for child in children.remove(&parent).unwrap_or_default() {
            found.extend(Pid::from_raw(child));
            open.push(child);
        }
    }
    found
}

/// Kills all of them until none is left.
pub(super) fn end_all(patience: Duration) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
        let left = mine();
        if left.is_empty() {
            return Ok(());
        }
        if begun.elapsed() > patience {
            return Err(format!("{} of its processes cannot be ended", left.len()));
        }
        for process in left {
            let _ = kill_process(process, Signal::KILL);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// How many processes and threads this user has.
pub(super) fn tasks_of_this_user() -> u64 {
    let user = getuid().as_raw();
    let theirs = |process: &i32| fs::metadata(format!("/proc/{process}")).is_ok_and(|about| about.uid() == user);
    let threads = |process: i32| {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("Threads:"))?;
        line.trim().parse::<u64>().ok()
    };
    all().filter(theirs).filter_map(threads).sum()
}

fn all() -> impl Iterator<Item = i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}
