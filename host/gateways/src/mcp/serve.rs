//! `/mcp`: requests that passed the gate, each handed to the protocol in its sender's name.

use super::behind::Behind;
use super::handler::{Handler, Shared};
use super::parked::Waiting;
use super::quick;
use super::sessions::Sessions;
use crate::access::Visitor;
use crate::desk::Problem;
use crate::http::answer::{Refusal, is_of, whole};
use crate::http::gate::Peer;
use crate::http::routes::App;
use axum::Extension;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderName, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use rand::Rng as _;
use rmcp::model::RequestStateCodec;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use std::io;
use std::sync::Arc;
use tower::ServiceExt;

/// Where it is.
pub(crate) const PATH: &str = "/mcp";
pub(super) const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");

tokio::task_local! {
    /// What answers whoever sent the request that is answered in this task.
    pub(super) static SENDER: Handler;
}

/// The server.
#[derive(Clone)]
pub(crate) struct Service {
    rmcp: StreamableHttpService<Handler, Sessions>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) shared: Arc<Shared>,
}

impl Service {
    /// A server of what stands behind it; a request has at most so many bytes.
    pub(crate) fn new(behind: Arc<dyn Behind>, body: usize) -> Service {
        let sessions = Sessions::new();
        let shared = Arc::new(Shared { behind, seal: seal(), waiting: Waiting::default() });
        // The gate has looked at hosts and origins.
        let config = StreamableHttpServerConfig::default()
            .disable_allowed_hosts()
            .with_json_response(true)
            .with_max_request_body_bytes(body);
        let handler = || SENDER.try_with(Clone::clone).map_err(io::Error::other);
        Service { rmcp: StreamableHttpService::new(handler, sessions.clone(), config), sessions, shared }
    }
}

/// What signs the state of calls that wait for answers: as long as this process runs, nobody else has the key.
fn seal() -> RequestStateCodec {
    let mut key = [0_u8; 32];
    rand::rng().fill_bytes(&mut key);
    // It is as long as it has to be.
    RequestStateCodec::new_unchecked(key)
}

/// `POST /mcp`: a message, whose answer may be a stream.
pub(crate) async fn post(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Extension(visitor): Extension<Visitor>,
    request: Request,
) -> Response {
    let limits = app.gate.limits();
    if let Err(refusal) = is_of(&request, "application/json", "only JSON is read") {
        return refusal.into_response();
    }
    let (parts, body) = request.into_parts();
    let body = match whole(Request::new(body), limits.body, limits.body_time).await {
        Ok(body) => body,
        Err(refusal) => return refusal.into_response(),
    };
    let Some(mcp) = &app.mcp else { return none() };
    if let Some(call) = quick::read(&parts.headers, &body)
        && let Some(answer) = call.answer(mcp, &visitor).await
    {
        return answer;
    }
    if !parts.headers.contains_key(SESSION)
        && let Some(full) = mcp.sessions.full(&visitor.caller.name)
        && serde_json::from_slice::<Message>(&body).is_ok_and(|message| message.method == "initialize")
    {
        return Refusal::from(Problem::unavailable(full.to_string()).hint("`DELETE /mcp` ends one")).into_response();
    }
    answer(&app, visitor, Request::from_parts(parts, Body::from(body)), peer).await
}

fn none() -> Response {
    Refusal::from(Problem::not_found("this service speaks no MCP")).into_response()
}

/// Whoever sent a request may do so no more.
pub(super) fn outdated() -> Response {
    let problem = Problem::denied("the token was revoked, or has expired");
    Refusal::from(problem.hint("ask the owner for another")).into_response()
}

/// What a message asks for.
#[derive(serde::Deserialize)]
struct Message {
    method: String,
}

/// `GET /mcp`: what a session is told outside of its requests, and what it missed.
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Extension(visitor): Extension<Visitor>,
    request: Request,
) -> Response {
    answer(&app, visitor, request, peer).await
}

/// `DELETE /mcp`: the end of a session.
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Extension(visitor): Extension<Visitor>,
    request: Request,
) -> Response {
    let mut response = answer(&app, visitor, request, peer).await;
    // It is over when this is read, and clients take "accepted" for "not yet".
    if response.status() == StatusCode::ACCEPTED {
        *response.status_mut() = StatusCode::NO_CONTENT;
    }
    response
}

async fn answer(app: &App, visitor: Visitor, request: Request, peer: Peer) -> Response {
    let Some(Service { rmcp, shared, .. }) = app.mcp.clone() else { return none() };
    // What only follows ends when the service goes down; an answer may come to its end.
    let down = if *request.method() == Method::POST { peer.cut } else { peer.shutdown };
    let answered = SENDER.scope(Handler::new(shared, visitor.clone()), rmcp.oneshot(request));
    let response = tokio::select! {
        Ok(response) = answered => response,
        () = visitor.outdated() => return outdated(),
        else => return Refusal::from(Problem::failed("no answer")).into_response(),
    };
    let (parts, body) = response.into_parts();
    // What is there as a whole has nothing left that could be cut off.
    if parts.headers.contains_key(CONTENT_LENGTH) || body.size_hint().exact().is_some() {
        return Response::from_parts(parts, Body::new(body));
    }
    let end = async move {
        tokio::select! {
            () = visitor.outdated() => {}
            () = down.cancelled() => {}
        }
    };
    let body = Body::new(body).into_data_stream().take_until(Box::pin(end));
    Response::from_parts(parts, Body::from_stream(body))
}
