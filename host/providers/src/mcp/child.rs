//! A server that is started: beneath an attendant, as a command is, with an environment in which nothing is but what the owner named.

use super::letters::excerpt;
use super::lines::{LONGEST_LINE, Lines, Watch};
use crate::files::Folders;
use crate::run::launcher::Launcher;
use crate::run::order::{Order, SERVER_WORD, SYSTEM};
use crate::secrets::source::SecretSource;
use loket_guardian::mcp::{Child, McpEntry, McpName};
use loket_guardian::run::Trust;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};

/// Where programs are looked for that have no path.
const PATH: [&str; 4] = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin"];
/// The longest line of its errors that is noted, in bytes; the rest of it is dropped.
const LONGEST_NOTE: u64 = 2_000;
/// How many of these are noted in a minute.
const MOST_NOTES: u32 = 100;

/// How far a server is kept from the rest of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confinement {
    /// The kernel holds it to what its settings name.
    Confined,
    /// Nothing does: it may do whatever this user may.
    FullTrust,
    /// Nothing could, so it is not started.
    Unavailable,
}

impl Confinement {
    /// What holds for a server that is started in this way.
    pub fn of(child: &Child, launcher: &Launcher) -> Confinement {
        match (launcher.confines(), child.trust) {
            (true, _) => Confinement::Confined,
            (false, Trust::Full) => Confinement::FullTrust,
            (false, Trust::Confined) => Confinement::Unavailable,
        }
    }
}

/// What children are started with.
pub(super) struct Ground<'g> {
    pub(super) launcher: &'g Launcher,
    pub(super) folders: &'g Folders,
    pub(super) secrets: &'g dyn SecretSource,
    /// Its own working folder.
    pub(super) place: &'g Path,
}

/// A child that was started.
pub(super) struct Started {
    pub(super) output: Lines<ChildStdout>,
    pub(super) input: ChildStdin,
    pub(super) attendant: Attendant,
}

/// Who attends to it. It ends the child when the child's input is closed.
pub(super) struct Attendant {
    process: tokio::process::Child,
    last: Arc<Mutex<String>>,
}

impl Attendant {
    /// What it or the child said of errors last.
    pub(super) fn last_words(&self) -> String {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until it has ended, after its input was closed; where that takes too long, it is killed.
    pub(super) async fn end(mut self, patience: Duration) {
        if tokio::time::timeout(patience, self.process.wait()).await.is_err() {
            let _ = self.process.kill().await;
        }
    }
}

/// Starts a server. Answers why it cannot be, in words that go on after its name.
pub(super) async fn start(
    name: &McpName,
    entry: &McpEntry,
    child: &Child,
    ground: Ground<'_>,
    watch: &Arc<Watch>,
) -> Result<Started, String> {
    let order = order(child, &ground)?;
    let failed = |e: std::io::Error| format!("cannot be started: {e}");
    let mut attendant = ground.launcher.command(SERVER_WORD).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let pipes = (attendant.stdin.take(), attendant.stdout.take(), attendant.stderr.take());
    let (Some(mut input), Some(output), Some(errors)) = pipes else {
        return Err("has no input or output".into());
    };
    let mut line = serde_json::to_vec(&order).map_err(|e| format!("cannot be started: {e}"))?;
    line.push(b'\n');
    input.write_all(&line).await.map_err(failed)?;
    input.flush().await.map_err(failed)?;
    let last = Arc::new(Mutex::new(String::new()));
    tokio::spawn(note(name.clone(), errors, last.clone()));
    // Bytes are a third longer in a message than they are.
    let most = ((entry.result_kib as usize) << 11).max(LONGEST_LINE / 4);
    let output = Lines::new(output, most, watch.clone());
    Ok(Started { output, input, attendant: Attendant { process: attendant, last } })
}

fn order(child: &Child, ground: &Ground<'_>) -> Result<Order, String> {
    if cfg!(not(target_os = "linux")) {
        return Err("cannot be started: that is done on Linux only, elsewhere name a `url`".into());
    }
    let confined = match Confinement::of(child, ground.launcher) {
        Confinement::Confined => true,
        Confinement::FullTrust => false,
        Confinement::Unavailable => {
            return Err(
                "is not started: nothing on this system can confine it. `trust = \"full\"` lets it do all that you may"
                    .into(),
            );
        }
    };
    let program = program(&child.program)?;
    if confined {
        beside_the_host(child, &program, ground.folders)?;
    }
    let (change, read): (Vec<_>, Vec<_>) = child.folders.iter().partition(|folder| folder.writable);
    let paths =
        |folders: Vec<&loket_guardian::mcp::Folder>| folders.into_iter().map(|f| f.path.clone()).collect::<Vec<_>>();
    let (mut change, mut read) = (paths(change), paths(read));
    make_private(ground.place).map_err(|e| format!("has no working folder: {e}"))?;
    change.push(ground.place.to_owned());
    read.extend(child.read.iter().cloned());
    if let Some(missing) = change.iter().chain(&read).find(|path| !path.exists()) {
        return Err(format!("is not started: `{}` is not there", missing.display()));
    }
    Ok(Order {
        environment: environment(child, &program, ground)?,
        program,
        arguments: child.args.clone(),
        input: String::new(),
        folder: ground.place.to_owned(),
        change,
        read,
        network: child.network,
        confined,
        milliseconds: 0,
        output: 0,
        memory: u64::from(child.memory_mib) << 20,
        processes: child.processes,
    })
}

/// Where a program is: as it is written, or among the system's.
fn program(written: &str) -> Result<PathBuf, String> {
    if written.starts_with('/') {
        return Ok(written.into());
    }
    let found = PATH.iter().map(|folder| Path::new(folder).join(written)).find(|path| path.is_file());
    found.ok_or_else(|| {
        let shown = excerpt(written, 80);
        format!("is not started: there is no program `{shown}` in {}; write the whole of its path", PATH.join(", "))
    })
}

/// What it finds in its environment, and nothing besides.
fn environment(child: &Child, program: &Path, ground: &Ground<'_>) -> Result<BTreeMap<String, String>, String> {
    let place = ground.place.display().to_string();
    let beside = program.parent().map(|folder| folder.display().to_string());
    let path: Vec<String> = beside.into_iter().chain(PATH.map(str::to_owned)).collect();
    let mut all: BTreeMap<String, String> =
        [("PATH", path.join(":")), ("HOME", place.clone()), ("TMPDIR", place), ("LANG", "C.UTF-8".into())]
            .map(|(name, value)| (name.to_owned(), value))
            .into();
    all.extend(child.env.clone());
    for (variable, name) in &child.secrets {
        let shown = excerpt(name, 64);
        let secret = ground.secrets.get(name);
        let secret = secret.ok_or_else(|| {
            format!("is not started: there is no secret `{shown}` for `{variable}`; loket secret set {shown}")
        })?;
        all.insert(variable.clone(), secret.value().to_owned());
    }
    Ok(all)
}

/// Checks that nothing which it can reach holds the host's own files.
fn beside_the_host(child: &Child, program: &Path, folders: &Folders) -> Result<(), String> {
    let named = child.folders.iter().map(|folder| folder.path.as_path()).chain(child.read.iter().map(PathBuf::as_path));
    match folders.reached_by(SYSTEM.iter().map(Path::new).chain(named).chain([program])) {
        Some((path, why)) => Err(format!("is not started: it could reach `{}`, and {why}", path.display())),
        None => Ok(()),
    }
}

fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Notes what it says of errors, a line each, until it ends.
async fn note(name: McpName, errors: ChildStderr, last: Arc<Mutex<String>>) {
    let mut errors = BufReader::new(errors);
    let (mut minute, mut noted) = (Instant::now(), 0);
    loop {
        let mut line = Vec::new();
        match (&mut errors).take(LONGEST_NOTE).read_until(b'\n', &mut line).await {
            Ok(1..) => {}
            _ => return,
        }
        let text = excerpt(&String::from_utf8_lossy(&line), 500);
        if text.is_empty() {
            continue;
        }
        if minute.elapsed() > Duration::from_secs(60) {
            (minute, noted) = (Instant::now(), 0);
        }
        noted += 1;
        match noted {
            ..=MOST_NOTES => tracing::info!(server = name.as_str(), text, "loket.mcp.stderr"),
            n if n == MOST_NOTES + 1 => {
                tracing::info!(server = name.as_str(), "loket.mcp.stderr: the rest of this minute is left out")
            }
            _ => {}
        }
        *last.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }
}
