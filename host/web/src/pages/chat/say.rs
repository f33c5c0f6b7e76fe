//! A message sent without scripts, the end of an answer, and what a slash could mean.

use crate::app::App;
use crate::entry::{query, see};
use crate::fault::Fault;
use crate::form::Form;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use loket_gateways::desk::{ChatRequest, CommandRequest, StopRequest};
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::mpsc;

/// What is said, to whom and where.
#[derive(Debug, Deserialize)]
pub(crate) struct Said {
    pub(crate) agent: String,
    #[serde(default)]
    pub(crate) conversation: String,
    pub(crate) text: String,
}

impl Said {
    pub(crate) fn request(self) -> ChatRequest {
        let Said { agent, conversation, text } = self;
        ChatRequest { agent, conversation: Some(conversation).filter(|name| !name.is_empty()), text }
    }
}

/// `POST /chat`: the page again, when the whole answer is there.
pub(crate) async fn say(State(app): State<Arc<App>>, Form(said, me): Form<Said>) -> Response {
    let agent = said.agent.clone();
    // Nobody watches: what streams goes nowhere.
    let (nobody, _) = mpsc::channel(1);
    match app.desk.chat(said.request(), nobody).await {
        Ok(reply) => see(&format!("/?{}", query(&[("agent", &agent), ("conversation", &reply.conversation)]))),
        Err(problem) => Fault::from(problem).respond(&app, Some(&me)).await,
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Where {
    agent: String,
    conversation: String,
}

/// `POST /chat/stop`
pub(crate) async fn stop(State(app): State<Arc<App>>, Form(Where { agent, conversation }, _): Form<Where>) -> Response {
    match app.desk.stop(StopRequest { agent, conversation: Some(conversation) }).await {
        Ok(report) => Json(report).into_response(),
        Err(problem) => Fault::from(problem).into_response(),
    }
}

/// `POST /chat/complete`: what could be meant at the end of a line.
pub(crate) async fn complete(State(app): State<Arc<App>>, Form(said, _): Form<Said>) -> Response {
    let ChatRequest { agent, conversation, text } = said.request();
    match app.desk.command_complete(CommandRequest { agent, conversation, text }).await {
        Ok(completion) => Json(app.clean(completion)).into_response(),
        Err(problem) => Fault::from(problem).into_response(),
    }
}
