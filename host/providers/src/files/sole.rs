//! Whether the name that a file was opened by is the only one that it has, though others may link, rename and remove all the while.
//!
//! The number of its names alone does not tell: a rename over a file counts down before the name is taken away, so a file from outside that
//! had its second name here for a moment can look, even many times in a row, as if it had only the one here.

use cap_std::fs::{Dir, File};
use std::io;

/// Whether a file has been under a name in a folder since its names were last counted, when there was one.
///
/// On Linux this is sure for a disk of this machine. The kernel remembers by which name a file was opened, follows that through renames and
/// says when it was removed; it never comes back then. And reading the folder waits for whatever is just removing a name in it: so a name
/// that is there after that was there, and in the count, when it was taken.
///
/// # Errors
/// When the system does not tell: `/proc` is not there, or the folder may not be read.
#[cfg(target_os = "linux")]
pub(super) fn has_been_here(folder: &Dir, name: &str, file: &File) -> io::Result<bool> {
    folder.entries()?.next().transpose()?;
    Ok(by_name(file)? == by_name(folder)?.join(name))
}

/// Elsewhere nothing tells.
#[cfg(not(target_os = "linux"))]
pub(super) fn has_been_here(_folder: &Dir, _name: &str, _file: &File) -> io::Result<bool> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The name that something was opened by, with the folders that it is in now.
#[cfg(target_os = "linux")]
fn by_name(open: &impl std::os::fd::AsRawFd) -> io::Result<std::path::PathBuf> {
    std::fs::read_link(format!("/proc/self/fd/{}", open.as_raw_fd()))
}

/// Whether a name is like those that the system gives to what was removed, so that the two cannot be told apart.
pub(super) fn is_like_removed(name: &str) -> bool {
    cfg!(target_os = "linux") && name.ends_with(" (deleted)")
}

#[cfg(test)]
mod tests {
    use super::*;
    use cap_std::ambient_authority;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_is_known_by_the_name_it_was_opened_by_and_by_no_other() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let folder = Dir::open_ambient_dir(place.path(), ambient_authority()).expect("it opens");
        let is_here = |name: &str, file: &File| has_been_here(&folder, name, file).expect("the system tells");
        folder.write("a", "inside").expect("it is written");
        let file = folder.open("a").expect("it opens");
        assert!(is_here("a", &file));

        folder.hard_link("a", &folder, "b").expect("a second name");
        assert!(is_here("a", &file) && !is_here("b", &file));
        folder.rename("a", &folder, "c").expect("it moves");
        assert!(is_here("c", &file) && !is_here("a", &file));
        // The same file has its other name back: it is not the one that it was opened by.
        folder.remove_file("c").expect("it goes");
        folder.hard_link("b", &folder, "c").expect("a name of the same file");
        assert!(!is_here("c", &file) && !is_here("b", &file));
        assert!(is_like_removed("c (deleted)") && is_here("c (deleted)", &file), "why such names are not opened");
    }
}
