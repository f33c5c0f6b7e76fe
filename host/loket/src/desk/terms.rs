//! The terms of a grant that is being made: read by whoever answers the capability.

use super::wrong;
use crate::grants_file;
use crate::host::Host;
use loket_gateways::desk::{GrantRequest, Problem};
use loket_kernel::grants::{Delegation, Scope};
use loket_kernel::terms::{LONGEST_VALUE, MOST_VALUES};
use loket_kernel::{Capability, Provider, Terms};
use std::sync::Arc;

/// Reads the terms of a request. Those for what the host answers are the grant's own; those for a package narrow what it may exercise of
/// its own grants on the grantee's behalf.
///
/// # Errors
/// When nobody concerned knows a key, or a value makes no sense to who does.
pub(super) fn read(
    host: &Host,
    request: &GrantRequest,
    scope: &Scope,
    delegates: &mut [Delegation],
) -> Result<Terms, Problem> {
    let given = grants_file::terms(&request.terms);
    if given.pairs().count() > MOST_VALUES {
        return Err(invalid(
            format!("a grant's terms may have {MOST_VALUES} values, these have {}", given.pairs().count()),
            "make two grants of them, or name something wider",
        ));
    }
    if let Some((key, value)) = given.pairs().find(|(_, value)| value.len() > LONGEST_VALUE) {
        return Err(invalid(
            format!("`{key}` has a value of {} bytes; {LONGEST_VALUE} are allowed", value.len()),
            "shorten it",
        ));
    }
    if &*scope.provider == Capability::HOST {
        let Some(provider) = answering(host, scope) else { return Ok(Terms::default()) };
        let known = provider.term_keys();
        if let Some(unknown) = given.keys().find(|key| !known.contains(key)) {
            return Err(invalid(
                format!("`{}` knows no `{unknown}`; {}", scope.name(), listed(known)),
                "loket grant --help",
            ));
        }
        return provider.terms(&given).map_err(|why| invalid(why, "loket grant --help"));
    }
    let mut taken: Vec<&str> = Vec::new();
    for delegation in delegates {
        let Some(provider) = answering(host, &delegation.scope) else { continue };
        let known = provider.term_keys();
        let mine = Terms::new(given.pairs().filter(|(key, _)| known.contains(key)));
        if !mine.is_empty() {
            delegation.terms = provider.terms(&mine).map_err(|why| invalid(why, "loket grant --help"))?;
            taken.extend(given.keys().filter(|key| known.contains(key)));
        }
    }
    match given.keys().find(|key| !taken.contains(key)) {
        None => Ok(Terms::default()),
        Some(key) => Err(invalid(
            format!("`{}` has no grant of its own that knows `{key}`, so there is nothing to narrow", scope.provider),
            format!(
                "grant `{}` what it needs first; `loket inspect {}` shows what that is",
                scope.provider, scope.provider
            ),
        )),
    }
}

fn answering(host: &Host, scope: &Scope) -> Option<Arc<dyn Provider>> {
    let interface = scope.interface.as_ref()?;
    host.counter.provider(&Capability::of(&scope.provider, interface))
}

fn invalid(message: String, hint: impl Into<String>) -> Problem {
    wrong("invalid", message, hint)
}

fn listed(known: &[&str]) -> String {
    match known {
        [] => "it takes no terms".to_owned(),
        _ => format!("it knows {}", known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")),
    }
}
