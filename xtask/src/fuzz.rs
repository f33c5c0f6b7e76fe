//! `cargo xtask fuzz`: what hostile bytes meet first, under libFuzzer. The test command runs each target for a moment.

use crate::build::Built;
use crate::workspace;
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The version of cargo-fuzz; it goes with `libfuzzer-sys` in `host/fuzz/Cargo.toml`.
const CARGO_FUZZ: &str = "0.13.1";
/// How long a target runs when nothing else is said.
const MINUTE: Duration = Duration::from_secs(60);
/// The targets that are built with the whole host, which takes many times as long as the others.
const WITH_HOST: [&str; 2] = [ADMISSION, "hosts"];
/// The one of them that opens a host.
const ADMISSION: &str = "admission";

/// Hosts as grants name them, each with an address that it covers or only seems to.
const HOSTS: [&str; 8] = [
    "example.org\nhttps://example.org/a?b#c",
    "*.example.org:8443\nhttps://a.b.example.org:8443/",
    "127.0.0.1:8080\nhttp://0x7f.1:8080/",
    "[::1]:8080\nhttp://[::ffff:127.0.0.1]:8080/",
    "localhost:1\nhttp://LOCALHOST.:1/",
    "b\u{fc}cher.example\nhttps://xn--bcher-kva.example/",
    "169.254.169.254:80\nhttp://2852039166/",
    "10.0.0.1:443\nhttps://user:word@10.1/",
];

/// Runs the subcommand: `cargo xtask fuzz [TARGET] [SECONDS]`.
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    let (numbers, names): (Vec<&String>, Vec<&String>) = arguments.iter().partition(|a| a.parse::<u64>().is_ok());
    let time = match numbers[..] {
        [] => MINUTE,
        [seconds] => Duration::from_secs(seconds.parse()?),
        _ => bail!("`cargo xtask fuzz` takes one number of seconds; write `cargo xtask fuzz manifests 600`"),
    };
    let built = crate::build::build(crate::build::Options { dev: false, fixtures: true })?;
    let known = targets()?;
    if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
        bail!("there is no fuzz target `{unknown}`; there are {}", known.join(", "));
    }
    let chosen = known.iter().filter(|name| names.is_empty() || names.contains(name));
    chosen.map(String::as_str).try_for_each(|target| run(target, time, &built))
}

/// Runs every target that is built soon, for so long. What the others look at, the host's own tests look at too.
pub(crate) fn readers(time: Duration, built: &Built) -> Result<()> {
    let targets = targets()?;
    targets
        .iter()
        .filter(|target| !WITH_HOST.contains(&target.as_str()))
        .try_for_each(|target| run(target, time, built))
}

/// The targets, each a file.
fn targets() -> Result<Vec<String>> {
    let folder = folder().join("targets");
    let mut names: Vec<String> =
        workspace::files(&folder).iter().filter_map(|file| file.file_stem()?.to_str().map(str::to_owned)).collect();
    names.sort();
    if names.is_empty() {
        bail!("`{}` holds no fuzz targets", folder.display());
    }
    Ok(names)
}

fn folder() -> PathBuf {
    workspace::root().join("host/fuzz")
}

/// Runs a target. What it found before, and the samples it begins with, lie beside the build's output.
fn run(target: &str, time: Duration, built: &Built) -> Result<()> {
    let tool = tool()?;
    let corpus = workspace::target().join("fuzz-corpus").join(target);
    std::fs::create_dir_all(&corpus).with_context(|| format!("cannot make `{}`", corpus.display()))?;
    sow(target, &corpus, built)?;
    let mut fuzz = workspace::cargo();
    let path = std::env::join_paths(
        std::iter::once(tool).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    )?;
    fuzz.env("PATH", path).env("CARGO_TARGET_DIR", workspace::target().join("fuzz")).current_dir(folder());
    // Without a sanitizer, whose runtime only nightly toolchains have: safe Rust shows its faults as panics, and libFuzzer sees hangs.
    fuzz.args(["fuzz", "run", "--fuzz-dir", ".", "--sanitizer", "none"]);
    if WITH_HOST.contains(&target) {
        fuzz.args(["--features", "host"]);
    }
    fuzz.arg(target).arg(&corpus).args([
        "--",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
        "-verbosity=0",
    ]);
    fuzz.arg(format!("-max_total_time={}", time.as_secs()));
    fuzz.arg(format!("-artifact_prefix={}/", workspace::target().join("fuzz-found").display()));
    std::fs::create_dir_all(workspace::target().join("fuzz-found"))?;
    workspace::run(&mut fuzz)
        .with_context(|| format!("the fuzz target `{target}` found something; the input is named above"))
}

/// Gives a target samples to begin with.
fn sow(target: &str, corpus: &Path, built: &Built) -> Result<()> {
    let samples: Vec<PathBuf> = match target {
        "components" | "admission" => {
            [&built.registry, &built.fixtures].into_iter().flat_map(|folder| workspace::files(folder)).collect()
        }
        "manifests" => workspace::files(&workspace::root().join("agents")),
        _ => Vec::new(),
    };
    if target == "hosts" {
        for (number, text) in HOSTS.iter().enumerate() {
            std::fs::write(corpus.join(format!("sample-{number}")), text)
                .with_context(|| format!("cannot write into `{}`", corpus.display()))?;
        }
    }
    // What is compiled has to be small: it is done thousands of times.
    let most = if target == ADMISSION { 32 << 10 } else { 256 << 10 };
    let wanted = |file: &&PathBuf| {
        let small = file.metadata().is_ok_and(|data| data.len() < most);
        small && file.extension().is_some_and(|extension| extension == "wasm" || extension == "toml")
    };
    for (number, file) in samples.iter().filter(wanted).enumerate() {
        std::fs::copy(file, corpus.join(format!("sample-{number}")))
            .with_context(|| format!("cannot copy `{}`", file.display()))?;
    }
    Ok(())
}

/// The folder of `cargo-fuzz`, installed beside the build's output when it is not there.
fn tool() -> Result<PathBuf> {
    let root = workspace::target().join("tools").join(format!("cargo-fuzz-{CARGO_FUZZ}"));
    let folder = root.join("bin");
    let program = folder.join(if cfg!(windows) { "cargo-fuzz.exe" } else { "cargo-fuzz" });
    if !program.is_file() {
        workspace::step("install cargo-fuzz", || {
            let mut install = workspace::cargo();
            install
                .args(["install", "cargo-fuzz", "--version", CARGO_FUZZ, "--locked", "--quiet", "--root"])
                .arg(&root);
            workspace::run(install.env_remove("CARGO_TARGET_DIR"))
        })?;
    }
    Ok(folder)
}
