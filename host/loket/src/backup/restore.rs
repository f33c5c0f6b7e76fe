//! A home made of a backup: read and checked beside its place, and moved there as a whole.

use super::ArchiveError;
use super::manifest::{KEY, Manifest};
use super::unpack::unpack;
use crate::form::{self, FormError};
use crate::home::{OPENED, write_whole};
use loket_gateways::desk::{Problem, RestoreReport};
use loket_gateways::shell::quoted;
use loket_guardian::config::CONFIG_FILE;
use loket_ledger::{Ledger, RedbStorage};
use std::fs;
use std::path::{Path, PathBuf};

/// Makes a home of a backup. Blocks.
///
/// # Errors
/// When the place is not empty, or the backup is damaged; then nothing is there that was not there before.
pub fn restore(file: &Path, home: &Path) -> Result<RestoreReport, Problem> {
    Ok(into(file, home)?)
}

pub(super) fn into(file: &Path, home: &Path) -> Result<RestoreReport, ArchiveError> {
    let home = free(home)?;
    let beside = home.parent().unwrap_or(Path::new("/"));
    let missing: Vec<&Path> = beside.ancestors().take_while(|folder| !folder.exists()).collect();
    let made = fs::create_dir_all(beside).map_err(ArchiveError::io(beside)).and_then(|()| made(file, &home, beside));
    if made.is_err() {
        // The innermost first. One that somebody has put something into stays.
        let _ = missing.into_iter().try_for_each(fs::remove_dir);
    }
    made
}

fn made(file: &Path, home: &Path, beside: &Path) -> Result<RestoreReport, ArchiveError> {
    let stage =
        tempfile::Builder::new().prefix(".loket-restore-").tempdir_in(beside).map_err(ArchiveError::io(beside))?;
    let manifest = unpack(file, Some(stage.path()))?;
    let mut notes = vec![
        "the owner's own token was not kept: the first start makes another. The passphrase, the tokens of other programs and all grants are as they were".to_owned(),
    ];
    form(stage.path(), &mut notes)?;
    let lines = ledger(stage.path(), &mut notes)?;
    settings(stage.path(), &manifest, &mut notes)?;
    labels(stage.path(), &manifest, home)?;
    secrets(stage.path(), home, &mut notes);
    // What ran at that moment was cut off, as far as this home knows: its first start ends those pages.
    let opened = stage.path().join("state").join(OPENED);
    fs::write(&opened, "0\n").map_err(ArchiveError::io(&opened))?;
    put(stage, home)?;
    Ok(RestoreReport {
        home: home.display().to_string(),
        next: format!("loket serve --home {}", quoted(&home.display().to_string())),
        made: manifest.made.clone(),
        by: manifest.loket.clone(),
        files: manifest.files.len() as u64,
        bytes: manifest.bytes(),
        lines,
        notes,
    })
}

/// The place, which is nobody's yet.
pub(super) fn free(home: &Path) -> Result<PathBuf, ArchiveError> {
    let home = std::path::absolute(home).map_err(ArchiveError::io(home))?;
    match fs::read_dir(&home).map(Iterator::count) {
        Ok(0) => Ok(home),
        Ok(_) => Err(ArchiveError::Place(format!(
            "`{}` is not empty, and a backup is restored into a folder of its own",
            home.display()
        ))),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(home),
        Err(e) if e.kind() == std::io::ErrorKind::NotADirectory => {
            Err(ArchiveError::Place(format!("`{}` is no folder", home.display())))
        }
        Err(e) => Err(ArchiveError::io(&home)(e)),
    }
}

/// A form that this host knows.
fn form(stage: &Path, notes: &mut Vec<String>) -> Result<(), ArchiveError> {
    // The folder that it lies in now says nothing to anybody.
    let named = |error| match error {
        FormError::Later { found, by, .. } => FormError::Later { root: PathBuf::from("(in the backup)"), found, by },
        error => error,
    };
    form::check(stage).map_err(|error| ArchiveError::Form(named(error)))?;
    if form::is_earlier(stage) {
        notes.push(format!("the home has an earlier form; its first start brings it into form {}", form::FORM));
    }
    Ok(())
}

/// The ledger, walked from its first line to its last.
fn ledger(stage: &Path, notes: &mut Vec<String>) -> Result<u64, ArchiveError> {
    let path = stage.join("state/ledger.redb");
    let damaged = |what: String| ArchiveError::Damaged { part: "state/ledger.redb".into(), what };
    if !path.is_file() {
        return Err(damaged("is missing".into()));
    }
    let storage = RedbStorage::open(&path).map_err(|e| damaged(format!("cannot be read: {e}")))?;
    let ledger = Ledger::open(storage).map_err(|e| damaged(format!("cannot be read: {e}")))?;
    let report = ledger.verify();
    if !report.faults.is_empty() {
        notes.push(format!("the ledger was damaged before it was kept: {} faults", report.faults.len()));
    }
    Ok(report.lines)
}

/// Packages that lay outside of the home are in its own registry now.
fn settings(stage: &Path, manifest: &Manifest, notes: &mut Vec<String>) -> Result<(), ArchiveError> {
    let path = stage.join(CONFIG_FILE);
    if manifest.outside.is_empty() || !path.is_file() {
        return Ok(());
    }
    let text = fs::read_to_string(&path).map_err(ArchiveError::io(&path))?;
    let damaged = |e: toml_edit::TomlError| ArchiveError::Damaged { part: CONFIG_FILE.into(), what: e.to_string() };
    let mut settings: toml_edit::DocumentMut = text.parse().map_err(damaged)?;
    settings["registry"] = toml_edit::value("registry");
    write_whole(&path, settings.to_string().as_bytes()).map_err(ArchiveError::io(&path))?;
    let outside = manifest.outside.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    notes.push(format!("the packages of {outside} are in the home's own `registry/` now, and `loket.toml` says so"));
    Ok(())
}

/// What is known of files is known by their path, which may be another now.
fn labels(stage: &Path, manifest: &Manifest, home: &Path) -> Result<(), ArchiveError> {
    let path = stage.join("state/file-labels");
    let Ok(text) = fs::read_to_string(&path) else { return Ok(()) };
    let moved = loket_providers::files::moved(&text, Path::new(&manifest.home), home);
    write_whole(&path, moved.as_bytes()).map_err(ArchiveError::io(&path))
}

fn secrets(stage: &Path, home: &Path, notes: &mut Vec<String>) {
    let state = stage.join("state");
    if !state.join("secrets.age").is_file() {
        return;
    }
    let key = home.join("state").join(KEY);
    match fs::read_to_string(state.join(KEY)) {
        Ok(text) if text.contains("keyring ") => notes.push(
            "the key of the secrets is in the keyring of the user who kept them; elsewhere, set the secrets anew".into(),
        ),
        Ok(_) => {}
        Err(_) => notes.push(format!(
            "the key of the secrets was not kept with them: put it at `{}`, or remove `secrets.age` beside it and set them anew",
            key.display()
        )),
    }
}

/// Moves it to its place in one step.
fn put(stage: tempfile::TempDir, home: &Path) -> Result<(), ArchiveError> {
    let io = || ArchiveError::io(home);
    if home.is_dir() {
        // It is empty; if it is not any more, this says so.
        fs::remove_dir(home).map_err(io())?;
    }
    fs::rename(stage.path(), home).map_err(io())?;
    // Nothing is where it was, and nothing is to be removed.
    let _ = stage.keep();
    #[cfg(unix)]
    if let Some(beside) = home.parent() {
        fs::File::open(beside).and_then(|folder| folder.sync_all()).map_err(io())?;
    }
    Ok(())
}
