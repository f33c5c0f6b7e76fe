//! What a tool asks its user: put to the client, where it can answer, in the way of its revision; and the answers that come back.
//!
//! Until 2025-11-25 the server asks in the middle of the request, which waits. From 2026-07-28 on it answers the request with the questions,
//! and the client sends it again with its answers and with the state that came along: sealed, so that it is this host's own, for this
//! client, this call and an hour.

#![expect(deprecated, reason = "revisions are served that have what later ones have not")]

use super::approving::{Parked, Word, can_show_forms, said};
use super::behind::{Answers, Pause};
use crate::desk::AskRef;
use rmcp::model::{
    ClientCapabilities, ErrorData, InputRequest, InputRequiredResult, InputResponses, RequestStateCodec, SealOptions,
};
use rmcp::service::RequestContext;
use rmcp::{RoleServer, ServiceError};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::time::Duration;

/// How long the state of a call is good.
pub(super) const GOOD: Duration = Duration::from_secs(60 * 60);
/// The most answers to one call.
const MOST: usize = 64;

/// What a call's state says, which only this host can read and make.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum State {
    /// What a component wants back with the answers.
    Component(Option<String>),
    /// The call itself waits, for a yes.
    Approval(Parked),
}

/// What came with a request that was sent again.
pub(super) enum Given {
    /// Answers to what a component asked.
    Answers(Answers),
    /// What its user said to what it waits for.
    Approval {
        /// The call.
        call: String,
        /// What was said to each ask.
        said: Vec<(AskRef, Word)>,
    },
}

/// How a call goes on that had questions.
pub(super) enum Asked {
    /// The request is answered with them.
    Later(InputRequiredResult),
    /// The client has answered.
    Now(Answers),
}

/// The answers that came with a request.
///
/// # Errors
/// Where the state is not what was given to this client for this call, or an answer is no object.
pub(super) fn given(
    seal: &RequestStateCodec,
    call: &str,
    responses: Option<InputResponses>,
    state: Option<String>,
) -> Result<Given, ErrorData> {
    let state = match state {
        None => State::Component(None),
        Some(sealed) => seal.open_json_with(&sealed, call.as_bytes()).map_err(|e| {
            ErrorData::invalid_params(format!("`requestState` is not what this call was given: {e}"), None)
        })?,
    };
    let answers: Vec<(String, Json)> = responses.unwrap_or_default().into_iter().collect();
    if answers.len() > MOST {
        return Err(ErrorData::invalid_params(format!("a call takes at most {MOST} answers"), None));
    }
    if let Some((name, _)) = answers.iter().find(|(_, answer)| !answer.is_object()) {
        let message = format!("the answer to `{}` is no object", name.escape_default());
        return Err(ErrorData::invalid_params(message, None));
    }
    Ok(match state {
        State::Component(state) => Given::Answers(Answers { state, answers }),
        State::Approval(parked) => {
            let (call, said) = said(parked, &answers);
            Given::Approval { call, said }
        }
    })
}

/// Puts questions to a client.
///
/// # Errors
/// Where it can answer none of them, or does not.
pub(super) async fn put(
    seal: &RequestStateCodec,
    call: impl FnOnce() -> String,
    pause: Pause,
    context: &RequestContext<RoleServer>,
    is_later: bool,
) -> Result<Asked, ErrorData> {
    let can = context.client_capabilities().unwrap_or_default();
    let (asked, missing): (Vec<_>, Vec<_>) =
        pause.questions.into_iter().partition(|(_, question)| needs(question, &can).is_none());
    if asked.is_empty()
        && let Some((_, question)) = missing.first()
        && let Some(needed) = needs(question, &can)
    {
        return Err(ErrorData::missing_required_client_capability(needed));
    }
    if is_later {
        let call = call();
        let options = SealOptions::new().associated_data(call.as_bytes()).ttl(GOOD);
        let state = seal
            .seal_json_with(&State::Component(pause.state), &options)
            .map_err(|e| ErrorData::internal_error(format!("the call's state cannot be sealed: {e}"), None))?;
        return Ok(Asked::Later(InputRequiredResult::new(Some(asked.into_iter().collect()), Some(state))));
    }
    let mut answers = Vec::new();
    for (name, question) in asked {
        let answer = tokio::select! {
            answer = tokio::time::timeout(super::approving::PATIENCE, ask(context, question)) => answer,
            () = context.ct.cancelled() => return Err(ErrorData::internal_error("the call was cancelled", None)),
        };
        let answer = answer
            .map_err(|_| ErrorData::internal_error(format!("nobody answered `{name}` in time"), None))?
            .map_err(|e| ErrorData::internal_error(format!("the client does not answer `{name}`: {e}"), None))?;
        answers.push((name, answer));
    }
    Ok(Asked::Now(Answers { state: pause.state, answers }))
}

/// What a client would have to be able to, and cannot.
fn needs(question: &InputRequest, can: &ClientCapabilities) -> Option<ClientCapabilities> {
    let builder = ClientCapabilities::builder();
    let (has, needed) = match question {
        InputRequest::CreateMessage(_) => (can.sampling.is_some(), builder.enable_sampling().build()),
        InputRequest::Elicitation(_) => (can_show_forms(can), builder.enable_elicitation().build()),
        _ => (can.roots.is_some(), builder.enable_roots().build()),
    };
    (!has).then_some(needed)
}

async fn ask(context: &RequestContext<RoleServer>, question: InputRequest) -> Result<Json, ServiceError> {
    let peer = &context.peer;
    let answer = match question {
        InputRequest::CreateMessage(request) => peer.create_message(request.params).await.map(serde_json::to_value),
        InputRequest::Elicitation(request) => peer.create_elicitation(request.params).await.map(serde_json::to_value),
        _ => peer.list_roots().await.map(serde_json::to_value),
    };
    answer?.map_err(|_| ServiceError::UnexpectedResponse)
}
