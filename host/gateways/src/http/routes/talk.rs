//! What is said to agents, and what the owner calls.

use super::{Answer, App};
use crate::desk::{CallRequest, Caller, Problem, StopReport, StopRequest};
use crate::http::answer::{Problems, Sent};
use axum::Json;
use axum::extract::{Extension, State};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn all() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(stop)).routes(routes!(call))
}

/// Stop what an agent is answering now; whoever waits for the answer is told so. Stopping nothing is no error.
///
/// With `stream` it is that turn of one's own; without, all of the agent's, whoever began them, which takes the scope `approve`.
#[utoipa::path(post, path = "/api/v1/chat/stop", tag = "talk", request_body = StopRequest, responses((status = 200, body = StopReport), Problems))]
async fn stop(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Sent(request): Sent<StopRequest>,
) -> Answer<StopReport> {
    if let Some(stream) = &request.stream {
        let talk = app.talks.find(&caller.name, stream);
        talk.iter().for_each(|talk| talk.stop());
        return Ok(Json(StopReport { stopped: usize::from(talk.is_some()) }));
    }
    if !caller.scopes.approve {
        let why = format!("the token of `{}` lacks the scope `approve`, and stops no turns but its own", caller.name);
        return Err(Problem::denied(why).hint("name your own turn: `stream`").into());
    }
    Ok(Json(app.desk.stop(request).await?))
}

/// Call a function as the owner, optionally on behalf of an agent (its brain, for example).
#[utoipa::path(post, path = "/api/v1/call", tag = "talk", request_body = CallRequest, responses((status = 200, body = serde_json::Value), Problems))]
async fn call(State(app): State<Arc<App>>, Sent(request): Sent<CallRequest>) -> Answer<serde_json::Value> {
    Ok(Json(app.desk.call(request).await?))
}
