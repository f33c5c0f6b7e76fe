//! `cargo xtask bench`: runs a benchmark of the host, with what it needs: the built components, a Python to compare with, texts.

use crate::build::{self, Options};
use crate::{peers, workspace};
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};

/// Runs the subcommand.
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    let (name, rest) = arguments.split_first().map_or(("spine", arguments), |(name, rest)| (name.as_str(), rest));
    let known = benchmarks();
    let Some(found) = known.iter().find(|bench| bench.name == name) else {
        let names: Vec<String> = known.iter().map(|bench| format!("`{}`", bench.name)).collect();
        let names = if names.is_empty() { "none yet".to_owned() } else { names.join(", ") };
        bail!(
            "there is no benchmark `{name}`; there is {names}\nhint: write `host/CRATE/benches/{name}.rs` (or `{name}/main.rs`) or `host/CRATE/examples/{name}_bench.rs`"
        );
    };
    let mut cargo = workspace::cargo();
    if found.package == WITH_COMPONENTS {
        let built = build::build(Options { dev: false, fixtures: true })?;
        cargo.env("LOKET_REGISTRY", &built.registry).env("LOKET_FIXTURES", &built.fixtures);
    }
    if let Some(requirements) = &found.requirements {
        match workspace::step("find Python and its packages", || {
            peers::python(&workspace::target().join("bench-python").join(name), requirements, None)
        }) {
            Ok(python) => drop(cargo.env("LOKET_BENCH_PYTHON", python)),
            // The benchmark says which figures it cannot measure without.
            Err(error) => eprintln!("warning: {error:#}"),
        }
    }
    if let Some(texts) = &found.texts {
        let place = workspace::target().join("bench-texts").join(name);
        workspace::step("find the texts", || peers::environment(texts, &place)).with_context(|| {
            format!("the texts that `{name}` measures with, which `{}` lists, cannot be fetched", texts.display())
        })?;
        cargo.env("LOKET_BENCH_TEXT", place);
    }
    if found.example {
        cargo.args(["run", "--release", "--package", &found.package, "--example", &format!("{name}_bench"), "--"]);
    } else {
        cargo.args(["bench", "--package", &found.package, "--bench", name, "--"]);
    }
    workspace::run(cargo.args(rest))
}

/// A benchmark of a host crate.
struct Benchmark {
    name: String,
    package: String,
    /// An example that measures by itself, rather than a bench target.
    example: bool,
    /// The Python packages that it compares with.
    requirements: Option<PathBuf>,
    /// A folder that lists the packages whose texts it measures with.
    texts: Option<PathBuf>,
}

/// The one crate whose benchmarks run components.
const WITH_COMPONENTS: &str = "loket";

/// All benchmarks, found where cargo looks for them.
fn benchmarks() -> Vec<Benchmark> {
    let mut found = Vec::new();
    for folder in workspace::folders(&workspace::root().join("host")) {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        let manifest: toml::Table = manifest.parse().unwrap_or_default();
        let Some(package) = manifest.get("package").and_then(|package| package.get("name")?.as_str()) else { continue };
        for (place, end, example) in [("benches", "", false), ("examples", "_bench", true)] {
            let place = folder.join(place);
            for file in workspace::files(&place) {
                let Some((name, own)) = named(&place, &file) else { continue };
                if let Some(name) = name.strip_suffix(end) {
                    let (name, package) = (name.to_owned(), package.to_owned());
                    let requirements = own.map(|own| own.join("requirements.txt")).filter(|file| file.is_file());
                    let texts = own.map(|own| own.join("texts")).filter(|folder| folder.is_dir());
                    found.push(Benchmark { name, package, example, requirements, texts });
                }
            }
        }
    }
    found
}

/// The name of the target that a source file is the root of, and the folder where that has one of its own.
fn named<'f>(place: &Path, file: &'f Path) -> Option<(&'f str, Option<&'f Path>)> {
    let folder = file.parent()?;
    if folder == place && file.extension()? == "rs" {
        return Some((file.file_stem()?.to_str()?, None));
    }
    (folder.parent()? == place && file.file_name()? == "main.rs")
        .then(|| Some((folder.file_name()?.to_str()?, Some(folder))))?
}
