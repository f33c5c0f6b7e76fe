//! Approvals: the calls that wait for the owner, those of a kind together.
//!
//! Files: this one the page, [`card`] a call that waits, [`answer`] what the owner says.

pub(crate) mod answer;
pub(crate) mod card;

use crate::app::App;
use crate::entry::Me;
use crate::fault::Fault;
use crate::form::Query;
use crate::frame::{Here, Page};
use crate::parts;
use crate::texts::{count, t};
use axum::Extension;
use axum::extract::State;
use axum::response::Html;
use loket_gateways::desk::AskInfo;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// What was done before, and how much of the page is wanted.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    done: Option<String>,
    /// Only what changes.
    part: Option<String>,
}

/// `GET /approvals`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(me): Extension<Me>,
    Query(Asked { done, part }): Query<Asked>,
) -> Result<Html<String>, Fault> {
    let asks = app.clean(app.desk.asks().await?);
    let list = list(&asks, &me);
    if part.is_some() {
        return Ok(Html(list.into_string()));
    }
    let done = match done.as_deref() {
        Some("yes") => Some(t("approvals.said-yes")),
        Some("no") => Some(t("approvals.said-no")),
        _ => None,
    };
    let body = html! {
        (parts::head(t("approvals.title"), Some(t("approvals.what"))))
        @if let Some(done) = done { (parts::done(done)) }
        div data-list="" { (list) }
    };
    Ok(Page { title: t("approvals.title"), here: Here::Approvals, body }.framed(&app, &me).await)
}

fn list(asks: &[AskInfo], me: &Me) -> Markup {
    html! {
        @if asks.is_empty() { (parts::empty(t("approvals.none"), t("approvals.none-what"))) }
        @for group in groups(asks) {
            section.group {
                @if group.len() > 1 {
                    header {
                        h2 { (count(group.len() as u64, "approvals.one-of-kind", "approvals.many-of-kind")) }
                        (card::for_all(&group, me))
                    }
                }
                @for ask in group { (card::whole(ask, me)) }
            }
        }
    }
}

/// Those of a kind together: the same chain, capability and function. The oldest first.
fn groups(asks: &[AskInfo]) -> Vec<Vec<&AskInfo>> {
    let mut groups: Vec<Vec<&AskInfo>> = Vec::new();
    for ask in asks {
        let same = |group: &&mut Vec<&AskInfo>| {
            let first = group[0];
            (&first.chain, &first.capability, &first.function) == (&ask.chain, &ask.capability, &ask.function)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(ask),
            None => groups.push(vec![ask]),
        }
    }
    groups
}
