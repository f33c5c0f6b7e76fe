//! What the owner set for all agents and packages: who thinks with which models, what that may cost, and what packages are told of
//! themselves. It can be another from one turn to the next; a turn goes on to its end with what held when it began.

use arc_swap::ArcSwap;
use loket_guardian::run::Commands;
use loket_guardian::{Budget, HostBudget, Order, Pin, Price};
use loket_kernel::Turn;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// Keys with their values, by the package that they are for.
pub type Settings = BTreeMap<String, BTreeMap<String, String>>;

/// What the owner set.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// What each agent thinks with. The owner chose it, so no request changes it.
    pub thinking: HashMap<String, Thinking>,
    /// What is known of each model, by its address.
    pub models: HashMap<String, About>,
    /// What all agents together may use in a day.
    pub budget: HostBudget,
    /// What packages are told of themselves.
    pub settings: Settings,
    /// The commands that can be granted.
    pub commands: Arc<Commands>,
}

/// What an agent thinks with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thinking {
    /// The models by their addresses, the first choice first: `namespace:package`, or `namespace:package/model`.
    pub models: Vec<String>,
    /// In which order they are asked.
    pub order: Order,
    /// For how long the agent stays with the one that answered.
    pub pin: Pin,
    /// Whether another may begin anew when one broke off whose words were shown already.
    pub restart: bool,
    /// What it may use in a day.
    pub budget: Budget,
}

/// What is known of a model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// What it costs, where that is known.
    pub price: Option<Price>,
    /// How long its first token may take, where that is said.
    pub first_token: Option<Duration>,
}

/// What a turn is held to.
#[derive(Debug)]
pub struct Frame {
    /// What was set when it began.
    pub setup: Arc<Setup>,
    /// The conversation that it belongs to.
    pub conversation: Option<Arc<str>>,
}

/// What is set now.
#[derive(Debug, Clone, Default)]
pub struct Setups(Arc<ArcSwap<Setup>>);

impl Setups {
    /// What holds for turns that begin now.
    pub fn now(&self) -> Arc<Setup> {
        self.0.load_full()
    }

    /// Says what holds for turns that begin from now on.
    pub fn set(&self, setup: Setup) {
        self.0.store(Arc::new(setup));
    }

    /// Reads what holds in a turn: what it is held to, or what is set now.
    pub fn in_turn<T>(&self, turn: &Turn, read: impl FnOnce(&Setup) -> T) -> T {
        match turn.held_to::<Frame>() {
            Some(frame) => read(&frame.setup),
            None => read(&self.0.load()),
        }
    }

    /// The conversation that a turn belongs to.
    pub fn conversation(turn: &Turn) -> Option<&str> {
        turn.held_to::<Frame>()?.conversation.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_kernel::{Labels, Limits};

    #[test]
    fn a_turn_goes_on_with_what_held_when_it_began() {
        let setups = Setups::default();
        let set = |model: &str| {
            let thinking = Thinking { models: vec![model.to_owned()], ..Thinking::default() };
            Setup { thinking: [("ann".to_owned(), thinking)].into(), ..Setup::default() }
        };
        let turn = || Turn::new(None, 0, 0, &Limits::default(), Labels::NONE, None);
        let model = |turn: &Turn| setups.in_turn(turn, |setup| setup.thinking.get("ann").map(|t| t.models[0].clone()));
        setups.set(set("a:first"));
        let frame = Frame { setup: setups.now(), conversation: None };
        let (held, free) = (turn().holding_to(Arc::new(frame)), turn());
        setups.set(set("a:second"));
        assert_eq!((model(&held).as_deref(), model(&free).as_deref()), (Some("a:first"), Some("a:second")));
    }
}
