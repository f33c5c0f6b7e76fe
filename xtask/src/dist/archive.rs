//! What is handed on: a folder with the program, its licence and those of others' code in it, completions and manual pages, the same in one archive, and its SHA-256.

use super::compile::Machine;
use super::{Dist, notices};
use crate::workspace;
use anyhow::{Context as _, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use std::path::Path;
use std::process::{Command, Stdio};

const SHELLS: [(&str, &str); 5] = [
    ("bash", "loket.bash"),
    ("zsh", "_loket"),
    ("fish", "loket.fish"),
    ("powershell", "loket.ps1"),
    ("elvish", "loket.elv"),
];

/// Fills the folder and makes the archive beside it.
pub(super) fn pack(machine: &Machine, program: &Path, folder: &Path) -> Result<Dist> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| format!("cannot empty `{}`", folder.display()))?;
    }
    std::fs::create_dir_all(folder)?;
    let placed = folder.join(format!("loket{}", machine.suffix()));
    std::fs::copy(program, &placed).with_context(|| format!("cannot copy `{}`", program.display()))?;
    std::fs::copy(workspace::root().join("LICENSE"), folder.join("LICENSE")).context("cannot copy `LICENSE`")?;
    workspace::publish(&folder.join("THIRD-PARTY.txt"), notices::text(machine)?.as_bytes())?;
    if machine.runs_here() {
        pages(&placed, folder)?;
    }
    let bytes = archived(folder)?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let archive = folder.with_file_name(format!("{name}.tar.gz"));
    workspace::publish(&archive, &bytes)?;
    let sum = format!("{}  {name}.tar.gz\n", hex::encode(Sha256::digest(&bytes)));
    workspace::publish(&folder.with_file_name(format!("{name}.tar.gz.sha256")), sum.as_bytes())?;
    Ok(Dist { program: placed, archive })
}

/// Completions and manual pages, made by the program itself.
fn pages(program: &Path, folder: &Path) -> Result<()> {
    let completions = folder.join("completions");
    for (shell, name) in SHELLS {
        let text = workspace::output(Command::new(program).args(["completions", shell]).stdin(Stdio::null()))?;
        workspace::publish(&completions.join(name), text.as_bytes())?;
    }
    workspace::run(Command::new(program).arg("man").arg(folder.join("man/man1")))
}

/// The folder as a compressed archive, the same bytes whenever the same files are packed.
fn archived(folder: &Path) -> Result<Vec<u8>> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::best()));
    tar.mode(tar::HeaderMode::Deterministic);
    let top = folder.parent().context("the folder has no place")?;
    for file in workspace::files(folder) {
        tar.append_path_with_name(&file, file.strip_prefix(top)?)
            .with_context(|| format!("cannot pack `{}`", file.display()))?;
    }
    Ok(tar.into_inner()?.finish()?)
}
