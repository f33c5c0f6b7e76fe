//! What a step changes, as it was before: in `state/before-form-N`, until the owner removes it.

use super::FormError;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Where the copies of the step to this form are.
pub(super) fn folder(root: &Path, to: u32) -> PathBuf {
    root.join("state").join(format!("before-form-{to}"))
}

/// Copies these files of the home. A copy that is there is of an earlier try and stays: what lies in the home may be changed by now.
pub(super) fn keep(root: &Path, copies: &Path, files: &[&str]) -> Result<(), FormError> {
    for file in files {
        let (from, to) = (root.join(file), copies.join(file));
        if to.exists() || !from.exists() {
            continue;
        }
        copy(&from, &to).map_err(FormError::io(&to))?;
    }
    Ok(())
}

/// Copies a file as a whole or not at all.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let folder = to.parent().unwrap_or(Path::new("."));
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)?;
    // With the mode of what is copied.
    let part = to.with_extension("part");
    fs::copy(from, &part)?;
    File::options().write(true).open(&part)?.sync_all()?;
    fs::rename(&part, to)?;
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}
