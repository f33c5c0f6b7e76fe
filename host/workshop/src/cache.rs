//! What the builds of all projects of a user share: installed once, in a folder of the user's cache that may be deleted at any time.

use crate::tool::ToolError;
use etcetera::BaseStrategy as _;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Written into what was installed when all of it is there.
const WHOLE: &str = ".installed-by-loket";

/// The folder `name` of the cache, with what `install` puts there, unless that was done before. `marked` is the part of it that goes when
/// it is no longer whole. None where there is no cache that can be written.
///
/// # Errors
/// When it cannot be installed.
pub(crate) fn installed(
    name: &str,
    marked: &str,
    install: impl FnOnce(&Path) -> Result<(), ToolError>,
) -> Result<Option<PathBuf>, ToolError> {
    let Some(root) = root() else { return Ok(None) };
    let place = root.join(name);
    let mark = place.join(marked).join(WHOLE);
    // Held to the end: of two builds that need it at the same time, one installs and one waits.
    let Ok(_held) = held(&root, name) else { return Ok(None) };
    if mark.is_file() {
        return Ok(Some(place));
    }
    let empty = || match fs::remove_dir_all(&place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => fs::create_dir(&place),
    };
    if empty().is_err() {
        return Ok(None);
    }
    install(&place)?;
    Ok(fs::write(mark, "").is_ok().then_some(place))
}

/// Where it is: `loket/making` in the folder that the system has for a user's caches.
fn root() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.cache_dir().join("loket").join("making"))
}

fn held(root: &Path, name: &str) -> io::Result<File> {
    fs::create_dir_all(root)?;
    let lock = File::create(root.join(format!("{name}.lock")))?;
    lock.lock()?;
    Ok(lock)
}
