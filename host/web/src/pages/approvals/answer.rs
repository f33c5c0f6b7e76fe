//! What the owner says to calls that wait. An answer names the digest of what was shown: it is for nothing else.

use crate::app::App;
use crate::entry::{query, see};
use crate::fault::Fault;
use crate::form::Form;
use axum::extract::State;
use axum::response::Response;
use loket_gateways::desk::{AnswerRequest, AskRef, Problem};
use serde::Deserialize;
use std::sync::Arc;

/// The most calls that are answered at once.
const MOST: usize = 128;

/// An answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Said {
    /// `ID:DIGEST` of each, with a space between.
    asks: String,
    answer: String,
    /// Other arguments, as JSON.
    #[serde(default)]
    arguments: String,
    /// Where it was said: `chat`, or nothing.
    #[serde(default)]
    back: String,
    #[serde(default)]
    agent: String,
    #[serde(default)]
    conversation: String,
}

/// `POST /approvals/answer`
pub(crate) async fn answer(State(app): State<Arc<App>>, Form(said, me): Form<Said>) -> Result<Response, Fault> {
    let is_yes = !matches!(said.answer.as_str(), "no" | "not-again");
    let back = match said.back.as_str() {
        "chat" => format!("/?{}", query(&[("agent", &said.agent), ("conversation", &said.conversation)])),
        _ => format!("/approvals?done={}", if is_yes { "yes" } else { "no" }),
    };
    let answered = app.desk.answer(request(said)?, &me.visitor.caller).await?;
    for turn in answered.goes_on {
        let desk = app.desk.clone();
        // It comes to its end by itself: its page has what becomes of it.
        tokio::spawn(async move { desk.go_on(&turn).await });
    }
    Ok(see(&back))
}

fn request(said: Said) -> Result<AnswerRequest, Problem> {
    let named = said.asks.split(' ').take(MOST).map(|named| {
        let (id, digest) = named.split_once(':')?;
        Some(AskRef { id: id.to_owned(), digest: digest.to_owned() })
    });
    let Some(asks) = named.collect::<Option<Vec<_>>>() else {
        return Err(Problem::invalid("this answer names no call").hint("open the page again"));
    };
    let arguments = match said.arguments.trim() {
        "" => None,
        text => Some(serde_json::from_str(text).map_err(|error| {
            Problem::invalid(format!("the arguments are not JSON: {error}")).hint("go back, and put it right")
        })?),
    };
    Ok(AnswerRequest { asks, answer: said.answer, arguments })
}
