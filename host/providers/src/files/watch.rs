//! Watches: what changes in a folder and below it, kept until it is asked for.
//!
//! The system tells of changes by path, and a link that is put in a folder's place could make it tell of what lies elsewhere. So each path
//! is walked before a component sees it, and is cut where it leaves the folder.

use super::error::{Fault, shown};
use super::path;
use super::roots::{Roots, Spot};
use super::walk;
use super::write::is_part;
use cap_std::fs::Dir;
use notify::event::{Flag, ModifyKind, RenameMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// The most watches of one instance.
const MOST_OPEN: usize = 8;
/// The most watches of the host: each has a thread.
const MOST_OF_ALL: usize = 64;
/// The most changes that are kept.
const MOST_KEPT: usize = 1000;
/// The most folders in a watched one.
const MOST_FOLDERS: usize = 10_000;
/// The deepest folder in a watched one.
const DEEPEST: usize = 128;
/// How long one waits for changes, in milliseconds.
const LONGEST: u32 = 60_000;
/// How long what comes together may take: a file that is written is several changes.
const SETTLE: Duration = Duration::from_millis(30);

/// What became of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Event {
    Created,
    Changed,
    Removed,
}

/// A change, as the contract has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Change {
    pub(super) path: String,
    pub(super) event: Event,
}

/// An instance's watches; they end with it.
#[derive(Debug, Default)]
pub(super) struct Watches {
    last: u32,
    open: BTreeMap<u32, Arc<Watch>>,
}

impl Watches {
    /// Takes a watch in, and gives it a number.
    pub(super) fn add(&mut self, watch: Watch) -> Result<u32, Fault> {
        if self.open.len() >= MOST_OPEN {
            return Err(Fault::Exhausted("watches", format!("{MOST_OPEN} are open; end one first (`unwatch`)")));
        }
        self.last += 1;
        self.open.insert(self.last, Arc::new(watch));
        Ok(self.last)
    }

    /// The watch of a number.
    pub(super) fn get(&self, id: u32) -> Result<Arc<Watch>, Fault> {
        self.open
            .get(&id)
            .cloned()
            .ok_or_else(|| Fault::Missing(format!("no watch {id} is open in this call; open one (`watch`)")))
    }

    /// Ends a watch.
    pub(super) fn end(&mut self, id: u32) {
        self.open.remove(&id);
    }
}

/// One watch.
#[derive(Debug)]
pub(super) struct Watch {
    spot: Spot,
    queue: Arc<Queue>,
    _watcher: RecommendedWatcher,
    _place: Place,
}

impl Watch {
    /// Begins to watch a folder. Blocks.
    pub(super) fn begin(spot: Spot, all: &Arc<AtomicUsize>) -> Result<Watch, Fault> {
        let place = Place::take(all)?;
        count(&walk::folder(&spot)?, &mut 0, 0, &spot.path)?;
        let queue = Arc::new(Queue::default());
        let into = queue.clone();
        let failed = |e: &notify::Error| match e.kind {
            notify::ErrorKind::MaxFilesWatch => {
                Fault::Exhausted("watches", "the system has no room for more; watch a smaller folder".into())
            }
            _ => Fault::Failed(format!("{} cannot be watched; list it from time to time instead", shown(&spot.path))),
        };
        let mut watcher = notify::recommended_watcher(move |event| into.take_in(event)).map_err(|e| failed(&e))?;
        watcher.watch(&spot.full(), RecursiveMode::Recursive).map_err(|e| failed(&e))?;
        Ok(Watch { spot, queue, _watcher: watcher, _place: place })
    }

    /// Waits until there is something, or the time is over.
    pub(super) async fn wait(&self, milliseconds: u32) {
        let until = Instant::now() + Duration::from_millis(milliseconds.min(LONGEST).into());
        loop {
            let more = self.queue.more.notified();
            if !self.queue.kept().is_empty() {
                return sleep(SETTLE.min(until.saturating_duration_since(Instant::now()))).await;
            }
            if timeout_at(until, more).await.is_err() {
                return;
            }
        }
    }

    /// What has changed, as far as the call may still see it.
    pub(super) fn take(&self, roots: &Roots) -> Result<Vec<(Change, PathBuf)>, Fault> {
        let kept = std::mem::take(&mut *self.queue.kept());
        if roots.path_of(&self.spot.full(), &self.spot).is_none() {
            return Err(Fault::NotGranted(format!("{} is not granted any more", shown(&self.spot.path)), Vec::new()));
        }
        if kept.lost {
            let detail = format!("more than {MOST_KEPT} things changed in {}; list it again", shown(&self.spot.path));
            return Err(Fault::Exhausted("changes", detail));
        }
        let folder = walk::folder(&self.spot);
        let mut changes: Vec<(Change, PathBuf)> = Vec::new();
        for (full, event) in kept.changes {
            let (full, event) = match &folder {
                Ok(folder) => match cut(folder, &self.spot.full(), &full, event) {
                    Some(cut) => cut,
                    None => continue,
                },
                Err(_) => (self.spot.full(), Event::Removed),
            };
            let Some(path) = roots.path_of(&full, &self.spot) else { continue };
            let change = Change { path, event };
            if changes
                .iter()
                .rev()
                .find(|(known, _)| known.path == change.path)
                .is_none_or(|(known, _)| known.event != event)
            {
                changes.push((change, full));
            }
        }
        Ok(changes)
    }
}

/// Cuts a path at the first part that is no folder of ours: what is told then is what became of that.
fn cut(top: &Dir, base: &Path, full: &Path, event: Event) -> Option<(PathBuf, Event)> {
    let below: Vec<&str> = full.strip_prefix(base).ok()?.iter().map(|part| part.to_str()).collect::<Option<_>>()?;
    if !below.iter().all(|part| path::is_name(part)) {
        return None;
    }
    let mut place = base.to_owned();
    let mut folder = None;
    let Some((_, folders)) = below.split_last() else { return Some((place, event)) };
    for part in folders {
        place.push(part);
        let here = folder.as_ref().unwrap_or(top);
        match walk::step(here, part, "") {
            Ok(inner) => folder = Some(inner),
            Err(Fault::Missing(_)) => return Some((place, Event::Removed)),
            Err(_) => return Some((place, Event::Created)),
        }
    }
    Some((full.to_owned(), event))
}

/// Refuses a folder with so many in it that watching them would take the system's room from others.
fn count(folder: &Dir, seen: &mut usize, depth: usize, path: &str) -> Result<(), Fault> {
    let failed = |e| Fault::of(&e, path);
    for entry in folder.entries().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !entry.file_type().is_ok_and(|found| found.is_dir()) {
            continue;
        }
        *seen += 1;
        if *seen > MOST_FOLDERS || depth > DEEPEST {
            let detail = format!("{} has more than {MOST_FOLDERS} folders in it; watch one of those", shown(path));
            return Err(Fault::Exhausted("folders", detail));
        }
        // One that is gone, or cannot be read, is not watched.
        if let Some(inner) = entry.file_name().to_str().and_then(|name| walk::step(folder, name, path).ok()) {
            match count(&inner, seen, depth + 1, path) {
                Err(limit @ Fault::Exhausted(..)) => return Err(limit),
                _ => continue,
            }
        }
    }
    Ok(())
}

/// What is kept for whoever asks.
#[derive(Debug, Default)]
struct Queue {
    kept: Mutex<Kept>,
    more: tokio::sync::Notify,
}

#[derive(Debug, Default)]
struct Kept {
    changes: Vec<(PathBuf, Event)>,
    /// The last that became of each path.
    last: HashMap<PathBuf, Event>,
    lost: bool,
}

impl Kept {
    fn is_empty(&self) -> bool {
        self.changes.is_empty() && !self.lost
    }

    fn add(&mut self, path: PathBuf, event: Event) {
        if self.lost || self.last.get(&path) == Some(&event) {
            return;
        }
        if self.changes.len() >= MOST_KEPT {
            *self = Kept { lost: true, ..Kept::default() };
            return;
        }
        self.last.insert(path.clone(), event);
        self.changes.push((path, event));
    }
}

impl Queue {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_in(&self, event: notify::Result<notify::Event>) {
        let mut kept = self.kept();
        match event {
            Ok(event) if event.flag() == Some(Flag::Rescan) => *kept = Kept { lost: true, ..Kept::default() },
            Ok(event) => {
                for path in event.paths {
                    if path.file_name().and_then(|name| name.to_str()).is_some_and(is_part) {
                        continue;
                    }
                    if let Some(event) = meaning(event.kind, &path) {
                        kept.add(path, event);
                    }
                }
            }
            Err(_) => *kept = Kept { lost: true, ..Kept::default() },
        }
        if !kept.is_empty() {
            drop(kept);
            self.more.notify_one();
        }
    }
}

/// What an event of the system means for a path; `None` for what changes nothing, and for what is told twice.
fn meaning(kind: EventKind, path: &Path) -> Option<Event> {
    match kind {
        EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(RenameMode::To)) => Some(Event::Created),
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => Some(Event::Removed),
        EventKind::Modify(ModifyKind::Name(RenameMode::Both) | ModifyKind::Metadata(_)) | EventKind::Access(_) => None,
        // Some systems tell only that there was a renaming.
        EventKind::Modify(ModifyKind::Name(_)) => {
            Some(if path.symlink_metadata().is_ok() { Event::Created } else { Event::Removed })
        }
        EventKind::Modify(_) | EventKind::Any | EventKind::Other => Some(Event::Changed),
    }
}

/// One of the host's places for watches.
#[derive(Debug)]
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(all: &Arc<AtomicUsize>) -> Result<Place, Fault> {
        let place = Place(all.clone());
        match all.fetch_add(1, Ordering::Relaxed) {
            0..MOST_OF_ALL => Ok(place),
            _ => Err(Fault::Exhausted("watches", format!("{MOST_OF_ALL} are open in this host; wait for one to end"))),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
