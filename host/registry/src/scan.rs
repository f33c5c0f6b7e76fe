//! What the folders of a registry hold, and remarks on what could not be used.
//!
//! Whoever may write into a folder decides what lies there: so symbolic links are never followed, only names of one
//! spelling count, and the walk has bounds in depth, in entries, in packages and in remarks.

use crate::layout;
use crate::name::{MAX_VERSION, PackageName, PackageRef, shown};
use semver::Version;
use std::collections::BTreeMap;
use std::fs::{FileType, Metadata};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use thiserror::Error;

/// How many entries of folders are looked at in one scan.
pub const MAX_ENTRIES: usize = 100_000;
/// How many packages are found in one scan.
pub const MAX_FOUND: usize = 10_000;
/// How many remarks one scan makes.
pub const MAX_NOTES: usize = 100;

/// What a scan came to.
#[derive(Debug, Default)]
#[must_use]
pub struct Scan {
    /// The packages, by name and version.
    pub found: Vec<Found>,
    /// What could not be used.
    pub notes: Vec<Note>,
    /// Whether there may be more than was found: something could not be read, or there was too much.
    pub incomplete: bool,
}

/// A package version that is there. Its bytes have not been looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The package.
    pub reference: PackageRef,
    /// Its file.
    pub path: PathBuf,
    /// Its size in bytes, as the file system has it.
    pub size: u64,
    /// When it was last written, where the file system says so.
    pub modified: Option<SystemTime>,
    /// Which file it is, and when anything about it changed last, where the system says so: a copy can have the times of its original.
    pub identity: Option<(u64, i64, i64)>,
    /// The same of what lies in the place of its signature, if anything does.
    pub signature: Option<Stamp>,
    /// Whether it was taken back: it is chosen for nobody new.
    pub yanked: bool,
}

/// By what a file is told from another that takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
    identity: Option<(u64, i64, i64)>,
}

/// What lies at a path, whatever it is.
fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = path.symlink_metadata().ok()?;
    Some(Stamp { size: metadata.len(), modified: metadata.modified().ok(), identity: identity(&metadata) })
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<(u64, i64, i64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.ino(), metadata.ctime(), metadata.ctime_nsec()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, i64, i64)> {
    None
}

/// A remark on something in a registry's folder that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{}`: {oddity}", shown(&path.to_string_lossy()))]
pub struct Note {
    /// What it is about.
    pub path: PathBuf,
    /// What is odd about it.
    pub oddity: Oddity,
}

/// Why something in a registry's folder could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Oddity {
    #[error("it is a symbolic link, and those are not followed: copy what it points to")]
    Link,
    #[error("a namespace and a name are written in lower-case kebab case: rename the folder")]
    FolderName,
    #[error(
        "a package's file is named after its version, such as `1.2.0.wasm`, with at most {MAX_VERSION} characters: rename it"
    )]
    FileName,
    #[error("a package's file lies in `<namespace>/<name>/`: move it there, under the name `<version>.wasm`")]
    Misplaced,
    #[error("it is not a regular file: remove it")]
    NotAFile,
    #[error("the same version is also in a folder that was named earlier, and that one counts: remove one of the two")]
    Shadowed,
    #[error("it cannot be read ({0}): check who may read it")]
    Unreadable(String),
    #[error(
        "there is too much here, and what comes after it was not looked at: at most {MAX_ENTRIES} entries and {MAX_FOUND} packages"
    )]
    TooMuch,
}

pub(crate) fn scan(roots: &[PathBuf]) -> Scan {
    let mut walk = Walk::default();
    for root in roots {
        walk.root(root);
    }
    Scan { found: walk.found.into_values().collect(), notes: walk.notes, incomplete: walk.incomplete }
}

fn walk(roots: &[PathBuf], name: &PackageName) -> Walk {
    let mut walk = Walk::default();
    for root in roots {
        let folder = layout::folder_of(root, name);
        if layout::is_inside(root, &folder) {
            walk.package(name, &folder);
        }
    }
    walk
}

pub(crate) fn versions(roots: &[PathBuf], name: &PackageName) -> Vec<Version> {
    walk(roots, name).found.into_keys().map(|reference| reference.version).collect()
}

/// The versions of one package, from the oldest to the newest.
pub(crate) fn package(roots: &[PathBuf], name: &PackageName) -> Vec<Found> {
    walk(roots, name).found.into_values().collect()
}

/// Whether this is a regular file to which no symbolic link below `root` leads.
pub(crate) fn is_package_file(root: &Path, file: &Path) -> bool {
    file.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) && layout::is_inside(root, file)
}

/// A walk through folders, with its bounds.
#[derive(Default)]
struct Walk {
    entries: usize,
    found: BTreeMap<PackageRef, Found>,
    notes: Vec<Note>,
    incomplete: bool,
}

impl Walk {
    fn root(&mut self, root: &Path) {
        for (path, name, _) in self.folders(root) {
            for (path, name) in self.folders(&path).into_iter().map(|(path, second, _)| (path, (name.as_str(), second)))
            {
                match PackageName::new(name.0, &name.1) {
                    Ok(name) => self.package(&name, &path),
                    Err(_) => self.note(&path, Oddity::FolderName),
                }
            }
        }
    }

    /// The folders in a folder that has no packages itself.
    fn folders(&mut self, folder: &Path) -> Vec<(PathBuf, String, FileType)> {
        let mut folders = self.list(folder);
        folders.retain(|(path, name, kind)| {
            if kind.is_dir() {
                // What is wrong with a namespace is said once, and not for each package in it.
                let usable = PackageName::new(name, "a").is_ok() || name.starts_with('.');
                if !usable {
                    self.note(path, Oddity::FolderName);
                }
                usable && !name.starts_with('.')
            } else {
                if kind.is_symlink() {
                    self.note(path, Oddity::Link);
                } else if !layout::is_other(name) {
                    self.note(path, Oddity::Misplaced);
                }
                false
            }
        });
        folders
    }

    /// The versions in a package's folder.
    fn package(&mut self, name: &PackageName, folder: &Path) {
        for (path, file_name, kind) in self.list(folder) {
            if layout::is_other(&file_name) {
                continue;
            }
            if !kind.is_file() {
                self.note(&path, if kind.is_symlink() { Oddity::Link } else { Oddity::NotAFile });
                continue;
            }
            let Some(version) = layout::version_of(&file_name) else {
                self.note(&path, Oddity::FileName);
                continue;
            };
            let reference = name.at(version);
            if self.found.contains_key(&reference) {
                self.note(&path, Oddity::Shadowed);
                continue;
            }
            if self.found.len() == MAX_FOUND {
                self.note(folder, Oddity::TooMuch);
                return;
            }
            match path.symlink_metadata() {
                Ok(metadata) => {
                    let (size, modified, identity) = (metadata.len(), metadata.modified().ok(), identity(&metadata));
                    let yanked = crate::yank::is_marked(&path);
                    let signature = stamp(&layout::beside(&path, layout::SIGNATURE));
                    let found =
                        Found { reference: reference.clone(), path, size, modified, identity, signature, yanked };
                    self.found.insert(reference, found);
                }
                // Gone since it was listed: then it is not there.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => self.note(&path, Oddity::Unreadable(error.kind().to_string())),
            }
        }
    }

    /// A folder's entries in the order of their names, so that two scans of the same folders say the same.
    fn list(&mut self, folder: &Path) -> Vec<(PathBuf, String, FileType)> {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                self.note(folder, Oddity::Unreadable(error.kind().to_string()));
                return Vec::new();
            }
        };
        let mut list = Vec::new();
        for entry in entries {
            if self.entries == MAX_ENTRIES {
                self.note(folder, Oddity::TooMuch);
                break;
            }
            self.entries += 1;
            match entry.and_then(|entry| Ok((entry.path(), entry.file_name(), entry.file_type()?))) {
                Ok((path, name, kind)) => match name.into_string() {
                    Ok(name) => list.push((path, name, kind)),
                    Err(_) => self.note(&path, if kind.is_dir() { Oddity::FolderName } else { Oddity::FileName }),
                },
                Err(error) => self.note(folder, Oddity::Unreadable(error.kind().to_string())),
            }
        }
        list.sort_by(|a, b| a.1.cmp(&b.1));
        list
    }

    fn note(&mut self, path: &Path, oddity: Oddity) {
        self.incomplete |= matches!(oddity, Oddity::Unreadable(_) | Oddity::TooMuch);
        if self.notes.len() < MAX_NOTES {
            self.notes.push(Note { path: path.to_owned(), oddity });
        }
    }
}
