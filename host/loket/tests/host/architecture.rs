//! The invariants of `host/docs/architecture.md`, asserted over the dependency graph and the sources.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which crates of the workspace depend on a library directly, by `cargo metadata`.
fn users_of(library: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let packages = metadata["packages"].as_array().expect("there are packages");
    let uses = |package: &&serde_json::Value| {
        package["dependencies"]
            .as_array()
            .is_some_and(|all| all.iter().any(|d| d["name"] == library && d["kind"].is_null()))
    };
    packages.iter().filter(uses).map(|p| p["name"].as_str().expect("a name").to_owned()).collect()
}

#[track_caller]
fn only(library: &str, crates: &[&str]) {
    assert_eq!(users_of(library), crates.iter().map(|c| (*c).to_owned()).collect(), "who names `{library}`");
}

#[test]
fn only_the_kernel_and_what_it_links_natively_name_the_engine() {
    only("wasmtime", &["loket-kernel", "loket-wasi"]);
    only("wasmtime-wasi", &["loket-kernel", "loket-wasi"]);
}

#[test]
fn only_the_stores_name_the_database() {
    only("redb", &["loket-brain", "loket-ledger", "loket-testkit", "loket-wasi"]);
    only("tantivy", &["loket-brain"]);
}

#[test]
fn only_the_gateways_and_the_pages_name_the_web_server() {
    only("axum", &["loket-gateways", "loket-web"]);
    only("loket-web", &["loket"]);
}

#[test]
fn only_one_crate_speaks_to_registries_of_images() {
    only("oci-client", &["loket-oci"]);
    only("reqwest", &["loket-oci"]);
    only("loket-oci", &["loket"]);
    let naming = sources("host/loket/src")
        .into_iter()
        .filter(|source| std::fs::read_to_string(source).expect("it reads").contains("loket_oci"));
    let naming: Vec<PathBuf> = naming.map(|source| source.file_name().expect("a name").into()).collect();
    assert_eq!(naming, [PathBuf::from("oci.rs")]);
}

#[test]
fn only_one_file_of_the_program_makes_components() {
    only("loket-workshop", &["loket", "xtask"]);
    let naming = sources("host/loket/src")
        .into_iter()
        .filter(|source| std::fs::read_to_string(source).expect("it reads").contains("loket_workshop"));
    let naming: Vec<PathBuf> = naming.map(|source| source.file_name().expect("a name").into()).collect();
    assert_eq!(naming, [PathBuf::from("workshop.rs")]);
}

#[test]
fn the_gateways_and_the_pages_know_neither_the_kernel_nor_a_database() {
    for library in ["loket-kernel", "loket-brain", "loket-ledger", "loket-registry", "loket-providers"] {
        for way_in in ["loket-gateways", "loket-web"] {
            assert!(!users_of(library).contains(way_in), "{way_in} names {library}");
        }
    }
}

#[test]
fn the_guardians_rules_do_no_io() {
    for source in sources("host/guardian/src") {
        let text = std::fs::read_to_string(&source).expect("it reads");
        for word in ["std::fs", "TcpStream", "TcpListener", "UdpSocket", "std::process", "tokio"] {
            assert!(!text.contains(word), "`{}` names `{word}`", source.display());
        }
    }
}

#[test]
fn every_import_is_linked_through_the_counter() {
    // The only places where a function is put into a linker; those that are native ask at the counter before there is an instance.
    let allowed = [
        "host/kernel/src/bulk.rs",
        "host/kernel/src/link.rs",
        "host/kernel/src/wasi.rs",
        "host/wasi/src/http/mod.rs",
        "host/wasi/src/keyvalue/mod.rs",
        "host/wasi/src/sockets/lookup.rs",
        "host/wasi/src/sockets/mod.rs",
    ];
    let mut linking = BTreeSet::new();
    for folder in ["host/kernel/src", "host/wasi/src", "host/providers/src", "host/loket/src"] {
        for source in sources(folder) {
            let text = std::fs::read_to_string(&source).expect("it reads");
            if ["func_new", "func_wrap", "add_to_linker"].iter().any(|word| text.contains(word)) {
                let path = source.strip_prefix(root()).expect("it is in the checkout");
                linking.insert(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    assert_eq!(linking, allowed.map(str::to_owned).into(), "who links functions");
}

/// The checkout.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All sources in a folder and those in it.
fn sources(folder: &str) -> Vec<PathBuf> {
    let mut folders = vec![root().join(folder)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(&folder).expect("it is there").flatten().map(|entry| entry.path()) {
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    assert!(!files.is_empty());
    files
}
