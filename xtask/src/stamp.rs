//! What need not be built again: a guest's stamp names the state of all that it was built from.
//!
//! The state of a file is its path, size and time of change. A stamp is only ever a reason to do nothing; whatever it
//! does not vouch for goes to cargo, which decides for itself.

use crate::guest::{Guest, Source};
use crate::{c, workspace};
use anyhow::Result;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Whether `published` is what the guest's present sources come to.
pub(crate) fn is_fresh(guest: &Guest, profile: &str, published: &Path) -> bool {
    let Ok(recorded) = std::fs::read_to_string(file(guest)) else { return false };
    let noted: Vec<PathBuf> = recorded.lines().skip(1).map(PathBuf::from).collect();
    stamp(guest, profile, published, &noted).is_some_and(|stamp| stamp == recorded)
}

/// Records that `published` was built from the guest's present sources; `module` is what cargo made on the way.
pub(crate) fn record(guest: &Guest, profile: &str, published: &Path, module: Option<&Path>) -> Result<()> {
    let noted = module.map(noted_by_cargo).unwrap_or_default();
    if let Some(stamp) = stamp(guest, profile, published, &noted) {
        workspace::publish(&file(guest), stamp.as_bytes())?;
    }
    Ok(())
}

fn file(guest: &Guest) -> PathBuf {
    // Several checkouts may share a target folder.
    let mut hasher = DefaultHasher::new();
    workspace::root().hash(&mut hasher);
    let checkout = format!("{:016x}", hasher.finish());
    workspace::target().join("guest-stamps").join(checkout).join(guest.package.replace(':', "-"))
}

/// One line for the state of everything, then the files that cargo noted; `None` when nothing was published.
fn stamp(guest: &Guest, profile: &str, published: &Path, noted: &[PathBuf]) -> Option<String> {
    let root = workspace::root();
    let mut inputs: BTreeSet<PathBuf> = noted.iter().cloned().collect();
    for path in [&guest.dir, &root.join("wit"), &root.join(c::RUNTIME), &root.join("xtask/js")] {
        inputs.extend(workspace::files(path));
    }
    // Which version of its tool made it.
    let peers = root.join("host/loket/tests/peers");
    match guest.source {
        Source::Js { .. } => inputs.extend(workspace::files(&peers.join("componentize-js"))),
        Source::Python { .. } => inputs.extend(workspace::files(&peers.join("componentize-py/requirements.txt"))),
        _ => {}
    }
    inputs.extend(["Cargo.toml", "Cargo.lock", ".cargo/config.toml"].map(|name| root.join(name)));
    inputs.extend(std::env::current_exe());

    let mut hasher = DefaultHasher::new();
    (profile, &guest.version, published, of_file(published)?).hash(&mut hasher);
    for name in ["RUSTUP_TOOLCHAIN", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"] {
        std::env::var_os(name).hash(&mut hasher);
    }
    for path in &inputs {
        (path, of_file(path)).hash(&mut hasher);
    }
    let first = format!("{:016x}\n", hasher.finish());
    Some(noted.iter().fold(first, |stamp, path| format!("{stamp}{}\n", path.display())))
}

fn of_file(path: &Path) -> Option<(u64, u128)> {
    let metadata = std::fs::metadata(path).ok()?;
    let changed = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some((metadata.len(), changed.as_nanos()))
}

/// The files that cargo noted beside a module, those of path dependencies included.
fn noted_by_cargo(module: &Path) -> Vec<PathBuf> {
    let noted = std::fs::read_to_string(module.with_extension("d")).unwrap_or_default();
    let files = noted.split_once(": ").map_or("", |(_, files)| files).trim().replace("\\ ", "\0");
    files.split(' ').filter(|file| !file.is_empty()).map(|file| PathBuf::from(file.replace('\0', " "))).collect()
}
