//! The program where there is nothing else: no Rust, no checkout, no settings. It must serve, chat, take in a tool and call it.
//!
//! Where it can be made, that place is a clean root with an older Debian in it and nothing added. Elsewhere it is an empty folder, in which
//! the system's own programs can be reached: that shows less, and is said.

use crate::build::Built;
use crate::{toolchain, workspace};
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A Debian whose glibc is older than this machine's, still to be had.
const SUITE: &str = "bullseye";
/// What happens there.
const SCRIPT: &str = "xtask/dist/trial.sh";
/// The tool that is taken in, one of those for tests: by its place in a registry.
const TOOL: &str = "test/echo/0.1.0.wasm";

/// Tries the program in a clean root, or where none can be made, in an empty folder.
pub(super) fn apart(program: &Path, built: &Built) -> Result<()> {
    let Some(root) = clean_root()? else {
        eprintln!("    in an empty folder of this system: a clean root needs Linux, root and debootstrap");
        return here(program, built);
    };
    eprintln!("    in a clean root: Debian {SUITE} and nothing else");
    let ground = lay_out(&root.join("trial"), program, built)?;
    let mut command = Command::new("unshare");
    command.args(["--mount", "--pid", "--fork", "--kill-child"]);
    command.arg(format!("--mount-proc={}", root.join("proc").display()));
    command.args(["chroot".as_ref(), root.as_os_str()]);
    let done = workspace::run(cleared(&mut command).args(["/bin/sh", "/trial/trial.sh", "/trial"]));
    drop(std::fs::remove_dir_all(ground));
    done
}

/// Tries the program in an empty folder of this system.
pub(super) fn here(program: &Path, built: &Built) -> Result<()> {
    if !cfg!(unix) {
        bail!("the trial is a shell script, and this system has no `/bin/sh`: use `--no-trial`");
    }
    let ground = lay_out(&workspace::target().join("dist/trial"), program, built)?;
    let mut command = Command::new("/bin/sh");
    let done = workspace::run(cleared(&mut command).arg(ground.join("trial.sh")).arg(&ground));
    drop(std::fs::remove_dir_all(ground));
    done
}

/// Nothing of this process's environment.
fn cleared(command: &mut Command) -> &mut Command {
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
}

/// A folder with the program, the tool to take in, and the script.
fn lay_out(ground: &Path, program: &Path, built: &Built) -> Result<PathBuf> {
    if ground.exists() {
        std::fs::remove_dir_all(ground).with_context(|| format!("cannot empty `{}`", ground.display()))?;
    }
    std::fs::create_dir_all(ground)?;
    let script = workspace::root().join(SCRIPT);
    for (from, name) in [(program, "loket"), (&script, "trial.sh"), (&built.fixtures.join(TOOL), "tool.wasm")] {
        std::fs::copy(from, ground.join(name)).with_context(|| format!("cannot copy `{}`", from.display()))?;
    }
    Ok(ground.to_path_buf())
}

/// A root folder with a Debian of its own, made once; `None` where none can be made.
fn clean_root() -> Result<Option<PathBuf>> {
    // Where namespaces are forbidden, as in many containers, it could be made and not be used.
    let apart = || workspace::output(Command::new("unshare").args(["--mount", "--pid", "--fork", "true"])).is_ok();
    if !cfg!(target_os = "linux") || !is_root() || !apart() {
        return Ok(None);
    }
    let root = workspace::target().join("dist").join(format!("root-{SUITE}"));
    let done = root.join(".made");
    if done.is_file() {
        return Ok(Some(root));
    }
    if Command::new("debootstrap").arg("--version").output().is_err()
        && !toolchain::apt_install(&["debootstrap", "wget"])?
    {
        return Ok(None);
    }
    // Debian's packages, from where this system has its own: that can be reached. On another system there is no such source.
    let mut targets = Command::new("apt-get");
    targets.args(["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian"]);
    let Ok(sources) = workspace::output(&mut targets) else { return Ok(None) };
    let Some(source) = sources.lines().find(|source| !source.contains("security")) else { return Ok(None) };
    if root.exists() {
        std::fs::remove_dir_all(&root).with_context(|| format!("cannot empty `{}`", root.display()))?;
    }
    workspace::step(&format!("make a clean root with Debian {SUITE}"), || {
        let mut debootstrap = Command::new("debootstrap");
        debootstrap.args(["--variant=minbase", SUITE]).arg(&root).arg(source);
        workspace::output(&mut debootstrap).map(drop)
    })?;
    workspace::publish(&done, b"")?;
    Ok(Some(root))
}

fn is_root() -> bool {
    workspace::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
