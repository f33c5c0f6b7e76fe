//! What was said of something, in all conversations with an agent: as the agent itself would recall it.

use super::history::said;
use crate::app::App;
use crate::brain::{Hit, Of, ask, query as words};
use crate::entry::{Me, query};
use crate::fault::Fault;
use crate::form::Query;
use crate::frame::{Here, Page};
use crate::parts::{self, icon};
use crate::plain::{excerpt, plain};
use crate::texts::{t, tf};
use axum::Extension;
use axum::extract::State;
use axum::response::Html;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// What is found at most.
const MOST: usize = 30;

/// What is looked for, and with whom.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    agent: String,
    #[serde(default)]
    q: String,
}

/// `GET /chat/search`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(me): Extension<Me>,
    Query(Asked { agent, q }): Query<Asked>,
) -> Result<Html<String>, Fault> {
    let looked = q.trim();
    let found: Vec<Hit> = if looked.is_empty() {
        Vec::new()
    } else {
        let query = words(looked, &["episode"], None, None, MOST);
        app.clean(ask(&app, &agent, Of::Memory, "recall", query).await?)
    };
    let body = html! {
        p { a href={ "/?" (query(&[("agent", &agent)])) } { (t("search.back")) } }
        (parts::head(&tf("search.title", &[("agent", &plain(&agent))]), None))
        (form(&agent, &q))
        @if found.is_empty() && !looked.is_empty() { (parts::empty(t("search.none"), t("search.none-what"))) }
        ol.memories { @for hit in &found {
            @if let Some((of, asked, answered)) = said(&hit.entry) {
                li.memory {
                    p.about { (parts::moment_of(hit.entry.written)) }
                    p.words dir="auto" { a href={ "/?" (query(&[("agent", &agent), ("conversation", of), ("before", &hit.entry.written.saturating_add(1).to_string())])) } { (excerpt(asked, 200)) } }
                    p.note dir="auto" { (excerpt(answered, 300)) }
                }
            }
        } }
    };
    Ok(Page { title: t("search.page"), here: Here::Nowhere, body }.framed(&app, &me).await)
}

/// Where somebody looks for something.
pub(super) fn form(agent: &str, q: &str) -> Markup {
    html! {
        form.find method="get" action="/chat/search" role="search" {
            input type="hidden" name="agent" value=(agent);
            label.unseen for="find" { (t("search.page")) }
            input #find type="search" name="q" value=(q) maxlength="2000" dir="auto" placeholder=(t("brain.search"));
            button type="submit" { (icon("search")) span.unseen { (t("brain.search")) } }
        }
    }
}
