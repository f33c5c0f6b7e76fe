//! Authority: what somebody could do, and through whom, as a picture, as a table and in sentences; their grants, edited in place.
//!
//! Files: this one the page, [`graph`] the picture, [`sentences`] the same in words, [`edit`] a grant that is changed, given or taken back.

pub(crate) mod edit;
mod graph;
mod sentences;

use crate::app::App;
use crate::brain::chosen;
use crate::entry::Me;
use crate::fault::Fault;
use crate::form::Query;
use crate::frame::{Here, Page};
use crate::parts;
use crate::plain::plain;
use crate::texts::{t, tf};
use axum::Extension;
use axum::extract::State;
use axum::response::Html;
use loket_gateways::desk::{AgentInfo, Authority, GrantInfo, PackageInfo, Problem};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// The deepest that the tree is shown in the table.
const DEEPEST: usize = 8;

/// Whose authority.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    of: Option<String>,
    done: Option<String>,
}

/// `GET /authority`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(me): Extension<Me>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Fault> {
    let body = body(&app, &asked, &me).await?;
    Ok(Page { title: t("authority.title"), here: Here::Authority, body }.framed(&app, &me).await)
}

async fn body(app: &App, asked: &Asked, me: &Me) -> Result<Markup, Problem> {
    let agents = app.clean(app.desk.agents().await?);
    let packages = app.clean(app.desk.packages().await?);
    let of = asked.of.clone().or_else(|| chosen(&agents, None).map(|agent| agent.name.clone()));
    let Some(of) = of else {
        return Ok(
            html! { (parts::head(t("authority.title"), None)) (parts::empty(t("agents.none"), t("agents.none-what"))) },
        );
    };
    let grants = app.clean(app.desk.grants(Some(&of)).await?);
    // One that cannot be inspected has its grants all the same.
    let tree = app.desk.inspect(&of).await.map(|inspection| app.clean(inspection.authority));
    let done = match asked.done.as_deref() {
        Some("granted") => Some(t("authority.granted")),
        Some("revoked") => Some(t("authority.revoked")),
        _ => None,
    };
    Ok(html! {
        (parts::head(t("authority.title"), Some(t("authority.what"))))
        @if let Some(done) = done { (parts::done(done)) }
        (choice(&agents, &packages, &of))
        @match &tree {
            Err(problem) => (parts::problem(problem)),
            Ok(tree) => {
                section.card {
                    h2 { (tf("authority.could", &[("who", &plain(&of))])) }
                    (sentences::all(tree))
                }
                section.list {
                    h2 { (t("authority.picture")) }
                    (graph::drawn(&of, tree))
                    details.table-of {
                        summary { (t("authority.table")) }
                        (table(tree))
                    }
                }
            }
        }
        (granted(&of, &grants, me))
    })
}

fn choice(agents: &[AgentInfo], packages: &[PackageInfo], of: &str) -> Markup {
    let mut names: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    names.dedup();
    html! {
        form.filter method="get" action="/authority" {
            label { span { (t("authority.whose")) }
                select name="of" data-submits="" {
                    optgroup label=(t("nav.agents")) {
                        @for agent in agents { option value=(agent.name) selected[agent.name == of] { (plain(&agent.name)) } }
                    }
                    optgroup label=(t("nav.packages")) {
                        @for name in names { option value=(name) selected[name == of] { (plain(name)) } }
                    }
                }
            }
            button type="submit" data-plain="" { (t("ledger.filter")) }
        }
    }
}

/// The same as the picture, for who does not see it.
fn table(tree: &[Authority]) -> Markup {
    html! {
        div.scroll tabindex="0" role="group" aria-label=(t("authority.table")) {
            table {
                thead { tr {
                    th scope="col" { (t("authority.through")) }
                    th scope="col" { (t("authority.power")) }
                    th scope="col" { (t("authority.verdict")) }
                    th scope="col" { (t("authority.limits")) }
                } }
                tbody { @for branch in tree { (table_rows(branch, "", 0)) } }
            }
        }
    }
}

fn table_rows(branch: &Authority, through: &str, depth: usize) -> Markup {
    let next = if through.is_empty() { branch.provider.clone() } else { format!("{through} → {}", branch.provider) };
    html! {
        tr {
            td { @if through.is_empty() { (t("authority.itself")) } @else { code { (plain(through)) } } }
            th scope="row" { code { (plain(&branch.capability)) } }
            td { (verdict(&branch.verdict)) }
            td { (plain(&branch.limits)) }
        }
        @if depth < DEEPEST { @for inner in &branch.through { (table_rows(inner, &next, depth + 1)) } }
    }
}

/// `allow`, `ask` or `deny`.
fn verdict(verdict: &str) -> Markup {
    html! { span.state .good[verdict == "allow"] .bad[verdict != "allow"] { (plain(verdict)) } }
}

fn granted(of: &str, grants: &[GrantInfo], me: &Me) -> Markup {
    html! {
        section.list {
            h2 { (t("authority.grants")) }
            p.note { (t("authority.grants-what")) }
            @if grants.is_empty() { p { (t("authority.no-grants")) } }
            @for grant in grants {
                article.card.grant {
                    header {
                        h3 { code { (plain(&grant.capability)) } }
                        (verdict(&grant.verdict))
                    }
                    (edit::facts(grant))
                    div.row.top {
                        details.edit {
                            summary { (t("authority.change")) span.unseen { " " (plain(&grant.capability)) } }
                            (edit::form(of, grant, me))
                        }
                        form method="post" action="/authority" {
                            (parts::token(me))
                            input type="hidden" name="grantee" value=(of);
                            input type="hidden" name="capability" value=(edit::named(grant));
                            button.quiet type="submit" name="act" value="revoke" {
                                (t("authority.revoke")) span.unseen { " " (plain(&grant.capability)) } }
                        }
                    }
                }
            }
            details.card.new-grant {
                summary { (t("authority.new")) }
                (edit::new(of, me))
            }
        }
    }
}
