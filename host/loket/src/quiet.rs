//! Since when each agent is quiet: how long nothing was done in its name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Since when agents are quiet. Of whom nothing is known, it is since this began.
pub(crate) struct Quiet {
    began: Instant,
    agents: Mutex<HashMap<Arc<str>, Last>>,
}

/// An agent's turns: how many run, and when the last one ended.
struct Last {
    running: usize,
    ended: Instant,
}

/// A turn that runs, until this is dropped.
#[must_use]
pub(crate) struct Busy<'q>(&'q Quiet, Arc<str>);

impl Quiet {
    /// From now on.
    pub(crate) fn new() -> Quiet {
        Quiet { began: Instant::now(), agents: Mutex::default() }
    }

    /// A turn of an agent begins.
    pub(crate) fn busy(&self, agent: &Arc<str>) -> Busy<'_> {
        let mut agents = self.agents();
        let last = agents.entry(agent.clone()).or_insert_with(|| Last { running: 0, ended: self.began });
        last.running += 1;
        Busy(self, agent.clone())
    }

    /// How long an agent has been quiet at a moment; not at all while a turn runs.
    pub(crate) fn time(&self, agent: &str, now: Instant) -> Duration {
        match self.agents().get(agent) {
            Some(last) if last.running > 0 => Duration::ZERO,
            last => now.saturating_duration_since(last.map_or(self.began, |last| last.ended)),
        }
    }

    fn agents(&self) -> MutexGuard<'_, HashMap<Arc<str>, Last>> {
        self.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        if let Some(last) = self.0.agents().get_mut(&self.1) {
            last.running = last.running.saturating_sub(1);
            last.ended = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_quiet_since_its_last_turn_ended_and_not_while_one_runs() {
        let quiet = Quiet::new();
        let hour = Duration::from_secs(3600);
        assert!(quiet.time("ann", quiet.began + hour) == hour, "since it began");
        let ann: Arc<str> = "ann".into();
        let (one, two) = (quiet.busy(&ann), quiet.busy(&ann));
        drop(one);
        assert_eq!(quiet.time("ann", quiet.began + hour), Duration::ZERO);
        drop(two);
        assert_eq!(quiet.time("ann", Instant::now() + hour).as_secs(), hour.as_secs());
        assert!(quiet.time("ann", quiet.began).is_zero(), "a moment before its turn");
    }
}
