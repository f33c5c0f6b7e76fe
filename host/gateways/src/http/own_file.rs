//! A file for its owner alone: whether it is that, and how one is written, so that it is either absent or whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The mode of an open file where it has one of these bits: what others can do with it.
#[cfg(unix)]
pub(super) fn shared_mode(file: &File, bits: u32) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = file.metadata().ok()?.permissions().mode() & 0o777;
    (mode & bits != 0).then_some(mode)
}

/// Elsewhere the access list of the user's own folder decides.
#[cfg(not(unix))]
pub(super) fn shared_mode(_: &File, _: u32) -> Option<u32> {
    None
}

/// Writes what a file is to hold beside it, under another name; answers with where, to be put in its place.
pub(super) fn drafted(file: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let draft = file.with_extension(format!("{}.new", std::process::id()));
    let _ = fs::remove_file(&draft);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&draft).and_then(|mut open| open.write_all(bytes).and_then(|()| open.sync_all()));
    if let Err(error) = written {
        let _ = fs::remove_file(&draft);
        return Err(error);
    }
    Ok(draft)
}
