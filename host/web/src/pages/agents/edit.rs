//! What an agent is changed to, and a new one.

use super::schedules;
use crate::app::App;
use crate::entry::{Me, query, see};
use crate::fault::Fault;
use crate::form::Form;
use crate::frame::{Here, Page};
use crate::parts;
use crate::plain::{excerpt, plain};
use crate::texts::t;
use axum::Extension;
use axum::extract::State;
use axum::response::{Html, Response};
use loket_gateways::desk::{AgentChange, AgentDetail, AgentLimitsInfo, AgentMake, ModelInfo, PackageInfo, Problem};
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

/// What is typed.
#[derive(Debug, Deserialize)]
pub(crate) struct Typed {
    name: String,
    /// Of one that is there: manifest and persona as they were when the form was made.
    #[serde(default)]
    digest: String,
    /// Of a new one: what it runs.
    #[serde(default)]
    package: String,
    #[serde(default)]
    persona: String,
    model: String,
    #[serde(default)]
    rounds: String,
    #[serde(default)]
    seconds: String,
    #[serde(default)]
    memory_mib: String,
    #[serde(default)]
    calls: String,
    #[serde(default)]
    tokens_a_day: String,
    /// The rows of schedules, which have numbers in their names.
    #[serde(flatten)]
    rest: HashMap<String, String>,
}

/// `GET /agents/new`
pub(crate) async fn blank(State(app): State<Arc<App>>, Extension(me): Extension<Me>) -> Result<Html<String>, Fault> {
    let packages = app.clean(app.desk.packages().await?);
    let models = app.desk.models().await.map(|list| app.clean(list.models)).unwrap_or_default();
    let body = html! {
        p { a href="/agents" { (t("agent.back")) } }
        (parts::head(t("agents.new"), Some(t("agent.new-what"))))
        (new(&packages, &models, &me))
    };
    Ok(Page { title: t("agents.new"), here: Here::Agents, body }.framed(&app, &me).await)
}

/// `POST /agents/new`
pub(crate) async fn make(State(app): State<Arc<App>>, Form(typed, _): Form<Typed>) -> Result<Response, Fault> {
    let limits = limits(&typed)?;
    let schedules = schedules::typed(&typed.rest).unwrap_or_default();
    let Typed { name, package, model, persona, .. } = typed;
    let make = AgentMake { name, package, model, persona: lines(&persona), limits, schedules };
    Ok(done(&app.desk.agent_make(make).await?))
}

/// `POST /agents/agent`
pub(crate) async fn change(State(app): State<Arc<App>>, Form(typed, _): Form<Typed>) -> Result<Response, Fault> {
    let limits = limits(&typed)?;
    let schedules = schedules::typed(&typed.rest);
    let Typed { name, digest, model, persona, .. } = typed;
    let change = AgentChange { name, digest, persona: lines(&persona), model, limits, schedules };
    Ok(done(&app.desk.agent_change(change).await?))
}

fn done(agent: &AgentDetail) -> Response {
    see(&format!("/agents/agent?{}", query(&[("name", &agent.info.name), ("done", "1")])))
}

/// Forms send their line ends in two characters.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn limits(typed: &Typed) -> Result<AgentLimitsInfo, Problem> {
    Ok(AgentLimitsInfo {
        rounds: number(&typed.rounds)?,
        seconds: number(&typed.seconds)?,
        memory_mib: number(&typed.memory_mib)?,
        calls: number(&typed.calls)?,
        tokens_a_day: number(&typed.tokens_a_day)?,
    })
}

fn number<T: FromStr>(text: &str) -> Result<Option<T>, Problem> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| {
            let message = format!("`{}` is no number that a limit can be", excerpt(text, 40));
            Problem::invalid(message).hint("write a number, or nothing where the host's limit is enough")
        }),
    }
}

/// The form of one that is there.
pub(super) fn form(agent: &AgentDetail, models: &[ModelInfo], me: &Me) -> Markup {
    html! {
        form.stack method="post" action="/agents/agent" {
            (parts::token(me))
            input type="hidden" name="name" value=(agent.info.name);
            input type="hidden" name="digest" value=(agent.digest);
            (fields(&agent.persona, &agent.model, &agent.limits, models))
            (schedules::rows(&agent.schedules))
            button.primary type="submit" { (t("agent.save")) }
        }
    }
}

fn new(packages: &[PackageInfo], models: &[ModelInfo], me: &Me) -> Markup {
    let mut agents: Vec<&str> = packages.iter().filter(|p| p.role == "agent").map(|p| p.name.as_str()).collect();
    agents.dedup();
    html! {
        form.stack method="post" action="/agents/new" {
            (parts::token(me))
            label { span { (t("agents.name")) }
                input type="text" name="name" required maxlength="64" autocomplete="off" spellcheck="false" placeholder="garden-scout"; }
            label { span { (t("agents.package")) }
                select name="package" required { @for agent in agents { option value=(agent) { (plain(agent)) } } } }
            (fields("", "loket:offline", &AgentLimitsInfo::default(), models))
            (schedules::rows(&[]))
            button.primary type="submit" { (t("agent.make")) }
        }
    }
}

fn fields(persona: &str, model: &str, limits: &AgentLimitsInfo, models: &[ModelInfo]) -> Markup {
    let own = |limit: Option<u32>| limit.map(|n| n.to_string()).unwrap_or_default();
    let numbers = [
        ("rounds", t("agent.rounds"), own(limits.rounds), "100"),
        ("seconds", t("agent.seconds"), own(limits.seconds), "3600"),
        ("calls", t("agent.calls-limit"), own(limits.calls), "100000"),
        ("memory_mib", t("agent.memory-limit"), own(limits.memory_mib), "4096"),
        ("tokens_a_day", t("agent.tokens-limit"), limits.tokens_a_day.map(|n| n.to_string()).unwrap_or_default(), ""),
    ];
    let is_known = models.iter().any(|known| known.name == model);
    html! {
        label { span { (t("agent.persona")) } textarea name="persona" rows="8" maxlength="65536" dir="auto" { (persona) } }
        label { span { (t("agents.model")) }
            select name="model" {
                @if !is_known { option value=(model) selected { (plain(model)) } }
                @for known in models { option value=(known.name) selected[known.name == model] { (plain(&known.name)) } }
            }
        }
        fieldset {
            legend { (t("agent.limits")) }
            p.note { (t("agent.limits-what")) }
            div.fields {
                @for (name, words, value, most) in &numbers {
                    label { span { (words) } input type="number" name=(name) min="1" max=[Some(most).filter(|m| !m.is_empty())] value=(value); }
                }
            }
        }
    }
}
