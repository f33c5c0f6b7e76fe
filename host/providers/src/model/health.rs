//! Models that failed lately, and are left alone for a while.
//!
//! Nobody looks after them in the background: what a turn, or the owner who asks, finds out is all that is known. After its rest a model is
//! asked again like any other, and what comes of it decides.

use loket_kernel::counter::now;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The rest after a first failure; each that follows doubles it.
const FIRST: Duration = Duration::from_secs(5);
/// The longest rest.
const LONGEST: Duration = Duration::from_secs(300);
/// The longest that a server may ask for itself.
const ASKED: Duration = Duration::from_secs(3600);
/// Models of which something is known.
const MOST: usize = 1024;

/// Which models rest, by address.
#[derive(Debug, Default)]
pub struct Health(Mutex<HashMap<String, Rest>>);

#[derive(Debug, Clone, Copy)]
struct Rest {
    failures: u32,
    until: Instant,
}

impl Health {
    /// A model failed. It rests, the longer the more often in a row; at least as long as its server asks, in milliseconds since 1970.
    pub fn failed(&self, address: &str, renews: Option<u64>) {
        self.failed_at(address, renews, Instant::now());
    }

    fn failed_at(&self, address: &str, renews: Option<u64>, at: Instant) {
        let mut all = self.all();
        if all.len() >= MOST && !all.contains_key(address) {
            all.retain(|_, rest| rest.until > at);
        }
        let failures = all.get(address).map_or(0, |rest| rest.failures).saturating_add(1);
        let doubled = FIRST.saturating_mul(1 << (failures - 1).min(16)).min(LONGEST);
        let asked =
            renews.map_or(Duration::ZERO, |renews| Duration::from_millis(renews.saturating_sub(now()))).min(ASKED);
        if all.len() < MOST || all.contains_key(address) {
            all.insert(address.to_owned(), Rest { failures, until: at + doubled.max(asked) });
        }
    }

    /// A model answered.
    pub fn well(&self, address: &str) {
        self.all().remove(address);
    }

    /// How long a model rests still.
    pub fn rests(&self, address: &str) -> Option<Duration> {
        self.rests_at(address, Instant::now())
    }

    fn rests_at(&self, address: &str, at: Instant) -> Option<Duration> {
        let until = self.all().get(address)?.until;
        Some(until.saturating_duration_since(at)).filter(|left| !left.is_zero())
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Rest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_model_that_failed_rests_longer_each_time_until_it_answers() {
        let (health, mut now) = (Health::default(), Instant::now());
        assert_eq!(health.rests_at("a", now), None);
        for seconds in [5, 10, 20, 40, 80, 160, 300, 300] {
            health.failed_at("a", None, now);
            let rest = Duration::from_secs(seconds);
            assert_eq!(health.rests_at("a", now), Some(rest));
            assert_eq!(health.rests_at("a", now + rest - SECOND), Some(SECOND), "it rests to the end");
            now += rest;
            assert_eq!(health.rests_at("a", now), None, "and is asked again then");
        }
        health.well("a");
        health.failed_at("a", None, now);
        assert_eq!(health.rests_at("a", now), Some(5 * SECOND), "one that answered begins anew");
        assert_eq!(health.rests_at("b", now), None, "another has nothing to do with it");
    }

    #[test]
    fn a_server_may_ask_for_a_longer_rest_within_bounds() {
        let (health, at) = (Health::default(), Instant::now());
        health.failed_at("a", Some(now() + 60_000), at);
        let left = health.rests_at("a", at).expect("it rests");
        assert!(left > 50 * SECOND && left <= 60 * SECOND, "{left:?}");
        health.failed_at("b", Some(u64::MAX), at);
        assert_eq!(health.rests_at("b", at), Some(ASKED));
        health.failed_at("c", Some(1), at);
        assert_eq!(health.rests_at("c", at), Some(FIRST), "what is past asks for nothing");
    }

    #[test]
    fn only_so_many_are_known() {
        let (health, at) = (Health::default(), Instant::now());
        (0..2 * MOST).for_each(|number| health.failed_at(&number.to_string(), None, at));
        assert_eq!(health.all().len(), MOST);
        health.failed_at("new", None, at + 6 * SECOND);
        assert_eq!(health.all().len(), 1, "those who rest no more make room");
    }
}
