//! The conversations in which an agent is answering now: each can be stopped, and one that is broken off is told to the agent when it is
//! spoken to next, because nobody of the agent's was there any more to record it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// Conversations of which it is kept what was broken off.
const KEPT: usize = 256;
/// Bytes of what was asked and of what was said, each.
const WORDS: usize = 8 << 10;

/// Whose conversation it is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    agent: String,
    conversation: String,
}

/// What was broken off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BrokenOff {
    /// What was asked.
    pub(crate) asked: String,
    /// What had been answered until then.
    pub(crate) said: String,
}

/// The conversations of a host.
#[derive(Debug, Default)]
pub(crate) struct Talks(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    running: Vec<(Place, CancellationToken)>,
    broken: VecDeque<(Place, BrokenOff)>,
}

impl Talks {
    /// An agent begins to answer. What is dropped without having come to its end was broken off.
    pub(crate) fn begin(&self, agent: &str, conversation: &str, asked: &str) -> Talk<'_> {
        let place = Place { agent: agent.to_owned(), conversation: conversation.to_owned() };
        let stop = CancellationToken::new();
        let mut state = self.lock();
        state.running.push((place.clone(), stop.clone()));
        let before = state.broken.iter().position(|(at, _)| *at == place);
        let before = before.and_then(|at| state.broken.remove(at)).map(|(_, broken)| broken);
        let (asked, said) = (cut(asked).to_owned(), Arc::default());
        Talk { talks: self, place, stop, asked, said, before, ended: false }
    }

    /// Stops an agent's answers, in one conversation or in all; says how many.
    pub(crate) fn stop(&self, agent: &str, conversation: Option<&str>) -> usize {
        let state = self.lock();
        let meant = |place: &Place| place.agent == agent && conversation.is_none_or(|c| c == place.conversation);
        let stopped = state.running.iter().filter(|(place, stop)| meant(place) && !stop.is_cancelled());
        stopped.map(|(_, stop)| stop.cancel()).count()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer while it is given.
#[must_use]
pub(crate) struct Talk<'t> {
    talks: &'t Talks,
    place: Place,
    stop: CancellationToken,
    asked: String,
    said: Arc<Mutex<String>>,
    /// What was broken off before in this conversation.
    pub(crate) before: Option<BrokenOff>,
    ended: bool,
}

impl Talk<'_> {
    /// Takes down what is said, as it streams.
    pub(crate) fn listener(&self) -> impl FnMut(&str) + Send + 'static {
        let said = self.said.clone();
        move |text| {
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            let room = WORDS.saturating_sub(said.len());
            said.push_str(cut_to(text, room));
        }
    }

    /// Ends when somebody stops it.
    pub(crate) async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// It came to an end: whatever is to be known of it, the agent has recorded.
    pub(crate) fn ended(mut self) {
        self.ended = true;
    }

    /// It was refused before the agent had begun: what was broken off before it is still to be told.
    pub(crate) fn not_begun(mut self) {
        self.ended = true;
        if let Some(before) = self.before.take() {
            self.talks.lock().broken.push_back((self.place.clone(), before));
        }
    }
}

impl Drop for Talk<'_> {
    fn drop(&mut self) {
        let mut state = self.talks.lock();
        // By the very token: one agent can be asked twice in one conversation.
        self.stop.cancel();
        state.running.retain(|(_, stop)| !stop.is_cancelled());
        if self.ended {
            return;
        }
        let said = std::mem::take(&mut *self.said.lock().unwrap_or_else(PoisonError::into_inner));
        state.broken.retain(|(place, _)| *place != self.place);
        state.broken.push_back((self.place.clone(), BrokenOff { asked: std::mem::take(&mut self.asked), said }));
        while state.broken.len() > KEPT {
            state.broken.pop_front();
        }
    }
}

fn cut(text: &str) -> &str {
    cut_to(text, WORDS)
}

/// The longest beginning of at most so many bytes.
fn cut_to(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_told_once_in_its_own_conversation() {
        let talks = Talks::default();
        let talk = talks.begin("ann", "home", "how?");
        talk.listener()("first, ");
        talk.listener()("then");
        drop(talk);
        talks.begin("ann", "away", "x").ended();
        talks.begin("bob", "home", "x").ended();
        let next = talks.begin("ann", "home", "and?");
        assert_eq!(next.before, Some(BrokenOff { asked: "how?".into(), said: "first, then".into() }));
        next.ended();
        assert_eq!(talks.begin("ann", "home", "x").before, None);
    }

    #[test]
    fn what_never_began_takes_nothing_away() {
        let talks = Talks::default();
        drop(talks.begin("ann", "home", "how?"));
        talks.begin("ann", "home", "again").not_begun();
        let next = talks.begin("ann", "home", "x");
        assert!(next.before.as_ref().is_some_and(|before| before.asked == "how?"));
    }

    #[tokio::test]
    async fn only_what_is_meant_is_stopped() {
        let talks = Talks::default();
        let (one, two, other) =
            (talks.begin("ann", "a", "x"), talks.begin("ann", "b", "x"), talks.begin("bob", "a", "x"));
        assert_eq!(talks.stop("ann", Some("a")), 1);
        one.stopped().await;
        assert_eq!((talks.stop("ann", Some("a")), talks.stop("nobody", None)), (0, 0));
        assert_eq!(talks.stop("ann", None), 1);
        two.stopped().await;
        assert!(!other.stop.is_cancelled());
        drop((one, two));
        assert_eq!(talks.lock().running.len(), 1);
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let talks = Talks::default();
        for at in 0..300 {
            let talk = talks.begin("ann", &at.to_string(), &"é".repeat(WORDS));
            talk.listener()(&"é".repeat(WORDS));
        }
        let state = talks.lock();
        assert_eq!(state.broken.len(), KEPT);
        assert!(state.broken.iter().all(|(_, broken)| broken.asked.len() == WORDS && broken.said.len() == WORDS));
    }
}
