//! JavaScript: `npm run build`, which the project's `package.json` says; it leaves `build/raw.wasm`.

use super::{BuildError, made, raw};
use crate::cache;
use crate::project::Project;
use crate::tool::{self, ToolError};
use serde_json::Value as Json;
use std::io;
use std::path::Path;
use std::process::Command;

const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };
/// What makes the component.
const TOOL: &str = "@bytecodealliance/componentize-js";
const MODULES: &str = "node_modules";

pub(super) fn compile(project: &Project, say: &mut dyn FnMut(&str)) -> Result<Vec<u8>, BuildError> {
    let missing = |tool: &str| ToolError::Missing {
        what: "JavaScript",
        tool: tool.to_owned(),
        get: "install Node 20 or later, with npm: https://nodejs.org (on Debian: apt-get install nodejs npm)"
            .to_owned(),
    };
    for (program, name) in [("node", "`node`"), (NPM, "`npm`")] {
        if !tool::works(Command::new(program).arg("--version").current_dir(&project.folder)) {
            return Err(missing(name).into());
        }
    }
    // Where Node looks for it: also in the folders above.
    if !project.folder.ancestors().any(|folder| folder.join(MODULES).join(TOOL).is_dir()) {
        install(&project.folder, say)?;
    }
    let raw = raw(&project.folder.join("build"))?;
    say("npm run build");
    tool::run(Command::new(NPM).args(["run", "--silent", "build"]).current_dir(&project.folder))?;
    made("npm run build", &raw)
}

/// Installs what the project names: where that is the tool alone, once for all projects that do so.
fn install(folder: &Path, say: &mut dyn FnMut(&str)) -> Result<(), BuildError> {
    let modules = folder.join(MODULES);
    // A link of ours, to what is there no more.
    if modules.is_symlink() {
        std::fs::remove_file(&modules).map_err(BuildError::io(&modules))?;
    }
    if let Some(version) = alone(folder) {
        let name = format!("componentize-js-{version}");
        let shared = cache::installed(&name, MODULES, |place| {
            say(&format!("npm install: {TOOL} goes into {}, once for all projects (some 400 MB)", place.display()));
            npm(place, &["--prefix=.", "--no-save", "--no-package-lock", &format!("{TOOL}@{version}")])
        })?;
        if shared.is_some_and(|shared| link(&shared.join(MODULES), &modules).is_ok()) {
            return Ok(());
        }
    }
    say("npm install: what package.json names goes into node_modules/ here, once (some 400 MB)");
    Ok(npm(folder, &[])?)
}

/// The tool's version, where a project names one, and nothing beside it, and npm has not worked in it.
fn alone(folder: &Path) -> Option<String> {
    if !cfg!(unix) || folder.join("package-lock.json").exists() {
        return None;
    }
    let manifest = std::fs::read_to_string(folder.join("package.json")).ok()?;
    let manifest: Json = serde_json::from_str(&manifest).ok()?;
    let kinds = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
    let wanted: Vec<_> = kinds.iter().filter_map(|kind| manifest[kind].as_object()).flatten().collect();
    match wanted[..] {
        [(name, Json::String(version))] if name == TOOL && is_exact(version) => Some(version.clone()),
        _ => None,
    }
}

/// Three numbers, and no range of versions.
fn is_exact(version: &str) -> bool {
    let numbers: Vec<&str> = version.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    numbers.len() == 3 && numbers.iter().all(is_number)
}

fn npm(folder: &Path, arguments: &[&str]) -> Result<(), ToolError> {
    let mut npm = Command::new(NPM);
    // What packages want to run while they are installed is not run.
    npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts"]).args(arguments);
    tool::run(npm.current_dir(folder))
}

/// npm puts a folder in the place of such a link before it writes there: what is shared stays as it is.
fn link(to: &Path, at: &Path) -> io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::symlink(to, at);
    #[cfg(not(unix))]
    Err(io::Error::other(format!("`{}` is not linked to `{}`", at.display(), to.display())))
}
