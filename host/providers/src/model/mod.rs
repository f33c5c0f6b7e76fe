//! `loket:model/*`: the way from an agent to the model that its manifest names.
//!
//! The router answers for the host; the model itself is a package behind the counter, and the agent needs a grant for it too: which
//! model sees an agent's words is the owner's decision.

use crate::native::Answers;
use crate::setup::Setups;
use async_trait::async_trait;
use loket_kernel::{Call, CallError, Capability, Counter, Provider, Reply, Turn};
use loket_values::{Interface, Value};
use std::collections::HashMap;
use std::sync::{Arc, Weak};

/// Who thinks with what: the agents' choices, and the model of whoever has made none.
#[derive(Debug, Clone)]
pub struct Choice {
    setups: Setups,
    fallback: Arc<str>,
}

/// A model that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The package that answers for it.
    pub package: String,
    /// What that calls it, where it serves several.
    pub model: Option<String>,
    /// Whether it is the one of whoever has chosen none.
    pub is_fallback: bool,
}

impl Choice {
    /// The agents' choices; who has made none gets `fallback`.
    pub fn new(setups: Setups, fallback: &str) -> Choice {
        Choice { setups, fallback: fallback.into() }
    }

    /// The model of a turn: that of its agent, or of the owner's own calls.
    pub fn of(&self, turn: &Turn) -> Chosen {
        let chosen = |models: &HashMap<String, String>| {
            let agent = turn.agent.as_deref().and_then(|agent| models.get(agent));
            let chosen = agent.map_or(&*self.fallback, String::as_str);
            let parts = chosen.split_once('/').map(|(package, model)| (package, Some(model)));
            let (package, model) = parts.unwrap_or((chosen, None));
            let is_fallback = package == &*self.fallback;
            Chosen { package: package.to_owned(), model: model.map(str::to_owned), is_fallback }
        };
        self.setups.in_turn(turn, |setup| chosen(&setup.models))
    }
}

/// The router of one interface of `loket:model`.
pub struct Router {
    answers: Answers,
    choice: Choice,
    counter: Weak<Counter>,
}

impl Router {
    /// Answers `interface` by the model that was chosen.
    pub fn new(interface: &Interface, choice: Choice, counter: &Arc<Counter>) -> Router {
        Router { answers: Answers::new(interface), choice, counter: Arc::downgrade(counter) }
    }
}

#[async_trait]
impl Provider for Router {
    fn capability(&self) -> &Capability {
        &self.answers.capability
    }

    fn interface(&self) -> &Interface {
        &self.answers.interface
    }

    async fn call(&self, mut call: Call) -> Result<Reply, CallError> {
        let Some(counter) = self.counter.upgrade() else {
            return Err(CallError::Unavailable("the host is shutting down".into()));
        };
        let Chosen { package, model, .. } = self.choice.of(&call.turn);
        if let (Some(model), Some(Value::Record(request))) = (model, call.args.first_mut())
            && let Some((_, wanted)) = request.iter_mut().find(|(name, _)| name == "model")
        {
            *wanted = Value::Option(Some(Box::new(Value::String(model))));
        }
        let capability = Capability::of(&package, &self.answers.capability.interface);
        let args = std::mem::take(&mut call.args);
        let onward = call.onward(capability, &call.function, args);
        counter.call(onward).await.map(Reply::from)
    }
}
