//! One memory: all of it, where it came from, and what its owner does with it.

use super::{KINDS, shown};
use crate::app::App;
use crate::brain::{Entry, Of, Standing, ask};
use crate::entry::{Me, query, see};
use crate::fault::Fault;
use crate::form::{Form, Query};
use crate::frame::{Here, Page};
use crate::parts;
use crate::plain::plain;
use crate::texts::{count, t, tf};
use axum::Extension;
use axum::extract::State;
use axum::response::{Html, Response};
use loket_gateways::desk::Problem;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Which memory.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    agent: String,
    id: String,
    done: Option<String>,
}

/// What is done with it.
#[derive(Debug, Deserialize)]
pub(crate) struct Act {
    agent: String,
    id: String,
    act: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    tags: String,
    #[serde(default)]
    kind: String,
}

/// `GET /brain/memory`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(me): Extension<Me>,
    Query(Asked { agent, id, done }): Query<Asked>,
) -> Result<Html<String>, Fault> {
    let body = body(&agent, &read(&app, &agent, &id).await?, done.is_some(), &me);
    Ok(Page { title: t("brain.memory"), here: Here::Brain, body }.framed(&app, &me).await)
}

/// `POST /brain/memory`: changed, pinned or not pinned any more.
pub(crate) async fn act(State(app): State<Arc<App>>, Form(act, _): Form<Act>) -> Result<Response, Fault> {
    let Act { agent, id, act, text, tags, kind } = act;
    let done: Result<(), Problem> = match act.as_str() {
        "edit" => {
            let tags: Vec<&str> = tags.split(',').map(str::trim).filter(|tag| !tag.is_empty()).collect();
            let kind = KINDS.into_iter().find(|known| *known == kind);
            let revision = json!({ "text": text, "tags": tags, "kind": kind });
            ask(&app, &agent, Of::Upkeep, "edit", json!({ "id": id, "revision": revision })).await
        }
        "pin" | "unpin" => ask(&app, &agent, Of::Upkeep, &act, json!({ "id": id })).await,
        _ => Err(Problem::invalid("nobody knows what to do with this memory").hint("open its page again")),
    };
    done?;
    Ok(see(&format!("/brain/memory?{}", query(&[("agent", &agent), ("id", &id), ("done", "1")]))))
}

/// A memory that is there.
pub(super) async fn read(app: &App, agent: &str, id: &str) -> Result<Entry, Problem> {
    let found: Option<Entry> = ask(app, agent, Of::Memory, "get", json!({ "id": id })).await?;
    let none = || {
        let problem = Problem::not_found(format!("`{agent}` has no memory `{id}`"));
        problem.hint("it may be forgotten: look for it in the timeline")
    };
    found.map(|memory| app.clean(memory)).ok_or_else(none)
}

fn body(agent: &str, memory: &Entry, done: bool, me: &Me) -> Markup {
    // Of a lesson the words are what is right.
    let words = memory.lesson.as_ref().map_or(&memory.text, |lesson| &lesson.right);
    let here = |memory: &str| format!("/brain/memory?{}", query(&[("agent", agent), ("id", memory)]));
    html! {
        p { a href={ "/brain?" (query(&[("agent", agent)])) } { (tf("brain.back", &[("agent", &plain(agent))])) } }
        (parts::head(t("brain.memory"), None))
        @if done { (parts::done(t("brain.done"))) }
        article.card {
            header {
                span.chip { (shown::kind(&memory.kind)) }
                @if memory.pinned { span.state.good { (t("brain.pinned")) } }
                @for label in &memory.labels { span.label { (plain(label)) } }
            }
            p.as-written dir="auto" { (plain(words)) }
            @if let Some(lesson) = &memory.lesson {
                dl.facts {
                    dt { (t("chat.wrong")) } dd dir="auto" { (plain(&lesson.wrong)) }
                    dt { (t("chat.applies")) } dd dir="auto" { (plain(&lesson.applies)) }
                }
            }
            @if !memory.steps.is_empty() {
                ol { @for step in &memory.steps {
                    li { code { (plain(&step.tool)) } " " (plain(&step.arguments)) " → " (plain(&step.outcome)) }
                } }
            }
            dl.facts {
                dt { (t("brain.standing")) }
                dd { @match &memory.standing {
                    Standing::Current => (t("brain.counts")),
                    Standing::Superseded(by) => { (t("brain.superseded-by")) " " a href=(here(by)) { code { (plain(by)) } } }
                } }
                dt { (t("brain.written")) } dd { (parts::moment_of(memory.written)) }
                dt { (t("brain.by")) } dd { (parts::chain(&memory.source.chain)) }
                dt { (t("ledger.turn")) }
                dd { a href={ "/ledger/turn?" (query(&[("turn", &memory.source.turn)])) } { code { (plain(&memory.source.turn)) } } }
                @if let Some(package) = &memory.source.package { dt { (t("agents.package")) } dd { code.long { (plain(package)) } } }
                @if let Some(of) = &memory.conversation {
                    dt { (t("brain.conversation")) }
                    dd { a href={ "/?" (query(&[("agent", agent), ("conversation", of)])) } { code { (plain(of)) } } }
                }
                @if let Some(corrects) = &memory.corrects { dt { (t("brain.corrects")) } dd { a href=(here(corrects)) { code { (plain(corrects)) } } } }
                dt { (t("brain.strength")) } dd { (memory.strength) }
                dt { (t("brain.usage")) }
                dd {
                    @if memory.used == 0 { (t("brain.never")) } @else { (count(memory.used.into(), "brain.one-used", "brain.many-used")) }
                    @if let Some(last) = memory.last_used { ", " (t("brain.last")) " " (parts::moment_of(last)) }
                }
                @if memory.faded > 0 { dt { (t("brain.faded")) } dd { (memory.faded) " / 4" } }
                @if !memory.also.is_empty() { dt { (t("brain.again")) } dd { @for source in &memory.also { (parts::chain(&source.chain)) } } }
                dt { (t("brain.id")) } dd { code { (plain(&memory.id)) } }
            }
            div.row {
                form method="post" action="/brain/memory" {
                    (which(agent, memory, me))
                    @if memory.pinned { button type="submit" name="act" value="unpin" { (t("brain.unpin")) } }
                    @else { button type="submit" name="act" value="pin" { (t("brain.pin")) } }
                }
                form method="post" action="/brain/forget" {
                    (which(agent, memory, me))
                    button.refuse type="submit" { (t("brain.forget")) }
                }
            }
            p.note { (t("brain.pin-what")) }
        }
        section.list {
            h2 { (t("brain.edit")) }
            p.note { (t("brain.edit-what")) }
            form.stack method="post" action="/brain/memory" {
                (which(agent, memory, me))
                label { span { (t("brain.words")) }
                    textarea name="text" rows="5" required maxlength="65536" dir="auto" { (words) } }
                label { span { (t("brain.tags")) } input type="text" name="tags" value=(memory.tags.join(", ")) maxlength="4200"; }
                @if memory.lesson.is_none() {
                    label { span { (t("brain.kind")) }
                        select name="kind" { @for kind in KINDS { option value=(kind) selected[memory.kind == kind] { (shown::kind(kind)) } } } }
                }
                button type="submit" name="act" value="edit" { (t("brain.save")) }
            }
        }
    }
}

/// Which memory a form is about.
fn which(agent: &str, memory: &Entry, me: &Me) -> Markup {
    html! {
        (parts::token(me))
        input type="hidden" name="agent" value=(agent);
        input type="hidden" name="id" value=(memory.id);
    }
}
