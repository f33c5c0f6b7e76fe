//! A server that is asked over HTTP: the transport of the SDK, on the host's own way out. So addresses are checked as for any request, and
//! the secret, or the token of a login, is put in by the host, for the host of the server's address and no other.

use super::listening::{Events, Listening};
use super::login::{Login, Shown};
use crate::http::body::Body;
use crate::http::client::{Ask, Behalf, Client, Head};
use crate::http::error::HttpError;
use crate::http::headers::Header;
use crate::http::secret::{is_name, placeholder};
use crate::http::target::address;
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::unfold;
use hyper::header::{HeaderName, HeaderValue};
use loket_guardian::mcp::McpName;
use loket_kernel::Terms;
use rmcp::model::{ClientJsonRpcMessage, ClientNotification, ClientRequest, ErrorData, ServerJsonRpcMessage};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::{
    AuthRequiredError, StreamableHttpClient, StreamableHttpClientTransportConfig, StreamableHttpError,
    StreamableHttpPostResponse,
};
use sse_stream::SseStream;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The longest message, in bytes; an answer's body is bounded besides.
const LONGEST_MESSAGE: usize = 8 << 20;
/// How much of an answer that is an error is passed on, in bytes.
const LONGEST_ERROR: usize = 2 << 10;
/// How much is read at once.
const PIECE: usize = 64 << 10;
/// How long one request may take until its answer begins.
const HEAD: Duration = Duration::from_secs(120);
/// How long its answer may go on.
const WHOLE: Duration = Duration::from_secs(3_600);

/// How often a request is sent whose token is refused: as it is, with another one, and with what that one is to prove.
const MOST_TRIES: u32 = 3;

const SESSION: &str = "mcp-session-id";
const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

type Failed = StreamableHttpError<HttpError>;

/// Requests to one server.
#[derive(Clone)]
pub(super) struct Remote {
    client: Arc<Client>,
    /// What they are held to: its host, and its secret.
    terms: Arc<[Terms]>,
    asker: Arc<str>,
    opens: Opens,
    listening: Listening,
}

/// What opens a server.
#[derive(Clone)]
pub(super) enum Opens {
    /// The secret of this name, as a bearer token.
    Secret(Arc<str>),
    /// What a login brings, where the server wants one.
    Login(Arc<Login>),
}

/// The way to a server.
pub(super) fn transport(
    name: &McpName,
    url: &str,
    opens: Opens,
    client: &Arc<Client>,
) -> Result<StreamableHttpClientTransport<Remote>, String> {
    let (_, target) = address(url).map_err(|why| format!("its address cannot be used: {why}"))?;
    let secret = match &opens {
        Opens::Secret(name) => name.to_string(),
        Opens::Login(login) => login.secret(),
    };
    if !is_name(&secret) {
        return Err(format!("`{}` is no name of a secret", secret.escape_default()));
    }
    let host = format!("{}:{}", target.host, target.port);
    let terms: Arc<[Terms]> = [Terms::new([("host", host.as_str()), ("secret", &secret)])].into();
    let remote =
        Remote { client: client.clone(), terms, asker: name.package().into(), opens, listening: Listening::new() };
    let config = StreamableHttpClientTransportConfig::with_uri(url);
    Ok(StreamableHttpClientTransport::with_client(remote, config))
}

impl Remote {
    async fn send(
        &self,
        method: &str,
        url: &str,
        body: Vec<u8>,
        headers: Vec<(&str, &str)>,
        custom: &HashMap<HeaderName, HeaderValue>,
    ) -> Result<(Head, Body), Failed> {
        let header = |name: &str, value: &str| Header { name: name.to_owned(), value: value.to_owned() };
        let mut all: Vec<Header> = headers.into_iter().map(|(name, value)| header(name, value)).collect();
        for (name, value) in custom {
            let value = value.to_str().map_err(|_| failed("a header is no text"))?;
            all.push(header(name.as_str(), value));
        }
        let timeout = u32::try_from(HEAD.as_millis()).ok();
        let mut left = MOST_TRIES;
        loop {
            let shown = match &self.opens {
                Opens::Secret(secret) => {
                    Shown::plain(header("authorization", &format!("Bearer {}", placeholder(secret))))
                }
                Opens::Login(login) => login.show(method, url).await.map_err(failed)?,
            };
            let headers = all.iter().cloned().chain(shown.headers.iter().cloned()).collect();
            let body = body.clone().into();
            let ask = Ask { method: method.into(), url: url.into(), headers, body, timeout, retry: None };
            let behalf = Behalf { grants: &self.terms, asker: self.asker.clone(), deadline: Instant::now() + WHOLE };
            let (head, body) = self.client.send(ask, behalf).await.map_err(StreamableHttpError::Client)?;
            left -= 1;
            if let Opens::Login(login) = &self.opens {
                match head.status {
                    // What was refused was not done: it may be asked for again. What would come of the last refusal nobody would try.
                    401 | 403 if left > 0 && login.heard(&head, &shown).await => continue,
                    401 | 403 => {}
                    _ => login.taken(&shown),
                }
            }
            return Ok((head, body));
        }
    }

    async fn stream(
        &self,
        url: &str,
        session: Option<&str>,
        last: Option<&str>,
        custom: &HashMap<HeaderName, HeaderValue>,
    ) -> Result<Events, Failed> {
        let headers = [("accept", Some(EVENTS)), (SESSION, session), ("last-event-id", last)];
        let headers = headers.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let (head, body) = self.send("GET", url, Vec::new(), headers, custom).await?;
        match head.status {
            200 if is(&head, EVENTS) => Ok(events(body)),
            405 => Err(StreamableHttpError::ServerDoesNotSupportSse),
            401 | 403 => Err(unauthorized(&head)),
            404 if session.is_some() => Err(StreamableHttpError::SessionExpired),
            status => Err(failed(format!("it answered the request for its events with {status}"))),
        }
    }
}

impl StreamableHttpClient for Remote {
    type Error = HttpError;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        _auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, Failed> {
        let body = serde_json::to_vec(&message)?;
        let accept = format!("{JSON}, {EVENTS}");
        let headers = [("content-type", Some(JSON)), ("accept", Some(&accept)), (SESSION, session_id.as_deref())];
        let headers = headers.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let is_request = matches!(message, ClientJsonRpcMessage::Request(_));
        if let Some(session) = session_id.as_ref().filter(|_| is_request) {
            self.listening.ready(session).await;
        }
        let (head, mut body) = self.send("POST", &uri, body, headers, &custom_headers).await?;
        // From here on the SDK opens the stream of this session.
        if let Some(session) = session_id.as_ref().filter(|_| is_beginning(&message) && head.status < 300) {
            self.listening.begins(session);
        }
        let session = head.header(SESSION).map(str::to_owned);
        match head.status {
            202 | 204 => Ok(StreamableHttpPostResponse::Accepted),
            200..=299 if is(&head, EVENTS) => Ok(StreamableHttpPostResponse::Sse(events(body), session)),
            200..=299 if is_request && is(&head, JSON) => {
                let text = whole(&mut body, LONGEST_MESSAGE + 1).await?;
                if text.len() > LONGEST_MESSAGE {
                    return Err(StreamableHttpError::ResponseBodyTooLarge { max_size: LONGEST_MESSAGE });
                }
                Ok(StreamableHttpPostResponse::Json(serde_json::from_slice(&text)?, session))
            }
            // Whoever says or answers something waits for nothing.
            200..=299 if !is_request => Ok(StreamableHttpPostResponse::Accepted),
            200..=299 => {
                Err(StreamableHttpError::UnexpectedContentType(head.header("content-type").map(str::to_owned)))
            }
            401 | 403 => Err(unauthorized(&head)),
            404 if session_id.is_some() => Err(StreamableHttpError::SessionExpired),
            status => {
                let text = whole(&mut body, LONGEST_ERROR).await.unwrap_or_default();
                refused(&message, session_id.is_some(), status, &text)
                    .map(|said| StreamableHttpPostResponse::Json(said, session))
            }
        }
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session_id: Arc<str>,
        _auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), Failed> {
        let (head, _) = self.send("DELETE", &uri, Vec::new(), vec![(SESSION, &session_id)], &custom_headers).await?;
        match head.status {
            200..=299 | 405 => Ok(()),
            status => Err(failed(format!("it answered the end of its session with {status}"))),
        }
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session_id: Option<Arc<str>>,
        last_event_id: Option<String>,
        _auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<Events, Failed> {
        let stream = self.stream(&uri, session_id.as_deref(), last_event_id.as_deref(), &custom_headers).await;
        // What is taken up after an event is another one, or lost nothing.
        let Some(session) = session_id.filter(|_| last_event_id.is_none()) else { return stream };
        self.listening.answered(&session);
        stream.map(|stream| self.listening.over(session, stream))
    }
}

/// Whether a message says that a session may begin.
fn is_beginning(message: &ClientJsonRpcMessage) -> bool {
    let ClientJsonRpcMessage::Notification(said) = message else { return false };
    matches!(said.notification, ClientNotification::InitializedNotification(_))
}

/// What an answer that is an error says. A server of an older revision knows nothing of `server/discover`, and may say so in any way: that is
/// told as an answer to it, so that it is asked in the older way.
fn refused(
    message: &ClientJsonRpcMessage,
    in_session: bool,
    status: u16,
    text: &[u8],
) -> Result<ServerJsonRpcMessage, Failed> {
    let said: Option<ErrorData> = match serde_json::from_slice(text) {
        Ok(ServerJsonRpcMessage::Error(error)) => Some(error.error),
        _ => None,
    };
    let ClientJsonRpcMessage::Request(request) = message else {
        return Err(failed(format!("it answered with {status}")));
    };
    let is_probe = matches!(request.request, ClientRequest::DiscoverRequest(_)) && !in_session && status < 500;
    let error = match said {
        Some(error) => error,
        None if is_probe => ErrorData::invalid_request(format!("it answered with {status}"), None),
        None => {
            let text: String = String::from_utf8_lossy(text).chars().take(200).collect();
            return Err(failed(format!("it answered with {status}: {text}")));
        }
    };
    Ok(ServerJsonRpcMessage::error(error, Some(request.id.clone())))
}

fn unauthorized(head: &Head) -> Failed {
    match head.header("www-authenticate") {
        Some(challenge) => {
            StreamableHttpError::AuthRequired(AuthRequiredError::new(challenge.chars().take(500).collect()))
        }
        None => failed(format!("it answered with {}: it wants a secret, or another one", head.status)),
    }
}

fn failed(why: impl Into<String>) -> Failed {
    StreamableHttpError::UnexpectedServerResponse(why.into().into())
}

/// Whether an answer is of this type.
fn is(head: &Head, media: &str) -> bool {
    let first = head.header("content-type").and_then(|value| value.split(';').next());
    first.is_some_and(|first| first.trim().eq_ignore_ascii_case(media))
}

/// A body's beginning, at most so many bytes.
async fn whole(body: &mut Body, most: usize) -> Result<Vec<u8>, Failed> {
    let mut text = Vec::new();
    while !body.is_over() && text.len() < most {
        let piece = body.read((most - text.len()).min(PIECE)).await.map_err(StreamableHttpError::Client)?;
        text.extend_from_slice(&piece);
    }
    Ok(text)
}

/// The events of a body. That is bounded as a whole, so each of them is.
fn events(body: Body) -> Events {
    let pieces = unfold(body, |mut body| async move {
        if body.is_over() {
            return None;
        }
        match body.read(PIECE).await {
            Ok(piece) if piece.is_empty() => None,
            Ok(piece) => Some((Ok(Bytes::from(piece)), body)),
            Err(error) => Some((Err(error), body)),
        }
    });
    SseStream::from_bytes_stream(pieces).boxed()
}
