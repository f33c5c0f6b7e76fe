//! What the assistant thinks with: the built-in answers, or a model whose server runs on this machine.

use super::{ASSISTANT, steps};
use crate::app::App;
use crate::entry::{Me, see};
use crate::fault::Fault;
use crate::form::{Form, Query};
use crate::frame::{Here, Page};
use crate::parts;
use crate::plain::plain;
use crate::texts::{t, tf};
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use loket_gateways::desk::{FoundServer, ModelAddRequest, ModelInfo, ModelUseRequest, ProbeRequest, Problem};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// The most models of a server that are shown.
const SHOWN: usize = 20;

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    /// Whether to look for servers.
    look: Option<String>,
}

/// What was chosen: nothing, or a model of a server.
#[derive(Debug, Deserialize)]
pub(crate) struct Chosen {
    #[serde(default)]
    server: String,
    #[serde(default)]
    model: String,
}

/// `GET /welcome/model`: looks for servers only where somebody wants it.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(me): Extension<Me>,
    Query(Asked { look }): Query<Asked>,
) -> Response {
    let found = match look {
        Some(_) => Some(app.desk.models_probe(ProbeRequest::default()).await),
        None => None,
    };
    let body = html! {
        (steps(1))
        (parts::head(t("welcome.model"), Some(t("welcome.model-what"))))
        div.choices {
            section.card {
                h2 { (t("welcome.offline")) }
                p { (t("welcome.offline-what")) }
                form method="post" action="/welcome/model" {
                    input type="hidden" name="token" value=(me.csrf);
                    button.primary[found.is_none()] type="submit" { (t("welcome.offline-take")) }
                }
            }
            section.card {
                h2 { (t("welcome.local")) }
                @match &found {
                    None => {
                        p { (t("welcome.local-what")) }
                        a.button href="/welcome/model?look=1" { (t("welcome.look")) }
                    }
                    Some(Err(problem)) => (parts::problem(problem)),
                    Some(Ok(servers)) if servers.is_empty() => {
                        p { (t("welcome.none")) }
                        a.button href="/welcome/model?look=1" { (t("welcome.look-again")) }
                    }
                    Some(Ok(servers)) => { @for server in servers { (offer(&me, &app.clean(server.clone()))) } }
                }
            }
        }
        p.note { (parts::code_in(t("welcome.later"))) }
    };
    Page { title: t("welcome.model"), here: Here::Nowhere, body }.alone(&app).into_response()
}

fn offer(me: &Me, server: &FoundServer) -> Markup {
    html! {
        form.stack method="post" action="/welcome/model" {
            input type="hidden" name="token" value=(me.csrf);
            input type="hidden" name="server" value=(server.url);
            fieldset {
                legend { (plain(&server.kind)) " · " code { (plain(&server.url)) } }
                @for (at, model) in server.models.iter().take(SHOWN).enumerate() {
                    label.pick { input type="radio" name="model" value=(model) checked[at == 0]; (plain(model)) }
                }
            }
            p.note { (tf("welcome.means", &[("url", &plain(&server.url)), ("adapter", &plain(&server.adapter))])) }
            button.primary type="submit" disabled[server.models.is_empty()] { (t("welcome.take")) }
        }
    }
}

/// `POST /welcome/model`
pub(crate) async fn choose(State(app): State<Arc<App>>, Form(chosen, _): Form<Chosen>) -> Result<Response, Fault> {
    if !chosen.server.is_empty() {
        take(&app, chosen).await?;
    }
    Ok(see("/welcome/hello"))
}

/// A name that no model has yet.
fn free(models: &[ModelInfo]) -> String {
    let names = ["local".to_owned()].into_iter().chain((2..).map(|number| format!("local-{number}")));
    let is_taken = |name: &String| models.iter().any(|model| model.name == *name);
    names.into_iter().find(|name| !is_taken(name)).unwrap_or_default()
}

async fn take(app: &App, chosen: Chosen) -> Result<(), Problem> {
    // Only what is there: the form says which, not what.
    let servers = app.desk.models_probe(ProbeRequest::default()).await?;
    let server = servers.into_iter().find(|server| server.url == chosen.server);
    let Some(server) = server.filter(|server| server.models.contains(&chosen.model)) else {
        return Err(Problem::not_found("this model's server is not there any more").hint("look for servers again"));
    };
    let models = app.desk.models().await?.models;
    let is_there = |model: &&ModelInfo| {
        let is_its = model.url.as_ref() == Some(&server.url) || Some(&model.name) == server.known.as_ref();
        is_its && model.model.as_ref() == Some(&chosen.model)
    };
    let name = match models.iter().find(is_there) {
        Some(model) => model.name.clone(),
        None => {
            let name = free(&models);
            let (adapter, model) = (Some(server.adapter), Some(chosen.model));
            let add = ModelAddRequest { name: name.clone(), adapter, url: server.url, model, key: None, grant: true };
            app.desk.model_add(add).await?;
            name
        }
    };
    app.desk.model_use(ModelUseRequest { name, agent: Some(ASSISTANT.to_owned()), grant: true }).await.map(drop)
}
