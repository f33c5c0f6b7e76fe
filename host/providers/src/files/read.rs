//! What is there: lists, single entries, bytes. Memory and time are bounded whatever is on the disk.

use super::error::{Fault, shown};
use super::path;
use super::roots::Spot;
use super::walk;
use cap_std::fs::{Dir, Metadata, OpenOptions};
use serde::Serialize;
use std::collections::BinaryHeap;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::time::UNIX_EPOCH;

/// The most entries in one answer.
const MOST_LISTED: usize = 1000;
/// The most bytes that are read or written in one call.
pub(super) const MOST_BYTES: usize = 1 << 20;
/// The most names that are looked at for one answer.
const MOST_SEEN: usize = 1_000_000;

/// A file or folder, as the contract has it.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) kind: Kind,
    pub(super) size: u64,
    pub(super) modified: Option<u64>,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    File,
    Folder,
    Other,
}

impl Entry {
    fn new(path: String, found: &Metadata) -> Entry {
        let kind = match found.file_type() {
            t if t.is_file() => Kind::File,
            t if t.is_dir() => Kind::Folder,
            _ => Kind::Other,
        };
        let size = if kind == Kind::File { found.len() } else { 0 };
        let modified = found.modified().ok().and_then(|time| time.into_std().duration_since(UNIX_EPOCH).ok());
        Entry { path, kind, size, modified: modified.and_then(|time| u64::try_from(time.as_millis()).ok()) }
    }
}

/// One entry.
pub(super) fn stat(spot: &Spot) -> Result<Entry, Fault> {
    let found = match spot.split() {
        None => walk::root(spot)?.dir_metadata(),
        Some(_) => {
            let (folder, name) = walk::parent(spot)?;
            folder.symlink_metadata(name)
        }
    };
    Ok(Entry::new(spot.path.clone(), &found.map_err(|e| Fault::of(&e, &spot.path))?))
}

/// A folder's entries, by name.
pub(super) fn list(spot: &Spot, after: Option<&str>, limit: u32) -> Result<Vec<Entry>, Fault> {
    let folder = walk::folder(spot)?;
    let mut page = Page::new(limit);
    for name in page.names(&folder, &spot.path, after)? {
        page.add(&folder, &spot.path, &name);
    }
    Ok(page.entries)
}

/// All that is below a folder, each folder right before what is in it.
pub(super) fn tree(spot: &Spot, after: Option<&str>, limit: u32) -> Result<Vec<Entry>, Fault> {
    let after: Vec<&str> = match after {
        None => Vec::new(),
        Some(after) => {
            path::read(after)?;
            let below = after.strip_prefix(&*spot.path).and_then(|rest| rest.strip_prefix('/'));
            let below =
                below.ok_or_else(|| Fault::Invalid(format!("{} is not below {}", shown(after), shown(&spot.path))))?;
            below.split('/').collect()
        }
    };
    let folder = walk::folder(spot)?;
    let mut page = Page::new(limit);
    page.below(&folder, &spot.path, &after, spot.parts.len())?;
    Ok(page.entries)
}

/// Entries, as they are collected for one answer.
struct Page {
    entries: Vec<Entry>,
    most: usize,
    seen: usize,
}

impl Page {
    fn new(limit: u32) -> Page {
        Page { entries: Vec::new(), most: (limit as usize).min(MOST_LISTED), seen: 0 }
    }

    fn room(&self) -> usize {
        self.most.saturating_sub(self.entries.len())
    }

    fn below(&mut self, folder: &Dir, path: &str, after: &[&str], depth: usize) -> Result<(), Fault> {
        let from = after.first().copied();
        // The entry itself was in the answer before; what is in it may not have been.
        if let Some(from) = from {
            self.into(folder, path, from, &after[1..], depth)?;
        }
        for name in self.names(folder, path, from)? {
            if self.room() == 0 {
                break;
            }
            if self.add(folder, path, &name) == Some(Kind::Folder) {
                self.into(folder, path, &name, &[], depth)?;
            }
        }
        Ok(())
    }

    /// Goes into a folder; one that cannot be opened, or is none any more, has nothing in it.
    fn into(&mut self, folder: &Dir, path: &str, name: &str, after: &[&str], depth: usize) -> Result<(), Fault> {
        match walk::step(folder, name, path) {
            Ok(inner) if depth < path::DEEPEST && self.room() > 0 => {
                self.below(&inner, &format!("{path}/{name}"), after, depth + 1)
            }
            _ => Ok(()),
        }
    }

    /// The first names after one: no more than there is room for are kept.
    fn names(&mut self, folder: &Dir, path: &str, after: Option<&str>) -> Result<Vec<String>, Fault> {
        let mut first = BinaryHeap::new();
        for entry in folder.entries().map_err(|e| Fault::of(&e, path))? {
            let entry = entry.map_err(|e| Fault::of(&e, path))?;
            self.seen += 1;
            if self.seen > MOST_SEEN {
                let detail = format!("{}: more than {MOST_SEEN} entries are not looked at", shown(path));
                return Err(Fault::Exhausted("entries", detail));
            }
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| path::is_name(name)) else { continue };
            if after.is_none_or(|after| name > after) {
                first.push(name.to_owned());
                if first.len() > self.room() {
                    first.pop();
                }
            }
        }
        Ok(first.into_sorted_vec())
    }

    /// Adds an entry, unless it is gone or its path is longer than a path may be.
    fn add(&mut self, folder: &Dir, path: &str, name: &str) -> Option<Kind> {
        let path = format!("{path}/{name}");
        path::read(&path).ok()?;
        let entry = Entry::new(path, &folder.symlink_metadata(name).ok()?);
        let kind = entry.kind;
        self.entries.push(entry);
        Some(kind)
    }
}

/// A file's bytes from an offset.
pub(super) fn read(spot: &Spot, offset: u64, limit: u32) -> Result<Vec<u8>, Fault> {
    if limit == 0 {
        return Err(Fault::Invalid(
            "a limit of 0 bytes reads nothing, and nothing read means the end; ask for 1 or more".into(),
        ));
    }
    let failed = |e| Fault::of(&e, &spot.path);
    let (folder, name) = match spot.split() {
        Some(_) => walk::parent(spot)?,
        None => return Err(Fault::Invalid(format!("{} is a folder, not a file", shown(&spot.path)))),
    };
    let mut file = walk::file(&folder, name, &spot.path, OpenOptions::new().read(true))?;
    let size = file.metadata().map_err(failed)?.len();
    if offset >= size {
        return Ok(Vec::new());
    }
    let most = u64::from(limit).min(MOST_BYTES as u64);
    let mut bytes = Vec::with_capacity(usize::try_from(most.min(size - offset)).unwrap_or(MOST_BYTES));
    file.seek(SeekFrom::Start(offset)).map_err(failed)?;
    file.take(most).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
