//! The ledger: what happened, whether the chain holds, and turns run again.

use super::{Answer, App};
use crate::desk::{LedgerLine, LedgerQuery, Problem, ReplayReport, ReplayRequest, VerifyReport};
use crate::http::answer::{Asked, Problems, Sent};
use crate::http::page::{self, MOST, Page};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// How many lines a page has where nothing is said.
const USUAL: u32 = 50;

pub(super) fn all() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(ledger)).routes(routes!(verify)).routes(routes!(replay))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct After {
    /// The `next` of the page before; it stands for `from`.
    cursor: Option<String>,
}

/// Read the ledger, oldest first.
#[utoipa::path(get, path = "/api/v1/ledger", tag = "ledger", params(LedgerQuery, After), responses((status = 200, body = Page<LedgerLine>), Problems))]
async fn ledger(
    State(app): State<Arc<App>>,
    Asked(mut query): Asked<LedgerQuery>,
    Asked(After { cursor }): Asked<After>,
) -> Answer<Page<LedgerLine>> {
    let limit = query.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::invalid(format!("`limit` is {limit}, and may be 1 to {MOST}"))
            .hint("read page by page with `from`, or with `cursor`")
            .into());
    }
    let list = format!("ledger {:?}", query.turn);
    if let Some(cursor) = cursor {
        // Only this service makes one, and of a number.
        let held: [u8; 8] = page::opened(&app, &list, &cursor)?.try_into().unwrap_or_default();
        query.from = Some(u64::from_le_bytes(held));
    }
    query.limit = Some(limit);
    // With neither they are the newest, and nothing comes after.
    let goes_on = query.from.is_some() || query.turn.is_some();
    let items = app.desk.ledger(query).await?;
    let last = items.last().filter(|_| goes_on && items.len() >= limit as usize);
    let next = last.map(|line| page::sealed(&app, &list, &line.seq.saturating_add(1).to_le_bytes()));
    Ok(Json(Page { items, next }))
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
