//! What a grant says of files: `folder = PATH`, `PATH:ro`, `workspace` or `workspace:ro`. Read once when the grant is made, and again,
//! without asking the disk, at each call.

use super::path;
use super::places::Places;
use loket_kernel::Terms;
use std::path::{Path, PathBuf};

/// The one key.
pub(super) const KEY: &str = "folder";
/// The word for the workspace of the agent whose turn it is.
pub(super) const WORKSPACE: &str = "workspace";
/// What a folder ends with that may only be read.
const READ_ONLY: &str = ":ro";

/// A folder as a grant names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folder {
    /// Where it is; `None` for the workspace.
    pub(super) path: Option<PathBuf>,
    /// Whether what is in it may be changed.
    pub(super) writable: bool,
}

impl Folder {
    /// Reads a value, as it is written.
    pub(super) fn read(value: &str) -> Folder {
        let (place, writable) = match value.strip_suffix(READ_ONLY) {
            Some(place) => (place, false),
            None => (value, true),
        };
        Folder { path: (place != WORKSPACE).then(|| place.into()), writable }
    }
}

/// The folders of a grant.
pub(super) fn folders(terms: &Terms) -> impl Iterator<Item = Folder> {
    terms.values(KEY).map(Folder::read)
}

/// Checks the terms of a grant that is being made, and puts every folder where it really is.
pub(super) fn check(terms: &Terms, places: &Places) -> Result<Terms, String> {
    if let Some(key) = terms.keys().find(|key| *key != KEY) {
        return Err(format!("files know no `{key}`; name folders, with `--folder PATH`"));
    }
    let values: Vec<String> = terms.values(KEY).map(|value| place(value, places)).collect::<Result<_, _>>()?;
    Ok(Terms::new(values.iter().map(|value| (KEY, value.as_str()))))
}

fn place(value: &str, places: &Places) -> Result<String, String> {
    let folder = Folder::read(value);
    let suffix = if folder.writable { "" } else { READ_ONLY };
    let Some(path) = folder.path else {
        return Ok(format!("{WORKSPACE}{suffix}"));
    };
    let shown = path.display();
    if !path.is_absolute() {
        return Err(format!("`{shown}` is no path from the root of the disk; write the whole of it, or `{WORKSPACE}`"));
    }
    let real =
        path.canonicalize().map_err(|e| format!("the folder `{shown}` cannot be used: {e}; name one that is there"))?;
    if !real.is_dir() {
        return Err(format!("`{shown}` is no folder; name the folder that it is in"));
    }
    if let Some(why) = places.forbids(&real) {
        return Err(format!("`{shown}` cannot be granted: {why}"));
    }
    name(&real).ok_or_else(|| {
        format!(
            "`{shown}` has no name by which a component could call it: the last part of its path must be plain text"
        )
    })?;
    let text = real.to_str().filter(|text| !text.ends_with(READ_ONLY) && !text.contains(char::is_control));
    let text = text.ok_or_else(|| format!("`{shown}` has characters in it that cannot be kept; rename it"))?;
    Ok(format!("{text}{suffix}"))
}

/// By what name components call a folder: the last part of its path.
pub(super) fn name(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    path::read(name).is_ok().then_some(name)
}
