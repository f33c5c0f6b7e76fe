//! What the documents name exists: paths, links, commands, tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("`{path}` cannot be read: {e}"))
}

/// The documents, by their paths in the checkout.
fn documents() -> Vec<String> {
    let mut found: Vec<String> =
        ["README.md", "wit/README.md", "agents/README.md", "components/README.md", "registry/README.md"]
            .map(str::to_owned)
            .into();
    for folder in ["host/docs", "host/docs/recipes"] {
        for entry in fs::read_dir(root().join(folder)).expect("it is there").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".md") {
                found.push(format!("{folder}/{name}"));
            }
        }
    }
    found
}

/// What stands between backticks, blocks of code left out.
fn quoted(text: &str) -> Vec<String> {
    let prose: String = text
        .split("```")
        .step_by(2)
        .map(|part| part.lines().map(|line| format!("{line} ")).collect::<String>())
        .collect();
    prose.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Whether a quoted word is a path in the checkout; placeholders are written `NAME`, `<name>` or `*`.
fn is_path(word: &str) -> bool {
    let ours = ["host/", "wit/", "xtask/", "components/", "agents/", "registry/", ".ci/"];
    let placeholder =
        |part: &str| part.contains(['<', '*']) || (part.len() > 1 && part.chars().all(|c| c.is_ascii_uppercase()));
    ours.iter().any(|folder| word.starts_with(folder)) && !word.contains(' ') && !word.split('/').any(placeholder)
}

#[test]
fn every_path_that_a_document_names_exists() {
    for document in documents() {
        for path in quoted(&read(&document)).iter().filter(|word| is_path(word)) {
            // `cargo xtask new tool greeter` would make it.
            assert!(root().join(path).exists() || path.ends_with("/greeter"), "`{document}` names `{path}`");
        }
    }
}

#[test]
fn everything_on_the_map_of_the_tree_is_there() {
    let readme = read("README.md");
    let map = readme.split("## Map of the tree").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a map");
    let rows: Vec<&str> = map.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert!(rows.len() > 10);
    for path in rows {
        assert!(root().join(path).exists(), "the map has `{path}`");
    }
}

#[test]
fn every_link_leads_somewhere() {
    for document in documents() {
        let text = read(&document);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target) {
            let folder = root().join(&document);
            let folder = folder.parent().expect("a document is in a folder");
            assert!(target.contains("://") || folder.join(target).exists(), "`{document}` links to `{target}`");
        }
    }
}

#[test]
fn every_command_of_the_project_exists() {
    let main = read("xtask/src/main.rs");
    for document in documents() {
        for rest in read(&document).split("cargo xtask ").skip(1) {
            let command: String = rest.chars().take_while(char::is_ascii_lowercase).collect();
            assert!(main.contains(&format!("\"{command}\"")), "`{document}` names `cargo xtask {command}`");
        }
    }
}

#[test]
fn the_maps_have_every_crate_of_the_host() {
    let (readme, architecture) = (read("README.md"), read("host/docs/architecture.md"));
    for entry in fs::read_dir(root().join("host")).expect("it is there").flatten() {
        if !entry.path().join("Cargo.toml").exists() {
            continue;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(readme.contains(&format!("| `host/{name}/` |")), "README.md lacks `host/{name}/`");
        assert!(architecture.contains(&format!("### `host/{name}`")), "architecture.md lacks `host/{name}`");
    }
}

#[test]
fn a_crate_depends_only_on_those_above_it_in_the_code_map() {
    let architecture = read("host/docs/architecture.md");
    let crates: Vec<&str> = architecture
        .split("\n### `host/")
        .skip(1)
        .filter_map(|rest| rest.split_once('`'))
        .map(|(name, _)| name)
        .collect();
    for (at, name) in crates.iter().enumerate() {
        let manifest = read(&format!("host/{name}/Cargo.toml"));
        let own = manifest.split("\n[dependencies]").nth(1).unwrap_or_default().split("\n[").next().unwrap_or_default();
        for other in own.split("\nloket-").skip(1).filter_map(|rest| rest.split(['.', ' ']).next()) {
            // Components know nothing of the host.
            let is_ours = root().join(format!("host/{other}")).is_dir();
            assert!(
                !is_ours || crates[..at].contains(&other),
                "`host/{name}` depends on `host/{other}`, which stands below it"
            );
        }
    }
}

/// The names of a file's functions that are tests.
fn tests(file: &str) -> BTreeSet<String> {
    let text = read(&format!("host/loket/tests/host/{file}"));
    let mut names = BTreeSet::new();
    let mut marked = false;
    for line in text.lines() {
        marked |= line == "#[test]" || line.starts_with("#[tokio::test");
        if let (true, Some((_, rest))) = (marked, line.split_once("fn ")) {
            names.extend(rest.split_once('(').map(|(name, _)| name.to_owned()));
            marked = false;
        }
    }
    names
}

#[test]
fn every_architecture_invariant_names_its_test_and_every_such_test_is_named() {
    let text = read("host/docs/architecture.md");
    let asserted = tests("architecture.rs");
    let mut named = BTreeSet::new();
    let stated = text.split("\n**Architecture invariant:**").skip(1);
    for invariant in stated.map(|rest| rest.split("\n\n").next().unwrap_or_default()) {
        let its: Vec<String> = quoted(invariant).into_iter().filter(|word| asserted.contains(word)).collect();
        assert!(!its.is_empty(), "no test of architecture.rs is named by: {invariant}");
        named.extend(its);
    }
    assert_eq!(named, asserted);
}

#[test]
fn every_test_that_a_document_names_exists() {
    let mut found = 0;
    for document in documents() {
        for word in quoted(&read(&document)) {
            if let Some((file, name)) = word.split_once("::").filter(|(file, _)| file.ends_with(".rs")) {
                assert!(tests(file).contains(name), "`{document}` names `{word}`");
                found += 1;
            }
        }
    }
    assert!(found > 5);
}
