//! What was admitted last, for whom: `state/admitted.json`. The ledger gets a line for each change, not for each start.

use crate::guard::Kept;
use crate::host::Host;
use crate::roster::Entry;
use crate::stock::Item;
use loket_guardian::manifest::MANIFEST_FILE;
use loket_kernel::Principal;
use loket_registry::PackageRef;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{MutexGuard, PoisonError};

/// The file's name in the home's state.
pub(crate) const ADMITTED: &str = "admitted.json";

/// Digests by principal and package.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Admissions {
    digests: BTreeMap<String, String>,
    changed: bool,
}

impl Admissions {
    /// Reads the file. One that is missing or damaged says nothing: each admission is then recorded again.
    pub(crate) fn read(path: &Path) -> Admissions {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        Admissions { digests: serde_json::from_str(&text).unwrap_or_default(), changed: false }
    }

    /// Notes an admission; whether it is news.
    fn note(&mut self, whom: &Principal, package: &str, digest: &str) -> bool {
        let before = self.digests.insert(format!("{whom} {package}"), digest.to_owned());
        let news = before.as_deref() != Some(digest);
        self.changed |= news;
        news
    }

    /// Whether a package was admitted for somebody last.
    fn has(&self, whom: &Principal, package: &str) -> bool {
        self.digests.contains_key(&format!("{whom} {package}"))
    }

    /// What it was admitted with besides, last.
    fn with(&self, whom: &Principal, what: &str) -> Option<&str> {
        self.digests.get(&format!("{whom} {what}")).map(String::as_str)
    }

    /// As the file has it.
    pub(crate) fn text(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(&self.digests).unwrap_or_default()
    }

    /// Reads the file again.
    pub(crate) fn read_anew(&mut self, path: &Path) {
        *self = Admissions::read(path);
    }

    /// Forgets an admission.
    fn forget(&mut self, whom: &Principal, package: &str) {
        self.changed |= self.digests.remove(&format!("{whom} {package}")).is_some();
    }
}

impl Host {
    /// Records an admission, when it is another than the last.
    pub(crate) fn admitted(&self, whom: &Principal, item: &Item) {
        let package = item.reference.to_string();
        let news = self.admissions().note(whom, &package, &item.digest);
        if news {
            self.act("admitted", whom, &[("package", package), ("digest", item.digest.clone())]);
        }
    }

    /// What was admitted last.
    pub(crate) fn admissions(&self) -> MutexGuard<'_, Admissions> {
        self.admissions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the manifest and the persona with which an agent was admitted.
    pub(crate) fn admitted_as(&self, whom: &Principal, entry: &Entry) {
        self.admissions().note(whom, MANIFEST_FILE, &entry.digest);
    }

    /// Whether an agent was admitted last with this manifest and this persona.
    pub(crate) fn was_admitted_as(&self, whom: &Principal, entry: &Entry) -> bool {
        self.admissions().with(whom, MANIFEST_FILE) == Some(entry.digest.as_str())
    }

    /// Whether somebody ran a package when it was last looked at.
    pub(crate) fn ran(&self, whom: &Principal, package: &PackageRef) -> bool {
        self.admissions().has(whom, &package.to_string())
    }

    /// Records that a package runs no more for whom it ran.
    pub(crate) fn withdrawn(&self, whom: &Principal, package: &str) {
        self.admissions().forget(whom, package);
        self.act("withdrawn", whom, &[("package", package.to_owned())]);
    }

    /// Writes the file, when something changed.
    pub(crate) fn keep_admissions(&self) {
        let mut admissions = self.admissions();
        if !admissions.changed {
            return;
        }
        match self.guard.keep(Kept::Admitted, &admissions.text()) {
            Ok(()) => admissions.changed = false,
            Err(error) => tracing::warn!(%error, "what was admitted cannot be kept; the next start records it again"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_another_digest_is_news() {
        let mut admissions = Admissions::default();
        let whom = Principal::Package("acme:calc".into());
        assert!(admissions.note(&whom, "acme:calc@1.0.0", "a"));
        assert!(!admissions.note(&whom, "acme:calc@1.0.0", "a"));
        assert!(admissions.note(&whom, "acme:calc@1.0.0", "b"));
        assert!(admissions.note(&Principal::Agent("ann".into()), "acme:calc@1.0.0", "b"));
    }
}
