//! Finding the service of a home: `state/host.json` says where it listens, and the service proves that it is the one.
//!
//! Beside it stands `state/host.pid`, the process id alone, for scripts.

use super::Client;
use crate::desk::{Health, Problem};
use crate::http::OwnerToken;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long the health check may take.
const CHECK: Duration = Duration::from_secs(2);

/// What `state/host.json` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostFile {
    /// Where the service listens.
    pub listen: SocketAddr,
    /// Its process.
    pub pid: u32,
}

/// The folder of a home that holds the host's own state.
#[must_use]
pub fn state(home: &Path) -> PathBuf {
    home.join("state")
}

/// Make the state folder of a home, and the home when it is not there, for their owner alone.
///
/// # Errors
/// `failed` when it cannot be made.
pub fn make_state(home: &Path) -> Result<PathBuf, Problem> {
    let state = state(home);
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    // The home too, when it is made here: what an agent knows is its owner's.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&state).map_err(|error| {
        Problem::failed(format!("the folder `{}` cannot be made: {error}", state.display()))
            .hint("choose another home with `--home`, or check whose folder it is")
    })?;
    Ok(state)
}

/// That a service runs, as long as this is held: the files go when it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Announcement {
    state: PathBuf,
    file: HostFile,
}

impl Announcement {
    /// Write where this process listens.
    ///
    /// # Errors
    /// `failed` when the files cannot be written.
    pub fn write(home: &Path, listen: SocketAddr) -> Result<Self, Problem> {
        let announcement = Self { state: make_state(home)?, file: HostFile { listen, pid: std::process::id() } };
        let json = announcement.state.join("host.json");
        let text = serde_json::to_string(&announcement.file).map_err(|error| Problem::failed(error.to_string()))?;
        let written = replace(&json, &format!("{text}\n"))
            .and_then(|()| replace(&announcement.state.join("host.pid"), &format!("{}\n", announcement.file.pid)));
        written.map_err(|error| {
            Problem::failed(format!("`{}` cannot be written: {error}", json.display()))
                .hint("check that the folder is yours and that the disk has room")
        })?;
        Ok(announcement)
    }

    /// Take the files away; the same as dropping it, with a name.
    pub fn remove(self) {}

    /// What a home's `host.json` says; nothing when there is none, it cannot be read as one, or it names another machine.
    #[must_use]
    pub fn read(home: &Path) -> Option<HostFile> {
        read(&state(home))
    }
}

impl Drop for Announcement {
    fn drop(&mut self) {
        // Another service may have taken the home over since; its files are not ours.
        if read(&self.state).is_some_and(|there| there == self.file) {
            let _ = fs::remove_file(self.state.join("host.json"));
            let _ = fs::remove_file(self.state.join("host.pid"));
        }
    }
}

/// The service of a home and its health, when one runs; a file that a killed service left behind is passed over.
///
/// # Errors
/// When the owner's token cannot be read or can be read by others: as [`OwnerToken::read`]. Its absence is none.
pub async fn find(home: &Path) -> Result<Option<(Client, Health)>, Problem> {
    let state = state(home);
    let Some(file) = read(&state) else { return Ok(None) };
    let token = match OwnerToken::read(&state) {
        // A service makes one before it announces itself: the file was left behind.
        Err(problem) if problem.code == "not-found" => return Ok(None),
        token => token?,
    };
    let client = Client::remote(file.listen, token);
    match tokio::time::timeout(CHECK, client.proven_health()).await {
        Ok(Some(health)) => Ok(Some((client, health))),
        _ => Ok(None),
    }
}

/// What `host.json` says; nothing when it says nothing usable.
fn read(state: &Path) -> Option<HostFile> {
    let text = fs::read_to_string(state.join("host.json")).ok()?;
    let file: HostFile = serde_json::from_str(&text).ok()?;
    // The owner's token is never sent to another machine, whatever the file says.
    file.listen.ip().to_canonical().is_loopback().then_some(file)
}

/// Write a file so that a reader sees the old one or the new one, never half of one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    fs::write(&draft, text)?;
    fs::rename(&draft, path).inspect_err(|_| {
        let _ = fs::remove_file(&draft);
    })
}

#[cfg(test)]
mod tests {
    use super::{Announcement, find, state};

    #[test]
    fn an_announcement_goes_with_its_holder() {
        let home = tempfile::tempdir().expect("a folder");
        let announcement =
            Announcement::write(home.path(), "127.0.0.1:1987".parse().expect("an address")).expect("written");
        let text = std::fs::read_to_string(state(home.path()).join("host.json")).expect("a file");
        assert_eq!(text, format!("{{\"listen\":\"127.0.0.1:1987\",\"pid\":{}}}\n", std::process::id()));
        let pid = std::fs::read_to_string(state(home.path()).join("host.pid")).expect("a file");
        assert_eq!(pid.trim(), std::process::id().to_string());
        drop(announcement);
        assert_eq!(std::fs::read_dir(state(home.path())).expect("a folder").count(), 0);
    }

    #[test]
    fn a_successor_keeps_its_files() {
        let home = tempfile::tempdir().expect("a folder");
        let old = Announcement::write(home.path(), "127.0.0.1:1".parse().expect("an address")).expect("written");
        let new = Announcement::write(home.path(), "127.0.0.1:2".parse().expect("an address")).expect("written");
        drop(old);
        assert_eq!(Announcement::read(home.path()).expect("still there").listen.port(), 2);
        drop(new);
    }

    #[test]
    fn a_file_that_names_another_machine_is_not_followed() {
        let home = tempfile::tempdir().expect("a folder");
        let kept = Announcement::write(home.path(), "192.0.2.1:1987".parse().expect("an address")).expect("written");
        assert_eq!(Announcement::read(home.path()), None);
        drop(kept);
    }

    #[tokio::test]
    async fn without_a_file_there_is_no_service() {
        let home = tempfile::tempdir().expect("a folder");
        assert!(find(home.path()).await.expect("no problem").is_none());
    }
}
