//! From a crate that others published to a component: compiled as it is, and published as it came out.

use crate::guest::{Guest, Program, Target};
use crate::toolchain::Rust;
use crate::workspace;
use anyhow::{Context as _, Result};

/// Compiles a program of a crate, in the very versions that its authors locked.
pub(crate) fn compile(toolchain: &Rust, guest: &Guest, name: &str, program: &Program) -> Result<Vec<u8>> {
    let folder = workspace::target().join("guests-foreign").join(guest.package.replace(':', "-"));
    let (flag, program) = match program {
        Program::Binary(program) => ("--bin", program),
        Program::Example(program) => ("--example", program),
    };
    let mut cargo = workspace::cargo();
    // Names and line numbers would be most of it.
    cargo.env("CARGO_PROFILE_RELEASE_STRIP", "true").env("CARGO_PROFILE_RELEASE_DEBUG", "false");
    cargo.args(["install", name, "--version", &format!("={}", guest.version), "--locked", "--force"]);
    cargo.args([flag, program, "--target", Target::Wasip2.triple()]).arg("--root").arg(&folder);
    workspace::run(toolchain.apply(&mut cargo))?;
    let component = folder.join("bin").join(format!("{program}.wasm"));
    std::fs::read(&component).with_context(|| format!("cargo left no `{}`", component.display()))
}
