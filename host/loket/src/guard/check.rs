//! Whether everything is as it should be.

use super::files::Kept;
use super::measure::Depth;
use super::page::{self, SEAL};
use super::{Guard, SafeMode, State};
use loket_guardian::config::CONFIG_FILE;
use loket_guardian::seal::{Anchor, COMMENT, Mismatch, Part, PartName, Rule, Statement};
use loket_kernel::counter::now;
use loket_ledger::Seq;
use loket_registry::{Digest, Lock, PublicKey, Registry, Signature};
use std::sync::atomic::Ordering;

/// The most bytes of a seal, and of its signature.
const MOST: u64 = 64 << 10;

/// What is measured besides files: how the host is set up now.
pub(crate) struct Setting<'h> {
    /// What the settings on the disk say; nothing where they cannot be read.
    pub(crate) policy: Option<String>,
    pub(crate) lock: Lock,
    pub(crate) registry: &'h Registry,
}

impl Guard {
    /// Looks at everything; what is wrong begins safe mode. Blocks.
    pub(crate) fn check(&self, depth: Depth, setting: &Setting<'_>) {
        let mut state = self.state();
        let faults = self.faults(&mut state, depth, setting);
        if depth == Depth::Bytes {
            state.checked = Some(now());
        }
        match &mut state.safe {
            Some(safe) => safe.faults = faults,
            None if faults.is_empty() => {}
            None => self.enter(&mut state, faults),
        }
    }

    /// Begins safe mode.
    pub(super) fn enter(&self, state: &mut State, faults: Vec<Mismatch>) {
        if let Some(safe) = &mut state.safe {
            safe.faults.extend(faults.into_iter().filter(|fault| !safe.faults.contains(fault)).collect::<Vec<_>>());
            return;
        }
        self.closed.store(true, Ordering::Release);
        let line = self.ledger.append(page::safe_mode(&faults));
        let hex = |digest: Option<Digest>| digest.map_or_else(|| "nothing".to_owned(), |digest| digest.to_string());
        for fault in &faults {
            tracing::error!(
                file = %fault.place, expected = %hex(fault.expected), found = %hex(fault.found), why = %fault,
                "safe mode: nothing new is let in; `loket guardian status` says what to do"
            );
        }
        let why = faults.iter().map(ToString::to_string).collect();
        state.safe = Some(SafeMode { line, since: now(), why, faults });
        if let Err(error) = self.ledger.settle_blocking(line) {
            tracing::error!(%error, "loket.guardian.unrecorded");
        }
    }

    /// All that is not as it should be.
    pub(super) fn faults(&self, state: &mut State, depth: Depth, setting: &Setting<'_>) -> Vec<Mismatch> {
        let mut faults: Vec<Mismatch> = self.seal_fault(state).into_iter().collect();
        let parts = self.parts(depth, setting.policy.as_deref());
        if let Some(statement) = &state.statement {
            faults.extend(self.ledger_fault(&statement.ledger));
            faults.extend(statement.mismatches(&parts));
        }
        // The trusted keys are sealed: they are told once.
        let noted = Kept::ALL.into_iter().filter(|kept| *kept != Kept::TrustedKeys || state.statement.is_none());
        faults.extend(noted.filter_map(|kept| self.noted(state, kept)));
        if state.seal.is_some() {
            faults.extend(self.changed_packages(depth, setting));
        }
        faults
    }

    /// What is sealed, as it is now.
    pub(super) fn parts(&self, depth: Depth, policy: Option<&str>) -> Vec<Part> {
        let keys = Kept::TrustedKeys.place();
        let part = |name, place: String, digest| Part { name, place, digest };
        vec![
            part(PartName::Executable, self.program.display().to_string(), self.stamps.digest(&self.program, depth)),
            part(PartName::Contract, "in the program".to_owned(), Some(self.contract)),
            part(PartName::TrustedKeys, keys.clone(), self.stamps.digest(&self.root.join(&keys), depth)),
            part(PartName::Policy, CONFIG_FILE.to_owned(), policy.map(|policy| Digest::of(policy.as_bytes()))),
        ]
    }

    /// The ledger's newest line.
    pub(super) fn anchor(&self) -> Anchor {
        let head = self.ledger.head();
        Anchor { genesis: self.ledger.genesis().to_string(), line: head.seq.0, hash: head.hash.to_string() }
    }

    /// Reads the seal, and says what is wrong with it.
    fn seal_fault(&self, state: &mut State) -> Option<Mismatch> {
        let text = self.small(SEAL);
        let found = text.as_ref().map(|text| Digest::of(text.as_bytes()));
        let fault = |rule, expected| {
            let (what, place) = ("seal".to_owned(), SEAL.to_owned());
            Some(Mismatch { what, place, rule, expected, found })
        };
        state.statement = None;
        let Some((expected, key)) = state.seal.clone() else {
            // The ledger knows of no seal: then there should be none, and none was asked for.
            return match (&self.given, found) {
                (Some(_), _) => fault(Rule::Signed, None),
                (None, Some(_)) => fault(Rule::Noted, None),
                (None, None) => None,
            };
        };
        if self.given.as_ref().is_some_and(|given| *given != key) {
            return fault(Rule::Signed, Some(expected));
        }
        if found != Some(expected) {
            return fault(Rule::Noted, Some(expected));
        }
        let signature = self.small(&signature_of(SEAL)).unwrap_or_default();
        match text.and_then(|text| signed(&text, &signature, &key)) {
            Some(statement) => {
                state.statement = Some(statement);
                None
            }
            None => fault(Rule::Signed, Some(expected)),
        }
    }

    /// Whether the ledger still has the line that it had.
    pub(super) fn ledger_fault(&self, anchor: &Anchor) -> Option<Mismatch> {
        let is_same = *anchor.genesis == self.ledger.genesis().to_string()
            && (anchor.line == 0
                || matches!(self.ledger.entry(Seq(anchor.line)), Ok(Some(entry)) if entry.hash.to_string() == anchor.hash));
        (!is_same).then(|| Mismatch {
            what: "ledger".to_owned(),
            place: "state/ledger.redb".to_owned(),
            rule: Rule::Anchored,
            expected: None,
            found: None,
        })
    }

    /// Packages whose bytes are not those that were let run. One that is gone runs for nobody.
    fn changed_packages(&self, depth: Depth, setting: &Setting<'_>) -> Vec<Mismatch> {
        let found = setting.registry.scan().found.into_iter();
        let pinned = found.filter_map(|found| Some((setting.lock.pinned(&found.reference)?.digest, found)));
        pinned
            .filter_map(|(expected, lies)| {
                let found = self.stamps.digest(&lies.path, depth);
                (found != Some(expected)).then(|| Mismatch {
                    what: format!("package {}", lies.reference),
                    place: lies.path.display().to_string(),
                    rule: Rule::Pinned,
                    expected: Some(expected),
                    found,
                })
            })
            .collect()
    }

    /// A small file of the home.
    fn small(&self, place: &str) -> Option<String> {
        crate::home::bounded_text(&self.root.join(place), MOST).ok().flatten()
    }
}

/// Where the signature of a file lies.
pub(super) fn signature_of(place: &str) -> String {
    format!("{place}.minisig")
}

/// The statement that a key signed.
pub(super) fn signed(text: &str, signature: &str, key: &PublicKey) -> Option<Statement> {
    let signature = Signature::parse(signature).ok()?;
    signature.verify_over(key, text.as_bytes(), COMMENT).ok()?;
    Statement::parse(text).ok()
}
