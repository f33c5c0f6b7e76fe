//! What compiles the guests: found, or set up.
//!
//! Rust, in this order: the target's std is installed; `rustup target add`; Debian's packages, with their own rustc and
//! std built from source; else an error with the commands for both. C: any clang that knows wasm32, and any wasm-ld.

use crate::guest::Target;
use crate::workspace;
use anyhow::{Context as _, Result, bail};
use loket_workshop::build::c::Toolchain;
use loket_workshop::tool;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long `rustup target add` may take: offline it fails at once, or hangs.
const PATIENCE: Duration = Duration::from_secs(60);
const DEBIAN_RUST: [&str; 6] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "wasi-libc", "lld-19"];
const DEBIAN_C: [&str; 2] = ["clang-19", "lld-19"];

/// What the guest build's cargo needs.
pub(crate) struct Rust {
    /// Cargo's target folder: one for each route, because their compilers differ.
    pub(crate) folder: PathBuf,
    environment: Vec<(String, String)>,
    arguments: Vec<&'static str>,
}

impl Rust {
    /// Whether it is Debian's, which comes with a compiler only.
    pub(crate) fn is_debian(&self) -> bool {
        !self.environment.is_empty()
    }

    /// The cargo command of this toolchain, without its subcommand.
    pub(crate) fn apply<'c>(&self, cargo: &'c mut Command) -> &'c mut Command {
        cargo.arg("--target-dir").arg(&self.folder).args(&self.arguments);
        cargo.envs(self.environment.iter().map(|(name, value)| (name, value)))
    }
}

/// Finds or sets up what compiles Rust to these targets, and says which way it went.
pub(crate) fn rust(targets: &[Target]) -> Result<Rust> {
    let missing = || targets.iter().copied().filter(|target| !has_std(*target)).collect::<Vec<_>>();
    let installed = |route: &str| {
        eprintln!("    Rust toolchain: {route}");
        Ok(Rust { folder: workspace::target().join("guests"), environment: Vec::new(), arguments: Vec::new() })
    };
    let lacking = missing();
    if lacking.is_empty() {
        return installed("the installed one has the targets");
    }
    let names: Vec<&str> = lacking.iter().map(|target| target.triple()).collect();
    eprintln!("    adding {} with rustup", names.join(" and "));
    let mut rustup = Command::new("rustup");
    let added = within(PATIENCE, rustup.args(["target", "add"]).args(&names));
    if added && missing().is_empty() {
        return installed("rustup added the targets");
    }
    if let Some(debian) = debian()? {
        eprintln!("    Rust toolchain: Debian's rustc, with std built from source (the first time takes minutes)");
        return Ok(debian);
    }
    bail!(
        "the Rust toolchain has no std for {}, and it could not be added\n\
         hint: with rustup and a network:  rustup target add {}\n\
         hint: on Debian, as root:         apt-get update && apt-get install -y {}",
        names.join(", "),
        names.join(" "),
        DEBIAN_RUST.join(" "),
    );
}

/// Whether the target's std is there; rustc names a folder also where there is none.
fn has_std(target: Target) -> bool {
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let folder = workspace::output(rustc.current_dir(workspace::root()).args([
        "--print",
        "target-libdir",
        "--target",
        target.triple(),
    ]));
    let files = folder.ok().and_then(|folder| std::fs::read_dir(folder.trim()).ok());
    files.into_iter().flatten().flatten().any(|file| {
        let name = file.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    })
}

/// Debian's rustc, its std source, the C library and the linkers, installed first where we may; `None` elsewhere.
fn debian() -> Result<Option<Rust>> {
    if debian_rust().is_none() && !apt_install(&DEBIAN_RUST)? {
        return Ok(None);
    }
    Ok(debian_rust())
}

fn debian_rust() -> Option<Rust> {
    let rustc = Path::new("/usr/bin/rustc");
    let sysroot = workspace::output(Command::new(rustc).args(["--print", "sysroot"])).ok()?;
    let sysroot = Path::new(sysroot.trim());
    let libc = Path::new("/usr/lib/wasm32-wasi");
    let host = workspace::output(Command::new(rustc).arg("-vV")).ok()?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: "))?;
    let component_linker = sysroot.join("lib/rustlib").join(host).join("bin/wasm-component-ld");
    let there = [sysroot.join("lib/rustlib/src/rust/library/std"), libc.join("libc.a"), component_linker.clone()];
    if !there.iter().all(|path| path.exists()) {
        return None;
    }
    let linker = tool::wasm_ld()?;
    // `wasm-component-ld` looks for a program of exactly this name.
    let folder = workspace::target().join("guests-debian");
    let links = folder.join("bin");
    std::fs::create_dir_all(&links).ok()?;
    drop(std::fs::remove_file(links.join("wasm-ld")));
    link(linker.program(), &links.join("wasm-ld")).ok()?;
    let path = std::env::var("PATH").unwrap_or_default();
    let variables = [
        ("RUSTC", rustc.display().to_string()),
        ("RUSTC_BOOTSTRAP", "1".into()),
        ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort".into()),
        ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", links.join("wasm-ld").display().to_string()),
        ("CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS", format!("-Lnative={}", libc.display())),
        ("CARGO_TARGET_WASM32_WASIP2_LINKER", component_linker.display().to_string()),
        ("PATH", format!("{}:{path}", links.display())),
    ];
    let environment = variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    // Debian's rustc is older than the workspace asks for; the guests are built with it all the same.
    Some(Rust { folder, environment, arguments: vec!["--ignore-rust-version"] })
}

/// Finds or installs what compiles C to WebAssembly, and says what it found.
pub(crate) fn c() -> Result<Toolchain> {
    let found = match Toolchain::find() {
        Err(_) if apt_install(&DEBIAN_C)? => Toolchain::find(),
        found => found,
    };
    let found = found.map_err(|error| anyhow::anyhow!("{error}\nhint: {}", error.hint()))?;
    eprintln!("    C toolchain: `{}`, `{}`", found.clang.display(), found.linker.program().display());
    Ok(found)
}

/// Installs Debian packages where we are root on Debian; answers whether that was done.
pub(crate) fn apt_install(packages: &[&str]) -> Result<bool> {
    let debian = Path::new("/etc/debian_version").exists() && Path::new("/usr/bin/apt-get").exists();
    let root = workspace::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !debian || !root {
        return Ok(false);
    }
    eprintln!("    installing {} with apt-get", packages.join(", "));
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        // Another installation may be under way: a fresh system updates itself.
        command.args(["-o", "DPkg::Lock::Timeout=300"]).args(arguments);
        command.env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
        command
    };
    // Stale lists are no reason to stop: what they name may still be there.
    let updated = workspace::run(&mut apt(&["update", "-qq"]));
    let mut install = apt(&["install", "-y", "-qq", "--no-install-recommends"]);
    workspace::run(install.args(packages)).or_else(|error| updated.and(Err(error)))?;
    Ok(true)
}

/// Runs a program that may hang; answers whether it succeeded in time.
fn within(limit: Duration, command: &mut Command) -> bool {
    let Ok(mut child) = command.stdin(Stdio::null()).spawn() else { return false };
    let begun = Instant::now();
    while begun.elapsed() < limit {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => std::thread::sleep(Duration::from_millis(50)),
            Err(_) => break,
        }
    }
    drop(child.kill());
    drop(child.wait());
    false
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> Result<()> {
    let from = workspace::output(Command::new("sh").args(["-c", "command -v \"$0\""]).arg(from))?;
    std::os::unix::fs::symlink(from.trim(), to).context("cannot link to wasm-ld")
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> Result<()> {
    bail!("Debian's toolchain is for Debian")
}
