//! From C sources and a world to a core module, as `loket build` does it; here a warning is an error.

use crate::guest::Guest;
use crate::workspace;
use anyhow::{Result, bail};
use loket_workshop::build::c::{self, Sources, Toolchain};
use std::path::PathBuf;

/// What stands in for a C library, in each C project.
pub(crate) const RUNTIME: &str = "host/workshop/templates/c/all/runtime";

/// Compiles the C guest for the world in its `wit/`.
pub(crate) fn compile(toolchain: &Toolchain, guest: &Guest, world: &str) -> Result<Vec<u8>> {
    let place = workspace::target().join("guests-c").join(guest.package.replace(':', "-"));
    let is_c = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "c");
    let own: Vec<PathBuf> = workspace::files(&guest.dir).into_iter().filter(is_c).collect();
    if own.is_empty() {
        bail!("there is no `.c` file in `{}`", guest.dir.display());
    }
    let (runtime, wit) = (workspace::root().join(RUNTIME), guest.dir.join("wit"));
    let sources = Sources { own: &own, strict: true, runtime: &runtime, wit: &wit, world, place: &place };
    Ok(c::compile(toolchain, &sources)?)
}
