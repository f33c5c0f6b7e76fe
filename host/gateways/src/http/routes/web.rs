//! The way into the control room, for whoever has the owner's token.

use super::{Answer, App};
use crate::desk::{Invitation, Problem};
use crate::http::answer::Problems;
use axum::Json;
use axum::extract::State;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn all() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(web_link))
}

/// Make a link by which a browser comes into the control room once.
#[utoipa::path(post, path = "/api/v1/web/link", tag = "web", responses((status = 200, body = Invitation), Problems))]
async fn web_link(State(app): State<Arc<App>>) -> Answer<Invitation> {
    let invited = app.desk.clone().entrance().map(|entrance| entrance.invite());
    Ok(Json(invited.unwrap_or_else(|| Err(Problem::unavailable("this host has no control room")))?))
}
