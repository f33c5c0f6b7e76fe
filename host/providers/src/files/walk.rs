//! Opening: part by part, from the root of the disk to the file, each by the folder before it and never through a symbolic link.
//!
//! What was opened stays what it is, whatever takes its name meanwhile. So there is no moment between a check and its use: a link that is
//! put in a folder's place is met as a link, and what a file is, is asked of the open file.

use super::error::{Fault, shown};
use super::roots::Spot;
use super::sole;
use cap_fs_ext::{DirExt as _, FollowSymlinks, MetadataExt as _, OpenOptionsFollowExt as _, OpenOptionsSyncExt as _};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, FileType, Metadata, OpenOptions};
use std::io;
use std::path::{Component, Path, PathBuf};

/// Opens the granted folder of a place.
pub(super) fn root(spot: &Spot) -> Result<Dir, Fault> {
    let name = spot.path.split('/').next().unwrap_or_default();
    let gone = |e: &io::Error| match e.kind() {
        io::ErrorKind::NotFound => Fault::Missing(format!("the granted folder {} is not there any more", shown(name))),
        _ => Fault::Failed(format!(
            "the granted folder {} cannot be opened: {e}; the owner can grant it anew",
            shown(name)
        )),
    };
    real(&spot.root).map_err(|e| gone(&e))
}

/// Opens a folder by a path that has no link in it.
fn real(path: &Path) -> io::Result<Dir> {
    let mut base = PathBuf::new();
    let mut parts = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => parts.push(part),
            other => base.push(other),
        }
    }
    let base = Dir::open_ambient_dir(base, ambient_authority())?;
    parts.into_iter().try_fold(base, |folder, part| folder.open_dir_nofollow(part))
}

/// Opens the folder at a place.
pub(super) fn folder(spot: &Spot) -> Result<Dir, Fault> {
    spot.parts.iter().try_fold(root(spot)?, |folder, part| step(&folder, part, &spot.path))
}

/// Opens the folder that a place is in.
pub(super) fn parent(spot: &Spot) -> Result<(Dir, &str), Fault> {
    let (folders, name) = spot.split().ok_or_else(|| itself(spot))?;
    let folder = folders.iter().try_fold(root(spot)?, |folder, part| step(&folder, part, &spot.path))?;
    Ok((folder, name))
}

/// What is said of a granted folder where something in one is meant.
pub(super) fn itself(spot: &Spot) -> Fault {
    Fault::Invalid(format!("{} is a granted folder itself; name something in it", shown(&spot.path)))
}

/// Opens a folder in a folder.
pub(super) fn step(folder: &Dir, part: &str, path: &str) -> Result<Dir, Fault> {
    folder.open_dir_nofollow(part).map_err(|error| match folder.symlink_metadata(part).map(|found| found.file_type()) {
        Ok(found) if found.is_symlink() => link(part, path),
        Ok(found) if !found.is_dir() => Fault::Invalid(format!("{}: {} is no folder", shown(path), shown(part))),
        _ => Fault::of(&error, path),
    })
}

/// How often a file is opened anew when another takes its name meanwhile.
const TRIES: usize = 16;

/// How often it is looked whether an opened file is still the one of its name, and has no other, where the system does not tell for sure.
const LOOKS: usize = 16;

/// Opens a file in a folder, and nothing else that may have its name: opening a device can do something, and a pipe can wait for ever.
pub(super) fn file(folder: &Dir, name: &str, path: &str, options: &mut OpenOptions) -> Result<File, Fault> {
    let options = options.follow(FollowSymlinks::No).nonblock(true);
    if sole::is_like_removed(name) {
        let why = "the system calls removed files so, and they cannot be told apart; rename it";
        return Err(Fault::Invalid(format!("{}: no file is opened whose name ends like this: {why}", shown(path))));
    }
    for _ in 0..TRIES {
        if let Some(file) = try_file(folder, name, path, options)? {
            return Ok(file);
        }
    }
    Err(Fault::Busy(format!("{} is replaced again and again by another program; try again later", shown(path))))
}

/// Opens what has the name now; `None` when something else has it already.
fn try_file(folder: &Dir, name: &str, path: &str, options: &OpenOptions) -> Result<Option<File>, Fault> {
    let failed = |e: io::Error| Fault::of(&e, path);
    is_file(folder.symlink_metadata(name).map_err(failed)?.file_type(), name, path)?;
    let file = match folder.open_with(name, options) {
        Ok(file) => file,
        Err(error) => {
            is_file(folder.symlink_metadata(name).map_err(failed)?.file_type(), name, path)?;
            return Err(failed(error));
        }
    };
    let found = file.metadata().map_err(failed)?;
    is_file(found.file_type(), name, path)?;
    has_one_name(&found, path)?;
    // A file from outside that had a second name here, and lost it since it was opened, has one name too: so it must be this one.
    if let Ok(here) = sole::has_been_here(folder, name, &file) {
        return Ok(here.then_some(file));
    }
    // The system looks a name up first and counts the names of what it found then: another program that links and unlinks all the
    // time can come in between, and hardly so often in a row.
    for _ in 0..LOOKS {
        let named = match folder.symlink_metadata(name) {
            Ok(named) if (named.dev(), named.ino()) == (found.dev(), found.ino()) => named,
            _ => return Ok(None),
        };
        has_one_name(&named, path)?;
        has_one_name(&file.metadata().map_err(failed)?, path)?;
    }
    Ok(Some(file))
}

/// Refuses what is no file.
pub(super) fn is_file(found: FileType, name: &str, path: &str) -> Result<(), Fault> {
    if found.is_file() {
        Ok(())
    } else if found.is_symlink() {
        Err(link(name, path))
    } else if found.is_dir() {
        Err(Fault::Invalid(format!("{} is a folder, not a file", shown(path))))
    } else {
        Err(Fault::Outside(format!("{} is a device, a pipe or a socket; only files are opened", shown(path))))
    }
}

/// Refuses a file that has another name: that may lie outside, and whoever gave it this one would have carried it in.
fn has_one_name(found: &Metadata, path: &str) -> Result<(), Fault> {
    match found.nlink() {
        0 | 1 => Ok(()),
        names => Err(Fault::Outside(format!(
            "{} is one of {names} names of a file (hard links), and the others may lie outside of the granted folders; a copy of it can be used",
            shown(path)
        ))),
    }
}

fn link(part: &str, path: &str) -> Fault {
    let path = shown(path);
    Fault::Outside(format!(
        "{path}: {} is a symbolic link, and those are never followed; name what it stands for",
        shown(part)
    ))
}
