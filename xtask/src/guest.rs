//! Which components the checkout has, and what each is written in.
//!
//! A guest is a folder in `components/<kind>/`, `agents/` or, for tests, `host/loket/fixtures/<language>/`:
//!
//! * **Rust**: its `Cargo.toml` has `[package.metadata.component] package = "namespace:name"` (cargo-component reads
//!   the same). `[package.metadata.loket] target = "wasm32-wasip2"` is for those that need std's own files or sockets.
//! * **C** and **WAT**: its `component.toml` has `package`, `version`, `language = "c"` or `"wat"`, and for C the `world`
//!   in its `wit/`. A C guest's sources are its `*.c` files; a WAT guest is its `component.wat`.
//! * **JavaScript** and **Python**: the same with `language = "js"` or `"python"` and a `world`; the source is its `main.js` or `app.py`. A
//!   JavaScript guest may have `features`: `random`, `clocks`.
//! * **Foreign**: what others published as a crate, built as it is. Its `component.toml` has `package`, `version`,
//!   `language = "crate"`, the `crate`, and its `binary` or its `example`.

use crate::workspace;
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};

/// A component in source.
#[derive(Debug, Clone)]
pub(crate) struct Guest {
    /// Its folder.
    pub(crate) dir: PathBuf,
    /// The package that it is published as: `namespace:name`.
    pub(crate) package: String,
    /// Its version.
    pub(crate) version: String,
    /// What it is written in.
    pub(crate) source: Source,
    /// Whether it serves tests only.
    pub(crate) fixture: bool,
}

/// What a guest is written in.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// A crate.
    Rust {
        /// The crate's name.
        name: String,
        /// What it is compiled to.
        target: Target,
    },
    /// C sources against a world.
    C {
        /// The world in the guest's `wit/`.
        world: String,
    },
    /// A module in JavaScript against a world.
    Js {
        /// The world in the guest's `wit/`.
        world: String,
        /// What of WASI is linked besides.
        features: Vec<String>,
    },
    /// A module in Python against a world.
    Python {
        /// The world in the guest's `wit/`.
        world: String,
    },
    /// A component in text form.
    Wat,
    /// A program from a crate of the registry, in the guest's version.
    Crate {
        /// The crate.
        name: String,
        /// Which of its programs.
        program: Program,
    },
}

/// A program in a crate.
#[derive(Debug, Clone)]
pub(crate) enum Program {
    /// One that it installs.
    Binary(String),
    /// One of its examples.
    Example(String),
}

/// The two targets for Rust guests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// No WASI at all: the imports say exactly what the component can ask for.
    Unknown,
    /// With the WASI that std imports.
    Wasip2,
}

impl Target {
    /// Rust's name for it.
    pub(crate) fn triple(self) -> &'static str {
        match self {
            Target::Unknown => "wasm32-unknown-unknown",
            Target::Wasip2 => "wasm32-wasip2",
        }
    }
}

impl Guest {
    /// Where the guest's package belongs in a registry folder.
    pub(crate) fn published(&self, registry: &Path) -> PathBuf {
        registry.join(self.package.replace(':', "/")).join(format!("{}.wasm", self.version))
    }

    /// Where cargo leaves a Rust guest's module, under cargo's target folder for guests.
    pub(crate) fn module(&self, folder: &Path, profile: &str) -> Option<PathBuf> {
        let Source::Rust { name, target } = &self.source else { return None };
        // Cargo keeps the `dev` profile in `debug`.
        let profile = if profile == "dev" { "debug" } else { profile };
        let file = format!("{}.wasm", name.replace('-', "_"));
        Some(folder.join(target.triple()).join(profile).join(file))
    }
}

/// All guests of the checkout, those for tests last.
pub(crate) fn discover() -> Result<Vec<Guest>> {
    let root = workspace::root();
    let kinds = workspace::folders(&root.join("components"));
    let bundled = kinds
        .iter()
        .map(PathBuf::as_path)
        .chain([root.join("agents").as_path()])
        .flat_map(workspace::folders)
        .collect::<Vec<_>>();
    let languages = workspace::folders(&root.join("host/loket/fixtures"));
    let fixtures = languages.iter().map(PathBuf::as_path).flat_map(workspace::folders).collect();
    let mut guests = Vec::new();
    for (folders, fixture) in [(bundled, false), (fixtures, true)] {
        for dir in folders {
            let read = read(&dir, fixture);
            guests.extend(read.with_context(|| format!("the component in `{}` cannot be built", dir.display()))?);
        }
    }
    for (at, guest) in guests.iter().enumerate() {
        if let Some(other) = guests[..at].iter().find(|other| other.package == guest.package) {
            bail!(
                "`{}` and `{}` are both the package `{}`: rename one",
                other.dir.display(),
                guest.dir.display(),
                guest.package
            );
        }
    }
    Ok(guests)
}

fn read(dir: &Path, fixture: bool) -> Result<Option<Guest>> {
    let guest = |package: String, version, source| {
        if package.split(':').filter(|part| !part.is_empty()).count() != 2 {
            bail!("`{package}` is no package name: write `namespace:name`");
        }
        Ok(Some(Guest { dir: dir.to_path_buf(), package, version, source, fixture }))
    };
    if let Some(manifest) = table(&dir.join("Cargo.toml"))? {
        let Some(package) = text(&manifest, &["package", "metadata", "component", "package"]) else { return Ok(None) };
        let name = text(&manifest, &["package", "name"]).context("its `Cargo.toml` has no `package.name`")?;
        let target = match text(&manifest, &["package", "metadata", "loket", "target"]).as_deref() {
            None | Some("wasm32-unknown-unknown") => Target::Unknown,
            Some("wasm32-wasip2") => Target::Wasip2,
            Some(other) => {
                bail!("the target `{other}` is not known: it is `wasm32-unknown-unknown` or `wasm32-wasip2`")
            }
        };
        let version = match text(&manifest, &["package", "version"]) {
            Some(version) => version,
            None => workspace_version()?,
        };
        return guest(package, version, Source::Rust { name, target });
    }
    let Some(manifest) = table(&dir.join("component.toml"))? else { return Ok(None) };
    let field = |name| text(&manifest, &[name]).with_context(|| format!("its `component.toml` has no `{name}`"));
    let source = match field("language")?.as_str() {
        "c" => Source::C { world: field("world")? },
        "js" => {
            let features = manifest.get("features").and_then(toml::Value::as_array).into_iter().flatten();
            let features = features.filter_map(|feature| Some(feature.as_str()?.to_owned())).collect();
            Source::Js { world: field("world")?, features }
        }
        "python" => Source::Python { world: field("world")? },
        "wat" => Source::Wat,
        "crate" => {
            let program = match text(&manifest, &["binary"]) {
                Some(binary) => Program::Binary(binary),
                None => Program::Example(field("example").context("it needs a `binary` or an `example`")?),
            };
            Source::Crate { name: field("crate")?, program }
        }
        other => bail!(
            "the language `{other}` is not known: it is `c`, `js`, `python`, `wat` or `crate`; a Rust component has a `Cargo.toml` instead"
        ),
    };
    guest(field("package")?, field("version")?, source)
}

fn workspace_version() -> Result<String> {
    let manifest = table(&workspace::root().join("Cargo.toml"))?.unwrap_or_default();
    text(&manifest, &["workspace", "package", "version"])
        .context("the workspace's `Cargo.toml` has no `workspace.package.version`")
}

fn table(path: &Path) -> Result<Option<toml::Table>> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        text => text.with_context(|| format!("cannot read `{}`", path.display()))?,
    };
    Ok(Some(text.parse().with_context(|| format!("`{}` is not TOML", path.display()))?))
}

fn text(table: &toml::Table, path: &[&str]) -> Option<String> {
    let (last, folders) = path.split_last()?;
    let table = folders.iter().try_fold(table, |table, name| table.get(*name)?.as_table())?;
    Some(table.get(*last)?.as_str()?.to_owned())
}
