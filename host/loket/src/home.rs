//! A home: the folder that a running host has, and the lock that keeps it to one process.

use crate::form::{self, FormError};
use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// A home folder, opened by this process alone.
#[derive(Debug)]
pub struct Home {
    root: PathBuf,
    _lock: File,
    unclosed: bool,
}

/// Says which process has the home open. It goes when the home is closed in order; one that is still there tells of a process that was not.
pub(crate) const OPENED: &str = "opened";

/// Why a home cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// Another process has it.
    #[error("the home `{}` is in use by {}; if that is a service which is about to be ready, try again in a moment, else let it end or stop it, or name another home with `--home`", root.display(), named(*.pid))]
    InUse {
        /// The home.
        root: PathBuf,
        /// The process that has it, as far as it said so.
        pid: Option<u32>,
    },
    /// A folder or file in it cannot be made or read.
    #[error("`{}` cannot be used: {source}; check the path and its permissions", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Its form is not one that this host knows, or it cannot be brought into this one.
    #[error(transparent)]
    Form(#[from] FormError),
}

impl HomeError {
    /// What to do next, where the message has not said it.
    pub fn hint(&self) -> String {
        match self {
            HomeError::InUse { .. } | HomeError::Io { .. } => "loket doctor".into(),
            HomeError::Form(error) => error.hint(),
        }
    }
}

impl Home {
    /// Opens a home; makes the folder and what belongs into it when it is not there, and brings it into this host's form.
    ///
    /// # Errors
    /// When another process has it open, it cannot be made, or it has a later form; then nothing in it is changed.
    pub fn open(root: &Path) -> Result<Home, HomeError> {
        form::check(root)?;
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| HomeError::Io { path, source }
        };
        for folder in [root.to_owned(), root.join("agents"), root.join("registry")] {
            make_private(&folder).map_err(at(&folder))?;
        }
        let root = root.canonicalize().map_err(at(root))?;
        let state = root.join("state");
        make_private(&state).and_then(|()| close(&state)).map_err(at(&state))?;
        let path = state.join("lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&path).map_err(at(&path))?;
        let opened = state.join(OPENED);
        match lock.try_lock() {
            Ok(()) => {
                // Looked at once more: another process may have had it until now.
                form::settle(&root)?;
                let unclosed = opened.exists();
                fs::write(&opened, format!("{}\n", std::process::id())).map_err(at(&opened))?;
                Ok(Home { root, _lock: lock, unclosed })
            }
            Err(TryLockError::WouldBlock) => {
                let pid = fs::read_to_string(&opened).ok().and_then(|text| text.trim().parse().ok());
                Err(HomeError::InUse { root, pid })
            }
            Err(TryLockError::Error(source)) => Err(HomeError::Io { path, source }),
        }
    }

    /// Whether the process that had it last ended without closing it: killed, or with the machine.
    pub fn was_left_open(&self) -> bool {
        self.unclosed
    }

    /// Notes that all is written and closed: the next start has nothing to look for.
    pub fn close(&self) {
        if let Err(error) = fs::remove_file(self.state(OPENED)) {
            tracing::debug!(%error, "loket.home.close");
        }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Agents: manifests, personas, brains, workspaces.
    pub fn agents(&self) -> PathBuf {
        self.root.join("agents")
    }

    /// What belongs to the host alone: grants, ledger, compiled code, tokens.
    pub fn state(&self, name: &str) -> PathBuf {
        self.root.join("state").join(name)
    }
}

fn named(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

/// Makes a folder that only its owner can enter; one that is there stays as its owner has it. On systems without modes, other users
/// are kept out by the access list of the profile that it is in.
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// Keeps others out of a folder that is there.
#[cfg(unix)]
fn close(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn close(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The text of a file, when it is there. One byte more than it may have is read: who parses it says that it is too long.
pub(crate) fn bounded_text(path: &Path, most: u64) -> io::Result<Option<String>> {
    let mut text = String::new();
    match File::open(path).and_then(|file| file.take(most + 1).read_to_string(&mut text)) {
        Ok(_) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes a file as a whole or not at all: what is read later is either the old content or the new. Only its owner can read it.
///
/// # Errors
/// When the folder or the disk does not take it.
pub fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    use std::io::Write as _;
    let folder = path.parent().unwrap_or(Path::new("."));
    let part = path.with_extension("part");
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&part)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&part, path)?;
    sync_folder(folder)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_opened_by_one_process_at_a_time() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let first = Home::open(folder.path()).expect("nobody has it");
        assert!(
            matches!(Home::open(folder.path()), Err(HomeError::InUse { pid, .. }) if pid == Some(std::process::id()))
        );
        drop(first);
        assert!(Home::open(folder.path()).is_ok());
    }

    #[test]
    fn a_home_that_nobody_closed_says_so() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (closed, left_open) in [(true, false), (false, false), (true, true)] {
            let home = Home::open(folder.path()).expect("nobody has it");
            assert_eq!(home.was_left_open(), left_open);
            if closed {
                home.close();
            }
        }
    }

    #[test]
    #[cfg(unix)]
    fn the_state_is_closed_to_others() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let home = Home::open(folder.path()).expect("nobody has it");
        let mode = fs::metadata(home.state("")).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
