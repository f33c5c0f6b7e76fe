//! From JavaScript or Python to a component, by the tool that each language's people made for it, in a pinned version.
//!
//! The tools are peers: `host/loket/tests/peers/componentize-js` and `componentize-py` name their versions, and they are installed into cargo's
//! target folder, where tests that build components of their own find them too.

use crate::guest::Guest;
use crate::{peers, workspace};
use anyhow::{Context as _, Result, bail};
use loket_workshop::build::python::{Module, componentize};
use loket_workshop::wit;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles a guest in JavaScript, whose source is its `main.js`.
pub(crate) fn js(guest: &Guest, world: &str, features: &[String]) -> Result<Vec<u8>> {
    let tools = installed("componentize-js")?;
    let (source, wit, component) = (source(guest, "main.js")?, wit(guest)?, component(guest)?);
    let mut node = Command::new("node");
    node.arg(workspace::root().join("xtask/js/componentize.mjs")).arg(tools).arg(source).arg(wit).arg(world);
    workspace::output(node.arg(&component).args(features))?;
    made(&component)
}

/// Compiles a guest in Python, whose module is its `app.py`, as `loket build` does it.
pub(crate) fn python(guest: &Guest, world: &str) -> Result<Vec<u8>> {
    let tools = installed("componentize-py")?;
    let program = if cfg!(windows) { "python/Scripts/componentize-py.exe" } else { "python/bin/componentize-py" };
    source(guest, "app.py")?;
    let (wit, place) = (wit(guest)?, folder(guest));
    let said = wit::read(&wit)?;
    if said.world != world {
        bail!("the world in `{}` is `{}`, not `{world}`", guest.dir.join("wit").display(), said.world);
    }
    let module = Module { name: "app", source: &guest.dir, said: &said, wit: &wit, place: &place };
    Ok(componentize(&tools.join(program), &module)?)
}

/// The folder of a language's tool, which is installed where it is not there yet.
fn installed(tool: &str) -> Result<PathBuf> {
    let place = workspace::target().join("peers").join(tool);
    peers::environment(&workspace::root().join("host/loket/tests/peers").join(tool), &place)?;
    Ok(place)
}

fn source(guest: &Guest, name: &str) -> Result<PathBuf> {
    let source = guest.dir.join(name);
    if !source.is_file() {
        bail!("there is no `{name}` in `{}`", guest.dir.display());
    }
    Ok(source)
}

fn folder(guest: &Guest) -> PathBuf {
    workspace::target().join("guests-script").join(guest.package.replace(':', "-"))
}

fn component(guest: &Guest) -> Result<PathBuf> {
    let folder = folder(guest);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    Ok(folder.join("component.wasm"))
}

fn made(component: &Path) -> Result<Vec<u8>> {
    std::fs::read(component).with_context(|| format!("the tool left no `{}`", component.display()))
}

/// The guest's own package with the contract as its `deps`, in one folder: what these tools read.
fn wit(guest: &Guest) -> Result<PathBuf> {
    let place = folder(guest).join("wit");
    match std::fs::remove_dir_all(&place) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot clear `{}`", place.display()));
        }
        _ => {}
    }
    let shared = workspace::root().join("wit");
    let deps = place.join("deps");
    let mut packages: Vec<PathBuf> = workspace::folders(&shared);
    packages.retain(|package| !package.ends_with("deps"));
    for package in packages {
        copy(&package, &deps.join(package.file_name().unwrap_or_default()))?;
    }
    copy(&shared.join("deps"), &deps)?;
    copy(&guest.dir.join("wit"), &place)?;
    Ok(place)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for file in workspace::files(from) {
        let place = to.join(file.strip_prefix(from).unwrap_or(&file));
        let bytes = std::fs::read(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
        workspace::publish(&place, &bytes)?;
    }
    Ok(())
}
