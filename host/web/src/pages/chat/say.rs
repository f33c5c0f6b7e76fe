//! A message sent without scripts, the end of an answer, and what a slash could mean.

use crate::app::App;
use crate::entry::{query, see};
use crate::fault::Fault;
use crate::form::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use loket_gateways::desk::{ChatRequest, CommandRequest, Problem, StopRequest};
use loket_gateways::http::Peer;
use loket_gateways::http::talk::Talks;
use serde::Deserialize;
use std::sync::Arc;

/// What is said, to whom and where.
#[derive(Debug, Deserialize)]
pub(crate) struct Said {
    pub(crate) agent: String,
    #[serde(default)]
    pub(crate) conversation: String,
    pub(crate) text: String,
    /// Files that come along, as a script has put them together: a list in JSON.
    #[serde(default)]
    pub(crate) files: String,
}

impl Said {
    pub(crate) fn request(self) -> Result<ChatRequest, Problem> {
        let Said { agent, conversation, text, files } = self;
        let files = match files.as_str() {
            "" => Vec::new(),
            files => serde_json::from_str(files).map_err(|error| {
                Problem::invalid(format!("no list of files: {error}"))
                    .hint("open the page again, and attach the files anew")
            })?,
        };
        Ok(ChatRequest { agent, conversation: Some(conversation).filter(|name| !name.is_empty()), text, files })
    }
}

/// `POST /chat`: the page again, when the whole answer is there. The turn goes on also when nobody waits for that.
pub(crate) async fn say(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Extension(talks): Extension<Talks>,
    Form(said, me): Form<Said>,
) -> Result<Response, Fault> {
    let agent = said.agent.clone();
    let talk = talks.begin(app.desk.clone(), said.request()?, &me.visitor, peer.cut)?;
    let reply = talk.outcome().await?;
    Ok(see(&format!("/?{}", query(&[("agent", &agent), ("conversation", &reply.conversation)]))))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Where {
    agent: String,
    conversation: String,
}

/// `POST /chat/stop`
pub(crate) async fn stop(State(app): State<Arc<App>>, Form(Where { agent, conversation }, _): Form<Where>) -> Response {
    match app.desk.stop(StopRequest { agent, conversation: Some(conversation), stream: None }).await {
        Ok(report) => Json(report).into_response(),
        Err(problem) => Fault::from(problem).in_words(),
    }
}

/// `POST /chat/complete`: what could be meant at the end of a line.
pub(crate) async fn complete(State(app): State<Arc<App>>, Form(said, _): Form<Said>) -> Response {
    let Said { agent, conversation, text, .. } = said;
    let conversation = Some(conversation).filter(|name| !name.is_empty());
    match app.desk.command_complete(CommandRequest { agent, conversation, text }).await {
        Ok(completion) => Json(app.clean(completion)).into_response(),
        Err(problem) => Fault::from(problem).in_words(),
    }
}
