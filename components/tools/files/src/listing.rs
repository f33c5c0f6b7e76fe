//! What there is: a folder's entries, and those below it that fit a glob.

use crate::folders::Folders;
use crate::glob::Glob;
use crate::walk::{Step, Walk, below};
use crate::words::{bounded, shown};
use crate::{Entry, Error, Kind, Listing, folders_wit};

/// How many entries are answered when nobody says.
pub const USUAL: u32 = 100;
/// How many are answered at most.
pub const MOST: u32 = 500;

/// Lists a folder.
///
/// # Errors
/// As the contract says.
pub fn list(folders: &impl Folders, path: &str, after: Option<&str>, limit: Option<u32>) -> Result<Listing, Error> {
    let limit = bounded("limit", limit, USUAL, MOST)?;
    let after = match after {
        None => None,
        Some(after) => Some(below(path, after).filter(|name| !name.contains('/')).ok_or_else(|| {
            Error::Invalid(format!(
                "`after` is {}, which is not in {}: pass what `next` was",
                shown(after),
                shown(path)
            ))
        })?),
    };
    let mut entries = folders.list(path, after, limit + 1)?;
    let is_more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let next = entries.last().filter(|_| is_more).map(|entry| entry.path.clone());
    Ok(Listing { next, entries: entries.into_iter().map(entry).collect() })
}

/// Finds what fits a glob below a folder.
///
/// # Errors
/// As the contract says.
pub fn find(
    folders: &impl Folders,
    path: &str,
    glob: &str,
    after: Option<String>,
    limit: Option<u32>,
) -> Result<Listing, Error> {
    let limit = bounded("limit", limit, USUAL, MOST)? as usize;
    let glob = Glob::read(glob)?;
    let mut walk = Walk::new(folders, path, after);
    let mut entries = Vec::new();
    while entries.len() < limit {
        match walk.step()? {
            Step::Entry(found) if glob.fits(walk.below(&found.path)) => entries.push(entry(found)),
            Step::Entry(_) => {}
            Step::End => return Ok(Listing { next: None, entries }),
            Step::Spent => break,
        }
    }
    let reached = walk.reached().map(str::to_owned);
    let is_end = matches!(walk.step()?, Step::End);
    Ok(Listing { next: reached.filter(|_| !is_end), entries })
}

fn entry(found: folders_wit::Entry) -> Entry {
    let kind = match found.kind {
        folders_wit::Kind::File => Kind::File,
        folders_wit::Kind::Folder => Kind::Folder,
        folders_wit::Kind::Other => Kind::Other,
    };
    Entry { path: found.path, kind, size: found.size, modified: found.modified }
}
