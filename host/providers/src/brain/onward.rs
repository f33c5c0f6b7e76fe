//! The way from a call to the agent's model, where grants lead there all the way. It is looked at before it is gone: who was not granted it
//! is asked for nothing, and has no refusal in the ledger.

use crate::model::{Choice, Chosen};
use loket_kernel::{Call, Capability, Counter, Principal, Provider, Verdict};
use loket_values::{Function, Value};
use std::sync::{Arc, Weak};

/// A function of the agent's model that may be called.
pub(super) struct Onward {
    counter: Arc<Counter>,
    router: Arc<dyn Provider>,
    call: Call,
    /// The model.
    pub(super) chosen: Chosen,
}

impl Onward {
    /// The way to a function of `loket:model`. None when nobody answers, or when the agent, or whoever asks on its behalf, was not granted the
    /// router or the model: which model sees an agent's words is its owner's decision, also when it is the owner who asks.
    pub(super) fn to_model(
        call: &Call,
        counter: &Weak<Counter>,
        choice: &Choice,
        (interface, function): (&str, &str),
    ) -> Option<Onward> {
        let counter = counter.upgrade()?;
        let agent = call.turn.agent.clone()?;
        let chosen = choice.of(&call.turn);
        let (agent, table) = (Principal::Agent(agent), counter.grants.now());
        let router = Capability::host(interface);
        let model = Capability::of(&chosen.package, interface);
        for capability in [&router, &model] {
            counter.provider(capability)?;
            let decision = table.decide(&agent, capability, function)?;
            let asked = call.onward(capability.clone(), function, Vec::new());
            if decision.verdict != Verdict::Allow || counter.grants.check(&asked).is_err() {
                return None;
            }
        }
        let provider = counter.provider(&router)?;
        let call = call.onward(router, function, Vec::new());
        Some(Onward { counter, router: provider, call, chosen })
    }

    /// The function, as the contract has it.
    pub(super) fn function(&self) -> Option<&Function> {
        self.router.interface().function(&self.call.function)
    }

    /// Asks; none when there is no answer.
    pub(super) async fn ask(&self, args: Vec<Value>) -> Option<Value> {
        let call = Call { args, ..self.call.clone() };
        match self.counter.call(call).await {
            Ok(Some(Value::Result(Ok(Some(answer))))) => Some(*answer),
            Ok(_) => None,
            Err(error) => {
                tracing::debug!(%error, model = %self.chosen.package, "loket.brain.model");
                None
            }
        }
    }
}
