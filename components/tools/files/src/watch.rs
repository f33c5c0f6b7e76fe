//! Waiting for changes: a watch that lasts as long as the call.

use crate::folders::Folders;
use crate::words::bounded;
use crate::{Change, Error, Event, folders_wit};

/// How many seconds one waits when nobody says.
pub const USUAL: u32 = 10;
/// How many one waits at most: less than a turn has.
pub const MOST: u32 = 50;

/// Waits until something changes.
///
/// # Errors
/// As the contract says.
pub fn watch(folders: &impl Folders, path: &str, seconds: Option<u32>) -> Result<Vec<Change>, Error> {
    let seconds = bounded("seconds", seconds, USUAL, MOST)?;
    let id = folders.watch(path)?;
    let changes = folders.changes(id, seconds * 1_000);
    folders.unwatch(id);
    Ok(changes?.into_iter().map(change).collect())
}

fn change(seen: folders_wit::Change) -> Change {
    let event = match seen.event {
        folders_wit::Event::Created => Event::Created,
        folders_wit::Event::Changed => Event::Changed,
        folders_wit::Event::Removed => Event::Removed,
    };
    Change { path: seen.path, event }
}
