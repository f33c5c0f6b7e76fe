//! Shares: how many of something each has at once, so that nobody takes all of it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What each has now; nothing is kept of who has nothing.
#[derive(Debug)]
pub(super) struct Shares<K: Eq + Hash + Clone>(Arc<Mutex<HashMap<K, usize>>>);

impl<K: Eq + Hash + Clone> Default for Shares<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Eq + Hash + Clone> Shares<K> {
    /// One more for somebody, until it is dropped; nothing where they have so many already.
    pub(super) fn take(&self, who: K, most: usize) -> Option<Share<K>> {
        let mut all = lock(&self.0);
        let count = all.get(&who).copied().unwrap_or_default();
        if count >= most {
            return None;
        }
        all.insert(who.clone(), count + 1);
        Some(Share { of: self.0.clone(), who })
    }
}

/// One that is counted.
#[derive(Debug)]
pub(super) struct Share<K: Eq + Hash + Clone> {
    of: Arc<Mutex<HashMap<K, usize>>>,
    who: K,
}

impl<K: Eq + Hash + Clone> Drop for Share<K> {
    fn drop(&mut self) {
        let mut all = lock(&self.of);
        match all.get_mut(&self.who) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(all.remove(&self.who)),
        }
    }
}

fn lock<K>(all: &Mutex<HashMap<K, usize>>) -> MutexGuard<'_, HashMap<K, usize>> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_share_and_gives_it_back() {
        let shares = Shares::default();
        let (one, two) = (shares.take("a", 2), shares.take("a", 2));
        assert!(one.is_some() && two.is_some() && shares.take("a", 2).is_none());
        assert!(shares.take("b", 2).is_some(), "another is not held up");
        drop(one);
        let three = shares.take("a", 2);
        assert!(three.is_some());
        drop((two, three));
        assert!(lock(&shares.0).is_empty(), "nobody is kept who has nothing");
    }
}
