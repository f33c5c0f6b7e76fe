//! One tool for the assistant, and what the yes means.

use super::{ASSISTANT, steps};
use crate::app::App;
use crate::entry::{Me, see};
use crate::fault::Fault;
use crate::form::Form;
use crate::frame::{Here, Page};
use crate::parts;
use crate::plain::plain;
use crate::texts::{t, tf};
use axum::Extension;
use axum::extract::State;
use axum::response::{Html, Response};
use loket_gateways::desk::{GrantInfo, GrantRequest, Inspection, Problem};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// How the owner lets the assistant use it.
#[derive(Debug, Deserialize)]
pub(crate) struct Granted {
    tool: String,
    verdict: String,
}

/// The most tools that are shown.
const SHOWN: usize = 6;
/// What every assistant has at first, and what is easy to ask it for.
const TRIED: &str = "loket:calc";

/// `GET /welcome/tool`
pub(crate) async fn show(State(app): State<Arc<App>>, Extension(me): Extension<Me>) -> Result<Html<String>, Fault> {
    let (has, offers) = tools(&app).await?;
    let body = html! {
        (steps(3))
        (parts::head(t("welcome.tool"), Some(t("welcome.tool-what"))))
        @if !has.is_empty() {
            p { (t("welcome.has")) " " @for tool in &has { code.chip { (plain(tool)) } " " } }
        }
        div.choices {
            @if has.iter().any(|tool| tool == TRIED) { (try_ask(&me)) }
            @for tool in offers.iter().take(SHOWN) { (offer(&me, tool)) }
        }
        p { a.button href="/" { (t("welcome.done")) } }
    };
    Ok(Page { title: t("welcome.tool"), here: Here::Nowhere, body }.alone(&app))
}

/// What it has already, asked about from now on: the shortest way to see how that looks.
fn try_ask(me: &Me) -> Markup {
    html! {
        section.card {
            h2 { code { (TRIED) } }
            p { (t("welcome.try")) }
            form method="post" action="/welcome/tool" {
                input type="hidden" name="token" value=(me.csrf);
                input type="hidden" name="tool" value=(TRIED);
                button type="submit" name="verdict" value="ask" { (t("welcome.try-ask")) }
            }
        }
    }
}

/// The tools that the assistant has, and those that it could be granted.
async fn tools(app: &App) -> Result<(Vec<String>, Vec<Inspection>), Problem> {
    let grants: Vec<GrantInfo> = app.clean(app.desk.grants(Some(ASSISTANT)).await?);
    let granted = |name: &str| grants.iter().any(|grant| grant.provider == name || grant.capability.starts_with(name));
    let packages = app.clean(app.desk.packages().await?);
    let ready = packages.into_iter().filter(|package| package.role == "tool" && !package.yanked);
    let (mut has, mut offers) = (Vec::new(), Vec::new());
    for package in ready {
        if granted(&package.name) {
            has.push(package.name);
        } else if let Ok(inspection) = app.desk.inspect(&package.name).await {
            offers.push(app.clean(inspection));
        }
    }
    // What can be granted at once comes first.
    offers.sort_by_key(|offer| offer.state != "ready");
    Ok((has, offers))
}

fn offer(me: &Me, tool: &Inspection) -> Markup {
    let name = tool.package.split('@').next().unwrap_or(&tool.package);
    let docs = tool.exports.iter().map(|export| export.docs.lines().next().unwrap_or_default());
    let what = docs.into_iter().find(|docs| !docs.is_empty()).unwrap_or_default();
    html! {
        section.card {
            h2 { code { (plain(name)) } }
            @if !what.is_empty() { p { (plain(what)) } }
            p.note { (t("welcome.reaches")) }
            ul.reach {
                @if tool.imports.is_empty() { li { (t("welcome.nothing")) } }
                @for import in &tool.imports {
                    li { code { (plain(&import.capability)) } " " (parts::state(&import.state)) }
                }
            }
            @if tool.state == "ready" {
                form.row method="post" action="/welcome/tool" {
                    input type="hidden" name="token" value=(me.csrf);
                    input type="hidden" name="tool" value=(name);
                    button type="submit" name="verdict" value="ask" { (t("welcome.ask-me")) }
                    button.quiet type="submit" name="verdict" value="allow" { (t("welcome.allow")) }
                }
                p.note { (tf("welcome.grant-means", &[("tool", name)])) }
            } @else {
                p.note { (t("welcome.needs")) }
                @for remedy in tool.imports.iter().filter_map(|import| import.remedy.as_deref()) {
                    pre.command { code { (plain(remedy)) } }
                }
            }
        }
    }
}

/// `POST /welcome/tool`
pub(crate) async fn grant(State(app): State<Arc<App>>, Form(granted, _): Form<Granted>) -> Result<Response, Fault> {
    let request = GrantRequest {
        grantee: ASSISTANT.to_owned(),
        capability: granted.tool,
        verdict: Some(granted.verdict),
        ..GrantRequest::default()
    };
    app.desk.grant(request).await?;
    Ok(see("/"))
}
