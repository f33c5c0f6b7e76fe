//! Where admission asks the scanners, and what it makes of their answers.

use super::part;
use crate::host::Host;
use crate::stock::Item;
use loket_guardian::report::Report;
use loket_guardian::scan::{Action, Judgement, judge};
use loket_providers::scan::{Inspected, Part};
use sha2::{Digest as _, Sha256};

/// The role of what is not scanned before it runs: it can ask for nothing but its subject.
pub(crate) const SCANNER: &str = "scanner";

impl Host {
    /// Has all scanners look at a package, with the texts that come along with it. Blocks while they do.
    ///
    /// # Errors
    /// What was found that stands in the way, and what to do about it.
    pub(crate) fn scanned(&self, what: &str, item: &Item, documents: &[(String, String)]) -> Result<(), Report> {
        if item.role() == SCANNER {
            return Ok(());
        }
        let scan = self.scanners.scan(self.under_inspection(item, documents));
        let outcomes = tokio::runtime::Handle::current().block_on(scan);
        let digest = accepted_as(item, documents);
        let judgement = judge(&self.config.scan, &digest, &outcomes);
        if judgement.passes() { Ok(()) } else { Err(refusal(what, &digest, &judgement)) }
    }

    /// What the scanners found in a package when they looked last, a line each.
    pub(crate) fn findings(&self, item: &Item, documents: &[(String, String)]) -> Vec<String> {
        let outcomes = self.scanners.known(&self.under_inspection(item, documents));
        let told = judge(&self.config.scan, &accepted_as(item, documents), &outcomes).told;
        told.iter()
            .map(|(_, _, finding)| format!("scan, {}: {}: {}", finding.severity, finding.id, finding.title))
            .collect()
    }

    /// A package with the newest of its older versions, if there is one: what it would replace.
    fn under_inspection(&self, item: &Item, documents: &[(String, String)]) -> Inspected {
        let seen = |item: &Item, documents: &[(String, String)]| -> Part {
            let name = Some(item.reference.name.to_string());
            part(name, &item.digest, &item.bytes, item.surface.as_ref().ok(), documents)
        };
        let stock = self.stock();
        let older = stock.items.values().filter(|other| {
            let (mine, its) = (&item.reference, &other.reference);
            mine.name == its.name && its.version < mine.version && other.surface.is_ok()
        });
        let replaced = older.max_by(|a, b| a.reference.version.cmp(&b.reference.version));
        Inspected { candidate: seen(item, documents), replaced: replaced.map(|older| seen(older, &[])) }
    }
}

/// The digest by which the owner accepts what was found: that of the bytes, and of the texts that come along with them, where there are any.
fn accepted_as(item: &Item, documents: &[(String, String)]) -> String {
    if documents.is_empty() {
        return item.digest.clone();
    }
    let mut hash = Sha256::new();
    for text in [&item.digest].into_iter().chain(documents.iter().flat_map(|(name, text)| [name, text])) {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hex::encode(hash.finalize())
}

/// What stands in the way, as the owner reads it.
fn refusal(what: &str, digest: &str, judgement: &Judgement) -> Report {
    let mut told = Report::new(what);
    for (scanner, _, finding) in judgement.against() {
        let place = finding.evidence.first().map(|evidence| format!(" ({}, byte {})", evidence.place, evidence.offset));
        let why = format!(
            "`{scanner}` found `{}`, {}: {}{}: {}",
            finding.id,
            finding.severity,
            finding.title,
            place.unwrap_or_default(),
            finding.message
        );
        told = told.because(why, Some(finding.remedy.clone()).filter(|remedy| !remedy.is_empty()));
    }
    if judgement.action == Action::Ask {
        told = told.hint(format!(
            "to accept it as it is now, write `accept = [\"{digest}\"]` under `[scan]` in loket.toml, and start the host again"
        ));
    }
    told
}
