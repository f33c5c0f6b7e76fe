//! Requests that change something, and are sent again because their answer was lost: with the same `Idempotency-Key` they are done once, and
//! answered as they were answered ([draft-ietf-httpapi-idempotency-key-header](https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/)).
//!
//! A key counts for one caller, for [`KEPT`], and until the host ends.

use super::answer::{Refusal, is_of, whole};
use super::routes::App;
use crate::desk::{Caller, Problem};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use lru::LruCache;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// In an answer that was given before.
const AGAIN: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Where no key is taken.
const CHAT: &str = "/api/v1/chat";
/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(600);
/// How many are kept; those that were asked for longest ago go first.
const MOST: NonZeroUsize = NonZeroUsize::new(1024).unwrap();
/// The biggest answer that is kept, in bytes. What answers with more is not protected, and is done again.
const BIGGEST: usize = 64 * 1024;
/// The longest key, in bytes.
const LONGEST: usize = 128;

/// The answers that are kept.
pub(crate) struct Answers(Mutex<LruCache<(String, String), Kept>>);

/// What a key stands for.
struct Kept {
    /// The digest of path, query and body.
    request: [u8; 32],
    since: Instant,
    /// Nothing while it is still being done.
    answer: Option<Answer>,
}

#[derive(Clone)]
struct Answer {
    status: StatusCode,
    kind: Option<HeaderValue>,
    body: Bytes,
}

impl Answers {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(LruCache::new(MOST)))
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<(String, String), Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a key for a request; or answers as that was answered before, or why it is not done.
    fn take(&self, key: &(String, String), request: [u8; 32]) -> Result<(), Box<Response>> {
        let mut all = self.lock();
        let refuse = |status, why: &str, hint: &str| {
            let problem = Problem::invalid(format!("the `Idempotency-Key` {} {why}", key.1)).hint(hint);
            Err(Box::new(Refusal::new(status, problem).into_response()))
        };
        // What is too old is not kept until others push it out: it may be the text of a token.
        while all.peek_lru().is_some_and(|(_, kept)| kept.answer.is_some() && kept.since.elapsed() >= KEPT) {
            all.pop_lru();
        }
        // One that is still being done is not forgotten, however long that takes.
        match all.get(key).filter(|kept| kept.answer.is_none() || kept.since.elapsed() < KEPT) {
            Some(kept) if kept.request != request => refuse(
                StatusCode::UNPROCESSABLE_ENTITY,
                "stands for another request",
                "make a new key for each request, and keep it when you send that one again",
            ),
            Some(Kept { answer: None, .. }) => refuse(
                StatusCode::CONFLICT,
                "stands for a request that is still being done",
                "wait a moment, and send it again",
            ),
            Some(Kept { answer: Some(answer), .. }) => {
                let mut response = answer.clone().into_response();
                response.headers_mut().insert(AGAIN, HeaderValue::from_static("true"));
                Err(Box::new(response))
            }
            None => {
                all.put(key.clone(), Kept { request, since: Instant::now(), answer: None });
                Ok(())
            }
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = (self.status, Body::from(self.body)).into_response();
        if let Some(kind) = self.kind {
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
        response
    }
}

/// The layer behind the gate.
pub(crate) async fn pass(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let has_key = request.headers().contains_key(KEY) && request.method() == Method::POST;
    // Of whoever is not known here yet, nothing is kept: what is told to one must not be told to another.
    let caller = request.extensions().get::<Caller>().map(|caller| caller.name.clone());
    let Some(caller) = caller.filter(|_| has_key && request.uri().path() != crate::mcp::PATH) else {
        return next.run(request).await;
    };
    match prepared(&app, caller, request).await {
        Ok((key, digest, request)) => match app.answers.take(&key, digest) {
            Ok(()) => done(app, key, request, next).await,
            Err(answer) => *answer,
        },
        Err(refusal) => refusal.into_response(),
    }
}

/// Whose key it is, what it stands for, and the request with its body read.
async fn prepared(app: &App, who: String, request: Request) -> Result<((String, String), [u8; 32], Request), Refusal> {
    is_of(&request, "application/json", "an `Idempotency-Key` is for JSON alone")?;
    if request.uri().path() == CHAT {
        let problem = Problem::invalid("a turn is answered with a stream, which is not kept for an `Idempotency-Key`");
        return Err(problem.hint("leave it out; `loket ledger` shows whether the turn ran").into());
    }
    let key = request.headers().get(KEY).and_then(|key| key.to_str().ok()).unwrap_or_default().trim().to_owned();
    if key.is_empty() || key.len() > LONGEST {
        let problem = Problem::invalid(format!("an `Idempotency-Key` has 1 to {LONGEST} visible ASCII characters"));
        return Err(problem.hint("a random UUID will do").into());
    }
    let (parts, body) = request.into_parts();
    let limits = app.gate.limits();
    let body = whole(Request::new(body), limits.body, limits.body_time).await?;
    let mut digest = blake3::Hasher::new();
    let place = parts.uri.path_and_query().map(|place| place.as_str()).unwrap_or_default();
    digest.update(&(place.len() as u64).to_le_bytes()).update(place.as_bytes()).update(&body);
    let digest = *digest.finalize().as_bytes();
    Ok(((who, key), digest, Request::from_parts(parts, Body::from(body))))
}

/// Has it done, also when whoever asked goes away meanwhile, and keeps the answer.
async fn done(app: Arc<App>, key: (String, String), request: Request, next: Next) -> Response {
    let answered = tokio::spawn(async move {
        // A key whose request came to nothing is free again.
        let mut held = Held { app: &app, key, answer: None };
        let (parts, body) = next.run(request).await.into_parts();
        let kind = parts.headers.get(header::CONTENT_TYPE).cloned();
        let is_json = kind.as_ref().and_then(|kind| kind.to_str().ok()).is_some_and(|kind| kind.ends_with("json"));
        if !is_json {
            return Response::from_parts(parts, body);
        }
        let Ok(body) = body.collect().await.map(|body| body.to_bytes()) else {
            return Refusal::from(Problem::failed("the answer broke off").hint("send it again")).into_response();
        };
        // What may go well another time is not kept.
        let is_final = !parts.status.is_server_error() && parts.status != StatusCode::TOO_MANY_REQUESTS;
        if is_final && body.len() <= BIGGEST {
            held.answer = Some(Answer { status: parts.status, kind, body: body.clone() });
        }
        Response::from_parts(parts, Body::from(body))
    });
    answered.await.unwrap_or_else(|_| {
        let problem = Problem::failed("the host met a fault of its own while it answered");
        Refusal::from(problem.hint("`loket doctor` looks the host over")).into_response()
    })
}

/// A key that was taken, until it is known what came of it.
struct Held<'a> {
    app: &'a App,
    key: (String, String),
    answer: Option<Answer>,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut all = self.app.answers.lock();
        match self.answer.take() {
            Some(answer) => {
                if let Some(kept) = all.get_mut(&self.key) {
                    kept.answer = Some(answer);
                    kept.since = Instant::now();
                }
            }
            None => drop(all.pop(&self.key)),
        }
    }
}
