//! A new project, in a folder of its own.

use crate::kind::{Language, Role};
use crate::name::{self, NameError};
use crate::{template, wit};
use std::io;
use std::path::{Path, PathBuf};

/// How many letters a command's name may have: what `wit/roles/commander.wit` says.
const MAX_COMMAND: usize = 32;

/// What is to be made.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What it is to be.
    pub role: Role,
    /// What it is written in.
    pub language: Language,
    /// The first part of the package's name.
    pub namespace: String,
    /// The second part, and the folder.
    pub name: String,
}

/// Why there is no new project.
#[derive(Debug, thiserror::Error)]
pub enum NewError {
    /// It cannot be called that.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Something is there under its name.
    #[error("`{}` is there already", .0.display())]
    Taken(PathBuf),
    /// A file or folder cannot be written.
    #[error("`{}` cannot be written: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Its interfaces cannot be laid beside it.
    #[error(transparent)]
    Wit(#[from] wit::WitError),
}

impl NewError {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            NewError::Name(error) => error.hint(),
            NewError::Taken(_) => "choose another name, or go to another folder".to_owned(),
            NewError::Io { .. } => "check who may write there, and the room on the disk".to_owned(),
            NewError::Wit(error) => error.hint(),
        }
    }
}

/// Writes the project into a new folder below `parent`; answers with that folder. What is left of a try that failed is taken away.
///
/// # Errors
/// When the name is none, something has it already, or the disk refuses.
pub fn new(plan: &Plan, parent: &Path) -> Result<PathBuf, NewError> {
    name::check_namespace(&plan.namespace, plan.language)?;
    name::check(&plan.name, plan.language)?;
    // People type it behind a slash.
    if plan.role == Role::Command && plan.name.len() > MAX_COMMAND {
        return Err(NameError::Command(plan.name.clone()).into());
    }
    let folder = parent.join(&plan.name);
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| NewError::Io { path, source }
    };
    // Made here or nowhere: of two who make the same, one is told, and nobody's files are written over.
    std::fs::create_dir(&folder).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => NewError::Taken(folder.clone()),
        _ => NewError::Io { path: folder.clone(), source },
    })?;
    let write = || {
        let files = template::all().map_err(at(&folder))?;
        for (path, text) in template::project(&files, plan.role, plan.language, &plan.namespace, &plan.name) {
            let path = folder.join(path);
            let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
            made.and_then(|()| std::fs::write(&path, text)).map_err(at(&path))?;
        }
        let laid = wit::complete(&folder.join("wit"))?;
        if plan.language == Language::Rust {
            let path = folder.join("Cargo.toml");
            let manifest = std::fs::read_to_string(&path).map_err(at(&path))?;
            std::fs::write(&path, manifest + &for_cargo_component(plan, &laid)).map_err(at(&path))?;
        }
        Ok(folder.clone())
    };
    write().inspect_err(|_: &NewError| drop(std::fs::remove_dir_all(&folder)))
}

/// What `cargo component` wants to be told: it does not look into `wit/deps/`.
fn for_cargo_component(plan: &Plan, laid: &[String]) -> String {
    let mut text = format!(
        "\n# Read by `cargo component`.\n[package.metadata.component]\npackage = \"{}:{}\"\n",
        plan.namespace, plan.name
    );
    if !laid.is_empty() {
        text += "\n[package.metadata.component.target.dependencies]\n";
    }
    for package in laid {
        text += &format!("\"{package}\" = {{ path = \"wit/deps/{}\" }}\n", package.replace(':', "-"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(role: Role, language: Language, name: &str) -> Plan {
        Plan { role, language, namespace: "acme".into(), name: name.into() }
    }

    #[test]
    fn every_project_says_its_package_and_its_one_world() {
        let parent = tempfile::tempdir().expect("a folder");
        for role in Role::ALL {
            for language in Language::ALL {
                let name = format!("my-{role}-{}", language.as_str());
                let folder = new(&plan(role, language, &name), parent.path()).expect("it is new");
                let said = wit::read(&folder.join("wit")).expect("it parses");
                assert_eq!((said.package(), said.version.to_string()), (format!("acme:{name}"), "0.1.0".to_owned()));
                assert_eq!(said.world, "component");
            }
        }
    }

    #[test]
    fn a_project_has_the_interfaces_that_it_names_and_no_others() {
        let parent = tempfile::tempdir().expect("a folder");
        let there = |role| {
            let folder = new(&plan(role, Language::C, role.as_str()), parent.path()).expect("it is new");
            let deps = std::fs::read_dir(folder.join("wit/deps")).into_iter().flatten().flatten();
            let mut deps: Vec<_> = deps.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
            deps.sort();
            deps
        };
        assert!(there(Role::Tool).is_empty());
        assert_eq!(there(Role::Model), ["loket-model", "loket-types"]);
        let app = there(Role::App);
        assert!(app.contains(&"wasi-http".to_owned()) && app.iter().all(|name| name.starts_with("wasi-")), "{app:?}");
    }

    #[test]
    fn what_is_there_already_stays_as_it_is() {
        let parent = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(parent.path().join("full")).expect("a folder");
        std::fs::write(parent.path().join("full/mine"), "mine").expect("written");
        std::fs::write(parent.path().join("file"), "mine").expect("written");
        for name in ["full", "file"] {
            let refused = new(&plan(Role::Tool, Language::Rust, name), parent.path()).expect_err("taken");
            assert!(matches!(refused, NewError::Taken(_)), "{refused}");
        }
        assert_eq!(std::fs::read_dir(parent.path().join("full")).expect("a folder").count(), 1);
    }

    #[test]
    fn a_name_that_is_none_writes_nothing() {
        let parent = tempfile::tempdir().expect("a folder");
        for name in ["../out", "", "class", "a b", "/tmp/x"] {
            let refused = new(&plan(Role::Tool, Language::Python, name), parent.path());
            assert!(matches!(refused, Err(NewError::Name(_))), "{name}");
        }
        assert_eq!(std::fs::read_dir(parent.path()).expect("a folder").count(), 0);
    }
}
