//! The open brains of a home, one for each agent, opened when first asked for.

use super::to_call_error;
use loket_brain::{Brain, Options};
use loket_kernel::CallError;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Brains by agent, under the home's `agents/` folder.
pub struct Shelf {
    agents: PathBuf,
    open: Mutex<HashMap<Arc<str>, Place>>,
    opening: Mutex<()>,
}

/// An agent's place on the shelf, empty until its brain is asked for.
type Place = Arc<OnceLock<Arc<Brain>>>;

impl Shelf {
    /// A shelf over a home's `agents/` folder.
    pub fn new(agents: impl Into<PathBuf>) -> Shelf {
        Shelf { agents: agents.into(), open: Mutex::default(), opening: Mutex::default() }
    }

    /// An agent's brain; opened now when it is not open yet. Blocks.
    ///
    /// # Errors
    /// `unavailable` when another process has it open, `failed` when it cannot be read.
    pub fn brain(&self, agent: &Arc<str>) -> Result<Arc<Brain>, CallError> {
        let place = self.open.lock().unwrap_or_else(PoisonError::into_inner).entry(agent.clone()).or_default().clone();
        if let Some(brain) = place.get() {
            return Ok(brain.clone());
        }
        let _one_at_a_time = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(brain) = place.get() {
            return Ok(brain.clone());
        }
        let folder = self.agents.join(&**agent).join("brain");
        let brain = Brain::open(&folder, Options::default()).map_err(to_call_error)?;
        Ok(place.get_or_init(|| Arc::new(brain)).clone())
    }

    /// How many memories an agent has, when its brain is open.
    pub fn count(&self, agent: &str) -> Option<u64> {
        let place = self.open.lock().unwrap_or_else(PoisonError::into_inner).get(agent).cloned()?;
        place.get()?.count().ok()
    }

    /// Closes all brains: what is in memory only, the index's tail, is written. Blocks.
    pub fn close(&self) {
        let all = std::mem::take(&mut *self.open.lock().unwrap_or_else(PoisonError::into_inner));
        for (agent, place) in all {
            if let Some(Err(error)) = place.get().map(|brain| brain.close()) {
                tracing::warn!(%agent, %error, "the brain did not close cleanly; its next start rebuilds what is missing");
            }
        }
    }
}
