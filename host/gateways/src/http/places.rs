//! Places: how many requests are answered at once, and how many streams stay open; and what of it clients may have, so that the owner and
//! other clients are answered whatever one of them does.

use super::answer::Refusal;
use super::shares::{Share, Shares};
use crate::desk::Problem;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places of one kind.
#[derive(Debug)]
pub(crate) struct Places {
    what: &'static str,
    most: usize,
    all: Arc<Semaphore>,
}

impl Places {
    /// So many, of what is called so where there is no more room.
    pub(crate) fn new(what: &'static str, most: usize) -> Self {
        Self { what, most, all: Arc::new(Semaphore::new(most)) }
    }

    /// One of them, until it is dropped.
    ///
    /// # Errors
    /// Where all are taken.
    pub(super) fn enter(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        self.all.clone().try_acquire_owned().map_err(|_| full(self.most, self.what))
    }
}

/// What clients may have: half of all places together, and each of them half of that.
#[derive(Debug)]
pub(crate) struct Clients {
    requests: Part,
    streams: Part,
}

impl Clients {
    /// Of so many requests and so many streams.
    pub(crate) fn new(requests: usize, streams: usize) -> Self {
        Self { requests: Part::new("requests", requests), streams: Part::new("streams", streams) }
    }

    /// A place of a request of a client's.
    ///
    /// # Errors
    /// Where it, or all of them, have as many as they may.
    pub(super) fn ask(&self, client: &str) -> Result<Held, Refusal> {
        self.requests.enter(client)
    }

    /// The same of a stream.
    ///
    /// # Errors
    /// As [`Clients::ask`].
    pub(super) fn follow(&self, client: &str) -> Result<Held, Refusal> {
        self.streams.enter(client)
    }
}

/// The clients' part of one kind of places.
#[derive(Debug)]
struct Part {
    what: &'static str,
    most: usize,
    all: Arc<Semaphore>,
    each: Shares<Box<str>>,
}

/// A client's place, which is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Held {
    _of_all: OwnedSemaphorePermit,
    _of_its_own: Share<Box<str>>,
}

impl Part {
    fn new(what: &'static str, of: usize) -> Self {
        let most = (of / 2).max(1);
        Self { what, most, all: Arc::new(Semaphore::new(most)), each: Shares::default() }
    }

    fn enter(&self, client: &str) -> Result<Held, Refusal> {
        let own = (self.most / 2).max(1);
        let own = self.each.take(client.into(), own).ok_or_else(|| full(own, &format!("{} of `{client}`", self.what)));
        let all = self.all.clone().try_acquire_owned();
        let all = all.map_err(|_| full(self.most, &format!("{} of clients", self.what)));
        Ok(Held { _of_its_own: own?, _of_all: all? })
    }
}

fn full(most: usize, what: &str) -> Refusal {
    Problem::unavailable(format!("{most} {what} are being answered already")).hint("try again in a moment").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_leaves_a_part_to_the_others_and_all_of_them_one_to_the_owner() {
        let clients = Clients::new(16, 8);
        let why = |refused: Result<Held, Refusal>| refused.expect_err("there is no room").problem.message;
        let one: Vec<_> = (0..4).map(|_| clients.ask("one").expect("a place")).collect();
        assert!(why(clients.ask("one")).contains("4 requests of `one`"));
        let streams: Vec<_> = (0..2).map(|_| clients.follow("one").expect("a place")).collect();
        assert!(why(clients.follow("one")).contains("2 streams of `one`"));
        let two: Vec<_> = (0..4).map(|_| clients.ask("two").expect("another is not held up")).collect();
        assert!(why(clients.ask("three")).contains("8 requests of clients"));
        drop(one);
        assert!(clients.ask("three").is_ok() && clients.ask("one").is_ok(), "what ended leaves its place");
        drop((two, streams));
        assert!(clients.follow("one").is_ok());
    }
}
