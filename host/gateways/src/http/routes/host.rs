//! The host itself: whether it is well, and its home as one file.

use super::{Answer, App, NONCE, PROOF};
use crate::desk::{BackupReport, BackupRequest, Check, Health};
use crate::http::answer::{Problems, Sent};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn all() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(health)).routes(routes!(doctor)).routes(routes!(backup))
}

/// Whether the host is well, and which one it is.
#[utoipa::path(get, path = "/api/v1/health", tag = "host", security(()), responses((status = 200, body = Health), Problems))]
async fn health(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let mut response = Json(app.desk.health().await).into_response();
    let nonce = headers.get(NONCE).and_then(|value| value.to_str().ok()).filter(|nonce| nonce.len() <= 128);
    if let Some(proof) = nonce.and_then(|nonce| HeaderValue::from_str(&app.gate.proof(nonce)).ok()) {
        response.headers_mut().insert(PROOF, proof);
    }
    response
}

/// Look the whole host over.
#[utoipa::path(get, path = "/api/v1/doctor", tag = "host", responses((status = 200, body = Vec<Check>), Problems))]
async fn doctor(State(app): State<Arc<App>>) -> Answer<Vec<Check>> {
    Ok(Json(app.desk.doctor().await?))
}

/// Put the whole home, as it is at one moment, into one file of this machine; it goes on meanwhile.
#[utoipa::path(post, path = "/api/v1/backup", tag = "host", request_body = BackupRequest, responses((status = 200, body = BackupReport), Problems))]
async fn backup(State(app): State<Arc<App>>, Sent(request): Sent<BackupRequest>) -> Answer<BackupReport> {
    Ok(Json(app.desk.backup(request).await?))
}
