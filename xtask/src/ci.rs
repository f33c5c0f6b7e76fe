//! `cargo xtask ci`: what CI runs, the way CI runs it: `.ci/run`, with its build folder outside of the checkout.

use crate::workspace;
use anyhow::{Result, bail};
use std::process::Command;

/// Runs the subcommand.
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    if let Some(argument) = arguments.first() {
        bail!("`cargo xtask ci` takes no `{argument}`");
    }
    // The script alone decides what is run, so that there is one place to read.
    workspace::run(Command::new("sh").arg(workspace::root().join(".ci/run")).current_dir(workspace::root()))
}
