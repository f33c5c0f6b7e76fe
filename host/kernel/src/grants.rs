//! The owner's yes and no: who may call what, within which limits, and what may be exercised through it.
//!
//! Authority is an intersection: the last principal of a chain needs a grant of its own, and every principal before it must have
//! been granted that exercise as well, as a *delegation* on the grant by which it called onward. Delegations are fixed when the grant
//! is made; when the provider is granted more later, the agent is not.
//!
//! The check reads an immutable table and allocates nothing on its way to a yes.

use crate::call::{Call, Capability};
use crate::chain::{Chain, Principal};
use crate::fault::{CallError, Refusal};
use arc_swap::ArcSwap;
use std::collections::HashMap;
use std::sync::Arc;

/// What a grant says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Yes.
    Allow,
    /// Ask the owner each time.
    Ask,
    /// No, whatever else says yes.
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

/// What a provider may exercise of its own grants when called through a grant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Delegation {
    /// Who exercises it: the provider, or one further along.
    pub holder: Principal,
    /// What it exercises.
    pub scope: Scope,
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

/// All grants of a home at one moment.
#[derive(Debug, Clone, Default)]
pub struct Table {
    by_grantee: HashMap<Principal, Vec<Arc<Grant>>>,
}

impl Table {
    /// A table of these grants.
    pub fn new(grants: impl IntoIterator<Item = Grant>) -> Table {
        let mut by_grantee: HashMap<Principal, Vec<Arc<Grant>>> = HashMap::new();
        for grant in grants {
            by_grantee.entry(grant.grantee.clone()).or_default().push(Arc::new(grant));
        }
        Table { by_grantee }
    }

    /// All grants, of one grantee or of all, in the order in which they were made.
    pub fn list(&self, grantee: Option<&Principal>) -> Vec<Arc<Grant>> {
        let mut grants: Vec<_> = match grantee {
            Some(who) => self.of(who).to_vec(),
            None => self.by_grantee.values().flatten().cloned().collect(),
        };
        grants.sort_by_key(|g| g.id);
        grants
    }

    /// The grants of one principal.
    pub fn of(&self, grantee: &Principal) -> &[Arc<Grant>] {
        self.by_grantee.get(grantee).map_or(&[], Vec::as_slice)
    }

    /// The grant that decides: the strictest of those that cover the call (`deny` before `ask` before `allow`).
    pub fn deciding(&self, grantee: &Principal, capability: &Capability, function: &str) -> Option<&Arc<Grant>> {
        self.of(grantee).iter().filter(|g| g.scope.covers(capability, function)).max_by_key(|g| g.verdict)
    }

    /// What a principal could pass on to one who calls it, now: its own grants, and what those delegate to it.
    pub fn delegable(&self, holder: &Principal) -> Vec<Delegation> {
        let mut all = Vec::new();
        for grant in self.of(holder).iter().filter(|g| g.verdict != Verdict::Deny) {
            all.push(Delegation { holder: holder.clone(), scope: grant.scope.clone() });
            all.extend(grant.delegates.iter().cloned());
        }
        let mut seen = std::collections::HashSet::new();
        all.retain(|delegation| seen.insert(delegation.clone()));
        all
    }

    /// Checks a call along its whole chain; answers with the deciding grant of the last principal, or `None` for the owner.
    ///
    /// # Errors
    /// `denied` or `needs-approval`, naming who lacks what and the command that would grant it.
    pub fn check(
        &self,
        chain: &Chain,
        capability: &Capability,
        function: &str,
    ) -> Result<Option<&Arc<Grant>>, CallError> {
        let mut links = chain.backwards();
        let Some(last) = links.next() else { return Ok(None) };
        let holder = &last.principal;
        if *holder == Principal::Owner {
            return Ok(None);
        }
        let Some(own) = self.deciding(holder, capability, function) else {
            return Err(CallError::Denied(refusal(holder, capability, function, None)));
        };
        let mut verdict = own.verdict;
        let mut via = last.via.as_ref();
        for link in links {
            let (Some(onward), before) = (via, &link.principal) else { break };
            via = link.via.as_ref();
            if *before == Principal::Owner {
                continue;
            }
            // The function by which the chain went onward is not kept: any grant on that capability carries the delegation.
            let passed = self.of(before).iter().filter(|g| {
                *g.scope.provider == *onward.provider
                    && g.scope.interface.as_ref().is_none_or(|i| **i == *onward.interface)
            });
            let mut delegated = None;
            for grant in passed {
                if grant.verdict == Verdict::Deny {
                    delegated = None;
                    break;
                }
                if grant.delegates.iter().any(|d| d.holder == *holder && d.scope.covers(capability, function)) {
                    delegated = Some(grant);
                }
            }
            match delegated {
                Some(grant) => verdict = verdict.max(grant.verdict),
                None => return Err(CallError::Denied(refusal(holder, capability, function, Some((before, onward))))),
            }
        }
        match verdict {
            Verdict::Allow => Ok(Some(own)),
            Verdict::Ask => Err(CallError::NeedsApproval(Refusal {
                reason: format!("`{holder}` must ask the owner before it calls `{capability}`"),
                ..refusal(holder, capability, function, None)
            })),
            Verdict::Deny => Err(CallError::Denied(Refusal {
                reason: format!("the owner denied `{capability}` to `{holder}`"),
                ..refusal(holder, capability, function, None)
            })),
        }
    }
}

/// The grants of a home, as running turns read them: a change holds from the next call on.
#[derive(Debug, Default)]
pub struct Grants {
    table: ArcSwap<Table>,
    open: Vec<Capability>,
}

impl Grants {
    /// Without any grant. What is `open` everyone has, until the owner says otherwise: what a component tells of its own call.
    pub fn new(open: impl IntoIterator<Item = Capability>) -> Grants {
        Grants { table: ArcSwap::default(), open: open.into_iter().collect() }
    }

    /// The table as it is now.
    pub fn now(&self) -> Arc<Table> {
        self.table.load_full()
    }

    /// Puts another table in force.
    pub fn replace(&self, table: Table) {
        self.table.store(Arc::new(table));
    }

    /// Checks a call; answers with the deciding grant, for its limits.
    ///
    /// # Errors
    /// See [`Table::check`].
    pub fn check(&self, call: &Call) -> Result<Option<Arc<Grant>>, CallError> {
        let table = self.table.load();
        if self.open.contains(&call.capability)
            && table.deciding(call.chain.last(), &call.capability, &call.function).is_none()
        {
            return Ok(None);
        }
        table.check(&call.chain, &call.capability, &call.function).map(|grant| grant.cloned())
    }
}

/// The command by which the owner would allow it.
pub fn remedy(grantee: &Principal, capability: &Capability) -> String {
    let who = match grantee {
        Principal::Owner => "owner",
        Principal::Agent(name) | Principal::Package(name) => name,
    };
    match (&*capability.provider, &*capability.interface) {
        (Capability::HOST, interface) => format!("loket grant {who} {interface}"),
        (provider, "") => format!("loket grant {who} {provider}"),
        (provider, interface) => match interface.strip_prefix(provider) {
            Some(rest) if rest.starts_with('/') => format!("loket grant {who} {interface}"),
            _ => format!("loket grant {who} {interface} --provider {provider}"),
        },
    }
}

fn refusal(
    holder: &Principal,
    capability: &Capability,
    function: &str,
    before: Option<(&Principal, &Capability)>,
) -> Refusal {
    let (reason, remedy) = match before {
        None => (format!("`{holder}` has no grant for `{capability}`"), remedy(holder, capability)),
        Some((who, onward)) => (
            format!(
                "`{who}` was not granted what `{holder}` would do for it: its grant for `{onward}` does not delegate `{capability}`"
            ),
            remedy(who, onward),
        ),
    };
    Refusal { capability: capability.to_string(), function: function.to_owned(), reason, remedy }
}

#[cfg(test)]
#[path = "grants_tests.rs"]
mod tests;
