//! `loket:brain/memory`: what an agent does with its own brain.

use super::embed::Embed;
use super::origin::{Builds, origin, seen, seen_in};
use super::shelf::Shelf;
use super::{reach, whose, with};
use crate::native::Answers;
use async_trait::async_trait;
use loket_brain::{Correction, Draft, Hit, Kind, MemoryId, Query};
use loket_kernel::counter::now;
use loket_kernel::{Call, CallError, Capability, Labels, Principal, Provider, Reply, Terms};
use loket_values::Interface;
use std::collections::HashSet;
use std::sync::Arc;

/// Memory, as agents see it.
pub struct Memory {
    answers: Answers,
    shelf: Arc<Shelf>,
    builds: Builds,
    embed: Arc<Embed>,
}

/// What was an answer to an instance already: asked twice about the same, a memory is used once.
#[derive(Default)]
struct Told(HashSet<MemoryId>);

impl Memory {
    /// Answers `interface` from the brains on a shelf.
    pub fn new(interface: &Interface, shelf: Arc<Shelf>, builds: Builds, embed: Arc<Embed>) -> Memory {
        Memory { answers: Answers::new(interface), shelf, builds, embed }
    }

    async fn recall(&self, call: &Call, query: Query) -> Result<Vec<Hit>, CallError> {
        let agent = whose(call)?;
        let meaning = self.embed.meaning(call, &agent, &query.text).await;
        // Without words it is a list, and no memory is an answer to anything; what its owner looks for is no use of it either, nor what
        // a client does.
        let reads = matches!(call.chain.last(), Principal::Owner | Principal::Client(_));
        let asked = !reads && !query.text.trim().is_empty();
        let hits = with(&self.shelf, &agent, move |brain| {
            let hits = brain.recall_at(&query, now(), meaning.as_ref());
            // A vector that cannot be compared takes nothing away.
            if hits.is_err() && meaning.is_some() { brain.recall(&query) } else { hits }
        })
        .await?;
        let new = |hit: &&Hit| call.held.with(|told: &mut Told| told.0.insert(hit.entry.id.clone()));
        let used: Vec<MemoryId> = hits.iter().filter(|_| asked).filter(new).map(|hit| hit.entry.id.clone()).collect();
        if !used.is_empty() {
            with(&self.shelf, &agent, move |brain| {
                brain.used(used, now());
                Ok(())
            })
            .await?;
        }
        Ok(hits)
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

    fn term_keys(&self) -> &'static [&'static str] {
        &[reach::KEY]
    }

    fn terms(&self, terms: &Terms) -> Result<Terms, String> {
        reach::terms(terms, &self.shelf)
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        let answers = &self.answers;
        let agent = whose(&call)?;
        reach::check(&call, &agent)?;
        match &*call.function {
            "remember" => {
                let (draft,): (Draft,) = answers.args(&call)?;
                let origin = origin(&call, &self.builds);
                let id = with(&self.shelf, &agent, move |brain| brain.remember(draft, origin)).await?;
                self.shelf.changed(&agent);
                answers.ok(&call, id, Labels::NONE)
            }
            "recall" => {
                let (query,): (Query,) = answers.args(&call)?;
                let hits = self.recall(&call, query).await?;
                let labels = seen(Hit::labels(&hits));
                answers.ok(&call, hits, labels)
            }
            "correct" => {
                let (correction,): (Correction,) = answers.args(&call)?;
                let origin = origin(&call, &self.builds);
                let id = with(&self.shelf, &agent, move |brain| brain.correct(correction, origin)).await?;
                self.shelf.changed(&agent);
                answers.ok(&call, id, Labels::NONE)
            }
            "forget" => {
                let (id,): (MemoryId,) = answers.args(&call)?;
                with(&self.shelf, &agent, move |brain| brain.forget(&id, now())).await?;
                self.shelf.changed(&agent);
                answers.ok(&call, (), Labels::NONE)
            }
            "get" => {
                let (id,): (MemoryId,) = answers.args(&call)?;
                let entry = with(&self.shelf, &agent, move |brain| brain.get(&id)).await?;
                let labels = seen_in(&entry);
                answers.ok(&call, entry, labels)
            }
            "list" => {
                let (kinds, cursor, limit): (Vec<Kind>, Option<String>, u32) = answers.args(&call)?;
                let list = move |brain: &loket_brain::Brain| brain.list(&kinds, cursor.as_deref(), limit);
                let page = with(&self.shelf, &agent, list).await?;
                let labels = seen_in(&page.items);
                answers.ok(&call, page, labels)
            }
            other => Err(CallError::NotFound(format!("memory has no function `{other}`"))),
        }
    }
}
