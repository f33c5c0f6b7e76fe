//! Files that were copied while the brain was in use.
//!
//! While a brain is open, its lock file bears the identity of the database's file. Who opens it and finds a mark of another file has a
//! copy that was made meanwhile, piece by piece, and looks whether it is whole before believing it. After a crash the mark is that of the
//! file itself.

use crate::error::BrainError;
use redb::Database;
use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// A mark is short; what is longer is none.
const MOST: u64 = 400;
/// The mark of a copy that was looked at and is not whole: opening it again must not make it look whole.
const TORN: &str = "torn";

/// Whether the files are a copy that was made while the brain was in use.
pub(crate) fn while_in_use(lock: &File, database: &Path) -> io::Result<bool> {
    let mut mark = String::new();
    let mut lock = lock;
    lock.seek(SeekFrom::Start(0))?;
    if lock.take(MOST).read_to_string(&mut mark).is_err() || mark.is_empty() {
        return Ok(false);
    }
    Ok(match std::fs::metadata(database) {
        Ok(found) => mark.lines().all(|line| line != identity(&found)),
        Err(_) => false,
    })
}

/// Notes that the brain is in use, with each of these files as its database, if it is there.
pub(crate) fn mark(lock: &File, databases: &[&Path]) -> io::Result<()> {
    // A database on a backend of the caller's has no file, and nobody copies it.
    let found = databases.iter().filter_map(|database| std::fs::metadata(database).ok());
    write(lock, &found.map(|found| identity(&found)).collect::<Vec<_>>().join("\n"))
}

fn write(lock: &File, mark: &str) -> io::Result<()> {
    let mut lock = lock;
    lock.set_len(0)?;
    lock.seek(SeekFrom::Start(0))?;
    lock.write_all(mark.as_bytes())
}

/// Whether this copy was found not to be whole before.
pub(crate) fn known_torn(lock: &File) -> bool {
    let mut mark = String::new();
    let mut lock = lock;
    let read = lock.seek(SeekFrom::Start(0)).and_then(|_| lock.take(MOST).read_to_string(&mut mark));
    read.is_ok() && mark == TORN
}

/// Notes that it is not in use any more.
pub(crate) fn unmark(lock: &File) {
    if let Err(error) = lock.set_len(0) {
        tracing::warn!(%error, "a copy of this brain will be looked at closely, without need");
    }
}

/// Looks at every page of a database.
pub(crate) fn check(dir: &Path, database: &mut Database) -> Result<(), BrainError> {
    tracing::warn!(brain = %dir.display(), "this brain was copied while it was in use; it is looked at closely");
    match database.check_integrity() {
        Ok(_) => Ok(()),
        Err(error) => Err(BrainError::damaged(format!("the brain's database is damaged: {error}"))),
    }
}

/// What is said of a copy that is not whole, now and later.
pub(crate) fn torn(lock: &File, error: BrainError) -> BrainError {
    match error {
        BrainError::Damaged { what, .. } => {
            if let Err(error) = write(lock, TORN) {
                tracing::warn!(%error, "a copy that is not whole may be taken for one later");
            }
            told(what)
        }
        error => error,
    }
}

/// What is said of a copy that was found not to be whole before.
pub(crate) fn still_torn() -> BrainError {
    told("the brain's database is damaged".to_owned())
}

fn told(what: String) -> BrainError {
    BrainError::Damaged {
        what: format!("{what}; these files were copied while the brain was in use"),
        next: "make the copy again from a snapshot (`loket brain AGENT snapshot NAME`) or from a backup, or while the host is stopped"
            .to_owned(),
    }
}

#[cfg(unix)]
fn identity(found: &Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    format!("in use: {} {}", found.dev(), found.ino())
}

#[cfg(not(unix))]
fn identity(found: &Metadata) -> String {
    let made = found.created().ok().and_then(|made| made.duration_since(std::time::UNIX_EPOCH).ok());
    format!("in use: {}", made.map_or(0, |made| made.as_nanos()))
}
