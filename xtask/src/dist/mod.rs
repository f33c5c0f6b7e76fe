//! `cargo xtask dist`: one file to install, with the bundled packages and agents inside, tried where there is nothing else.
//!
//! In the order of work: [`bundle`] what goes in, [`compile`] the program for another machine or an older system, [`glibc`] what it needs
//! there, [`notices`] the licences of others' code, [`archive`] what is handed on, [`trial`] the program in an empty folder, [`mod@portable`] what
//! can be checked of systems that are not at hand.

mod archive;
mod bundle;
mod compile;
mod glibc;
mod notices;
mod portable;
mod trial;

use crate::build::{self, Built, Options};
use crate::workspace::{self, step};
use anyhow::{Context as _, Result, bail};
use compile::Machine;
use std::path::{Path, PathBuf};

pub(crate) use portable::{check as check_portability, command as portable};

/// The largest program that is handed on, in bytes.
const LARGEST: u64 = 60_000_000;

/// What came of it.
struct Dist {
    /// The program, in a folder with what belongs to it.
    program: PathBuf,
    /// That folder in one file.
    archive: PathBuf,
}

/// Runs the subcommand.
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    let mut machine = Machine::here()?;
    let mut tried = true;
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--target" => {
                let target = arguments.next().context("`--target` needs a target behind it, as rustc names it")?;
                machine = Machine::named(target)?;
            }
            "--no-trial" => tried = false,
            other => bail!("`cargo xtask dist` takes `--target TRIPLE` and `--no-trial`, not `{other}`"),
        }
    }
    let built = build::build(Options { dev: false, fixtures: tried })?;
    if tried { made_and_tried(&machine, &built) } else { make(&machine, &built).map(drop) }
}

/// What the test command does: packs the program that the tests were run with, as it is, and tries it. To make it small and quick takes both
/// cores for a quarter of an hour, and is for whoever hands it on.
pub(crate) fn check(built: &Built) -> Result<()> {
    let machine = Machine::here()?;
    // Beside what is handed on, and never in its place.
    let (bundle, folder) = places(&machine, built, "dist/tested")?;
    let program = step("build the tested host with them inside", || compile::tested(&machine, &bundle))?;
    let dist = step("pack it", || archive::pack(&machine, &program, &folder))?;
    step("try it in an empty folder", || trial::here(&dist.program, built))
}

/// Gathers what goes in; answers with where it is, and with the folder to fill.
fn places(machine: &Machine, built: &Built, top: &str) -> Result<(PathBuf, PathBuf)> {
    let top = workspace::target().join(top);
    let bundle = top.join("bundle");
    step("gather packages and agents", || bundle::stage(&bundle, &built.registry))?;
    Ok((bundle, top.join(format!("loket-{}-{}", env!("CARGO_PKG_VERSION"), machine.name()))))
}

fn made_and_tried(machine: &Machine, built: &Built) -> Result<()> {
    let dist = make(machine, built)?;
    if !machine.runs_here() {
        eprintln!("    not tried: this machine does not run programs for {}", machine.triple);
        return Ok(());
    }
    step("try it in an empty folder, without this checkout", || trial::apart(&dist.program, built))
        .inspect_err(|_| drop(std::fs::remove_file(&dist.archive)))
}

fn make(machine: &Machine, built: &Built) -> Result<Dist> {
    let (bundle, folder) = places(machine, built, "dist")?;
    let program = step(&format!("build the host for {}", machine.in_words()), || compile::program(machine, &bundle))?;
    // Before it is packed: what is wrong with it must not lie ready to be handed on.
    let bytes = std::fs::metadata(&program)?.len();
    check_size(bytes)?;
    if let Some(wanted) = machine.glibc {
        let needed = glibc::needed(&std::fs::read(&program)?);
        if needed > Some(wanted) {
            bail!("`{}` needs glibc {}, newer than {wanted}", program.display(), needed.unwrap_or_default());
        }
    }
    let dist = step("pack it", || archive::pack(machine, &program, &folder))?;
    eprintln!("    {} ({:.1} MB)", shown(&dist.program), bytes as f64 / 1e6);
    eprintln!("    {} ({:.1} MB)", shown(&dist.archive), std::fs::metadata(&dist.archive)?.len() as f64 / 1e6);
    Ok(dist)
}

fn check_size(bytes: u64) -> Result<()> {
    if bytes > LARGEST {
        bail!("the program has {:.1} MB, and may have {} MB", bytes as f64 / 1e6, LARGEST / 1_000_000);
    }
    Ok(())
}

/// A path as it is seen from the checkout, where it is in there.
fn shown(path: &Path) -> String {
    path.strip_prefix(workspace::root()).unwrap_or(path).display().to_string()
}
