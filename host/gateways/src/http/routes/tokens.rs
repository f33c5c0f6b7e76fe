//! Tokens by which other programs come in.

use super::{Answer, App};
use crate::desk::{TokenInfo, TokenMade, TokenName, TokenRequest};
use crate::http::answer::{Asked, Problems, Sent};
use crate::http::page::{self, Page, Which};
use axum::Json;
use axum::extract::State;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn all() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(tokens, token_create)).routes(routes!(token_revoke))
}

/// The tokens by which clients come in, with what each is granted.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "tokens", params(Which), responses((status = 200, body = Page<TokenInfo>), Problems))]
async fn tokens(State(app): State<Arc<App>>, Asked(which): Asked<Which>) -> Answer<Page<TokenInfo>> {
    let all = app.desk.tokens().await?;
    // One that is made anew under the same name is another.
    Ok(Json(page::of(&app, "tokens", &which, all, |token| format!("{} {}", token.name, token.since))?))
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
