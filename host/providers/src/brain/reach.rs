//! Whose brain somebody may read who is no agent: a client's grant names it. An agent has its own anyway; what a grant says holds for it, too.

use super::shelf::Shelf;
use loket_guardian::manifest::AgentName;
use loket_kernel::fault::Refusal;
use loket_kernel::terms::AllTerms;
use loket_kernel::{Call, CallError, Principal, Terms};
use std::collections::BTreeSet;

/// The term that names an agent.
pub const KEY: &str = "brain";

/// Whether grants on these terms reach the brain of an agent: all that name any name it, and where `who` is a client one does.
pub fn reaches(terms: &AllTerms, who: &Principal, agent: &str) -> bool {
    let named = |terms: &Terms| terms.values(KEY).any(|name| name == agent);
    let naming = terms.iter().filter(|terms| terms.values(KEY).next().is_some());
    let mut naming = naming.peekable();
    let is_named = naming.peek().is_some() || !matches!(who, Principal::Client(_));
    is_named && naming.all(named)
}

/// Lets a call pass whose grants reach that brain. The owner's do.
///
/// # Errors
/// `denied`, with the grant that would.
pub(super) fn check(call: &Call, agent: &str) -> Result<(), CallError> {
    let who = call.chain.last();
    if *who == Principal::Owner || reaches(&call.terms, who, agent) {
        return Ok(());
    }
    let named: BTreeSet<&str> = call.terms.iter().flat_map(|terms| terms.values(KEY)).chain([agent]).collect();
    let named: Vec<String> = named.into_iter().map(|name| format!(" --term {KEY}={name}")).collect();
    let whom = match who {
        Principal::Agent(name) | Principal::Package(name) => name.to_string(),
        other => other.to_string(),
    };
    Err(CallError::Denied(Refusal {
        capability: call.capability.to_string(),
        function: call.function.to_string(),
        reason: format!("the grant of `{who}` is not for the brain of `{agent}`"),
        remedy: format!("loket grant {whom} {}{}", call.capability.interface, named.concat()),
    }))
}

/// Reads the terms of a grant that is being made.
///
/// # Errors
/// Where there is no such agent.
pub(super) fn terms(given: &Terms, shelf: &Shelf) -> Result<Terms, String> {
    for name in given.values(KEY) {
        if name.parse::<AgentName>().is_err() || !shelf.agents().join(name).is_dir() {
            return Err(format!("`{KEY}` names an agent, and there is no `{}`", name.escape_default()));
        }
    }
    Ok(given.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Principal {
        Principal::Client("desktop".into())
    }

    fn naming(names: &[&str]) -> Terms {
        Terms::new(names.iter().map(|name| (KEY, *name)))
    }

    #[test]
    fn a_client_reaches_the_brains_that_its_grant_names_and_no_other() {
        let terms = AllTerms::from_iter([naming(&["ann", "bob"])]);
        assert!(reaches(&terms, &client(), "ann") && reaches(&terms, &client(), "bob"));
        assert!(!reaches(&terms, &client(), "an") && !reaches(&terms, &client(), ""));
        assert!(!reaches(&AllTerms::from_iter([naming(&[])]), &client(), "ann"), "a grant that names none is for none");
        assert!(!reaches(&AllTerms::new(), &client(), "ann"));
    }

    #[test]
    fn grants_along_a_chain_are_all_heard() {
        let agent = Principal::Agent("ann".into());
        assert!(reaches(&AllTerms::from_iter([naming(&[]), naming(&[])]), &agent, "ann"));
        assert!(!reaches(&AllTerms::from_iter([naming(&[]), naming(&["bob"])]), &agent, "ann"));
        assert!(!reaches(&AllTerms::from_iter([naming(&["ann"]), naming(&["bob"])]), &client(), "ann"));
    }
}
