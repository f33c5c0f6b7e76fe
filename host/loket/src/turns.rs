//! Turns: the frame around everything that happens at the counter. A page in the ledger is begun, the work is done, and the answer
//! waits until the page is durable.

use crate::host::Host;
use crate::running::Running;
use loket_kernel::counter::now;
use loket_kernel::{Call, CallError, Capability, Chain, Counter, Labels, Limits, Principal, Turn};
use loket_ledger::TurnId;
use loket_values::Value;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The interface by which agents are spoken to, and its function.
pub(crate) const HANDLER: &str = "loket:roles/handler";
pub(crate) const HANDLE: &str = "handle";

/// What a turn is to do: one call by the owner.
pub struct Task {
    /// The agent whose turn it is, or on whose behalf the owner calls.
    pub agent: Option<Arc<str>>,
    /// Whom the call is addressed to.
    pub capability: Capability,
    /// The function.
    pub function: String,
    /// The arguments.
    pub args: Vec<Value>,
    /// What the turn may use; the host's limits when absent.
    pub limits: Option<Limits>,
    /// What is known of where the task's words came from.
    pub labels: Labels,
    /// Who watches.
    pub events: Option<mpsc::Sender<Value>>,
    /// The package that runs, for the record: name, version and digest.
    pub package: Option<(String, String)>,
}

impl Host {
    /// Does a task in a turn of its own; answers with the turn's name, and what came of it, once both are in the ledger. A turn waits
    /// for its place among the others first.
    ///
    /// # Errors
    /// `exhausted` when there is no place for it, what the call came to, or `failed` when the ledger could not be written.
    pub async fn turn(&self, task: Task) -> Result<(TurnId, Option<Value>), CallError> {
        let _place = self.lanes.enter(&task.capability.provider).await?;
        let _busy = task.agent.as_ref().map(|agent| self.quiet.busy(agent));
        let started = event_time(&task).unwrap_or_else(now);
        let limits = task.limits.unwrap_or_else(|| Limits::clone(&self.counter.limits()));
        let turn = Turn::new(task.agent, started, rand::random(), &limits, task.labels, task.events);
        // What the owner sets meanwhile is for the turns after this one.
        let turn = Arc::new(turn.holding_to(self.setups.now()));
        let (package, digest) = task.package.unzip();
        let inputs = json!({
            "seed": turn.seed.to_string(),
            "clock": turn.started,
            "labels": turn.labels.get().names(),
            "package": package,
            "digest": digest,
        });
        let _running = self.running.enter(&turn)?;
        self.counter.begin(&turn, inputs.to_string());
        let mut page = OpenPage { counter: &self.counter, running: &self.running, turn: &turn, open: true };
        let call = Call {
            chain: Chain::new(Principal::Owner),
            capability: task.capability,
            function: task.function.into(),
            args: task.args,
            turn: turn.clone(),
            parent: 0,
            terms: Default::default(),
            held: Default::default(),
            number: 0,
        };
        let answer = self.counter.call(call).await;
        page.open = false;
        drop(page);
        let outcome = match &answer {
            Ok(_) => "done".to_owned(),
            Err(_) if turn.cancel.is_cancelled() && self.running.is_ending() => self.running.epitaph().to_owned(),
            Err(error) => format!("{}: {error}", error.code()),
        };
        self.counter.end(&turn, outcome).await?;
        answer.map(|value| (turn.id, value))
    }
}

/// A page that must be ended, also when whoever asked went away and the turn's future was dropped.
struct OpenPage<'a> {
    counter: &'a Counter,
    running: &'a Running,
    turn: &'a Turn,
    open: bool,
}

impl Drop for OpenPage<'_> {
    fn drop(&mut self) {
        if self.open {
            self.counter.abandon(self.turn, self.running.epitaph());
        }
    }
}

/// An agent's event says when it is; the turn's clock says the same. What other functions mean by `now` is their own affair.
fn event_time(task: &Task) -> Option<u64> {
    match task.args.first() {
        Some(Value::Record(event)) if *task.capability.interface == *HANDLER && task.function == HANDLE => {
            event.iter().find_map(|(name, value)| match value {
                Value::U64(now) if name == "now" => Some(*now),
                _ => None,
            })
        }
        _ => None,
    }
}
