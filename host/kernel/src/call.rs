//! What passes the counter.

use crate::chain::{Chain, Principal};
use crate::held::Held;
use crate::terms::AllTerms;
use crate::turn::Turn;
use loket_values::Value;
use std::fmt;
use std::sync::Arc;

/// Who answers, and which of its interfaces: what a grant names and what a call is addressed to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Capability {
    /// `host`, an agent (`agent:ann`) or a package's name (`acme:calc`).
    pub provider: Arc<str>,
    /// The interface without its version, `acme:calc/math`; empty for the functions at a package's root.
    pub interface: Arc<str>,
    /// The package's version, where an importer needs another than the newest; empty for that. Grants do not look at it.
    pub version: Arc<str>,
}

impl Capability {
    /// The provider's name for what the host itself answers.
    pub const HOST: &'static str = "host";

    /// A provider's interface.
    pub fn of(provider: &str, interface: &str) -> Capability {
        Capability { provider: provider.into(), interface: interface.into(), version: "".into() }
    }

    /// The same of a certain version of the provider.
    #[must_use]
    pub fn at_version(mut self, version: &str) -> Capability {
        self.version = version.into();
        self
    }

    /// An interface that the host itself answers.
    pub fn host(interface: &str) -> Capability {
        Capability::of(Self::HOST, interface)
    }

    /// From the words that the ledger has; `is_host` says of an interface whether the host itself answers it.
    pub fn from_words(words: &str, is_host: &dyn Fn(&str) -> bool) -> Capability {
        match words.split_once(" of ") {
            Some((interface, provider)) => Capability::of(provider, interface),
            None if is_host(words) => Capability::host(words),
            None => match words.split_once('/') {
                Some((provider, _)) => Capability::of(provider, words),
                None => Capability::of(words, ""),
            },
        }
    }

    /// Whether the host itself answers.
    pub fn is_host(&self) -> bool {
        &*self.provider == Self::HOST
    }
}

impl fmt::Display for Capability {
    /// The interface alone where that says who answers; else with the provider's name behind it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = self.interface.strip_prefix(&*self.provider).is_some_and(|rest| rest.starts_with('/'));
        match (&*self.provider, &*self.interface) {
            (Self::HOST, interface) => f.write_str(interface),
            (provider, "") => f.write_str(provider),
            (_, interface) if own => f.write_str(interface),
            (provider, interface) => write!(f, "{interface} of {provider}"),
        }
    }
}

/// Everything that happens at the counter is one of these.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who asks, through whom.
    pub chain: Chain,
    /// What is asked, of whom.
    pub capability: Capability,
    /// The function, in kebab case.
    pub function: Arc<str>,
    /// The arguments, in order.
    pub args: Vec<Value>,
    /// The turn in which this happens.
    pub turn: Arc<Turn>,
    /// The call that made this one; 0 when the turn's beginning did.
    pub parent: u32,
    /// What the grants along the chain say in the provider's own words: all of them must permit it. The counter fills it in; none of
    /// them is there when the owner asks.
    pub terms: AllTerms,
    /// What providers keep open for the instance that asks.
    pub held: Arc<Held>,
    /// This call's number in its turn. The counter gives it; providers use it as `parent` of the calls they make.
    pub number: u32,
}

impl Call {
    /// A call that makes another: same turn, same asker, on behalf of this one.
    #[must_use]
    pub fn onward(&self, capability: Capability, function: &str, args: Vec<Value>) -> Call {
        Call {
            chain: self.chain.clone(),
            capability,
            function: function.into(),
            args,
            turn: self.turn.clone(),
            parent: self.number,
            terms: AllTerms::new(),
            held: Arc::default(),
            number: 0,
        }
    }

    /// The chain in which whoever answers this call asks onward in a name of its own.
    pub fn inside(&self, answers: Principal) -> Chain {
        let approved = self.turn.is_approved(self.number);
        self.chain.after(self.capability.clone(), self.function.clone(), answers, approved)
    }

    /// Whose grant such terms are of, and for what: the last principal's own grants come first, then one for each of those before it.
    /// `None` when the owner asks.
    pub fn holder(&self, terms: usize) -> Option<(&Principal, &Capability)> {
        let mut links = self.chain.backwards().filter(|link| link.principal != Principal::Owner);
        let last = links.next()?;
        let mut all = vec![(&last.principal, &self.capability)];
        let mut via = last.via.as_ref();
        for link in links {
            all.push((&link.principal, via.map(|(capability, _)| capability)?));
            via = link.via.as_ref();
        }
        let own = self.terms.len().saturating_sub(all.len());
        all.get(terms.saturating_sub(own)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capability_names_its_provider_where_the_interface_does_not() {
        for (capability, text) in [
            (Capability::host("loket:brain/memory"), "loket:brain/memory"),
            (Capability::of("acme:calc", "acme:calc/math"), "acme:calc/math"),
            (Capability::of("acme:abacus", "acme:calc/math"), "acme:calc/math of acme:abacus"),
            (Capability::of("acme:calc", ""), "acme:calc"),
            (Capability::of("acme:cal", "acme:calc/math"), "acme:calc/math of acme:cal"),
        ] {
            assert_eq!(capability.to_string(), text);
        }
    }

    #[test]
    fn the_ledgers_words_for_a_capability_read_back() {
        let is_host = |interface: &str| interface.starts_with("loket:");
        for capability in [
            Capability::host("loket:brain/memory"),
            Capability::of("acme:calc", "acme:calc/math"),
            Capability::of("acme:abacus", "acme:calc/math"),
            Capability::of("acme:calc", ""),
            Capability::of("agent:ann", "loket:roles/handler"),
        ] {
            assert_eq!(Capability::from_words(&capability.to_string(), &is_host), capability);
        }
    }
}
