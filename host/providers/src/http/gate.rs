//! What a request must pass before a connection is made: the grants, then the addresses.
//!
//! Each step gives the value that proves it: [`permit`] a [`Permitted`], [`Gate::check`] a [`Checked`], and only to the addresses in that
//! does [`Gate::connect`] connect. A name is resolved once, so whoever answers for it cannot say something else the second time.

use super::address::Class;
use super::connect::{Connector, Line};
use super::error::{HttpError, Lacks};
use super::own::Own;
use super::pattern::{self, HostPattern};
use super::resolve::{self, Resolver};
use super::target::{Host, Target};
use hyper::Method;
use loket_kernel::Terms;
use std::net::SocketAddr;
use std::sync::Arc;

/// The way out of the host.
pub struct Gate {
    resolver: Arc<dyn Resolver>,
    own: Own,
    connector: Connector,
}

/// A target that all grants along the chain permit. Its addresses are not checked yet.
#[derive(Debug, Clone)]
#[must_use]
pub struct Permitted {
    target: Target,
    /// How far each grant lets it go; nothing limits the owner.
    reach: Vec<Class>,
}

/// A permitted target, with the addresses to which a connection may be made: at least one.
#[derive(Debug, Clone)]
#[must_use]
pub struct Checked {
    target: Target,
    addresses: Vec<SocketAddr>,
}

impl Checked {
    /// The target.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The addresses, the best first.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Whether nothing that is sent there leaves this machine.
    pub fn is_local(&self) -> bool {
        self.addresses.iter().all(|address| address.ip().to_canonical().is_loopback())
    }
}

/// Asks the grants along a chain: every one of them must permit it. Without any, the owner asks.
///
/// # Errors
/// The first grant that does not, and what it lacks.
pub fn permit(grants: &[Terms], target: &Target, method: &Method) -> Result<Permitted, HttpError> {
    let mut reach = Vec::with_capacity(grants.len());
    for (grant, terms) in grants.iter().enumerate() {
        let lacks = |key, value: String| Lacks::Term { grant, key, value };
        let hosts = terms.values("host").filter_map(|text| HostPattern::parse(text).ok()).filter(|p| p.covers(target));
        let class = |host: HostPattern| match (host.is_exact(), &target.host) {
            (true, Host::Address(_)) => Class::Metadata,
            (true, Host::Name(_)) => Class::Private,
            (false, _) => Class::Public,
        };
        let Some(class) = hosts.map(class).max() else {
            let host = needed(target);
            return Err(HttpError::refused(format!("no grant names the host `{host}`"), lacks("host", host)));
        };
        let mut methods = terms.values("method").peekable();
        if methods.peek().is_some() && !methods.any(|granted| granted == method.as_str()) {
            let reason = format!("no grant names the method `{method}` for `{}`", target.authority());
            return Err(HttpError::refused(reason, lacks("method", method.to_string())));
        }
        reach.push(class);
    }
    Ok(Permitted { target: target.clone(), reach })
}

/// What a grant must say to permit a target.
fn needed(target: &Target) -> String {
    let bare = target.host.to_string();
    match target.port == target.scheme.port() && HostPattern::parse(&bare).is_ok() {
        true => bare,
        false => format!("{bare}:{}", target.port),
    }
}

impl Gate {
    /// A gate that asks this resolver, and lets nothing through to the host's own addresses.
    pub fn new(resolver: Arc<dyn Resolver>, own: Own, connector: Connector) -> Gate {
        Gate { resolver, own, connector }
    }

    /// Finds out where a permitted target is, and whether a request may go there.
    ///
    /// # Errors
    /// When it cannot be found, or all its addresses are refused.
    pub async fn check(&self, permitted: Permitted) -> Result<Checked, HttpError> {
        let Permitted { target, reach } = permitted;
        let found = self.addresses(&target).await?;
        let mut refusal = None;
        let mut addresses: Vec<SocketAddr> = Vec::new();
        for address in found.into_iter().take(resolve::MOST_ADDRESSES) {
            let address = SocketAddr::new(address.ip().to_canonical(), target.port);
            match self.judge(&target, &reach, address) {
                Ok(()) if addresses.contains(&address) => {}
                Ok(()) => addresses.push(address),
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        match (addresses.is_empty(), refusal) {
            (false, _) => Ok(Checked { target, addresses }),
            (true, Some(refusal)) => Err(refusal),
            (true, None) => Err(HttpError::Unreachable(format!("`{}` has no address", target.host))),
        }
    }

    async fn addresses(&self, target: &Target) -> Result<Vec<SocketAddr>, HttpError> {
        match &target.host {
            Host::Address(address) => Ok(vec![SocketAddr::new(*address, target.port)]),
            Host::Name(name) if pattern::is_local(name) => Ok(resolve::local(target.port)),
            Host::Name(name) => self
                .resolver
                .resolve(name, target.port)
                .await
                .map_err(|e| HttpError::Unreachable(format!("the address of `{name}` cannot be found: {e}"))),
        }
    }

    /// Whether a request for the target may go to this address of it.
    fn judge(&self, target: &Target, reach: &[Class], address: SocketAddr) -> Result<(), HttpError> {
        let ip = address.ip();
        if self.own.is(address) {
            let reason =
                format!("`{}` is where this host itself listens, and no request goes there", target.authority());
            return Err(HttpError::refused(reason, Lacks::Nothing));
        }
        let class = Class::of(ip);
        if class == Class::Never {
            let reason = format!("`{}` leads to {ip}, which is no single host", target.host);
            return Err(HttpError::refused(reason, Lacks::Nothing));
        }
        let Some(grant) = reach.iter().position(|reach| *reach < class) else { return Ok(()) };
        let value = format!("{}:{}", target.host, target.port);
        let lacks = Lacks::Term { grant, key: "host", value };
        Err(match class {
            Class::Metadata if !matches!(target.host, Host::Address(_)) => HttpError::refused(
                format!(
                    "`{}` leads to {ip}, where machines find their credentials; that is asked for by its address only",
                    target.host
                ),
                Lacks::Nothing,
            ),
            _ => HttpError::refused(
                format!(
                    "`{}` leads to {ip}, on this machine or in a private network, and no grant names it with its port",
                    target.host
                ),
                lacks,
            ),
        })
    }

    /// A connection to one of the addresses that were checked: one that idles, or a new one. Only requests of the same `asker` share one.
    ///
    /// # Errors
    /// When none of them can be reached, or proves to be the host that it should be.
    pub async fn connect(&self, checked: &Checked, asker: &Arc<str>, fresh: bool) -> Result<Line, HttpError> {
        self.connector.connect(checked, asker, &self.own, fresh).await
    }

    /// Takes back a connection whose answer was read to its end.
    pub fn give_back(&self, line: Line) {
        self.connector.give_back(line);
    }
}
