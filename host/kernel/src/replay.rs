//! A turn run again: the component gets the answers that the counter once gave, and must ask the same.

use crate::call::Call;
use crate::chain::Chain;
use crate::fault::CallError;
use crate::labels::Labels;
use crate::limits::Limits;
use crate::state::Door;
use crate::turn::Turn;
use crate::unit::{Unit, Work};
use loket_values::Value;
use loket_values::json::to_json;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// One call that the turn made, and what came of it.
#[derive(Debug, Clone)]
pub struct Step {
    /// The capability in words, as the ledger has it.
    pub capability: String,
    /// The function.
    pub function: String,
    /// What was asked.
    pub args: Vec<Value>,
    /// What was answered.
    pub answer: Result<Option<Value>, CallError>,
    /// What the turn had seen when it was answered.
    pub labels: Labels,
}

/// What the counter once answered, in order.
#[derive(Debug)]
pub struct Recording {
    left: Mutex<VecDeque<Step>>,
    diverged: Mutex<Option<String>>,
}

/// What a turn was given.
pub struct Inputs {
    /// The interface that was called, without its version.
    pub interface: String,
    /// The function.
    pub function: String,
    /// Its arguments.
    pub args: Vec<Value>,
    /// When the turn began, in milliseconds since 1970.
    pub started: u64,
    /// What its random numbers grew from.
    pub seed: u64,
    /// The number of the call that ran the component.
    pub number: u32,
    /// The agent whose turn it was, or on whose behalf the owner called.
    pub agent: Option<Arc<str>>,
    /// What was known at the beginning of where its words came from.
    pub labels: Labels,
}

/// What running a turn again came to.
#[derive(Debug)]
pub struct Replayed {
    /// The component's answer.
    pub answer: Result<Option<Value>, CallError>,
    /// Where it asked something else than it once did, or asked too little.
    pub diverged: Option<String>,
    /// The turn as it was run again: whose it is, and what it has seen.
    pub turn: Arc<Turn>,
}

impl Recording {
    /// A recording of these calls.
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Recording {
        Recording { left: Mutex::new(steps.into_iter().collect()), diverged: Mutex::new(None) }
    }

    pub(crate) fn call(&self, call: Call) -> Result<Option<Value>, CallError> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = format!("`{}#{}`", call.capability, call.function);
        let Some(step) = left.pop_front() else {
            return Err(self.diverge(format!("asked {asked}, where it once asked nothing more")));
        };
        if step.capability != call.capability.to_string() || *step.function != *call.function {
            return Err(
                self.diverge(format!("asked {asked}, where it once asked `{}#{}`", step.capability, step.function))
            );
        }
        if !same(&step.args, &call.args) {
            return Err(self.diverge(format!("asked {asked} with other arguments than it once did")));
        }
        call.turn.labels.add(step.labels);
        step.answer
    }

    fn diverge(&self, what: String) -> CallError {
        self.diverged.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(what.clone());
        CallError::Failed(format!("the turn does not run as it did: the component {what}"))
    }
}

/// Equal as far as the ledger can tell: a NaN equals itself.
fn same(a: &[Value], b: &[Value]) -> bool {
    a == b || a.iter().map(to_json).eq(b.iter().map(to_json))
}

/// Runs a unit on what it was once given; nothing outside is touched, and nothing is written.
pub async fn replay(unit: &Unit, chain: Chain, inputs: Inputs, steps: Vec<Step>, limits: &Limits) -> Replayed {
    let recording = Arc::new(Recording::new(steps));
    let turn = Arc::new(Turn::new(inputs.agent, inputs.started, inputs.seed, limits, inputs.labels, None));
    let work = Work {
        turn: turn.clone(),
        number: inputs.number,
        interface: &inputs.interface,
        function: &inputs.function,
        args: inputs.args,
    };
    let answer = unit.run(Door::Recording(recording.clone()), chain, work).await;
    let mut diverged = recording.diverged.lock().unwrap_or_else(PoisonError::into_inner).take();
    let left = recording.left.lock().unwrap_or_else(PoisonError::into_inner).len();
    if diverged.is_none() && left > 0 {
        diverged = Some(format!("the component asked {left} calls fewer than it once did"));
    }
    Replayed { answer, diverged, turn }
}
