//! The agents that are there: a folder each, with a manifest.

use crate::stock::report;
use loket_guardian::manifest::{AgentManifest, AgentName, MANIFEST_FILE};
use loket_guardian::report::Report;
use loket_registry::Digest;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// The longest manifest or persona, in bytes.
const MOST: u64 = 256 << 10;

/// An agent's folder, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What its manifest says.
    pub manifest: AgentManifest,
    /// Who it is.
    pub persona: String,
    /// Which folder it is: one of the same name that took its place is another.
    pub folder: Option<FolderId>,
    /// The SHA-256 of manifest and persona, in hex.
    pub digest: String,
}

/// Which folder something is, where the system tells.
pub type FolderId = (u64, u64);

/// Which folder this is now.
#[cfg(unix)]
pub fn folder_id(path: &Path) -> Option<FolderId> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).ok().map(|about| (about.dev(), about.ino()))
}

/// Which folder this is now.
#[cfg(not(unix))]
pub fn folder_id(_: &Path) -> Option<FolderId> {
    None
}

/// All agents of a home, by name; those whose folder cannot be used, with the reason.
pub type Roster = BTreeMap<String, Result<Arc<Entry>, Report>>;

/// Reads a home's `agents/` folder. Blocks.
///
/// # Errors
/// When there is such a folder and it cannot be read.
pub fn read(agents: &Path) -> io::Result<Roster> {
    let mut roster = Roster::new();
    let folders = match std::fs::read_dir(agents) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(roster),
        folders => folders?,
    };
    for folder in folders {
        let folder = folder?;
        let path = folder.path();
        // What begins with a dot is being made; a folder without a manifest is none of ours; a link may lead anywhere.
        if folder.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if !folder.file_type().is_ok_and(|kind| kind.is_dir()) || !path.join(MANIFEST_FILE).is_file() {
            continue;
        }
        let name = folder.file_name().to_string_lossy().into_owned();
        let entry = match name.parse::<AgentName>() {
            Ok(_) => entry(&path, &name).map(Arc::new),
            Err(error) => Err(report(
                format!("the folder `{}` is no agent", name.escape_default()),
                error.to_string(),
                "rename the folder",
            )),
        };
        roster.insert(name, entry);
    }
    Ok(roster)
}

fn entry(folder: &Path, name: &str) -> Result<Entry, Report> {
    let file = format!("agents/{name}/{MANIFEST_FILE}");
    let written = text(&folder.join(MANIFEST_FILE), &file)?;
    let manifest = AgentManifest::parse(&file, &written)?;
    let persona = match &manifest.persona {
        Some(path) => text(&folder.join(path), &format!("agents/{name}/{}", path.display()))?,
        None => {
            let path = folder.join(loket_guardian::manifest::DEFAULT_PERSONA);
            if path.is_file() { text(&path, &format!("agents/{name}/persona.md"))? } else { String::new() }
        }
    };
    let digest = Digest::of(format!("{}\n{written}{persona}", written.len()).as_bytes()).hex();
    Ok(Entry { manifest, persona, folder: folder_id(folder), digest })
}

fn text(path: &Path, shown: &str) -> Result<String, Report> {
    let failed = |why: String| report(format!("`{shown}` cannot be used"), why, "check the file");
    let about = std::fs::symlink_metadata(path).map_err(|e| failed(e.to_string()))?;
    if !about.is_file() {
        return Err(failed("it is not a regular file".into()));
    }
    if about.len() > MOST {
        return Err(failed(format!("it has {} bytes, and may have {MOST}", about.len())));
    }
    std::fs::read_to_string(path).map_err(|e| failed(e.to_string()))
}
