//! Where the host's own folders are, which no grant may reach, and the one that each agent has among them.

use super::error::Fault;
use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};

/// What a system keeps where folders usually are, and is none: behind such a file is a device, or a process's memory.
#[cfg(target_os = "linux")]
const NO_FOLDERS: &[&str] = &["/proc", "/sys", "/dev"];
#[cfg(all(unix, not(target_os = "linux")))]
const NO_FOLDERS: &[&str] = &["/dev"];
#[cfg(not(unix))]
const NO_FOLDERS: &[&str] = &[];

/// Where the host's own folders are.
#[derive(Debug)]
pub(super) struct Places {
    agents: PathBuf,
    own: Vec<PathBuf>,
}

impl Places {
    /// `agents` is the folder of the agents; of what is `own`, what is not there protects nothing.
    pub(super) fn new(agents: &Path, own: impl IntoIterator<Item = PathBuf>) -> Places {
        let own = own.into_iter().map(|path| path.canonicalize().unwrap_or(path)).collect();
        Places { agents: agents.canonicalize().unwrap_or_else(|_| agents.to_owned()), own }
    }

    /// Why a folder, named as it really lies on the disk, cannot be granted: it is, holds or is in one of the host's own.
    pub(super) fn forbids(&self, real: &Path) -> Option<&'static str> {
        if NO_FOLDERS.iter().any(|special| real.starts_with(special)) {
            return Some("it is no folder of the disk, but the system's own; name another");
        }
        let above = |one: &Path, other: &Path| other.starts_with(one) || other.ancestors().any(|at| same(at, one));
        self.own.iter().find_map(|own| match (above(own, real), above(real, own)) {
            (true, _) => {
                Some("the host's own files are there; an agent's folder in the home is granted as `workspace`")
            }
            (_, true) => Some("the host's own files are in it; name a folder beside them"),
            _ => None,
        })
    }

    /// The same without asking the disk: for folders that were checked when they were granted, and are opened with no link on the way.
    pub(super) fn forbids_now(&self, real: &Path) -> bool {
        let special = NO_FOLDERS.iter().any(|special| real.starts_with(special));
        special || self.own.iter().any(|own| own.starts_with(real) || real.starts_with(own))
    }

    /// An agent's workspace: made when it is first used, closed to other users.
    pub(super) fn workspace(&self, agent: &str) -> Result<PathBuf, Fault> {
        let failed = |e: &io::Error| Fault::Failed(format!("the workspace of `{agent}` cannot be used: {e}"));
        // An agent's folder may be a link, which is the owner's doing. What is below it is not.
        let folder = self.agents.join(agent).canonicalize().map_err(|e| failed(&e))?.join("workspace");
        match private().create(&folder) {
            Ok(()) => Ok(folder),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(folder),
            Err(e) => Err(failed(&e)),
        }
    }
}

/// Makes folders that other users cannot look into.
#[cfg(unix)]
fn private() -> DirBuilder {
    let mut builder = DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Makes folders; who may look into them is decided by the folder they are in.
#[cfg(not(unix))]
fn private() -> DirBuilder {
    DirBuilder::new()
}

/// Whether two paths are the same folder under two names, as a mount can give it.
#[cfg(unix)]
fn same(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |path: &Path| path.metadata().ok().map(|found| (found.dev(), found.ino()));
    id(one).is_some_and(|one| id(other) == Some(one))
}

#[cfg(not(unix))]
fn same(_: &Path, _: &Path) -> bool {
    false
}
