//! A memory forgotten: first what would go and what would stay, then the act, then what was really deleted.

use super::memory::read;
use super::shown;
use crate::app::App;
use crate::brain::{Entry, Hit, Of, ask};
use crate::entry::{Me, query};
use crate::fault::Fault;
use crate::form::Form;
use crate::frame::{Here, Page};
use crate::parts;
use crate::plain::plain;
use crate::texts::{count, t, tf};
use axum::extract::State;
use axum::response::Html;
use loket_gateways::desk::Problem;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Bytes of what is asked of a memory (the contract's limit).
const MOST_WORDS: usize = 8 << 10;
/// The most exchanges in which the same was said that are looked at.
const ECHOES: usize = 100;

/// What is to go.
#[derive(Debug, Deserialize)]
pub(crate) struct Forget {
    agent: String,
    id: String,
    /// That it was seen what goes.
    sure: Option<String>,
    /// Exchanges in which the same was said go, too.
    echoes: Option<String>,
    /// Snapshots lose it as well.
    snapshots: Option<String>,
}

/// What purging did.
#[derive(Debug, Deserialize)]
struct Purged {
    before: u64,
    after: u64,
    payloads: u64,
    snapshots: u32,
}

/// `POST /brain/forget`
pub(crate) async fn forget(State(app): State<Arc<App>>, Form(asked, me): Form<Forget>) -> Result<Html<String>, Fault> {
    let body = match asked.sure {
        None => preview(&app, &asked, &me).await?,
        Some(_) => act(&app, &asked).await?,
    };
    Ok(Page { title: t("forget.title"), here: Here::Brain, body }.framed(&app, &me).await)
}

/// What would go. Nothing is deleted.
async fn preview(app: &App, asked: &Forget, me: &Me) -> Result<Markup, Problem> {
    let memory = read(app, &asked.agent, &asked.id).await?;
    let echoes = app.clean(echoes(app, &asked.agent, &memory).await?);
    Ok(html! {
        (parts::head(t("forget.title"), None))
        article.card {
            p.as-written dir="auto" { (plain(&memory.text)) }
        }
        section.list {
            h2 { (t("forget.goes")) }
            ul { li { (t("forget.goes-brain")) } li { (t("forget.goes-ledger")) } }
            h2 { (t("forget.stays")) }
            ul { li { (t("forget.stays-snapshots")) } li { (t("forget.stays-backups")) } li { (t("forget.stays-model")) } }
        }
        form.stack.list method="post" action="/brain/forget" {
            (parts::token(me))
            input type="hidden" name="agent" value=(asked.agent);
            input type="hidden" name="id" value=(asked.id);
            input type="hidden" name="sure" value="yes";
            @if !echoes.is_empty() {
                label.pick { input type="checkbox" name="echoes" value="yes" checked;
                    (count(echoes.len() as u64, "forget.one-echo", "forget.many-echoes")) }
                ol.memories { @for echo in &echoes { (shown::row(&asked.agent, echo)) } }
            }
            label.pick { input type="checkbox" name="snapshots" value="yes"; (t("forget.snapshots")) }
            div.row {
                button.primary.danger type="submit" { (t("forget.sure")) }
                a.button href={ "/brain/memory?" (query(&[("agent", &asked.agent), ("id", &asked.id)])) } { (t("forget.no")) }
            }
        }
    })
}

/// Forgets, then makes sure that nothing is left; says what was deleted.
async fn act(app: &App, asked: &Forget) -> Result<Markup, Problem> {
    let agent = &asked.agent;
    let memory = read(app, agent, &asked.id).await?;
    let mut goes = vec![memory.id.clone()];
    if asked.echoes.is_some() {
        goes.extend(echoes(app, agent, &memory).await?.into_iter().map(|echo| echo.id));
    }
    for id in &goes {
        let () = ask(app, agent, Of::Memory, "forget", json!({ "id": id })).await?;
    }
    let copies = if asked.snapshots.is_some() { "purge" } else { "keep" };
    let purged: Result<Purged, Problem> = ask(app, agent, Of::Upkeep, "purge", json!({ "copies": copies })).await;
    let purged = purged.map_err(|problem| {
        let message = format!("it is forgotten, and traces of it are left: {}", problem.message);
        Problem { message, ..problem }.hint(format!("loket brain {agent} purge"))
    })?;
    Ok(html! {
        (parts::head(t("forget.done"), None))
        (parts::done(&count(goes.len() as u64, "forget.one-gone", "forget.many-gone")))
        ul {
            li { (count(purged.payloads, "forget.one-payload", "forget.many-payloads")) }
            li { (count(purged.snapshots.into(), "forget.one-snapshot", "forget.many-snapshots")) }
            li { (tf("forget.disk", &[("before", &parts::bytes(purged.before)), ("after", &parts::bytes(purged.after))])) }
        }
        p { a.button href={ "/brain?" (query(&[("agent", agent)])) } { (tf("brain.back", &[("agent", &plain(agent))])) } }
    })
}

/// The exchanges in which the words of a memory were said; of a lesson, what is right or what was wrong.
async fn echoes(app: &App, agent: &str, memory: &Entry) -> Result<Vec<Entry>, Problem> {
    let said = match &memory.lesson {
        Some(lesson) => vec![&lesson.right, &lesson.wrong],
        None => vec![&memory.text],
    };
    let mut found: Vec<Entry> = Vec::new();
    for words in said.into_iter().map(|words| words.trim().to_lowercase()).filter(|words| !words.is_empty()) {
        let text = &words[..words.floor_char_boundary(MOST_WORDS)];
        let query = crate::brain::query(text, &["episode"], None, None, ECHOES);
        let hits: Vec<Hit> = ask(app, agent, Of::Memory, "recall", query).await?;
        let says = |entry: &Entry| entry.id != memory.id && entry.text.to_lowercase().contains(&words);
        found.extend(hits.into_iter().map(|hit| hit.entry).filter(says));
    }
    found.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    found.dedup_by(|a, b| a.id == b.id);
    Ok(found)
}
