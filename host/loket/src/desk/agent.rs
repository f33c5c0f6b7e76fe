//! One agent: its persona, its model, its limits and its schedules, shown, changed and made. What its manifest says besides stays, the owner's remarks
//! included. Each act is in the ledger before it is on disk.

use super::models::change::{document, keep, unusable};
use super::{problem, schedules, wrong};
use crate::home::write_whole;
use crate::host::Host;
use crate::refresh::Look;
use crate::roster::Entry;
use loket_gateways::desk::{AgentChange, AgentDetail, AgentInfo, AgentLimitsInfo, AgentMake, Problem, ScheduleEntry};
use loket_guardian::AgentManifest;
use loket_guardian::manifest::{AgentName, AgentNameError, DEFAULT_PERSONA, MANIFEST_FILE};
use loket_kernel::{CallError, Principal};
use loket_registry::digest::Digest;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use toml_edit::{DocumentMut, Item, Table, Value};

/// The longest persona, in bytes.
const PERSONA: usize = 64 << 10;
/// How an agent's folder is called while it is made: whoever looks for agents passes over it, and what a crash leaves of it is taken away
/// together with what it leaves of a fork.
const BEING_MADE: &str = ".fork-";

pub(super) fn show(host: &Host, name: &str) -> Result<AgentDetail, Problem> {
    let world = host.world();
    let Some(agent) = world.agents.get(name) else { return Err(unknown(name)) };
    let info = AgentInfo {
        name: name.to_owned(),
        package: agent.package.clone(),
        model: agent.model.clone(),
        state: agent.state(),
        memories: host.shelf.count(name),
    };
    // What was read last, and not what runs: that is what a change begins with.
    let entry = agent.read.as_ref().map_err(unusable)?;
    Ok(detail(info, entry))
}

fn detail(info: AgentInfo, entry: &Entry) -> AgentDetail {
    let manifest = &entry.manifest;
    AgentDetail {
        info,
        persona: entry.persona.clone(),
        model: manifest.model.to_string(),
        fallback: manifest.fallback.models.iter().map(ToString::to_string).collect(),
        wants: manifest.wants.iter().map(ToString::to_string).collect(),
        limits: AgentLimitsInfo {
            rounds: manifest.limits.rounds,
            seconds: manifest.limits.seconds,
            memory_mib: manifest.limits.memory_mib,
            calls: manifest.limits.calls,
            tokens_a_day: manifest.budget.tokens,
        },
        schedules: manifest.schedules.iter().map(schedules::entry).collect(),
        digest: entry.digest.clone(),
    }
}

pub(super) async fn change(host: &Host, request: AgentChange) -> Result<AgentDetail, Problem> {
    let AgentChange { name, digest, persona, model, limits, schedules: wanted } = request;
    host.let_in("no agent is changed")?;
    check(&persona)?;
    {
        let _one_after_the_other = host.acts.lock().await;
        tokio::task::block_in_place(|| host.refresh(&Look { agents: true, ..Look::default() }));
        let before = show(host, &name)?;
        if before.digest != digest {
            let message = format!("`{name}` was changed since you looked at it");
            return Err(wrong("invalid", message, "open its page again, and change what is there now"));
        }
        let folder = host.home.agents().join(&name);
        let file = format!("agents/{name}/{MANIFEST_FILE}");
        let (text, mut manifest) = document(&folder.join(MANIFEST_FILE), &file)?;
        settle(&mut manifest, &model, &limits)?;
        let wanted = wanted.unwrap_or_else(|| before.schedules.clone());
        schedules::settle(&mut manifest, &wanted)?;
        let after = manifest.to_string();
        let parsed = AgentManifest::parse(&file, &after).map_err(|report| unusable(&report))?;
        let place = folder.join(parsed.persona.as_deref().unwrap_or(Path::new(DEFAULT_PERSONA)));
        let is_new = before.persona != persona;
        if text != after || is_new {
            record(host, "agent changed", &name, &about(model, &persona, &wanted)).await?;
        }
        keep(&folder.join(MANIFEST_FILE), &text, &after)?;
        if is_new {
            write_whole(&place, persona.as_bytes()).map_err(|e| unwritten(&place, &e))?;
        }
    }
    tokio::task::block_in_place(|| host.refresh(&Look { agents: true, ..Look::default() }));
    show(host, &name)
}

pub(super) async fn make(host: &Host, request: AgentMake) -> Result<AgentDetail, Problem> {
    let AgentMake { name, package, model, persona, limits, schedules: wanted } = request;
    host.let_in("no agent is made")?;
    check(&persona)?;
    let name: AgentName = name.parse().map_err(|e: AgentNameError| invalid(e.to_string()))?;
    let mut manifest = DocumentMut::new();
    manifest["package"] = toml_edit::value(package);
    settle(&mut manifest, &model, &limits)?;
    schedules::settle(&mut manifest, &wanted)?;
    let text = manifest.to_string();
    AgentManifest::parse(&format!("agents/{name}/{MANIFEST_FILE}"), &text).map_err(|report| unusable(&report))?;
    {
        let _one_after_the_other = host.acts.lock().await;
        let (agents, target) = (host.home.agents(), host.home.agents().join(name.as_str()));
        if target.symlink_metadata().is_ok() {
            return Err(invalid(format!("there is a folder `agents/{name}` already: choose another name")));
        }
        record(host, "agent made", name.as_str(), &about(model, &persona, &wanted)).await?;
        let made = tempfile::Builder::new().prefix(BEING_MADE).tempdir_in(&agents);
        let made = made.map_err(|e| unwritten(&agents, &e))?;
        for (file, text) in [(MANIFEST_FILE, &text), (DEFAULT_PERSONA, &persona)] {
            let place = made.path().join(file);
            write_whole(&place, text.as_bytes()).map_err(|e| unwritten(&place, &e))?;
        }
        // Under its own name it is whole.
        fs::rename(made.path(), &target).map_err(|e| unwritten(&target, &e))?;
    }
    tokio::task::block_in_place(|| host.refresh(&Look { agents: true, ..Look::default() }));
    show(host, name.as_str())
}

/// Writes what it thinks with and its limits into a manifest. A limit that is not said is taken out.
fn settle(manifest: &mut DocumentMut, model: &str, limits: &AgentLimitsInfo) -> Result<(), Problem> {
    let AgentLimitsInfo { rounds, seconds, memory_mib, calls, tokens_a_day } = limits;
    let number = |limit: &Option<u32>| limit.map(i64::from);
    let tokens = tokens_a_day.map(i64::try_from).transpose();
    let tokens = tokens.map_err(|_| invalid("nobody uses so many tokens in a day".to_owned()))?;
    set(manifest.as_table_mut(), "model", Some(model.into()));
    let own = [("rounds", number(rounds)), ("seconds", number(seconds)), ("memory_mib", number(memory_mib))];
    section(manifest, "limits", own.into_iter().chain([("calls", number(calls))]))?;
    section(manifest, "budget", [("tokens_a_day", tokens)].into_iter())
}

/// Sets numbers in a section, which is made where there is none and there is something to say.
fn section<'k>(
    manifest: &mut DocumentMut,
    name: &str,
    numbers: impl Iterator<Item = (&'k str, Option<i64>)>,
) -> Result<(), Problem> {
    let numbers: Vec<_> = numbers.collect();
    if !manifest.contains_key(name) {
        if numbers.iter().all(|(_, number)| number.is_none()) {
            return Ok(());
        }
        manifest.insert(name, Item::Table(Table::new()));
    }
    let other = || invalid(format!("`{name}` in the manifest is no table, and is left as it is"));
    let table = manifest.get_mut(name).and_then(Item::as_table_like_mut).ok_or_else(other)?;
    for (key, number) in numbers {
        set(table, key, number.map(Value::from));
    }
    Ok(())
}

/// Sets a key, or takes it out, and leaves what stands around it.
fn set(table: &mut (dyn toml_edit::TableLike + '_), key: &str, value: Option<Value>) {
    let Some(mut value) = value else {
        table.remove(key);
        return;
    };
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(there) => {
            *value.decor_mut() = there.decor().clone();
            *there = value;
        }
        None => drop(table.insert(key, Item::Value(value))),
    }
}

fn check(persona: &str) -> Result<(), Problem> {
    match persona.len() <= PERSONA {
        true => Ok(()),
        false => Err(invalid(format!("the persona has {} bytes, and may have {PERSONA}", persona.len()))),
    }
}

/// What the ledger has of an agent that was changed or made.
fn about(model: String, persona: &str, wanted: &[ScheduleEntry]) -> [(&'static str, String); 3] {
    [("model", model), ("persona", said(persona)), ("schedules", schedules::said(wanted))]
}

/// A persona, as the ledger has it: it may be long, and is in the agent's folder anyway.
fn said(persona: &str) -> String {
    format!("{} bytes, sha256 {}", persona.len(), Digest::of(persona.as_bytes()).hex())
}

/// Writes an act in the ledger, and waits until it is durable.
async fn record(host: &Host, what: &str, name: &str, about: &[(&str, String)]) -> Result<(), Problem> {
    let seq = host.act(what, &Principal::Agent(Arc::from(name)), about);
    host.counter.ledger.settle(seq).await.map_err(|e| problem(CallError::Failed(e.to_string())))
}

fn unknown(name: &str) -> Problem {
    wrong("not-found", format!("there is no agent `{}`", name.escape_default()), "loket agents")
}

fn unwritten(path: &Path, error: &std::io::Error) -> Problem {
    wrong("failed", format!("`{}` cannot be written: {error}", path.display()), "loket doctor")
}

fn invalid(message: String) -> Problem {
    wrong("invalid", message, "change it, and send it again")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(text: &str, model: &str, limits: &AgentLimitsInfo) -> String {
        let mut manifest: DocumentMut = text.parse().expect("it is TOML");
        settle(&mut manifest, model, limits).unwrap_or_else(|p| panic!("it is settled: {p:?}"));
        manifest.to_string()
    }

    #[test]
    fn a_change_leaves_remarks_and_everything_else_as_they_were() {
        let text = "# mine\npackage = \"loket:assistant\"\nmodel = \"local\" # fast\n\n[limits]\nrounds = 8 # enough\nseconds = 60\n";
        let limits = AgentLimitsInfo { rounds: Some(4), tokens_a_day: Some(1000), ..AgentLimitsInfo::default() };
        let after = settled(text, "loket:offline", &limits);
        for part in ["# mine\n", "model = \"loket:offline\" # fast", "rounds = 4 # enough", "tokens_a_day = 1000"] {
            assert!(after.contains(part), "{after}");
        }
        assert!(!after.contains("seconds"), "a limit that is not said is none: {after}");
        assert!(AgentManifest::parse("agent.toml", &after).is_ok(), "{after}");
    }

    #[test]
    fn where_nothing_is_limited_there_is_no_section_for_it() {
        let after = settled("package = \"loket:assistant\"\n", "local", &AgentLimitsInfo::default());
        assert_eq!(after, "package = \"loket:assistant\"\nmodel = \"local\"\n");
    }

    #[test]
    fn a_section_that_is_none_is_left_as_it_is() {
        let mut manifest: DocumentMut = "limits = 7\n".parse().expect("it is TOML");
        let limits = AgentLimitsInfo { rounds: Some(4), ..AgentLimitsInfo::default() };
        assert!(settle(&mut manifest, "local", &limits).is_err());
    }
}
