//! Where things are in the checkout, and how a step is run and shown.

use anyhow::{Context as _, Result, bail};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// The checkout's top folder.
pub(crate) fn root() -> PathBuf {
    // At run time first: several checkouts may share one target folder, and with it this program.
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let manifest = PathBuf::from(manifest);
    manifest.parent().map_or_else(|| manifest.clone(), Path::to_path_buf)
}

/// Cargo's target folder: `CARGO_TARGET_DIR`, else `target/` in the checkout.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// The cargo that runs us.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// The same command for when nothing else wants the processor, where the system knows of that.
pub(crate) fn aside(command: &Command) -> Command {
    let mut aside = if cfg!(unix) {
        let mut nice = Command::new("nice");
        nice.args(["-n", "19"]).arg(command.get_program());
        nice
    } else {
        Command::new(command.get_program())
    };
    aside.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => aside.env(name, value),
            None => aside.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        aside.current_dir(folder);
    }
    aside
}

/// Runs a step and shows how long it took.
pub(crate) fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("==> {what}");
    let begun = Instant::now();
    let result = work();
    if result.is_ok() {
        eprintln!("    {}", seconds(begun.elapsed()));
    }
    result
}

/// A duration as the progress lines show it.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// Runs a program to its end; its output goes where ours goes.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = show(command);
    let status = command.status().with_context(|| format!("`{shown}` could not be started"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status}): its own words are above");
    }
    Ok(())
}

/// Runs a program and answers with what it printed; its error output is part of the error.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let shown = show(command);
    let output = command.output().with_context(|| format!("`{shown}` could not be started"))?;
    if !output.status.success() {
        bail!("`{shown}` failed ({}):\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A command line for people to read: the program without its folder, then its arguments.
fn show(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = program.file_name().unwrap_or(command.get_program()).to_string_lossy().into_owned();
    command.get_args().fold(program, |line, argument| format!("{line} {}", argument.to_string_lossy()))
}

/// Writes a file in one move, so that nobody ever reads half of it. Answers whether its bytes changed.
pub(crate) fn publish(path: &Path, bytes: &[u8]) -> Result<bool> {
    if std::fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    let folder = path.parent().with_context(|| format!("`{}` has no folder", path.display()))?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create the folder `{}`", folder.display()))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // The registry's watcher skips names with a leading dot.
    let temporary = folder.join(format!(".{name}.{}", std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    };
    if let Err(error) = write() {
        drop(std::fs::remove_file(&temporary));
        return Err(error).with_context(|| format!("cannot write `{}`", path.display()));
    }
    Ok(true)
}

/// The folders directly in `folder`, sorted; none when it is not there.
pub(crate) fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

/// All files under `path` (or `path` itself), sorted; hidden ones and build folders are left out.
pub(crate) fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_path_buf()];
    }
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.') && entry.file_name() != "target")
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    paths.iter().flat_map(|path| files(path)).collect()
}
