//! What agents are told by themselves.

use super::{Answer, App};
use crate::desk::{ChatReply, ScheduleInfo, ScheduleName};
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
    OpenApiRouter::new().routes(routes!(schedules)).routes(routes!(schedule_run))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OfAgent {
    /// The agent's name; all agents where it is absent.
    agent: Option<String>,
}

/// What agents are told by themselves: by which rule, when next, and how it went last.
#[utoipa::path(get, path = "/api/v1/schedules", tag = "agents", params(OfAgent, Which), responses((status = 200, body = Page<ScheduleInfo>), Problems))]
async fn schedules(
    State(app): State<Arc<App>>,
    Asked(query): Asked<OfAgent>,
    Asked(which): Asked<Which>,
) -> Answer<Page<ScheduleInfo>> {
    let all = app.desk.schedules(query.agent.as_deref()).await?;
    let list = query.agent.map_or_else(|| "schedules".to_owned(), |agent| format!("schedules {agent}"));
    Ok(Json(page::of(&app, &list, &which, all, |schedule| format!("{} {}", schedule.agent, schedule.entry.name))?))
}

/// Tell an agent now what one of its schedules says: one turn, which goes on when nobody waits for its answer any more.
#[utoipa::path(post, path = "/api/v1/schedules/run", tag = "agents", request_body = ScheduleName, responses((status = 200, body = ChatReply), Problems))]
async fn schedule_run(State(app): State<Arc<App>>, Sent(request): Sent<ScheduleName>) -> Answer<ChatReply> {
    Ok(Json(app.desk.clone().schedule_run(request).await?))
}
