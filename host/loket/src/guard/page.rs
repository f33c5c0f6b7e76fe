//! The guardian's page in the ledger: what was sealed, what the host wrote, when safe mode began and ended.
//!
//! What counts stands in the fields of a line that nothing erases: the file as its capability, the word and the digest as its function.

use super::files::Kept;
use loket_guardian::seal::Mismatch;
use loket_kernel::Principal;
use loket_kernel::counter::now;
use loket_ledger::{Entry, Kind, Ledger, LedgerError, Line, Payload, Seq, Stored, TurnId};
use loket_registry::{Digest, PublicKey};
use serde_json::json;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// The page: a turn that nobody begins.
pub(crate) const PAGE: TurnId = TurnId(1);
/// The seal's file, in the home.
pub(crate) const SEAL: &str = "state/seal.toml";

const KEEPING: &str = "keeping";
const KEPT: &str = "kept";
const SEALED: &str = "sealed";
const SAFE_MODE: &str = "safe mode";
const LEFT: &str = "safe mode left";
/// Where nothing lies.
const NOTHING: &str = "nothing";

/// What the page says, as far as it counts now.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// The digest of the seal, and the owner's key.
    pub(super) seal: Option<(Digest, PublicKey)>,
    /// What each file may be: the last is what it was to be.
    pub(super) notes: BTreeMap<Kept, Vec<Option<Digest>>>,
    /// The line by which safe mode began, when, and why, where it has not ended.
    pub(super) safe: Option<(Seq, u64, Vec<String>)>,
}

/// Reads it. Blocks.
pub(super) fn read(ledger: &Ledger) -> Result<Page, LedgerError> {
    let mut page = Page::default();
    // From the newest line on: what is known of a file once it was written does not change by what was before.
    let mut pending: BTreeMap<Kept, Vec<Option<Digest>>> = BTreeMap::new();
    let mut is_mode_known = false;
    ledger.turn_from_the_end(PAGE, |entry| {
        let (word, rest) = match &*entry.function {
            SAFE_MODE => (SAFE_MODE, ""),
            LEFT => (LEFT, ""),
            function => function.split_once(' ').unwrap_or((function, "")),
        };
        match (word, Kept::at(&entry.capability)) {
            (KEEPING, Some(file)) if !page.notes.contains_key(&file) => {
                if let Some(digest) = digest(rest) {
                    pending.entry(file).or_default().push(digest);
                }
            }
            (KEPT, Some(file)) if !page.notes.contains_key(&file) => {
                if let Some(digest) = digest(rest) {
                    let later = pending.remove(&file).unwrap_or_default().into_iter().rev();
                    page.notes.insert(file, std::iter::once(digest).chain(later).collect());
                }
            }
            (SAFE_MODE, _) if !is_mode_known => {
                is_mode_known = true;
                page.safe = Some((entry.seq, entry.time, words(&entry)));
            }
            (LEFT, _) => is_mode_known = true,
            (SEALED, _) => {
                is_mode_known = true;
                if page.seal.is_none() {
                    page.seal = sealed_as(rest);
                }
            }
            _ => {}
        }
        let enough = page.seal.is_some() && page.notes.len() == Kept::ALL.len();
        if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(page)
}

/// A file is about to be written.
pub(super) fn keeping(kept: Kept, digest: Option<Digest>) -> Line {
    line(&kept.place(), &format!("{KEEPING} {}", text(digest)), Payload::None)
}

/// A file was written.
pub(super) fn kept(kept: Kept, digest: Option<Digest>) -> Line {
    line(&kept.place(), &format!("{KEPT} {}", text(digest)), Payload::None)
}

/// A seal was made.
pub(super) fn sealed(digest: Digest, key: &PublicKey) -> Line {
    line(SEAL, &format!("{SEALED} {digest} {key}"), Payload::None)
}

/// Safe mode begins.
pub(super) fn safe_mode(faults: &[Mismatch]) -> Line {
    let hex = |digest: Option<Digest>| digest.map(|digest| digest.to_string());
    let fault = |fault: &Mismatch| {
        json!({
            "what": fault.what, "file": fault.place, "expected": hex(fault.expected), "found": hex(fault.found),
            "why": fault.to_string(),
        })
    };
    let payload = json!({ "faults": faults.iter().map(fault).collect::<Vec<_>>() });
    line("", SAFE_MODE, Payload::Json(payload.to_string()))
}

/// Safe mode ends.
pub(super) fn left() -> Line {
    line("", LEFT, Payload::None)
}

fn line(file: &str, what: &str, payload: Payload) -> Line {
    Line {
        turn: PAGE,
        call: 0,
        parent: 0,
        kind: Kind::Act,
        time: now(),
        chain: Principal::Owner.to_string().into(),
        capability: file.into(),
        function: what.into(),
        labels: 0,
        payload,
    }
}

fn text(digest: Option<Digest>) -> String {
    digest.map_or_else(|| NOTHING.to_owned(), |digest| digest.to_string())
}

fn digest(text: &str) -> Option<Option<Digest>> {
    if text == NOTHING { Some(None) } else { text.parse().ok().map(Some) }
}

fn sealed_as(rest: &str) -> Option<(Digest, PublicKey)> {
    let (digest, key) = rest.split_once(' ')?;
    Some((digest.parse().ok()?, key.parse().ok()?))
}

/// Why safe mode began, as the line says it.
fn words(entry: &Entry) -> Vec<String> {
    let Stored::Present(Payload::Json(text)) = &entry.payload else { return Vec::new() };
    let payload: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let faults = payload["faults"].as_array().map(Vec::as_slice).unwrap_or_default();
    faults.iter().filter_map(|fault| fault["why"].as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_ledger::RedbStorage;
    use loket_registry::SecretKey;

    /// What a page says that was written like this.
    fn page(lines: &[Line]) -> Page {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let ledger = Ledger::open(RedbStorage::open(folder.path().join("ledger.redb")).expect("a file")).expect("new");
        for line in lines {
            let seq = ledger.append(line.clone());
            ledger.settle_blocking(seq).expect("it is written");
        }
        read(&ledger).expect("it reads")
    }

    fn of(text: &str) -> Option<Digest> {
        Some(Digest::of(text.as_bytes()))
    }

    #[test]
    fn the_last_that_was_written_counts_and_what_was_about_to_be_beside_it() {
        let grants = Kept::Grants;
        let said = |lines: &[Line]| page(lines).notes.remove(&grants);
        assert_eq!(said(&[]), None);
        assert_eq!(said(&[kept(grants, of("a")), kept(grants, of("b"))]), Some(vec![of("b")]));
        assert_eq!(said(&[kept(grants, None), keeping(grants, of("b"))]), Some(vec![None, of("b")]));
        let crashed = [kept(grants, of("a")), keeping(grants, of("b")), keeping(grants, of("c"))];
        assert_eq!(said(&crashed), Some(vec![of("a"), of("b"), of("c")]));
        assert_eq!(said(&[keeping(grants, of("b")), kept(grants, of("b"))]), Some(vec![of("b")]));
        assert_eq!(said(&[kept(Kept::Lock, of("a"))]), None, "each file by itself");
    }

    #[test]
    fn safe_mode_lasts_until_it_is_left_or_the_home_is_sealed() {
        let key = SecretKey::make(None).expect("made").1;
        let is_safe = |lines: &[Line]| page(lines).safe.is_some();
        let seal = || sealed(Digest::of(b"seal"), &key);
        assert!(!is_safe(&[seal()]));
        assert!(is_safe(&[seal(), safe_mode(&[])]));
        assert!(is_safe(&[seal(), safe_mode(&[]), left(), safe_mode(&[]), kept(Kept::Lock, None)]));
        assert!(!is_safe(&[seal(), safe_mode(&[]), left()]));
        assert!(!is_safe(&[seal(), safe_mode(&[]), seal()]));
        assert_eq!(page(&[seal()]).seal, Some((Digest::of(b"seal"), key.clone())));
    }
}
