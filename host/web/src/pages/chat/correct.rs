//! An answer that was wrong becomes a lesson: what was wrong, what is right, and when that applies.

use crate::app::App;
use crate::entry::{query, see};
use crate::fault::Fault;
use crate::form::Form;
use axum::extract::State;
use axum::response::Response;
use loket_gateways::desk::{CallRequest, Problem};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// A correction.
#[derive(Debug, Deserialize)]
pub(crate) struct Correction {
    agent: String,
    #[serde(default)]
    conversation: String,
    wrong: String,
    right: String,
    #[serde(default)]
    applies: String,
}

/// `POST /chat/correct`
pub(crate) async fn correct(State(app): State<Arc<App>>, Form(said, _): Form<Correction>) -> Result<Response, Fault> {
    let Correction { agent, conversation, wrong, right, applies } = said;
    let applies = if applies.trim().is_empty() { "always".to_owned() } else { applies };
    let correction = json!({ "mistake": null, "wrong": wrong, "right": right, "applies": applies });
    let request = CallRequest {
        capability: "loket:brain/memory".to_owned(),
        package: None,
        function: "correct".to_owned(),
        arguments: json!({ "correction": correction }),
        agent: Some(agent.clone()),
    };
    let answer = app.desk.call(request).await?;
    if answer.get("ok").is_none() {
        let why = answer.get("err").map_or_else(|| "it did not say why".to_owned(), ToString::to_string);
        let problem = Problem::failed(format!("the agent did not learn it: {why}"));
        return Err(problem.hint("say what is right in other words").into());
    }
    let mut place = vec![("agent", agent.as_str())];
    if !conversation.is_empty() {
        place.push(("conversation", &conversation));
    }
    place.push(("done", "corrected"));
    Ok(see(&format!("/?{}", query(&place))))
}
