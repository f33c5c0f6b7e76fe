//! Tokens by which other programs come in.

use super::{Answer, App};
use crate::desk::{TokenInfo, TokenMade, TokenName, TokenRequest};
use crate::http::answer::{Problems, Sent};
use axum::Json;
use axum::extract::State;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn all() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(tokens, token_create)).routes(routes!(token_revoke))
}

/// The tokens by which clients come in, with what each is granted.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "tokens", responses((status = 200, body = Vec<TokenInfo>), Problems))]
async fn tokens(State(app): State<Arc<App>>) -> Answer<Vec<TokenInfo>> {
    Ok(Json(app.desk.tokens().await?))
}

/// Make a token, and grant its holder what is named, in one act; answers with the token itself, which is never told again.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "tokens", request_body = TokenRequest, responses((status = 200, body = TokenMade), Problems))]
async fn token_create(State(app): State<Arc<App>>, Sent(request): Sent<TokenRequest>) -> Answer<TokenMade> {
    Ok(Json(app.desk.token_create(request).await?))
}

/// Take a token back together with what its holder was granted; answers with what it was.
#[utoipa::path(post, path = "/api/v1/tokens/revoke", tag = "tokens", request_body = TokenName, responses((status = 200, body = TokenInfo), Problems))]
async fn token_revoke(State(app): State<Arc<App>>, Sent(request): Sent<TokenName>) -> Answer<TokenInfo> {
    Ok(Json(app.desk.token_revoke(request).await?))
}
