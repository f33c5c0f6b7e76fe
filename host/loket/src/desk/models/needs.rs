//! What a model needs that is not granted yet: its adapter the way to the server, and each agent that thinks with it the adapter.

use crate::host::Host;
use loket_gateways::desk::GrantRequest;
use loket_guardian::models::ModelEntry;
use loket_kernel::grants::{Grant, Verdict};
use loket_kernel::{Principal, Terms};
use std::collections::BTreeMap;

/// What an adapter needs to reach its server.
const HTTP: &str = "loket:http/client";

/// What is not granted yet.
#[derive(Default)]
pub(super) struct Needs {
    all: Vec<Need>,
    /// The command by which the secret is kept that it names.
    secret: Option<String>,
}

struct Need {
    /// Who lacks what, in words.
    lack: String,
    grant: GrantRequest,
}

impl Needs {
    /// What a model at a server needs.
    pub(super) fn of(host: &Host, name: &str, entry: &ModelEntry, server: &str) -> Needs {
        let (table, world) = (host.counter.grants.now(), host.world());
        let adapter = entry.adapter.to_string();
        let key = entry.key();
        let mut needs = Needs::default();
        let own: Vec<&Grant> = table.of(&Principal::Package(adapter.as_str().into())).iter().map(|g| &**g).collect();
        let own: Vec<&Grant> = own.into_iter().filter(|g| g.scope.interface.as_deref() == Some(HTTP)).collect();
        if !own.iter().any(|grant| grant.verdict != Verdict::Deny && names(&grant.terms, server, key)) {
            needs.secret = key.map(|key| format!("loket secret set {key} --host {server}"));
            // A grant takes the place of the one before: what the adapter may do already, it is to do further on.
            let before = own.iter().find(|grant| grant.scope.functions.is_empty() && grant.verdict == Verdict::Allow);
            let mut terms: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for (key, value) in before.iter().flat_map(|grant| grant.terms.pairs()) {
                terms.entry(key.to_owned()).or_default().push(value.to_owned());
            }
            for (term, value) in [("host", Some(server)), ("secret", key)] {
                let Some(value) = value.map(str::to_owned) else { continue };
                let values = terms.entry(term.to_owned()).or_default();
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            let grant = GrantRequest {
                grantee: adapter.clone(),
                capability: HTTP.to_owned(),
                terms,
                per_turn: before.and_then(|grant| grant.per_turn),
                per_day: before.and_then(|grant| grant.per_day),
                ..GrantRequest::default()
            };
            needs.all.push(Need { lack: format!("`{adapter}` is not granted `{server}`"), grant });
        }
        let chosen = format!("{adapter}/{name}");
        let thinks = |models: &[String]| models.iter().any(|model| *model == chosen || *model == adapter);
        for (agent, about) in world.agents.iter().filter(|(_, about)| thinks(&about.thinking.models)) {
            let grants = table.of(&Principal::Agent(agent.as_str().into()));
            let may: Vec<_> = grants
                .iter()
                .filter(|grant| *grant.scope.provider == *adapter && grant.verdict != Verdict::Deny)
                .collect();
            let passes = may.iter().flat_map(|grant| &grant.delegates).any(|delegation| {
                delegation.scope.interface.as_deref() == Some(HTTP) && names(&delegation.terms, server, key)
            });
            if !passes {
                let before = may.iter().find(|grant| grant.scope.interface.is_none());
                let grant = GrantRequest {
                    grantee: agent.clone(),
                    capability: adapter.clone(),
                    verdict: before.map(|grant| grant.verdict.name().to_owned()).filter(|verdict| verdict != "allow"),
                    per_turn: before.and_then(|grant| grant.per_turn),
                    per_day: before.and_then(|grant| grant.per_day),
                    ..GrantRequest::default()
                };
                let lack = format!(
                    "`{agent}`, which thinks with `{}`, is not granted `{adapter}` with that host",
                    about.thinking.models.iter().find(|model| **model == chosen).unwrap_or(&adapter)
                );
                needs.all.push(Need { lack, grant });
            }
        }
        needs
    }

    /// Whether nothing is missing.
    pub(super) fn is_met(&self) -> bool {
        self.all.is_empty()
    }

    /// Who lacks what.
    pub(super) fn lacks(&self) -> Vec<String> {
        self.all.iter().map(|need| need.lack.clone()).collect()
    }

    /// The commands that would change it, in their order.
    pub(super) fn commands(&self) -> Vec<String> {
        self.secret.iter().cloned().chain(self.all.iter().map(|need| command(&need.grant))).collect()
    }

    /// The grants that would change it, in their order.
    pub(super) fn grants(self) -> impl Iterator<Item = GrantRequest> {
        self.all.into_iter().map(|need| need.grant)
    }

    /// The command that keeps the secret that it names.
    pub(super) fn secret(&self) -> Option<&str> {
        self.secret.as_deref()
    }
}

/// A grant as it is typed.
fn command(grant: &GrantRequest) -> String {
    let mut words = vec![format!("loket grant {} {}", grant.grantee, grant.capability)];
    for (key, values) in &grant.terms {
        let option = match key.as_str() {
            known @ ("host" | "method" | "secret") => format!("--{known} "),
            other => format!("--term {other}="),
        };
        words.extend(values.iter().map(|value| format!("{option}{value}")));
    }
    words.extend(grant.per_turn.map(|most| format!("--per-turn {most}")));
    words.extend(grant.per_day.map(|most| format!("--per-day {most}")));
    words.extend(grant.verdict.as_ref().map(|verdict| format!("--{verdict}")));
    words.join(" ")
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
