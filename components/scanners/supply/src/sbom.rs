//! The list of dependencies that `cargo auditable` puts into what it builds: JSON, compressed, in a custom section.
//!
//! A component may have several, one in each module that was built so.

use auditable_serde::{DependencyKind, Source, VersionInfo};
use loket_scan_reader::known::Ingredient;
use loket_scan_reader::wasm::Custom;
use loket_scan_reader::{Finding, Severity, Wasm};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use std::collections::BTreeMap;
use std::ops::Range;

/// The name of the section.
const SECTION: &str = ".dep-v0";
/// The longest list, in bytes of JSON: a thousand packages have about a tenth of it.
const MOST_BYTES: usize = 1 << 20;
/// The most lists that are read.
const MOST_LISTS: usize = 32;

/// What is listed.
#[derive(Debug, Default)]
pub struct Listed {
    /// Each package with the place of the list that names it first, and whether it was needed for building only.
    pub packages: BTreeMap<Ingredient, (Range<u64>, bool)>,
    /// Whether there is a list at all, readable or not.
    pub is_there: bool,
    /// Lists that cannot be read.
    pub faults: Vec<Finding>,
}

/// Reads all lists.
pub fn read(wasm: &Wasm<'_>) -> Listed {
    let mut listed = Listed::default();
    for (at, section) in wasm.customs.iter().filter(|custom| custom.name == SECTION).enumerate() {
        listed.is_there = true;
        let place = section.offset..section.offset + section.bytes.len() as u64;
        if at == MOST_LISTS {
            listed.faults.push(unreadable(place, &format!("it has more than {MOST_LISTS} of them")));
            break;
        }
        match list(section) {
            Ok(list) => listed.add(list, &place),
            Err(why) => listed.faults.push(unreadable(place, &why)),
        }
    }
    listed
}

impl Listed {
    fn add(&mut self, list: VersionInfo, place: &Range<u64>) {
        // What the author wrote is in no registry: another package there may have its name.
        let foreign = list.packages.into_iter().filter(|package| package.source != Source::Local && !package.root);
        for package in foreign {
            let only_builds = package.kind == DependencyKind::Build;
            let (name, version) = (package.name, package.version.to_string());
            if name.len() + version.len() > 256 {
                continue;
            }
            let known = self.packages.entry(Ingredient { collection: "crates", name, version });
            known.or_insert_with(|| (place.clone(), only_builds)).1 &= only_builds;
        }
    }
}

fn list(section: &Custom<'_>) -> Result<VersionInfo, String> {
    let json = decompress_to_vec_zlib_with_limit(section.bytes, MOST_BYTES).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => format!("it has more than {MOST_BYTES} bytes"),
        _ => "it is not compressed as it should be".to_owned(),
    })?;
    let json = std::str::from_utf8(&json).map_err(|_| "it is no text".to_owned())?;
    serde_json::from_str(json).map_err(|error| error.to_string())
}

fn unreadable(place: Range<u64>, why: &str) -> Finding {
    Finding::new(
        "supply/unreadable-sbom",
        Severity::Medium,
        "it says what it is made of, in a way that cannot be read",
        format!("`cargo auditable` writes nothing like that: {why}. What it is made of is not known."),
        "ask its author to build it again, with `cargo auditable`",
    )
    .at(place, SECTION)
}
