//! The ledger: what happened, whether the chain holds, and turns run again.

use super::{Answer, App};
use crate::desk::{LedgerLine, LedgerQuery, Problem, ReplayReport, ReplayRequest, VerifyReport};
use crate::http::answer::{Asked, Problems, Sent};
use axum::Json;
use axum::extract::State;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn all() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(ledger)).routes(routes!(verify)).routes(routes!(replay))
}

/// Read the ledger, oldest first.
#[utoipa::path(get, path = "/api/v1/ledger", tag = "ledger", params(LedgerQuery), responses((status = 200, body = Vec<LedgerLine>), Problems))]
async fn ledger(State(app): State<Arc<App>>, Asked(query): Asked<LedgerQuery>) -> Answer<Vec<LedgerLine>> {
    if let Some(limit) = query.limit.filter(|limit| !(1..=1000).contains(limit)) {
        return Err(Problem::invalid(format!("`limit` is {limit}, and may be 1 to 1000"))
            .hint("read page by page with `from`")
            .into());
    }
    Ok(Json(app.desk.ledger(query).await?))
}

/// Check the ledger's chain from its first line to its last.
#[utoipa::path(get, path = "/api/v1/ledger/verify", tag = "ledger", responses((status = 200, body = VerifyReport), Problems))]
async fn verify(State(app): State<Arc<App>>) -> Answer<VerifyReport> {
    Ok(Json(app.desk.verify().await?))
}

/// Run a recorded turn again, or hold it against the grants without one of them; nothing is called and nothing written.
#[utoipa::path(post, path = "/api/v1/replay", tag = "ledger", request_body = ReplayRequest, responses((status = 200, body = ReplayReport), Problems))]
async fn replay(State(app): State<Arc<App>>, Sent(request): Sent<ReplayRequest>) -> Answer<ReplayReport> {
    Ok(Json(app.desk.replay(request).await?))
}
