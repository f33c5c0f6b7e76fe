//! All grants of a home at one moment, and the check along a chain.

use super::refusal::{missing, refused, withheld};
use super::{Decision, Delegation, Grant, Verdict};
use crate::call::Capability;
use crate::chain::{Chain, Principal};
use crate::fault::CallError;
use crate::terms::AllTerms;
use smallvec::SmallVec;
use std::collections::HashMap;
use std::sync::Arc;

/// The grants whose limits a call counts against.
pub type Limited = SmallVec<[Arc<Grant>; 2]>;

/// What the grants that let a call pass say beyond their yes.
#[derive(Debug, Clone, Default)]
pub struct Passed {
    /// The last principal's grants whose limits the call counts against.
    pub limited: Limited,
    /// The terms of every grant along the chain, all of which must permit the call; none when the owner asks.
    pub terms: AllTerms,
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

    /// What the grants of one principal say about one function; `None` when they say nothing.
    pub fn decide(&self, grantee: &Principal, capability: &Capability, function: &str) -> Option<Decision<'_>> {
        Decision::between(self.of(grantee).iter().filter(|g| g.scope.covers(capability, function)))
    }

    /// What a principal could pass on to one who calls it, now: its own grants, and what those delegate to it.
    pub fn delegable(&self, holder: &Principal) -> Vec<Delegation> {
        let mut all = Vec::new();
        for grant in self.of(holder).iter().filter(|g| g.verdict != Verdict::Deny) {
            all.push(Delegation { holder: holder.clone(), scope: grant.scope.clone(), terms: grant.terms.clone() });
            all.extend(grant.delegates.iter().cloned());
        }
        let mut seen = std::collections::HashSet::new();
        all.retain(|delegation| seen.insert(delegation.clone()));
        all
    }

    /// Checks a call along its whole chain; answers with the limits and terms under which it passes.
    ///
    /// # Errors
    /// `denied` or `needs-approval`, naming who lacks what and the command that would grant it.
    pub fn check(&self, chain: &Chain, capability: &Capability, function: &str) -> Result<Passed, CallError> {
        self.check_as(chain, capability, function, false)
    }

    /// The same for a call to which the owner perhaps said yes: then `ask` is as good as `allow`.
    pub(super) fn check_as(
        &self,
        chain: &Chain,
        capability: &Capability,
        function: &str,
        approved: bool,
    ) -> Result<Passed, CallError> {
        let mut links = chain.backwards();
        let Some(last) = links.next().filter(|last| last.principal != Principal::Owner) else {
            return Ok(Passed::default());
        };
        let holder = &last.principal;
        let Some(own) = self.decide(holder, capability, function) else {
            return Err(missing(holder, capability, function));
        };
        if !passes(own.verdict, approved) {
            return Err(refused(holder, &own, capability, capability, function));
        }
        let mut terms: AllTerms = own.deciding().map(|g| g.terms.clone()).collect();
        // How each was called by the one before it, and whether the owner said yes to that call.
        let (mut via, mut called) = (last.via.as_ref(), last.approved);
        for link in links {
            let (Some((onward, by)), before, approved) = (via, &link.principal, approved || called) else { break };
            (via, called) = (link.via.as_ref(), link.approved);
            if *before == Principal::Owner {
                continue;
            }
            let passed = self.decide(before, onward, by);
            match &passed {
                // Its own call onward went through; the owner said otherwise since then.
                Some(decision) if !passes(decision.verdict, approved) => {
                    return Err(refused(before, decision, onward, capability, function));
                }
                Some(decision) if decision.withholding(holder, capability, function).next().is_none() => {
                    terms.extend(decision.delegated(holder, capability, function).map(|d| d.terms.clone()));
                }
                _ => return Err(withheld(before, passed.as_ref(), onward, holder, capability, function)),
            }
        }
        Ok(Passed { limited: own.limited().cloned().collect(), terms })
    }

    /// The same for what everyone has: it needs no grant and no delegation, and is refused only where the owner's word to someone along the
    /// chain is not `allow`. Limits that a grant sets hold.
    ///
    /// # Errors
    /// As [`Table::check`].
    pub(super) fn check_open(
        &self,
        chain: &Chain,
        capability: &Capability,
        function: &str,
        approved: bool,
    ) -> Result<Passed, CallError> {
        let mut passed = Passed::default();
        for (place, link) in chain.backwards().enumerate() {
            let Some(decision) = self.decide(&link.principal, capability, function) else { continue };
            if !passes(decision.verdict, approved) {
                return Err(refused(&link.principal, &decision, capability, capability, function));
            }
            if place == 0 {
                passed.limited = decision.limited().cloned().collect();
            }
        }
        Ok(passed)
    }
}

/// Whether the owner's word lets a call pass.
fn passes(verdict: Verdict, approved: bool) -> bool {
    match verdict {
        Verdict::Allow => true,
        Verdict::Ask => approved,
        Verdict::Deny => false,
    }
}
