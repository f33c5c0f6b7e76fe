//! Models: what agents think with, whether it can be reached, and what was used today of what may be.
//!
//! Files: this one the page, [`spend`] what was used day by day.

mod spend;

use crate::app::App;
use crate::entry::{Me, query, see};
use crate::fault::Fault;
use crate::form::{Form, Query};
use crate::frame::{Here, Page};
use crate::parts;
use crate::plain::{excerpt, plain};
use crate::plot;
use crate::texts::{t, tf};
use axum::Extension;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use loket_gateways::desk::{
    AgentInfo, BudgetInfo, FoundServer, ModelInfo, ModelUseRequest, ProbeRequest, Problem, SpendQuery, SpentToday,
    UseInfo,
};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// How much of what a server has is shown.
const HAS: usize = 20;

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    /// Whether to look for servers on this machine.
    look: Option<String>,
    done: Option<String>,
    /// Whose days are shown; those of all when it is empty.
    agent: Option<String>,
}

/// An agent is to think with a model.
#[derive(Debug, Deserialize)]
pub(crate) struct Use {
    model: String,
    agent: String,
    /// And is granted what it needs for that.
    grant: Option<String>,
}

/// `GET /models`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(me): Extension<Me>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Fault> {
    let body = body(&app, &asked, &me).await?;
    Ok(Page { title: t("models.title"), here: Here::Models, body }.framed(&app, &me).await)
}

/// `POST /models`
pub(crate) async fn choose(
    State(app): State<Arc<App>>,
    Form(Use { model, agent, grant }, me): Form<Use>,
) -> Result<Response, Fault> {
    let request = ModelUseRequest { name: model, agent: Some(agent.clone()), grant: grant.is_some() };
    let change = app.clean(app.desk.model_use(request).await?);
    if change.todo.is_empty() {
        return Ok(see(&format!("/models?{}", query(&[("done", &agent)]))));
    }
    let body = html! {
        (parts::head(t("models.title"), None))
        (parts::done(&tf("models.done", &[("agent", &plain(&agent))])))
        p { (t("servers.todo")) }
        ul { @for line in &change.todo { li { code { (plain(line)) } } } }
        p { a.button href="/models" { (t("models.back")) } }
    };
    Ok(Page { title: t("models.title"), here: Here::Models, body }.framed(&app, &me).await.into_response())
}

async fn body(app: &App, asked: &Asked, me: &Me) -> Result<Markup, Problem> {
    let list = app.clean(app.desk.models().await?);
    let agents = app.clean(app.desk.agents().await?);
    let agent = asked.agent.clone().filter(|agent| !agent.is_empty());
    let days = app.desk.models_spend(SpendQuery { days: None, agent: agent.clone() }).await.map(|days| app.clean(days));
    let found = match asked.look {
        Some(_) => Some(app.desk.models_probe(ProbeRequest::default()).await.map(|found| app.clean(found))),
        None => None,
    };
    Ok(html! {
        (parts::head(t("models.title"), Some(t("models.what"))))
        @if let Some(agent) = &asked.done { (parts::done(&tf("models.done", &[("agent", &excerpt(agent, 64))]))) }
        (spent(&list.today))
        (spend::section(&days, agent.as_deref()))
        section.list {
            h2 { (t("models.all")) }
            div.cards { @for model in &list.models { (card(model, &list.today.currency)) } }
        }
        @if !list.models.is_empty() && !agents.is_empty() { (choice(&list.models, &agents, me)) }
        section.list {
            h2 { (t("models.found")) }
            @match &found {
                None => { p.note { (t("welcome.local-what")) } a.button href="/models?look=1" { (t("welcome.look")) } }
                Some(Err(problem)) => (parts::problem(problem)),
                Some(Ok(found)) if found.is_empty() => { p { (t("models.nothing-found")) } a.button href="/models?look=1" { (t("welcome.look-again")) } }
                Some(Ok(found)) => { ul.rows { @for server in found { (server_row(server)) } } }
            }
        }
    })
}

fn server_row(server: &FoundServer) -> Markup {
    html! {
        li {
            div {
                strong { (plain(&server.kind)) } " " code { (plain(&server.url)) }
                p.note { (excerpt(&server.models.join(", "), 300)) }
            }
            @match &server.known {
                Some(known) => span.state.good { (tf("models.known", &[("name", &plain(known))])) },
                None => code { (format!("loket models add NAME --url {}", plain(&server.url))) },
            }
        }
    }
}

fn card(model: &ModelInfo, currency: &str) -> Markup {
    html! {
        article.card {
            header { h3 { (plain(&model.name)) } (parts::state(&model.state)) }
            @if let Some(detail) = &model.detail { p { (parts::code_in(detail)) } }
            @if let Some(hint) = &model.hint { p.note { (t("parts.next")) " " (parts::code_in(hint)) } }
            dl.facts {
                dt { (t("models.adapter")) } dd { code { (plain(&model.adapter)) } }
                @if let Some(url) = &model.url { dt { (t("servers.place")) } dd { code.long { (plain(url)) } } }
                @if let Some(name) = &model.model { dt { (t("models.there")) } dd { code { (plain(name)) } } }
                @if !model.agents.is_empty() { dt { (t("nav.agents")) } dd { (plain(&model.agents.join(", "))) } }
                @if let Some(price) = &model.price {
                    dt { (t("models.price")) } dd { (plain(&price.input)) " / " (plain(&price.output)) " " (plain(currency)) }
                }
                dt { (t("models.today")) } dd { (used(&model.today, currency)) }
                @if let Some(rests) = model.rests { dt { (t("models.rests")) } dd { (rests) " s" } }
            }
            @if !model.has.is_empty() {
                details { summary { (t("models.has")) } p.note { (excerpt(&model.has.iter().take(HAS).cloned().collect::<Vec<_>>().join(", "), 1000)) } }
            }
        }
    }
}

/// What was used, in words.
fn used(used: &UseInfo, currency: &str) -> String {
    let tokens = used.input.saturating_add(used.output).to_string();
    tf(
        "models.used",
        &[
            ("tokens", &tokens),
            ("calls", &used.calls.to_string()),
            ("cost", &excerpt(&used.cost, 30)),
            ("currency", &excerpt(currency, 10)),
        ],
    )
}

/// What was used today of what may be, by all and by each agent.
fn spent(today: &SpentToday) -> Markup {
    let all = (t("models.together").to_owned(), &today.used, &today.budget);
    let each = today.agents.iter().map(|agent| (plain(&agent.agent), &agent.used, &agent.budget));
    let rows: Vec<_> = [all].into_iter().chain(each).collect();
    let most = rows.iter().map(|(_, used, _)| used.input.saturating_add(used.output)).max().unwrap_or_default();
    html! {
        section.card {
            header { h2 { (t("models.spend")) } span.note { (t("models.renews")) " " (parts::moment(&today.renews)) } }
            div.scroll tabindex="0" role="group" aria-label=(t("models.spend")) {
                table.meters {
                    thead { tr {
                        th scope="col" { (t("brain.agent")) }
                        th scope="col" { (t("agent.tokens")) }
                        th scope="col" { (t("models.money")) }
                    } }
                    tbody { @for (name, used, budget) in &rows { (row(name, used, budget, most, &today.currency)) } }
                }
            }
            @if !today.unpriced.is_empty() { p.note { (tf("models.unpriced", &[("models", &excerpt(&today.unpriced.join(", "), 300))])) } }
        }
    }
}

fn row(name: &str, used: &UseInfo, budget: &BudgetInfo, most: u64, currency: &str) -> Markup {
    let tokens = used.input.saturating_add(used.output);
    let of = |of: &str| tf("models.of", &[("most", of)]);
    let allowed = budget.tokens.map_or_else(|| t("models.no-limit").to_owned(), |most| of(&most.to_string()));
    let money = budget.money.as_ref().map_or_else(|| t("models.no-limit").to_owned(), |most| of(most));
    let (cost, may) = (used.cost.parse().unwrap_or(0.0), budget.money.as_ref().and_then(|money| money.parse().ok()));
    html! {
        tr {
            th scope="row" { (name) }
            td {
                (tokens) " " span.note { (allowed) }
                @match budget.tokens {
                    Some(may) => (plot::meter(&format!("{tokens} {allowed}"), tokens as f64, may as f64)),
                    None => (plot::share(&format!("{tokens} {allowed}"), tokens as f64, most as f64)),
                }
            }
            td {
                (plain(&used.cost)) " " (plain(currency)) " " span.note { (money) }
                @if let Some(may) = may { (plot::meter(&format!("{} {money}", plain(&used.cost)), cost, may)) }
            }
        }
    }
}

fn choice(models: &[ModelInfo], agents: &[AgentInfo], me: &Me) -> Markup {
    html! {
        section.list {
            h2 { (t("models.use")) }
            form.stack.narrow method="post" action="/models" {
                (parts::token(me))
                label { span { (t("brain.agent")) } select name="agent" { @for agent in agents { option value=(agent.name) { (plain(&agent.name)) } } } }
                label { span { (t("agents.model")) } select name="model" { @for model in models { option value=(model.name) { (plain(&model.name)) } } } }
                label.pick { input type="checkbox" name="grant" value="yes"; (t("models.grant")) }
                button type="submit" { (t("models.use-do")) }
            }
        }
    }
}
