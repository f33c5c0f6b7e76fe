//! Why not, and the command that would change it: typed by the owner, it really does.

use super::{Decision, Grant, Verdict};
use crate::call::Capability;
use crate::chain::Principal;
use crate::fault::{CallError, Refusal};
use std::sync::Arc;

/// The command by which the owner would allow it, where nothing stands in the way.
pub fn remedy(grantee: &Principal, capability: &Capability) -> String {
    let who = match grantee {
        Principal::Owner => "owner".into(),
        Principal::Client(_) => grantee.to_string(),
        Principal::Agent(name) | Principal::Package(name) => name.to_string(),
    };
    match (&*capability.provider, &*capability.interface) {
        // An agent is granted as a whole.
        (agent, _) if agent.starts_with("agent:") => format!("loket grant {who} {agent}"),
        (Capability::HOST, interface) => format!("loket grant {who} {interface}"),
        (provider, "") => format!("loket grant {who} {provider}"),
        (provider, interface) => match interface.strip_prefix(provider) {
            Some(rest) if rest.starts_with('/') => format!("loket grant {who} {interface}"),
            _ => format!("loket grant {who} {interface} --provider {provider}"),
        },
    }
}

impl Decision<'_> {
    /// The commands that turn it into `allow`.
    pub fn remedy(&self, capability: &Capability) -> String {
        commands(self.in_the_way(), capability)
    }
}

/// One command for each grant that is to be made anew, to be typed in one line.
fn commands<'a>(grants: impl Iterator<Item = &'a Arc<Grant>>, capability: &Capability) -> String {
    grants.map(|grant| again(grant, capability)).collect::<Vec<_>>().join(" && ")
}

/// The command that makes up for a grant with as little as possible: it grants the interface where the grant is for the whole package, which
/// is more specific and so decides. A `deny` gives way only to a grant for the very same. Limits stay.
fn again(grant: &Grant, capability: &Capability) -> String {
    let scope = &grant.scope;
    if scope.interface.is_none() && scope.functions.is_empty() && grant.verdict != Verdict::Deny {
        return remedy(&grant.grantee, capability);
    }
    let same = Capability::of(&scope.provider, scope.interface.as_deref().unwrap_or_default());
    let mut command = remedy(&grant.grantee, &same);
    for function in &scope.functions {
        command += &format!(" --function {function}");
    }
    for (option, limit) in [("--per-turn", grant.per_turn), ("--per-day", grant.per_day)] {
        if let Some(most) = limit {
            command += &format!(" {option} {most}");
        }
    }
    command
}

/// Nothing says yes.
pub(super) fn missing(holder: &Principal, capability: &Capability, function: &str) -> CallError {
    let reason = format!("`{holder}` has no grant for `{capability}`");
    CallError::Denied(refusal(capability, function, reason, remedy(holder, capability)))
}

/// The owner's word is not `allow`.
pub(super) fn refused(
    holder: &Principal,
    decision: &Decision<'_>,
    asked: &Capability,
    capability: &Capability,
    function: &str,
) -> CallError {
    let remedy = decision.remedy(asked);
    match decision.verdict {
        Verdict::Ask => {
            let reason = format!("`{holder}` may call `{asked}` only when the owner says yes to the call");
            CallError::NeedsApproval(refusal(capability, function, reason, remedy))
        }
        Verdict::Allow | Verdict::Deny => {
            let reason = format!("the owner denied `{asked}` to `{holder}`");
            CallError::Denied(refusal(capability, function, reason, remedy))
        }
    }
}

/// `who` called `holder` by `onward`, and may not have it done this.
pub(super) fn withheld(
    who: &Principal,
    decision: Option<&Decision<'_>>,
    onward: &Capability,
    holder: &Principal,
    capability: &Capability,
    function: &str,
) -> CallError {
    let reason = format!(
        "`{who}` was not granted what `{holder}` would do for it: its grant for `{onward}` does not delegate `{capability}`"
    );
    let remedy = match decision {
        Some(decision) => commands(decision.withholding(holder, capability, function), onward),
        None => remedy(who, onward),
    };
    CallError::Denied(refusal(capability, function, reason, remedy))
}

fn refusal(capability: &Capability, function: &str, reason: String, remedy: String) -> Refusal {
    Refusal { capability: capability.to_string(), function: function.to_owned(), reason, remedy }
}
