//! What a brain holds is nobody else's: its folder and its database are for their owner alone.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a folder that only its owner can enter, or closes one that is there.
#[cfg(unix)]
pub(crate) fn folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    if std::fs::metadata(path)?.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}

/// Makes a folder; other users are kept out by the access list of the profile that it is in.
#[cfg(not(unix))]
pub(crate) fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(path)
}

/// Makes an empty file that only its owner can read.
pub(crate) fn file(path: &Path) -> io::Result<File> {
    options().create(true).truncate(true).open(path)
}

/// Makes a file that only its owner can read, where there is none.
pub(crate) fn new_file(path: &Path) -> io::Result<File> {
    options().create_new(true).open(path)
}

/// Opens a file that only its owner can read, and makes it where there is none.
pub(crate) fn append_to(path: &Path) -> io::Result<File> {
    options().create(true).open(path)
}

/// Makes a change of names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Removes a file, if it is there.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
