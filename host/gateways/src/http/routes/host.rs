//! The host itself: whether it is well, and its home as one file.

use super::{Answer, App, NONCE, PROOF};
use crate::desk::{self, BackupReport, BackupRequest, Check, Problem, RestoreReport, RestoreRequest};
use crate::http::answer::{Problems, Refusal, Sent};
use crate::http::gate::Peer;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The OpenMetrics text format.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Whether turns are begun.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct Ready {
    /// Always true: a host that is not ready says so with an error.
    ready: bool,
}

/// Whether the host is well. On its own machine it also says which one it is.
#[derive(Default, Debug, Serialize, ToSchema)]
struct Health {
    /// Always `ok` when there is an answer.
    status: String,
    /// The host's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// The home folder that this host serves.
    #[serde(skip_serializing_if = "Option::is_none")]
    home: Option<String>,
    /// How many agents are ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    agents: Option<usize>,
    /// How many packages are admitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    packages: Option<usize>,
    /// Seconds since the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    uptime: Option<u64>,
    /// Why nothing new is let in, while nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    safe_mode: Option<String>,
}

impl Health {
    /// As programs of this machine are told.
    fn whole(of: desk::Health) -> Self {
        let desk::Health { status, version, home, agents, packages, uptime, safe_mode } = of;
        let (version, home, agents) = (Some(version), Some(home), Some(agents));
        Self { status, version, home, agents, packages: Some(packages), uptime: Some(uptime), safe_mode }
    }

    /// As anybody else is told.
    fn short(of: desk::Health) -> Self {
        Self { status: of.status, ..Self::default() }
    }
}

pub(super) fn all() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(health))
        .routes(routes!(ready))
        .routes(routes!(metrics))
        .routes(routes!(doctor))
        .routes(routes!(backup))
        .routes(routes!(restore))
}

/// Whether the host is well, and which one it is. Other machines are told its `status` alone.
#[utoipa::path(get, path = "/api/v1/health", tag = "host", security(()), responses((status = 200, body = Health), Problems))]
async fn health(State(app): State<Arc<App>>, Extension(peer): Extension<Peer>, headers: HeaderMap) -> Response {
    let health = app.desk.health().await;
    if !peer.is_here() {
        return Json(Health::short(health)).into_response();
    }
    let mut response = Json(Health::whole(health)).into_response();
    let nonce = headers.get(NONCE).and_then(|value| value.to_str().ok()).filter(|nonce| nonce.len() <= 128);
    if let Some(proof) = nonce.and_then(|nonce| HeaderValue::from_str(&app.gate.proof(nonce)).ok()) {
        response.headers_mut().insert(PROOF, proof);
    }
    response
}

/// Whether turns are begun here now: so whoever shares work out knows whether to send any. A host that is going down begins none, and
/// goes on answering for those that run.
#[utoipa::path(get, path = "/api/v1/ready", tag = "host", security(()), responses((status = 200, body = Ready), Problems))]
async fn ready(Extension(peer): Extension<Peer>) -> Answer<Ready> {
    if peer.shutdown.is_cancelled() {
        return Err(Problem::unavailable("the host is going down").hint("wait until it serves again").into());
    }
    Ok(Json(Ready { ready: true }))
}

/// What is counted of the host since it began, as Prometheus reads it: turns, calls, tokens, and how long they took. Opened by the owner's token,
/// and by one that was made for this: `loket token create prometheus --metrics`.
#[utoipa::path(get, path = "/metrics", tag = "host", responses((status = 200, body = String, content_type = OPEN_METRICS), Problems))]
async fn metrics(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    Ok(([(CONTENT_TYPE, OPEN_METRICS)], app.desk.metrics().await?).into_response())
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

/// Make a home of a backup of this machine, in an empty folder of this machine. The home that is served stays as it is; the one that is made
/// is started by what `next` says.
#[utoipa::path(post, path = "/api/v1/restore", tag = "host", request_body = RestoreRequest, responses((status = 200, body = RestoreReport), Problems))]
async fn restore(State(app): State<Arc<App>>, Sent(request): Sent<RestoreRequest>) -> Answer<RestoreReport> {
    Ok(Json(app.desk.restore(request).await?))
}
