//! Keys whose signatures count.

use super::{Answer, App};
use crate::desk::{KeyInfo, KeyName, KeyRequest};
use crate::http::answer::{Asked, Problems, Sent};
use crate::http::page::{self, Page, Which};
use axum::Json;
use axum::extract::State;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn all() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(keys, key_trust)).routes(routes!(key_revoke)).routes(routes!(key_remove))
}

/// The keys whose signatures count, and those that were revoked.
#[utoipa::path(get, path = "/api/v1/keys", tag = "keys", params(Which), responses((status = 200, body = Page<KeyInfo>), Problems))]
async fn keys(State(app): State<Arc<App>>, Asked(which): Asked<Which>) -> Answer<Page<KeyInfo>> {
    let all = app.desk.keys().await?;
    // One that is trusted anew is another.
    Ok(Json(page::of(&app, "keys", &which, all, |key| format!("{} {} {}", key.public, key.name, key.since))?))
}

/// Trust a key from now on; answers with it.
#[utoipa::path(post, path = "/api/v1/keys", tag = "keys", request_body = KeyRequest, responses((status = 200, body = KeyInfo), Problems))]
async fn key_trust(State(app): State<Arc<App>>, Sent(request): Sent<KeyRequest>) -> Answer<KeyInfo> {
    Ok(Json(app.desk.key_trust(request).await?))
}

/// Trust a key no longer, whenever it signed; answers with it.
#[utoipa::path(post, path = "/api/v1/keys/revoke", tag = "keys", request_body = KeyName, responses((status = 200, body = KeyInfo), Problems))]
async fn key_revoke(State(app): State<Arc<App>>, Sent(request): Sent<KeyName>) -> Answer<KeyInfo> {
    Ok(Json(app.desk.key_revoke(request).await?))
}

/// Forget a key; answers with what it was.
#[utoipa::path(post, path = "/api/v1/keys/remove", tag = "keys", request_body = KeyName, responses((status = 200, body = KeyInfo), Problems))]
async fn key_remove(State(app): State<Arc<App>>, Sent(request): Sent<KeyName>) -> Answer<KeyInfo> {
    Ok(Json(app.desk.key_remove(request).await?))
}
