//! The host with its bundle, compiled for a machine.
//!
//! On Linux it is linked against an old glibc rather than statically: names are resolved as the system resolves them, and Zig, which brings
//! the symbols of each glibc, is a compiler and linker in one package. For other systems cargo alone is used.

use super::glibc::Version;
use crate::{peers, workspace};
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest glibc that the Linux program runs with: that of 2012, which every distribution still in use has.
const OLDEST: Version = Version::new(2, 17);

/// A kind of machine to build for.
pub(super) struct Machine {
    /// Its name for rustc.
    pub(super) triple: String,
    /// The oldest glibc, where it has one.
    pub(super) glibc: Option<Version>,
    here: bool,
}

impl Machine {
    /// This one.
    pub(super) fn here() -> Result<Machine> {
        Machine::named(&host()?)
    }

    /// One by rustc's name for it.
    pub(super) fn named(triple: &str) -> Result<Machine> {
        if triple.split('-').count() < 3 {
            bail!("`{triple}` is no target: write it as rustc does, such as `aarch64-unknown-linux-gnu`");
        }
        let glibc = triple.ends_with("-linux-gnu").then_some(OLDEST);
        Ok(Machine { triple: triple.to_owned(), glibc, here: triple == host()? })
    }

    /// Whether its programs run on this machine.
    pub(super) fn runs_here(&self) -> bool {
        self.here
    }

    /// `x86_64-linux`: what the folder and the archive are named after.
    pub(super) fn name(&self) -> String {
        let parts: Vec<&str> =
            self.triple.split('-').filter(|part| !["unknown", "pc", "gnu", "msvc"].contains(part)).collect();
        parts.join("-")
    }

    /// For people.
    pub(super) fn in_words(&self) -> String {
        match self.glibc {
            Some(glibc) => format!("{} with glibc {glibc} or newer", self.triple),
            None => self.triple.clone(),
        }
    }

    /// The end of its programs' names.
    pub(super) fn suffix(&self) -> &'static str {
        if self.triple.contains("windows") { ".exe" } else { "" }
    }
}

/// What rustc builds for when nobody says otherwise.
fn host() -> Result<String> {
    let about = workspace::output(Command::new("rustc").arg("-vV"))?;
    let triple = about.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc does not say its host")?;
    Ok(triple.to_owned())
}

/// Builds the program; answers with where it is.
pub(super) fn program(machine: &Machine, bundle: &Path) -> Result<PathBuf> {
    let mut cargo = match machine.glibc {
        Some(glibc) => {
            let mut cargo = zigbuild("zigbuild")?;
            cargo.arg("--target").arg(format!("{}.{glibc}", machine.triple));
            cargo
        }
        None => {
            let mut cargo = workspace::cargo();
            cargo.args(["build", "--target", &machine.triple]);
            cargo
        }
    };
    add_target(&machine.triple)?;
    workspace::run(cargo.args(["--profile", "dist", "--package", "loket"]).env("LOKET_BUNDLE", bundle))?;
    let program = workspace::target().join(&machine.triple).join("dist").join(format!("loket{}", machine.suffix()));
    if !program.is_file() {
        bail!("cargo left no `{}`", program.display());
    }
    Ok(program)
}

/// Builds the program as the tests have it, but for the bundle; answers with where it is.
pub(super) fn tested(machine: &Machine, bundle: &Path) -> Result<PathBuf> {
    // Named by a test that needs it: with all that tests need, what others made is used as it is there.
    let mut cargo = workspace::cargo();
    workspace::run(cargo.args(["test", "--workspace", "--no-run", "--test", "latency"]).env("LOKET_BUNDLE", bundle))?;
    Ok(workspace::target().join("debug").join(format!("loket{}", machine.suffix())))
}

/// `cargo-zigbuild` with a subcommand, from an environment of its own.
pub(super) fn zigbuild(subcommand: &str) -> Result<Command> {
    let list = workspace::root().join("xtask/dist/requirements.txt");
    let python = peers::python(&workspace::target().join("dist/zig"), &list, None)?;
    let folder = python.parent().context("the Python environment has no folder")?;
    let mut command = Command::new(folder.join(format!("cargo-zigbuild{}", std::env::consts::EXE_SUFFIX)));
    command.current_dir(workspace::root()).arg(subcommand);
    // It looks for this Python, which has Zig as a module.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&path)))?;
    command.env("PATH", path);
    Ok(command)
}

/// Installs rustc's std for a target where it is missing.
pub(super) fn add_target(triple: &str) -> Result<()> {
    let mut rustc = Command::new("rustc");
    let folder =
        workspace::output(rustc.current_dir(workspace::root()).args(["--print", "target-libdir", "--target", triple]))?;
    if Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    workspace::output(Command::new("rustup").current_dir(workspace::root()).args(["target", "add", triple]))
        .map(drop)
        .with_context(|| {
            format!("hint: install Rust's standard library for {triple}, with rustup: rustup target add {triple}")
        })
}
