//! Python: `componentize-py`, from the project's own environment, from the one that is active, or from the path.

use super::{BuildError, made, raw};
use crate::project::Project;
use crate::tool::{self, ToolError};
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
    let raw = raw(project)?;
    say("componentize-py");
    let mut tool = Command::new(program);
    tool.args(["-d", "wit", "-w", &project.said.world, "componentize", "--stub-wasi", "-p", "src", "-o"]).arg(&raw);
    tool::run(tool.arg("component").env("PYTHONDONTWRITEBYTECODE", "1").current_dir(&project.folder))?;
    made("componentize-py", &raw)
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
