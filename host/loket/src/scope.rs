//! Names as the owner writes them, and what they mean in this home: `assistant`, `acme:calc`, `loket:brain/memory`.

use crate::desk::wrong;
use crate::host::Host;
use loket_gateways::desk::Problem;
use loket_guardian::capability::{CapabilityName, Grantee};
use loket_guardian::refusal::REGISTRY;
use loket_kernel::grants::Scope;
use loket_kernel::{Capability, Principal};
use loket_values::InterfaceName;
use std::collections::BTreeSet;

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

/// In whose name a grantee asks at the counter.
pub fn principal(grantee: &Grantee) -> Principal {
    match grantee {
        Grantee::Agent(name) => Principal::Agent(name.as_str().into()),
        Grantee::Package(name) => Principal::Package(name.to_string().into()),
    }
}

/// What a name covers: an interface of the host's or of a package, or all that a package exports.
///
/// # Errors
/// When nobody answers it, or several packages do and none is named.
pub fn scope(host: &Host, name: &str, provider: Option<&str>) -> Result<Scope, Problem> {
    let capability: CapabilityName = name
        .parse()
        .map_err(|e: loket_guardian::capability::CapabilityError| wrong("invalid", e.to_string(), "loket packages"))?;
    let whole = |provider: &str| Scope { provider: provider.into(), interface: None, functions: Vec::new() };
    let one = |provider: &str| Scope { provider: provider.into(), interface: Some(name.into()), functions: Vec::new() };
    let Some(interface) = capability.interface() else {
        return Ok(whole(name));
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
            [] => Err(wrong(
                "not-found",
                format!("nobody here answers `{name}`"),
                format!("put a package that exports it into {REGISTRY}; `loket packages` shows those that are there"),
            )),
            [package] => Ok(one(package)),
            _ => Err(wrong(
                "invalid",
                format!("`{name}` is exported by {}", listed(&packages)),
                "name one of them with `--provider`",
            )),
        },
    }
}

fn listed(names: &BTreeSet<String>) -> String {
    names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}
