//! Whoever gives a command: the owner, or a client that may ask the agent through which it is run.

use crate::host::Host;
use crate::turns::{HANDLE, HANDLER};
use loket_kernel::{CallError, Capability, Chain, Labels, Principal};
use loket_providers::agent::offers::RUN;

/// Whoever gives a command, and to which agent.
pub(crate) struct Giver<'a> {
    begins: Chain,
    /// The agent through which it is run.
    pub(crate) agent: &'a str,
    /// What is known of whose words its values are.
    pub(crate) labels: Labels,
}

impl<'a> Giver<'a> {
    /// The owner.
    pub(crate) fn owner(agent: &'a str) -> Giver<'a> {
        Giver::of(Chain::new(Principal::Owner), agent, Labels::NONE)
    }

    /// Whoever begins a chain.
    pub(crate) fn of(begins: Chain, agent: &'a str, labels: Labels) -> Giver<'a> {
        Giver { begins, agent, labels }
    }

    fn handler(&self) -> Capability {
        Capability::of(&format!("agent:{}", self.agent), HANDLER)
    }

    /// The chain by which a command is called: what it may do, all in it may.
    pub(crate) fn chain(&self) -> Chain {
        self.begins.clone().then(self.handler(), HANDLE.into(), Principal::Agent(self.agent.into()))
    }

    /// Whether they may give the commands of a package, or ask to. Not where they may only ask the agent so many times: a command is no word
    /// to it, and would not be counted.
    pub(crate) fn may(&self, host: &Host, package: &Capability) -> bool {
        let grants = host.counter.grants.now();
        let onward = grants.decide(self.begins.last(), &self.handler(), HANDLE);
        if onward.is_some_and(|decision| decision.limited().next().is_some()) {
            return false;
        }
        let checked = grants.check(&self.chain(), package, RUN);
        matches!(checked, Ok(_) | Err(CallError::NeedsApproval(_)))
    }
}
