//! What a project says of itself, in its `wit/`: name, version and world. And the interfaces of the contract that it names there.

use crate::template;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use wit_parser::{PackageId, Resolve};

/// How long a project's own WIT may be, in bytes.
const MAX_TEXT: u64 = 4 << 20;

/// What a project's WIT says.
pub struct Said {
    /// All of it.
    pub resolve: Resolve,
    /// The project's own package.
    pub id: PackageId,
    /// The first part of its name.
    pub namespace: String,
    /// The second part.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The world that is built.
    pub world: String,
}

impl Said {
    /// `namespace:name`
    pub fn package(&self) -> String {
        format!("{}:{}", self.namespace, self.name)
    }
}

/// Why a project's WIT says nothing usable.
#[derive(Debug, thiserror::Error)]
pub enum WitError {
    /// It is not WIT, or names what is not there.
    #[error("`{}` does not parse:\n{why}", path.display())]
    Parse {
        /// The folder.
        path: PathBuf,
        /// What is wrong, and where.
        why: String,
    },
    /// The package has no version.
    #[error("the package `{0}` in `wit/` has no version")]
    NoVersion(String),
    /// Several worlds, or none.
    #[error("the package in `wit/` has no one world to build: {0}")]
    NoWorld(String),
    /// A file cannot be read or written.
    #[error("`{}` cannot be used: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl WitError {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            WitError::Parse { .. } => {
                "mend it there; what belongs to others goes into `wit/deps/`, a folder a package".to_owned()
            }
            WitError::NoVersion(package) => format!("begin it with `package {package}@0.1.0;`"),
            WitError::NoWorld(_) => "leave one world in it".to_owned(),
            WitError::Io { .. } => "check the path, and who may read and write there".to_owned(),
        }
    }
}

/// Reads a project's `wit/`.
///
/// # Errors
/// When it does not parse, or says no name, version and world.
pub fn read(wit: &Path) -> Result<Said, WitError> {
    let mut resolve = Resolve::default();
    let (id, _) =
        resolve.push_dir(wit).map_err(|error| WitError::Parse { path: wit.to_owned(), why: format!("{error:#}") })?;
    let world = resolve.select_world(&[id], None).map_err(|error| WitError::NoWorld(format!("{error:#}")))?;
    let world = resolve.worlds[world].name.clone();
    let name = &resolve.packages[id].name;
    let version =
        name.version.as_ref().ok_or_else(|| WitError::NoVersion(format!("{}:{}", name.namespace, name.name)))?;
    let (namespace, name, version) = (name.namespace.clone(), name.name.clone(), version.to_string());
    Ok(Said { resolve, id, namespace, name, version, world })
}

/// Lays the interfaces of Loket and WASI that a project names into its `wit/deps/`, where they are not there yet; answers with their
/// packages. What is there stays as it is.
///
/// # Errors
/// When its files cannot be read, or new ones not be written.
pub fn complete(wit: &Path) -> Result<Vec<String>, WitError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| WitError::Io { path, source }
    };
    let files = template::all().map_err(at(wit))?;
    // By package: the files of this program that it is in.
    let mut known: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for (path, text) in &files {
        if let Some((folder, file)) = path.strip_prefix("wit/").and_then(|path| path.split_once('/')) {
            known.entry(folder).or_default().push((file, text));
        }
    }
    let (mut todo, mut there) = own(wit).map_err(at(wit))?;
    let mut added = Vec::new();
    while let Some(text) = todo.pop() {
        for package in named(&text) {
            let folder = package.replace(':', "-");
            let Some(lent) = known.get(folder.as_str()).filter(|_| there.insert(package.clone())) else { continue };
            let place = wit.join("deps").join(&folder);
            std::fs::create_dir_all(&place).map_err(at(&place))?;
            for (file, text) in lent {
                std::fs::write(place.join(file), text).map_err(at(&place))?;
                todo.push((*text).to_owned());
            }
            added.push(package);
        }
    }
    added.sort();
    Ok(added)
}

/// The texts of a project's WIT, `deps/` and all, and the packages that they are.
fn own(wit: &Path) -> io::Result<(Vec<String>, BTreeSet<String>)> {
    let (mut texts, mut packages) = (Vec::new(), BTreeSet::new());
    let mut folders = vec![wit.to_owned()];
    let mut left = MAX_TEXT;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let (kind, path) = (entry.file_type()?, entry.path());
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "wit") {
                left = left.checked_sub(entry.metadata()?.len()).ok_or(io::ErrorKind::FileTooLarge)?;
                let text = std::fs::read_to_string(&path)?;
                let declared = text.lines().filter_map(|line| line.trim_start().strip_prefix("package "));
                packages.extend(declared.filter_map(|name| Some(name.split(['@', ';', ' ']).next()?.to_owned())));
                texts.push(text);
            }
        }
    }
    Ok((texts, packages))
}

/// The packages that a text of WIT names, in the places where it can.
fn named(text: &str) -> BTreeSet<String> {
    let lines = text.lines().map(str::trim_start);
    let after = lines.filter_map(|line| {
        let words = ["use ", "import ", "export ", "include "];
        words.iter().find_map(|word| line.strip_prefix(word)).map(str::trim_start)
    });
    after
        .filter_map(|name| Some(name.split_once('/')?.0))
        .filter(|name| name.contains(':'))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wit(text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("world.wit"), text).expect("written");
        folder
    }

    #[test]
    fn an_import_that_is_written_down_brings_its_interfaces() {
        let folder = wit("package a:b@0.1.0;\nworld w {\n    import loket:http/client@0.1.0;\n}\n");
        assert!(read(folder.path()).is_err(), "they are not there yet");
        assert_eq!(complete(folder.path()).expect("written"), ["loket:http", "loket:types"]);
        assert_eq!(read(folder.path()).expect("they are there").world, "w");
        assert!(complete(folder.path()).expect("nothing to do").is_empty());
    }

    #[test]
    fn what_an_author_laid_into_deps_is_left_alone() {
        let folder = wit("package a:b@0.1.0;\nworld w {\n    import loket:types/types@0.1.0;\n}\n");
        let own = folder.path().join("deps/mine");
        std::fs::create_dir_all(&own).expect("made");
        std::fs::write(own.join("t.wit"), "package loket:types@0.1.0;\ninterface types { type t = u8; }\n")
            .expect("written");
        assert!(complete(folder.path()).expect("nothing to do").is_empty());
        assert!(!folder.path().join("deps/loket-types").exists());
    }

    #[test]
    fn what_a_comment_names_is_not_meant() {
        let folder = wit("package a:b@0.1.0;\n/// import loket:http/client@0.1.0;\nworld w {}\n");
        assert!(complete(folder.path()).expect("nothing to do").is_empty());
    }

    #[test]
    fn what_is_missing_is_said() {
        for (text, expect) in [
            ("package a:b;\nworld w {}", "has no version"),
            ("package a:b@0.1.0;\ninterface i {}", "no one world"),
            ("package a:b@0.1.0;\nworld v {}\nworld w {}", "no one world"),
            ("package a:b@0.1.0;\nworld w { import nobody:knows/this; }", "does not parse"),
            ("nonsense", "does not parse"),
        ] {
            let folder = wit(text);
            let error = read(folder.path()).err().expect("wrong");
            assert!(error.to_string().contains(expect) && !error.hint().is_empty(), "{text}: {error}");
        }
    }
}
