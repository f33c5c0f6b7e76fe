//! Changing what is there: whole files in one step, folders, names.
//!
//! What is written is durable when it is acknowledged, and what it was made from is marked before it can be read.

use super::error::{Fault, shown};
use super::marks::Marks;
use super::read::MOST_BYTES;
use super::roots::Spot;
use super::walk;
use cap_fs_ext::DirExt as _;
use cap_std::fs::{Dir, File, OpenOptions, Permissions};
use loket_kernel::Labels;
use serde::Deserialize;
use std::io::{self, Read as _, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};

/// Who writes: where labels are kept, and which the turn has.
#[derive(Clone, Copy)]
pub(super) struct Pen<'a> {
    pub(super) marks: &'a Marks,
    pub(super) labels: Labels,
}

/// Writes a file that is not there yet.
pub(super) fn create(spot: &Spot, bytes: &[u8], pen: Pen<'_>) -> Result<(), Fault> {
    fits(bytes)?;
    let (folder, name) = make_parent(spot, pen)?;
    if folder.symlink_metadata(name).is_ok() {
        return Err(Fault::of(&io::ErrorKind::AlreadyExists.into(), &spot.path));
    }
    pen.marks.join(&spot.full(), pen.labels)?;
    put(&folder, name, bytes, None).map_err(|e| Fault::of(&e, &spot.path))
}

/// Writes a file in place of the one that is there, if one is.
pub(super) fn replace(spot: &Spot, bytes: &[u8], pen: Pen<'_>) -> Result<(), Fault> {
    fits(bytes)?;
    let (folder, name) = make_parent(spot, pen)?;
    let before = match folder.symlink_metadata(name) {
        Ok(found) => {
            walk::is_file(found.file_type(), name, &spot.path)?;
            is_open_to_change(&found.permissions(), &spot.path)?;
            Some(found.permissions())
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(e) => return Err(Fault::of(&e, &spot.path)),
    };
    let full = spot.full();
    pen.marks.join(&full, pen.labels)?;
    put(&folder, name, bytes, Some(before)).map_err(|e| Fault::of(&e, &spot.path))?;
    // All that it was made from is in the turn's labels: of what was there before, nothing is left.
    pen.marks.set(&full, pen.labels)
}

/// A change of some of a file's bytes.
#[derive(Debug, Deserialize)]
pub(super) struct Patch {
    offset: u64,
    old: Vec<u8>,
    new: Vec<u8>,
}

/// Changes some bytes of a file, while they are what the patches say. To be called by whoever is alone in writing.
pub(super) fn edit(spot: &Spot, patches: &[Patch], pen: Pen<'_>) -> Result<(), Fault> {
    let failed = |e: io::Error| Fault::of(&e, &spot.path);
    let (folder, name) = walk::parent(spot)?;
    let file = walk::file(&folder, name, &spot.path, OpenOptions::new().read(true))?;
    let before = file.metadata().map_err(failed)?.permissions();
    is_open_to_change(&before, &spot.path)?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    let changed = patched(&bytes, patches, &spot.path)?;
    if let Some(size) = [bytes.len(), changed.len()].into_iter().find(|size| *size > MOST_BYTES) {
        let why =
            format!("{} with {size} bytes is too large to be edited: {MOST_BYTES} are the most", shown(&spot.path));
        return Err(Fault::Exhausted("file-size", why));
    }
    pen.marks.join(&spot.full(), pen.labels)?;
    put(&folder, name, &changed, Some(Some(before))).map_err(failed)
}

/// The bytes with all patches done.
fn patched(bytes: &[u8], patches: &[Patch], path: &str) -> Result<Vec<u8>, Fault> {
    let (mut changed, mut done) = (Vec::with_capacity(bytes.len()), 0);
    for Patch { offset, old, new } in patches {
        let start = usize::try_from(*offset).unwrap_or(usize::MAX);
        if start < done {
            let why = "the patches are not in the order of their offsets, or they overlap";
            return Err(Fault::Invalid(format!("{}: {why}", shown(path))));
        }
        let end = start.saturating_add(old.len());
        if bytes.get(start..end) != Some(old.as_slice()) {
            return Err(Fault::Busy(format!("{} has other bytes at {offset} by now; read it again", shown(path))));
        }
        changed.extend_from_slice(&bytes[done..start]);
        changed.extend_from_slice(new);
        done = end;
    }
    changed.extend_from_slice(&bytes[done..]);
    Ok(changed)
}

/// Puts bytes at the end of a file.
pub(super) fn append(spot: &Spot, bytes: &[u8], pen: Pen<'_>) -> Result<(), Fault> {
    fits(bytes)?;
    let (folder, name) = make_parent(spot, pen)?;
    let opened = match walk::file(&folder, name, &spot.path, OpenOptions::new().append(true)) {
        Err(Fault::Missing(_)) => {
            pen.marks.join(&spot.full(), pen.labels)?;
            match put(&folder, name, bytes, None) {
                Ok(()) => return Ok(()),
                // Someone made it meanwhile.
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                    walk::file(&folder, name, &spot.path, OpenOptions::new().append(true))
                }
                Err(e) => return Err(Fault::of(&e, &spot.path)),
            }
        }
        opened => opened,
    };
    let mut file = opened?;
    pen.marks.join(&spot.full(), pen.labels)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|e| Fault::of(&e, &spot.path))
}

/// Makes a folder and those on the way.
pub(super) fn make_folder(spot: &Spot, pen: Pen<'_>) -> Result<(), Fault> {
    make(spot, &spot.parts, pen).map(drop)
}

/// Moves a file or folder to a path that is free.
pub(super) fn rename(from: &Spot, to: &Spot, pen: Pen<'_>) -> Result<(), Fault> {
    let (old_folder, old_name) = walk::parent(from)?;
    let found = old_folder.symlink_metadata(old_name).map_err(|e| Fault::of(&e, &from.path))?.file_type();
    if !found.is_dir() {
        walk::is_file(found, old_name, &from.path)?;
    }
    let (old, new) = (from.full(), to.full());
    if new.starts_with(&old) {
        return Err(Fault::Invalid(format!("{} is in {} itself", shown(&to.path), shown(&from.path))));
    }
    let (new_folder, new_name) = make_parent(to, pen)?;
    pen.marks.copy(&old, &new, pen.labels)?;
    rename_free(&old_folder, old_name, &new_folder, new_name).map_err(|e| Fault::of(&e, &to.path))?;
    sync(&old_folder).and_then(|()| sync(&new_folder)).map_err(|e| Fault::of(&e, &to.path))?;
    pen.marks.forget(&old)
}

/// Removes a file or an empty folder.
pub(super) fn remove(spot: &Spot, pen: Pen<'_>) -> Result<(), Fault> {
    let gone = |e: &io::Error| e.kind() == io::ErrorKind::NotFound;
    let (folder, name) = match walk::parent(spot) {
        Err(Fault::Missing(_)) if !spot.parts.is_empty() => return pen.marks.forget(&spot.full()),
        other => other?,
    };
    let removed = match folder.symlink_metadata(name) {
        Ok(found) if found.is_dir() => folder.remove_dir(name),
        Ok(_) => folder.remove_file_or_symlink(name),
        Err(e) => Err(e),
    };
    match removed.and_then(|()| sync(&folder)) {
        Err(e) if !gone(&e) => Err(Fault::of(&e, &spot.path)),
        _ => pen.marks.forget(&spot.full()),
    }
}

fn fits(bytes: &[u8]) -> Result<(), Fault> {
    match bytes.len() {
        0..=MOST_BYTES => Ok(()),
        size => Err(Fault::Invalid(format!(
            "{size} bytes are more than the {MOST_BYTES} that are written in one call; write the first of them, then append the rest"
        ))),
    }
}

/// A file that nobody may write to is not replaced either, although its folder would take the new one.
fn is_open_to_change(permissions: &Permissions, path: &str) -> Result<(), Fault> {
    match permissions.readonly() {
        false => Ok(()),
        true => Err(Fault::Failed(format!("{} is protected against writing; the owner can change that", shown(path)))),
    }
}

fn make_parent<'a>(spot: &'a Spot, pen: Pen<'_>) -> Result<(Dir, &'a str), Fault> {
    let (folders, name) = spot.split().ok_or_else(|| walk::itself(spot))?;
    Ok((make(spot, folders, pen)?, name))
}

/// Opens a folder, and makes those on the way that are not there: their names are marked like all else that the turn writes.
fn make(spot: &Spot, parts: &[String], pen: Pen<'_>) -> Result<Dir, Fault> {
    let mut folder = walk::root(spot)?;
    let mut full = spot.root.clone();
    for part in parts {
        full.push(part);
        folder = match walk::step(&folder, part, &spot.path) {
            Err(Fault::Missing(_)) => {
                pen.marks.join(&full, pen.labels)?;
                match folder.create_dir(part).and_then(|()| sync(&folder)) {
                    Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(Fault::of(&e, &spot.path)),
                    _ => walk::step(&folder, part, &spot.path)?,
                }
            }
            opened => opened?,
        };
    }
    Ok(folder)
}

/// Writes a file beside its place, then gives it its name. `over` is whether it may take another's, and the modes of that.
fn put(folder: &Dir, name: &str, bytes: &[u8], over: Option<Option<Permissions>>) -> io::Result<()> {
    let modes = over.clone().flatten();
    let (mut file, part) = begin(folder, modes.is_some())?;
    let written = file
        .write_all(bytes)
        .and_then(|()| modes.map_or(Ok(()), |modes| file.set_permissions(modes)))
        .and_then(|()| file.sync_all())
        .and_then(|()| match over {
            Some(_) => folder.rename(&part, folder, name),
            None => rename_free(folder, &part, folder, name),
        });
    if written.is_err() {
        let _ = folder.remove_file(&part);
    }
    written.and_then(|()| sync(folder))
}

/// What a file is called until it is whole.
const PART: (&str, &str) = (".loket-", ".part");

/// Whether a name is that of a file which is being written.
pub(super) fn is_part(name: &str) -> bool {
    name.starts_with(PART.0) && name.ends_with(PART.1)
}

/// Begins a file; where it will get the modes of another, nobody else can read it before.
fn begin(folder: &Dir, closed: bool) -> io::Result<(File, String)> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    cap_std::fs::OpenOptionsExt::mode(&mut options, if closed { 0o600 } else { 0o666 });
    #[cfg(not(unix))]
    let _ = closed;
    loop {
        // One of that name can be left from a process that was killed.
        let name = format!("{}{}-{}{}", PART.0, std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed), PART.1);
        match folder.open_with(&name, &options) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return opened.map(|file| (file, name)),
        }
    }
}

/// Renames where nothing has the new name yet.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn rename_free(from: &Dir, name: &str, to: &Dir, new: &str) -> io::Result<()> {
    use rustix::fs::{RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(from, name, to, new, RenameFlags::NOREPLACE) {
        // Not every file system can.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => rename_looking(from, name, to, new),
        done => done.map_err(io::Error::from),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn rename_free(from: &Dir, name: &str, to: &Dir, new: &str) -> io::Result<()> {
    rename_looking(from, name, to, new)
}

/// The same for systems that cannot do it in one step: what is put there in between is lost.
fn rename_looking(from: &Dir, name: &str, to: &Dir, new: &str) -> io::Result<()> {
    match to.symlink_metadata(new) {
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => from.rename(name, to, new),
        Err(e) => Err(e),
    }
}

/// Makes the names in a folder durable.
#[cfg(unix)]
fn sync(folder: &Dir) -> io::Result<()> {
    folder.open(".")?.sync_all()
}

#[cfg(not(unix))]
fn sync(_: &Dir) -> io::Result<()> {
    Ok(())
}
