//! When a turn must end: a moment that moves on while the turn waits for its owner.

use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A turn's end, which time that it waits for its owner does not bring nearer.
#[derive(Debug)]
pub struct Deadline(watch::Sender<Clock>);

#[derive(Debug, Clone, Copy)]
struct Clock {
    ends: Instant,
    /// How many of its calls wait for the owner now.
    pauses: u32,
    /// Since when any does.
    since: Instant,
}

/// Stops the clock until it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Pause<'d>(&'d Deadline);

impl Deadline {
    /// So long after now.
    pub fn after(wall: Duration) -> Deadline {
        let now = Instant::now();
        Deadline(watch::Sender::new(Clock { ends: now + wall, pauses: 0, since: now }))
    }

    /// The moment, as far as it is known now.
    pub fn moment(&self) -> Instant {
        let clock = *self.0.borrow();
        if clock.pauses == 0 { clock.ends } else { clock.ends + clock.since.elapsed() }
    }

    /// Stops the clock: calls that wait at the same time stop it once.
    pub fn pause(&self) -> Pause<'_> {
        self.0.send_modify(|clock| {
            if clock.pauses == 0 {
                clock.since = Instant::now();
            }
            clock.pauses += 1;
        });
        Pause(self)
    }

    /// Waits until the moment has come.
    pub async fn passed(&self) {
        let mut changes = self.0.subscribe();
        loop {
            let clock = *changes.borrow_and_update();
            tokio::select! {
                biased;
                _ = changes.changed() => {}
                () = tokio::time::sleep_until(clock.ends.into()), if clock.pauses == 0 => return,
            }
        }
    }
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        self.0.0.send_modify(|clock| {
            clock.pauses -= 1;
            if clock.pauses == 0 {
                clock.ends += clock.since.elapsed();
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn time_that_passes_while_somebody_waits_for_the_owner_does_not_count() {
        let deadline = Deadline::after(Duration::from_millis(80));
        let begun = Instant::now();
        let waits = async {
            let (_one, _two) = (deadline.pause(), deadline.pause());
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        tokio::join!(waits, deadline.passed());
        let took = begun.elapsed();
        assert!(took >= Duration::from_millis(270), "two that wait at once stop it once: {took:?}");
        assert!(deadline.moment() <= Instant::now());
    }
}
