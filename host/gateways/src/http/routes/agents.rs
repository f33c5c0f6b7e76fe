//! Agents, and what there is to know of anything that is admitted.

use super::{Answer, App};
use crate::desk::{AgentInfo, Inspection};
use crate::http::answer::{Asked, Problems};
use crate::http::page::{self, Page, Which};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn all() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(agents)).routes(routes!(inspect))
}

/// The agents of this home.
#[utoipa::path(get, path = "/api/v1/agents", tag = "agents", params(Which), responses((status = 200, body = Page<AgentInfo>), Problems))]
async fn agents(State(app): State<Arc<App>>, Asked(which): Asked<Which>) -> Answer<Page<AgentInfo>> {
    let all = app.desk.agents().await?;
    Ok(Json(page::of(&app, "agents", &which, all, |agent| agent.name.clone())?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Subject {
    /// A package, an agent, or the absolute path of a `.wasm` file.
    subject: String,
}

/// Look into a package, an agent or a `.wasm` file (by its absolute path): role, imports, exports, authority.
#[utoipa::path(get, path = "/api/v1/inspect", tag = "agents", params(Subject), responses((status = 200, body = Inspection), Problems))]
async fn inspect(State(app): State<Arc<App>>, Asked(query): Asked<Subject>) -> Answer<Inspection> {
    Ok(Json(app.desk.inspect(&query.subject).await?))
}
