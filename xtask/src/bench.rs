//! `cargo xtask bench`: builds the components, then runs a benchmark of the host with them.

use crate::build::{self, Options};
use crate::workspace;
use anyhow::{Result, bail};
use std::path::Path;

/// Runs the subcommand.
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    let (name, rest) = arguments.split_first().map_or(("spine", arguments), |(name, rest)| (name.as_str(), rest));
    let known = benchmarks();
    let Some(found) = known.iter().find(|bench| bench.name == name) else {
        let names: Vec<String> = known.iter().map(|bench| format!("`{}`", bench.name)).collect();
        let names = if names.is_empty() { "none yet".to_owned() } else { names.join(", ") };
        bail!(
            "there is no benchmark `{name}`; there is {names}\nhint: write `host/CRATE/benches/{name}.rs` or `host/CRATE/examples/{name}_bench.rs`"
        );
    };
    let built = build::build(Options { dev: false, fixtures: true })?;
    let mut cargo = workspace::cargo();
    cargo.env("LOKET_REGISTRY", &built.registry).env("LOKET_FIXTURES", &built.fixtures);
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
}

/// All benchmarks, found where cargo looks for them.
fn benchmarks() -> Vec<Benchmark> {
    let mut found = Vec::new();
    for folder in workspace::folders(&workspace::root().join("host")) {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        let manifest: toml::Table = manifest.parse().unwrap_or_default();
        let Some(package) = manifest.get("package").and_then(|package| package.get("name")?.as_str()) else { continue };
        for (place, end, example) in [("benches", "", false), ("examples", "_bench", true)] {
            for file in workspace::files(&folder.join(place)) {
                let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
                let direct = file.parent() == Some(Path::new(&folder.join(place)));
                if let (true, Some(name)) =
                    (direct && file.extension().is_some_and(|rs| rs == "rs"), name.strip_suffix(end))
                {
                    found.push(Benchmark { name: name.to_owned(), package: package.to_owned(), example });
                }
            }
        }
    }
    found
}
