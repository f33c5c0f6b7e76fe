//! The memory of all instances together: one account, which each instance's growth is booked on, and which knows how many there are.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How much memory all instances of a host may have together, and have.
#[derive(Debug)]
pub struct Room {
    limit: usize,
    used: AtomicUsize,
    instances: AtomicUsize,
}

/// What one instance has taken of a [`Room`]; given back when it is dropped.
#[derive(Debug)]
pub struct Share {
    room: Arc<Room>,
    taken: usize,
}

impl Room {
    /// Room for so many bytes.
    pub fn new(limit: usize) -> Arc<Room> {
        Arc::new(Room { limit, used: AtomicUsize::new(0), instances: AtomicUsize::new(0) })
    }

    /// The limit, in bytes.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// What is taken now, in bytes.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// How many instances there are now, however little they have taken.
    pub fn instances(&self) -> usize {
        self.instances.load(Ordering::Relaxed)
    }

    /// Whether another turn should begin: when a quarter is left for those that run to grow into.
    pub fn is_ample(&self) -> bool {
        self.used() <= self.limit / 4 * 3
    }
}

impl Share {
    /// Nothing yet.
    pub fn of(room: &Arc<Room>) -> Share {
        room.instances.fetch_add(1, Ordering::Relaxed);
        Share { room: room.clone(), taken: 0 }
    }

    /// What all may have together, in bytes.
    pub fn limit(&self) -> usize {
        self.room.limit
    }

    /// Takes more; `false`, and nothing is taken, when there is not so much left.
    pub fn take(&mut self, bytes: usize) -> bool {
        let limit = self.room.limit;
        let fits = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= limit);
        let taken = self.room.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok();
        if taken {
            self.taken += bytes;
        }
        taken
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.room.used.fetch_sub(self.taken, Ordering::Relaxed);
        self.room.instances.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_instance_has_is_missing_for_the_others_until_it_ends() {
        let room = Room::new(100);
        let mut first = Share::of(&room);
        assert!(first.take(60));
        let mut second = Share::of(&room);
        assert!(!second.take(41));
        assert!(second.take(40));
        assert!(!room.is_ample());
        assert_eq!(room.instances(), 2);
        drop(first);
        assert_eq!((room.used(), room.instances()), (40, 1));
        assert!(second.take(60));
        assert!(!second.take(usize::MAX));
    }
}
