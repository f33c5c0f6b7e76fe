//! A request from its checks to the head of its answer, through all redirects.

use super::body::{Body, Start, because};
use super::decode::Coding;
use super::error::{HttpError, Refused};
use super::gate::{Checked, Gate, permit};
use super::headers::{Header, Outgoing, incoming};
use super::limits::{LONGEST_HEAD, LONGEST_REQUEST, Limits, MOST_HEADERS};
use super::redirect::Leg;
use super::retry::Retry;
use super::target::{Target, address};
use super::{secret, terms};
use crate::secrets::source::{NoSecrets, SecretSource};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body as _, Incoming};
use hyper::header;
use hyper::{Request, Response, Uri};
use loket_kernel::Terms;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Sends requests.
pub struct Client {
    gate: Arc<Gate>,
    secrets: Arc<dyn SecretSource>,
    limits: Limits,
}

/// A request, as a component wrote it.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Ask {
    /// The method.
    pub method: String,
    /// The address.
    pub url: String,
    /// The headers.
    pub headers: Vec<Header>,
    /// The body.
    pub body: serde_bytes::ByteBuf,
    /// How long to wait for the head of the answer, in milliseconds.
    pub timeout: Option<u32>,
    /// Whether to try again.
    pub retry: Option<Retry>,
}

/// On whose behalf a request is sent.
pub struct Behalf<'a> {
    /// The terms of all grants along the chain; none for the owner.
    pub grants: &'a [Terms],
    /// Who asks: only requests of the same asker share a connection.
    pub asker: Arc<str>,
    /// When it must be over.
    pub deadline: Instant,
}

/// The head of an answer.
#[derive(Debug, Clone)]
pub struct Head {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: Vec<Header>,
    /// The address that answered.
    pub url: String,
}

impl Head {
    /// The value of a header; of the first, where there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter();
        all.find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.as_str())
    }
}

impl Client {
    /// A client that goes through this gate.
    pub fn new(gate: Gate, secrets: Arc<dyn SecretSource>, limits: Limits) -> Client {
        Client { gate: Arc::new(gate), secrets, limits }
    }

    /// A client through the same gate, which knows no secret: it puts none in, and takes none out of what is answered. For what the host
    /// asks for itself, where an answer is a secret.
    #[must_use]
    pub(crate) fn without_secrets(&self, limits: Limits) -> Client {
        Client { gate: self.gate.clone(), secrets: Arc::new(NoSecrets), limits }
    }

    /// The limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Sends a request, and waits for the head of the answer.
    ///
    /// # Errors
    /// When it is malformed, not permitted, not answered, or answered with too much.
    pub async fn send(&self, ask: Ask, behalf: Behalf<'_>) -> Result<(Head, Body), HttpError> {
        match ask.retry {
            Some(retry) => self.patiently(ask, &behalf, retry).await,
            None => self.once_asked(ask, &behalf).await,
        }
    }

    /// Sends a request once.
    pub(super) async fn once_asked(&self, ask: Ask, behalf: &Behalf<'_>) -> Result<(Head, Body), HttpError> {
        let wait = match ask.timeout {
            Some(0) => return Err(HttpError::Invalid("a `timeout` of 0 ms leaves no time for an answer".to_owned())),
            Some(wait) => Duration::from_millis(wait.into()).min(self.limits.total),
            None => self.limits.head,
        };
        let (leg, headers) = read(ask)?;
        let target = leg.target.clone();
        let left = behalf.deadline.saturating_duration_since(Instant::now());
        let until = Instant::now() + self.limits.total.min(left);
        let sending = self.follow(leg, headers, behalf, until);
        tokio::time::timeout(wait.min(left), sending)
            .await
            .unwrap_or_else(|_| Err(HttpError::late(&target, wait.min(left))))
    }

    async fn follow(
        &self,
        mut leg: Leg,
        mut headers: Outgoing,
        behalf: &Behalf<'_>,
        until: Instant,
    ) -> Result<(Head, Body), HttpError> {
        let mut from: Option<Target> = None;
        for _ in 0..=self.limits.redirects {
            let (line, response) = self.once(&leg, &headers, behalf).await.map_err(|e| told(e, from.as_ref()))?;
            let next = match self.limits.redirects {
                0 => None,
                _ => leg.next(response.status(), response.headers())?,
            };
            let Some(next) = next else { return self.answer(leg, line, response, until) };
            if next.target != leg.target {
                headers.forget_secrets();
            }
            if next.method != leg.method {
                headers.forget_body();
            }
            from = Some(std::mem::replace(&mut leg, next).target);
        }
        let most = self.limits.redirects;
        Err(HttpError::exhausted(
            "redirects",
            format!("{most} redirects are followed, and `{}` asks for one more", leg.target),
        ))
    }

    /// One request, without redirects.
    async fn once(
        &self,
        leg: &Leg,
        headers: &Outgoing,
        behalf: &Behalf<'_>,
    ) -> Result<(super::connect::Line, Response<Incoming>), HttpError> {
        let permitted = permit(behalf.grants, &leg.target, &leg.method)?;
        let checked = self.gate.check(permitted).await?;
        let request = self.request(leg, headers, behalf.grants, &checked)?;
        let mut line = self.gate.connect(&checked, &behalf.asker, false).await?;
        let used = line.is_used();
        let answered = match line.send(request.clone()).await {
            // The other side gave up the connection just when it was used again; such a request may be sent twice.
            Err(e)
                if used
                    && leg.method.is_idempotent()
                    && (e.is_incomplete_message() || e.is_canceled() || e.is_closed() || is_reset(&e)) =>
            {
                line = self.gate.connect(&checked, &behalf.asker, true).await?;
                line.send(request).await
            }
            answered => answered,
        };
        answered.map(|response| (line, response)).map_err(|e| failed(&leg.target, &e))
    }

    fn request(
        &self,
        leg: &Leg,
        headers: &Outgoing,
        grants: &[Terms],
        checked: &Checked,
    ) -> Result<Request<Full<Bytes>>, HttpError> {
        let path = match leg.url.query() {
            Some(query) => format!("{}?{query}", leg.url.path()),
            None => leg.url.path().to_owned(),
        };
        let uri: Uri =
            path.parse().map_err(|e| HttpError::Invalid(format!("`{}` cannot be asked for: {e}", leg.url)))?;
        let mut request = Request::new(Full::new(leg.body.clone()));
        *request.method_mut() = leg.method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = headers.fill(&*self.secrets, grants, checked)?;
        Ok(request)
    }

    fn answer(
        &self,
        leg: Leg,
        line: super::connect::Line,
        response: Response<Incoming>,
        until: Instant,
    ) -> Result<(Head, Body), HttpError> {
        let redactor = self.secrets.redactor();
        let (head, incoming_body) = response.into_parts();
        // What comes in one piece is parsed even where it is longer than the connection's buffer should be.
        let size: usize = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        if size > LONGEST_HEAD {
            return Err(too_large(&leg.target));
        }
        let coding = match incoming_body.is_end_stream() {
            true => None,
            false => Coding::of(&head.headers)?,
        };
        let announced =
            head.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if let Some(size) = announced.filter(|size| *size > self.limits.body && !incoming_body.is_end_stream()) {
            let most = self.limits.body;
            let detail = format!("`{}` answers with {size} bytes, and {most} are read at most", leg.target);
            return Err(HttpError::exhausted("body-size", detail));
        }
        let url = leg.url.to_string();
        let told = Head {
            status: head.status.as_u16(),
            headers: incoming(&head.headers, coding.is_some(), &redactor),
            url: redactor.text(&url).unwrap_or(url),
        };
        let body = Body::new(Start {
            target: leg.target,
            method: leg.method,
            incoming: incoming_body,
            coding,
            line,
            gate: self.gate.clone(),
            cleaner: redactor.stream(),
            limits: self.limits.clone(),
            until,
        })?;
        Ok((told, body))
    }
}

/// Checks all of a request that needs no grant to check.
fn read(ask: Ask) -> Result<(Leg, Outgoing), HttpError> {
    let method = terms::method(&ask.method).map_err(HttpError::Invalid)?;
    if secret::is_in(&ask.url) {
        return Err(HttpError::Invalid(
            "an address has no place for a secret: it would be in every log; put it into a header".to_owned(),
        ));
    }
    let (url, target) = address(&ask.url).map_err(HttpError::Invalid)?;
    if ask.body.len() > LONGEST_REQUEST {
        let size = ask.body.len();
        return Err(HttpError::Invalid(format!(
            "a request's body has {LONGEST_REQUEST} bytes at most, this one has {size}"
        )));
    }
    let headers = Outgoing::read(&ask.headers)?;
    Ok((Leg { url, target, method, body: ask.body.into_vec().into() }, headers))
}

/// A refusal that says that it was a redirect which led there.
fn told(error: HttpError, from: Option<&Target>) -> HttpError {
    match (error, from) {
        (HttpError::Refused(Refused { reason, lacks }), Some(from)) => {
            HttpError::refused(format!("`{from}` redirects elsewhere, and {reason}"), lacks)
        }
        (error, _) => error,
    }
}

/// Why there was no answer on a connection that stood.
fn failed(target: &Target, error: &hyper::Error) -> HttpError {
    if error.is_parse_too_large() {
        return too_large(target);
    }
    match error.is_parse() {
        true => HttpError::Broken(format!("what `{target}` answers is no HTTP: {}", because(error))),
        false => HttpError::Unreachable(format!("`{target}` did not answer: {}", because(error))),
    }
}

fn too_large(target: &Target) -> HttpError {
    let detail =
        format!("the headers of `{target}` are more than {MOST_HEADERS}, or have more than {LONGEST_HEAD} bytes");
    HttpError::exhausted("answer-headers", detail)
}

/// Whether the other side gave the connection up by a reset.
fn is_reset(error: &hyper::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<std::io::Error>());
    cause.is_some_and(|cause| matches!(cause.kind(), BrokenPipe | ConnectionAborted | ConnectionReset))
}
