//! A home's settings: its `loket.toml`, which may be missing.
//!
//! It is read at the start, and again whenever it changes (`refresh/settings.rs`). What is fixed for as long as a host runs, and what holds
//! from the next turn, are two types: whoever has the one cannot read the other by mistake.

use crate::desk::wrong;
use loket_gateways::desk::Problem;
use loket_guardian::config::{CONFIG_FILE, Fixed, HostConfig, Live};
use loket_guardian::{HostSpace, MAX_TEXT};
use loket_kernel::{Limits, Space};
use loket_registry::Digest;
use std::io::{ErrorKind, Read as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// Stands for the digest of a file that is not there.
const NO_FILE: &str = "none";

/// What a `loket.toml` says, and which bytes say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// What it says; everything is as usual where there is no file.
    pub config: HostConfig,
    /// The SHA-256 of its text, in hex; `none` where there is no file.
    pub digest: String,
}

/// Reads the settings of a home.
///
/// # Errors
/// When the file cannot be read, or says something that has no meaning.
pub fn read(home: &Path) -> Result<Written, Problem> {
    let Some(text) = text(&home.join(CONFIG_FILE))? else {
        return Ok(Written { config: HostConfig::default(), digest: NO_FILE.to_owned() });
    };
    let digest = Digest::of(text.as_bytes()).hex();
    match HostConfig::parse(CONFIG_FILE, &text) {
        Ok(config) => Ok(Written { config, digest }),
        Err(report) => Err(wrong("invalid", report.message(), report.next().join("\n"))),
    }
}

fn text(path: &Path) -> Result<Option<String>, Problem> {
    let failed = |why: &dyn std::fmt::Display, hint: &str| {
        wrong("failed", format!("`{}` cannot be read: {why}", path.display()), hint)
    };
    let about = match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        about => about.map_err(|e| failed(&e, "check the file's permissions"))?,
    };
    if !about.is_file() {
        return Err(failed(&"it is not a regular file", "put a file there"));
    }
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|e| failed(&e, "check the file's permissions"))?;
    // One byte more than may be: the guardian says that it is too long.
    let most = u64::try_from(MAX_TEXT).unwrap_or(u64::MAX).saturating_add(1);
    file.take(most).read_to_string(&mut text).map_err(|e| failed(&e, "check the file, which must be UTF-8"))?;
    Ok(Some(text))
}

/// The settings of a host that serves.
pub(crate) struct Settings {
    /// What it took at its start.
    pub(crate) fixed: Fixed,
    live: RwLock<Arc<Live>>,
    file: Mutex<FileState>,
}

/// How the file is now, beside what holds.
#[derive(Debug, Clone)]
pub(crate) struct FileState {
    /// The digest of what was taken up last.
    pub(crate) digest: String,
    /// Why what is written now cannot be taken up: what was there before holds.
    pub(crate) broken: Option<Problem>,
    /// What is written there and holds from the next start.
    pub(crate) at_next_start: Vec<String>,
}

impl Settings {
    /// As they are written at the start.
    pub(crate) fn new(written: Written) -> Settings {
        let Written { config: HostConfig { fixed, live }, digest } = written;
        let file = FileState { digest, broken: None, at_next_start: Vec::new() };
        Settings { fixed, live: RwLock::new(Arc::new(live)), file: Mutex::new(file) }
    }

    /// What holds for turns that begin now.
    pub(crate) fn live(&self) -> Arc<Live> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says what holds from now on.
    pub(crate) fn set_live(&self, live: Live) {
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(live);
    }

    /// How the file is now.
    pub(crate) fn file(&self) -> FileState {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says how the file is now.
    pub(crate) fn set_file(&self, file: FileState) {
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = file;
    }
}

/// What a turn may use.
pub(crate) fn limits(live: &Live) -> Limits {
    let limits = live.limits;
    Limits {
        instances: limits.instances as usize,
        cpu: Duration::from_secs(limits.cpu_seconds.into()),
        wall: Duration::from_secs(limits.seconds.into()),
        depth: limits.depth as usize,
        argument: (limits.argument_kib as usize) << 10,
        result: (limits.result_kib as usize) << 10,
        calls: limits.calls,
        events: u64::from(limits.events_kib) << 10,
    }
}

/// What instances may take.
pub(crate) fn space(space: &HostSpace) -> Space {
    Space {
        memory: (space.memory_mib as usize) << 20,
        table_elements: space.table_elements as usize,
        total_memory: (space.total_memory_mib as usize) << 20,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_missing_too_long_or_no_file_is_told_from_one_that_can_be_read() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let file = home.path().join(CONFIG_FILE);
        let none = read(home.path()).expect("it may be missing");
        assert_eq!(none, Written { config: HostConfig::default(), digest: "none".into() });
        std::fs::write(&file, "# nothing\n").expect("it can be written");
        let empty = read(home.path()).expect("it can be read");
        assert!(empty.config == none.config && empty.digest.len() == 64, "{empty:?}");
        for (bytes, why) in [
            ("#".repeat(MAX_TEXT + 1).into_bytes(), "bytes"),
            (vec![0xff, 0xfe], "UTF-8"),
            (b"limits = 3".to_vec(), "line 1"),
        ] {
            std::fs::write(&file, bytes).expect("it can be written");
            let problem = read(home.path()).expect_err("it cannot be used");
            assert!(problem.message.contains(why) && problem.hint.is_some(), "{problem:?}");
        }
        std::fs::remove_file(&file).and_then(|()| std::fs::create_dir(&file)).expect("it can be made");
        assert!(read(home.path()).expect_err("a folder").message.contains("regular file"));
    }
}
