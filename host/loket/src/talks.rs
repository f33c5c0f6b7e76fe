//! The conversations in which an agent is answering now: each can be stopped, and one that is broken off is told to the agent when it is
//! spoken to next, because nobody of the agent's was there any more to record it.

use loket_kernel::labels::SharedLabels;
use loket_kernel::{Labels, Principal, Turn};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio_util::sync::CancellationToken;

/// Conversations of which it is kept what was broken off.
const KEPT: usize = 256;
/// Bytes of what was asked and of what was said, each.
const WORDS: usize = 8 << 10;
/// Bytes of what was asked, where the next thing that was asked was broken off too: an agent keeps little of them, and both are to be in it.
const EARLIER: usize = 1 << 10;

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
    /// What is known of where these words came from: the labels of what was asked, and those that its turn had at its end.
    pub(crate) labels: Labels,
}

impl BrokenOff {
    /// Both in one, as an agent is told of one.
    fn then(self, later: BrokenOff) -> BrokenOff {
        BrokenOff {
            asked: joined(cut_to(&self.asked, EARLIER), &later.asked),
            said: joined(&self.said, &later.said),
            labels: self.labels.join(later.labels),
        }
    }
}

/// The conversations of a host.
#[derive(Debug, Default)]
pub(crate) struct Talks(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    running: Vec<(Place, CancellationToken)>,
    broken: VecDeque<Kept>,
}

/// What was broken off somewhere, and who had asked.
#[derive(Debug)]
struct Kept {
    place: Place,
    who: Principal,
    broken: BrokenOff,
}

impl State {
    fn take(&mut self, place: &Place) -> Option<BrokenOff> {
        let at = self.broken.iter().position(|kept| kept.place == *place)?;
        self.broken.remove(at).map(|kept| kept.broken)
    }

    /// Keeps what is still to be told of a conversation: what was broken off before, what is known by now, and what was broken off last.
    fn keep(&mut self, place: &Place, who: &Principal, before: Option<BrokenOff>, last: Option<BrokenOff>) {
        let all = [before, self.take(place), last];
        let Some(broken) = all.into_iter().flatten().reduce(BrokenOff::then) else { return };
        self.broken.push_back(Kept { place: place.clone(), who: who.clone(), broken });
        if self.broken.len() > KEPT {
            self.forget_one();
        }
    }

    /// Whoever has the most loses the oldest: nobody pushes out another's.
    fn forget_one(&mut self) {
        let mut many = HashMap::<&Principal, usize>::new();
        for kept in &self.broken {
            *many.entry(&kept.who).or_default() += 1;
        }
        let oldest = self.broken.iter().enumerate().rev().max_by_key(|(_, kept)| many[&kept.who]);
        if let Some((at, _)) = oldest {
            self.broken.remove(at);
        }
    }
}

impl Talks {
    /// An agent begins to answer somebody. What is dropped without having come to its end was broken off.
    pub(crate) fn begin(
        &self,
        who: &Principal,
        agent: &str,
        conversation: &str,
        asked: &str,
        labels: Labels,
    ) -> Talk<'_> {
        let place = Place { agent: agent.to_owned(), conversation: conversation.to_owned() };
        let (who, stop) = (who.clone(), CancellationToken::new());
        let mut state = self.lock();
        state.running.push((place.clone(), stop.clone()));
        let before = state.take(&place);
        let (asked, said, turn) = (cut_to(asked, WORDS).to_owned(), Arc::default(), OnceLock::new());
        Talk { talks: self, place, who, stop, asked, said, labels, turn, before, ended: false }
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
    who: Principal,
    stop: CancellationToken,
    asked: String,
    said: Arc<Mutex<String>>,
    /// What is known of where that which was asked came from.
    labels: Labels,
    /// What its turn has seen, from its beginning on.
    turn: OnceLock<Arc<SharedLabels>>,
    /// What was broken off before in this conversation.
    pub(crate) before: Option<BrokenOff>,
    ended: bool,
}

impl Talk<'_> {
    /// What is known of where all that the agent is told came from.
    pub(crate) fn labels(&self) -> Labels {
        self.before.as_ref().map_or(self.labels, |before| self.labels.join(before.labels))
    }

    /// Its turn begins: what that sees is known of what it says.
    pub(crate) fn begun(&self, turn: &Turn) {
        // There is one turn to a talk.
        let _ = self.turn.set(turn.labels.clone());
    }

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
        let before = self.before.take();
        self.talks.lock().keep(&self.place, &self.who, before, None);
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
        let asked = std::mem::take(&mut self.asked);
        let said = std::mem::take(&mut *self.said.lock().unwrap_or_else(PoisonError::into_inner));
        let seen = self.turn.get().map_or(Labels::NONE, |turn| turn.get());
        let labels = self.labels.join(seen);
        // Where the agent had not begun to speak, nobody knows whether it had recorded what was broken off before: twice is better than never.
        let before = self.before.take().filter(|_| said.is_empty());
        state.keep(&self.place, &self.who, before, Some(BrokenOff { asked, said, labels }));
    }
}

/// Two texts as one, of at most so many bytes as each may have.
fn joined(earlier: &str, later: &str) -> String {
    let between = if earlier.is_empty() || later.is_empty() { "" } else { "\n\n" };
    cut_to(&format!("{earlier}{between}{later}"), WORDS).to_owned()
}

/// The longest beginning of at most so many bytes.
fn cut_to(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_kernel::Limits;

    /// The owner says something with nothing known against it.
    fn begin<'t>(talks: &'t Talks, agent: &str, conversation: &str, asked: &str) -> Talk<'t> {
        talks.begin(&Principal::Owner, agent, conversation, asked, Labels::NONE)
    }

    fn broken(asked: &str, said: &str, labels: Labels) -> Option<BrokenOff> {
        Some(BrokenOff { asked: asked.into(), said: said.into(), labels })
    }

    #[test]
    fn what_is_dropped_is_told_once_in_its_own_conversation() {
        let talks = Talks::default();
        let talk = begin(&talks, "ann", "home", "how?");
        talk.listener()("first, ");
        talk.listener()("then");
        drop(talk);
        begin(&talks, "ann", "away", "x").ended();
        begin(&talks, "bob", "home", "x").ended();
        let next = begin(&talks, "ann", "home", "and?");
        assert_eq!(next.before, broken("how?", "first, then", Labels::NONE));
        next.ended();
        assert_eq!(begin(&talks, "ann", "home", "x").before, None);
    }

    #[test]
    fn what_is_told_later_bears_the_labels_of_its_words_and_of_its_turn() {
        let talks = Talks::default();
        let talk = talks.begin(&Principal::Owner, "ann", "home", "how?", Labels::PRIVATE);
        let turn = Turn::new(None, 1, 1, &Limits::default(), talk.labels(), None);
        talk.begun(&turn);
        talk.listener()("a stranger says");
        turn.labels.add(Labels::UNTRUSTED);
        drop((talk, turn));
        let both = Labels::PRIVATE.join(Labels::UNTRUSTED);
        let next = begin(&talks, "ann", "home", "go on");
        assert_eq!(next.before, broken("how?", "a stranger says", both));
        assert_eq!(next.labels(), both, "the next turn begins with them");
        // Its turn never began, and yet nothing is lost.
        drop(next);
        let next = begin(&talks, "ann", "home", "go on!");
        assert_eq!(next.before, broken("how?\n\ngo on", "a stranger says", both));
    }

    #[test]
    fn what_never_began_takes_nothing_away() {
        let talks = Talks::default();
        drop(begin(&talks, "ann", "home", "how?"));
        begin(&talks, "ann", "home", "again").not_begun();
        let next = begin(&talks, "ann", "home", "x");
        assert_eq!(next.before, broken("how?", "", Labels::NONE));
    }

    #[test]
    fn what_is_broken_off_twice_is_told_of_both_times_until_the_agent_has_spoken() {
        let talks = Talks::default();
        drop(begin(&talks, "ann", "home", "one"));
        drop(begin(&talks, "ann", "home", "two"));
        let third = begin(&talks, "ann", "home", "three");
        assert_eq!(third.before, broken("one\n\ntwo", "", Labels::NONE));
        third.listener()("three is");
        drop(third);
        let fourth = begin(&talks, "ann", "home", "four");
        assert_eq!(fourth.before, broken("three", "three is", Labels::NONE), "what was told before is recorded");
    }

    #[test]
    fn what_is_broken_off_beside_another_in_one_conversation_is_told_of_too() {
        let talks = Talks::default();
        drop(begin(&talks, "ann", "home", "one"));
        let (two, three) = (begin(&talks, "ann", "home", "two"), begin(&talks, "ann", "home", "three"));
        three.listener()("three is");
        drop(three);
        two.not_begun();
        assert_eq!(talks.lock().broken.len(), 1, "one to a conversation");
        assert_eq!(begin(&talks, "ann", "home", "x").before, broken("one\n\nthree", "three is", Labels::NONE));
    }

    #[test]
    fn what_is_long_leaves_room_for_what_is_broken_off_after_it() {
        let talks = Talks::default();
        drop(begin(&talks, "ann", "home", &"é".repeat(WORDS)));
        drop(begin(&talks, "ann", "home", "two"));
        let before = begin(&talks, "ann", "home", "x").before.clone().expect("it is told");
        assert!(before.asked.len() <= EARLIER + 5 && before.asked.ends_with("é\n\ntwo"));
        drop(begin(&talks, "ann", "away", "one"));
        drop(begin(&talks, "ann", "away", &"é".repeat(WORDS)));
        assert!(begin(&talks, "ann", "away", "x").before.as_ref().is_some_and(|before| before.asked.len() <= WORDS));
    }

    #[tokio::test]
    async fn only_what_is_meant_is_stopped() {
        let talks = Talks::default();
        let (one, two, other) =
            (begin(&talks, "ann", "a", "x"), begin(&talks, "ann", "b", "x"), begin(&talks, "bob", "a", "x"));
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
            let talk = begin(&talks, "ann", &at.to_string(), &"é".repeat(WORDS));
            talk.listener()(&"é".repeat(WORDS));
            // In any way.
            if at % 2 == 0 {
                drop(talk);
                begin(&talks, "ann", &at.to_string(), "x").not_begun();
            }
        }
        let state = talks.lock();
        assert_eq!(state.broken.len(), KEPT);
        assert!(state.broken.iter().all(|kept| kept.broken.asked.len() == WORDS && kept.broken.said.len() == WORDS));
    }

    #[test]
    fn whoever_breaks_off_much_loses_their_own() {
        let talks = Talks::default();
        let client = Principal::Client("ide".into());
        drop(begin(&talks, "ann", "home", "how?"));
        for at in 0..KEPT + 10 {
            drop(talks.begin(&client, "ann", &format!("{client}/{at}"), "x", Labels::UNTRUSTED));
        }
        assert_eq!(talks.lock().broken.len(), KEPT);
        assert!(begin(&talks, "ann", &format!("{client}/10"), "x").before.is_none(), "the oldest of theirs");
        assert!(begin(&talks, "ann", "home", "x").before.as_ref().is_some_and(|before| before.asked == "how?"));
    }
}
