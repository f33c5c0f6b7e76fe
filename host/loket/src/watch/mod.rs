//! Packages, agents and settings are taken up as soon as they are there: the registries, `agents/` and `loket.toml` are watched, and what
//! runs is brought in line with them.
//!
//! `pending` is what was seen and not looked at yet. A file is looked at when whoever writes it has closed it, and a moment has passed in
//! which nothing else happened.

mod pending;

use crate::host::Host;
use crate::roster::{FolderId, folder_id};
use crate::world::World;
use loket_guardian::config::CONFIG_FILE;
use loket_guardian::manifest::MANIFEST_FILE;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use pending::Pending;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// Watches as long as it is there.
pub struct Watch {
    task: JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the system tells, and who waits for it.
struct Bell {
    pending: Mutex<Pending>,
    rung: Notify,
}

/// Watches a host's registries, agents and settings from now on.
///
/// # Errors
/// When the system cannot watch, or not so many folders; what changes is then seen at the next start.
pub fn watch(host: &Arc<Host>) -> Result<Watch, notify::Error> {
    let pending = Pending::new(host.home.agents(), host.home.root().join(CONFIG_FILE));
    let bell = Arc::new(Bell { pending: Mutex::new(pending), rung: Notify::new() });
    let ring = bell.clone();
    let mut watcher = notify::recommended_watcher(move |event| {
        let heard = ring.pending.lock().unwrap_or_else(PoisonError::into_inner).hear(event, Instant::now());
        if heard {
            ring.rung.notify_one();
        }
    })?;
    // The folder and not the file: a file that takes its place is another one for the system. First, as it may be a registry too.
    watcher.watch(host.home.root(), RecursiveMode::NonRecursive)?;
    for folder in host.registry.folders() {
        watcher.watch(folder, RecursiveMode::Recursive)?;
    }
    let mut agents = Agents { top: host.home.agents(), watched: HashMap::new() };
    agents.follow(&mut watcher, &host.world());
    // What changed since the host was opened, and before it was watched, is seen now.
    bell.pending.lock().unwrap_or_else(PoisonError::into_inner).all(Instant::now());
    bell.rung.notify_one();
    let weak = Arc::downgrade(host);
    let task = tokio::spawn(async move {
        loop {
            let until = bell.pending.lock().unwrap_or_else(PoisonError::into_inner).due();
            match until {
                None => bell.rung.notified().await,
                Some(due) if due > Instant::now() => {
                    // Woken also by what happens meanwhile: that may make it later.
                    let _ = tokio::time::timeout_at(due.into(), bell.rung.notified()).await;
                }
                Some(_) => {
                    let Some(host) = weak.upgrade() else { return };
                    let look = bell.pending.lock().unwrap_or_else(PoisonError::into_inner).take(Instant::now());
                    let anew = look.agents;
                    // Watched before they are looked at: what comes in between is seen twice rather than not at all.
                    if anew {
                        agents.follow(&mut watcher, &host.world());
                    }
                    let refreshed = host.clone();
                    let done = tokio::task::spawn_blocking(move || refreshed.refresh(&look));
                    let done = done.await;
                    if anew {
                        agents.follow(&mut watcher, &host.world());
                    }
                    match done {
                        Ok(more) if more.is_empty() => {}
                        Ok(_) => bell.pending.lock().unwrap_or_else(PoisonError::into_inner).again(Instant::now()),
                        Err(error) => tracing::error!(%error, "loket.watch.refresh"),
                    }
                }
            }
        }
    });
    Ok(Watch { task })
}

/// The folders of agents that are watched: each by itself, without the brain and the workspace in it, in which things happen all the time,
/// and those in which their personas are.
struct Agents {
    top: PathBuf,
    /// With what tells one folder from another that takes its place: the system forgets a folder that is gone.
    watched: HashMap<PathBuf, Option<FolderId>>,
}

impl Agents {
    /// Watches those that came, and forgets those that went. One that cannot be watched is no reason to watch no other.
    fn follow(&mut self, watcher: &mut RecommendedWatcher, world: &World) {
        let mut folders = vec![self.top.clone()];
        for folder in std::fs::read_dir(&self.top).into_iter().flatten().flatten() {
            if folder.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(folder.path());
            }
        }
        for (name, agent) in &world.agents {
            let persona = agent.read.as_ref().ok().and_then(|entry| entry.manifest.persona.as_deref());
            folders.extend(persona.and_then(Path::parent).map(|below| self.top.join(name).join(below)));
        }
        self.watched.retain(|folder, id| folder_id(folder) == *id && folder.is_dir());
        for folder in folders {
            if self.watched.contains_key(&folder) {
                continue;
            }
            match watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => drop(self.watched.insert(folder.clone(), folder_id(&folder))),
                Err(error) => tracing::warn!(
                    folder = %folder.display(), %error,
                    "this folder cannot be watched: what changes in it is seen at the next start"
                ),
            }
        }
    }
}

/// Whether a file in one of these folders can make a difference. What begins with a dot is being written; an agent's brain and workspace
/// are its own.
fn counts(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    let hidden = name.as_encoded_bytes().starts_with(b".");
    let own = ["brain", "workspace"].iter().any(|own| name == *own)
        && path.parent().is_some_and(|folder| folder.join(MANIFEST_FILE).is_file());
    !hidden && !own
}
