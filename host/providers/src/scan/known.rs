//! What the owner laid out for scanners to be asked about: a folder in the layout of the RustSec advisory database, and in it the digests
//! that are known to be bad.
//!
//! ```text
//! advisories/crates/<crate>/RUSTSEC-2026-0001.md     likewise in `rust/`, about what comes with the compiler
//! advisories/known-bad.toml
//! ```
//!
//! ```toml
//! [[digest]]
//! sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
//! why = "it sends what it is told to a stranger"
//! ```
//!
//! Nobody fetches it: it is a clone, or a copy. What in it cannot be read is left out and noted.

use super::advisories::{Advisories, Ingredient, MOST_TITLE, Told};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The folders of advisories, which are also the names of their collections.
const COLLECTIONS: [&str; 2] = ["crates", "rust"];
/// The file of the digests.
const KNOWN_BAD: &str = "known-bad.toml";
/// The most files that are read.
const MOST_FILES: usize = 50_000;
/// The longest advisory, in bytes.
const MOST_ADVISORY: u64 = 128 << 10;
/// The longest list of digests, in bytes.
const MOST_DIGESTS: u64 = 16 << 20;
/// So many notes are kept; the rest is counted.
const MOST_NOTES: usize = 5;

/// What is known.
#[derive(Debug, Default)]
pub struct Known {
    /// A digest of everything that was read; empty where there was nothing.
    digest: String,
    /// Absent where there is no folder of them.
    advisories: Option<Advisories>,
    /// Why each digest is bad.
    bad: BTreeMap<String, String>,
    notes: Vec<String>,
    left_out: usize,
    files: Vec<Seen>,
}

/// A file as it was when it was listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    path: PathBuf,
    /// Nothing for the list of digests.
    collection: Option<&'static str>,
    bytes: u64,
    modified: Option<SystemTime>,
}

/// A digest that is bad.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Bad<'k> {
    about: u32,
    why: &'k str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    digest: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    sha256: String,
    #[serde(default)]
    why: String,
}

impl Known {
    /// Reads what lies in a folder, which need not be there. Blocks.
    pub fn read(folder: &Path) -> Known {
        let (files, is_more) = list(folder);
        let mut known = Known { files, ..Known::default() };
        if is_more {
            known.note(format!("`{}` has more than {MOST_FILES} files: the rest was not read", folder.display()));
        }
        if COLLECTIONS.iter().any(|collection| folder.join(collection).is_dir()) {
            known.advisories = Some(Advisories::default());
        }
        let mut hash = Sha256::new();
        for seen in known.files.clone() {
            let most = if seen.collection.is_some() { MOST_ADVISORY } else { MOST_DIGESTS };
            let read = bounded(&seen.path, most).and_then(|text| {
                hash.update((text.len() as u64).to_le_bytes());
                hash.update(&text);
                known.take(&seen, &text)
            });
            if let Err(why) = read {
                known.note(format!("`{}`: {why}", seen.path.display()));
            }
        }
        if !known.files.is_empty() {
            known.digest = hex::encode(hash.finalize());
        }
        known
    }

    /// Whether the folder looks as it did when it was read. Blocks.
    pub fn is_as_read(&self, folder: &Path) -> bool {
        list(folder).0 == self.files
    }

    /// A digest of all of it, so that an answer which was made with it can be told from one that was not.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// How many advisories there are, if the owner laid out any, and how many digests.
    pub fn sizes(&self) -> (Option<usize>, usize) {
        (self.advisories.as_ref().map(Advisories::count), self.bad.len())
    }

    /// What could not be read, and why.
    pub fn notes(&self) -> Vec<String> {
        let more = self.left_out - self.notes.len();
        let more = (more > 0).then(|| format!("and {more} more"));
        self.notes.iter().cloned().chain(more).collect()
    }

    /// What the advisories say of packages.
    pub(super) fn advisories(&self, ingredients: &[Ingredient]) -> Option<Vec<Told<'_>>> {
        self.advisories.as_ref().map(|advisories| advisories.about(ingredients))
    }

    /// Which of these digests are bad.
    pub(super) fn bad(&self, digests: &[String]) -> Vec<Bad<'_>> {
        let bad = (0..).zip(digests).filter_map(|(about, digest)| {
            let why = self.bad.get(&digest.to_ascii_lowercase())?;
            Some(Bad { about, why })
        });
        bad.collect()
    }

    fn note(&mut self, note: String) {
        self.left_out += 1;
        if self.notes.len() < MOST_NOTES {
            self.notes.push(note);
        }
    }

    /// Takes up what a file says.
    fn take(&mut self, seen: &Seen, text: &str) -> Result<(), String> {
        if let (Some(collection), Some(advisories)) = (seen.collection, &mut self.advisories) {
            return advisories.add(collection, text);
        }
        let list: List = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        for Entry { sha256, mut why } in list.digest {
            let digest = sha256.strip_prefix("sha256:").unwrap_or(&sha256).to_ascii_lowercase();
            if digest.len() != 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                self.note(format!("`{}`: `{sha256:.80}` is no SHA-256 digest", seen.path.display()));
                continue;
            }
            why.truncate(why.floor_char_boundary(MOST_TITLE));
            self.bad.insert(digest, why);
        }
        Ok(())
    }
}

/// The files that count, in the order of their names; and whether there are more.
fn list(folder: &Path) -> (Vec<Seen>, bool) {
    let mut files = Vec::new();
    let mut add = |path: PathBuf, collection| {
        let Ok(about) = std::fs::metadata(&path) else { return };
        // A pipe would have us wait.
        if about.is_file() {
            files.push(Seen { path, collection, bytes: about.len(), modified: about.modified().ok() });
        }
    };
    add(folder.join(KNOWN_BAD), None);
    let inside = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.take(MOST_FILES + 1).map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let is_advisory = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with("RUSTSEC-") && name.ends_with(".md"))
    };
    let (mut left, mut is_more) = (MOST_FILES, false);
    'all: for collection in COLLECTIONS {
        for package in inside(&folder.join(collection)) {
            for path in inside(&package).into_iter().filter(|path| is_advisory(path)) {
                if left == 0 {
                    is_more = true;
                    break 'all;
                }
                left -= 1;
                add(path, Some(collection));
            }
        }
    }
    files.sort();
    (files, is_more)
}

/// A file's text, if it is not too long.
fn bounded(path: &Path, most: u64) -> Result<String, String> {
    let mut text = String::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    let read = file.take(most + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if read as u64 > most { Err(format!("it has more than {most} bytes")) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn put(folder: &Path, file: &str, text: &str) {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().expect("it has one")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    }

    fn advisory(id: &str, package: &str) -> String {
        format!(
            "```toml\n[advisory]\nid = \"{id}\"\npackage = \"{package}\"\ndate = \"2026-02-03\"\n[versions]\npatched = [\">= 2\"]\n```\n\n# It breaks\n\nOften.\n"
        )
    }

    fn knots(collection: &str) -> [Ingredient; 1] {
        [Ingredient { collection: collection.into(), name: "knots".into(), version: "1.0.0".into() }]
    }

    #[test]
    fn a_folder_that_is_not_there_or_empty_says_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let known = Known::read(&folder.path().join("nowhere"));
        assert_eq!((known.sizes(), known.digest(), known.notes().len()), ((None, 0), "", 0));
        assert!(known.advisories(&knots("crates")).is_none());
        fs::create_dir(folder.path().join("crates")).expect("it can be made");
        let known = Known::read(folder.path());
        assert_eq!(known.advisories(&knots("crates")), Some(vec![]), "they say that there is nothing");
    }

    #[test]
    fn it_reads_as_the_database_is_laid_out_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        put(folder.path(), "crates/knots/RUSTSEC-2026-0001.md", &advisory("RUSTSEC-2026-0001", "knots"));
        put(folder.path(), "rust/std/RUSTSEC-2026-0002.md", &advisory("RUSTSEC-2026-0002", "std"));
        put(folder.path(), "crates/RUSTSEC-2026-0003.md", &advisory("RUSTSEC-2026-0003", "knots"));
        put(folder.path(), "crates/knots/deep/RUSTSEC-2026-0004.md", &advisory("RUSTSEC-2026-0004", "knots"));
        put(folder.path(), "crates/knots/README.md", "read me");
        put(folder.path(), ".git/crates/knots/RUSTSEC-2026-0005.md", "no");
        let known = Known::read(folder.path());
        assert_eq!((known.sizes(), known.notes()), ((Some(2), 0), vec![]));
        assert_eq!(known.advisories(&knots("crates")).map(|told| told.len()), Some(1));
        assert_eq!(known.advisories(&knots("rust")).map(|told| told.len()), Some(0));
    }

    #[test]
    fn what_cannot_be_read_is_left_out_and_noted_and_the_rest_counts() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        put(folder.path(), "crates/knots/RUSTSEC-2026-0001.md", &advisory("RUSTSEC-2026-0001", "knots"));
        put(folder.path(), "crates/knots/RUSTSEC-2026-0009.md", &"x".repeat(200 << 10));
        for number in 2..9 {
            put(folder.path(), &format!("crates/knots/RUSTSEC-2026-000{number}.md"), "nothing that could be read");
        }
        let known = Known::read(folder.path());
        assert_eq!(known.sizes(), (Some(1), 0));
        let notes = known.notes();
        assert!(notes.len() == 6 && notes[0].contains("RUSTSEC-2026-0002") && notes[5] == "and 3 more", "{notes:?}");
    }

    #[test]
    fn digests_are_known_in_either_case_and_a_line_that_is_none_spoils_no_other() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (one, two) = ("aB".repeat(32), "01".repeat(32));
        let text = format!(
            "[[digest]]\nsha256 = \"{one}\"\nwhy = \"it lies\"\n[[digest]]\nsha256 = \"abc\"\n[[digest]]\nsha256 = \"sha256:{two}\"\n"
        );
        put(folder.path(), KNOWN_BAD, &text);
        let known = Known::read(folder.path());
        assert_eq!((known.sizes(), known.notes().len()), ((None, 2), 1));
        let bad = known.bad(&["other".into(), one.to_uppercase(), two]);
        assert_eq!(bad, [Bad { about: 1, why: "it lies" }, Bad { about: 2, why: "" }]);
        put(folder.path(), KNOWN_BAD, "[[digest");
        assert!(Known::read(folder.path()).notes()[0].contains(KNOWN_BAD));
    }

    #[test]
    fn whatever_changes_in_it_is_seen_and_changes_its_digest() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        put(folder.path(), "crates/knots/RUSTSEC-2026-0001.md", &advisory("RUSTSEC-2026-0001", "knots"));
        let first = Known::read(folder.path());
        assert!(first.is_as_read(folder.path()));
        put(folder.path(), "README.md", "a file that does not count");
        assert!(first.is_as_read(folder.path()));
        put(folder.path(), "crates/knots/RUSTSEC-2026-0001.md", &advisory("RUSTSEC-2026-0001", "other-knots"));
        assert!(!first.is_as_read(folder.path()));
        let second = Known::read(folder.path());
        assert_ne!(first.digest(), second.digest());
        put(folder.path(), KNOWN_BAD, "");
        assert!(!second.is_as_read(folder.path()));
        assert_ne!(second.digest(), Known::read(folder.path()).digest());
    }
}
