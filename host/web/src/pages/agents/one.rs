//! One agent: who it is, how it is, its last turns, and the form that changes it.

use super::{edit, schedules};
use crate::app::App;
use crate::entry::{Me, query};
use crate::fault::Fault;
use crate::form::Query;
use crate::frame::{Here, Page};
use crate::parts;
use crate::plain::{excerpt, plain};
use crate::plot::{self, Bar};
use crate::texts::{count, t, tf};
use crate::turns::{self, Turn};
use axum::Extension;
use axum::extract::State;
use axum::response::Html;
use loket_gateways::desk::{AgentDetail, Inspection, ModelInfo, Problem, ScheduleInfo};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// Turns that are shown.
const TURNS: usize = 30;
/// Those of them that stand in the table.
const ROWS: usize = 10;

/// Which agent.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    name: String,
    done: Option<String>,
}

/// `GET /agents/agent`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(me): Extension<Me>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Fault> {
    let body = body(&app, &asked, &me).await?;
    Ok(Page { title: t("agent.title"), here: Here::Agents, body }.framed(&app, &me).await)
}

async fn body(app: &App, asked: &Asked, me: &Me) -> Result<Markup, Problem> {
    let agent = app.clean(app.desk.agent(&asked.name).await?);
    let inspection = app.desk.inspect(&asked.name).await.map(|inspection| app.clean(inspection));
    let turns = turns::of(app, &asked.name, TURNS).await;
    let models = app.desk.models().await.map(|list| app.clean(list.models)).unwrap_or_default();
    let schedules = app.desk.schedules(Some(&asked.name)).await.map(|schedules| app.clean(schedules));
    let parts = (inspection.as_ref(), turns.as_deref(), schedules.as_deref());
    Ok(whole(&agent, parts, &models, asked.done.is_some(), me))
}

/// What else there is to say of an agent, or why it cannot be said.
type Parts<'p> =
    (Result<&'p Inspection, &'p Problem>, Result<&'p [Turn], &'p Problem>, Result<&'p [ScheduleInfo], &'p Problem>);

fn whole(
    agent: &AgentDetail,
    (inspection, turns, schedules): Parts<'_>,
    models: &[ModelInfo],
    done: bool,
    me: &Me,
) -> Markup {
    let name = agent.info.name.as_str();
    html! {
        p { a href="/agents" { (t("agent.back")) } }
        (parts::head(&plain(name), None))
        @if done { (parts::done(t("agent.done"))) }
        section.card {
            header { h2 { (t("agent.health")) } (parts::state(&agent.info.state)) }
            dl.facts {
                dt { (t("agents.package")) }
                dd { a href={ "/packages/package?" (query(&[("name", &agent.info.package)])) } { code { (plain(&agent.info.package)) } } }
                dt { (t("agents.model")) }
                dd { code { (plain(&agent.model)) } @for other in &agent.fallback { ", " (t("agent.else")) " " code { (plain(other)) } } }
                dt { (t("agents.memories")) }
                dd { @match agent.info.memories {
                    Some(memories) => (count(memories, "agents.one-memory", "agents.many-memories")),
                    None => (t("agents.not-open")),
                } }
                @if !agent.wants.is_empty() {
                    dt { (t("agent.wants")) } dd { @for want in &agent.wants { code.chip { (plain(want)) } " " } }
                }
            }
            @match inspection {
                Err(problem) => (parts::problem(problem)),
                Ok(inspection) if !inspection.notes.is_empty() => {
                    details { summary { (count(inspection.notes.len() as u64, "agent.one-note", "agent.many-notes")) }
                        ul { @for note in &inspection.notes { li { (parts::code_in(note)) } } } }
                }
                Ok(_) => {},
            }
            div.row {
                a.button href={ "/?" (query(&[("agent", name)])) } { (t("agents.talk")) }
                a.button href={ "/brain?" (query(&[("agent", name)])) } { (t("nav.brain")) }
                a.button href={ "/authority?" (query(&[("of", name)])) } { (t("authority.could-button")) }
            }
        }
        section.list {
            h2 { (t("agent.turns")) }
            @match turns {
                Err(problem) => (parts::problem(problem)),
                Ok([]) => p { (t("agent.no-turns")) },
                Ok(turns) => (shown(turns)),
            }
        }
        (schedules::shown(schedules, me))
        section.list {
            h2 { (t("agent.change")) }
            p.note { (t("agent.change-what")) }
            (edit::form(agent, models, me))
        }
    }
}

fn shown(turns: &[Turn]) -> Markup {
    let times: Vec<u64> = turns.iter().filter_map(Turn::took).collect();
    let tokens: u64 = turns.iter().map(|turn| turn.read + turn.written).sum();
    let middle = {
        let mut times = times.clone();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    };
    let longest = times.iter().max().copied().unwrap_or_default();
    let say = tf("agent.latency-alt", &[("middle", &turns::took(middle)), ("longest", &turns::took(longest))]);
    let bars: Vec<Bar> = turns.iter().map(latency).collect();
    let used: Vec<Bar> = turns.iter().map(used).collect();
    html! {
        div.plots {
            figure { figcaption { strong { (t("agent.latency")) } " " (say) } (plot::bars(&say, &bars)) }
            figure {
                @let say = tf("agent.tokens-alt", &[("n", &tokens.to_string())]);
                figcaption { strong { (t("agent.tokens")) } " " (say) }
                (plot::bars(&say, &used))
            }
        }
        div.scroll tabindex="0" role="group" aria-label=(t("agent.turns")) {
            table {
                thead { tr {
                    th scope="col" { (t("agent.when")) }
                    th scope="col" { (t("agent.outcome")) }
                    th.number scope="col" { (t("agent.latency")) }
                    th.number scope="col" { (t("agent.calls")) }
                    th.number scope="col" { (t("agent.tokens")) }
                } }
                tbody { @for turn in turns.iter().rev().take(ROWS) {
                    tr {
                        th scope="row" { a href={ "/ledger/turn?" (query(&[("turn", &turn.id)])) } { (moment(turn)) } }
                        td { @if turn.ended.is_none() { (t("agent.runs")) } @else if turn.outcome == "done" { (t("agent.well")) }
                            @else { span.state.bad { (excerpt(&turn.outcome, 80)) } } }
                        td.number { (turn.took().map(turns::took).unwrap_or_default()) }
                        td.number { (turn.calls) }
                        td.number { (turn.read + turn.written) }
                    }
                } }
            }
        }
    }
}

fn moment(turn: &Turn) -> Markup {
    parts::moment_of(u64::try_from(turn.began).unwrap_or_default())
}

fn latency(turn: &Turn) -> Bar {
    let took = turn.took().unwrap_or_default();
    Bar { label: turns::took(took), value: took as f64, bad: turn.outcome != "done" }
}

fn used(turn: &Turn) -> Bar {
    let label = tf("agent.tokens-of", &[("read", &turn.read.to_string()), ("written", &turn.written.to_string())]);
    Bar { label, value: (turn.read + turn.written) as f64, bad: false }
}
