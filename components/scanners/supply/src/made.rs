//! The tools that made a component, by its `producers` sections. The reader of WebAssembly knows their form.

use loket_scan_reader::Wasm;
use loket_scan_reader::known::Ingredient;
use std::collections::BTreeMap;
use std::ops::Range;
use wasmparser::{BinaryReader, ProducersSectionReader};

/// The name of the section.
const SECTION: &str = "producers";
/// The most tools that are looked at.
const MOST: usize = 1_000;

/// What made it.
#[derive(Debug, Default)]
pub struct Made {
    /// Each tool with the place of the section that names it first.
    pub tools: BTreeMap<Ingredient, Range<u64>>,
    /// Whether it was written in Rust.
    pub is_rust: bool,
}

/// Reads all sections, each as far as it can be read.
pub fn read(wasm: &Wasm<'_>) -> Made {
    let mut made = Made::default();
    for section in wasm.customs.iter().filter(|custom| custom.name == SECTION) {
        let place = section.offset..section.offset + section.bytes.len() as u64;
        let fields = ProducersSectionReader::new(BinaryReader::new(section.bytes, section.offset));
        for field in fields.into_iter().flatten().map_while(Result::ok) {
            for value in field.values.into_iter().map_while(Result::ok) {
                made.add(field.name, value.name, value.version, &place);
            }
        }
    }
    made
}

impl Made {
    fn add(&mut self, field: &str, name: &str, version: &str, place: &Range<u64>) {
        self.is_rust |= name.eq_ignore_ascii_case(if field == "language" { "rust" } else { "rustc" });
        // Behind the version stands at times which commit it is.
        let version = version.split_whitespace().next().unwrap_or_default();
        if field == "language" || version.is_empty() || name.len() + version.len() > 256 {
            return;
        }
        let mut add = |collection, name: &str| {
            if self.tools.len() < MOST {
                let tool = Ingredient { collection, name: name.to_owned(), version: version.to_owned() };
                self.tools.entry(tool).or_insert_with(|| place.clone());
            }
        };
        if name == "rustc" {
            add("rust", "rustc");
            // Its standard library comes with it, and is in the component.
            add("rust", "std");
        } else {
            add("crates", name);
        }
    }
}
