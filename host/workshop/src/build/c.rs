//! C: bindings by wit-bindgen, then clang and wasm-ld. No C library is needed: the project's `runtime/` has the few functions that the
//! bindings call, so that nothing of WASI is imported.

use super::{BuildError, made, replace};
use crate::project::Project;
use crate::tool::{self, Linker, ToolError};
use std::path::{Path, PathBuf};
use std::process::Command;
use wit_bindgen_core::{Files, wit_parser::Resolve};

/// What compiles and links C.
pub struct Toolchain {
    /// A clang that knows wasm32.
    pub clang: PathBuf,
    /// The linker.
    pub linker: Linker,
}

impl Toolchain {
    /// Looks for it.
    ///
    /// # Errors
    /// When a part of it is not on this machine.
    pub fn find() -> Result<Toolchain, ToolError> {
        let missing = |tool: &str| {
            ToolError::Missing {
            what: "C",
            tool: tool.to_owned(),
            get: "install LLVM 16 or later with lld, and put `clang` and `wasm-ld` on the PATH (on Debian: apt-get install clang-19 lld-19)"
                .to_owned(),
        }
        };
        let clang = tool::clang().ok_or_else(|| missing("clang that knows wasm32"))?;
        let linker = tool::wasm_ld().ok_or_else(|| missing("`wasm-ld`"))?;
        Ok(Toolchain { clang, linker })
    }
}

/// What is compiled.
pub struct Sources<'s> {
    /// The author's: warnings are shown.
    pub own: &'s [PathBuf],
    /// Whether a warning is an error.
    pub strict: bool,
    /// The folder with what stands in for a C library.
    pub runtime: &'s Path,
    /// The WIT folder.
    pub wit: &'s Path,
    /// The world in it.
    pub world: &'s str,
    /// Where everything goes that is made.
    pub place: &'s Path,
}

pub(super) fn project(project: &Project, say: &mut dyn FnMut(&str)) -> Result<Vec<u8>, BuildError> {
    let toolchain = Toolchain::find()?;
    let source = project.folder.join("src");
    let own = c_files(&source).map_err(BuildError::io(&source))?;
    let (runtime, wit) = (project.folder.join("runtime"), project.folder.join("wit"));
    say("wit-bindgen c, clang, wasm-ld");
    let place = project.folder.join("build/bindings");
    let sources =
        Sources { own: &own, strict: false, runtime: &runtime, wit: &wit, world: &project.said.world, place: &place };
    compile(&toolchain, &sources)
}

/// Makes a core module, with its world inside.
///
/// # Errors
/// When the world has no form in C, or clang or the linker refuses.
pub fn compile(toolchain: &Toolchain, sources: &Sources<'_>) -> Result<Vec<u8>, BuildError> {
    let place = sources.place;
    std::fs::create_dir_all(place).map_err(BuildError::io(place))?;
    let bindings = bindings(sources)?;
    let ends = |end: &'static str| move |file: &&PathBuf| file.extension().is_some_and(|extension| extension == end);
    let mut objects: Vec<PathBuf> = bindings.iter().filter(ends("o")).cloned().collect();
    let lent = c_files(sources.runtime).map_err(BuildError::io(sources.runtime))?;
    let lent: Vec<PathBuf> = bindings.iter().filter(ends("c")).cloned().chain(lent).collect();
    for (files, own) in [(sources.own, true), (&lent, false)] {
        for source in files {
            let stem = source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let object = place.join(format!("{}-{stem}.o", if own { "own" } else { "lent" }));
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
            clang.args(match (own, sources.strict) {
                (true, true) => &["-Wall", "-Wextra", "-Werror"][..],
                (true, false) => &["-Wall", "-Wextra"],
                (false, _) => &["-w"],
            });
            clang.arg("-I").arg(sources.runtime.join("include")).arg("-I").arg(place);
            tool::run(clang.arg(source).arg("-o").arg(&object))?;
            objects.push(object);
        }
    }
    let module = place.join("module.wasm");
    let mut linker = toolchain.linker.command();
    linker.args(["--no-entry", "--gc-sections", "--strip-debug", "-z", "stack-size=65536", "--stack-first"]);
    tool::run(linker.args(&objects).arg("-o").arg(&module))?;
    made("wasm-ld", &module)
}

/// Writes what the world looks like in C: a source, a header, and an object with the world's type.
fn bindings(sources: &Sources<'_>) -> Result<Vec<PathBuf>, BuildError> {
    let generate = || {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(sources.wit)?;
        let world = resolve.select_world(&[package], Some(sources.world))?;
        let mut files = Files::default();
        wit_bindgen_c::Opts::default().build().generate(&mut resolve, world, &mut files)?;
        Ok(files)
    };
    let files = generate().map_err(BuildError::Bindings)?;
    let mut written = Vec::new();
    for (name, text) in files.iter() {
        let path = sources.place.join(name);
        // What did not change stays as old as it is: an editor that reads it is not disturbed.
        if !std::fs::read(&path).is_ok_and(|old| old == text) {
            replace(&path, text).map_err(BuildError::io(&path))?;
        }
        written.push(path);
    }
    Ok(written)
}

/// The C sources in a folder and those in it, by name.
fn c_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(c_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "c") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
