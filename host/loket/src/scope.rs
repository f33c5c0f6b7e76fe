//! Names as the owner writes them, and what they mean in this home: `assistant`, `acme:calc`, `loket:brain/memory`.

use crate::desk::wrong;
use crate::host::Host;
use loket_gateways::desk::Problem;
use loket_guardian::capability::{CapabilityName, Grantee, near};
use loket_guardian::mcp::McpName;
use loket_guardian::refusal::REGISTRY;
use loket_kernel::grants::Scope;
use loket_kernel::unit::plain_name;
use loket_kernel::{Capability, Principal};
use loket_providers::mcp::tools::INTERFACE;
use loket_values::InterfaceName;
use std::collections::BTreeSet;
use std::fmt;

/// To whom: an agent's name, or a package's.
pub fn grantee(text: &str) -> Result<Grantee, Problem> {
    let text = text.strip_prefix("agent:").or_else(|| text.strip_prefix("package:")).unwrap_or(text);
    let invalid = |e: String| wrong("invalid", e, "name an agent (`loket agents`) or a package (`loket packages`)");
    match text.contains(':') {
        true => text.parse().map(Grantee::Package).map_err(|e: loket_registry::NameError| invalid(e.to_string())),
        false => text
            .parse()
            .map(Grantee::Agent)
            .map_err(|e: loket_guardian::manifest::AgentNameError| invalid(e.to_string())),
    }
}

/// Whose grants are meant: those of an agent, a package, or a client (`client:NAME`).
///
/// # Errors
/// When it names none of them.
pub fn whom(text: &str) -> Result<Principal, Problem> {
    match text.strip_prefix("client:") {
        Some(name) if is_client_name(name) => Ok(Principal::Client(name.into())),
        Some(name) => Err(wrong(
            "invalid",
            format!("`{}` names no client", name.escape_default()),
            "a client has the name of its token: `a-z`, `0-9` and `-`, at most 64 of them; `loket token list` has them",
        )),
        None => Ok(principal(&grantee(text)?)),
    }
}

/// Whether a token can have this name.
pub fn is_client_name(name: &str) -> bool {
    let ends = |c: Option<char>| c.is_some_and(|c| c != '-');
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    name.len() <= 64 && name.chars().all(plain) && ends(name.chars().next()) && ends(name.chars().last())
}

/// In whose name a provider goes on when it is called: an agent (`agent:ann`), or a package.
pub fn holder(provider: &str) -> Principal {
    match provider.strip_prefix("agent:") {
        Some(agent) => Principal::Agent(agent.into()),
        None => Principal::Package(provider.into()),
    }
}

/// In whose name a grantee asks at the counter.
pub fn principal(grantee: &Grantee) -> Principal {
    match grantee {
        Grantee::Agent(name) => Principal::Agent(name.as_str().into()),
        Grantee::Package(name) => Principal::Package(name.to_string().into()),
    }
}

/// What a name covers: an agent (`agent:ann`), an interface of the host's or of a package, or all that a package exports.
///
/// # Errors
/// When nobody answers it, or several packages do and none is named.
pub fn scope(host: &Host, name: &str, provider: Option<&str>) -> Result<Scope, Problem> {
    if let Some(agent) = name.strip_prefix("agent:") {
        return match host.knows_agent(agent) {
            true => Ok(Scope { provider: name.into(), interface: None, functions: Vec::new() }),
            false => Err(wrong(
                "not-found",
                format!("there is no agent `{}` in this home", agent.escape_default()),
                "loket agents",
            )),
        };
    }
    let capability: CapabilityName = name
        .parse()
        .map_err(|e: loket_guardian::capability::CapabilityError| wrong("invalid", e.to_string(), "loket packages"))?;
    let whole = |provider: &str| Scope { provider: provider.into(), interface: None, functions: Vec::new() };
    let one = |provider: &str| Scope { provider: provider.into(), interface: Some(name.into()), functions: Vec::new() };
    // All of a package that is linked natively is one grant, by whichever of its names it is called.
    if provider.is_none_or(|provider| provider == Capability::HOST)
        && let Some(native) = native_name(host, name)
    {
        return Ok(Scope { provider: Capability::HOST.into(), interface: Some(native.into()), functions: Vec::new() });
    }
    if let Some(server) = McpName::of_package(&capability.package().to_string()) {
        return match (knows_server(host, &server), capability.interface()) {
            (true, None) => Ok(whole(name)),
            (true, Some(INTERFACE)) => Ok(one(&server.package())),
            (true, Some(_)) => Err(wrong(
                "not-found",
                format!("`{name}` is nothing of a server's"),
                format!("grant `{}/{INTERFACE}`", server.package()),
            )),
            (false, _) => Err(wrong("not-found", format!("there is no server `{server}`"), "loket mcp list")),
        };
    }
    let Some(interface) = capability.interface() else {
        return match host.stock().newest(capability.package()).is_some() || is_default(&capability) {
            true => Ok(whole(name)),
            false => Err(nobody(host, name)),
        };
    };
    if provider == Some(Capability::HOST) || (provider.is_none() && host.answers(name)) {
        return Ok(one(Capability::HOST));
    }
    let interface =
        InterfaceName { package: capability.package().to_string(), interface: interface.to_owned(), version: None };
    let packages: BTreeSet<String> =
        host.stock().exporting(&interface).iter().map(|c| c.package.name.to_string()).collect();
    match provider {
        Some(provider) if packages.contains(provider) => Ok(one(provider)),
        Some(provider) => Err(wrong(
            "not-found",
            format!("`{}` does not export `{name}`", provider.escape_default()),
            match packages.is_empty() {
                true => format!("no package here does: put one into {REGISTRY}"),
                false => format!("name one of {}", listed(&packages)),
            },
        )),
        None => match packages.iter().collect::<Vec<_>>()[..] {
            [] if is_default(&capability) => Ok(one(Capability::HOST)),
            [] => Err(nobody(host, name)),
            [package] => Ok(one(package)),
            _ => Err(wrong(
                "invalid",
                format!("`{name}` is exported by {}", listed(&packages)),
                "name one of them with `--provider`",
            )),
        },
    }
}

/// Whether the settings name a server of tools.
pub(crate) fn knows_server(host: &Host, name: &McpName) -> bool {
    host.settings.live().mcp.contains_key(name)
}

/// Whether a new home is granted it, so that it can be granted again after it was taken back, whatever is there now.
fn is_default(capability: &CapabilityName) -> bool {
    loket_guardian::defaults::grants().is_ok_and(|all| all.iter().any(|grant| grant.capability == *capability))
}

/// There is nothing of that name: what was perhaps meant.
fn nobody(host: &Host, name: &str) -> Problem {
    let stock = host.stock();
    let mut names: BTreeSet<String> = stock.items.keys().map(|reference| reference.name.to_string()).collect();
    let exports = stock.items.values().filter_map(|item| item.surface.as_ref().ok()).flat_map(|s| &s.exports);
    let native = host.contract.interfaces().filter(|interface| host.answers(&plain_name(interface)));
    names.extend(exports.chain(native).filter(|interface| interface.name.is_some()).map(plain_name));
    let hint = match &near(name, names.iter().map(String::as_str))[..] {
        [] => format!("put a package that exports it into {REGISTRY}; `loket packages` shows those that are there"),
        near => format!("did you mean {}?", listed(near)),
    };
    wrong("not-found", format!("nobody here answers `{name}`"), hint)
}

fn listed<T: fmt::Display>(names: impl IntoIterator<Item = T>) -> String {
    names.into_iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}

/// The name by which a package that this host links natively is granted: for that package's name, or that of an interface in it.
pub fn native_name(host: &Host, name: &str) -> Option<String> {
    let (package, interface) =
        name.split_once('/').map_or((name, None), |(package, interface)| (package, Some(interface)));
    let family = loket_guardian::native::family(package)?;
    let known = |interface: &str| {
        family.has(&InterfaceName { package: package.into(), interface: interface.into(), version: None })
    };
    let own = family.name().to_string();
    (interface.is_none_or(known) && host.answers(&own)).then_some(own)
}
