//! A project on disk: a folder with a `wit/`, and what tells its language.

use crate::kind::Language;
use crate::wit::{self, Said, WitError};
use std::path::{Path, PathBuf};

/// A project.
pub struct Project {
    /// Its folder, absolute.
    pub folder: PathBuf,
    /// What it is written in.
    pub language: Language,
    /// What its WIT says.
    pub said: Said,
    /// The packages that were laid into its `wit/deps/` just now.
    pub added: Vec<String>,
}

/// Why a folder is no project.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// It has no WIT.
    #[error("`{}` is no project: it has no folder `wit/`", .0.display())]
    NoWit(PathBuf),
    /// Nothing tells its language.
    #[error(
        "`{}` is a project in no language that is known: it has no `Cargo.toml`, `package.json`, `requirements.txt`, `pyproject.toml` or \
         `src/component.c`", .0.display()
    )]
    NoLanguage(PathBuf),
    /// Its WIT says nothing usable.
    #[error(transparent)]
    Wit(#[from] WitError),
}

impl ProjectError {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            ProjectError::NoWit(_) => "name the project's folder, or make a project: loket new tool NAME".to_owned(),
            ProjectError::NoLanguage(_) => "`loket new tool NAME --lang rust` shows what belongs into it".to_owned(),
            ProjectError::Wit(error) => error.hint(),
        }
    }
}

/// What tells a language, in the order in which it counts.
const MARKS: [(&str, Language); 5] = [
    ("Cargo.toml", Language::Rust),
    ("package.json", Language::JavaScript),
    ("requirements.txt", Language::Python),
    ("pyproject.toml", Language::Python),
    ("src/component.c", Language::C),
];

impl Project {
    /// Reads the project in a folder, after it has got the interfaces that its WIT names.
    ///
    /// # Errors
    /// When it is none, or its WIT says nothing usable.
    pub fn open(folder: &Path) -> Result<Project, ProjectError> {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let wit = folder.join("wit");
        if !wit.is_dir() {
            return Err(ProjectError::NoWit(folder));
        }
        let mark = MARKS.iter().find(|(mark, _)| folder.join(mark).is_file());
        let Some((_, language)) = mark else { return Err(ProjectError::NoLanguage(folder)) };
        let added = wit::complete(&wit)?;
        Ok(Project { said: wit::read(&wit)?, language: *language, folder, added })
    }

    /// Where the component goes.
    pub fn component(&self) -> PathBuf {
        self.folder.join("build").join(format!("{}.wasm", self.said.name))
    }
}
