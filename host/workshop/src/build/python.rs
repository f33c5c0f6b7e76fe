//! Python: `componentize-py`, from the project's own environment, from the one that is active, or from the path.

use super::{BuildError, kept, made, only, raw};
use crate::project::Project;
use crate::tool::{self, ToolError};
use crate::wit::Said;
use std::path::{Path, PathBuf};
use std::process::Command;

const BIN: &str = if cfg!(windows) { "Scripts" } else { "bin" };
const PYTHON: &str = if cfg!(windows) { "python" } else { "python3" };

pub(super) fn compile(project: &Project, say: &mut dyn FnMut(&str)) -> Result<Vec<u8>, BuildError> {
    let own = project.folder.join(".venv");
    let program = match there(&own) {
        Some(program) => program,
        None => installed(project, &own, say)?,
    };
    say("componentize-py");
    let [wit, source, place] = ["wit", "src", "build"].map(|name| project.folder.join(name));
    let said = &project.said;
    componentize(&program, &Module { name: "component", source: &source, said, wit: &wit, place: &place })
}

/// A module that becomes a component.
#[derive(Clone, Copy)]
pub struct Module<'m> {
    /// Its name.
    pub name: &'m str,
    /// The folder that it is in.
    pub source: &'m Path,
    /// What its WIT says.
    pub said: &'m Said,
    /// The folder with that WIT.
    pub wit: &'m Path,
    /// The folder for what is made on the way.
    pub place: &'m Path,
}

/// Runs `componentize-py`. The component imports what its world says, and no WASI besides, and exports no interface but the world's.
///
/// # Errors
/// When it cannot be run, or does not end well.
pub fn componentize(program: &Path, module: &Module<'_>) -> Result<Vec<u8>, BuildError> {
    let disguised = kept::disguised(module.said)?;
    let shown = match &disguised {
        Some(text) => {
            let shown = module.place.join("shown.wit");
            std::fs::write(&shown, text).map_err(BuildError::io(&shown))?;
            shown
        }
        None => module.wit.to_owned(),
    };
    let raw = raw(module.place)?;
    let mut tool = Command::new(program);
    tool.args(["--quiet", "--world", &module.said.world, "--wit-path"]).arg(shown);
    tool.args(["componentize", "--stub-wasi", module.name, "--python-path"]).arg(module.source);
    // Nothing is written beside the source.
    tool::run(tool.arg("--output").arg(&raw).env("PYTHONDONTWRITEBYTECODE", "1"))?;
    let component = made("componentize-py", &raw)?;
    let component = match disguised {
        Some(_) => kept::restored(component)?,
        None => component,
    };
    Ok(only::of_its_world(&component, module.said)?)
}

fn there(own: &Path) -> Option<PathBuf> {
    let active = std::env::var_os("VIRTUAL_ENV").map(PathBuf::from);
    let environments =
        [own.to_owned()].into_iter().chain(active).map(|folder| folder.join(BIN).join("componentize-py"));
    let mut found = environments.chain([PathBuf::from("componentize-py")]);
    found.find(|program| tool::works(Command::new(program).arg("--version")))
}

/// What the project is built with, in an environment of its own.
fn installed(project: &Project, own: &Path, say: &mut dyn FnMut(&str)) -> Result<PathBuf, BuildError> {
    let missing =
        |tool: &str, get: &str| ToolError::Missing { what: "Python", tool: tool.to_owned(), get: get.to_owned() };
    if !tool::works(
        Command::new(PYTHON).args(["-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))"]),
    ) {
        let get = "install Python 3.10 or later: https://python.org (on Debian: apt-get install python3 python3-venv)";
        return Err(missing("Python 3.10 with `venv`", get).into());
    }
    say("pip install: what requirements.txt names goes into .venv/ here, once (some 70 MB)");
    tool::run(Command::new(PYTHON).args(["-m", "venv"]).arg(own))?;
    let mut pip = Command::new(own.join(BIN).join("python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", "requirements.txt"]);
    tool::run(pip.current_dir(&project.folder))?;
    let program = own.join(BIN).join("componentize-py");
    match tool::works(Command::new(&program).arg("--version")) {
        true => Ok(program),
        false => Err(missing("`componentize-py`", "name it in requirements.txt: componentize-py==0.25.1").into()),
    }
}
