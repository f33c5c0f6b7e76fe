//! The agents that are there: a folder each, with a manifest.

use crate::stock::report;
use loket_guardian::manifest::{AgentManifest, AgentName, MANIFEST_FILE};
use loket_guardian::report::Report;
use std::collections::BTreeMap;
use std::path::Path;

/// The longest manifest or persona, in bytes.
const MOST: u64 = 256 << 10;

/// An agent's folder, read.
pub struct Entry {
    /// What its manifest says.
    pub manifest: AgentManifest,
    /// Who it is.
    pub persona: String,
}

/// All agents of a home, by name; those whose folder cannot be used, with the reason.
pub type Roster = BTreeMap<String, Result<Entry, Report>>;

/// Reads a home's `agents/` folder. Blocks.
pub fn read(agents: &Path) -> Roster {
    let mut roster = Roster::new();
    let Ok(folders) = std::fs::read_dir(agents) else { return roster };
    for folder in folders.flatten() {
        let path = folder.path();
        // A folder without a manifest is none of ours; a link may lead anywhere.
        if !folder.file_type().is_ok_and(|kind| kind.is_dir()) || !path.join(MANIFEST_FILE).is_file() {
            continue;
        }
        let name = folder.file_name().to_string_lossy().into_owned();
        let entry = match name.parse::<AgentName>() {
            Ok(_) => entry(&path, &name),
            Err(error) => Err(report(
                format!("the folder `{}` is no agent", name.escape_default()),
                error.to_string(),
                "rename the folder",
            )),
        };
        roster.insert(name, entry);
    }
    roster
}

fn entry(folder: &Path, name: &str) -> Result<Entry, Report> {
    let file = format!("agents/{name}/{MANIFEST_FILE}");
    let manifest = AgentManifest::parse(&file, &text(&folder.join(MANIFEST_FILE), &file)?)?;
    let persona = match &manifest.persona {
        Some(path) => text(&folder.join(path), &format!("agents/{name}/{}", path.display()))?,
        None => {
            let path = folder.join(loket_guardian::manifest::DEFAULT_PERSONA);
            if path.is_file() { text(&path, &format!("agents/{name}/persona.md"))? } else { String::new() }
        }
    };
    Ok(Entry { manifest, persona })
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
