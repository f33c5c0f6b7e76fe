//! Turns: the frame around everything that happens at the counter. A page in the ledger is begun, the work is done, and the answer
//! waits until the page is durable.

use crate::host::Host;
use crate::running::Running;
use loket_kernel::counter::now;
use loket_kernel::{Call, CallError, Capability, Chain, Counter, Labels, Limits, Principal, Turn, Watch};
use loket_ledger::TurnId;
use loket_providers::setup::Frame;
use loket_values::Value;
use serde_json::json;
use std::sync::Arc;

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
    pub events: Option<Arc<dyn Watch>>,
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
        self.turn_through(Chain::new(Principal::Owner), task).await
    }

    /// The same, where the owner calls through others: what is done needs their grants.
    ///
    /// # Errors
    /// As [`Host::turn`].
    pub(crate) async fn turn_through(&self, chain: Chain, task: Task) -> Result<(TurnId, Option<Value>), CallError> {
        self.turn_telling(chain, task, &mut None, |_| {}).await
    }

    /// The same. Where the owner let it pass with other arguments than its own, those are told; and the turn is, once it begins.
    ///
    /// # Errors
    /// As [`Host::turn`].
    pub(crate) async fn turn_telling(
        &self,
        chain: Chain,
        task: Task,
        changed: &mut Option<Vec<Value>>,
        begun: impl FnOnce(&Turn) + Send,
    ) -> Result<(TurnId, Option<Value>), CallError> {
        let place = self.lanes.enter(&task.capability.provider).await?;
        let _busy = task.agent.as_ref().map(|agent| self.quiet.busy(agent));
        let (capability, function, args) = (task.capability, task.function, task.args);
        let event = event(&capability, &function, &args);
        let started = event.and_then(event_time).unwrap_or_else(now);
        let conversation = event.and_then(conversation);
        let limits = task.limits.unwrap_or_else(|| Limits::clone(&self.counter.limits()));
        let turn = Turn::new(task.agent, started, rand::random(), &limits, task.labels, None);
        let turn = match task.events {
            Some(watcher) => turn.watched_by(watcher),
            None => turn,
        };
        let turn = self.framed(turn, conversation);
        let _running = self.running.enter(&turn)?;
        let _may_ask = self.asks.enter(&turn, place, &args);
        begun(&turn);
        self.counter.begin(&turn, inputs(&turn, task.package));
        let work = self.counter.call_telling(first(turn.clone(), chain, capability, &function, args), changed);
        Ok((turn.id, self.see_through(&turn, work).await?))
    }

    /// Does work of the host's own in a turn: begins its page, waits for the work, and answers once both are in the ledger.
    ///
    /// # Errors
    /// What the work came to, or `failed` when the ledger could not be written.
    pub(crate) async fn work_in<T, F: Future<Output = Result<T, CallError>> + Send>(
        &self,
        turn: Turn,
        work: impl FnOnce(Arc<Turn>) -> F,
    ) -> Result<(TurnId, T), CallError> {
        let turn = self.framed(turn, None);
        let _running = self.running.enter(&turn)?;
        self.counter.begin(&turn, inputs(&turn, None));
        let answer = self.see_through(&turn, work(turn.clone())).await?;
        Ok((turn.id, answer))
    }

    /// Begins the page of a turn in which somebody looks something up.
    pub(crate) fn begin_looking(&self, turn: &Turn) {
        self.counter.begin(turn, inputs(turn, None));
    }

    /// A turn that is held to what is set now: what the owner sets meanwhile is for the turns after this one.
    pub(crate) fn framed(&self, turn: Turn, conversation: Option<Arc<str>>) -> Arc<Turn> {
        Arc::new(turn.holding_to(Arc::new(Frame { setup: self.setups.now(), conversation })))
    }

    /// Waits for the work for which a turn's page was begun, and ends the page.
    pub(crate) async fn see_through<T>(
        &self,
        turn: &Arc<Turn>,
        work: impl Future<Output = Result<T, CallError>> + Send,
    ) -> Result<T, CallError> {
        let mut page = OpenPage { counter: &self.counter, running: &self.running, turn, open: true };
        let mut answer = work.await;
        page.open = false;
        drop(page);
        // It goes on later: its page stays open.
        if let (Err(error), true) = (&answer, turn.suspend.is_cancelled()) {
            return Err(error.clone());
        }
        // What it answered then, it did not answer to what it was told.
        if let Some(astray) = turn.behind().and_then(|behind| behind.astray()) {
            answer = Err(astray);
        }
        let outcome = match &answer {
            Ok(_) => "done".to_owned(),
            Err(_) if turn.cancel.is_cancelled() && self.running.is_ending() => self.running.epitaph().to_owned(),
            Err(error) => format!("{}: {error}", error.code()),
        };
        self.counter.end(turn, outcome).await?;
        answer
    }
}

/// What a page begins with: all that is needed to run the turn again, as JSON.
fn inputs(turn: &Turn, package: Option<(String, String)>) -> String {
    let (package, digest) = package.unzip();
    let inputs = json!({
        "seed": turn.seed.to_string(),
        "clock": turn.started,
        "labels": turn.labels.get().names(),
        "package": package,
        "digest": digest,
    });
    inputs.to_string()
}

/// The call with which a turn begins.
pub(crate) fn first(turn: Arc<Turn>, chain: Chain, capability: Capability, function: &str, args: Vec<Value>) -> Call {
    Call {
        chain,
        capability,
        function: function.into(),
        args,
        turn,
        parent: 0,
        terms: Default::default(),
        held: Default::default(),
        number: 0,
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
fn event_time(event: &Value) -> Option<u64> {
    match field(event, "now")? {
        Value::U64(now) => Some(*now),
        _ => None,
    }
}

/// The conversation that an agent's event belongs to.
pub(crate) fn conversation(event: &Value) -> Option<Arc<str>> {
    let Value::Variant(_, Some(occasion)) = field(event, "occasion")? else { return None };
    match field(occasion, "conversation")? {
        Value::String(conversation) if !conversation.is_empty() => Some(conversation.as_str().into()),
        _ => None,
    }
}

/// The event that an agent is to handle.
pub(crate) fn event<'v>(capability: &Capability, function: &str, args: &'v [Value]) -> Option<&'v Value> {
    let handles = *capability.interface == *HANDLER && function == HANDLE;
    args.first().filter(|_| handles)
}

fn field<'v>(record: &'v Value, name: &str) -> Option<&'v Value> {
    match record {
        Value::Record(fields) => fields.iter().find(|(field, _)| field == name).map(|(_, value)| value),
        _ => None,
    }
}
