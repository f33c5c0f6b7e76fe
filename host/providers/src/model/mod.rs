//! `loket:model/*`: the way from an agent to the model that its manifest names.
//!
//! The router answers for the host; the model itself is a package behind the counter, and the agent needs a grant for it too: which
//! model sees an agent's words is the owner's decision.

use crate::native::Answers;
use arc_swap::ArcSwap;
use async_trait::async_trait;
use loket_kernel::{Call, CallError, Capability, Counter, Provider, Reply};
use loket_values::{Interface, Value};
use std::collections::HashMap;
use std::sync::{Arc, Weak};

/// Which agent thinks with which model: `namespace:package`, or `namespace:package/model`. The owner chose it, so no request changes it.
pub type Models = Arc<ArcSwap<HashMap<String, String>>>;

/// The router of one interface of `loket:model`.
pub struct Router {
    answers: Answers,
    models: Models,
    fallback: String,
    counter: Weak<Counter>,
}

impl Router {
    /// Answers `interface`; who has no model of its own gets `fallback`.
    pub fn new(interface: &Interface, models: Models, fallback: &str, counter: &Arc<Counter>) -> Router {
        Router {
            answers: Answers::new(interface),
            models,
            fallback: fallback.to_owned(),
            counter: Arc::downgrade(counter),
        }
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
        let models = self.models.load();
        let chosen = call.turn.agent.as_deref().and_then(|agent| models.get(agent)).unwrap_or(&self.fallback);
        let (package, model) = chosen.split_once('/').map_or((chosen.as_str(), None), |(p, m)| (p, Some(m)));
        if let (Some(model), Some(Value::Record(request))) = (model, call.args.first_mut())
            && let Some((_, wanted)) = request.iter_mut().find(|(name, _)| name == "model")
        {
            *wanted = Value::Option(Some(Box::new(Value::String(model.to_owned()))));
        }
        let capability = Capability::of(package, &self.answers.capability.interface);
        let args = std::mem::take(&mut call.args);
        let onward = call.onward(capability, &call.function, args);
        counter.call(onward).await.map(Reply::from)
    }
}
