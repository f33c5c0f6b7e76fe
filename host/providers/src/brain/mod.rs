//! `loket:brain/memory`: the brain of the agent whose turn it is.
//!
//! Files: [`shelf`] the open brains of a home; here, the calls.

pub mod shelf;

use crate::native::{Answers, blocking};
use async_trait::async_trait;
use loket_brain::{Brain, BrainError, Correction, Draft, Entry, Hit, Kind, MemoryId, Origin, Query, Source};
use loket_kernel::counter::now;
use loket_kernel::{Call, CallError, Capability, Labels, Provider, Reply};
use loket_values::Interface;
use shelf::Shelf;
use std::sync::Arc;

/// Memory, as agents see it. Which brain a call reaches is decided by its turn, never by an argument.
pub struct Memory {
    answers: Answers,
    shelf: Arc<Shelf>,
}

impl Memory {
    /// Answers `interface` from the brains on a shelf.
    pub fn new(interface: &Interface, shelf: Arc<Shelf>) -> Memory {
        Memory { answers: Answers::new(interface), shelf }
    }

    async fn with<T: Send + 'static>(
        &self,
        call: &Call,
        work: impl FnOnce(&Brain) -> Result<T, BrainError> + Send + 'static,
    ) -> Result<T, CallError> {
        let Some(agent) = call.turn.agent.clone() else {
            return Err(CallError::Invalid(
                "a brain belongs to an agent, and this call is on nobody's behalf; name one (`--agent NAME`)".into(),
            ));
        };
        let shelf = self.shelf.clone();
        blocking(move || {
            let brain = shelf.brain(&agent)?;
            work(&brain).map_err(to_call_error)
        })
        .await
    }
}

#[async_trait]
impl Provider for Memory {
    fn capability(&self) -> &Capability {
        &self.answers.capability
    }

    fn interface(&self) -> &Interface {
        &self.answers.interface
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        let answers = &self.answers;
        match &*call.function {
            "remember" => {
                let (draft,): (Draft,) = answers.args(&call)?;
                let origin = origin(&call);
                let id = self.with(&call, move |brain| brain.remember(draft, origin)).await?;
                answers.ok(&call, id, Labels::NONE)
            }
            "recall" => {
                let (query,): (Query,) = answers.args(&call)?;
                let hits = self.with(&call, move |brain| brain.recall(&query)).await?;
                let labels = seen(hits.iter().map(|hit: &Hit| &hit.entry));
                answers.ok(&call, hits, labels)
            }
            "correct" => {
                let (correction,): (Correction,) = answers.args(&call)?;
                let origin = origin(&call);
                let id = self.with(&call, move |brain| brain.correct(correction, origin)).await?;
                answers.ok(&call, id, Labels::NONE)
            }
            "forget" => {
                let (id,): (MemoryId,) = answers.args(&call)?;
                self.with(&call, move |brain| brain.forget(&id, now())).await?;
                answers.ok(&call, (), Labels::NONE)
            }
            "get" => {
                let (id,): (MemoryId,) = answers.args(&call)?;
                let entry = self.with(&call, move |brain| brain.get(&id)).await?;
                let labels = seen(entry.iter());
                answers.ok(&call, entry, labels)
            }
            "list" => {
                let (kinds, cursor, limit): (Vec<Kind>, Option<String>, u32) = answers.args(&call)?;
                let page = self.with(&call, move |brain| brain.list(&kinds, cursor.as_deref(), limit)).await?;
                let labels = seen(page.items.iter());
                answers.ok(&call, page, labels)
            }
            other => Err(CallError::NotFound(format!("memory has no function `{other}`"))),
        }
    }
}

/// What a turn has seen once it has read these.
fn seen<'a>(entries: impl Iterator<Item = &'a Entry>) -> Labels {
    let all = entries.fold(loket_brain::Labels::NONE, |all, entry| all.join(entry.labels));
    [(loket_brain::Labels::PRIVATE, Labels::PRIVATE), (loket_brain::Labels::UNTRUSTED, Labels::UNTRUSTED)]
        .into_iter()
        .filter(|(theirs, _)| all.contains(*theirs))
        .fold(Labels::NONE, |labels, (_, ours)| labels.join(ours))
}

/// Who writes, in which turn, with what the turn has seen.
fn origin(call: &Call) -> Origin {
    let turn_labels = call.turn.labels.get();
    let labels = [(loket_brain::Labels::PRIVATE, Labels::PRIVATE), (loket_brain::Labels::UNTRUSTED, Labels::UNTRUSTED)]
        .into_iter()
        .filter(|(_, ours)| turn_labels.contains(*ours))
        .fold(loket_brain::Labels::NONE, |labels, (theirs, _)| labels.join(theirs));
    let source = Source {
        agent: call.turn.agent.as_deref().unwrap_or_default().to_owned(),
        turn: call.turn.id.to_string(),
        chain: call.chain.text().to_string(),
    };
    Origin { source, labels, time: now() }
}

fn to_call_error(error: BrainError) -> CallError {
    match error {
        BrainError::Invalid(what) => CallError::Invalid(what),
        BrainError::NotFound(what) => CallError::NotFound(what),
        BrainError::Full { limit, .. } => CallError::exhausted(limit, error.to_string()),
        BrainError::Locked(_) | BrainError::Closed => CallError::Unavailable(error.to_string()),
        other => CallError::Failed(other.to_string()),
    }
}
