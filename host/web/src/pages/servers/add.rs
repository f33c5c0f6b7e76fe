//! Servers that are pasted as other programs keep them: JSON with `mcpServers`. No value of a secret is taken over.

use crate::app::App;
use crate::entry::{Me, query};
use crate::fault::Fault;
use crate::form::Form;
use crate::frame::{Here, Page};
use crate::parts;
use crate::plain::plain;
use crate::texts::{t, tf};
use axum::extract::State;
use axum::response::Html;
use loket_gateways::desk::{AgentInfo, Problem, ServerChange};
use loket_gateways::pasted::{self, Pasted};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// The most servers that are brought in at once.
const MOST: usize = 32;

/// What is pasted.
#[derive(Debug, Deserialize)]
pub(crate) struct Typed {
    json: String,
    /// The agent that is granted their tools.
    #[serde(default)]
    to: String,
    /// Whether programs among them may use the network.
    network: Option<String>,
}

/// `POST /servers`
pub(crate) async fn add(State(app): State<Arc<App>>, Form(typed, me): Form<Typed>) -> Result<Html<String>, Fault> {
    let Typed { json, to, network } = typed;
    let to = Some(to).filter(|to| !to.is_empty());
    let servers = pasted::read(&json, to.as_deref(), network.is_some())?;
    if servers.is_empty() || servers.len() > MOST {
        let problem = Problem::invalid(format!("there are {} servers in it, and 1 to {MOST} may be", servers.len()));
        return Err(problem.hint("paste fewer at a time").into());
    }
    let mut told: Vec<(Pasted, Result<ServerChange, Problem>)> = Vec::with_capacity(servers.len());
    for server in servers {
        let change = app.desk.tool_server_add(server.request.clone()).await;
        told.push((server, change.map(|change| app.clean(change)).map_err(|problem| app.clean(problem))));
    }
    let body = html! {
        (parts::head(t("servers.add"), None))
        @for (server, change) in &told { (came(server, change)) }
        p { a.button href="/servers" { (t("servers.back")) } }
    };
    Ok(Page { title: t("servers.title"), here: Here::Servers, body }.framed(&app, &me).await)
}

fn came(server: &Pasted, change: &Result<ServerChange, Problem>) -> Markup {
    let name = &server.request.name;
    html! {
        article.card {
            header { h2 { a href={ "/servers/server?" (query(&[("name", name)])) } { (plain(name)) } } }
            @match change {
                Err(problem) => (parts::problem(problem)),
                Ok(change) => {
                    p { (t("servers.added")) }
                    @if let Some(problem) = change.server.as_ref().and_then(|server| server.problem.as_ref()) { p { (parts::code_in(problem)) } }
                    @if !change.granted.is_empty() {
                        p { (tf("servers.granted", &[("n", &change.granted.len().to_string())])) }
                    }
                    @let todo: Vec<&String> = server.todo.iter().chain(&change.todo).collect();
                    @if !todo.is_empty() {
                        p { (t("servers.todo")) }
                        ul { @for line in todo { li { code { (plain(line)) } } } }
                    }
                }
            }
        }
    }
}

/// Where it is pasted.
pub(super) fn form(agents: &[AgentInfo], me: &Me) -> Markup {
    html! {
        form.stack.card method="post" action="/servers" {
            (parts::token(me))
            p.note { (t("servers.paste-what")) }
            label { span { (t("servers.paste")) }
                textarea.code name="json" rows="8" required maxlength="200000" spellcheck="false"
                    placeholder="{ \"mcpServers\": { \"files\": { \"command\": \"npx\", \"args\": [\"-y\", \"…\"] } } }" {} }
            label { span { (t("servers.to")) }
                select name="to" {
                    option value="" { (t("servers.to-nobody")) }
                    @for agent in agents { option value=(agent.name) { (plain(&agent.name)) } }
                }
            }
            label.pick { input type="checkbox" name="network" value="yes"; (t("servers.network")) }
            button.primary type="submit" { (t("servers.bring")) }
        }
    }
}
