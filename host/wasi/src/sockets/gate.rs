//! Which addresses one instance may connect to, and which names it may look up.
//!
//! Only what all grants along the chain name: `HOST:PORT`, as grants for HTTP do, and by the same rules where something private is meant.
//! A name leads to the addresses that it resolved to when this instance looked it up, and to no others.

use loket_kernel::Terms;
use loket_providers::http::address::Class;
use loket_providers::http::pattern::HostPattern;
use loket_providers::http::target::{Host, Scheme, Target};
use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};

/// The key of a grant's terms.
pub const ADDRESS: &str = "address";
/// The most names that one instance may look up.
const MOST_NAMES: usize = 256;
/// The most addresses that are kept of one name.
const MOST_ADDRESSES: usize = 64;

/// The gate of one instance. It lets nothing through where there is no grant.
#[derive(Debug, Default)]
pub struct Gate {
    /// The addresses of each grant along the chain: all of them must name what is connected to.
    all: Vec<Vec<HostPattern>>,
    resolved: Mutex<HashMap<String, BTreeSet<IpAddr>>>,
}

/// Reads the addresses of a grant's terms. Each names its port.
///
/// # Errors
/// What is wrong with the first that is none.
pub fn addresses(terms: &Terms) -> Result<Vec<HostPattern>, String> {
    let address = |text: &str| {
        let pattern = HostPattern::parse(text).map_err(|error| error.to_string())?;
        match pattern.port() {
            Some(_) => Ok(pattern),
            None => Err(format!("`{pattern}` names no port: write `{pattern}:PORT`")),
        }
    };
    terms.values(ADDRESS).map(address).collect()
}

impl Gate {
    /// What all of these permit; nothing, when there are none.
    ///
    /// # Errors
    /// As [`addresses`].
    pub fn new(all: &[Terms]) -> Result<Gate, String> {
        Ok(Gate { all: all.iter().map(addresses).collect::<Result<_, _>>()?, resolved: Mutex::default() })
    }

    fn every(&self, permits: impl Fn(&HostPattern) -> bool) -> bool {
        !self.all.is_empty() && self.all.iter().all(|grant| grant.iter().any(&permits))
    }

    /// Whether this address may be connected to.
    pub fn connects(&self, to: SocketAddr) -> bool {
        let ip = to.ip().to_canonical();
        let class = Class::of(ip);
        let target = |host| Target { scheme: Scheme::Http, host, port: to.port() };
        let itself = target(Host::Address(ip));
        let resolved = self.resolved.lock().unwrap_or_else(PoisonError::into_inner);
        let names = resolved.iter().filter(|(_, known)| known.contains(&ip));
        let names: Vec<Target> = names.map(|(name, _)| target(Host::Name(name.clone()))).collect();
        self.every(|pattern| {
            let named = || names.iter().any(|name| pattern.covers(name));
            match class {
                Class::Public => pattern.covers(&itself) || named(),
                Class::Private => pattern.covers(&itself) || (pattern.is_exact() && named()),
                Class::Metadata => pattern.covers(&itself),
                Class::Never => false,
            }
        })
    }

    /// The name in the form in which it may be looked up; `None` when it may not.
    pub fn looks_up(&self, text: &str) -> Option<String> {
        let Ok(Host::Name(name)) = Host::parse(text) else { return None };
        let named = |pattern: &HostPattern| {
            let target = |port| Target { scheme: Scheme::Http, host: Host::Name(name.clone()), port };
            pattern.port().is_some_and(|port| pattern.covers(&target(port)))
        };
        self.every(named).then_some(name)
    }

    /// Keeps what a name resolved to; answers what of it the instance may know.
    pub fn resolved(&self, name: &str, found: impl IntoIterator<Item = IpAddr>) -> Vec<IpAddr> {
        let mut resolved = self.resolved.lock().unwrap_or_else(PoisonError::into_inner);
        if resolved.len() >= MOST_NAMES && !resolved.contains_key(name) {
            return Vec::new();
        }
        let known = resolved.entry(name.to_owned()).or_default();
        let mut all = Vec::new();
        for ip in found.into_iter().map(|ip| ip.to_canonical()) {
            if (known.len() < MOST_ADDRESSES || known.contains(&ip)) && !all.contains(&ip) {
                known.insert(ip);
                all.push(ip);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(all: &[&[&str]]) -> Gate {
        let all: Vec<Terms> =
            all.iter().map(|values| Terms::new(values.iter().map(|value| (ADDRESS, *value)))).collect();
        Gate::new(&all).expect("addresses")
    }

    #[track_caller]
    fn check(gate: &Gate, address: &str, permitted: bool) {
        assert_eq!(gate.connects(address.parse().expect("an address")), permitted, "{address}");
    }

    #[test]
    fn only_what_all_grants_along_the_chain_name_may_be_connected_to() {
        let one = gate(&[&["1.1.1.1:443", "10.0.0.5:5432"]]);
        for (address, permitted) in [
            ("1.1.1.1:443", true),
            ("1.1.1.1:80", false),
            ("1.0.0.1:443", false),
            ("10.0.0.5:5432", true),
            ("10.0.0.5:22", false),
        ] {
            check(&one, address, permitted);
        }
        let both = gate(&[&["1.1.1.1:443", "10.0.0.5:5432"], &["10.0.0.5:5432"]]);
        check(&both, "1.1.1.1:443", false);
        check(&both, "10.0.0.5:5432", true);
        check(&gate(&[&["1.1.1.1:443"], &[]]), "1.1.1.1:443", false);
        check(&gate(&[]), "1.1.1.1:443", false);
        check(&Gate::default(), "1.1.1.1:443", false);
    }

    #[test]
    fn a_name_leads_where_it_resolved_to_and_nowhere_else() {
        let gate = gate(&[&["db.example.org:5432", "*.example.net:25"]]);
        check(&gate, "1.1.1.1:5432", false);
        assert_eq!(gate.looks_up("DB.example.org."), Some("db.example.org".into()));
        gate.resolved("db.example.org", ["1.1.1.1".parse().expect("an address")]);
        check(&gate, "1.1.1.1:5432", true);
        check(&gate, "1.1.1.1:25", false);
        check(&gate, "1.1.1.2:5432", false);
        // Host and port are named, so it may lead into a private network; but to no machine's credentials.
        gate.resolved(
            "db.example.org",
            ["10.0.0.5", "169.254.169.254", "0.0.0.0"].map(|ip| ip.parse().expect("an address")),
        );
        check(&gate, "10.0.0.5:5432", true);
        check(&gate, "169.254.169.254:5432", false);
        check(&gate, "0.0.0.0:5432", false);
        // All below a name: only what is public.
        assert_eq!(gate.looks_up("mx.example.net"), Some("mx.example.net".into()));
        gate.resolved("mx.example.net", ["8.8.8.8", "192.168.1.1"].map(|ip| ip.parse().expect("an address")));
        check(&gate, "8.8.8.8:25", true);
        check(&gate, "192.168.1.1:25", false);
    }

    #[test]
    fn only_granted_names_may_be_looked_up() {
        let gate = gate(&[&["db.example.org:5432"], &["db.example.org:5432", "example.org:80"]]);
        for (name, permitted) in [
            ("db.example.org", true),
            ("example.org", false),
            ("evil.test", false),
            ("", false),
            ("a b", false),
            ("1.1.1.1", false),
        ] {
            assert_eq!(gate.looks_up(name).is_some(), permitted, "{name}");
        }
    }

    #[test]
    fn what_names_resolved_to_is_bounded() {
        let gate = gate(&[&["*.example.org:80"]]);
        let many = (0..1_000_u32).map(|n| IpAddr::from(std::net::Ipv4Addr::from(0x0101_0000 + n)));
        assert_eq!(gate.resolved("a.example.org", many).len(), MOST_ADDRESSES);
        for n in 0..MOST_NAMES {
            gate.resolved(&format!("n{n}.example.org"), []);
        }
        assert!(gate.resolved("more.example.org", ["1.1.1.1".parse().expect("an address")]).is_empty());
    }

    #[test]
    fn an_address_without_a_port_is_refused() {
        let terms = Terms::new([(ADDRESS, "example.org")]);
        assert!(addresses(&terms).expect_err("it has none").contains("`example.org:PORT`"));
    }
}
