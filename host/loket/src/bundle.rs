//! The packages and agents that are in the program itself: a program that was made to be handed on needs no checkout beside it.
//!
//! They are laid out in the home when it is opened. A package version is laid out once: what the owner removes stays removed, and what
//! the owner has under the same name and version stays as it is. Agents are laid out when the home is made, and are the owner's from then on.

use crate::home::{Home, write_whole};
use flate2::read::GzDecoder;
use loket_registry::publish::{Existing, PublishError};
use loket_registry::{MAX_PACKAGE_BYTES, PackageRef, Registry};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::{self, Read as _};
use std::path::Path;

/// A file of the bundle: its path, with `/` between the parts, and its bytes, packed by gzip: they are a third then.
type File = (&'static str, &'static [u8]);

/// What is in this program; nothing when it was built in a checkout.
pub(crate) static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/bundle.rs"));

/// What was laid out in a home, in its `state/`.
const LAID_OUT: &str = "bundle.json";

/// What was laid out in a home before.
#[derive(Default, Serialize, Deserialize)]
struct LaidOut {
    /// Packages with their versions.
    packages: BTreeSet<String>,
}

/// Why a bundle cannot be laid out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BundleError {
    #[error("the bundled package `{path}` cannot be put into the registry: {source}")]
    Package { path: &'static str, source: Box<PublishError> },
    #[error("`{path}` cannot be written: {source}")]
    Io { path: String, source: io::Error },
    #[error("`{0}` is no place in a home")]
    Misplaced(&'static str),
}

/// The bytes of a file of the bundle.
fn unpacked(packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    GzDecoder::new(packed).take(MAX_PACKAGE_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Lays out what is not there yet; the agents only in a home that is `new`. Blocks.
pub(crate) fn lay_out(files: &[File], home: &Home, registry: &Registry, new: bool) -> Result<(), BundleError> {
    if files.is_empty() {
        return Ok(());
    }
    let list = home.state(LAID_OUT);
    // A list that cannot be read is as none: what is in the registry already is left as it is in any case.
    let mut done: LaidOut =
        std::fs::read(&list).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
    let before = done.packages.len();
    for (path, bytes) in files {
        match path.split_once('/') {
            Some(("registry", rest)) => {
                let reference = reference(rest).ok_or(BundleError::Misplaced(path))?;
                if done.packages.insert(reference.to_string()) {
                    let bytes =
                        unpacked(bytes).map_err(|source| BundleError::Io { path: (*path).to_owned(), source })?;
                    package(&reference, &bytes, registry)
                        .map_err(|source| BundleError::Package { path, source: Box::new(source) })?;
                }
            }
            Some(("agents", rest)) if new => agent(&home.agents().join(rest), bytes)
                .map_err(|source| BundleError::Io { path: (*path).to_owned(), source })?,
            Some(("agents", _)) => {}
            _ => return Err(BundleError::Misplaced(path)),
        }
    }
    if done.packages.len() > before {
        let text = serde_json::to_vec_pretty(&done).map_err(io::Error::from);
        text.and_then(|text| write_whole(&list, &text))
            .map_err(|source| BundleError::Io { path: list.display().to_string(), source })?;
    }
    Ok(())
}

/// The bundled packages, each with its bytes.
pub(crate) fn packages() -> impl Iterator<Item = (PackageRef, Vec<u8>)> {
    let files = FILES.iter().filter_map(|(path, bytes)| Some((path.strip_prefix("registry/")?, *bytes)));
    files.filter_map(|(path, bytes)| Some((reference(path)?, unpacked(bytes).ok()?)))
}

/// `namespace/name/version.wasm` as a package's name.
fn reference(path: &str) -> Option<PackageRef> {
    let mut parts = path.split('/');
    let (namespace, name, version) = (parts.next()?, parts.next()?, parts.next()?.strip_suffix(".wasm")?);
    if parts.next().is_some() {
        return None;
    }
    format!("{namespace}:{name}@{version}").parse().ok()
}

fn package(reference: &PackageRef, bytes: &[u8], registry: &Registry) -> Result<(), PublishError> {
    match registry.publish(bytes, reference, Existing::Keep) {
        Ok(_) => Ok(()),
        Err(error @ PublishError::Taken { .. }) => {
            tracing::warn!(%error, "loket.bundle.kept");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

fn agent(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        crate::home::make_private(folder)?;
    }
    write_whole(path, &unpacked(bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write as _;

    const ONE: File = ("registry/acme/calc/1.0.0.wasm", b"one");
    const TWO: File = ("registry/acme/calc/1.1.0.wasm", b"two");
    const AGENT: File = ("agents/anna/agent.toml", b"package = \"acme:calc\"");

    /// As the build puts it into the program.
    fn packed((path, bytes): File) -> File {
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        packed.write_all(bytes).expect("a buffer");
        (path, packed.finish().expect("a buffer").leak())
    }

    struct Place {
        home: Home,
        registry: Registry,
        _folder: tempfile::TempDir,
    }

    fn place() -> Place {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let home = Home::open(folder.path()).expect("nobody has it");
        let registry = Registry::open(vec![folder.path().join("registry")]).expect("it was made");
        Place { home, registry, _folder: folder }
    }

    impl Place {
        fn file(&self, path: &str) -> Option<Vec<u8>> {
            std::fs::read(self.home.root().join(path)).ok()
        }
    }

    #[test]
    fn a_new_home_gets_packages_and_agents() {
        let place = place();
        lay_out(&[ONE, AGENT].map(packed), &place.home, &place.registry, true).expect("there is room");
        for (path, bytes) in [ONE, AGENT] {
            assert_eq!(place.file(path).as_deref(), Some(bytes), "{path}");
        }
    }

    #[test]
    fn what_the_owner_removed_or_changed_stays_so_and_a_newer_version_is_added() {
        let place = place();
        lay_out(&[ONE, AGENT].map(packed), &place.home, &place.registry, true).expect("there is room");
        for (path, _) in [ONE, AGENT] {
            std::fs::remove_file(place.home.root().join(path)).expect("it is there");
        }
        lay_out(&[ONE, TWO, AGENT].map(packed), &place.home, &place.registry, false).expect("there is room");
        assert_eq!(place.file(ONE.0), None);
        assert_eq!(place.file(AGENT.0), None);
        assert_eq!(place.file(TWO.0).as_deref(), Some(TWO.1));
    }

    #[test]
    fn what_the_owner_had_before_stays_as_it_is() {
        let place = place();
        for (path, _) in [ONE, AGENT] {
            let own = place.home.root().join(path);
            std::fs::create_dir_all(own.parent().expect("it has one")).expect("it can be made");
            std::fs::write(own, "mine").expect("it can be written");
        }
        lay_out(&[ONE, AGENT].map(packed), &place.home, &place.registry, true).expect("both are left alone");
        for (path, _) in [ONE, AGENT] {
            assert_eq!(place.file(path).as_deref(), Some(&b"mine"[..]), "{path}");
        }
    }

    #[test]
    fn a_bundle_reaches_nothing_but_registry_and_agents() {
        let place = place();
        for path in ["state/token", "registry/acme/calc.wasm", "registry/acme/../../state/1.0.0.wasm", "loket.toml"] {
            let file: File = (path, b"");
            let told = lay_out(&[packed(file)], &place.home, &place.registry, true);
            assert!(matches!(told, Err(BundleError::Misplaced(_))), "{path}");
        }
    }
}
