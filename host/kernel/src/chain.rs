//! Who called through whom: the chain that every call carries, and along which authority shrinks.

use crate::call::Capability;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// Someone who can ask at the counter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Principal {
    /// The owner of this home, through whatever gateway.
    Owner,
    /// A program that comes in with a token of its own, by the token's name: it is granted what it may, like anybody else.
    Client(Arc<str>),
    /// An agent, by its name.
    Agent(Arc<str>),
    /// A component that is not an agent, by its package's name without the version.
    Package(Arc<str>),
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Principal::Owner => f.write_str("owner"),
            Principal::Client(name) => write!(f, "client:{name}"),
            Principal::Agent(name) => write!(f, "agent:{name}"),
            Principal::Package(name) => write!(f, "package:{name}"),
        }
    }
}

impl Principal {
    /// Reads `owner`, `client:NAME`, `agent:NAME` or `package:NAMESPACE:NAME`.
    pub fn parse(text: &str) -> Option<Principal> {
        match text.split_once(':') {
            None if text == "owner" => Some(Principal::Owner),
            Some(("client", name)) if !name.is_empty() && !name.contains([' ', ':']) => {
                Some(Principal::Client(name.into()))
            }
            Some(("agent", name)) if !name.is_empty() => Some(Principal::Agent(name.into())),
            Some(("package", name)) if name.contains(':') => Some(Principal::Package(name.into())),
            _ => None,
        }
    }
}

/// A chain of principals, the first asker first. Cloning is cheap; extending shares what is there.
#[derive(Debug, Clone)]
pub struct Chain(Arc<Link>);

/// One principal, and how it was reached.
#[derive(Debug)]
pub struct Link {
    /// Who.
    pub principal: Principal,
    /// By which capability and function the one before called this one; `None` for the first.
    pub via: Option<(Capability, Arc<str>)>,
    /// Whether the owner said yes to that very call.
    pub approved: bool,
    before: Option<Chain>,
    length: usize,
    // Most instances call nobody, and then nobody asks for it.
    text: OnceLock<Arc<str>>,
}

impl Chain {
    /// A chain that begins with someone.
    pub fn new(principal: Principal) -> Chain {
        Chain(Arc::new(Link { principal, via: None, approved: false, before: None, length: 1, text: OnceLock::new() }))
    }

    /// The chain after its last principal called `principal` by a capability's function.
    #[must_use]
    pub fn then(&self, via: Capability, function: Arc<str>, principal: Principal) -> Chain {
        self.after(via, function, principal, false)
    }

    /// The same, where the owner may have said yes to that call: it goes on although the grant for it says `ask`.
    #[must_use]
    pub(crate) fn after(&self, via: Capability, function: Arc<str>, principal: Principal, approved: bool) -> Chain {
        let (length, before) = (self.0.length + 1, Some(self.clone()));
        let via = Some((via, function));
        Chain(Arc::new(Link { principal, via, approved, before, length, text: OnceLock::new() }))
    }

    /// Someone that a turn can begin with, from the words that the ledger has: the owner, or a client.
    pub fn beginning(words: &str) -> Option<Chain> {
        Principal::parse(words).filter(|who| matches!(who, Principal::Owner | Principal::Client(_))).map(Chain::new)
    }

    /// Who asks now.
    pub fn last(&self) -> &Principal {
        &self.0.principal
    }

    /// How many principals there are.
    #[expect(clippy::len_without_is_empty, reason = "a chain is never empty")]
    pub fn len(&self) -> usize {
        self.0.length
    }

    /// The links from the last asker back to the first.
    pub fn backwards(&self) -> impl Iterator<Item = &Link> {
        std::iter::successors(Some(&*self.0), |link| link.before.as_ref().map(|chain| &*chain.0))
    }

    /// In words, as the ledger has it: `owner > agent:assistant`.
    pub fn text(&self) -> &Arc<str> {
        self.0.text.get_or_init(|| match &self.0.before {
            Some(before) => format!("{} > {}", before.text(), self.0.principal).into(),
            None => self.0.principal.to_string().into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_reads_from_the_first_asker_to_the_last() {
        let chain = Chain::new(Principal::Owner)
            .then(Capability::of("agent:ann", "loket:roles/handler"), "handle".into(), Principal::Agent("ann".into()))
            .then(Capability::of("acme:calc", "acme:calc/math"), "add".into(), Principal::Package("acme:calc".into()));
        assert_eq!(&**chain.text(), "owner > agent:ann > package:acme:calc");
        assert_eq!(chain.len(), 3);
        assert_eq!(chain.backwards().count(), 3);
    }

    #[test]
    fn principals_read_back_as_they_were_written() {
        for text in ["owner", "client:desktop", "agent:ann", "package:acme:calc"] {
            assert_eq!(Principal::parse(text).map(|p| p.to_string()).as_deref(), Some(text));
        }
        for text in ["", "client:", "client:a > agent:b", "agent:", "package:calc", "root"] {
            assert_eq!(Principal::parse(text), None, "{text}");
        }
    }
}
