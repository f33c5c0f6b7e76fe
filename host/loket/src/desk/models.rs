//! Whether the models of `loket.toml` can be reached by those who think with them, and by which commands they could.

use super::doctor::{check, warning};
use crate::host::Host;
use crate::world::World;
use loket_gateways::desk::Check;
use loket_guardian::models::{ModelEntry, ModelName};
use loket_guardian::refusal::REGISTRY;
use loket_kernel::grants::{Table, Verdict};
use loket_kernel::{Principal, Terms};

/// What an adapter needs to reach its server.
const HTTP: &str = "loket:http/client";

/// One check for each model.
pub(super) fn look(host: &Host) -> Vec<Check> {
    let (table, world) = (host.counter.grants.now(), host.world());
    let live = host.settings.live();
    let models = live.models.iter();
    models.map(|(name, entry)| look_at(host, &table, &world, name, entry)).collect()
}

fn look_at(host: &Host, table: &Table, world: &World, name: &ModelName, entry: &ModelEntry) -> Check {
    let title = format!("model {name}");
    let adapter = entry.adapter.to_string();
    if host.stock().newest(&entry.adapter).is_none() {
        let next = format!("put it into {REGISTRY}, or name another adapter for `[models.{name}]` in `loket.toml`");
        return warning(&title, format!("its adapter `{adapter}` is not in the registry"), &next);
    }
    let Some(server) = entry.host() else {
        let next = format!("mend `url` of `[models.{name}]` in `loket.toml`");
        return warning(&title, "its `url` names no host".into(), &next);
    };
    let secret = entry.key().map(|key| format!(" --secret {key}")).unwrap_or_default();
    let (mut lacks, mut commands) = (Vec::new(), Vec::new());
    let own = table.of(&Principal::Package(adapter.as_str().into()));
    let reaches = own.iter().any(|grant| {
        grant.verdict != Verdict::Deny
            && grant.scope.interface.as_deref() == Some(HTTP)
            && names(&grant.terms, server, entry.key())
    });
    if !reaches {
        lacks.push(format!("`{adapter}` is not granted `{server}`"));
        if let Some(key) = entry.key() {
            commands.push(format!("loket secret set {key} --host {server}"));
        }
        commands.push(format!("loket grant {adapter} {HTTP} --host {server}{secret}"));
    }
    let chosen = format!("{adapter}/{name}");
    for (agent, about) in world.agents.iter().filter(|(_, about)| about.model == chosen || about.model == adapter) {
        let grants = table.of(&Principal::Agent(agent.as_str().into()));
        let may = grants.iter().filter(|grant| *grant.scope.provider == *adapter && grant.verdict != Verdict::Deny);
        let passes = may.flat_map(|grant| &grant.delegates).any(|delegation| {
            delegation.scope.interface.as_deref() == Some(HTTP) && names(&delegation.terms, server, entry.key())
        });
        if !passes {
            lacks.push(format!(
                "`{agent}`, which thinks with `{}`, is not granted `{adapter}` with that host",
                about.model
            ));
            commands.push(format!("loket grant {agent} {adapter}"));
        }
    }
    if lacks.is_empty() {
        return check(&title, format!("by {adapter}, at {server}"));
    }
    warning(&title, lacks.join("; "), &commands.join("\n"))
}

/// Whether terms name the host, and the secret where there is one.
fn names(terms: &Terms, server: &str, key: Option<&str>) -> bool {
    let host = server.rsplit_once(':').map_or(server, |(host, _)| host);
    let named = terms.values("host").any(|term| {
        term.eq_ignore_ascii_case(server)
            || term.strip_prefix('*').is_some_and(|below| below.starts_with('.') && host.ends_with(below))
    });
    named && key.is_none_or(|key| terms.values("secret").any(|secret| secret == key))
}
