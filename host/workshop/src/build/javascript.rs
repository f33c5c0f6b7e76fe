//! JavaScript: `npm run build`, which the project's `package.json` says; it leaves `build/raw.wasm`.

use super::{BuildError, made, raw};
use crate::project::Project;
use crate::tool::{self, ToolError};
use std::process::Command;

const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

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
    let tools = "node_modules/@bytecodealliance/componentize-js";
    if !project.folder.ancestors().any(|folder| folder.join(tools).is_dir()) {
        say("npm install: what package.json names goes into node_modules/ here, once (some 400 MB)");
        let mut npm = Command::new(NPM);
        // What packages want to run while they are installed is not run.
        npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts"]);
        tool::run(npm.current_dir(&project.folder))?;
    }
    let raw = raw(project)?;
    say("npm run build");
    tool::run(Command::new(NPM).args(["run", "--silent", "build"]).current_dir(&project.folder))?;
    made("npm run build", &raw)
}
