//! The licences of what is in the program and its bundle besides our own code: each crate with the texts that it came with.

use super::compile::Machine;
use crate::guest::{self, Source, Target};
use crate::workspace;
use anyhow::{Context as _, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What the files that have licences, and what goes with them, are called.
const NAMES: [&str; 5] = ["license", "licence", "copying", "notice", "copyright"];
/// The longest text that is taken for one of them, in bytes.
const LONGEST: u64 = 256 << 10;

/// All of them in one text; crates that came with the same words stand together.
pub(super) fn text(machine: &Machine) -> Result<String> {
    let guests = guest::discover()?;
    let bundled = guests.iter().filter(|guest| !guest.fixture).filter_map(|guest| match &guest.source {
        Source::Rust { name, .. } => Some(name.as_str()),
        _ => None,
    });
    let trees = tree(&machine.triple, ["loket"])? + &tree(Target::Unknown.triple(), bundled)?;
    let linked: BTreeSet<(&str, &str)> = trees.lines().filter_map(crate_of).collect();
    let metadata = workspace::output(workspace::cargo().args(["metadata", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).context("cargo's metadata is not JSON")?;

    let (mut crates, mut words) = (String::new(), BTreeMap::<String, Vec<String>>::new());
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let field = |name: &str| package[name].as_str().unwrap_or_default();
        let ours = package["source"].is_null();
        if ours || !linked.contains(&(field("name"), field("version"))) {
            continue;
        }
        let name = format!("{} {}", field("name"), field("version"));
        crates += &format!("* {name}: {}\n", package["license"].as_str().unwrap_or("see its own words below"));
        for text in texts(Path::new(field("manifest_path")).parent().unwrap_or(Path::new("")))? {
            words.entry(text).or_default().push(name.clone());
        }
    }
    let mut all = format!("This program has code of others in it, each under its own licence:\n\n{crates}");
    for (text, whose) in words {
        all += &format!("\n{}\n{}\n\n{}\n", "=".repeat(80), whose.join(", "), text.trim_end());
    }
    Ok(all)
}

/// What is linked into these crates on a target, a crate a line.
fn tree<'n>(target: &str, crates: impl IntoIterator<Item = &'n str>) -> Result<String> {
    let mut tree = workspace::cargo();
    tree.args(["tree", "--edges", "normal", "--target", target, "--prefix", "none"]);
    workspace::output(tree.args(crates.into_iter().flat_map(|name| ["--package", name])))
}

/// `name v1.2.3 (…)` as a name and a version.
fn crate_of(line: &str) -> Option<(&str, &str)> {
    let mut words = line.split(' ');
    Some((words.next()?, words.next()?.strip_prefix('v')?))
}

/// The licences in a crate's folder.
fn texts(folder: &Path) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for file in std::fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))? {
        let file = file?;
        let name = file.file_name().to_string_lossy().to_lowercase();
        let about = file.metadata()?;
        if about.is_file() && about.len() <= LONGEST && NAMES.iter().any(|start| name.starts_with(start)) {
            texts.push(String::from_utf8_lossy(&std::fs::read(file.path())?).replace("\r\n", "\n"));
        }
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_tree_names_a_crate_and_its_version() {
        assert_eq!(crate_of("serde v1.0.1"), Some(("serde", "1.0.1")));
        assert_eq!(crate_of("loket v0.1.0 (/somewhere)"), Some(("loket", "0.1.0")));
        assert_eq!(crate_of("serde_derive v1.0.1 (proc-macro) (*)"), Some(("serde_derive", "1.0.1")));
        assert_eq!(crate_of(""), None);
    }
}
