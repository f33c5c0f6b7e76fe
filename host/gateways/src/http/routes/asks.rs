//! Calls that wait for the owner.

use super::{Answer, App};
use crate::desk::{AnswerRequest, Answered, AskEnd, AskInfo, AskName, Caller};
use crate::http::answer::{Asked, Problems, Sent};
use crate::http::page::{self, Page, Which};
use axum::Json;
use axum::extract::{Extension, State};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn all() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(asks)).routes(routes!(ask)).routes(routes!(answer)).routes(routes!(suspend))
}

/// The calls that wait for the owner's answer, the oldest first.
#[utoipa::path(get, path = "/api/v1/asks", tag = "approvals", params(Which), responses((status = 200, body = Page<AskInfo>), Problems))]
async fn asks(State(app): State<Arc<App>>, Asked(which): Asked<Which>) -> Answer<Page<AskInfo>> {
    let all = app.desk.asks().await?;
    Ok(Json(page::of(&app, "asks", &which, all, |ask| ask.id.clone())?))
}

/// One of them, by its name or the end of that; also one that was answered lately.
#[utoipa::path(get, path = "/api/v1/asks/show", tag = "approvals", params(AskName), responses((status = 200, body = AskInfo), Problems))]
async fn ask(State(app): State<Arc<App>>, Asked(name): Asked<AskName>) -> Answer<AskInfo> {
    Ok(Json(app.desk.ask(&name.id).await?))
}

/// Answer asks. Each answer is used once, and is for what has the digest that it names.
#[utoipa::path(post, path = "/api/v1/asks/answer", tag = "approvals", request_body = AnswerRequest, responses((status = 200, body = Answered), Problems))]
async fn answer(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Sent(request): Sent<AnswerRequest>,
) -> Answer<Answered> {
    let mut answered = app.desk.answer(request, &caller).await?;
    for turn in &answered.goes_on {
        let (desk, turn) = (app.desk.clone(), turn.clone());
        // A task of its own: it comes to its end also when whoever answered has gone away.
        let ended = tokio::spawn(async move { desk.go_on(&turn).await }).await;
        let broken = |error| AskEnd { outcome: format!("failed: the turn broke off: {error}"), reply: None };
        answered.ended.push(ended.unwrap_or_else(broken));
    }
    Ok(Json(answered))
}

/// Leave all turns that wait as they are: whoever waits for them is told so, and they go on when they have their answers.
#[utoipa::path(post, path = "/api/v1/asks/suspend", tag = "approvals", responses((status = 200), Problems))]
async fn suspend(State(app): State<Arc<App>>) -> Answer<()> {
    app.desk.suspend().await;
    Ok(Json(()))
}
