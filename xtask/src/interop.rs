//! What others' programs read and write, tried with their own libraries: `host/interop`, a workspace of its own.

use crate::build::Built;
use crate::workspace;
use anyhow::Result;
use std::path::Path;

/// Runs its tests. What it is built of lies with all else that is built: it is compiled once.
pub(crate) fn test(built: &Built, peers: &Path) -> Result<()> {
    let folder = workspace::root().join("host/interop");
    let cargo = |arguments: &[&str]| {
        let mut cargo = workspace::cargo();
        cargo.current_dir(&folder).args(arguments).env("CARGO_TARGET_DIR", workspace::target());
        cargo
    };
    workspace::run(&mut cargo(&["fmt", "--check"]))?;
    let mut tests = cargo(&["test", "--locked", "--quiet"]);
    workspace::run(tests.env("LOKET_REGISTRY", &built.registry).env("LOKET_PEERS", peers))
}
