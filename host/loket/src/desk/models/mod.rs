//! Models: whether they can be reached by those who think with them, by which commands they could, and what they took.
//!
//! Files: [`needs`] what is not granted yet, [`list`] all that there is to know, [`spend`] what they took day by day, [`probe`] servers on this machine, [`change`] one brought in
//! or chosen, `fetch` the owner's own requests; here, what the doctor says.

pub(super) mod change;
mod fetch;
pub(super) mod list;
mod needs;
pub(super) mod probe;
pub(super) mod spend;

use super::doctor::{check, warning};
use crate::host::Host;
use loket_gateways::desk::Check;
use loket_guardian::models::{ModelEntry, ModelName};
use loket_guardian::refusal::REGISTRY;
use needs::Needs;

/// One check for each model.
pub(super) fn look(host: &Host) -> Vec<Check> {
    let live = host.settings.live();
    live.models.iter().map(|(name, entry)| look_at(host, name, entry)).collect()
}

fn look_at(host: &Host, name: &ModelName, entry: &ModelEntry) -> Check {
    let title = format!("model {name}");
    match stands(host, name, entry) {
        Ok(server) => check(&title, format!("by {}, at {server}", entry.adapter)),
        Err((why, next)) => warning(&title, why, &next),
    }
}

/// The host of a model's server, where all is there and granted; else what is not, and what to do.
fn stands<'e>(host: &Host, name: &ModelName, entry: &'e ModelEntry) -> Result<&'e str, (String, String)> {
    if host.stock().newest(&entry.adapter).is_none() {
        let next = format!("put it into {REGISTRY}, or name another adapter for `[models.{name}]` in `loket.toml`");
        return Err((format!("its adapter `{}` is not in the registry", entry.adapter), next));
    }
    let Some(server) = entry.host() else {
        let next = format!("mend `url` of `[models.{name}]` in `loket.toml`");
        return Err(("its `url` names no host".into(), next));
    };
    let needs = Needs::of(host, &name.to_string(), entry, server);
    if needs.is_met() { Ok(server) } else { Err((needs.lacks().join("; "), needs.commands().join("\n"))) }
}
