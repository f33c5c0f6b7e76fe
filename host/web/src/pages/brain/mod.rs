//! An agent's brain: what it would recall and why, what it learned when, and what its owner does about it.
//!
//! Files: this one search and timeline, [`memory`] one memory, [`forget`] what goes for good, [`care`] snapshots, dreams and forks, [`shown`]
//! how a memory looks.

pub(crate) mod care;
pub(crate) mod forget;
pub(crate) mod memory;
mod shown;

use crate::app::App;
use crate::brain::{Entry, Hit, Memories, Of, ask, chosen};
use crate::entry::{Me, query};
use crate::fault::Fault;
use crate::form::Query;
use crate::frame::{Here, Page};
use crate::parts;
use crate::plain::plain;
use crate::texts::t;
use axum::Extension;
use axum::extract::State;
use axum::response::Html;
use loket_gateways::desk::{AgentInfo, Problem};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// The kinds of memories.
pub(crate) const KINDS: [&str; 4] = ["fact", "episode", "lesson", "skill"];
/// Memories on a page.
const SHOWN: usize = 25;

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    agent: Option<String>,
    /// A question, in plain words.
    #[serde(default)]
    q: String,
    #[serde(default)]
    kind: String,
    /// Where an earlier page ended.
    cursor: Option<String>,
    done: Option<String>,
}

/// What was found.
enum Found {
    /// What fits a question, best first.
    Answers(Vec<Hit>),
    /// The newest first, and where it goes on.
    Timeline(Vec<Entry>, Option<String>),
}

/// `GET /brain`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(me): Extension<Me>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Fault> {
    let agents = app.clean(app.desk.agents().await?);
    let Some(agent) = chosen(&agents, asked.agent.as_deref()) else {
        let body =
            html! { (parts::head(t("brain.title"), None)) (parts::empty(t("agents.none"), t("agents.none-what"))) };
        return Ok(Page { title: t("brain.title"), here: Here::Brain, body }.framed(&app, &me).await);
    };
    let found = find(&app, &agent.name, &asked).await;
    let body = html! {
        (parts::head(t("brain.title"), Some(t("brain.what"))))
        @if asked.done.is_some() { (parts::done(t("brain.done"))) }
        (search(&agents, agent, &asked))
        @match &found {
            Err(problem) => (parts::problem(problem)),
            Ok(Found::Answers(hits)) => {
                h2 { (t("brain.answers")) }
                @if hits.is_empty() { (parts::empty(t("brain.nothing"), t("brain.nothing-what"))) }
                ol.memories { @for hit in hits { (shown::hit(&agent.name, hit)) } }
            }
            Ok(Found::Timeline(memories, cursor)) => {
                h2 { (t("brain.timeline")) }
                @if memories.is_empty() { (parts::empty(t("brain.empty"), t("brain.empty-what"))) }
                ol.memories { @for memory in memories { (shown::row(&agent.name, memory)) } }
                nav.pages aria-label=(t("brain.pages")) {
                    @if asked.cursor.is_some() {
                        a.button href={ "/brain?" (again(&agent.name, &asked, None)) } { (t("ledger.newest")) }
                    }
                    @if let Some(cursor) = cursor {
                        a.button href={ "/brain?" (again(&agent.name, &asked, Some(cursor))) } { (t("ledger.older")) }
                    }
                }
            }
        }
    };
    Ok(Page { title: t("brain.title"), here: Here::Brain, body }.framed(&app, &me).await)
}

async fn find(app: &App, agent: &str, asked: &Asked) -> Result<Found, Problem> {
    let kinds: Vec<&str> = KINDS.into_iter().filter(|kind| *kind == asked.kind).collect();
    if asked.q.trim().is_empty() {
        let arguments = json!({ "kinds": kinds, "cursor": asked.cursor, "limit": SHOWN });
        let page: Memories = ask(app, agent, Of::Memory, "list", arguments).await?;
        return Ok(Found::Timeline(app.clean(page.items), page.cursor));
    }
    let query = crate::brain::query(asked.q.trim(), &kinds, None, None, SHOWN);
    ask(app, agent, Of::Memory, "recall", query).await.map(|hits: Vec<Hit>| Found::Answers(app.clean(hits)))
}

fn again(agent: &str, asked: &Asked, cursor: Option<&str>) -> String {
    let pairs = [("agent", agent), ("kind", &asked.kind), ("cursor", cursor.unwrap_or_default())];
    query(&pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect::<Vec<_>>())
}

fn search(agents: &[AgentInfo], agent: &AgentInfo, asked: &Asked) -> Markup {
    html! {
        form.filter method="get" action="/brain" role="search" {
            label { span { (t("brain.agent")) }
                select name="agent" data-submits="" {
                    @for other in agents { option value=(other.name) selected[other.name == agent.name] { (plain(&other.name)) } }
                }
            }
            label { span { (t("brain.kind")) }
                select name="kind" data-submits="" {
                    option value="" { (t("ledger.all")) }
                    @for kind in KINDS { option value=(kind) selected[asked.kind == kind] { (shown::kind(kind)) } }
                }
            }
            label.wide { span { (t("brain.q")) }
                input type="search" name="q" value=(asked.q) maxlength="2000" dir="auto" placeholder=(t("brain.placeholder")); }
            button.primary type="submit" { (t("brain.search")) }
            a.button href={ "/brain/care?" (query(&[("agent", &agent.name)])) } { (t("brain.care")) }
        }
    }
}
