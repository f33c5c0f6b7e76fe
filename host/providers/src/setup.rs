//! What the owner set for all agents and packages: who thinks with which model, and what packages are told of themselves. It can be another
//! from one turn to the next; a turn goes on to its end with what held when it began.

use arc_swap::ArcSwap;
use loket_kernel::Turn;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Keys with their values, by the package that they are for.
pub type Settings = BTreeMap<String, BTreeMap<String, String>>;

/// What the owner set.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// Which agent thinks with which model: `namespace:package`, or `namespace:package/model`. The owner chose it, so no request changes it.
    pub models: HashMap<String, String>,
    /// What packages are told of themselves.
    pub settings: Settings,
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
        match turn.held_to::<Setup>() {
            Some(setup) => read(setup),
            None => read(&self.0.load()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_kernel::{Labels, Limits};

    #[test]
    fn a_turn_goes_on_with_what_held_when_it_began() {
        let setups = Setups::default();
        let set = |model: &str| Setup { models: [("ann".to_owned(), model.to_owned())].into(), ..Setup::default() };
        let turn = || Turn::new(None, 0, 0, &Limits::default(), Labels::NONE, None);
        let model = |turn: &Turn| setups.in_turn(turn, |setup| setup.models.get("ann").cloned());
        setups.set(set("a:first"));
        let (held, free) = (turn().holding_to(setups.now()), turn());
        setups.set(set("a:second"));
        assert_eq!((model(&held).as_deref(), model(&free).as_deref()), (Some("a:first"), Some("a:second")));
    }
}
