//! Which asks wait, what was answered, and what turns may not ask any more.

use super::question::{Kind, Question};
use crate::lanes::Place;
use loket_kernel::fault::Refusal;
use loket_kernel::{CallError, Turn};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Asks of one turn, answered or not.
pub(super) const MOST_IN_A_TURN: usize = 64;
/// Asks that wait at once.
pub(super) const MOST_WAITING: usize = 128;
/// After so many refusals of the same kind in a turn, the owner is not asked again.
pub(super) const MOST_REFUSALS: usize = 3;
/// So much is remembered of what was answered, of all kinds together.
const REMEMBERED: usize = 256;

/// What the owner said.
#[derive(Debug, Clone)]
pub(crate) enum Given {
    /// Yes, with other arguments where there are any: they were checked against the function's types.
    Yes(Option<Json>),
    /// No; whether it is not to be asked again in this turn.
    No { for_the_turn: bool },
}

/// An ask that waits.
pub(super) struct Waiting {
    pub(super) question: Arc<Question>,
    /// Who waits for it in this process; nobody, when its turn goes on later from its page.
    pub(super) tell: Option<oneshot::Sender<Given>>,
    /// Whether somebody answers it just now.
    pub(super) claimed: bool,
}

/// What is known of a turn that runs.
pub(super) struct Frame {
    pub(super) turn: Arc<Turn>,
    pub(super) place: Arc<Place>,
    pub(super) conversation: Option<String>,
    pub(super) message: Option<String>,
    /// How many calls of it were asked about.
    pub(super) asked: usize,
    /// How often each kind was refused, or not answered.
    pub(super) refused: HashMap<Kind, usize>,
    /// What is not to be asked again.
    pub(super) silenced: HashSet<Kind>,
}

/// What was answered before.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answered {
    pub(crate) question: Arc<Question>,
    /// `once`, `conversation`, `always`, `no`, `not-again` or `none`.
    pub(crate) answer: &'static str,
    pub(crate) at: u64,
}

/// All of it.
#[derive(Default)]
pub(super) struct Table {
    pub(super) frames: HashMap<u128, Frame>,
    /// By name, so that the oldest come first.
    pub(super) waiting: BTreeMap<String, Waiting>,
    /// What the owner said while nobody waited, by what tells a call from all others.
    pub(super) given: HashMap<String, VecDeque<Given>>,
    /// The turns that have all their answers, and have not gone on yet.
    pub(super) owed: BTreeSet<String>,
    /// What the owner said yes to for the rest of a conversation.
    pub(super) conversations: HashSet<(String, Kind)>,
    pub(super) answered: VecDeque<Answered>,
}

impl Table {
    /// Why a kind is not asked about again, if it is not.
    pub(super) fn silenced(&self, turn: u128, kind: &Kind) -> Option<String> {
        let frame = self.frames.get(&turn)?;
        if frame.silenced.contains(kind) {
            return Some("the owner said no to such calls for the rest of this turn".into());
        }
        if frame.refused.get(kind).is_some_and(|refused| *refused >= MOST_REFUSALS) {
            return Some(format!(
                "the owner was asked for such a call {MOST_REFUSALS} times in this turn and did not say yes, so it is not asked again"
            ));
        }
        (frame.asked >= MOST_IN_A_TURN)
            .then(|| format!("a turn may ask its owner {MOST_IN_A_TURN} times, and this one did"))
    }

    /// Keeps in mind what was answered, but not the words: those are in the ledger, from where they can be forgotten.
    pub(super) fn remember(&mut self, question: &Question, answer: &'static str, at: u64) {
        if self.answered.len() >= REMEMBERED {
            self.answered.pop_front();
        }
        let wordless = Question { arguments: Json::Null, message: None, form: None, ..question.clone() };
        self.answered.push_back(Answered { question: Arc::new(wordless), answer, at });
    }

    /// A refusal counts for its kind, in its turn.
    pub(super) fn refuse(&mut self, turn: u128, kind: Kind, for_the_turn: bool) {
        let Some(frame) = self.frames.get_mut(&turn) else { return };
        if for_the_turn {
            frame.silenced.insert(kind.clone());
        }
        *frame.refused.entry(kind).or_default() += 1;
    }

    /// The turns that wait in this process and whose asks are still unanswered.
    pub(super) fn turns_that_wait(&self) -> HashSet<&str> {
        self.waiting.values().filter(|waits| waits.tell.is_some()).map(|waits| waits.question.turn.as_str()).collect()
    }
}

/// What the asker is told: the refusal of the grant, for another reason.
pub(super) fn no(refusal: &Refusal, reason: String) -> CallError {
    CallError::Denied(Refusal { reason, remedy: String::new(), ..refusal.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::{Lanes, Width};
    use loket_kernel::room::Room;
    use loket_kernel::{Call, Capability, Chain, Labels, Limits, Principal};
    use std::time::Duration;

    fn call(turn: &Arc<Turn>, function: &str) -> Call {
        Call {
            chain: Chain::new(Principal::Agent("ann".into())),
            capability: Capability::host("loket:brain/memory"),
            function: function.into(),
            args: Vec::new(),
            turn: turn.clone(),
            parent: 1,
            terms: Default::default(),
            held: Default::default(),
            number: 2,
        }
    }

    /// A table with a turn in it.
    async fn table() -> (Table, Arc<Turn>) {
        let width = Width { turns: 1, each: 1, waiting: 1, a_minute: 60, patience: Duration::from_secs(1) };
        let place = Lanes::new(width, Room::new(1000)).enter(&"ann".into()).await.expect("there is room");
        let turn = Arc::new(Turn::new(None, 1, 1, &Limits::default(), Labels::NONE, None));
        let frame = Frame {
            turn: turn.clone(),
            place: Arc::new(place),
            conversation: None,
            message: None,
            asked: 0,
            refused: HashMap::new(),
            silenced: HashSet::new(),
        };
        let mut table = Table::default();
        table.frames.insert(turn.id.0, frame);
        (table, turn)
    }

    #[tokio::test]
    async fn nobody_is_worn_out_by_the_same_question() {
        let (mut table, turn) = table().await;
        let (kind, other) = (Kind::of(&call(&turn, "forget")), Kind::of(&call(&turn, "get")));
        for _ in 0..MOST_REFUSALS {
            assert_eq!(table.silenced(turn.id.0, &kind), None);
            table.refuse(turn.id.0, kind.clone(), false);
        }
        assert!(table.silenced(turn.id.0, &kind).is_some_and(|why| why.contains("3 times")));
        assert_eq!(table.silenced(turn.id.0, &other), None, "another question may be asked");
        table.refuse(turn.id.0, other.clone(), true);
        assert!(table.silenced(turn.id.0, &other).is_some_and(|why| why.contains("for the rest of this turn")));
    }

    #[tokio::test]
    async fn a_turn_has_so_many_questions() {
        let (mut table, turn) = table().await;
        let kind = Kind::of(&call(&turn, "forget"));
        table.frames.get_mut(&turn.id.0).expect("it is there").asked = MOST_IN_A_TURN;
        assert!(table.silenced(turn.id.0, &kind).is_some_and(|why| why.contains("64 times")));
    }

    #[test]
    fn what_was_answered_is_remembered_up_to_a_bound() {
        let question = crate::asks::question::tests::question();
        let mut table = Table::default();
        for at in 0..1_000 {
            table.remember(&question, "once", at);
        }
        assert_eq!((table.answered.len(), table.answered[0].at), (REMEMBERED, 1_000 - REMEMBERED as u64));
        assert_eq!(table.answered[0].question.arguments, Json::Null, "words are not kept");
    }
}
