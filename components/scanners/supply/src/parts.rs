//! The digests of a component and of all that it is put together from: what is known to be bad stays so in a new wrapping.

use loket_scan_reader::known::{Knows, MOST_ASKED};
use loket_scan_reader::text::shown;
use loket_scan_reader::{Finding, Severity, Wasm};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::ops::Range;

/// So much is digested in all. Components in components are digested once for each that they are in.
const MOST_BYTES: u64 = 256 << 20;

/// Asks whether the whole or a part of it is known to be bad.
pub fn known_bad(wasm: &Wasm<'_>, bytes: &[u8], known: &dyn Knows) -> Vec<Finding> {
    let whole = 0..bytes.len() as u64;
    let nested = wasm.components.iter().map(|component| &component.range);
    let nested = nested.chain(wasm.modules.iter().map(|module| &module.range));
    let mut seen = BTreeSet::new();
    let mut left = MOST_BYTES;
    let ranges = std::iter::once(&whole).chain(nested).filter(|range| seen.insert((range.start, range.end)));
    let parts: Vec<(&Range<u64>, String)> = ranges
        .take(MOST_ASKED)
        .map_while(|range| {
            let part = bytes.get(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?)?;
            left = left.checked_sub(part.len() as u64)?;
            Some((range, hex::encode(Sha256::digest(part))))
        })
        .collect();
    let digests: Vec<String> = parts.iter().map(|(_, digest)| digest.clone()).collect();
    let bad = known.known_bad(&digests).into_iter();
    bad.filter_map(|(about, why)| parts.get(about).map(|(range, digest)| told((*range).clone(), digest, &why, &whole)))
        .collect()
}

fn told(range: Range<u64>, digest: &str, why: &str, whole: &Range<u64>) -> Finding {
    let title = match range == *whole {
        true => "it is known to be bad",
        false => "a part of it is known to be bad",
    };
    let why = match why.trim() {
        "" => "Your list of digests does not say why.".to_owned(),
        why => format!("Your list of digests says why: {}", shown(why.as_bytes())),
    };
    let remedy = "do not run it; where the list is wrong, take the digest out of `advisories/known-bad.toml`";
    Finding::new("supply/known-bad", Severity::Critical, title, why, remedy).at(range, &format!("sha256 {digest}"))
}
