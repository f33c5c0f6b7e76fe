//! Which grant decides: the one rule, for calls at the counter and for imports at admission.
//!
//! Of a principal's grants that cover a call:
//!
//! 1. One that says `deny` is final, however specific the others are, until the owner takes it back.
//! 2. Else the most specific decide: those that name functions before those for an interface, and these before those for a package.
//! 3. Among equally specific ones the strictest word counts, `ask` before `allow`, and only what all of them delegate is delegated.
//!
//! Limits are not chosen between. A call counts against every grant that covers it, so no further grant lifts a limit: only granting the
//! same thing again does, which takes the earlier grant's place.

use super::{Delegation, Grant, Specificity, Verdict};
use crate::call::Capability;
use crate::chain::Principal;
use smallvec::SmallVec;
use std::sync::Arc;

/// What the grants of one principal come to for one function.
#[derive(Debug)]
pub struct Decision<'a> {
    /// The word.
    pub verdict: Verdict,
    /// How specific the most specific grant is that covers the function.
    pub specificity: Specificity,
    covering: SmallVec<[&'a Arc<Grant>; 4]>,
}

impl<'a> Decision<'a> {
    /// Decides between grants that all cover the same function; `None` when there are none.
    pub(super) fn between(covering: impl Iterator<Item = &'a Arc<Grant>>) -> Option<Decision<'a>> {
        let covering: SmallVec<[&Arc<Grant>; 4]> = covering.collect();
        let specificity = covering.iter().map(|g| g.scope.specificity()).max()?;
        let counts = |g: &&&Arc<Grant>| g.verdict == Verdict::Deny || g.scope.specificity() == specificity;
        let verdict = covering.iter().filter(counts).map(|g| g.verdict).max()?;
        Some(Decision { verdict, specificity, covering })
    }

    /// The grants that have limits: the call counts against all of them.
    pub fn limited(&self) -> impl Iterator<Item = &'a Arc<Grant>> {
        self.covering.iter().copied().filter(|g| g.per_turn.is_some() || g.per_day.is_some())
    }

    /// The grants that decide.
    pub(super) fn deciding(&self) -> impl Iterator<Item = &'a Arc<Grant>> {
        self.covering.iter().copied().filter(|g| g.scope.specificity() == self.specificity)
    }

    /// What the deciding grants let `holder` exercise of its own grants for this function.
    pub(super) fn delegated(
        &self,
        holder: &Principal,
        capability: &Capability,
        function: &str,
    ) -> impl Iterator<Item = &'a Delegation> {
        self.deciding()
            .flat_map(|g| &g.delegates)
            .filter(move |d| d.holder == *holder && d.scope.covers(capability, function))
    }

    /// Those of the deciding grants that do not let `holder` exercise this function of its own grants on behalf of whoever called it.
    pub(super) fn withholding(
        &self,
        holder: &Principal,
        capability: &Capability,
        function: &str,
    ) -> impl Iterator<Item = &'a Arc<Grant>> {
        let passes =
            |g: &Grant| g.delegates.iter().any(|d| d.holder == *holder && d.scope.covers(capability, function));
        self.deciding().filter(move |g| !passes(g))
    }

    /// Those that would have to say `allow` for the decision to be that.
    pub(super) fn in_the_way(&self) -> impl Iterator<Item = &'a Arc<Grant>> {
        self.covering.iter().copied().filter(|g| match g.verdict {
            Verdict::Allow => false,
            Verdict::Ask => g.scope.specificity() == self.specificity,
            Verdict::Deny => true,
        })
    }
}
