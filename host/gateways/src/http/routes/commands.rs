//! Slash commands.

use super::{Answer, App};
use crate::desk::{CommandInfo, CommandReply, CommandRequest, Completion};
use crate::http::answer::{Asked, Problems, Sent};
use crate::http::page::{self, Page, Which};
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
#[utoipa::path(get, path = "/api/v1/commands", tag = "commands", params(OfAgent, Which), responses((status = 200, body = Page<CommandInfo>), Problems))]
async fn commands(
    State(app): State<Arc<App>>,
    Asked(query): Asked<OfAgent>,
    Asked(which): Asked<Which>,
) -> Answer<Page<CommandInfo>> {
    let all = app.desk.commands(&query.agent).await?;
    Ok(Json(page::of(&app, &format!("commands {}", query.agent), &which, all, |command| {
        format!("{} {}", command.package, command.call)
    })?))
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
