//! `loket:brain`: the brain of the agent whose turn it is.
//!
//! Files in reading order: [`shelf`] the open brains of a home and [`keeping`] how each is kept, [`origin`] who writes and with what a turn
//! has seen, [`reach`] whose brain a client may read,
//! [`memory`] what agents do with their own brain, [`upkeep`] what its owner does with it. Below them: `onward` the way to the
//! agent's model where its grants lead there, [`embed`] recall by meaning, `dreaming` summaries in a model's words, `fork` a new agent with
//! an agent's memories, [`erase`] what was forgotten is gone outside of the brain too.

mod dreaming;
pub mod embed;
pub mod erase;
mod fork;
pub mod keeping;
pub mod memory;
mod onward;
pub mod origin;
pub mod reach;
pub mod shelf;
pub mod upkeep;

pub use embed::Embed;
pub use erase::Erase;
pub use fork::sweep;
pub use keeping::{Keep, Keeping};
pub use memory::Memory;
pub use origin::Builds;
pub use shelf::Shelf;
pub use upkeep::Upkeep;

use crate::native::blocking;
use loket_brain::{Brain, BrainError};
use loket_kernel::{Call, CallError};
use std::sync::Arc;

/// Whose brain a call is about: decided by its turn, never by an argument.
fn whose(call: &Call) -> Result<Arc<str>, CallError> {
    call.turn.agent.clone().ok_or_else(|| {
        CallError::Invalid(
            "a brain belongs to an agent, and this call is on nobody's behalf; name one (`--agent NAME`)".into(),
        )
    })
}

/// Works with a brain where that holds nobody up.
async fn with<T: Send + 'static>(
    shelf: &Arc<Shelf>,
    agent: &Arc<str>,
    work: impl FnOnce(&Brain) -> Result<T, BrainError> + Send + 'static,
) -> Result<T, CallError> {
    let (shelf, agent) = (shelf.clone(), agent.clone());
    blocking(move || work(&*shelf.brain(&agent)?).map_err(to_call_error)).await
}

/// A brain's no, as the contract says it.
fn to_call_error(error: BrainError) -> CallError {
    match error {
        BrainError::Invalid(what) => CallError::Invalid(what),
        BrainError::NotFound(what) => CallError::NotFound(what),
        BrainError::Full { limit: limit @ ("max-memories" | "max-bytes"), detail } => {
            let setting = if limit == "max-bytes" { "max_mib" } else { "max_memories" };
            let next = format!(
                "forget what is no longer needed, or raise `{setting}` in `[memory]` of `loket.toml` and of the agent's `agent.toml`"
            );
            CallError::exhausted(limit, format!("the brain is full: {detail}; {next}"))
        }
        BrainError::Full { limit, detail } => CallError::exhausted(limit, detail),
        BrainError::Undone(why) => to_call_error(BrainError::clone(&why)),
        BrainError::Locked(_) | BrainError::Closed => CallError::Unavailable(error.to_string()),
        other => CallError::Failed(other.to_string()),
    }
}
