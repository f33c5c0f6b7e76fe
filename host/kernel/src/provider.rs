//! What answers a capability.

use crate::call::{Call, Capability};
use crate::fault::CallError;
use crate::labels::Labels;
use crate::terms::Terms;
use async_trait::async_trait;
use loket_values::{Interface, Value};

/// Native code in the host, or another component's export: the counter does not know the difference.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Who it is, and which interface it answers.
    fn capability(&self) -> &Capability;

    /// The functions that it answers, with their types.
    fn interface(&self) -> &Interface;

    /// Whether a call of this function can be felt outside the host. An intent is durable before such a call is made.
    fn effect(&self, _function: &str) -> Effect {
        Effect::Inside
    }

    /// What the ledger keeps of this function's answers.
    fn keeps(&self, _function: &str) -> Keeps {
        Keeps::Whole
    }

    /// Whether a call of this function does nothing but make further calls at the counter. Such a one is run again when its turn goes on
    /// after the host's death; any other that had begun is not, since it may have happened.
    fn is_transparent(&self, _function: &str) -> bool {
        false
    }

    /// The keys that a grant's terms may have for it.
    fn term_keys(&self) -> &'static [&'static str] {
        &[]
    }

    /// Reads the terms of a grant that is being made, all of whose keys it knows, and gives them back in the one form in which they are
    /// kept and compared.
    ///
    /// # Errors
    /// What is wrong with them, and what would be right.
    fn terms(&self, terms: &Terms) -> Result<Terms, String> {
        Ok(terms.clone())
    }

    /// Answers a call that the counter let through.
    ///
    /// For a function that answers with `result<_, error>` of `loket:types`, the provider gives the whole result value, or simply
    /// the error as [`CallError`].
    async fn call(&self, call: Call) -> Result<Reply, CallError>;
}

/// How far a provider's calls reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Not out of the host: the ledger commits in groups.
    Inside,
    /// Out of the host: the intent is durable first.
    Outside,
}

/// What the ledger keeps of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    /// All of it, so that the turn can be run again.
    Whole,
    /// Its size and its digest: the bytes are kept elsewhere, and the turn is run again by asking anew.
    Digest,
}

/// A provider's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The function's result, if it has one.
    pub value: Option<Value>,
    /// What is known of where the answer came from.
    pub labels: Labels,
}

impl From<Option<Value>> for Reply {
    fn from(value: Option<Value>) -> Self {
        Reply { value, labels: Labels::NONE }
    }
}
