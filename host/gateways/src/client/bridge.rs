//! MCP over a pipe: each line that comes in is a message for `/mcp` of a desk, and what comes back are lines.
//!
//! The pipe is one client: it has at most one session. Requests run side by side, and one that is cancelled is dropped.

use super::{Client, NONE, sse};
use crate::desk::Problem;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use futures::StreamExt;
use http_body_util::{BodyExt, Full, Limited};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

/// The longest line that is taken in, in bytes.
const LINE: u64 = 1024 * 1024;
/// The longest whole answer, in bytes.
const ANSWER: usize = 64 * 1024 * 1024;
/// Lines that wait for a slow reader; whoever makes more of them waits.
const WAITING: usize = 64;
/// The most requests at once.
const AT_ONCE: usize = 64;
const PATH: &str = "/mcp";
const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");
/// Where a message says for itself by which revision it is meant.
const OWN_VERSION: &str = "/params/_meta/io.modelcontextprotocol~1protocolVersion";

/// A message: as it came, and as it is looked at.
struct Message {
    body: Bytes,
    json: Json,
}

/// What is looked at of an answer.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    jsonrpc: Cow<'a, str>,
}

/// One client at a pipe.
#[derive(Clone)]
struct Bridge {
    client: Client,
    token: Option<HeaderValue>,
    /// What the session's messages say besides.
    session: Arc<Mutex<HeaderMap>>,
    lines: mpsc::Sender<String>,
}

impl Client {
    /// Speaks MCP at a pipe until it ends; with a client's token, or else as the owner.
    ///
    /// # Errors
    /// When the pipe breaks, or the token is none.
    pub async fn bridge(
        &self,
        token: Option<&str>,
        input: impl AsyncBufRead + Unpin,
        output: impl AsyncWrite + Unpin + Send + 'static,
    ) -> Result<(), Problem> {
        let token = token.map(|token| HeaderValue::from_str(&format!("Bearer {token}"))).transpose();
        let token = token.map_err(|_| Problem::invalid("the token has characters that no token has"))?;
        let (lines, out) = mpsc::channel(WAITING);
        let bridge = Bridge { client: self.clone(), token, session: Arc::default(), lines };
        let written = tokio::spawn(write(out, output));
        let outcome = bridge.take(input).await;
        bridge.leave().await;
        drop(bridge);
        let _ = written.await;
        outcome
    }
}

/// Writes lines, each as a whole and at once.
async fn write(mut lines: mpsc::Receiver<String>, mut output: impl AsyncWrite + Unpin) {
    while let Some(mut line) = lines.recv().await {
        line.push('\n');
        if output.write_all(line.as_bytes()).await.is_err() || output.flush().await.is_err() {
            return;
        }
    }
}

impl Bridge {
    async fn take(&self, mut input: impl AsyncBufRead + Unpin) -> Result<(), Problem> {
        let mut tasks = JoinSet::new();
        let mut running: HashMap<String, AbortHandle> = HashMap::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = (&mut input).take(LINE + 1).read_until(b'\n', &mut line).await;
            match read.map_err(|e| Problem::failed(format!("the pipe cannot be read: {e}")))? {
                0 => break,
                read if read as u64 > LINE => {
                    return Err(Problem::invalid(format!("a message has more than {LINE} bytes")));
                }
                _ if line.trim_ascii().is_empty() => continue,
                _ => {}
            }
            while tasks.try_join_next().is_some() {}
            running.retain(|_, task| !task.is_finished());
            let message: Json = match serde_json::from_slice(&line) {
                Ok(message) => message,
                Err(e) => {
                    self.say(error(&Json::Null, -32700, &format!("the line is no JSON: {e}"))).await;
                    continue;
                }
            };
            let method = message["method"].as_str().unwrap_or_default().to_owned();
            let id = message["id"].clone();
            let message = Message { body: Bytes::copy_from_slice(line.trim_ascii()), json: message };
            match method.as_str() {
                // What follows belongs to the session that this begins.
                "initialize" => self.pass(message).await,
                "notifications/initialized" => {
                    self.pass(message).await;
                    let bridge = self.clone();
                    tasks.spawn(async move { bridge.follow().await });
                }
                "notifications/cancelled" => {
                    let cancelled = message.json["params"]["requestId"].to_string();
                    match running.remove(&cancelled) {
                        Some(task) if !self.has_session() => task.abort(),
                        _ => self.pass(message).await,
                    }
                }
                _ if id.is_null() || method.is_empty() => self.pass(message).await,
                // Whoever waits for the first would take the answer to this one for theirs.
                _ if running.contains_key(&id.to_string()) => {
                    self.say(error(&id, -32600, &format!("a request with the id {id} is in work: take another id")))
                        .await;
                }
                _ if running.len() >= AT_ONCE => {
                    self.say(error(&id, -32603, &format!("{AT_ONCE} requests run already"))).await;
                }
                _ => {
                    let bridge = self.clone();
                    let task = tasks.spawn(async move { bridge.pass(message).await });
                    running.insert(id.to_string(), task);
                }
            }
        }
        // Whoever closed the pipe waits for nothing any more.
        tasks.shutdown().await;
        Ok(())
    }

    fn has_session(&self) -> bool {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).contains_key(SESSION)
    }

    async fn say(&self, message: Json) {
        self.write(message.to_string()).await;
    }

    async fn write(&self, line: String) {
        let _ = self.lines.send(line).await;
    }

    /// Says a message as it came, if it is one and has a line of its own.
    async fn hand_on(&self, text: &str, begins: bool) -> bool {
        let is_message = serde_json::from_str::<Answer<'_>>(text).is_ok_and(|answer| answer.jsonrpc == "2.0");
        if !is_message {
            return false;
        }
        if (begins || text.contains('\n'))
            && let Ok(message) = serde_json::from_str::<Json>(text)
        {
            self.learn(&message, begins);
            self.say(message).await;
        } else {
            self.write(text.to_owned()).await;
        }
        true
    }

    /// Hands a message on, and what is answered back.
    async fn pass(&self, message: Message) {
        let id = message.json["id"].clone();
        let begins = message.json["method"] == "initialize";
        match self.post(message).await {
            Ok(response) => self.answer(response, &id, begins).await,
            Err(problem) => self.fail(&id, &problem).await,
        }
    }

    async fn fail(&self, id: &Json, problem: &Problem) {
        if !id.is_null() {
            let hint = problem.hint.as_deref().unwrap_or_default();
            self.say(error(id, -32603, &format!("{}; {hint}", problem.message))).await;
        }
    }

    async fn post(&self, message: Message) -> Result<Response<Body>, Problem> {
        let Message { body, json: message } = message;
        let mut request = self.request(Method::POST)?.map(|_| Full::new(body));
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let mut put = |name: HeaderName, value: Option<&str>| {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
                headers.insert(name, value);
            }
        };
        let own = message.pointer(OWN_VERSION).and_then(Json::as_str);
        put(VERSION, own);
        if own.is_some() {
            put(METHOD, message["method"].as_str());
            put(NAME, message["params"]["name"].as_str().or_else(|| message["params"]["uri"].as_str()));
        }
        self.client.0.way.send(request).await
    }

    fn request(&self, method: Method) -> Result<Request<Full<Bytes>>, Problem> {
        let mut request = match &self.token {
            Some(_) => self.client.bare(method, PATH, NONE)?,
            None => self.client.request(method, PATH, NONE)?,
        };
        let headers = request.headers_mut();
        let accept = HeaderValue::from_static("application/json, text/event-stream");
        headers.insert(header::ACCEPT, accept);
        for (name, value) in self.session.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            headers.insert(name, value.clone());
        }
        if let Some(token) = &self.token {
            headers.insert(header::AUTHORIZATION, token.clone());
        }
        Ok(request)
    }

    async fn answer(&self, response: Response<Body>, id: &Json, begins: bool) {
        let status = response.status();
        if begins && let Some(session) = response.headers().get(SESSION) {
            self.session.lock().unwrap_or_else(PoisonError::into_inner).insert(SESSION, session.clone());
        }
        let kind = response.headers().get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
        if kind.starts_with(b"text/event-stream") {
            return self.stream(response, begins).await;
        }
        let body = Limited::new(response.into_body(), ANSWER).collect().await;
        let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        if let Ok(text) = std::str::from_utf8(&body)
            && self.hand_on(text.trim(), begins).await
        {
            return;
        }
        match serde_json::from_slice::<Json>(&body) {
            Ok(problem) if !status.is_success() => {
                let problem = serde_json::from_value(problem).unwrap_or_else(|_| Problem::failed(status.to_string()));
                self.fail(id, &problem).await;
            }
            _ if status.is_success() => {}
            _ => self.fail(id, &Problem::failed(format!("it was answered with `{status}`"))).await,
        }
    }

    async fn stream(&self, response: Response<Body>, begins: bool) {
        let mut events = std::pin::pin!(sse::events(response.into_body()));
        while let Some(Ok(event)) = events.next().await {
            self.hand_on(&event.data, begins).await;
        }
    }

    /// The revision that was agreed on.
    fn learn(&self, message: &Json, begins: bool) {
        let agreed = message["result"]["protocolVersion"].as_str().filter(|_| begins);
        if let Some(version) = agreed.and_then(|version| HeaderValue::from_str(version).ok()) {
            self.session.lock().unwrap_or_else(PoisonError::into_inner).insert(VERSION, version);
        }
    }

    /// What a session is told outside of its requests.
    async fn follow(&self) {
        let Ok(request) = self.request(Method::GET) else { return };
        if let Ok(response) = self.client.0.way.send(request).await
            && response.status() == StatusCode::OK
        {
            self.stream(response, false).await;
        }
    }

    /// Ends the session.
    async fn leave(&self) {
        if self.has_session()
            && let Ok(request) = self.request(Method::DELETE)
        {
            let _ = self.client.0.way.send(request).await;
        }
    }
}

fn error(id: &Json, code: i32, message: &str) -> Json {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}
