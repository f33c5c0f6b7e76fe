//! From C sources and a world to a core module: bindings by wit-bindgen, then clang and wasm-ld.
//!
//! No C library is needed: `xtask/c` has the few functions that the bindings call. So a C guest imports no WASI.

use crate::guest::Guest;
use crate::toolchain::C;
use crate::workspace;
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use wit_bindgen_core::{Files, wit_parser::Resolve};

/// Compiles the C guest for the world in its `wit/`.
pub(crate) fn compile(toolchain: &C, guest: &Guest, world: &str) -> Result<Vec<u8>> {
    let folder = workspace::target().join("guests-c").join(guest.package.replace(':', "-"));
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    let bindings = bindings(guest, world, &folder)?;

    let runtime = workspace::root().join("xtask/c");
    let is_c = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "c");
    let own: Vec<PathBuf> = workspace::files(&guest.dir).into_iter().filter(is_c).collect();
    if own.is_empty() {
        bail!("there is no `.c` file in `{}`", guest.dir.display());
    }
    let mut objects: Vec<PathBuf> =
        bindings.iter().filter(|file| file.extension().is_some_and(|end| end == "o")).cloned().collect();
    let lent =
        bindings.iter().filter(|file| is_c(file)).cloned().chain(workspace::files(&runtime).into_iter().filter(is_c));
    for (sources, strict) in [(own, true), (lent.collect(), false)] {
        for source in sources {
            let stem = source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let object = folder.join(format!("{}-{stem}.o", if strict { "own" } else { "lent" }));
            let mut clang = Command::new(&toolchain.clang);
            clang.args([
                "--target=wasm32-unknown-unknown",
                "-std=c17",
                "-Os",
                "-ffreestanding",
                "-nostdlibinc",
                "-mbulk-memory",
                "-c",
            ]);
            clang.args(if strict { &["-Wall", "-Wextra", "-Werror"][..] } else { &["-w"] });
            clang.arg("-I").arg(runtime.join("include")).arg("-I").arg(&folder);
            workspace::run(clang.arg(&source).arg("-o").arg(&object))?;
            objects.push(object);
        }
    }
    let module = folder.join("module.wasm");
    let mut linker = toolchain.linker.command();
    linker.args(["--no-entry", "--gc-sections", "--strip-debug", "-z", "stack-size=65536", "--stack-first"]);
    workspace::run(linker.args(&objects).arg("-o").arg(&module))?;
    std::fs::read(&module).with_context(|| format!("the linker left no `{}`", module.display()))
}

/// Writes what the world looks like in C: a source, a header, and an object with the world's type.
fn bindings(guest: &Guest, world: &str, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(guest.dir.join("wit")).context("its `wit/` does not parse")?;
    let world =
        resolve.select_world(&[package], Some(world)).with_context(|| format!("its `wit/` has no world `{world}`"))?;
    let mut files = Files::default();
    wit_bindgen_c::Opts::default().build().generate(&mut resolve, world, &mut files)?;
    let mut written = Vec::new();
    for (name, text) in files.iter() {
        let path = folder.join(name);
        workspace::publish(&path, text)?;
        written.push(path);
    }
    Ok(written)
}
