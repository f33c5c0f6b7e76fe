//! Secrets: their names, and values on the way in.

use super::{Answer, App};
use crate::desk::{SecretInfo, SecretName, SecretRequest, Secrets};
use crate::http::answer::{Problems, Sent};
use axum::Json;
use axum::extract::State;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn all() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(secrets, secret_set)).routes(routes!(secret_remove))
}

/// The secrets, as far as they may be told: never their values.
#[utoipa::path(get, path = "/api/v1/secrets", tag = "secrets", responses((status = 200, body = Secrets), Problems))]
async fn secrets(State(app): State<Arc<App>>) -> Answer<Secrets> {
    Ok(Json(app.desk.secrets().await?))
}

/// Keep a secret; answers with that one alone.
#[utoipa::path(post, path = "/api/v1/secrets", tag = "secrets", request_body = SecretRequest, responses((status = 200, body = Secrets), Problems))]
async fn secret_set(State(app): State<Arc<App>>, Sent(request): Sent<SecretRequest>) -> Answer<Secrets> {
    Ok(Json(app.desk.secret_set(request).await?))
}

/// Take a secret away; answers with what it was. None is no error.
#[utoipa::path(post, path = "/api/v1/secrets/remove", tag = "secrets", request_body = SecretName, responses((status = 200, body = Option<SecretInfo>), Problems))]
async fn secret_remove(State(app): State<Arc<App>>, Sent(request): Sent<SecretName>) -> Answer<Option<SecretInfo>> {
    Ok(Json(app.desk.secret_remove(request).await?))
}
