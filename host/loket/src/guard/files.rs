//! Files that the host writes by itself, and that nobody else may: in a sealed home, the ledger says what each of them is, and a copy of it
//! is kept.
//!
//! Before a file is written, a line says what it is to be; after it, one says what it is. Where a crash comes between, both are right.

use super::measure::Depth;
use super::page;
use super::{Guard, State};
use crate::admitted::ADMITTED;
use crate::entrance::ENTRANCE;
use crate::home::{make_private, write_whole};
use crate::pins::OWNERS;
use crate::served::MCP_TOOLS;
use crate::tokens::TOKENS;
use crate::trusted::TRUSTED;
use loket_guardian::seal::{Mismatch, Rule};
use loket_registry::Digest;
use loket_registry::lock::LOCK_FILE;
use std::io;
use std::path::PathBuf;

/// The folder of the copies, in the home's state.
const COPIES: &str = "kept";

/// Such a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kept {
    /// The grants.
    Grants,
    /// What was let run.
    Lock,
    /// Whose each namespace is.
    Owners,
    /// What was admitted last, for whom.
    Admitted,
    /// By which tokens clients come in.
    Tokens,
    /// What was accepted of servers' tools.
    Tools,
    /// The owner's passphrase and sessions.
    Entrance,
    /// Whose signatures count; this one is sealed besides.
    TrustedKeys,
}

impl Kept {
    pub(crate) const ALL: [Kept; 8] = [
        Kept::Grants,
        Kept::Lock,
        Kept::Owners,
        Kept::Admitted,
        Kept::Tokens,
        Kept::Tools,
        Kept::Entrance,
        Kept::TrustedKeys,
    ];

    /// What it is called.
    pub(super) fn what(self) -> &'static str {
        match self {
            Kept::Grants => "list of grants",
            Kept::Lock => "lock",
            Kept::Owners => "list of owners",
            Kept::Admitted => "list of admissions",
            Kept::Tokens => "list of tokens",
            Kept::Tools => "list of accepted tools",
            Kept::Entrance => "owner's passphrase and sessions",
            Kept::TrustedKeys => "list of trusted keys",
        }
    }

    /// Its name.
    fn name(self) -> &'static str {
        match self {
            Kept::Grants => "grants.json",
            Kept::Lock => LOCK_FILE,
            Kept::Owners => OWNERS,
            Kept::Admitted => ADMITTED,
            Kept::Tokens => TOKENS,
            Kept::Tools => MCP_TOOLS,
            Kept::Entrance => ENTRANCE,
            Kept::TrustedKeys => TRUSTED,
        }
    }

    /// Where it lies in the home, with `/` between names.
    pub(crate) fn place(self) -> String {
        if self == Kept::Lock { LOCK_FILE.to_owned() } else { format!("state/{}", self.name()) }
    }

    /// Which one lies there.
    pub(super) fn at(place: &str) -> Option<Kept> {
        Kept::ALL.into_iter().find(|kept| kept.place() == place)
    }
}

impl Guard {
    /// Writes one of these files. Where the one that is there is not what the host wrote, that is noticed first, and it is put aside.
    pub(crate) fn keep(&self, kept: Kept, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        if state.seal.is_none() {
            return write_whole(&self.root.join(kept.place()), bytes);
        }
        self.keep_noted(&mut state, kept, bytes)
    }

    /// Writes one of these files in a home that is sealed, or is being.
    pub(super) fn keep_noted(&self, state: &mut State, kept: Kept, bytes: &[u8]) -> io::Result<()> {
        let path = self.root.join(kept.place());
        if let Some(fault) = self.noted(state, kept) {
            let found = self.root.join("state").join(format!("{}.found", kept.name()));
            let put_aside = std::fs::rename(&path, found);
            tracing::warn!(file = %path.display(), put_aside = put_aside.is_ok(), "loket.guardian.put-aside");
            self.enter(state, vec![fault]);
        }
        let digest = Some(Digest::of(bytes));
        let before = state.notes.get(&kept).cloned().unwrap_or_default();
        let seq = self.ledger.append(page::keeping(kept, digest));
        self.ledger.settle_blocking(seq).map_err(io::Error::other)?;
        // Until it is written, either is right.
        state.notes.insert(kept, before.into_iter().chain([digest]).collect());
        write_whole(&path, bytes)?;
        make_private(&self.root.join("state").join(COPIES))?;
        write_whole(&self.copy(kept), bytes)?;
        self.ledger.append(page::kept(kept, digest));
        state.notes.insert(kept, vec![digest]);
        state.unsound.retain(|unsound| *unsound != kept);
        Ok(())
    }

    /// The file to read in place of one of these: it itself, or its copy where somebody changed it. Nothing where the copy is none either.
    pub(crate) fn sound(&self, kept: Kept) -> Option<PathBuf> {
        let mut state = self.state();
        let path = self.root.join(kept.place());
        if state.seal.is_none() || self.noted(&state, kept).is_none() {
            self.settle(&mut state, kept);
            return Some(path);
        }
        let copy = self.copy(kept);
        let digest = self.stamps.digest(&copy, Depth::Bytes);
        if digest.is_some() && state.notes.get(&kept).is_some_and(|right| right.contains(&digest)) {
            return Some(copy);
        }
        state.unsound.push(kept);
        None
    }

    /// What is wrong with one of these files, if anything is.
    pub(super) fn noted(&self, state: &State, kept: Kept) -> Option<Mismatch> {
        let right = state.notes.get(&kept)?;
        let found = self.stamps.digest(&self.root.join(kept.place()), Depth::Bytes);
        (!right.contains(&found)).then(|| Mismatch {
            what: kept.what().to_owned(),
            place: kept.place(),
            rule: Rule::Noted,
            expected: right.last().copied().flatten(),
            found,
        })
    }

    /// Puts the copy of one of these files in the place of what somebody made of it, if it is the right one.
    pub(super) fn put_back(&self, state: &State, kept: Kept) -> io::Result<()> {
        let copy = self.copy(kept);
        let digest = self.stamps.digest(&copy, Depth::Bytes);
        if digest.is_none() || state.notes.get(&kept).is_none_or(|right| !right.contains(&digest)) {
            return Err(io::Error::other(format!("the copy `{}` is not the right one either", copy.display())));
        }
        write_whole(&self.root.join(kept.place()), &std::fs::read(copy)?)
    }

    /// After a crash in the middle of writing: says which of the two it came to.
    fn settle(&self, state: &mut State, kept: Kept) {
        if state.notes.get(&kept).is_none_or(|right| right.len() < 2) {
            return;
        }
        let found = self.stamps.digest(&self.root.join(kept.place()), Depth::Bytes);
        self.ledger.append(page::kept(kept, found));
        state.notes.insert(kept, vec![found]);
    }

    fn copy(&self, kept: Kept) -> PathBuf {
        self.root.join("state").join(COPIES).join(kept.name())
    }
}
