//! The guardian: the seal, and safe mode.

use super::{Answer, App};
use crate::desk::{GuardianStatus, LeaveRequest, SealRequest, SealStatement, StatementRequest};
use crate::http::answer::{Problems, Sent};
use axum::Json;
use axum::extract::State;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn all() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(guardian))
        .routes(routes!(guardian_verify))
        .routes(routes!(guardian_statement))
        .routes(routes!(guardian_seal))
        .routes(routes!(guardian_leave))
}

/// How the guardian finds the home.
#[utoipa::path(get, path = "/api/v1/guardian", tag = "guardian", responses((status = 200, body = GuardianStatus), Problems))]
async fn guardian(State(app): State<Arc<App>>) -> Answer<GuardianStatus> {
    Ok(Json(app.desk.guardian().await?))
}

/// Look at everything that is sealed, byte for byte.
#[utoipa::path(post, path = "/api/v1/guardian/verify", tag = "guardian", responses((status = 200, body = GuardianStatus), Problems))]
async fn guardian_verify(State(app): State<Arc<App>>) -> Answer<GuardianStatus> {
    Ok(Json(app.desk.guardian_verify().await?))
}

/// What the owner signs to seal the home as it is now.
#[utoipa::path(post, path = "/api/v1/guardian/statement", tag = "guardian", request_body = StatementRequest, responses((status = 200, body = SealStatement), Problems))]
async fn guardian_statement(
    State(app): State<Arc<App>>,
    Sent(request): Sent<StatementRequest>,
) -> Answer<SealStatement> {
    Ok(Json(app.desk.guardian_statement(request).await?))
}

/// Seal the home; ends safe mode.
#[utoipa::path(post, path = "/api/v1/guardian/seal", tag = "guardian", request_body = SealRequest, responses((status = 200, body = GuardianStatus), Problems))]
async fn guardian_seal(State(app): State<Arc<App>>, Sent(request): Sent<SealRequest>) -> Answer<GuardianStatus> {
    Ok(Json(app.desk.guardian_seal(request).await?))
}

/// End safe mode, where all is as it was sealed.
#[utoipa::path(post, path = "/api/v1/guardian/leave", tag = "guardian", request_body = LeaveRequest, responses((status = 200, body = GuardianStatus), Problems))]
async fn guardian_leave(State(app): State<Arc<App>>, Sent(request): Sent<LeaveRequest>) -> Answer<GuardianStatus> {
    Ok(Json(app.desk.guardian_leave(request).await?))
}
