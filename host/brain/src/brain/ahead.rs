//! Reading ahead: what is done again from the log touches pages all over the database, and one after the other from a cold disk they
//! take longer than the whole file at once.

use crate::store::log;
use std::path::Path;

/// A larger database is read where it is touched.
const MOST: u64 = 64 << 20;

/// Asks the system for the whole database, where something will be done again in it, and does not wait for it.
pub(super) fn begin(dir: &Path, database: &Path) {
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |about| about.len());
    if length(&dir.join(log::FILE)) > 0 && (1..=MOST).contains(&length(database)) {
        ask(database);
    }
}

/// It is a hint: without it, everything is read as well.
#[cfg(target_os = "linux")]
fn ask(path: &Path) {
    if let Ok(file) = std::fs::File::open(path) {
        let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::WillNeed);
    }
}

#[cfg(not(target_os = "linux"))]
fn ask(_: &Path) {}
