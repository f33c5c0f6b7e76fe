//! Models: which there are, and how they are brought in.

use super::{Answer, App};
use crate::desk::{
    FoundServer, ModelAddRequest, ModelChange, ModelList, ModelUseRequest, ProbeRequest, SpendQuery, SpendReport,
};
use crate::http::answer::{Asked, Problems, Sent};
use axum::Json;
use axum::extract::State;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn all() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(models, model_add))
        .routes(routes!(models_spend))
        .routes(routes!(models_probe))
        .routes(routes!(model_use))
}

/// The models, how they are, and what was used of them today.
#[utoipa::path(get, path = "/api/v1/models", tag = "models", responses((status = 200, body = ModelList), Problems))]
async fn models(State(app): State<Arc<App>>) -> Answer<ModelList> {
    Ok(Json(app.desk.models().await?))
}

/// What models took, day by day: of all agents, or of one.
#[utoipa::path(get, path = "/api/v1/models/spend", tag = "models", params(SpendQuery), responses((status = 200, body = SpendReport), Problems))]
async fn models_spend(State(app): State<Arc<App>>, Asked(query): Asked<SpendQuery>) -> Answer<SpendReport> {
    Ok(Json(app.desk.models_spend(query).await?))
}

/// Look for model servers on this machine. Nowhere else, and only when asked.
#[utoipa::path(post, path = "/api/v1/models/probe", tag = "models", request_body = ProbeRequest, responses((status = 200, body = Vec<FoundServer>), Problems))]
async fn models_probe(State(app): State<Arc<App>>, Sent(request): Sent<ProbeRequest>) -> Answer<Vec<FoundServer>> {
    Ok(Json(app.desk.models_probe(request).await?))
}

/// Write a model into `loket.toml`; the owner's remarks there stay.
#[utoipa::path(post, path = "/api/v1/models", tag = "models", request_body = ModelAddRequest, responses((status = 200, body = ModelChange), Problems))]
async fn model_add(State(app): State<Arc<App>>, Sent(request): Sent<ModelAddRequest>) -> Answer<ModelChange> {
    Ok(Json(app.desk.model_add(request).await?))
}

/// Let an agent think with a model.
#[utoipa::path(post, path = "/api/v1/models/use", tag = "models", request_body = ModelUseRequest, responses((status = 200, body = ModelChange), Problems))]
async fn model_use(State(app): State<Arc<App>>, Sent(request): Sent<ModelUseRequest>) -> Answer<ModelChange> {
    Ok(Json(app.desk.model_use(request).await?))
}
