//! Calls of plain functions, answered straight away: most requests are such, and rmcp would set up a service of its own for each.
//!
//! Whatever is not as plain as can be is left to rmcp, which knows how it is refused: so nothing is refused here, but by what stands behind.

use super::behind::{Came, Hear, Told, Use};
use super::handler::{Handler, STATELESS, error, gone};
use super::serve::{SESSION, Service, outdated};
use super::session::{RETRY, Session};
use super::{approving, kept::Kept};
use crate::access::Visitor;
use crate::desk::Problem;
use axum::body::Body;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use rmcp::model::{
    CallToolResult, ClientCapabilities, ErrorData, JsonObject, JsonRpcMessage, ProgressToken, ProtocolVersion,
    RequestId, ServerJsonRpcMessage, ServerResult,
};
use rmcp::transport::streamable_http_server::session::{EventStream, ServerSseMessage};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");
const EVENT: HeaderName = HeaderName::from_static("last-event-id");
const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";
const CALL: &str = "tools/call";
/// How long a call in a session may take to be answered in one piece; from then on what it tells is told as it comes.
const QUICK: Duration = Duration::from_millis(50);

/// A message that asks for a call, and nothing besides.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message<'m> {
    #[serde(borrow)]
    jsonrpc: Cow<'m, str>,
    id: RequestId,
    #[serde(borrow)]
    method: Cow<'m, str>,
    #[serde(borrow)]
    params: Params<'m>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params<'m> {
    name: String,
    #[serde(default)]
    arguments: Option<JsonObject>,
    #[serde(borrow, default, rename = "_meta")]
    meta: Option<Meta<'m>>,
}

#[derive(Deserialize, Default)]
struct Meta<'m> {
    #[serde(default, rename = "progressToken")]
    progress: Option<ProgressToken>,
    #[serde(borrow, default, rename = "io.modelcontextprotocol/protocolVersion")]
    version: Option<Cow<'m, str>>,
    #[serde(default, rename = "io.modelcontextprotocol/clientCapabilities")]
    capabilities: Option<ClientCapabilities>,
    #[serde(default, rename = "io.modelcontextprotocol/logLevel")]
    level: Option<IgnoredAny>,
}

/// A call that can be answered straight away.
pub(super) struct Call {
    id: RequestId,
    wanted: Use,
    by: By,
}

/// Whom nothing is told.
struct Nobody;

impl Hear for Nobody {
    fn hear(&self, _: Told) {}
}

/// In which kind of revision it came.
enum By {
    /// One with sessions; by which session, and by which token its progress is told.
    Session(Arc<str>, Option<ProgressToken>),
    /// One without; whether its client's user can be asked.
    Itself { shows_forms: bool },
}

/// The call that a request asks for; none where it is anything else, or says anything that only rmcp knows.
pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Option<Call> {
    let accepts = single(headers, &ACCEPT)?;
    let accepts = |kind: &str| accepts.split(',').any(|own| own.trim() == kind);
    if !accepts(JSON) || !accepts(EVENTS) || headers.contains_key(EVENT) {
        return None;
    }
    let session = single(headers, &SESSION);
    let version = single(headers, &VERSION);
    let message: Message<'_> = serde_json::from_slice(body).ok()?;
    if message.jsonrpc != "2.0" || message.method != CALL {
        return None;
    }
    let Params { name, arguments, meta } = message.params;
    let meta = meta.unwrap_or_default();
    let by = match session {
        Some(session) => {
            // One that names a revision for itself belongs to no session, whatever its headers say.
            let known = version.is_none_or(|version| {
                ProtocolVersion::KNOWN_VERSIONS.iter().any(|own| own.as_str() == version)
                    && version < STATELESS.as_str()
            });
            if !known || meta.version.is_some() || headers.contains_key(VERSION) != version.is_some() {
                return None;
            }
            By::Session(session.into(), meta.progress)
        }
        None => {
            let is_named = version == Some(STATELESS.as_str())
                && meta.version.as_deref() == version
                && single(headers, &METHOD) == Some(CALL)
                && single(headers, &NAME) == Some(name.as_str());
            // What tells something on the way is answered with a stream.
            if !is_named || headers.contains_key(SESSION) || meta.progress.is_some() || meta.level.is_some() {
                return None;
            }
            By::Itself { shows_forms: approving::can_show_forms(&meta.capabilities?) }
        }
    };
    let wanted = Use { name, arguments: arguments.unwrap_or_default(), answers: None };
    Some(Call { id: message.id, wanted, by })
}

/// The value of a header that is there exactly once, as it stands.
fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

impl Call {
    /// Answers it; none where it is not as plain as it looked.
    pub(super) async fn answer(self, mcp: &Service, visitor: &Visitor) -> Option<Response> {
        let caller = &visitor.caller;
        if !mcp.shared.behind.is_plain(caller, &self.wanted.name) {
            return None;
        }
        match &self.by {
            // Whoever may be asked in the middle, is asked by rmcp's ways.
            By::Itself { shows_forms: true } if caller.scopes.approve => None,
            By::Itself { .. } => Some(self.alone(mcp, visitor).await),
            By::Session(id, progress) => {
                let session = mcp.sessions.named(id, caller)?;
                let can = session.handler.capabilities();
                if caller.scopes.approve && can.is_some_and(approving::can_show_forms) {
                    return None;
                }
                let progress = progress.clone();
                Some(self.in_session(session, progress, visitor).await)
            }
        }
    }

    /// In the task of its request: with whoever sent it, it goes.
    async fn alone(self, mcp: &Service, visitor: &Visitor) -> Response {
        tokio::select! {
            biased;
            came = mcp.shared.behind.call(&visitor.caller, &self.wanted, Arc::new(Nobody)) => whole(&said(self.id, came, false)),
            () = visitor.outdated() => outdated(),
        }
    }

    /// In a task of its own: its client may come back for the answer.
    async fn in_session(self, session: Arc<Session>, progress: Option<ProgressToken>, visitor: &Visitor) -> Response {
        let cancel = CancellationToken::new();
        let stream = match session.enter(&self.id, progress.clone(), Some(cancel.clone())) {
            Ok(stream) => stream,
            Err(why) => return whole(&why.answer(self.id)),
        };
        let mut events = session.kept.tell(stream, Some(0));
        tokio::spawn(work(self, session.clone(), progress, cancel));
        let first = tokio::select! {
            biased;
            first = events.next() => first,
            () = tokio::time::sleep(QUICK) => None,
            () = visitor.outdated() => return outdated(),
        };
        match first {
            Some(ServerSseMessage { message: Some(message), .. }) if is_answer(&message) => whole(&message),
            first => told(first, events, &session.kept, stream, visitor),
        }
    }
}

/// Does a call of a session, whether or not anybody waits for it.
async fn work(call: Call, session: Arc<Session>, progress: Option<ProgressToken>, cancel: CancellationToken) {
    let Call { id, wanted, .. } = call;
    let handler: &Handler = &session.handler;
    let telling = handler.telling_in(&session, id.clone(), progress, &wanted.name);
    let came = tokio::select! {
        biased;
        came = handler.shared.behind.call(&handler.visitor.caller, &wanted, telling.hearer()) => said(id, came, true),
        () = cancel.cancelled() => return,
        () = handler.visitor.gone() => ServerJsonRpcMessage::error(gone(), Some(id)),
    };
    telling.end().await;
    session.tell(came);
}

/// What came of a call, as the protocol has it.
fn said(id: RequestId, came: Result<Came<CallToolResult>, Problem>, is_legacy: bool) -> ServerJsonRpcMessage {
    let result = match came {
        Ok(Came::Done(result)) => result,
        Ok(Came::Paused(_)) => {
            let why = "a plain function asked its user something";
            return ServerJsonRpcMessage::error(ErrorData::internal_error(why, None), Some(id));
        }
        Err(problem) => return ServerJsonRpcMessage::error(error(&problem), Some(id)),
    };
    let mut result = ServerResult::CallToolResult(result);
    if is_legacy {
        result.strip_result_type_for_legacy_peer();
        result.strip_non_object_output_for_legacy_peer();
    }
    ServerJsonRpcMessage::response(result, id)
}

fn is_answer(message: &ServerJsonRpcMessage) -> bool {
    matches!(message, JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_))
}

/// An answer in one piece.
fn whole(message: &ServerJsonRpcMessage) -> Response {
    match serde_json::to_vec(message) {
        Ok(body) => {
            let mut response = Response::new(Body::from(body));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
            response
        }
        Err(e) => {
            crate::http::answer::Refusal::from(Problem::failed(format!("the answer is no JSON: {e}"))).into_response()
        }
    }
}

/// An answer that goes on: what a call tells, as it comes.
fn told(
    first: Option<ServerSseMessage>,
    events: EventStream,
    kept: &Arc<Kept>,
    number: u64,
    visitor: &Visitor,
) -> Response {
    if first.is_none() {
        // Named, so that its client can come back before anything was told.
        kept.keep(number, ServerSseMessage::retry(RETRY));
    }
    let visitor = visitor.clone();
    let end = Box::pin(async move { visitor.outdated().await });
    let events = stream::iter(first).chain(events).take_until(end).map(event);
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

/// An event as it is written.
fn event(message: ServerSseMessage) -> Result<Event, Infallible> {
    let mut event = Event::default();
    if let Some(id) = message.event_id {
        event = event.id(id);
    }
    if let Some(retry) = message.retry {
        event = event.retry(retry);
    }
    let data = message.message.and_then(|message| serde_json::to_string(&*message).ok());
    Ok(event.data(data.unwrap_or_default()))
}
