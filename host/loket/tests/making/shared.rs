//! What builds need is installed once for all projects of a user.

use crate::project::{Project, loket, well};
use std::path::Path;

/// The build of a project in JavaScript, with an empty cache, and Node's modules nowhere above it; answers with what it told.
fn build(project: &Project, cache: &Path) -> String {
    let mut command = loket(&project.folder, &["build"]);
    // From npm's own cache where it can be: what is looked at is where it goes.
    command.env("XDG_CACHE_HOME", cache).env("npm_config_prefer_offline", "true");
    let output = command.output().expect("it runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    well(output);
    told
}

/// A project whose build takes no time: it takes what was made before.
fn project(role: &str) -> Project {
    let project = Project::new(role, "js");
    let component = project.build();
    std::fs::write(project.folder.join("made.wasm"), component).expect("it can be written");
    let script = "import { copyFileSync } from 'node:fs';\n\
                  import.meta.resolve('@bytecodealliance/componentize-js');\n\
                  copyFileSync('made.wasm', 'build/raw.wasm');\n";
    std::fs::write(project.folder.join("build.js"), script).expect("it can be written");
    std::fs::remove_file(project.folder.join("../node_modules")).expect("it is there");
    project
}

#[test]
fn what_projects_in_javascript_are_built_with_is_installed_once_and_one_that_names_more_has_its_own() {
    let cache = tempfile::tempdir().expect("a temporary folder");
    let [first, second, third] = ["tool"; 3].map(project);
    assert!(build(&first, cache.path()).contains("once for all projects"));
    assert!(!build(&first, cache.path()).contains("npm install"), "it is there");
    assert!(!build(&second, cache.path()).contains("npm install"), "it is there for this one, too");
    let modules = |project: &Project| project.folder.join("node_modules");
    assert!(modules(&first).is_symlink() && modules(&second).is_symlink());

    let manifest = third.folder.join("package.json");
    let text = std::fs::read_to_string(&manifest).expect("it is there");
    let more = text.replace("\"devDependencies\": {", "\"devDependencies\": {\n    \"es-module-lexer\": \"1.7.0\",");
    std::fs::write(&manifest, more).expect("it can be written");
    assert!(build(&third, cache.path()).contains("node_modules/ here"));
    assert!(modules(&third).join("es-module-lexer").is_dir() && !modules(&third).is_symlink());
}
