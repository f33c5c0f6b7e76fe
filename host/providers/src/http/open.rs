//! The answers that an instance has open. They are dropped together with it, and their connections with them.

use super::body::Body;
use std::collections::BTreeMap;

/// One instance's answers, by number.
#[derive(Default)]
pub(super) struct Open {
    last: u32,
    answers: BTreeMap<u32, Answer>,
}

/// An answer that was not let go of.
pub(super) enum Answer {
    Reading(Box<Body>),
    /// It was read to its end.
    Over,
}

impl Open {
    /// How many connections are held.
    pub(super) fn count(&self) -> usize {
        self.answers.values().filter(|answer| matches!(answer, Answer::Reading(_))).count()
    }

    /// Keeps a new answer; says its number.
    pub(super) fn add(&mut self, body: Body) -> u32 {
        self.last = self.last.wrapping_add(1);
        self.answers.insert(self.last, Answer::Reading(Box::new(body)));
        self.last
    }

    /// Takes an answer out, to read from it.
    pub(super) fn take(&mut self, id: u32) -> Option<Answer> {
        self.answers.remove(&id)
    }

    /// Puts it back.
    pub(super) fn put(&mut self, id: u32, body: Box<Body>) {
        let answer = if body.is_over() { Answer::Over } else { Answer::Reading(body) };
        self.answers.insert(id, answer);
    }

    /// It was read to its end before.
    pub(super) fn put_over(&mut self, id: u32) {
        self.answers.insert(id, Answer::Over);
    }

    /// Lets go of an answer.
    pub(super) fn close(&mut self, id: u32) {
        self.answers.remove(&id);
    }
}
