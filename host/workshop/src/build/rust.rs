//! Rust: cargo, for the target without WASI. `cargo component` may have been there before, and have made the component itself.

use super::{BuildError, made};
use crate::project::Project;
use crate::tool::{self, ToolError};
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";

pub(super) fn compile(project: &Project, say: &mut dyn FnMut(&str)) -> Result<Vec<u8>, BuildError> {
    let missing =
        |tool: &str, get: &str| ToolError::Missing { what: "Rust", tool: tool.to_owned(), get: get.to_owned() };
    if !tool::works(Command::new("cargo").arg("--version").current_dir(&project.folder)) {
        return Err(missing("`cargo`", "install Rust: https://rustup.rs").into());
    }
    if !has_std(project) {
        let tool = format!("standard library for {TARGET}");
        let get = match tool::works(Command::new("rustup").arg("--version")) {
            true => "rustup target add wasm32-unknown-unknown",
            false => "install Rust with rustup (https://rustup.rs), then: rustup target add wasm32-unknown-unknown",
        };
        return Err(missing(&tool, get).into());
    }
    say("cargo build --release --target wasm32-unknown-unknown");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--target", TARGET, "--message-format", "json-render-diagnostics"]);
    // As cargo writes it: without links.
    let manifest = project.folder.join("Cargo.toml");
    let manifest = manifest.canonicalize().unwrap_or(manifest);
    let mut module: Option<PathBuf> = None;
    tool::run_heard(cargo.current_dir(&project.folder), |line| {
        let Ok(said) = serde_json::from_str::<serde_json::Value>(line) else { return };
        let ours = said["manifest_path"].as_str().is_some_and(|path| same(&manifest, path));
        if said["reason"] == "compiler-artifact" && ours {
            let files = said["filenames"].as_array().into_iter().flatten().filter_map(|file| file.as_str());
            module = files
                .map(PathBuf::from)
                .find(|file| file.extension().is_some_and(|end| end == "wasm"))
                .or(module.take());
        }
    })?;
    let module = module.unwrap_or_else(|| project.folder.join("target").join(TARGET).join("release/*.wasm"));
    made("cargo build", &module)
}

/// Whether the target's std is there; rustc names a folder also where there is none.
fn has_std(project: &Project) -> bool {
    let mut rustc = Command::new("rustc");
    let folder =
        tool::output(rustc.current_dir(&project.folder).args(["--print", "target-libdir", "--target", TARGET]));
    let files = folder.and_then(|folder| std::fs::read_dir(folder.trim()).ok());
    files.into_iter().flatten().flatten().any(|file| {
        let name = file.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    })
}

fn same(manifest: &Path, path: &str) -> bool {
    manifest == Path::new(path) || Path::new(path).canonicalize().is_ok_and(|path| path == manifest)
}
