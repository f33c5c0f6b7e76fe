//! What can be checked of systems that are not at hand: that the host compiles for them.

use super::compile::{add_target, zigbuild};
use crate::workspace;
use anyhow::{Result, bail};

/// macOS on arm64, Windows, and Linux on arm64.
const SYSTEMS: [&str; 3] = ["aarch64-apple-darwin", "x86_64-pc-windows-gnu", "aarch64-unknown-linux-gnu"];

/// Runs the subcommand: checks the host for all of them.
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    if let Some(argument) = arguments.first() {
        bail!("`cargo xtask portable` takes no `{argument}`");
    }
    SYSTEMS.into_iter().try_for_each(compiles_for)
}

/// What the test command does: checks those whose system calls are others. The last one differs by what the first has, too.
pub(crate) fn check() -> Result<()> {
    SYSTEMS[..2].iter().copied().try_for_each(compiles_for)
}

fn compiles_for(triple: &str) -> Result<()> {
    add_target(triple)?;
    workspace::step(&format!("check the host for {triple}"), || {
        workspace::run(&mut workspace::aside(zigbuild("check")?.args([
            "--quiet",
            "--package",
            "loket",
            "--target",
            triple,
        ])))
    })
}
