//! Who thinks with what: the agents' choices, and the model of whoever has made none.

use crate::setup::{Setup, Setups, Thinking};
use loket_guardian::{Order, Pin};
use loket_kernel::Turn;
use std::sync::Arc;
use std::time::Duration;

/// How long a model's first token may take before the next is asked, where its settings do not say.
const FIRST_TOKEN: Duration = Duration::from_secs(30);

/// Who thinks with what: the agents' choices, and the model of whoever has made none.
#[derive(Debug, Clone)]
pub struct Choice {
    setups: Setups,
    usual: Arc<str>,
}

/// A model that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The package that answers for it.
    pub package: String,
    /// What that calls it, where it serves several.
    pub model: Option<String>,
    /// Whether it is the one of whoever has chosen none.
    pub is_fallback: bool,
    /// How long its first token may take, where there is another model to ask.
    pub first_token: Duration,
}

/// All models of an agent, the first choice first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) models: Vec<Chosen>,
    pub(super) order: Order,
    pub(super) pin: Pin,
    pub(super) restart: bool,
}

impl Choice {
    /// The agents' choices; who has made none gets `usual`.
    pub fn new(setups: Setups, usual: &str) -> Choice {
        Choice { setups, usual: usual.into() }
    }

    /// The first model of a turn: that of its agent, or of the owner's own calls.
    pub fn of(&self, turn: &Turn) -> Chosen {
        self.setups.in_turn(turn, |setup| {
            let first = thinking(setup, turn).and_then(|thinking| thinking.models.first());
            self.chosen(setup, first.map_or(&*self.usual, String::as_str))
        })
    }

    /// All models of a turn.
    pub(super) fn line(&self, turn: &Turn) -> Line {
        self.setups.in_turn(turn, |setup| match thinking(setup, turn) {
            Some(Thinking { models, order, pin, restart, .. }) => {
                let models = models.iter().map(|address| self.chosen(setup, address)).collect();
                Line { models, order: *order, pin: *pin, restart: *restart }
            }
            None => {
                let models = vec![self.chosen(setup, &self.usual)];
                Line { models, order: Order::default(), pin: Pin::default(), restart: false }
            }
        })
    }

    fn chosen(&self, setup: &Setup, address: &str) -> Chosen {
        let parts = address.split_once('/').map(|(package, model)| (package, Some(model)));
        let (package, model) = parts.unwrap_or((address, None));
        let first_token = setup.models.get(address).and_then(|about| about.first_token).unwrap_or(FIRST_TOKEN);
        let is_fallback = package == &*self.usual;
        Chosen { package: package.to_owned(), model: model.map(str::to_owned), is_fallback, first_token }
    }
}

impl Chosen {
    /// As settings and counts have it: `loket:openai/local`, or the package alone.
    pub fn address(&self) -> String {
        match &self.model {
            Some(model) => format!("{}/{model}", self.package),
            None => self.package.clone(),
        }
    }

    /// As its owner calls it: `local`, or the package.
    pub fn name(&self) -> &str {
        self.model.as_deref().unwrap_or(&self.package)
    }
}

fn thinking<'s>(setup: &'s Setup, turn: &Turn) -> Option<&'s Thinking> {
    turn.agent.as_deref().and_then(|agent| setup.thinking.get(agent)).filter(|thinking| !thinking.models.is_empty())
}
