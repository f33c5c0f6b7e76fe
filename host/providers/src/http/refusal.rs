//! What a component is told of a request that did not come through, and its owner of what would change that.

use super::error::{HttpError, Lacks};
use loket_kernel::fault::Refusal;
use loket_kernel::grants::remedy;
use loket_kernel::{Call, CallError};

/// The error as the counter knows it.
pub fn told(call: &Call, error: HttpError) -> CallError {
    match error {
        HttpError::Invalid(why) => CallError::Invalid(why),
        HttpError::Unreachable(why) => CallError::Unavailable(why),
        HttpError::Broken(why) => CallError::Failed(why),
        HttpError::Exhausted { limit, detail } => CallError::exhausted(limit, detail),
        HttpError::Refused(refused) => CallError::Denied(Refusal {
            capability: call.capability.to_string(),
            function: call.function.to_string(),
            reason: format!("`{}` may not: {}", call.chain.last(), refused.reason),
            remedy: match refused.lacks {
                Lacks::Term { grant, key, value } => command(call, grant, key, &value),
                Lacks::Command(command) => command,
                Lacks::Nothing => String::new(),
            },
        }),
    }
}

/// The command that makes a grant again with one more term. Granting the same thing takes the earlier grant's place, so all that it said is
/// said again.
fn command(call: &Call, grant: usize, key: &str, value: &str) -> String {
    let mut words = match call.holder(grant) {
        Some((principal, capability)) => remedy(principal, capability),
        None => remedy(call.chain.last(), &call.capability),
    };
    let known = call.terms.get(grant).into_iter().flat_map(|terms| terms.pairs());
    for (key, value) in known.chain([(key, value)]) {
        let quote = if value.contains(['*', '[']) { "'" } else { "" };
        words += &format!(" --{key} {quote}{value}{quote}");
    }
    words
}
