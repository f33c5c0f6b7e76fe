//! Who may do what.

use super::{Answer, App};
use crate::desk::{GrantInfo, GrantRequest, RevokeRequest};
use crate::http::answer::{Asked, Problems, Sent};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn all() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(grants, grant)).routes(routes!(revoke))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Grantee {
    /// Only what was granted to this one: an agent's name, or a package.
    grantee: Option<String>,
}

/// The grants, of one grantee or of all.
#[utoipa::path(get, path = "/api/v1/grants", tag = "grants", params(Grantee), responses((status = 200, body = Vec<GrantInfo>), Problems))]
async fn grants(State(app): State<Arc<App>>, Asked(query): Asked<Grantee>) -> Answer<Vec<GrantInfo>> {
    Ok(Json(app.desk.grants(query.grantee.as_deref()).await?))
}

/// Grant a capability; answers with the grant and, in plain view, what it delegates.
#[utoipa::path(post, path = "/api/v1/grants", tag = "grants", request_body = GrantRequest, responses((status = 200, body = GrantInfo), Problems))]
async fn grant(State(app): State<Arc<App>>, Sent(request): Sent<GrantRequest>) -> Answer<GrantInfo> {
    Ok(Json(app.desk.grant(request).await?))
}

/// Take grants back; answers with those that were taken back. None is no error.
#[utoipa::path(post, path = "/api/v1/grants/revoke", tag = "grants", request_body = RevokeRequest, responses((status = 200, body = Vec<GrantInfo>), Problems))]
async fn revoke(State(app): State<Arc<App>>, Sent(request): Sent<RevokeRequest>) -> Answer<Vec<GrantInfo>> {
    Ok(Json(app.desk.revoke(request).await?))
}
