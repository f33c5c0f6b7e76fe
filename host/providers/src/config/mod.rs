//! `wasi:config/store`: what the owner set for a package in `loket.toml`, to that package alone.
//!
//! It needs no grant: the owner wrote it for that very package. It is no place for secrets, and says nothing of the host.

use crate::native::Answers;
use async_trait::async_trait;
use loket_kernel::{Call, CallError, Capability, Labels, Principal, Provider, Reply};
use loket_values::Interface;
use std::collections::BTreeMap;

/// Keys with their values, by the package that they are for.
pub type Settings = BTreeMap<String, BTreeMap<String, String>>;

/// The settings of all packages.
pub struct Store {
    answers: Answers,
    settings: Settings,
}

impl Store {
    /// Answers `interface` from these settings.
    pub fn new(interface: &Interface, settings: Settings) -> Store {
        Store { answers: Answers::new(interface), settings }
    }

    /// Those of whoever asks.
    fn of(&self, call: &Call) -> Option<&BTreeMap<String, String>> {
        match call.chain.last() {
            Principal::Package(name) => self.settings.get(&**name),
            _ => None,
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
        let own = self.of(&call);
        match &*call.function {
            "get" => {
                let (key,): (String,) = self.answers.args(&call)?;
                self.answers.ok(&call, own.and_then(|own| own.get(&key)), Labels::NONE)
            }
            "get-all" => {
                let all: Vec<(&String, &String)> = own.into_iter().flatten().collect();
                self.answers.ok(&call, all, Labels::NONE)
            }
            other => Err(CallError::NotFound(format!("`{}` has no function `{other}`", self.answers.capability))),
        }
    }
}
