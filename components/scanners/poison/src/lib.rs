//! The scanner `loket:scan-poison`: words that are meant for a model, and letters that are meant to deceive whoever reads them.
//!
//! [`phrases`] are instructions to models in several languages, [`letters`] what cannot be seen or means something else than it shows,
//! [`names`] who imitates whom. `host/docs/scanners/poison.md` says what it finds and what it cannot see.

pub mod letters;
pub mod names;
pub mod phrases;

use loket_scan_reader::wasm::Step;
use loket_scan_reader::{Finding, Subject, Wasm};

loket_scan_reader::scanner!(crate::inspect);

/// So many findings of each kind.
pub(crate) const MOST: usize = 40;

/// A piece of text, and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'a> {
    /// `component`, or the name of a document.
    pub place: &'a str,
    /// What it is, in words.
    pub what: &'a str,
    /// Where it begins there.
    pub offset: u64,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Whether a model or a person reads it as it is: documentation, a persona, names. Data is read by code first.
    pub is_read: bool,
}

/// Looks at a subject.
pub fn inspect(subject: &Subject) -> Vec<Finding> {
    let wasm = Wasm::read(&subject.bytes);
    let mut pieces = Vec::new();
    for region in wasm.regions() {
        // What debuggers read.
        if region.what.starts_with(".debug_") || region.what == "name" {
            continue;
        }
        pieces.push(Piece {
            place: "component",
            what: region.what,
            offset: region.offset,
            bytes: region.bytes,
            is_read: region.what != "data",
        });
    }
    for document in &subject.documents {
        pieces.push(Piece {
            place: &document.name,
            what: &document.name,
            offset: 0,
            bytes: document.text.as_bytes(),
            is_read: true,
        });
    }
    let mut findings = Vec::new();
    phrases::inspect(&pieces, &mut findings);
    letters::inspect(&pieces, &mut findings);
    let border = wasm.root().into_iter().flat_map(|root| &root.steps).filter_map(|(offset, step)| match step {
        Step::Export(export) => Some((export.name.name, *offset, true)),
        Step::Import(import) => Some((import.name.name, *offset, false)),
        _ => None,
    });
    names::inspect(subject.name.as_deref(), border, &mut findings);
    findings
}
