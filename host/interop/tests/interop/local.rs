//! A folder of packages, read and written by both sides: `Registry` of ours, and the `local` backend of `wasm-pkg-client`.

use crate::{component, wit};
use futures_util::TryStreamExt as _;
use loket_registry::{Digest, Existing, PackageName, PackageRef, Registry, SecretKey, Signature};
use semver::Version;
use std::path::Path;
use tempfile::TempDir;
use wasm_pkg_client::{Client, Config, PublishOpts};

/// Versions that are easily got wrong in the name of a file, from the oldest to the newest.
const VERSIONS: [&str; 5] = ["0.9.0", "1.2.0-rc.1", "1.2.0", "1.2.0+build.7", "1.10.0"];

/// A folder, and both views of it.
struct Shared {
    folder: TempDir,
    ours: Registry,
    theirs: Client,
}

impl Shared {
    fn new() -> Shared {
        let folder = tempfile::tempdir().expect("a folder");
        let ours = Registry::open(vec![folder.path().to_owned()]).expect("open");
        let config = format!(
            "default_registry = \"folder.test\"\n\
             [registry.\"folder.test\"]\ntype = \"local\"\n\
             [registry.\"folder.test\".local]\nroot = {:?}\n",
            folder.path().to_str().expect("a plain path")
        );
        let theirs = Client::new(Config::from_toml(&config).expect("a configuration"));
        Shared { folder, ours, theirs }
    }

    /// The versions of a package as `wasm-pkg-client` sees them, sorted.
    async fn their_versions(&self, name: &str) -> Vec<String> {
        let listed = self.theirs.list_all_versions(&name.parse().expect("a name")).await.expect("listed");
        let mut versions: Vec<Version> = listed.into_iter().map(|info| info.version).collect();
        versions.sort();
        versions.iter().map(Version::to_string).collect()
    }

    /// The digest and the bytes that `wasm-pkg-client` gives; it checks one against the other.
    async fn their_bytes(&self, package: &PackageRef) -> (String, Vec<u8>) {
        let name = package.name.to_string().parse().expect("a name");
        let release = self.theirs.get_release(&name, &package.version).await.expect("it is there");
        let stream = self.theirs.stream_content(&name, &release).await.expect("it is read");
        let pieces: Vec<_> = stream.try_collect().await.expect("it is what was digested");
        (release.content_digest.to_string(), pieces.concat())
    }

    /// Publishes as `wkg publish` does.
    async fn publish(&self, bytes: &[u8]) -> PackageRef {
        let file = self.folder.path().join(".to-publish");
        std::fs::write(&file, bytes).expect("written");
        let (name, version) =
            self.theirs.publish_release_file(&file, PublishOpts::default()).await.expect("it is published");
        format!("{name}@{version}").parse().expect("a reference")
    }
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("it is there").flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_loket_publishes_wasm_pkg_tools_list_and_read() {
    let shared = Shared::new();
    let name: PackageName = "acme:calc".parse().expect("a name");
    let (secret, _) = SecretKey::make(None).expect("made");
    let secret = SecretKey::open(&secret, None).expect("read");
    let bytes = component();
    // No two versions are of the same bytes: one cannot be taken for another.
    let bytes_of = |number: usize| [&bytes[..], &[0, 2, 1, u8::try_from(number).expect("few")]].concat();
    for (number, version) in VERSIONS.iter().enumerate() {
        let reference = name.at(version.parse().expect("a version"));
        let (bytes, existing) = (bytes_of(number), Existing::Keep);
        let signature = Signature::make(&secret, &reference, &bytes).expect("signed");
        let digest = match number % 2 {
            0 => shared.ours.publish_signed(&bytes, &reference, &signature),
            _ => shared.ours.publish(&bytes, &reference, existing),
        };
        digest.expect("published");
    }
    shared.ours.yank(&name.at(VERSIONS[0].parse().expect("a version"))).expect("yanked");
    let beside = names(&shared.folder.path().join("acme/calc"));
    for file in ["0.9.0.wasm.minisig", "0.9.0.wasm.yanked", "1.2.0.wasm.minisig"] {
        assert!(beside.iter().any(|name| name == file), "{beside:?}");
    }
    // What lies beside a package is no version of it. They know of no yanking in a folder, so they list that version too.
    assert_eq!(shared.their_versions("acme:calc").await, VERSIONS);
    for (number, version) in VERSIONS.iter().enumerate() {
        let reference = name.at(version.parse().expect("a version"));
        let (digest, read) = shared.their_bytes(&reference).await;
        assert!(read == bytes_of(number), "{reference}: {} bytes", read.len());
        assert_eq!(digest, Digest::of(&read).to_string(), "{reference}");
        assert_eq!(digest, shared.ours.read(&reference).expect("read").digest().to_string(), "{reference}");
    }
}

// `wasm-pkg-client` 0.16.1 publishes what carries its own name and version, which is packages of WIT: for others it refuses the name that it
// is given, too (mended after that version, in its pull request 250).
#[tokio::test]
async fn what_wasm_pkg_tools_publish_loket_finds_and_reads() {
    let shared = Shared::new();
    for (number, version) in VERSIONS.iter().enumerate() {
        // They refuse a version that takes away what one before it had.
        let bytes = wit(&format!("acme:things@{version}"), number + 1);
        let reference = shared.publish(&bytes).await;
        assert_eq!(reference.to_string(), format!("acme:things@{version}"));
        let package = shared.ours.read(&reference).expect("it is read");
        assert!(**package.bytes() == bytes && package.digest() == Digest::of(&bytes), "{package:?}");
    }
    let scan = shared.ours.scan();
    assert!(scan.notes.is_empty() && !scan.incomplete, "{:?}", scan.notes);
    let found: Vec<String> = scan.found.iter().map(|found| found.reference.version.to_string()).collect();
    assert_eq!(found, VERSIONS);
    let name: PackageName = "acme:things".parse().expect("a name");
    let newest = |wanted: &str| shared.ours.newest(&name, &wanted.parse().expect("a requirement"));
    assert_eq!(newest("*"), Some(name.at(Version::new(1, 10, 0))));
    assert_eq!(newest("~1.2").map(|found| found.version.to_string()).as_deref(), Some("1.2.0+build.7"));
}

#[tokio::test]
async fn both_sides_keep_to_a_version_that_the_other_published() {
    let shared = Shared::new();
    let (first, other) = (wit("acme:things@1.0.0", 1), wit("acme:things@1.0.0", 2));
    let reference = shared.publish(&first).await;
    shared.ours.publish(&other, &reference, Existing::Keep).expect_err("it is there, with other bytes");
    assert_eq!(shared.ours.publish(&first, &reference, Existing::Keep).expect("the same"), Digest::of(&first));
    let newer: PackageRef = "acme:things@1.1.0".parse().expect("a reference");
    shared.ours.publish(&wit("acme:things@1.1.0", 2), &newer, Existing::Keep).expect("published");
    let file = shared.folder.path().join(".again");
    std::fs::write(&file, wit("acme:things@1.1.0", 3)).expect("written");
    let refused = shared.theirs.publish_release_file(&file, PublishOpts::default()).await.expect_err("it is there");
    assert!(refused.to_string().contains("already exists"), "{refused}");
}
