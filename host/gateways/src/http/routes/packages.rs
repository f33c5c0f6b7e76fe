//! Packages: what there is, what comes in, what is taken back.

use super::{Answer, App};
use crate::desk::{
    Decision, DecisionRequest, GarbageReport, GarbageRequest, PackageInfo, PackageVersion, PublishRequest, Published,
    YankReport,
};
use crate::http::answer::{Asked, Problems, Sent, Uploaded};
use crate::http::page::{self, Page, Which};
use axum::Json;
use axum::extract::State;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn all() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(packages, publish))
        .routes(routes!(yank))
        .routes(routes!(unyank))
        .routes(routes!(garbage))
        .routes(routes!(approve))
        .routes(routes!(reject))
}

/// The bytes of a component.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "what is sent is read as it comes")]
struct Component(Vec<u8>);

/// The packages of the registry, admitted or not.
#[utoipa::path(get, path = "/api/v1/packages", tag = "packages", params(Which), responses((status = 200, body = Page<PackageInfo>), Problems))]
async fn packages(State(app): State<Arc<App>>, Asked(which): Asked<Which>) -> Answer<Page<PackageInfo>> {
    let all = app.desk.packages().await?;
    Ok(Json(page::of(&app, "packages", &which, all, |package| {
        format!("{}@{} {}", package.name, package.version, package.digest)
    })?))
}

/// Put a component into the home's registry as a version of a package; a version that is there with other bytes stays as it is.
#[utoipa::path(post, path = "/api/v1/packages", tag = "packages", params(PublishRequest), request_body(content = Component, content_type = "application/wasm"), responses((status = 200, body = Published), Problems))]
async fn publish(
    State(app): State<Arc<App>>,
    Asked(request): Asked<PublishRequest>,
    Uploaded(component, _held): Uploaded,
) -> Answer<Published> {
    Ok(Json(app.desk.publish(request, component.into()).await?))
}

/// Take a version back: it is chosen for nobody new, and who uses it goes on.
#[utoipa::path(post, path = "/api/v1/packages/yank", tag = "packages", request_body = PackageVersion, responses((status = 200, body = YankReport), Problems))]
async fn yank(State(app): State<Arc<App>>, Sent(request): Sent<PackageVersion>) -> Answer<YankReport> {
    Ok(Json(app.desk.yank(request).await?))
}

/// Take a version into use again.
#[utoipa::path(post, path = "/api/v1/packages/unyank", tag = "packages", request_body = PackageVersion, responses((status = 200, body = YankReport), Problems))]
async fn unyank(State(app): State<Arc<App>>, Sent(request): Sent<PackageVersion>) -> Answer<YankReport> {
    Ok(Json(app.desk.unyank(request).await?))
}

/// Remove the versions that nobody needs, or say which those are.
#[utoipa::path(post, path = "/api/v1/packages/gc", tag = "packages", request_body = GarbageRequest, responses((status = 200, body = GarbageReport), Problems))]
async fn garbage(State(app): State<Arc<App>>, Sent(request): Sent<GarbageRequest>) -> Answer<GarbageReport> {
    Ok(Json(app.desk.garbage(request).await?))
}

/// Let a package run that waits for the owner.
#[utoipa::path(post, path = "/api/v1/packages/approve", tag = "packages", request_body = DecisionRequest, responses((status = 200, body = Decision), Problems))]
async fn approve(State(app): State<Arc<App>>, Sent(request): Sent<DecisionRequest>) -> Answer<Decision> {
    Ok(Json(app.desk.approve(request).await?))
}

/// Take a package away that waits for the owner; what ran before in its place is put back.
#[utoipa::path(post, path = "/api/v1/packages/reject", tag = "packages", request_body = DecisionRequest, responses((status = 200, body = Decision), Problems))]
async fn reject(State(app): State<Arc<App>>, Sent(request): Sent<DecisionRequest>) -> Answer<Decision> {
    Ok(Json(app.desk.reject(request).await?))
}
