//! The open brains of a home: an agent's is opened when it is asked for, and closed when many others were asked for since.

use super::keeping::{Keep, Keeping};
use super::to_call_error;
use loket_brain::Brain;
use loket_kernel::CallError;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Brains that stay open: each holds files, and memory of its own, and a home may have ten thousand agents.
const MOST_OPEN: usize = 256;

/// Brains by agent, under the home's `agents/` folder.
pub struct Shelf {
    agents: PathBuf,
    keeping: Keeping,
    most: usize,
    open: Mutex<HashMap<Arc<str>, Arc<Place>>>,
    opening: Mutex<()>,
    asked: AtomicU64,
    told: OnceLock<OnChange>,
}

/// Is told whose brain was changed, once that is on disk.
pub type OnChange = Box<dyn Fn(&str) + Send + Sync>;

/// An agent's place on the shelf, empty until its brain is open.
#[derive(Default)]
struct Place {
    brain: OnceLock<Arc<Brain>>,
    /// The last time that it was asked for, counted in times that any was.
    asked: AtomicU64,
}

impl Shelf {
    /// A shelf over a home's `agents/` folder, whose brains are kept in these ways.
    pub fn new(agents: impl Into<PathBuf>, keeping: Keeping) -> Shelf {
        Shelf::holding(MOST_OPEN, agents, keeping)
    }

    /// A shelf that keeps at most so many brains open, those that are in use aside.
    pub fn holding(most: usize, agents: impl Into<PathBuf>, keeping: Keeping) -> Shelf {
        Shelf {
            agents: agents.into(),
            keeping,
            most,
            open: Mutex::default(),
            opening: Mutex::default(),
            asked: AtomicU64::new(0),
            told: OnceLock::new(),
        }
    }

    /// Says who is told when a brain was changed. The first one to say so is.
    pub fn on_change(&self, told: OnChange) {
        let _ = self.told.set(told);
    }

    /// Tells that an agent's brain was changed.
    pub(super) fn changed(&self, agent: &str) {
        if let Some(told) = self.told.get() {
            told(agent);
        }
    }

    /// An agent's brain; opened now when it is not open. Blocks.
    ///
    /// # Errors
    /// `unavailable` when another process has it open, `failed` when it cannot be read.
    pub fn brain(&self, agent: &Arc<str>) -> Result<Arc<Brain>, CallError> {
        let place = self.places().entry(agent.clone()).or_default().clone();
        place.asked.store(self.asked.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        if let Some(brain) = place.brain.get() {
            return Ok(brain.clone());
        }
        drop(place);
        let _one_at_a_time = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        self.make_room();
        // Asked for again: the place may have been given up meanwhile, and is not from here on.
        let place = self.places().entry(agent.clone()).or_default().clone();
        if let Some(brain) = place.brain.get() {
            return Ok(brain.clone());
        }
        let home = self.agents.join(&**agent);
        // Made by nobody but the owner: an agent that is gone does not come back by remembering.
        if !home.is_dir() {
            self.places().remove(agent);
            return Err(CallError::Unavailable(format!("the agent `{agent}` is gone: its folder is not there")));
        }
        let folder = home.join("brain");
        let brain = Brain::open(&folder, self.keep(agent).options(agent)).map_err(to_call_error)?;
        Ok(place.brain.get_or_init(|| Arc::new(brain)).clone())
    }

    /// Closes the brain that was asked for longest ago, of those that nobody uses now, when there are too many. To be called by whoever
    /// holds `opening`: until it is closed, nobody opens it again.
    fn make_room(&self) {
        let mut places = self.places();
        if places.len() <= self.most {
            return;
        }
        let idle = |place: &Arc<Place>| {
            Arc::strong_count(place) == 1 && place.brain.get().is_some_and(|brain| Arc::strong_count(brain) == 1)
        };
        let oldest = places.iter().filter(|(_, place)| idle(place));
        let oldest =
            oldest.min_by_key(|(_, place)| place.asked.load(Ordering::Relaxed)).map(|(agent, _)| agent.clone());
        let Some((agent, place)) = oldest.and_then(|agent| places.remove_entry(&agent)) else { return };
        drop(places);
        close(&agent, &place);
    }

    fn places(&self) -> MutexGuard<'_, HashMap<Arc<str>, Arc<Place>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How an agent's brain is kept.
    pub(super) fn keep(&self, agent: &str) -> Keep {
        self.keeping.load().get(agent).copied().unwrap_or_default()
    }

    /// The folder of all agents.
    pub(super) fn agents(&self) -> &Path {
        &self.agents
    }

    /// How many memories an agent has, when its brain is open.
    pub fn count(&self, agent: &str) -> Option<u64> {
        let place = self.places().get(agent).cloned()?;
        place.brain.get()?.count().ok()
    }

    /// Whether anything is left in an agent's brain of what was forgotten or changed. Blocks.
    ///
    /// # Errors
    /// As [`Shelf::brain`].
    pub fn is_stale(&self, agent: &Arc<str>) -> Result<bool, CallError> {
        self.brain(agent)?.stale().map_err(to_call_error)
    }

    /// Closes the brain of an agent that is gone; whoever uses it now is told that it is closed. Blocks.
    pub fn shut(&self, agent: &str) {
        let _one_at_a_time = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        let place = self.places().remove(agent);
        if let Some(place) = place {
            close(agent, &place);
        }
    }

    /// Closes all brains: what is in memory only, the index's tail, is written. Blocks.
    pub fn close(&self) {
        let all = std::mem::take(&mut *self.places());
        for (agent, place) in all {
            close(&agent, &place);
        }
    }
}

fn close(agent: &str, place: &Place) {
    if let Some(Err(error)) = place.brain.get().map(|brain| brain.close()) {
        tracing::warn!(%agent, %error, "the brain did not close cleanly; its next start rebuilds what is missing");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_brain::{BrainError, Draft, Kind, MemoryId, Origin};

    /// A folder with these agents in it.
    fn home(agents: &[&str]) -> tempfile::TempDir {
        let home = tempfile::tempdir().expect("a temporary folder");
        for agent in agents {
            std::fs::create_dir(home.path().join(agent)).expect("it can be made");
        }
        home
    }

    fn remember(brain: &Brain, text: &str) -> Result<MemoryId, BrainError> {
        brain.remember(Draft::new(Kind::Fact, text), Origin::default())
    }

    #[test]
    fn the_brain_that_was_asked_for_longest_ago_is_closed_and_forgets_nothing() {
        let home = home(&["ann", "bob", "cid"]);
        let shelf = Shelf::holding(2, home.path(), Keeping::default());
        let agents: [Arc<str>; 3] = ["ann".into(), "bob".into(), "cid".into()];
        for agent in &agents {
            let brain = shelf.brain(agent).expect("it opens");
            remember(&brain, "the server is at 10.0.0.5").expect("it is remembered");
        }
        assert_eq!(agents.each_ref().map(|agent| shelf.count(agent)), [None, Some(1), Some(1)]);
        let again = shelf.brain(&agents[0]).expect("it opens again");
        assert_eq!(again.count().expect("it counts"), 1);
        assert_eq!(shelf.count("bob"), None);
    }

    #[test]
    fn an_agent_whose_folder_is_gone_does_not_come_back_by_remembering() {
        let home = home(&["ann"]);
        let shelf = Shelf::new(home.path(), Keeping::default());
        shelf.brain(&"ann".into()).expect("it opens");
        std::fs::rename(home.path().join("ann"), home.path().join("kept")).expect("it can be moved");
        shelf.shut("ann");
        assert!(matches!(shelf.brain(&"ann".into()), Err(CallError::Unavailable(_))));
        assert!(!home.path().join("ann").exists());
        shelf.brain(&"kept".into()).expect("its brain was closed, and opens where it is now");
    }

    #[test]
    fn a_brain_in_use_stays_open() {
        let home = home(&["ann", "bob"]);
        let shelf = Shelf::holding(1, home.path(), Keeping::default());
        let used = shelf.brain(&"ann".into()).expect("it opens");
        shelf.brain(&"bob".into()).expect("it opens beside");
        remember(&used, "still open").expect("it is remembered");
        assert_eq!(shelf.count("ann"), Some(1));
    }
}
