//! The guardian: whether the home is as its owner sealed it. Where it is not, safe mode: what was let run goes on, and nothing new is let in.
//!
//! In a home that nobody sealed it does nothing. `measure` says what files are, `page` what the ledger knows of them, `files` writes those that
//! the host changes by itself, `check` compares, `acts` is what the owner does with the passphrase, `host` where the rest of the host asks.
//!
//! The rules are in `loket_guardian::seal`. What is sealed is signed by the owner's key, which lies in the home under a passphrase and is opened by the
//! command line alone: this code checks signatures, and makes none.

mod acts;
mod check;
mod files;
mod host;
mod measure;
mod page;

pub(crate) use acts::{ActError, LEAVE};
pub(crate) use files::Kept;
pub(crate) use measure::Depth;
pub(crate) use page::PAGE;

use loket_guardian::seal::{Mismatch, Statement};
use loket_ledger::{Ledger, LedgerError, Seq};
use loket_providers::contract::Contract;
use loket_registry::{Digest, PublicKey, TrustedKeys};
use measure::Stamps;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The guardian of a home.
pub(crate) struct Guard {
    root: PathBuf,
    /// Where the program lay when it was started.
    program: PathBuf,
    contract: Digest,
    /// The owner's key, where it was given at the start.
    given: Option<PublicKey>,
    ledger: Ledger,
    stamps: Stamps,
    closed: AtomicBool,
    state: Mutex<State>,
}

/// What the guardian knows.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// What counts: the digest of the seal, and the owner's key.
    seal: Option<(Digest, PublicKey)>,
    /// What the seal says, where it is the one that counts.
    statement: Option<Statement>,
    /// What each file may be that the host writes.
    notes: BTreeMap<Kept, Vec<Option<Digest>>>,
    /// Files that were changed while no host ran, and of which there is no right copy: nothing of them is in force.
    unsound: Vec<Kept>,
    safe: Option<SafeMode>,
    /// When everything was looked at last, in milliseconds since 1970.
    checked: Option<u64>,
    /// Keys that are trusted as soon as the owner seals them.
    proposed: Option<TrustedKeys>,
}

/// Since when, and why, nothing new is let in.
#[derive(Debug, Clone)]
pub(crate) struct SafeMode {
    line: Seq,
    since: u64,
    /// Why it began, in words.
    why: Vec<String>,
    /// What is wrong still.
    faults: Vec<Mismatch>,
}

impl Guard {
    /// Reads what the ledger knows. Blocks.
    pub(crate) fn open(root: &Path, ledger: &Ledger, given: Option<PublicKey>) -> Result<Guard, LedgerError> {
        let page = page::read(ledger)?;
        let safe = page.safe.map(|(line, since, why)| SafeMode { line, since, why, faults: Vec::new() });
        let state = State { seal: page.seal, notes: page.notes, safe, ..State::default() };
        let text: Vec<&str> = Contract::text().collect();
        Ok(Guard {
            root: root.to_owned(),
            // One that cannot be told cannot be measured: then it is not the one that was sealed.
            program: std::env::current_exe().unwrap_or_default(),
            contract: Digest::of(text.join("\n").as_bytes()),
            given,
            ledger: ledger.clone(),
            stamps: Stamps::default(),
            closed: AtomicBool::new(state.safe.is_some()),
            state: Mutex::new(state),
        })
    }

    /// Whether nothing new is let in.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Whether there is anything to guard: a seal, one that the ledger does not know, or a key that one must be of.
    pub(crate) fn is_on_duty(&self) -> bool {
        self.given.is_some() || self.state().seal.is_some() || self.root.join(page::SEAL).symlink_metadata().is_ok()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
