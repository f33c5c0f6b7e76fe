//! Servers of tools that speak MCP: how each is, and one more by pasting what other programs keep of it.
//!
//! Files: this one the list, [`one`] a server and its tools, [`add`] what is pasted.

pub(crate) mod add;
pub(crate) mod one;

use crate::app::App;
use crate::entry::{Me, query};
use crate::fault::Fault;
use crate::form::Query;
use crate::frame::{Here, Page};
use crate::parts;
use crate::plain::{excerpt, plain};
use crate::texts::{count, t};
use axum::Extension;
use axum::extract::State;
use axum::response::Html;
use loket_gateways::desk::{Problem, ToolServerInfo};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// What was done before.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    done: Option<String>,
}

/// `GET /servers`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(me): Extension<Me>,
    Query(Asked { done }): Query<Asked>,
) -> Result<Html<String>, Fault> {
    let body = body(&app, done.as_deref(), &me).await?;
    Ok(Page { title: t("servers.title"), here: Here::Servers, body }.framed(&app, &me).await)
}

async fn body(app: &App, done: Option<&str>, me: &Me) -> Result<Markup, Problem> {
    let servers = app.clean(app.desk.tool_servers().await?);
    let agents = app.clean(app.desk.agents().await?);
    Ok(html! {
        (parts::head(t("servers.title"), Some(t("servers.what"))))
        @if done == Some("removed") { (parts::done(t("servers.removed"))) }
        @if servers.is_empty() { (parts::empty(t("servers.none"), t("servers.none-what"))) }
        div.cards { @for server in &servers { (card(server)) } }
        section.list {
            h2 { (t("servers.add")) }
            (add::form(&agents, me))
        }
    })
}

fn card(server: &ToolServerInfo) -> Markup {
    let place = query(&[("name", &server.name)]);
    html! {
        article.card {
            header { h2 { a href={ "/servers/server?" (place) } { (plain(&server.name)) } } (state(&server.state)) }
            p { code.long { (excerpt(&server.place, 160)) } }
            @if let Some(needed) = server.login.as_ref().and_then(|login| login.needed.as_ref()) { p.note { (plain(needed)) } }
            p.note {
                (count(server.tools.len() as u64, "servers.one-tool", "servers.many-tools"))
                @if let Some(confinement) = &server.confinement { " · " (plain(confinement)) }
            }
        }
    }
}

/// How a server is.
pub(super) fn state(state: &str) -> Markup {
    let good = matches!(state, "connected" | "idle");
    html! { span.state .good[good] .bad[!good] { (plain(state)) } }
}
