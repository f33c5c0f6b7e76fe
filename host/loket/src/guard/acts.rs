//! What the owner does with the passphrase: seal the home, and end safe mode. Both come signed by the owner's key; what is signed is measured
//! here again.

use super::check::{signature_of, signed};
use super::files::Kept;
use super::measure::Depth;
use super::page::{self, SEAL};
use super::{Guard, State};
use crate::entrance::ENTRANCE;
use crate::grants_file;
use crate::home::write_whole;
use crate::host::Host;
use crate::pins::Pins;
use crate::served::{MCP_TOOLS, accepted};
use crate::tokens::{TOKENS, Tokens};
use crate::trusted;
use loket_guardian::seal::{Mismatch, PartName, Rule, Statement, farewell};
use loket_kernel::counter::now;
use loket_kernel::grants::Table;
use loket_providers::mcp::Servers;
use loket_registry::{Digest, PublicKey, Signature, TrustedKeys};
use std::io;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use thiserror::Error;

/// Why the home was not sealed, or safe mode not left.
#[derive(Debug, Error)]
pub(crate) enum ActError {
    /// There is no key that could have signed it.
    #[error("this home is not sealed")]
    Unsealed,
    /// Another key signed it, or something else.
    #[error("this is not signed by the owner's key")]
    Signature,
    /// What was signed says nothing of a home.
    #[error("what was signed is no statement of a home: {0}")]
    Statement(String),
    /// What was signed is not how it is now.
    #[error("this home is not as it was when you looked at it: {0}")]
    Otherwise(String),
    /// Something is wrong still.
    #[error("{} still not as it should be:\n  {}", if .0.len() == 1 { "one thing is" } else { "some things are" }, told(.0))]
    Faults(Vec<Mismatch>),
    /// There is nothing to leave.
    #[error("this home is not in safe mode")]
    NotSafe,
    /// A file that the host must read anew, or write, cannot be.
    #[error("{0}")]
    Io(String),
}

fn told(faults: &[Mismatch]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  ")
}

/// How the guardian finds the home.
#[derive(Debug)]
pub(crate) struct Status {
    /// The owner's key.
    pub(crate) key: Option<PublicKey>,
    /// When it was sealed, as the seal says.
    pub(crate) sealed: Option<String>,
    /// Since when safe mode lasts, in milliseconds since 1970, why it began, and what is signed to end it.
    pub(crate) safe: Option<(u64, Vec<String>, String)>,
    /// When everything was looked at last, in milliseconds since 1970.
    pub(crate) checked: Option<u64>,
    /// What is not as it should be.
    pub(crate) faults: Vec<Mismatch>,
}

impl Guard {
    pub(crate) fn status(&self) -> Status {
        let state = self.state();
        let genesis = self.ledger.genesis().to_string();
        let safe = state.safe.as_ref().map(|s| (s.since, s.why.clone(), farewell(&genesis, s.line.0)));
        Status {
            key: self.key(&state),
            sealed: state.statement.as_ref().map(|statement| statement.made.clone()),
            safe,
            checked: state.checked,
            faults: state.safe.as_ref().map(|safe| safe.faults.clone()).unwrap_or_default(),
        }
    }

    /// Why nothing new is let in, in one line.
    pub(crate) fn reason(&self) -> String {
        let state = self.state();
        let Some(safe) = &state.safe else { return "it is over".to_owned() };
        let first = safe.faults.first().map(ToString::to_string).or_else(|| safe.why.first().cloned());
        let more = match safe.faults.len() {
            0 if !safe.why.is_empty() => "; it is in order again, and you have not ended it".to_owned(),
            0 | 1 => String::new(),
            many => format!("; and {} more", many - 1),
        };
        format!("{}{more}", first.unwrap_or_else(|| "it was noticed that something is not as you sealed it".to_owned()))
    }

    /// Whose signature ends safe mode, and seals anew: the key that sealed this home, or the one that was given at the start.
    fn key(&self, state: &State) -> Option<PublicKey> {
        self.given.clone().or_else(|| state.seal.as_ref().map(|(_, key)| key.clone()))
    }

    /// What the owner would sign, by a key.
    fn statement(&self, state: &State, key: PublicKey, made: String, policy: Option<&str>) -> Statement {
        let mut parts = self.parts(Depth::Bytes, policy);
        if let Some(keys) = &state.proposed {
            let digest = Some(Digest::of(keys.to_string().as_bytes()));
            parts.iter_mut().filter(|part| part.name == PartName::TrustedKeys).for_each(|part| part.digest = digest);
        }
        Statement { made, key, ledger: self.anchor(), parts }
    }

    /// Keys that are to be trusted once the owner seals them; whether the home is sealed at all.
    pub(crate) fn propose(&self, keys: &TrustedKeys) -> bool {
        let mut state = self.state();
        let is_sealed = state.seal.is_some();
        state.proposed = is_sealed.then(|| keys.clone());
        is_sealed
    }
}

impl Host {
    /// What the owner would sign now.
    pub(crate) fn statement(&self, key: Option<PublicKey>) -> Option<Statement> {
        let state = self.guard.state();
        let key = self.guard.key(&state).or(key)?;
        Some(self.guard.statement(&state, key, crate::desk::time_text(now()), self.policy().as_deref()))
    }

    /// Seals the home as the owner signed it, and ends safe mode. What was changed of packages is judged anew; of what the host writes
    /// itself, what is in force counts.
    /// `next` is the number of the next grant, which whoever holds it lends.
    pub(crate) fn seal(&self, text: &str, signature: &str, next: u64) -> Result<(), ActError> {
        let io = |e: io::Error| ActError::Io(format!("the seal cannot be written: {e}"));
        let closed = self.refreshing.lock().unwrap_or_else(PoisonError::into_inner);
        if *closed {
            return Err(ActError::Io("the host is about to end".into()));
        }
        let statement = Statement::parse(text).map_err(|e| ActError::Statement(e.to_string()))?;
        let mut pins = self.pins();
        let guard = &self.guard;
        let mut state = guard.state();
        let key = guard.key(&state).unwrap_or_else(|| statement.key.clone());
        if signed(text, signature, &key).is_none() {
            return Err(ActError::Signature);
        }
        let now = guard.statement(&state, key.clone(), statement.made.clone(), self.policy().as_deref());
        if let Some(other) = statement.mismatches(&now.parts).next().or_else(|| guard.ledger_fault(&statement.ledger)) {
            return Err(ActError::Otherwise(other.to_string()));
        }
        let lost: Vec<Mismatch> = state.unsound.iter().filter_map(|kept| guard.noted(&state, *kept)).collect();
        if lost.iter().any(|fault| fault.found.is_some()) {
            return Err(ActError::Faults(lost));
        }
        if let Some(keys) = state.proposed.take() {
            guard.keep_noted(&mut state, Kept::TrustedKeys, keys.to_string().as_bytes()).map_err(io)?;
            self.set_trusted(keys);
        }
        let changed = guard.faults(&mut state, Depth::Bytes, &self.setting(pins.lock.clone()));
        for fault in changed.iter().filter(|fault| fault.rule == Rule::Pinned) {
            let reference = fault.what.strip_prefix("package ").and_then(|name| name.parse().ok());
            if let Some(reference) = reference {
                pins.lock.unpin(&reference);
            }
        }
        // The ledger first: a seal that it does not know is none.
        let line = guard.ledger.append(page::sealed(Digest::of(text.as_bytes()), &key));
        guard.ledger.settle_blocking(line).map_err(|e| ActError::Io(e.to_string()))?;
        write_whole(&guard.root.join(signature_of(SEAL)), signature.as_bytes()).map_err(io)?;
        write_whole(&guard.root.join(SEAL), text.as_bytes()).map_err(io)?;
        state.seal = Some((Digest::of(text.as_bytes()), key));
        state.notes.clear();
        state.unsound.clear();
        let table = self.counter.grants.now();
        let grants = grants_file::text(&table, next).map_err(io)?;
        let tokens = Tokens::text(&self.tokens.list()).map_err(io)?;
        let tools = self.mcp.as_ref().map_or_else(|| Ok(b"{}".to_vec()), Servers::accepted_text).map_err(io)?;
        let entrance = self.entrance.text().map_err(io)?;
        // Of keys there is a file only where there are some, or were: as it was signed.
        let is_list = guard.root.join(Kept::TrustedKeys.place()).symlink_metadata().is_ok();
        let keys = is_list.then(|| (Kept::TrustedKeys, trusted::text(&self.trusted())));
        let files = [
            (Kept::Grants, grants),
            (Kept::Lock, pins.lock.to_string().into_bytes()),
            (Kept::Owners, pins.owners.to_string().into_bytes()),
            (Kept::Admitted, self.admissions().text()),
            (Kept::Tokens, tokens),
            (Kept::Tools, tools),
            (Kept::Entrance, entrance),
        ];
        for (kept, bytes) in files.into_iter().chain(keys) {
            guard.keep_noted(&mut state, kept, &bytes).map_err(io)?;
        }
        if !is_list {
            guard.ledger.append(page::kept(Kept::TrustedKeys, None));
            state.notes.insert(Kept::TrustedKeys, vec![None]);
        }
        state.safe = None;
        guard.closed.store(false, Ordering::Release);
        drop(state);
        drop(pins);
        drop(closed);
        // What is wrong now is so since it was measured.
        self.look_out(Depth::Bytes);
        Ok(())
    }

    /// Ends safe mode, if all is as it should be. Files that the host writes itself are put back as it wrote them. `next` is the number of the
    /// next grant.
    pub(crate) fn leave(&self, signature: &str, next: &mut u64) -> Result<(), ActError> {
        let failed = |e: &dyn std::fmt::Display| ActError::Io(e.to_string());
        let lock = self.pins().lock.clone();
        let guard = &self.guard;
        let mut state = guard.state();
        let Some(safe) = state.safe.clone() else { return Err(ActError::NotSafe) };
        let key = guard.key(&state).ok_or(ActError::Unsealed)?;
        let text = farewell(&guard.ledger.genesis().to_string(), safe.line.0);
        let signature = Signature::parse(signature).map_err(|_| ActError::Signature)?;
        signature.verify_over(&key, text.as_bytes(), LEAVE).map_err(|_| ActError::Signature)?;
        let unsound = state.unsound.clone();
        for kept in Kept::ALL {
            if guard.noted(&state, kept).is_some() {
                // Where the copy is none either, the fault below says so.
                let _ = guard.put_back(&state, kept);
            }
        }
        let lock = if unsound.contains(&Kept::Lock) { self.pins_of(&guard.root)?.lock } else { lock };
        let faults = guard.faults(&mut state, Depth::Bytes, &self.setting(lock));
        if !faults.is_empty() {
            if let Some(safe) = &mut state.safe {
                safe.faults.clone_from(&faults);
            }
            return Err(ActError::Faults(faults));
        }
        let line = guard.ledger.append(page::left());
        guard.ledger.settle_blocking(line).map_err(|e| failed(&e))?;
        state.safe = None;
        state.unsound.clear();
        state.checked = Some(now());
        guard.closed.store(false, Ordering::Release);
        drop(state);
        if !unsound.is_empty() {
            self.read_anew(next)?;
        }
        Ok(())
    }

    /// Takes up files of which nothing was in force, now that they are right again.
    fn read_anew(&self, next: &mut u64) -> Result<(), ActError> {
        let failed = |e: &dyn std::fmt::Display| ActError::Io(e.to_string());
        let saved = grants_file::read(&self.home.state(grants_file::FILE)).map_err(|e| failed(&e))?.unwrap_or_default();
        self.counter.grants.replace(Table::new(saved.grants));
        *next = saved.next.max(1);
        *self.pins() = self.pins_of(self.home.root())?;
        self.set_trusted(trusted::read(&self.home.state(trusted::TRUSTED)).map_err(|e| failed(&e))?);
        self.admissions().read_anew(&self.home.state(crate::admitted::ADMITTED));
        let tokens = Tokens::read(&self.home.state(TOKENS)).map_err(|e| failed(&e))?;
        self.tokens.replace(tokens.list());
        self.entrance.read_anew(&self.home.state(ENTRANCE)).map_err(|e| failed(&e))?;
        if let Some(servers) = &self.mcp {
            servers.accept_anew(accepted(&self.home.state(MCP_TOOLS)));
        }
        Ok(())
    }

    fn pins_of(&self, home: &std::path::Path) -> Result<Pins, ActError> {
        Pins::read(home).map_err(|e| ActError::Io(e.to_string()))
    }
}

/// The trusted comment of the signature that ends safe mode.
pub(crate) const LEAVE: &str = "end of safe mode";
