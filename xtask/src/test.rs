//! `cargo xtask test`: all that must hold before a change is taken. What is missing fails; only the lints of components
//! are left out with Debian's own toolchain, which has none.

use crate::build::{self, Options};
use crate::guest::{self, Guest, Source, Target};
use crate::{dist, fuzz, interop, peers, toolchain, wit, workspace};
use anyhow::{Result, bail};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long each fuzz target runs here.
const FUZZING: Duration = Duration::from_secs(5);

/// Runs the subcommand.
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    if let Some(argument) = arguments.first() {
        bail!(
            "`cargo xtask test` runs everything and takes no `{argument}`; for one test use `cargo test -p CRATE NAME`"
        );
    }
    let mut report = Report::default();
    report.step("format", || workspace::run(workspace::cargo().args(["fmt", "--all", "--check"])));
    report.step("contract", || wit::check(false));
    report.step("lints", || {
        workspace::run(workspace::cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
    });
    report.step("lints of components", lint_components);
    let mut built = None;
    report.step("components", || {
        built = Some(build::build(Options { dev: false, fixtures: true })?);
        Ok(())
    });
    report.step("fixtures are tested", every_fixture_is_tested);
    let tests = |servers: Option<&Path>| {
        let Some(built) = &built else {
            bail!("the components could not be built, so nothing could be tested with them")
        };
        let mut cargo = workspace::cargo();
        cargo.env("LOKET_REGISTRY", &built.registry).env("LOKET_FIXTURES", &built.fixtures);
        // Tests that need a server fail where there is none, and say so.
        cargo.env("LOKET_PEERS", servers.unwrap_or(Path::new("")));
        cargo.args(["test", "--workspace", "--no-fail-fast"]);
        Ok(cargo)
    };
    // Peers are fetched, which leaves the processor to the compiler.
    let servers = std::thread::scope(|scope| {
        let fetched = scope.spawn(|| {
            let mut servers = None;
            let step = measured("peers", || {
                servers = Some(peers::install()?);
                Ok(())
            });
            (step, servers)
        });
        report.step("tests are built", || workspace::run(tests(None)?.args(["--no-run", "--quiet"])));
        let (step, servers) = fetched.join().unwrap_or((("peers", Duration::ZERO, false), None));
        report.steps.push(step);
        servers
    });
    // Tests wait for much, and what waits for nothing fits in between.
    std::thread::scope(|scope| {
        let compiled = scope.spawn(|| measured("other systems", dist::check_portability));
        report.step("tests", || workspace::run(&mut tests(servers.as_deref())?));
        report.steps.push(compiled.join().unwrap_or(("other systems", Duration::ZERO, false)));
    });
    report.step("distribution", || {
        let Some(built) = &built else { bail!("without components there is nothing to put into it") };
        dist::check(built)
    });
    report.step("others' libraries", || {
        let Some(built) = &built else { bail!("without components there is nothing to compare") };
        interop::test(built, servers.as_deref().unwrap_or(Path::new("")))
    });
    report.step("fuzzing", || {
        let Some(built) = &built else { bail!("without components there is nothing to begin with") };
        fuzz::readers(FUZZING, built)
    });
    report.step("documentation", || {
        let mut cargo = workspace::cargo();
        let arguments = ["doc", "--workspace", "--no-deps", "--quiet"];
        workspace::run(cargo.env("RUSTDOCFLAGS", "-D warnings").args(arguments))
    });
    report.close()
}

/// What a step is called, how long it took, and whether all was well.
type Step = (&'static str, Duration, bool);

/// What each step came to.
#[derive(Default)]
struct Report {
    steps: Vec<Step>,
}

fn measured(name: &'static str, work: impl FnOnce() -> Result<()>) -> Step {
    eprintln!("==> {name}");
    let begun = Instant::now();
    let result = work();
    if let Err(error) = &result {
        eprintln!("error: {name}: {error:#}");
    }
    (name, begun.elapsed(), result.is_ok())
}

impl Report {
    fn step(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) {
        self.steps.push(measured(name, work));
    }

    fn close(self) -> Result<()> {
        eprintln!();
        for (name, time, passed) in &self.steps {
            eprintln!("{} {name:24} {:>9}", if *passed { "ok    " } else { "FAILED" }, workspace::seconds(*time));
        }
        let failed: Vec<&str> = self.steps.iter().filter(|step| !step.2).map(|step| step.0).collect();
        if !failed.is_empty() {
            bail!(
                "{} of {} steps failed: {}; their own words are above",
                failed.len(),
                self.steps.len(),
                failed.join(", ")
            );
        }
        Ok(())
    }
}

/// Lints Rust components as what they are: some of their code exists for WebAssembly only.
fn lint_components() -> Result<()> {
    let guests = guest::discover()?;
    for target in [Target::Unknown, Target::Wasip2] {
        let crates = guests.iter().filter_map(|guest| match &guest.source {
            Source::Rust { name, target: of } if *of == target => Some(["--package", name]),
            _ => None,
        });
        let toolchain = toolchain::rust(&[target])?;
        if toolchain.is_debian() {
            eprintln!("    Debian's toolchain has no clippy; what exists natively was linted in the step before");
            return Ok(());
        }
        let mut cargo = workspace::cargo();
        // The profile of the build, so that what the macros need is compiled once for both.
        cargo.args(["clippy", "--lib", "--profile", "guest", "--target", target.triple()]).args(crates.flatten());
        workspace::run(toolchain.apply(&mut cargo).args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}

/// A component for tests that no test names is dead weight, or a test that somebody forgot.
fn every_fixture_is_tested() -> Result<()> {
    let host = workspace::root().join("host");
    let fixtures = host.join("loket/fixtures");
    let sources = workspace::files(&host).into_iter().filter(|file| !file.starts_with(&fixtures));
    let rust = sources.filter(|file| file.extension().is_some_and(|extension| extension == "rs"));
    let text = rust.filter_map(|file| std::fs::read_to_string(file).ok()).collect::<String>();
    let untested = |guest: &Guest| guest.fixture && !text.contains(&guest.package);
    let untested: Vec<String> =
        guest::discover()?.into_iter().filter(untested).map(|guest| format!("`{}`", guest.package)).collect();
    if !untested.is_empty() {
        bail!(
            "no test in `host/` names {}: write one, or remove the component from `host/loket/fixtures`",
            untested.join(", ")
        );
    }
    Ok(())
}
