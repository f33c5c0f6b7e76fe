//! One server: what it may reach, what it offers now beside what was accepted, and what the owner does about it.

use super::state;
use crate::app::App;
use crate::brain::chosen;
use crate::entry::{Me, query, see};
use crate::fault::Fault;
use crate::form::{Form, Query};
use crate::frame::{Here, Page};
use crate::parts;
use crate::plain::{excerpt, plain};
use crate::texts::{t, tf};
use axum::Extension;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use loket_gateways::desk::{AgentInfo, Problem, ServerAcceptRequest, ServerName, ServerToolInfo, ToolServerInfo};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// Which server.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    name: String,
    done: Option<String>,
}

/// What is done.
#[derive(Debug, Deserialize)]
pub(crate) struct Act {
    act: String,
    name: String,
    /// What was looked at.
    #[serde(default)]
    digest: String,
    /// The agent that is granted its tools.
    #[serde(default)]
    to: String,
}

/// `GET /servers/server`: the server is asked what it offers.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(me): Extension<Me>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Fault> {
    let body = body(&app, &asked, &me).await?;
    Ok(Page { title: t("servers.title"), here: Here::Servers, body }.framed(&app, &me).await)
}

/// `POST /servers/server`
pub(crate) async fn act(State(app): State<Arc<App>>, Form(asked, me): Form<Act>) -> Result<Response, Fault> {
    let Act { act, name, digest, to } = asked;
    let server = ServerName { name: name.clone() };
    Ok(match act.as_str() {
        "accept" => {
            let some = |text: String| Some(text).filter(|text| !text.is_empty());
            let request = ServerAcceptRequest { name: name.clone(), digest: some(digest), to: some(to) };
            app.desk.tool_server_accept(request).await.map(|_| there(&name, "accepted"))?
        }
        "remove" => app.desk.tool_server_remove(server).await.map(|_| see("/servers?done=removed"))?,
        "logout" => app.desk.tool_server_logout(server).await.map(|_| there(&name, "out"))?,
        "login" => {
            let begun = app.desk.tool_server_login(server).await?;
            match begun.url {
                Some(url) => {
                    let body = login(&name, &url, begun.seconds);
                    let page = Page { title: t("servers.title"), here: Here::Servers, body };
                    page.framed(&app, &me).await.into_response()
                }
                None => there(&name, "in"),
            }
        }
        _ => {
            let problem = Problem::invalid("nobody knows what to do with this server");
            return Err(problem.hint("open its page again").into());
        }
    })
}

fn there(name: &str, done: &str) -> Response {
    see(&format!("/servers/server?{}", query(&[("name", name), ("done", done)])))
}

/// Where to log in. The address is a stranger's: it is shown, and a link only where it leads to a site.
fn login(name: &str, url: &str, seconds: u64) -> Markup {
    let is_site = url.starts_with("https://") || url.starts_with("http://");
    html! {
        (parts::head(&tf("servers.login-at", &[("name", &plain(name))]), Some(t("servers.login-what"))))
        article.card {
            p { code.long { (plain(url)) } }
            @if is_site { p { a.button.primary href=(url) target="_blank" rel="noopener noreferrer" { (t("servers.login-open")) } } }
            p.note { (tf("servers.login-time", &[("minutes", &(seconds / 60).max(1).to_string())])) }
            p { a.button href={ "/servers/server?" (query(&[("name", name)])) } { (t("servers.login-back")) } }
        }
    }
}

async fn body(app: &App, asked: &Asked, me: &Me) -> Result<Markup, Problem> {
    let server = app.clean(app.desk.tool_server(&asked.name).await?);
    let agents = app.clean(app.desk.agents().await?);
    let done = match asked.done.as_deref() {
        Some("accepted") => Some(t("servers.accepted")),
        Some("added") => Some(t("servers.added")),
        Some("in") => Some(t("servers.in")),
        Some("out") => Some(t("servers.out")),
        _ => None,
    };
    Ok(html! {
        p { a href="/servers" { (t("servers.back")) } }
        (parts::head(&plain(&server.name), None))
        @if let Some(done) = done { (parts::done(done)) }
        (about(&server, me))
        @if !server.findings.is_empty() {
            section.list { h2 { (t("package.findings")) } ul { @for finding in &server.findings { li { (plain(finding)) } } } }
        }
        section.list {
            h2 { (t("servers.tools")) }
            @if server.tools.is_empty() { p { (t("servers.no-tools")) } }
            @for tool in &server.tools { (shown(tool)) }
            @if let Some(digest) = &server.digest { (accept(&server, digest, &agents, me)) }
        }
        section.list {
            h2 { (t("servers.remove")) }
            p.note { (t("servers.remove-what")) }
            form method="post" action="/servers/server" {
                (which(&server, me))
                button.refuse type="submit" name="act" value="remove" { (t("servers.remove")) }
            }
        }
    })
}

fn which(server: &ToolServerInfo, me: &Me) -> Markup {
    html! { (parts::token(me)) input type="hidden" name="name" value=(server.name); }
}

fn about(server: &ToolServerInfo, me: &Me) -> Markup {
    let needs = server.login.as_ref().and_then(|login| login.needed.as_ref());
    html! {
        section.card {
            header { h2 { (t("agent.health")) } (state(&server.state)) }
            @if let Some(problem) = &server.problem { (parts::problem(&Problem::unavailable(problem.as_str()))) }
            dl.facts {
                dt { (t("servers.place")) } dd { code.long { (plain(&server.place)) } }
                @if let Some(confinement) = &server.confinement { dt { (t("servers.confinement")) } dd { (plain(confinement)) } }
                @if !server.reach.is_empty() { dt { (t("servers.reach")) } dd { ul.plain { @for reach in &server.reach { li { (plain(reach)) } } } } }
                @if let Some(about) = &server.about { dt { (t("servers.calls-itself")) } dd { (excerpt(about, 200)) } }
                @if let Some(revision) = &server.revision { dt { (t("servers.revision")) } dd { (plain(revision)) } }
                @if let Some(login) = server.login.as_ref().filter(|login| login.needed.is_none()) {
                    dt { (t("servers.login")) }
                    dd {
                        (plain(login.issuer.as_deref().unwrap_or_default()))
                        @if let Some(until) = &login.until { " · " (t("settings.until")) " " (parts::moment(until)) }
                    }
                }
            }
            @if let Some(needed) = needs { p { (t("servers.login-needed")) " " (plain(needed)) } }
            @if server.login.is_some() {
                form method="post" action="/servers/server" {
                    (which(server, me))
                    @if needs.is_some() { button.primary type="submit" name="act" value="login" { (t("servers.log-in")) } }
                    @else { button.quiet type="submit" name="act" value="logout" { (t("nav.out")) } }
                }
            }
        }
    }
}

fn shown(tool: &ServerToolInfo) -> Markup {
    html! {
        article.card {
            header {
                h3 { code { (plain(&tool.name)) } }
                span {
                    @if tool.read_only { span.chip { (t("servers.reads")) } " " }
                    span.state .good[tool.state == "accepted"] .bad[tool.state != "accepted"] { (plain(&tool.state)) }
                }
            }
            @if !tool.description.is_empty() { p.as-written dir="auto" { (plain(&tool.description)) } }
            @if let Some(why) = &tool.why { p { (plain(why)) } }
            @if !tool.difference.is_empty() {
                pre.diff tabindex="0" { @for line in &tool.difference {
                    @if line.starts_with('+') { ins { (plain(line)) } } @else if line.starts_with('-') { del { (plain(line)) } } @else { (plain(line)) }
                    "\n"
                } }
            }
        }
    }
}

fn accept(server: &ToolServerInfo, digest: &str, agents: &[AgentInfo], me: &Me) -> Markup {
    let waits = server.state == "waits";
    let first = chosen(agents, None).map(|agent| agent.name.as_str());
    html! {
        form.stack.narrow method="post" action="/servers/server" {
            (which(server, me))
            input type="hidden" name="digest" value=(digest);
            label { span { (t("servers.to")) }
                select name="to" {
                    option value="" { (t("servers.to-nobody")) }
                    @for agent in agents { option value=(agent.name) selected[waits && Some(agent.name.as_str()) == first] { (plain(&agent.name)) } }
                }
            }
            p.note { (t("servers.to-what")) }
            button .primary[waits] type="submit" name="act" value="accept" { (t("servers.accept")) }
        }
    }
}
