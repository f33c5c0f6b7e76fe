//! What goes into the program: the bundled packages and agents, laid out as a home has them.

use crate::{guest, workspace};
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Lays out the bundle in `folder`: exactly these files, and those that did not change are left alone, so that nothing is compiled anew.
pub(super) fn stage(folder: &Path, registry: &Path) -> Result<()> {
    let mut files: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    for guest in guest::discover()?.iter().filter(|guest| !guest.fixture) {
        files.insert(guest.published(&folder.join("registry")), guest.published(registry));
    }
    for agent in workspace::folders(&workspace::root().join("agents")) {
        let place = folder.join("agents").join(agent.file_name().unwrap_or_default());
        for name in ["agent.toml", "persona.md"] {
            let file = agent.join(name);
            if file.is_file() {
                files.insert(place.join(name), file);
            }
        }
    }
    if files.is_empty() {
        bail!("there is nothing to bundle: `cargo xtask build` makes what goes in");
    }
    for stale in workspace::files(folder).iter().filter(|file| !files.contains_key(*file)) {
        std::fs::remove_file(stale).with_context(|| format!("cannot remove `{}`", stale.display()))?;
    }
    for (to, from) in &files {
        let bytes = std::fs::read(from).with_context(|| format!("cannot read `{}`", from.display()))?;
        workspace::publish(to, &bytes)?;
    }
    eprintln!("    {} files", files.len());
    Ok(())
}
