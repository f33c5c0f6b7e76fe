//! A project's build: its language's own tools make a module or a component, and the rest is the same for all.
//!
//! Files in reading order: `rust`, `javascript`, `python` with `kept` and `only`, `c`.

pub mod c;
mod javascript;
mod kept;
mod only;
pub mod python;
mod rust;

use crate::component::{self, ComponentError, Label};
use crate::kind::Language;
use crate::project::{Project, ProjectError};
use crate::tool::ToolError;
use std::io;
use std::path::{Path, PathBuf};

/// The largest component that is read, in bytes: what a registry takes.
const MAX_COMPONENT: u64 = 128 << 20;

/// What a build came to.
#[derive(Debug)]
pub struct Built {
    /// The package: `namespace:name`.
    pub package: String,
    /// Its version.
    pub version: String,
    /// Where the component is.
    pub file: PathBuf,
    /// The component.
    pub component: Vec<u8>,
}

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// There is no project.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// A program did not do its work.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// What came out of it is none.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// The bindings cannot be written.
    #[error("the world cannot be said for this language: {0:#}")]
    Bindings(anyhow::Error),
    /// Nothing came out of it.
    #[error("`{program}` left no `{}`", path.display())]
    Nothing {
        /// Which program.
        program: &'static str,
        /// What was looked for.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("`{}` cannot be used: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl BuildError {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            BuildError::Project(error) => error.hint(),
            BuildError::Tool(error) => error.hint(),
            BuildError::Component(_) => "what the code exports must be what the world in `wit/` says".to_owned(),
            BuildError::Bindings(_) => "leave out of the world what the language has no form for".to_owned(),
            BuildError::Nothing { .. } => "`loket new` shows how a project looks that does".to_owned(),
            BuildError::Io { .. } => "check the path, and the room on the disk".to_owned(),
        }
    }

    fn io(path: &Path) -> impl FnOnce(io::Error) -> BuildError {
        let path = path.to_owned();
        move |source| BuildError::Io { path, source }
    }
}

/// Builds the project in a folder. `say` hears what is done; what the tools say goes to standard error.
///
/// # Errors
/// When it is no project, a tool is missing or fails, or its code and its world do not fit.
pub fn build(folder: &Path, say: &mut dyn FnMut(&str)) -> Result<Built, BuildError> {
    let project = Project::open(folder)?;
    if !project.added.is_empty() {
        say(&format!("laid {} into `wit/deps/`, which `wit/` names", project.added.join(", ")));
    }
    let build = project.folder.join("build");
    std::fs::create_dir_all(&build).map_err(BuildError::io(&build))?;
    let compiled = match project.language {
        Language::Rust => rust::compile(&project, say)?,
        Language::JavaScript => javascript::compile(&project, say)?,
        Language::Python => python::compile(&project, say)?,
        Language::C => c::project(&project, say)?,
    };
    let (component, _) = component::encoded(&compiled)?;
    let (package, version) = (project.said.package(), project.said.version.clone());
    let label = Label { package: &package, version: &version, made_by: ("loket", env!("CARGO_PKG_VERSION")) };
    let component = component::labelled(&component, Some((&project.said.resolve, project.said.id)), label)?;
    let file = project.component();
    replace(&file, &component).map_err(BuildError::io(&file))?;
    Ok(Built { package, version, file, component })
}

/// A file that a tool was to make.
fn made(program: &'static str, path: &Path) -> Result<Vec<u8>, BuildError> {
    match std::fs::metadata(path) {
        Ok(found) if found.len() > MAX_COMPONENT => Err(BuildError::io(path)(io::ErrorKind::FileTooLarge.into())),
        Ok(_) => std::fs::read(path).map_err(BuildError::io(path)),
        Err(_) => Err(BuildError::Nothing { program, path: path.to_owned() }),
    }
}

/// Where a tool leaves what it makes; what an earlier run left there is taken away.
fn raw(place: &Path) -> Result<PathBuf, BuildError> {
    let raw = place.join("raw.wasm");
    match std::fs::remove_file(&raw) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BuildError::io(&raw)(error)),
        _ => Ok(raw),
    }
}

/// Writes a file so that a reader sees the old one or the new one.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    std::fs::write(&draft, bytes)?;
    std::fs::rename(&draft, path).inspect_err(|_| drop(std::fs::remove_file(&draft)))
}
