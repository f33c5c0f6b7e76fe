//! What this process uses, as Linux tells it.

use std::fs;

/// Resident memory, in MiB.
pub(crate) fn memory() -> u64 {
    status("VmRSS:")
}

/// The most resident memory since [`forget_peak`], in MiB.
pub(crate) fn peak() -> u64 {
    status("VmHWM:")
}

/// Begins to look for the most anew.
pub(crate) fn forget_peak() {
    // See proc_pid_clear_refs(5).
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// Open files, sockets and the like.
pub(crate) fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

fn status(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}
