//! A call by the owner: any function of any provider, from JSON to JSON.

use super::{problem, wrong};
use crate::dreams::{UPKEEP, patient};
use crate::host::Host;
use crate::turns::Task;
use loket_gateways::desk::{CallRequest, Problem};
use loket_kernel::unit::plain_name;
use loket_kernel::{Capability, Labels};
use loket_values::Interface;
use loket_values::json::{arguments, to_json};
use serde_json::Value as Json;

/// What there is to say of an app.
pub(super) const NO_APPS: &str =
    "it answers HTTP requests, and this host serves none to it yet; any host of `wasi:http` runs it";

pub(super) async fn call(host: &Host, request: CallRequest) -> Result<Json, Problem> {
    let capability = address(host, &request.capability, request.package.as_deref())?;
    let Some(provider) = host.counter.provider(&capability) else {
        return Err(wrong("unavailable", format!("nobody answers `{capability}` now"), "loket packages"));
    };
    let Some(function) = provider.interface().function(&request.function) else {
        let known: Vec<_> = provider.interface().functions.iter().map(|f| format!("`{}`", f.name)).collect();
        return Err(wrong(
            "not-found",
            format!(
                "`{capability}` has no function `{}`; it has {}",
                request.function.escape_default(),
                known.join(", ")
            ),
            format!("loket inspect {}", request.capability),
        ));
    };
    let args = arguments(&request.arguments, function).map_err(|e| {
        wrong(
            "invalid",
            format!("the arguments do not fit: {e}"),
            format!("the function is `{}`", function.signature()),
        )
    })?;
    if let Some(agent) = &request.agent
        && !host.knows_agent(agent)
    {
        return Err(wrong("not-found", format!("there is no agent `{}`", agent.escape_default()), "loket agents"));
    }
    // Copying a brain, or looking through it, takes as long as it is large.
    let limits = (capability == Capability::host(UPKEEP)).then(|| patient(&host.counter.limits()));
    let package = host.package_of(&capability);
    let task = Task {
        agent: request.agent.map(Into::into),
        capability,
        function: request.function,
        args,
        limits,
        labels: Labels::NONE,
        events: None,
        package,
    };
    let (_, value) = host.turn(task).await.map_err(problem)?;
    Ok(value.as_ref().map_or(Json::Null, to_json))
}

/// Whom a name addresses: the host's own interface, the package that exports it, or a package's root.
pub(crate) fn address(host: &Host, name: &str, package: Option<&str>) -> Result<Capability, Problem> {
    let (interface, root) = if name.contains('/') { (name, None) } else { ("", Some(name)) };
    let found: Vec<Capability> = host
        .counter
        .providers()
        .iter()
        .map(|p| p.capability())
        .filter(|c| *c.interface == *interface && c.version.is_empty())
        .filter(|c| {
            root.is_none_or(|root| *c.provider == *root) && package.is_none_or(|package| *c.provider == *package)
        })
        .cloned()
        .collect();
    match &found[..] {
        [one] => Ok(one.clone()),
        [] => Err(unanswered(host, name, package)),
        // The host's own word is meant unless a package is named.
        many if package.is_none() && many.iter().any(Capability::is_host) => Ok(Capability::host(name)),
        many => {
            let packages: Vec<_> = many.iter().map(|c| format!("`{}`", c.provider)).collect();
            Err(wrong(
                "invalid",
                format!("`{name}` is answered by {}", packages.join(", ")),
                "name one of them with `--package`",
            ))
        }
    }
}

/// Why nobody answers a name: it may be there, and not be for calls.
fn unanswered(host: &Host, name: &str, package: Option<&str>) -> Problem {
    for item in host.stock().items.values() {
        let own = item.reference.name.to_string();
        let Ok(surface) = &item.surface else { continue };
        let meant = |export: &&Interface| export.name.is_some() && (own == name || plain_name(export) == name);
        let export =
            surface.exports.iter().filter(meant).find_map(|export| Some((export, export.unsupported.as_ref()?)));
        let Some((export, culprit)) = export.filter(|_| package.is_none_or(|package| own == package)) else { continue };
        let what = format!("`{}` of `{own}` cannot be called: it uses {culprit}", plain_name(export));
        return match item.role() {
            "app" => wrong("invalid", what, format!("it is an app: {NO_APPS}")),
            _ => wrong("invalid", what, format!("loket inspect {own}")),
        };
    }
    wrong("not-found", format!("nobody here answers `{}`", name.escape_default()), "loket packages")
}
