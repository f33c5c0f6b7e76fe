//! The agents of this home, and how each is.
//!
//! Files: this one the list, [`one`] an agent, [`edit`] what it is changed to, and a new one, [`schedules`] what it is told by itself.

pub(crate) mod edit;
pub(crate) mod one;
pub(crate) mod schedules;

use crate::app::App;
use crate::entry::{Me, query};
use crate::fault::Fault;
use crate::frame::{Here, Page};
use crate::parts;
use crate::plain::plain;
use crate::texts::{count, t};
use axum::Extension;
use axum::extract::State;
use axum::response::Html;
use loket_gateways::desk::AgentInfo;
use maud::{Markup, html};
use std::sync::Arc;

/// `GET /agents`
pub(crate) async fn show(State(app): State<Arc<App>>, Extension(me): Extension<Me>) -> Result<Html<String>, Fault> {
    let agents = app.clean(app.desk.agents().await?);
    let body = html! {
        (parts::head(t("agents.title"), Some(t("agents.what"))))
        p { a.button href="/agents/new" { (parts::icon("new")) span { (t("agents.new")) } } }
        @if agents.is_empty() { (parts::empty(t("agents.none"), t("agents.none-what"))) }
        div.cards { @for agent in &agents { (card(agent)) } }
    };
    Ok(Page { title: t("agents.title"), here: Here::Agents, body }.framed(&app, &me).await)
}

fn card(agent: &AgentInfo) -> Markup {
    html! {
        article.card {
            header { h2 { a href={ "/agents/agent?" (query(&[("name", &agent.name)])) } { (plain(&agent.name)) } } (parts::state(&agent.state)) }
            dl.facts {
                dt { (t("agents.package")) } dd { code { (plain(&agent.package)) } }
                dt { (t("agents.model")) } dd { code { (plain(&agent.model)) } }
                dt { (t("agents.memories")) }
                dd { @match agent.memories {
                    Some(memories) => (count(memories, "agents.one-memory", "agents.many-memories")),
                    None => (t("agents.not-open")),
                } }
            }
            div.row.foot {
                a.button href={ "/?" (query(&[("agent", &agent.name)])) } { (t("agents.talk")) span.unseen { " " (plain(&agent.name)) } }
                a.button href={ "/brain?" (query(&[("agent", &agent.name)])) } { (t("nav.brain")) span.unseen { " " (plain(&agent.name)) } }
            }
        }
    }
}
