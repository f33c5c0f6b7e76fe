//! The invariants of `host/docs/architecture.md`, asserted over the dependency graph and the sources.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Which crates of the workspace depend on a library directly, by `cargo metadata`.
fn users_of(library: &str) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root)
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
fn only_the_kernel_names_the_engine() {
    only("wasmtime", &["loket-kernel"]);
    only("wasmtime-wasi", &["loket-kernel"]);
}

#[test]
fn only_the_ledger_and_the_brain_name_the_database() {
    only("redb", &["loket-brain", "loket-ledger", "loket-testkit"]);
    only("tantivy", &["loket-brain"]);
}

#[test]
fn only_the_gateways_name_the_web_server() {
    only("axum", &["loket-gateways"]);
}

#[test]
fn the_gateways_know_neither_the_kernel_nor_a_database() {
    for library in ["loket-kernel", "loket-brain", "loket-ledger", "loket-registry"] {
        assert!(!users_of(library).contains("loket-gateways"), "{library}");
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
    // The only places where a function is put into a linker.
    let allowed = ["bulk.rs", "link.rs", "wasi.rs"];
    for source in sources("host/kernel/src") {
        let text = std::fs::read_to_string(&source).expect("it reads");
        let links = ["func_new", "func_wrap", "add_to_linker"].iter().any(|word| text.contains(word));
        let name = source.file_name().and_then(|n| n.to_str()).expect("a name");
        assert!(!links || allowed.contains(&name), "`{}` links functions", source.display());
    }
}

#[test]
fn every_fixture_has_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = String::new();
    for folder in ["tests/host", "tests", "benches/spine"] {
        for file in std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten().filter(|f| f.path().is_file())
        {
            tests += &std::fs::read_to_string(file.path()).expect("it reads");
        }
    }
    for language in ["rust", "c", "wat"] {
        for fixture in std::fs::read_dir(root.join("fixtures").join(language)).expect("it is there").flatten() {
            let name = fixture.file_name().to_string_lossy().into_owned();
            let named = ["test:", "acme:"].iter().any(|namespace| tests.contains(&format!("{namespace}{name}")));
            assert!(named || !fixture.path().is_dir(), "no test names the fixture `{name}`");
        }
    }
}

fn sources(folder: &str) -> Vec<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let files = std::fs::read_dir(&folder).expect("it is there").flatten().map(|f| f.path());
    let files: Vec<_> = files.filter(|f| f.extension().is_some_and(|e| e == "rs")).collect();
    assert!(!files.is_empty());
    files
}
