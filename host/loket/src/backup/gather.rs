//! A home at one moment, while it is in use: stores are copied as they are in one transaction each, files as they lie there. The owner's
//! acts wait while grants, secrets and the ledger are copied, so that these agree; the ledger comes last, and knows of all else.

use super::ArchiveError;
use super::manifest::{FORM, KEY, Manifest, Part, STATE, belongs};
use super::pack::pack;
use super::unpack::{digest, unpack};
use crate::desk::{problem, time_text, wrong};
use crate::host::Host;
use loket_gateways::desk::{BackupReport, BackupRequest, Problem};
use loket_kernel::counter::now;
use loket_kernel::{CallError, Principal};
use loket_providers::brain::shelf::Shelf;
use loket_registry::lock::LOCK_FILE;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// The brain's folder in an agent's, its file, and what is kept of it at other times: the rest of it is derived.
const BRAIN: &str = "brain";
const BRAIN_FILE: &str = "brain.redb";
const SNAPSHOTS: &str = "snapshots";
/// So many names of what was left out are told.
const MOST_TOLD: usize = 50;
/// Folders in folders.
const DEEPEST: usize = 64;

/// Puts a home into one file, and reads that back before it gets its name.
///
/// # Errors
/// When there is something at that place, or the home cannot be copied or the file be written.
pub async fn backup(host: &Host, request: BackupRequest) -> Result<BackupReport, Problem> {
    let target = place(&PathBuf::from(&request.file), host.home.root())?;
    let root = host.home.root().to_owned();
    let outside = outside(host);
    let shelf = host.shelf.clone();
    let folder = target.parent().unwrap_or(Path::new(".")).to_owned();
    let mut stage = blocking(move || {
        let mut stage = Stage::new(&folder, root)?;
        stage.agents(&shelf)?;
        for registry in std::iter::once(stage.home.join("registry")).chain(outside.iter().map(|(_, path)| path.clone()))
        {
            stage.tree(&registry, "registry", 0)?;
        }
        stage.outside = outside.into_iter().map(|(name, _)| name).collect();
        Ok(stage)
    })
    .await?;

    let acts = host.acts.lock().await;
    let about = [("file", target.display().to_string()), ("with key", request.with_key.to_string())];
    let seq = host.act("backed up", &Principal::Owner, &about);
    host.counter.ledger.settle(seq).await.map_err(|e| problem(CallError::Failed(e.to_string())))?;
    let (ledger, values) = (host.counter.ledger.clone(), host.natives.values());
    let with_key = request.with_key;
    let stage = blocking(move || {
        stage.optional("loket.toml")?;
        stage.optional(LOCK_FILE)?;
        for name in STATE.iter().filter(|name| !name.ends_with(".redb")) {
            stage.optional(&format!("state/{name}"))?;
        }
        stage.key(with_key)?;
        if let Some(values) = values {
            stage.store("state/keyvalue.redb", |to| values.copy_to(to).map_err(|e| e.to_string()))?;
        }
        stage.store("state/ledger.redb", |to| ledger.copy_to(to).map_err(|e| e.to_string()))?;
        Ok(stage)
    })
    .await?;
    drop(acts);
    blocking(move || stage.finish(&target)).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ArchiveError> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(error) => Err(wrong("failed", format!("the backup broke off: {error}"), "try again")),
    }
}

/// Where the file goes: not over anything, and not into the home, where agents could read it.
fn place(file: &Path, home: &Path) -> Result<PathBuf, ArchiveError> {
    let (Some(folder), Some(name), true) = (file.parent(), file.file_name(), file.is_absolute()) else {
        return Err(ArchiveError::Place(format!("`{}` names no file by its whole path", file.display())));
    };
    let file = folder.canonicalize().map_err(ArchiveError::io(folder))?.join(name);
    if file.starts_with(home) {
        let message = format!("`{}` lies in the home itself, and a backup of it must not", file.display());
        return Err(ArchiveError::Place(message));
    }
    if file.symlink_metadata().is_ok() {
        return Err(ArchiveError::Place(format!("there is something at `{}` already", file.display())));
    }
    Ok(file)
}

/// The registries that do not lie in the home, as the settings name them.
fn outside(host: &Host) -> Vec<(String, PathBuf)> {
    let root = host.home.root();
    let own = root.join("registry");
    let named = host.settings.fixed.registry.iter().map(|name| (name.display().to_string(), root.join(name)));
    named.filter(|(_, path)| path.canonicalize().is_ok_and(|path| !path.starts_with(&own))).collect()
}

/// A copy that comes about.
struct Stage {
    folder: TempDir,
    home: PathBuf,
    parts: Vec<Part>,
    outside: Vec<String>,
    left_out: Vec<String>,
    key: String,
}

impl Stage {
    /// Beside the file that it becomes: there is the room for it.
    fn new(beside: &Path, home: PathBuf) -> Result<Stage, ArchiveError> {
        let folder = tempfile::Builder::new().prefix(".loket-backup-").tempdir_in(beside);
        let folder = folder.map_err(ArchiveError::io(beside))?;
        Ok(Stage { folder, home, parts: Vec::new(), outside: Vec::new(), left_out: Vec::new(), key: String::new() })
    }

    /// All agents: their brains through the shelf, which may have them open, and their other files. One that is being made has no name yet.
    fn agents(&mut self, shelf: &Shelf) -> Result<(), ArchiveError> {
        let agents = self.home.join("agents");
        for entry in sorted(&agents)? {
            let Some(name) = entry.file_name().and_then(|name| name.to_str()).map(str::to_owned) else {
                self.leave_out(&entry, "its name is not UTF-8");
                continue;
            };
            if name.starts_with('.') {
                continue;
            }
            self.tree_but(&entry, &format!("agents/{name}"), 0, Some(BRAIN))?;
            if entry.join(BRAIN).join(BRAIN_FILE).is_file() {
                let part = format!("agents/{name}/{BRAIN}/{BRAIN_FILE}");
                let brain = shelf.brain(&Arc::from(&*name));
                let brain = brain.map_err(|e| ArchiveError::Copy { part: part.clone(), what: e.to_string() })?;
                self.store(&part, |to| brain.copy_to(to).map_err(|e| e.to_string()))?;
            }
            self.snapshots(&entry.join(BRAIN).join(SNAPSHOTS), &format!("agents/{name}/{BRAIN}/{SNAPSHOTS}"))?;
        }
        Ok(())
    }

    /// A brain's snapshots: whole files, which others take the place of and nobody writes in.
    fn snapshots(&mut self, from: &Path, to: &str) -> Result<(), ArchiveError> {
        for entry in sorted(from)? {
            let name = entry.file_name().and_then(|name| name.to_str());
            if let Some(name) = name.filter(|name| name.ends_with(".redb") && !name.starts_with('.')) {
                self.tree(&entry, &format!("{to}/{name}"), 0)?;
            }
        }
        Ok(())
    }

    fn tree(&mut self, from: &Path, to: &str, depth: usize) -> Result<(), ArchiveError> {
        self.tree_but(from, to, depth, None)
    }

    /// A file, or a folder and all in it but what is called so. Links are not followed, nor is anything taken twice.
    fn tree_but(&mut self, from: &Path, to: &str, depth: usize, but: Option<&str>) -> Result<(), ArchiveError> {
        let kind = match from.symlink_metadata() {
            Ok(about) => about.file_type(),
            // It went while it was looked for, or never was.
            Err(_) => return Ok(()),
        };
        if kind.is_file() {
            return if self.folder.path().join(to).exists() { Ok(()) } else { self.file(from, to) };
        }
        if !kind.is_dir() || depth > DEEPEST {
            self.leave_out(from, if kind.is_dir() { "it lies too deep" } else { "it is neither a file nor a folder" });
            return Ok(());
        }
        for entry in sorted(from)? {
            match entry.file_name().and_then(|name| name.to_str()) {
                Some(name) if Some(name) == but => {}
                Some(name) => self.tree(&entry, &format!("{to}/{name}"), depth + 1)?,
                None => self.leave_out(&entry, "its name is not UTF-8"),
            }
        }
        Ok(())
    }

    fn leave_out(&mut self, what: &Path, why: &str) {
        self.left_out.push(format!("{}: {why}", what.display()));
    }

    /// A file of the home, when it is there.
    fn optional(&mut self, part: &str) -> Result<(), ArchiveError> {
        let path = self.home.join(part);
        if path.is_file() { self.file(&path, part) } else { Ok(()) }
    }

    fn file(&mut self, from: &Path, part: &str) -> Result<(), ArchiveError> {
        if !belongs(part) {
            self.leave_out(from, "its path is too long");
            return Ok(());
        }
        let mut source = match File::open(from) {
            Ok(source) => source,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(ArchiveError::io(from)(e)),
        };
        let to = self.at(part)?;
        let mut target = File::create(&to).map_err(ArchiveError::io(&to))?;
        let blake3 = digest(&mut source, &mut target, |e| ArchiveError::io(from)(e))?;
        let bytes = target.metadata().map_err(ArchiveError::io(&to))?.len();
        self.parts.push(Part { path: part.to_owned(), bytes, blake3 });
        Ok(())
    }

    /// A store, which copies itself.
    fn store(&mut self, part: &str, copy: impl FnOnce(&Path) -> Result<(), String>) -> Result<(), ArchiveError> {
        let to = self.at(part)?;
        copy(&to).map_err(|what| ArchiveError::Copy { part: part.to_owned(), what })?;
        let mut copied = File::open(&to).map_err(ArchiveError::io(&to))?;
        let blake3 = digest(&mut copied, &mut std::io::sink(), |e| ArchiveError::io(&to)(e))?;
        let bytes = copied.metadata().map_err(ArchiveError::io(&to))?.len();
        self.parts.push(Part { path: part.to_owned(), bytes, blake3 });
        Ok(())
    }

    fn at(&self, part: &str) -> Result<PathBuf, ArchiveError> {
        let to = self.folder.path().join(part);
        let folder = to.parent().unwrap_or(self.folder.path());
        fs::create_dir_all(folder).map_err(ArchiveError::io(folder))?;
        Ok(to)
    }

    /// The key of the secrets: the file that only says where it is goes along, the one that is it only when the owner asked for that.
    fn key(&mut self, with_key: bool) -> Result<(), ArchiveError> {
        let (path, part) = (self.home.join("state").join(KEY), format!("state/{KEY}"));
        let Ok(text) = fs::read_to_string(&path) else {
            self.key = "there are no secrets".into();
            return Ok(());
        };
        let is_reference = text.lines().any(|line| line.trim_start().starts_with("keyring "));
        self.key = match (is_reference, with_key) {
            (true, _) => "the key of the secrets is in this user's keyring, and is not in the backup".into(),
            (false, true) => "the key of the secrets is in the backup: whoever has it has the secrets".into(),
            (false, false) => format!(
                "the key of the secrets is not in the backup: keep `{}` somewhere else, or use `--with-key`",
                path.display()
            ),
        };
        if is_reference || with_key { self.file(&path, &part) } else { Ok(()) }
    }

    /// Packs it, reads it back, and gives it its name.
    fn finish(self, target: &Path) -> Result<BackupReport, ArchiveError> {
        let manifest = Manifest {
            form: FORM,
            loket: env!("CARGO_PKG_VERSION").to_owned(),
            made: time_text(now()),
            home: self.home.display().to_string(),
            outside: self.outside,
            files: self.parts,
        };
        let beside = target.parent().unwrap_or(Path::new("."));
        // 0600 from its first moment, where there are modes.
        let mut part = tempfile::Builder::new().prefix(".loket-backup-").suffix(".part").tempfile_in(beside);
        let part = part
            .as_mut()
            .map_err(|e| ArchiveError::Copy { part: target.display().to_string(), what: e.to_string() })?;
        pack(&manifest, self.folder.path(), part.as_file_mut(), target)?;
        unpack(part.path(), None)?;
        let packed = part.as_file().metadata().map_err(ArchiveError::io(target))?.len();
        fs::hard_link(part.path(), target)
            .or_else(|_| {
                // Where a disk knows no links, the name is taken as it is free.
                if target.symlink_metadata().is_ok() {
                    Err(std::io::ErrorKind::AlreadyExists.into())
                } else {
                    fs::rename(part.path(), target)
                }
            })
            .map_err(ArchiveError::io(target))?;
        let mut left_out = self.left_out;
        let more = left_out.len().saturating_sub(MOST_TOLD);
        left_out.truncate(MOST_TOLD);
        if more > 0 {
            left_out.push(format!("and {more} more"));
        }
        Ok(BackupReport {
            file: target.display().to_string(),
            files: manifest.files.len() as u64,
            bytes: manifest.bytes(),
            packed,
            key: self.key,
            left_out,
        })
    }
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, ArchiveError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(ArchiveError::io(folder)(e)),
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}
