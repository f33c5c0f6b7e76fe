//! Where admission asks the scanners, and what it makes of their answers.

use super::{part, signature};
use crate::host::Host;
use crate::stock::Item;
use loket_guardian::Role;
use loket_guardian::report::Report;
use loket_guardian::scan::{Action, Finding, Judgement, judge};
use loket_providers::scan::{Inspected, Part};
use loket_registry::Digest;
use loket_values::describe;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// A component without anything in it.
const EMPTY: &[u8; 8] = b"\0asm\x0d\0\x01\0";

/// Whether a package does nothing but scan. It is not scanned itself before it runs: it can ask for nothing but its subject, and offers
/// nothing that anybody else is shown. What offers more besides is scanned like any other, and scans nobody.
pub(crate) fn only_scans(item: &Item) -> bool {
    item.surface.as_ref().is_ok_and(|surface| Role::of(surface) == Role::Scanner && surface.exports.len() == 1)
}

impl Host {
    /// Has all scanners look at a package, with the texts that come along with it. Blocks while they do.
    ///
    /// # Errors
    /// What was found that stands in the way, and what to do about it.
    pub(crate) fn scanned(&self, what: &str, item: &Item, documents: &[(String, String)]) -> Result<(), Report> {
        if only_scans(item) {
            return Ok(());
        }
        let judgement = self.look(item, documents);
        if judgement.passes() {
            return Ok(());
        }
        // What is asked about the component by itself is answered once and for all who run it.
        let alone = self.look(item, &[]);
        if is_only_about(&judgement, &alone) && (self.is_let_run(item) || alone.passes()) {
            return Ok(());
        }
        let told = refusal(what, &judgement);
        Err(match judgement.action {
            Action::Ask => told.hint(format!(
                "to accept it as it is now, write `accept = [\"{}\"]` under `[scan]` in loket.toml",
                accepted_as(item, documents)
            )),
            _ => told,
        })
    }

    /// What scanners found in a package by itself that the owner is to decide about, if it is that and nothing worse.
    pub(crate) fn asked_by_scanners(&self, what: &str, item: &Item) -> Option<Report> {
        if only_scans(item) || item.surface.is_err() {
            return None;
        }
        let judgement = self.look(item, &[]);
        (judgement.action == Action::Ask).then(|| refusal(what, &judgement))
    }

    /// Has all scanners look, and judges what they say.
    fn look(&self, item: &Item, documents: &[(String, String)]) -> Judgement {
        let scan = self.scanners.scan(self.under_inspection(item, documents));
        // Also where somebody who may not block asks, as tests do.
        let outcomes = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(scan));
        judge(&self.settings.live().scan, &accepted_as(item, documents), &outcomes)
    }

    /// What the scanners found in a package when they looked last, a line each.
    pub(crate) fn findings(&self, item: &Item, documents: &[(String, String)]) -> Vec<String> {
        self.told(item, documents)
            .iter()
            .map(|(_, _, finding)| format!("scan, {}: {}: {}", finding.severity, finding.id, finding.title))
            .collect()
    }

    /// The same as it was found: the scanner, what follows, and the finding; the strictest first.
    pub(crate) fn told(&self, item: &Item, documents: &[(String, String)]) -> Vec<(String, Action, Finding)> {
        let outcomes = self.scanners.known(&self.under_inspection(item, documents));
        judge(&self.settings.live().scan, &accepted_as(item, documents), &outcomes).told
    }

    /// Has all scanners look at texts that belong to no component, and judges what they say: they are shown beside one that is empty.
    pub(crate) async fn look_at_texts(&self, name: &str, documents: &[(String, String)]) -> Judgement {
        let bytes: Arc<[u8]> = EMPTY[..].into();
        let surface = describe(&bytes).ok().map(Arc::new);
        let digest = Digest::of(&bytes).hex();
        let candidate = part(Some(name.to_owned()), &digest, &bytes, surface.as_ref(), documents);
        let inspected = Inspected { candidate, replaced: None, known: self.scanners.references.now() };
        judge(&self.settings.live().scan, "", &self.scanners.scan(inspected).await)
    }

    /// A package with the newest of its older versions, if there is one: what it would replace.
    fn under_inspection(&self, item: &Item, documents: &[(String, String)]) -> Inspected {
        let seen = |item: &Item, documents: &[(String, String)]| -> Part {
            let name = Some(item.reference.name.to_string());
            let part = part(name, &item.digest, &item.bytes, item.surface.as_ref().ok(), documents);
            Part { signature: Some(signature(&item.standing)), ..part }
        };
        let stock = self.stock();
        let older = stock.items.values().filter(|other| {
            let (mine, its) = (&item.reference, &other.reference);
            mine.name == its.name && its.version < mine.version && other.surface.is_ok()
        });
        let replaced = older.max_by(|a, b| a.reference.version.cmp(&b.reference.version));
        let (candidate, replaced) = (seen(item, documents), replaced.map(|older| seen(older, &[])));
        Inspected { candidate, replaced, known: self.scanners.references.now() }
    }
}

/// Whether all that is asked is asked about the component by itself as well, without what comes along.
fn is_only_about(judgement: &Judgement, alone: &Judgement) -> bool {
    let is_alone = |scanner: &String, finding: &Finding| {
        alone.told.iter().any(|(other, _, found)| (other, found) == (scanner, finding))
    };
    judgement.action == Action::Ask && judgement.against().all(|(scanner, _, finding)| is_alone(scanner, finding))
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
fn refusal(what: &str, judgement: &Judgement) -> Report {
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
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_guardian::scan::{Outcome, ScanPolicy, Severity};

    fn judged(findings: &[(&str, Severity)]) -> Judgement {
        let finding = |(id, severity): &(&str, Severity)| Finding {
            id: (*id).to_owned(),
            severity: *severity,
            title: "t".into(),
            message: "m".into(),
            // Nothing says where: it may be about anything that was shown.
            evidence: vec![],
            remedy: String::new(),
        };
        let found = Ok(findings.iter().map(finding).collect());
        judge(&ScanPolicy::default(), "", &[Outcome { scanner: "a:b@1.0.0".into(), found }])
    }

    #[test]
    fn what_is_asked_about_what_comes_along_is_not_answered_by_a_yes_to_the_component() {
        let (script, words) = (("script", Severity::High), ("words", Severity::High));
        let alone = judged(&[script]);
        assert!(is_only_about(&judged(&[script]), &alone));
        assert!(!is_only_about(&judged(&[script, words]), &alone));
        assert!(!is_only_about(&judged(&[words]), &judged(&[])));
        assert!(!is_only_about(&judged(&[("key", Severity::Critical)]), &judged(&[("key", Severity::Critical)])));
    }
}
