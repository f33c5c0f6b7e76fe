//! What an agent is told by itself: how it is, telling it now, and the rows of the form in which it is written.

use crate::app::App;
use crate::entry::{Me, query, see};
use crate::fault::Fault;
use crate::form::Form;
use crate::parts;
use crate::plain::{excerpt, plain};
use crate::texts::{t, tf};
use axum::extract::State;
use axum::response::Response;
use loket_gateways::desk::{Problem, ScheduleEntry, ScheduleInfo, ScheduleName};
use maud::{Markup, html};
use std::collections::HashMap;
use std::sync::Arc;

/// Rows of a form at most: those that an agent may have, and new ones.
const ROWS: usize = 40;
/// New rows in a form.
const NEW: usize = 2;
const KINDS: [&str; 3] = ["cron", "every", "at"];

/// `POST /agents/schedule`: the conversation, when the agent has answered.
pub(crate) async fn run(State(app): State<Arc<App>>, Form(which, _): Form<ScheduleName>) -> Result<Response, Fault> {
    let agent = which.agent.clone();
    let reply = app.desk.clone().schedule_run(which).await?;
    Ok(see(&format!("/?{}", query(&[("agent", &agent), ("conversation", &reply.conversation)]))))
}

/// Those that an agent has, each with what became of it.
pub(super) fn shown(schedules: Result<&[ScheduleInfo], &Problem>, me: &Me) -> Markup {
    html! {
        section.list {
            h2 { (t("schedules.title")) }
            @match schedules {
                Err(problem) => (parts::problem(problem)),
                Ok([]) => p { (t("schedules.none")) },
                Ok(schedules) => (table(schedules, me)),
            }
        }
    }
}

fn table(schedules: &[ScheduleInfo], me: &Me) -> Markup {
    html! {
        div.scroll tabindex="0" role="group" aria-label=(t("schedules.title")) {
            table {
                thead { tr {
                    th scope="col" { (t("schedules.head")) }
                    th scope="col" { (t("schedules.rule")) }
                    th scope="col" { (t("schedules.next")) }
                    th scope="col" { (t("schedules.last")) }
                    td {}
                } }
                tbody { @for schedule in schedules { (row(schedule, me)) } }
            }
        }
    }
}

fn row(schedule: &ScheduleInfo, me: &Me) -> Markup {
    let ScheduleInfo { agent, entry, next, last } = schedule;
    html! {
        tr {
            th scope="row" { (plain(&entry.name)) }
            td {
                code { (plain(&entry.kind)) " " (plain(&entry.rule)) }
                @if let Some(zone) = &entry.zone { " " (plain(zone)) }
                br; (excerpt(&entry.say, 80))
            }
            td { @match next { Some(next) => (parts::moment(next)), None => (t("schedules.no-more")) } }
            td { @match last {
                None => (t("schedules.never")),
                Some(last) => {
                    (parts::moment(&last.began)) " "
                    @if last.outcome == "done" || last.outcome == "running" { (plain(&last.outcome)) }
                    @else { span.state.bad { (excerpt(&last.outcome, 80)) } }
                    @if let Some(turn) = &last.turn { " " a href={ "/ledger/turn?" (query(&[("turn", turn)])) } { (t("schedules.turn")) } }
                }
            } }
            td {
                form method="post" action="/agents/schedule" {
                    (parts::token(me))
                    input type="hidden" name="agent" value=(agent);
                    input type="hidden" name="name" value=(entry.name);
                    button type="submit" { (t("schedules.run")) span.unseen { " " (plain(&entry.name)) } }
                }
            }
        }
    }
}

/// The rows of a form: those that there are, and some in which nothing stands yet.
pub(super) fn rows(schedules: &[ScheduleEntry]) -> Markup {
    let blank = ScheduleEntry { kind: "cron".to_owned(), ..ScheduleEntry::default() };
    let new = std::iter::repeat_n(&blank, NEW);
    html! {
        fieldset {
            legend { (t("schedules.title")) }
            p.note { (t("schedules.what")) }
            @for (at, entry) in schedules.iter().chain(new).take(ROWS).enumerate() { (fields(at, entry)) }
        }
    }
}

fn fields(at: usize, entry: &ScheduleEntry) -> Markup {
    let named = |field: &str| key(at, field);
    let words = |kind: &str| match kind {
        "at" => t("schedules.at"),
        "every" => t("schedules.every"),
        _ => t("schedules.cron"),
    };
    let label = tf("schedules.one", &[("n", &(at + 1).to_string())]);
    html! {
        div.fields role="group" aria-label=(label) {
            label { span { (t("schedules.name")) }
                input type="text" name=(named("name")) value=(entry.name) maxlength="64" autocomplete="off" spellcheck="false" placeholder="morning"; }
            label { span { (t("schedules.kind")) }
                select name=(named("kind")) {
                    @for kind in KINDS { option value=(kind) selected[kind == entry.kind] { (words(kind)) } }
                } }
            label { span { (t("schedules.rule")) }
                input type="text" name=(named("rule")) value=(entry.rule) maxlength="128" autocomplete="off" spellcheck="false" placeholder="0 7 * * 1-5"; }
            label { span { (t("schedules.zone")) }
                input type="text" name=(named("zone")) value=(entry.zone.as_deref().unwrap_or_default()) maxlength="64" autocomplete="off" spellcheck="false" placeholder="Europe/Amsterdam"; }
            label { span { (t("schedules.say")) }
                input type="text" name=(named("say")) value=(entry.say) maxlength="4096" autocomplete="off" dir="auto"; }
            @if !entry.name.is_empty() {
                label { span { (t("schedules.gone")) } input type="checkbox" name=(named("gone")) value="yes"; }
            }
        }
    }
}

fn key(at: usize, field: &str) -> String {
    format!("schedule-{at}-{field}")
}

/// What stands in the rows of a form: nothing where it has none. A row in which nothing stands is none, and one that is to go is not there.
pub(super) fn typed(form: &HashMap<String, String>) -> Option<Vec<ScheduleEntry>> {
    let text =
        |at: usize, field: &str| form.get(&key(at, field)).map(|text| text.trim().to_owned()).unwrap_or_default();
    let is_row = |at: &usize| form.contains_key(&key(*at, "name"));
    is_row(&0).then(|| {
        let rows = (0..ROWS).take_while(is_row).filter(|at| text(*at, "gone").is_empty());
        let entries = rows.map(|at| ScheduleEntry {
            name: text(at, "name"),
            kind: text(at, "kind"),
            rule: text(at, "rule"),
            zone: Some(text(at, "zone")).filter(|zone| !zone.is_empty()),
            say: text(at, "say"),
        });
        let is_blank =
            |entry: &ScheduleEntry| [&entry.name, &entry.rule, &entry.say].iter().all(|text| text.is_empty());
        entries.filter(|entry| !is_blank(entry)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, kind: &str, rule: &str, zone: Option<&str>) -> ScheduleEntry {
        let (name, kind, rule) = (name.to_owned(), kind.to_owned(), rule.to_owned());
        ScheduleEntry { name, kind, rule, zone: zone.map(str::to_owned), say: "“hello” & <goodbye>".to_owned() }
    }

    /// What a browser sends of rows: the value of each field, of a list the one that is chosen.
    fn sent(markup: &str) -> HashMap<String, String> {
        let attribute = |tag: &str, name: &str| {
            let value = tag.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
            value
                .unwrap_or_default()
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&amp;", "&")
        };
        let (mut form, mut list) = (HashMap::new(), String::new());
        for tag in markup.split('<').map(|tag| tag.split('>').next().unwrap_or_default()) {
            match tag.split(' ').next() {
                Some("input") if !tag.contains("checkbox") => {
                    form.insert(attribute(tag, "name"), attribute(tag, "value"));
                }
                Some("select") => list = attribute(tag, "name"),
                Some("option") if tag.ends_with("selected") => {
                    form.insert(list.clone(), attribute(tag, "value"));
                }
                _ => {}
            }
        }
        form
    }

    #[test]
    fn what_a_form_shows_is_what_it_sends() {
        let all = vec![
            entry("morning", "cron", "0 7 * * 1-5", Some("Europe/Amsterdam")),
            entry("look", "every", "1h", None),
            entry("eve", "at", "2026-12-24T08:00:00+01:00", None),
        ];
        let mut form = sent(&rows(&all).into_string());
        assert_eq!(typed(&form).as_ref(), Some(&all));
        form.insert(key(1, "gone"), "yes".to_owned());
        form.insert(key(3, "name"), " new ".to_owned());
        let new = ScheduleEntry { name: "new".into(), kind: "cron".into(), ..ScheduleEntry::default() };
        let left = vec![all[0].clone(), all[2].clone(), new];
        assert_eq!(typed(&form), Some(left), "what is half said is sent: it is told what is missing");
        assert_eq!(typed(&sent(&rows(&[]).into_string())), Some(vec![]));
        assert_eq!(typed(&HashMap::new()), None, "a form without rows says nothing of them");
    }
}
