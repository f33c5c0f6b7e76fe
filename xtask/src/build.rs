//! `cargo xtask build`: every component of the checkout, published into `registry/`.

use crate::guest::{self, Guest, Source, Target};
use crate::{c, componentize, foreign, script, stamp, toolchain, workspace};
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What to build, and how.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Options {
    /// Quick to compile instead of small and fast.
    pub(crate) dev: bool,
    /// Also the components that serve tests only.
    pub(crate) fixtures: bool,
}

/// Where the components went.
pub(crate) struct Built {
    /// The folder with the bundled packages.
    pub(crate) registry: PathBuf,
    /// The folder with those for tests; `fixtures-script` beside it has those in JavaScript and Python.
    pub(crate) fixtures: PathBuf,
}

/// Runs the subcommand.
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    let mut options = Options::default();
    for argument in arguments {
        match argument.as_str() {
            "--dev" => options.dev = true,
            "--fixtures" => options.fixtures = true,
            other => bail!("`cargo xtask build` takes `--dev` and `--fixtures`, not `{other}`"),
        }
    }
    build(options).map(drop)
}

/// Builds what changed, and publishes what came out differently.
pub(crate) fn build(options: Options) -> Result<Built> {
    let begun = Instant::now();
    let profile = if options.dev { "dev" } else { "guest" };
    let (registry, fixtures) = (workspace::root().join("registry"), workspace::target().join("fixtures"));
    let mut guests = guest::discover()?;
    guests.retain(|guest| options.fixtures || !guest.fixture);
    // Those are large: only the homes that need them read them.
    let scripts = fixtures.with_file_name("fixtures-script");
    let place = |guest: &Guest| {
        guest.published(match (guest.fixture, &guest.source) {
            (true, Source::Js { .. } | Source::Python { .. }) => &scripts,
            (true, _) => &fixtures,
            (false, _) => &registry,
        })
    };

    let stale: Vec<&Guest> = guests.iter().filter(|guest| !stamp::is_fresh(guest, profile, &place(guest))).collect();
    let mut folder = None;
    if stale.iter().any(|guest| matches!(guest.source, Source::Rust { .. })) {
        folder = Some(compile(&guests, &stale, profile)?);
    }
    let (mut c_toolchain, mut rust_toolchain) = (None, None);
    let mut changed = 0;
    for guest in stale {
        let module = folder.as_deref().and_then(|folder| guest.module(folder, profile));
        let component = match (&guest.source, &module) {
            (Source::Rust { .. }, Some(module)) => {
                let module = std::fs::read(module).with_context(|| format!("cargo left no `{}`", module.display()))?;
                componentize::component(guest, &module)
            }
            (Source::C { world }, _) => workspace::step(&format!("compile {}", guest.package), || {
                if c_toolchain.is_none() {
                    c_toolchain = Some(toolchain::c()?);
                }
                let toolchain = c_toolchain.as_ref().context("no C toolchain")?;
                componentize::component(guest, &c::compile(toolchain, guest, world)?)
            }),
            (Source::Js { world, features }, _) => workspace::step(&format!("compile {}", guest.package), || {
                componentize::component(guest, &script::js(guest, world, features)?)
            }),
            (Source::Python { world }, _) => workspace::step(&format!("compile {}", guest.package), || {
                componentize::component(guest, &script::python(guest, world)?)
            }),
            (Source::Crate { name, program }, _) => workspace::step(&format!("compile {}", guest.package), || {
                if rust_toolchain.is_none() {
                    rust_toolchain = Some(toolchain::rust(&[Target::Wasip2])?);
                }
                let toolchain = rust_toolchain.as_ref().context("no Rust toolchain")?;
                foreign::compile(toolchain, guest, name, program)
            }),
            _ => assemble(guest),
        };
        let component =
            component.with_context(|| format!("`{}` in `{}` cannot be built", guest.package, guest.dir.display()))?;
        let path = place(guest);
        if workspace::publish(&path, &component)? {
            changed += 1;
            eprintln!("    published {}@{} ({} KiB)", guest.package, guest.version, component.len().div_ceil(1024));
        }
        stamp::record(guest, profile, &path, module.as_deref())?;
    }
    let what = if changed == 0 { "nothing changed".to_owned() } else { format!("{changed} changed") };
    eprintln!("==> {} components, {what}, in {}", guests.len(), workspace::seconds(begun.elapsed()));
    Ok(Built { registry, fixtures })
}

/// Compiles the Rust guests, one cargo run a target. All that belong together are named each time, not only the stale
/// ones: cargo unifies features over what it is given, and a different choice would build the dependencies anew.
fn compile(guests: &[Guest], stale: &[&Guest], profile: &str) -> Result<PathBuf> {
    let names = |guests: &mut dyn Iterator<Item = &Guest>, wanted: Target| {
        let rust = guests.filter_map(|guest| match &guest.source {
            Source::Rust { name, target } if *target == wanted => Some(name.clone()),
            _ => None,
        });
        rust.collect::<Vec<_>>()
    };
    let both = [Target::Unknown, Target::Wasip2];
    let targets: Vec<Target> =
        both.into_iter().filter(|target| !names(&mut stale.iter().copied(), *target).is_empty()).collect();
    let toolchain = workspace::step("find the guest toolchain", || toolchain::rust(&targets))?;
    for target in targets {
        let crates = names(&mut guests.iter(), target);
        workspace::step(&format!("compile {} Rust components for {}", crates.len(), target.triple()), || {
            let mut cargo = workspace::cargo();
            cargo.args(["build", "--lib", "--profile", profile, "--target", target.triple()]);
            cargo.args(crates.iter().flat_map(|name| ["--package", name]));
            workspace::run(toolchain.apply(&mut cargo))
        })?;
    }
    Ok(toolchain.folder)
}

/// Assembles a component that is written as text.
fn assemble(guest: &Guest) -> Result<Vec<u8>> {
    let path: &Path = &guest.dir.join("component.wat");
    let bytes = wat::parse_file(path).map_err(|error| anyhow::anyhow!("{error}"))?;
    componentize::component(guest, &bytes)
}
