//! Looking after a brain: how much it holds, snapshots and the way back, how one differs from now, dreams, and a fork of the agent.

use crate::app::App;
use crate::brain::{Entry, Of, ask};
use crate::entry::{Me, query, see};
use crate::fault::Fault;
use crate::form::{Form, Query};
use crate::frame::{Here, Page};
use crate::parts;
use crate::plain::{excerpt, plain};
use crate::texts::{count, t, tf};
use axum::Extension;
use axum::extract::State;
use axum::response::{Html, Response};
use loket_gateways::desk::Problem;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

/// The most differences and deeds that are shown.
const SHOWN: usize = 50;
/// Dreams that are shown.
const NIGHTS: u32 = 10;

/// Whose brain, and what of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    agent: String,
    /// A snapshot that is held against now.
    diff: Option<String>,
    /// What a dream would do.
    dream: Option<String>,
    done: Option<String>,
    /// What it is about.
    #[serde(default)]
    what: String,
}

/// What is done.
#[derive(Debug, Deserialize)]
pub(crate) struct Act {
    agent: String,
    act: String,
    /// A snapshot, a new agent, or a dream's number.
    #[serde(default)]
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Usage {
    memories: u64,
    bytes: u64,
    on_disk: u64,
    max_memories: Option<u64>,
    max_bytes: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Snapshot {
    name: String,
    made: u64,
    memories: u64,
    bytes: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Difference {
    id: String,
    change: String,
    before: Option<Entry>,
    after: Option<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Dream {
    deeds: Vec<Deed>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Night {
    entry: u64,
    time: u64,
    undone: bool,
    deeds: Vec<Deed>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Deed {
    kind: String,
    memories: Vec<String>,
    words: String,
}

/// `GET /brain/care`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(me): Extension<Me>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Fault> {
    let body = body(&app, &asked, &me).await?;
    Ok(Page { title: t("care.title"), here: Here::Brain, body }.framed(&app, &me).await)
}

/// `POST /brain/care`
pub(crate) async fn act(
    State(app): State<Arc<App>>,
    Form(Act { agent, act, name }, _): Form<Act>,
) -> Result<Response, Fault> {
    let what = does(&app, &agent, &act, &name).await?;
    let done = [("agent", agent.as_str()), ("done", act.as_str()), ("what", &what)];
    Ok(see(&format!("/brain/care?{}", query(&done))))
}

/// Does it, and answers with what it is about.
async fn does(app: &App, agent: &str, act: &str, name: &str) -> Result<String, Problem> {
    match act {
        "snapshot" => {
            let made: Snapshot = ask(app, agent, Of::Upkeep, "snapshot", json!({ "name": name })).await?;
            Ok(made.name)
        }
        // What the brain was is kept under this name.
        "revert" => ask(app, agent, Of::Upkeep, "revert", json!({ "to": name })).await,
        "drop-snapshot" => {
            let () = ask(app, agent, Of::Upkeep, act, json!({ "name": name })).await?;
            Ok(name.to_owned())
        }
        "fork" => {
            let () = ask(app, agent, Of::Upkeep, act, json!({ "into": name })).await?;
            Ok(name.to_owned())
        }
        "dream" => {
            let dream: Dream = ask(app, agent, Of::Upkeep, act, json!({ "earnest": "apply" })).await?;
            Ok(dream.deeds.len().to_string())
        }
        "undo" => {
            let entry: u64 = name.parse().map_err(|_| Problem::invalid("a dream has a number"))?;
            let many: u64 = ask(app, agent, Of::Upkeep, act, json!({ "entry": entry })).await?;
            Ok(many.to_string())
        }
        _ => Err(Problem::invalid("nobody knows what to do with this brain").hint("open its page again")),
    }
}

fn said(asked: &Asked) -> Option<String> {
    let what = [("what", excerpt(&asked.what, 80))];
    let what: Vec<(&str, &str)> = what.iter().map(|(key, value)| (*key, value.as_str())).collect();
    Some(match asked.done.as_deref()? {
        "snapshot" => tf("care.done-snapshot", &what),
        "revert" => tf("care.done-revert", &what),
        "drop-snapshot" => tf("care.done-drop", &what),
        "fork" => tf("care.done-fork", &what),
        "dream" => tf("care.done-dream", &what),
        "undo" => tf("care.done-undo", &what),
        _ => return None,
    })
}

async fn body(app: &App, asked: &Asked, me: &Me) -> Result<Markup, Problem> {
    let agent = asked.agent.as_str();
    let usage: Usage = ask(app, agent, Of::Upkeep, "usage", json!([])).await?;
    let snapshots: Vec<Snapshot> = ask(app, agent, Of::Upkeep, "snapshots", json!([])).await?;
    let nights: Vec<Night> = ask(app, agent, Of::Upkeep, "journal", json!({ "limit": NIGHTS })).await?;
    let nights = app.clean(nights);
    let dream: Option<Dream> = match &asked.dream {
        None => None,
        Some(_) => {
            let dream = ask(app, agent, Of::Upkeep, "dream", json!({ "earnest": "rehearse" })).await?;
            Some(app.clean(dream))
        }
    };
    let diff: Option<Vec<Difference>> = match &asked.diff {
        None => None,
        Some(from) => {
            let arguments = json!({ "from": from, "to": null, "after": null, "limit": SHOWN });
            Some(app.clean(ask(app, agent, Of::Upkeep, "diff", arguments).await?))
        }
    };
    Ok(html! {
        p { a href={ "/brain?" (query(&[("agent", agent)])) } { (tf("brain.back", &[("agent", &plain(agent))])) } }
        (parts::head(t("care.title"), Some(t("care.what"))))
        @if let Some(said) = said(asked) { (parts::done(&said)) }
        (held(&usage))
        (kept(agent, &snapshots, me))
        @if let Some(diff) = &diff { (differences(asked.diff.as_deref().unwrap_or_default(), diff)) }
        (dreams(agent, dream.as_ref(), &nights, me))
        section.list {
            h2 { (t("care.fork")) }
            p.note { (t("care.fork-what")) }
            form.stack.narrow method="post" action="/brain/care" {
                (whose(agent, me))
                label { span { (t("agents.name")) } input type="text" name="name" required maxlength="64" autocomplete="off" spellcheck="false"; }
                button type="submit" name="act" value="fork" { (t("care.fork-do")) }
            }
        }
    })
}

fn whose(agent: &str, me: &Me) -> Markup {
    html! { (parts::token(me)) input type="hidden" name="agent" value=(agent); }
}

fn held(usage: &Usage) -> Markup {
    let of = |most: Option<String>| most.map_or_else(String::new, |most| format!(" / {most}"));
    html! {
        section.card {
            dl.facts {
                dt { (t("agents.memories")) } dd { (usage.memories) (of(usage.max_memories.map(|most| most.to_string()))) }
                dt { (t("care.size")) } dd { (parts::bytes(usage.bytes)) (of(usage.max_bytes.map(parts::bytes))) }
                dt { (t("care.disk")) } dd { (parts::bytes(usage.on_disk)) }
            }
        }
    }
}

fn kept(agent: &str, snapshots: &[Snapshot], me: &Me) -> Markup {
    html! {
        section.list {
            h2 { (t("care.snapshots")) }
            p.note { (t("care.snapshots-what")) }
            @if snapshots.is_empty() { p { (t("care.no-snapshots")) } }
            @else { ul.rows { @for snapshot in snapshots {
                li {
                    div {
                        strong { code { (plain(&snapshot.name)) } }
                        p.note {
                            (parts::moment_of(snapshot.made)) " · " (count(snapshot.memories, "agents.one-memory", "agents.many-memories"))
                            " · " (parts::bytes(snapshot.bytes))
                        }
                    }
                    form.row method="post" action="/brain/care" {
                        (whose(agent, me))
                        input type="hidden" name="name" value=(snapshot.name);
                        a.button href={ "/brain/care?" (query(&[("agent", agent), ("diff", &snapshot.name)])) "#diff" } {
                            (t("care.diff")) span.unseen { " " (plain(&snapshot.name)) } }
                        button type="submit" name="act" value="revert" { (t("care.revert")) span.unseen { " " (plain(&snapshot.name)) } }
                        button.quiet type="submit" name="act" value="drop-snapshot" { (t("care.drop")) span.unseen { " " (plain(&snapshot.name)) } }
                    }
                }
            } } }
            form.stack.narrow method="post" action="/brain/care" {
                (whose(agent, me))
                label { span { (t("care.name")) } input type="text" name="name" required maxlength="64" autocomplete="off" spellcheck="false"; }
                button type="submit" name="act" value="snapshot" { (t("care.make")) }
            }
        }
    }
}

fn differences(from: &str, all: &[Difference]) -> Markup {
    html! {
        section.list #diff {
            h2 { (tf("care.since", &[("name", &plain(from))])) }
            @if all.is_empty() { p { (t("care.same")) } }
            ol.memories { @for one in all {
                li.memory {
                    p.about {
                        span.chip { @match one.change.as_str() {
                            "added" => (t("care.added")),
                            "gone" => (t("care.gone")),
                            _ => (t("care.changed")),
                        } }
                        " " code { (plain(&one.id)) }
                    }
                    @if let Some(before) = &one.before { p.words.was dir="auto" { del { (excerpt(&before.text, 300)) } } }
                    @if let Some(after) = &one.after { p.words dir="auto" { ins { (excerpt(&after.text, 300)) } } }
                }
            } }
            @if all.len() >= SHOWN { p.note { (t("care.more")) } }
        }
    }
}

fn dreams(agent: &str, dream: Option<&Dream>, nights: &[Night], me: &Me) -> Markup {
    html! {
        section.list #dreams {
            h2 { (t("care.dreams")) }
            p.note { (t("care.dreams-what")) }
            @match dream {
                None => p { a.button href={ "/brain/care?" (query(&[("agent", agent), ("dream", "1")])) "#dreams" } { (t("care.rehearse")) } },
                Some(dream) => div.card {
                    h3 { (t("care.would")) }
                    @if dream.deeds.is_empty() { p { (t("care.no-deeds")) } }
                    (deeds(&dream.deeds))
                    form.row method="post" action="/brain/care" {
                        (whose(agent, me))
                        @if !dream.deeds.is_empty() { button.primary type="submit" name="act" value="dream" { (t("care.dream")) } }
                        a.button href={ "/brain/care?" (query(&[("agent", agent)])) "#dreams" } { (t("care.not-now")) }
                    }
                },
            }
            @for night in nights {
                article.card {
                    header {
                        h3 { (tf("care.night", &[("n", &night.entry.to_string())])) " · " (parts::moment_of(night.time)) }
                        @if night.undone { span.state.bad { (t("care.undone")) } }
                    }
                    (deeds(&night.deeds))
                    @if !night.undone {
                        form method="post" action="/brain/care" {
                            (whose(agent, me))
                            input type="hidden" name="name" value=(night.entry);
                            button type="submit" name="act" value="undo" { (t("care.undo")) }
                        }
                    }
                }
            }
        }
    }
}

fn deeds(deeds: &[Deed]) -> Markup {
    html! {
        ul.deeds { @for deed in deeds.iter().take(SHOWN) {
            li {
                strong { @match deed.kind.as_str() {
                    "merge" => (t("care.merge")),
                    "insight" => (t("care.insight")),
                    "fade" => (t("care.fade")),
                    "summary" => (t("care.summary")),
                    other => (excerpt(other, 40)),
                } }
                " · " (count(deed.memories.len() as u64, "agents.one-memory", "agents.many-memories"))
                p dir="auto" { (excerpt(&deed.words, 240)) }
            }
        } }
        @if deeds.len() > SHOWN { p.note { (t("care.more")) } }
    }
}
