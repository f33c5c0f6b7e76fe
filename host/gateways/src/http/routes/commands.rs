//! Slash commands.

use super::{Answer, App};
use crate::desk::{CommandInfo, CommandReply, CommandRequest, Completion};
use crate::http::answer::{Asked, Problems, Sent};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn all() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(commands)).routes(routes!(command_run)).routes(routes!(command_complete))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OfAgent {
    /// The agent's name.
    agent: String,
}

/// The slash commands that the conversations of an agent have, and those that they could have.
#[utoipa::path(get, path = "/api/v1/commands", tag = "commands", params(OfAgent), responses((status = 200, body = Vec<CommandInfo>), Problems))]
async fn commands(State(app): State<Arc<App>>, Asked(query): Asked<OfAgent>) -> Answer<Vec<CommandInfo>> {
    Ok(Json(app.desk.commands(&query.agent).await?))
}

/// Run a line as a slash command.
#[utoipa::path(post, path = "/api/v1/commands/run", tag = "commands", request_body = CommandRequest, responses((status = 200, body = CommandReply), Problems))]
async fn command_run(State(app): State<Arc<App>>, Sent(request): Sent<CommandRequest>) -> Answer<CommandReply> {
    Ok(Json(app.desk.command_run(request).await?))
}

/// What could be meant at the end of a line that begins as a slash command.
#[utoipa::path(post, path = "/api/v1/commands/complete", tag = "commands", request_body = CommandRequest, responses((status = 200, body = Completion), Problems))]
async fn command_complete(State(app): State<Arc<App>>, Sent(request): Sent<CommandRequest>) -> Answer<Completion> {
    Ok(Json(app.desk.command_complete(request).await?))
}
