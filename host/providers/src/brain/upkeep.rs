//! `loket:brain/upkeep`: what an owner does with an agent's memory. An agent may do it with its own, where it was granted that.

use super::dreaming::Summariser;
use super::erase::{self, Erase};
use super::fork;
use super::origin::{Builds, origin, seen, seen_in, source};
use super::shelf::Shelf;
use super::{whose, with};
use crate::model::Choice;
use crate::native::{Answers, blocking};
use async_trait::async_trait;
use loket_brain::{
    Brain, BrainError, Deed, Difference, Dream, Dreaming, JournalEntry, Lines, MemoryId, Purged, Revision, Summarise,
};
use loket_kernel::counter::now;
use loket_kernel::{Call, CallError, Capability, Counter, Labels, Provider, Reply};
use loket_values::Interface;
use serde::Deserialize;
use std::sync::{Arc, Weak};

/// So many bytes of lines fit into one answer, with room for what is around them.
const MOST_LINES: usize = 1 << 20;

/// Upkeep, as owners do it.
pub struct Upkeep {
    answers: Answers,
    shelf: Arc<Shelf>,
    builds: Builds,
    choice: Choice,
    counter: Weak<Counter>,
    outside: Arc<dyn Erase>,
}

#[derive(Deserialize, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Copies {
    Keep,
    Purge,
}

#[derive(Deserialize, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Earnest {
    Rehearse,
    Apply,
}

impl Upkeep {
    /// Answers `interface` for the brains on a shelf. Dreams ask the models that were chosen, where grants lead there; what is purged is
    /// erased outside of the brains too.
    pub fn new(
        interface: &Interface,
        shelf: Arc<Shelf>,
        builds: Builds,
        choice: Choice,
        counter: &Arc<Counter>,
        outside: Arc<dyn Erase>,
    ) -> Upkeep {
        let (answers, counter) = (Answers::new(interface), Arc::downgrade(counter));
        Upkeep { answers, shelf, builds, choice, counter, outside }
    }

    async fn with<T: Send + 'static>(
        &self,
        call: &Call,
        work: impl FnOnce(&Brain) -> Result<T, BrainError> + Send + 'static,
    ) -> Result<T, CallError> {
        with(&self.shelf, &whose(call)?, work).await
    }

    async fn dream(&self, call: &Call, earnest: Earnest) -> Result<(Dream, Labels), CallError> {
        let summariser = Summariser::of(call, &self.counter, &self.choice);
        let source = source(call, &self.builds);
        self.with(call, move |brain| {
            let ask = summariser.as_ref().map(|summariser| {
                move |task: loket_brain::SummaryTask, texts: &[String]| summariser.summarise(task, texts)
            });
            let summarise: Option<Summarise<'_>> = ask.as_ref().map(|ask| ask as Summarise<'_>);
            let rehearse = earnest == Earnest::Rehearse;
            let dream = brain.dream(&Dreaming { now: now(), rehearse, source, summarise })?;
            let labels = seen_in_deeds(brain, &dream.deeds)?;
            Ok((dream, labels))
        })
        .await
    }

    async fn fork(&self, call: &Call, into: String) -> Result<(), CallError> {
        let (shelf, agent) = (self.shelf.clone(), whose(call)?);
        blocking(move || fork::fork(&shelf, &agent, &into)).await
    }
}

#[async_trait]
impl Provider for Upkeep {
    fn capability(&self) -> &Capability {
        &self.answers.capability
    }

    fn interface(&self) -> &Interface {
        &self.answers.interface
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        let reply = self.answer(&call).await?;
        if matches!(&*call.function, "edit" | "pin" | "unpin" | "import" | "revert" | "dream" | "undo") {
            self.shelf.changed(&whose(&call)?);
        }
        Ok(reply)
    }
}

impl Upkeep {
    async fn answer(&self, call: &Call) -> Result<Reply, CallError> {
        match &*call.function {
            "edit" | "pin" | "unpin" => self.put_right(call).await,
            "usage" | "export" | "import" => self.hold(call).await,
            "snapshot" | "snapshots" | "drop-snapshot" | "diff" | "revert" | "fork" => self.copies(call).await,
            "dream" | "journal" | "undo" => self.dreams(call).await,
            "purge" => {
                let (copies,): (Copies,) = self.answers.args(call)?;
                let in_snapshots = copies == Copies::Purge;
                let purged: Purged = erase::purge(&self.shelf, &whose(call)?, &*self.outside, in_snapshots).await?;
                self.answers.ok(call, purged, Labels::NONE)
            }
            other => Err(CallError::NotFound(format!("upkeep has no function `{other}`"))),
        }
    }

    /// One memory.
    async fn put_right(&self, call: &Call) -> Result<Reply, CallError> {
        if &*call.function == "edit" {
            let (id, revision): (MemoryId, Revision) = self.answers.args(call)?;
            self.with(call, move |brain| brain.edit(&id, &revision)).await?;
        } else {
            let (id,): (MemoryId,) = self.answers.args(call)?;
            let pinned = &*call.function == "pin";
            self.with(call, move |brain| brain.pin(&id, pinned)).await?;
        }
        self.answers.ok(call, (), Labels::NONE)
    }

    /// How much there is, out and in.
    async fn hold(&self, call: &Call) -> Result<Reply, CallError> {
        match &*call.function {
            "export" => {
                let (cursor, limit): (Option<String>, u32) = self.answers.args(call)?;
                let lines = self.with(call, move |brain| export(brain, cursor.as_deref(), limit)).await?;
                let labels = seen_in_lines(&lines);
                self.answers.ok(call, lines, labels)
            }
            "import" => {
                let (lines,): (Vec<String>,) = self.answers.args(call)?;
                let origin = origin(call, &self.builds);
                let imported = self.with(call, move |brain| brain.import(&lines, &origin)).await?;
                self.answers.ok(call, imported, Labels::NONE)
            }
            _ => {
                let usage = self.with(call, Brain::usage).await?;
                self.answers.ok(call, usage, Labels::NONE)
            }
        }
    }

    /// The brain at other times, and elsewhere.
    async fn copies(&self, call: &Call) -> Result<Reply, CallError> {
        let answers = &self.answers;
        match &*call.function {
            "snapshot" => {
                let (name,): (String,) = answers.args(call)?;
                let made = self.with(call, move |brain| brain.snapshot(&name)).await?;
                answers.ok(call, made, Labels::NONE)
            }
            "snapshots" => {
                let all = self.with(call, Brain::snapshots).await?;
                answers.ok(call, all, Labels::NONE)
            }
            "drop-snapshot" => {
                let (name,): (String,) = answers.args(call)?;
                self.with(call, move |brain| brain.drop_snapshot(&name)).await?;
                answers.ok(call, (), Labels::NONE)
            }
            "diff" => {
                let (from, to, after, limit): (String, Option<String>, Option<MemoryId>, u32) = answers.args(call)?;
                let differ = move |brain: &Brain| brain.diff(&from, to.as_deref(), after.as_ref(), limit);
                let found = self.with(call, differ).await?;
                let entries = |difference: &'_ Difference| [difference.before.clone(), difference.after.clone()];
                let labels = found.iter().flat_map(entries).flatten();
                let labels = labels.fold(Labels::NONE, |all, entry| all.join(seen_in([&entry])));
                answers.ok(call, found, labels)
            }
            "revert" => {
                let (to,): (String,) = answers.args(call)?;
                let kept = self.with(call, move |brain| brain.revert(&to, now())).await?;
                answers.ok(call, kept, Labels::NONE)
            }
            _ => {
                let (into,): (String,) = answers.args(call)?;
                self.fork(call, into).await?;
                answers.ok(call, (), Labels::NONE)
            }
        }
    }

    /// Dreams, and the way back from them.
    async fn dreams(&self, call: &Call) -> Result<Reply, CallError> {
        let answers = &self.answers;
        match &*call.function {
            "dream" => {
                let (earnest,): (Earnest,) = answers.args(call)?;
                let (dream, labels) = self.dream(call, earnest).await?;
                answers.ok(call, dream, labels)
            }
            "journal" => {
                let (limit,): (u32,) = answers.args(call)?;
                let (entries, labels) = self.with(call, move |brain| journal(brain, limit)).await?;
                answers.ok(call, entries, labels)
            }
            _ => {
                let (entry,): (u64,) = answers.args(call)?;
                let many = self.with(call, move |brain| brain.undo(entry)).await?;
                answers.ok(call, many, Labels::NONE)
            }
        }
    }
}

/// As many lines as fit into an answer, one at least.
fn export(brain: &Brain, cursor: Option<&str>, mut limit: u32) -> Result<Lines, BrainError> {
    loop {
        let lines = brain.export(cursor, limit)?;
        let many = u32::try_from(lines.items.len()).unwrap_or(u32::MAX);
        if many <= 1 || lines.items.iter().map(String::len).sum::<usize>() <= MOST_LINES {
            return Ok(lines);
        }
        limit = many / 2;
    }
}

fn journal(brain: &Brain, limit: u32) -> Result<(Vec<JournalEntry>, Labels), BrainError> {
    let entries = brain.journal(limit)?;
    let labels = entries
        .iter()
        .try_fold(Labels::NONE, |all, entry| Ok::<_, BrainError>(all.join(seen_in_deeds(brain, &entry.deeds)?)))?;
    Ok((entries, labels))
}

/// The labels of the memories that deeds are about, whose words they tell.
fn seen_in_deeds(brain: &Brain, deeds: &[Deed]) -> Result<Labels, BrainError> {
    let mut labels = Labels::NONE;
    for id in deeds.iter().flat_map(|deed| deed.memories.iter().chain(&deed.kept)) {
        labels = labels.join(seen_in(&brain.get(id)?));
    }
    Ok(labels)
}

/// The labels that lines of an export bear.
fn seen_in_lines(lines: &Lines) -> Labels {
    #[derive(Deserialize)]
    struct Line {
        labels: loket_brain::Labels,
    }
    let labels = lines.items.iter().filter_map(|line| serde_json::from_str::<Line>(line).ok());
    labels.fold(Labels::NONE, |all, line| all.join(seen(line.labels)))
}
