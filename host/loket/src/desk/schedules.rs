//! Schedules: what agents are told by themselves, when that is next and how it went, telling it now, and writing it into a manifest.

use super::{time_text, wrong};
use crate::host::Host;
use crate::schedule::Last;
use crate::world::Agent;
use loket_gateways::desk::{ChatReply, Problem, ScheduleEntry, ScheduleInfo, ScheduleLast, ScheduleName};
use loket_guardian::Schedule;
use std::sync::Arc;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, Value};

/// The keys of which a schedule has one: what says when.
const WHEN: [&str; 3] = ["at", "every", "cron"];

pub(super) fn list(host: &Host, agent: Option<&str>) -> Result<Vec<ScheduleInfo>, Problem> {
    let world = host.world();
    if let Some(agent) = agent.filter(|agent| !world.agents.contains_key(*agent)) {
        return Err(wrong("not-found", format!("there is no agent `{}`", agent.escape_default()), "loket agents"));
    }
    let meant = world.agents.iter().filter(|(name, _)| agent.is_none_or(|agent| agent == *name));
    let schedules = meant.flat_map(|(name, agent)| of(agent).iter().map(move |schedule| (name, schedule)));
    Ok(schedules.map(|(name, schedule)| info(host, name, schedule)).collect())
}

pub(super) async fn run(host: &Arc<Host>, request: ScheduleName) -> Result<ChatReply, Problem> {
    let ScheduleName { agent, name } = request;
    let world = host.world();
    let known = world.agents.get(&agent).map(of).unwrap_or_default();
    let Some(schedule) = known.iter().find(|schedule| schedule.name == name) else {
        let message = format!("there is no schedule `{}` of `{}`", name.escape_default(), agent.escape_default());
        return Err(wrong("not-found", message, "loket schedules"));
    };
    let (told, telling) = (host.clone(), schedule.clone());
    let turn = host.schedules.spawn(async move { told.tell(&agent, &telling, None).await });
    turn.await.unwrap_or_else(|e| Err(wrong("failed", format!("it broke off: {e}"), "loket ledger")))
}

/// Those that are heeded: of the manifest by which the agent runs.
fn of(agent: &Agent) -> &[Schedule] {
    agent.entry.as_ref().map_or(&[], |entry| entry.manifest.schedules.as_slice())
}

fn info(host: &Host, agent: &str, schedule: &Schedule) -> ScheduleInfo {
    let (next, last) = host.schedules.outlook(agent, schedule);
    let last = last.map(|Last { began, outcome, turn, .. }| ScheduleLast { began: time_text(began), outcome, turn });
    ScheduleInfo { agent: agent.to_owned(), entry: entry(schedule), next: next.map(time_text), last }
}

/// What a manifest says of one.
pub(super) fn entry(schedule: &Schedule) -> ScheduleEntry {
    ScheduleEntry {
        name: schedule.name.clone(),
        kind: schedule.rule.kind().to_owned(),
        rule: schedule.rule.text().to_owned(),
        zone: schedule.rule.zone().map(str::to_owned),
        say: schedule.say.clone(),
    }
}

/// Schedules in one line, as the ledger has them.
pub(super) fn said(entries: &[ScheduleEntry]) -> String {
    let said = |entry: &ScheduleEntry| {
        let ScheduleEntry { name, kind, rule, zone, say } = entry;
        let zone = zone.as_deref().map(|zone| format!(" {zone}")).unwrap_or_default();
        format!("{name}: {kind} {rule}{zone}: {say}")
    };
    entries.iter().map(said).collect::<Vec<_>>().join("; ")
}

/// Writes an agent's schedules into its manifest. Those that are there under their names stay where they are, with the owner's remarks; all
/// others go. Whether they make sense is for whoever reads the manifest.
pub(super) fn settle(manifest: &mut DocumentMut, wanted: &[ScheduleEntry]) -> Result<(), Problem> {
    let there = match manifest.remove("schedules").map(Item::into_array_of_tables) {
        None => ArrayOfTables::new(),
        Some(Ok(there)) => there,
        Some(Err(item)) if item.as_array().is_some_and(|list| list.is_empty()) => ArrayOfTables::new(),
        Some(Err(_)) => {
            let message = "`schedules` in the manifest is no list of tables, and is left as it is";
            return Err(wrong("invalid", message, "mend it in the agent's `agent.toml`"));
        }
    };
    let mut after = ArrayOfTables::new();
    for entry in wanted {
        let is_it = |table: &&Table| table.get("name").and_then(Item::as_str) == Some(entry.name.as_str());
        let mut table = there.iter().find(is_it).cloned().unwrap_or_default();
        if !WHEN.contains(&entry.kind.as_str()) {
            let message = format!("`{}` does not say when", entry.kind.escape_default());
            return Err(wrong("invalid", message, "choose `at`, `every` or `cron`"));
        }
        set(&mut table, "name", Some(&entry.name));
        for key in WHEN {
            set(&mut table, key, Some(entry.rule.as_str()).filter(|_| key == entry.kind));
        }
        set(&mut table, "zone", entry.zone.as_deref());
        set(&mut table, "say", Some(&entry.say));
        after.push(table);
    }
    if !after.is_empty() {
        manifest.insert("schedules", Item::ArrayOfTables(after));
    }
    Ok(())
}

/// Sets a text, or takes it out. What is there already stays as it is written.
fn set(table: &mut Table, key: &str, text: Option<&str>) {
    match (text, table.get_mut(key).and_then(Item::as_value_mut)) {
        (None, _) => drop(table.remove(key)),
        (Some(text), Some(there)) => {
            if there.as_str() != Some(text) {
                let decor = there.decor().clone();
                *there = Value::from(text);
                *there.decor_mut() = decor;
            }
        }
        (Some(text), None) => drop(table.insert(key, Item::Value(text.into()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_guardian::AgentManifest;

    const MANIFEST: &str = "# mine\npackage = \"loket:assistant\"\n\n[limits]\nrounds = 8\n\n# each day\n[[schedules]]\n\
        name = 'morning' # early\ncron = \"0 7 * * *\"\nzone = \"Europe/Amsterdam\"\nsay = \"good morning\" # politely\n\n\
        [[schedules]]\nname = \"look\"\nevery = \"1h\"\nsay = \"look\"\n";

    fn read(text: &str) -> Vec<ScheduleEntry> {
        let manifest = AgentManifest::parse("agent.toml", text).unwrap_or_else(|report| panic!("{report}\n{text}"));
        manifest.schedules.iter().map(entry).collect()
    }

    fn settled(text: &str, wanted: &[ScheduleEntry]) -> String {
        let mut manifest: DocumentMut = text.parse().expect("it is TOML");
        settle(&mut manifest, wanted).unwrap_or_else(|problem| panic!("it is settled: {problem:?}"));
        manifest.to_string()
    }

    #[test]
    fn what_is_not_changed_stays_to_the_letter() {
        assert_eq!(settled(MANIFEST, &read(MANIFEST)), MANIFEST);
        let inline = "package = \"loket:assistant\"\nschedules = [{ name = \"a\", every = \"1h\", say = \"x\" }]\n";
        assert_eq!(read(&settled(inline, &read(inline))), read(inline));
    }

    #[test]
    fn one_is_changed_one_is_taken_out_and_one_is_new() {
        let mut wanted = read(MANIFEST);
        (wanted[0].kind, wanted[0].rule, wanted[0].zone) = ("every".into(), "2h".into(), None);
        wanted[1] = ScheduleEntry {
            name: "eve".into(),
            kind: "at".into(),
            rule: "2026-12-24T08:00:00+01:00".into(),
            zone: None,
            say: "\"hello\"".into(),
        };
        let after = settled(MANIFEST, &wanted);
        assert_eq!(read(&after), wanted);
        for part in
            ["# mine\n", "rounds = 8", "# each day", "name = 'morning' # early", "say = \"good morning\" # politely"]
        {
            assert!(after.contains(part), "{part}: {after}");
        }
        assert!(!after.contains("look") && !after.contains("cron"), "{after}");
    }

    #[test]
    fn where_there_are_none_there_is_no_word_of_them() {
        assert!(!settled(MANIFEST, &[]).contains("schedules"));
        assert_eq!(settled("package = \"loket:assistant\"\n", &[]), "package = \"loket:assistant\"\n");
        assert_eq!(settled("schedules = []\n", &[]), "");
        let mut manifest: DocumentMut = "schedules = 7\n".parse().expect("it is TOML");
        assert!(settle(&mut manifest, &[]).is_err(), "it is the owner's");
    }
}
