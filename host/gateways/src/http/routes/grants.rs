//! Who may do what.

use super::{Answer, App};
use crate::desk::{GrantInfo, GrantRequest, RevokeRequest};
use crate::http::answer::{Asked, Problems, Sent};
use crate::http::page::{self, Page, Which};
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
#[utoipa::path(get, path = "/api/v1/grants", tag = "grants", params(Grantee, Which), responses((status = 200, body = Page<GrantInfo>), Problems))]
async fn grants(
    State(app): State<Arc<App>>,
    Asked(query): Asked<Grantee>,
    Asked(which): Asked<Which>,
) -> Answer<Page<GrantInfo>> {
    let all = app.desk.grants(query.grantee.as_deref()).await?;
    Ok(Json(page::of(&app, &format!("grants {:?}", query.grantee), &which, all, told_apart)?))
}

/// All of a grant that does not change while it holds.
fn told_apart(grant: &GrantInfo) -> String {
    let GrantInfo { grantee, capability, provider, verdict, functions, since, .. } = grant;
    format!("{grantee} {capability} {provider} {verdict} {functions:?} {since}")
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
