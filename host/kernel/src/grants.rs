//! The owner's yes and no: who may call what, within which limits, and what may be exercised through it.
//!
//! Authority is an intersection: the last principal of a chain needs a grant of its own, and every principal before it must have
//! been granted that exercise as well, as a *delegation* on the grant by which it called onward. Delegations are fixed when the grant
//! is made; when the provider is granted more later, the agent is not.
//!
//! The check reads an immutable table and allocates nothing on its way to a yes.
//!
//! Files: here what a grant says, [`decision`] which grant decides, `table` all grants and the check along a chain, `refusal` why not, and
//! the commands that would change it.

pub mod decision;
mod refusal;
mod table;

use crate::call::{Call, Capability};
use crate::chain::{Chain, Principal};
use crate::fault::CallError;
use crate::terms::Terms;
use arc_swap::ArcSwap;
use std::sync::Arc;
use tokio::sync::watch;

pub use decision::Decision;
pub use refusal::remedy;
pub use table::{Limited, Passed, Table};

/// What a grant says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Yes.
    Allow,
    /// Only when the owner says yes to the very call, which waits for that at the counter.
    Ask,
    /// No, whatever else says yes, until the owner takes it back.
    Deny,
}

impl Verdict {
    /// As it is written: `allow`, `ask` or `deny`.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Allow => "allow",
            Verdict::Ask => "ask",
            Verdict::Deny => "deny",
        }
    }

    /// Reads `allow`, `ask` or `deny`.
    pub fn parse(text: &str) -> Option<Verdict> {
        [Verdict::Allow, Verdict::Ask, Verdict::Deny].into_iter().find(|v| v.name() == text)
    }
}

/// What is granted: functions of an interface, or all that a provider offers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scope {
    /// Who answers: `host`, or a package's name.
    pub provider: Arc<str>,
    /// The interface; `None` for all that a package exports.
    pub interface: Option<Arc<str>>,
    /// Only these functions; empty means all.
    pub functions: Vec<Arc<str>>,
}

impl Scope {
    /// How much it leaves open: functions are more specific than all of an interface, and that is more than all of a package.
    pub fn specificity(&self) -> Specificity {
        Specificity { functions: !self.functions.is_empty(), interface: self.interface.is_some() }
    }

    /// Whether a call of this function falls under it.
    pub fn covers(&self, capability: &Capability, function: &str) -> bool {
        *self.provider == *capability.provider
            && self.interface.as_ref().is_none_or(|i| **i == *capability.interface)
            && (self.functions.is_empty() || self.functions.iter().any(|f| **f == *function))
    }

    /// The capability in words: the interface, or the package.
    pub fn name(&self) -> String {
        match &self.interface {
            Some(interface) => Capability::of(&self.provider, interface).to_string(),
            None => self.provider.to_string(),
        }
    }
}

/// How specific a scope is; the greater one decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Specificity {
    functions: bool,
    interface: bool,
}

/// What a provider may exercise of its own grants when called through a grant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Delegation {
    /// Who exercises it: the provider, or one further along.
    pub holder: Principal,
    /// What it exercises.
    pub scope: Scope,
    /// The terms on which it does: those of its own grant at the time, or narrower ones.
    pub terms: Terms,
}

/// The owner's yes or no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its number; never given twice in a home.
    pub id: u64,
    /// To whom.
    pub grantee: Principal,
    /// What.
    pub scope: Scope,
    /// What it says in the provider's own words: hosts, folders.
    pub terms: Terms,
    /// Yes, ask, or no.
    pub verdict: Verdict,
    /// At most so many calls in one turn.
    pub per_turn: Option<u32>,
    /// At most so many calls in one day (UTC).
    pub per_day: Option<u32>,
    /// What may be exercised through it.
    pub delegates: Vec<Delegation>,
    /// When it was made, in milliseconds since 1970.
    pub since: u64,
}

/// The grants of a home, as running turns read them: a change holds from the next call on.
#[derive(Debug, Default)]
pub struct Grants {
    table: ArcSwap<Table>,
    open: Vec<Capability>,
    changed: watch::Sender<()>,
}

impl Grants {
    /// Without any grant. What is `open` everyone has, until the owner says no: what a component tells of its own call.
    pub fn new(open: impl IntoIterator<Item = Capability>) -> Grants {
        Grants { open: open.into_iter().collect(), ..Grants::default() }
    }

    /// The table as it is now.
    pub fn now(&self) -> Arc<Table> {
        self.table.load_full()
    }

    /// Puts another table in force.
    pub fn replace(&self, table: Table) {
        self.table.store(Arc::new(table));
        self.changed.send_replace(());
    }

    /// Tells of each change from now on.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Whether a principal's own grants do not rule a function out: they name it, and do not deny it. Says nothing of the rest of a chain.
    pub fn allows(&self, who: &Principal, capability: &Capability, function: &str) -> bool {
        self.table.load().decide(who, capability, function).is_some_and(|decision| decision.verdict != Verdict::Deny)
    }

    /// Checks a call; answers with what the grants that let it pass say beyond their yes. Where they say `ask`, it passes if the owner said
    /// yes to it.
    ///
    /// # Errors
    /// See [`Table::check`].
    pub fn check(&self, call: &Call) -> Result<Passed, CallError> {
        self.check_as(call, call.turn.is_approved(call.number))
    }

    /// The same as if the owner had said yes to it, or had not.
    pub(crate) fn check_as(&self, call: &Call, approved: bool) -> Result<Passed, CallError> {
        let Call { chain, capability, function, .. } = call;
        self.check_in(&self.table.load(), chain, capability, function, approved)
    }

    /// The same of a chain if another table were in force, and the owner had said yes or had not.
    ///
    /// # Errors
    /// See [`Table::check`].
    pub fn check_in(
        &self,
        table: &Table,
        chain: &Chain,
        capability: &Capability,
        function: &str,
        approved: bool,
    ) -> Result<Passed, CallError> {
        match self.open.contains(capability) {
            true => table.check_open(chain, capability, function, approved),
            false => table.check_as(chain, capability, function, approved),
        }
    }
}

#[cfg(test)]
mod tests;
