//! `wasi:config/store`: what the owner set for a package in `loket.toml`, to that package alone.
//!
//! It needs no grant: the owner wrote it for that very package. It is no place for secrets, and says nothing of the host.

use crate::native::Answers;
use crate::setup::{Settings, Setups};
use async_trait::async_trait;
use loket_kernel::{Call, CallError, Capability, Labels, Principal, Provider, Reply};
use loket_values::Interface;
use std::collections::BTreeMap;

/// The settings of all packages.
pub struct Store {
    answers: Answers,
    setups: Setups,
}

impl Store {
    /// Answers `interface` from what is set when the turn begins.
    pub fn new(interface: &Interface, setups: Setups) -> Store {
        Store { answers: Answers::new(interface), setups }
    }

    fn answer(&self, call: &Call, settings: &Settings) -> Result<Reply, CallError> {
        let own = own(call, settings);
        match &*call.function {
            "get" => {
                let (key,): (String,) = self.answers.args(call)?;
                self.answers.ok(call, own.and_then(|own| own.get(&key)), Labels::NONE)
            }
            "get-all" => {
                let all: Vec<(&String, &String)> = own.into_iter().flatten().collect();
                self.answers.ok(call, all, Labels::NONE)
            }
            other => Err(CallError::NotFound(format!("`{}` has no function `{other}`", self.answers.capability))),
        }
    }
}

#[async_trait]
impl Provider for Store {
    fn capability(&self) -> &Capability {
        &self.answers.capability
    }

    fn interface(&self) -> &Interface {
        &self.answers.interface
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        self.setups.in_turn(&call.turn, |setup| self.answer(&call, &setup.settings))
    }
}

/// The settings of whoever asks.
fn own<'s>(call: &Call, settings: &'s Settings) -> Option<&'s BTreeMap<String, String>> {
    match call.chain.last() {
        Principal::Package(name) => settings.get(&**name),
        _ => None,
    }
}
