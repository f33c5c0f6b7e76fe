//! `loket:files/folders`: files, inside the folders that all grants along a call's chain have in common.
//!
//! Files in reading order: `path` what a component may write as a path, `terms` what a grant says, `places` what no grant may reach,
//! `roots` the folders of one call, `walk` opening without following a link, `read` and `write`(mod@write) the work, `marks` what
//! is known of where a file's words came from, `watch` what changes, [`whole`] folders for who opens files itself, `error` what goes wrong; here, the calls.

mod error;
mod marks;
mod path;
mod places;
mod read;
mod roots;
mod sole;
mod terms;
mod walk;
mod watch;
pub mod whole;
mod write;

use crate::native::{Answers, blocking};
use async_trait::async_trait;
use error::Fault;
use loket_kernel::{Call, CallError, Capability, Effect, Labels, Provider, Reply, Terms};
use loket_values::{Interface, Value};
use marks::Marks;
use places::Places;
use roots::Roots;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use watch::{Watch, Watches};
use write::Pen;

pub use marks::{MarksError, moved};

/// Files, as components use them.
pub struct Folders {
    answers: Answers,
    desk: Arc<Desk>,
    /// Who changes something now: one after the other, so that a file and its labels stay together.
    changing: Arc<tokio::sync::Mutex<()>>,
    watches: Arc<AtomicUsize>,
}

struct Desk {
    places: Places,
    marks: Marks,
}

impl Folders {
    /// Answers `interface`. `agents` is the folder of the agents, with their workspaces; no grant reaches what is `own`; `labels` is where
    /// it is kept what is known of files.
    ///
    /// # Errors
    /// When the labels of files cannot be read.
    pub fn open(
        interface: &Interface,
        agents: &Path,
        own: impl IntoIterator<Item = PathBuf>,
        labels: &Path,
    ) -> Result<Folders, MarksError> {
        let desk = Desk { places: Places::new(agents, own), marks: Marks::open(labels)? };
        let (changing, watches) = (Arc::default(), Arc::default());
        Ok(Folders { answers: Answers::new(interface), desk: Arc::new(desk), changing, watches })
    }

    /// Work that only looks. What it saw is private, and has the labels of those who wrote it.
    async fn look<T: Send + 'static>(
        &self,
        call: &Call,
        work: impl FnOnce(&Roots) -> Result<(T, Vec<PathBuf>), Fault> + Send + 'static,
    ) -> Result<(T, Labels), CallError> {
        let (desk, terms, agent) = (self.desk.clone(), call.terms.clone(), call.turn.agent.clone());
        let done = blocking(move || {
            Ok(Roots::of(&terms, &desk.places, agent.as_deref()).and_then(|roots| {
                let before = desk.marks.dropped();
                let (found, seen) = work(&roots)?;
                let labels = seen.iter().fold(Labels::PRIVATE, |all, path| all.join(desk.marks.of(path)));
                // What was there when it was read may have been replaced, and its labels gone with it.
                let sure = desk.marks.dropped() == before;
                Ok((found, if sure { labels } else { labels.join(Labels::UNTRUSTED) }))
            }))
        });
        done.await?.map_err(|fault| fault.answer(call))
    }

    /// Work that changes something.
    async fn change(
        &self,
        call: &Call,
        work: impl FnOnce(&Roots, Pen<'_>) -> Result<(), Fault> + Send + 'static,
    ) -> Result<Reply, CallError> {
        let (desk, terms, agent) = (self.desk.clone(), call.terms.clone(), call.turn.agent.clone());
        let alone = tokio::time::timeout_at(call.turn.deadline().into(), self.changing.clone().lock_owned()).await;
        let alone = alone.map_err(|_| {
            CallError::Unavailable(
                "another call has been writing for as long as this turn may take; try again later".into(),
            )
        })?;
        // Only now: a turn's labels grow while it waits.
        let labels = call.turn.labels.get();
        let done = blocking(move || {
            let _alone = alone;
            Ok(Roots::of(&terms, &desk.places, agent.as_deref())
                .and_then(|roots| work(&roots, Pen { marks: &desk.marks, labels })))
        });
        done.await?.map_err(|fault| fault.answer(call))?;
        self.answers.ok(call, (), Labels::NONE)
    }

    /// A path and bytes: the bytes are taken where they are.
    fn bytes(&self, call: &mut Call) -> Result<(String, Vec<u8>), CallError> {
        match &mut call.args[..] {
            [Value::String(path), Value::Bytes(bytes)] => Ok((std::mem::take(path), std::mem::take(bytes))),
            _ => self.answers.args(call),
        }
    }
}

/// A granted folder, as the contract has it.
#[derive(Serialize)]
struct RootRow {
    name: String,
    writable: bool,
}

#[async_trait]
impl Provider for Folders {
    fn capability(&self) -> &Capability {
        &self.answers.capability
    }

    fn interface(&self) -> &Interface {
        &self.answers.interface
    }

    fn effect(&self, function: &str) -> Effect {
        match function {
            "create" | "replace" | "edit" | "append" | "make-folder" | "move" | "remove" => Effect::Outside,
            _ => Effect::Inside,
        }
    }

    fn term_keys(&self) -> &'static [&'static str] {
        &[terms::KEY]
    }

    fn terms(&self, terms: &Terms) -> Result<Terms, String> {
        terms::check(terms, &self.desk.places)
    }

    async fn call(&self, mut call: Call) -> Result<Reply, CallError> {
        let answers = &self.answers;
        match &*call.function {
            "roots" => {
                let row = |root: &roots::Root| RootRow { name: root.name.clone(), writable: root.writable };
                let rows = self.look(&call, move |roots| Ok((roots.all().iter().map(row).collect::<Vec<_>>(), vec![])));
                // The owner chose these names.
                answers.ok(&call, rows.await?.0, Labels::NONE)
            }
            "list" => {
                let (path, after, limit): (String, Option<String>, u32) = answers.args(&call)?;
                let found = self.look(&call, move |roots| {
                    let spot = roots.find(&path)?;
                    let entries = read::list(&spot, after.as_deref(), limit)?;
                    let seen = entries.iter().filter_map(|entry| Some(roots.find(&entry.path).ok()?.full())).collect();
                    Ok((entries, seen))
                });
                let (entries, labels) = found.await?;
                answers.ok(&call, entries, labels)
            }
            "tree" => {
                let (path, after, limit): (String, Option<String>, u32) = answers.args(&call)?;
                let found = self.look(&call, move |roots| {
                    let spot = roots.find(&path)?;
                    let entries = read::tree(&spot, after.as_deref(), limit)?;
                    let seen = entries.iter().filter_map(|entry| Some(roots.find(&entry.path).ok()?.full())).collect();
                    Ok((entries, seen))
                });
                let (entries, labels) = found.await?;
                answers.ok(&call, entries, labels)
            }
            "stat" => {
                let (path,): (String,) = answers.args(&call)?;
                let found = self.look(&call, move |roots| {
                    let spot = roots.find(&path)?;
                    Ok((read::stat(&spot)?, vec![spot.full()]))
                });
                let (entry, labels) = found.await?;
                answers.ok(&call, entry, labels)
            }
            "read" => {
                let (path, offset, limit): (String, u64, u32) = answers.args(&call)?;
                let found = self.look(&call, move |roots| {
                    let spot = roots.find(&path)?;
                    Ok((read::read(&spot, offset, limit)?, vec![spot.full()]))
                });
                let (bytes, labels) = found.await?;
                Ok(Reply { value: Some(Value::Result(Ok(Some(Box::new(Value::Bytes(bytes)))))), labels })
            }
            "create" => {
                let (path, bytes) = self.bytes(&mut call)?;
                self.change(&call, move |roots, pen| write::create(&roots.find_writable(&path)?, &bytes, pen)).await
            }
            "replace" => {
                let (path, bytes) = self.bytes(&mut call)?;
                self.change(&call, move |roots, pen| write::replace(&roots.find_writable(&path)?, &bytes, pen)).await
            }
            "edit" => {
                let (path, patches): (String, Vec<write::Patch>) = answers.args(&call)?;
                self.change(&call, move |roots, pen| write::edit(&roots.find_writable(&path)?, &patches, pen)).await
            }
            "append" => {
                let (path, bytes) = self.bytes(&mut call)?;
                self.change(&call, move |roots, pen| write::append(&roots.find_writable(&path)?, &bytes, pen)).await
            }
            "make-folder" => {
                let (path,): (String,) = answers.args(&call)?;
                self.change(&call, move |roots, pen| write::make_folder(&roots.find_writable(&path)?, pen)).await
            }
            "move" => {
                let (from, to): (String, String) = answers.args(&call)?;
                let work = move |roots: &Roots, pen: Pen<'_>| {
                    write::rename(&roots.find_writable(&from)?, &roots.find_writable(&to)?, pen)
                };
                self.change(&call, work).await
            }
            "remove" => {
                let (path,): (String,) = answers.args(&call)?;
                self.change(&call, move |roots, pen| write::remove(&roots.find_writable(&path)?, pen)).await
            }
            "watch" => {
                let (path,): (String,) = answers.args(&call)?;
                let all = self.watches.clone();
                let (watch, _) =
                    self.look(&call, move |roots| Ok((Watch::begin(roots.find(&path)?, &all)?, vec![]))).await?;
                let id = call.held.with(|mine: &mut Watches| mine.add(watch)).map_err(|fault| fault.answer(&call))?;
                answers.ok(&call, id, Labels::NONE)
            }
            "changes" => {
                let (id, timeout): (u32, u32) = answers.args(&call)?;
                let watch = call.held.with(|mine: &mut Watches| mine.get(id)).map_err(|fault| fault.answer(&call))?;
                watch.wait(timeout).await;
                let found = self.look(&call, move |roots| Ok(watch.take(roots)?.into_iter().unzip()));
                let (changes, labels) = found.await?;
                let changes: Vec<watch::Change> = changes;
                answers.ok(&call, changes, labels)
            }
            "unwatch" => {
                let (id,): (u32,) = answers.args(&call)?;
                call.held.with(|mine: &mut Watches| mine.end(id));
                answers.reply(&call, &(), Labels::NONE)
            }
            other => Err(CallError::NotFound(format!("files have no function `{other}`"))),
        }
    }
}
