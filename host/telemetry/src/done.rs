//! A turn or a call that is over.

use crate::usage::Usage;
use loket_ledger::TurnId;
use std::sync::Arc;

/// One call at the counter that is over, or a turn as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// The turn.
    pub turn: TurnId,
    /// The call's number in its turn; 0 is the turn itself.
    pub call: u32,
    /// The number of the call that made this one; 0 where the turn did.
    pub parent: u32,
    /// The agent whose turn it is; empty where the owner, or a client, called without one.
    pub agent: Arc<str>,
    /// Who called through whom; empty of a turn itself.
    pub chain: Arc<str>,
    /// The capability, as the ledger names it: `loket:brain/memory`, `loket:model/chat of loket:openai`; empty of a turn itself.
    pub capability: Arc<str>,
    /// The function; empty of a turn itself.
    pub function: Arc<str>,
    /// When it began, in milliseconds since 1970.
    pub begun: u64,
    /// When it was over, in milliseconds since 1970.
    pub ended: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// What it took, where a model answered.
    pub usage: Option<Usage>,
}

/// How a turn or a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// With an answer.
    Done,
    /// The counter said no: `denied`, or the limit that was reached.
    Refused(String),
    /// It was tried: the code of the error, as in WIT.
    Failed(String),
}

impl Outcome {
    /// `done`, `refused` or `failed`.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Refused(_) => "refused",
            Outcome::Failed(_) => "failed",
        }
    }

    /// The code of the error, if it was one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Outcome::Done => None,
            Outcome::Refused(code) | Outcome::Failed(code) => Some(code),
        }
    }
}

impl Done {
    /// Whether this is a turn as a whole.
    pub fn is_turn(&self) -> bool {
        self.call == 0
    }

    /// How long it took, in milliseconds; 0 where the clock was set back meanwhile.
    pub fn took(&self) -> u64 {
        self.ended.saturating_sub(self.begun)
    }

    /// The package of the model that answered, where this is a call of one: the router's own call, which has such a call in it, is none.
    pub fn model_package(&self) -> Option<&str> {
        self.capability.strip_prefix("loket:model/chat of ").filter(|_| &*self.function == "complete")
    }
}
