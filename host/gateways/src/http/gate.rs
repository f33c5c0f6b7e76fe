//! The gate: the one layer before every route, also before those that do not exist.
//!
//! A web page that the owner visits runs on the owner's own machine and can reach this service. So it is not enough to listen
//! on the loopback address: the host name must be ours (a rebound DNS name is not), the origin must be ours, and the owner's
//! token must be shown.

use super::answer::Refusal;
use super::protected::{challenge, resource};
use super::routes::{App, METRICS, is_of_programs, is_owners_act, is_public};
use super::token::OwnerToken;
use crate::desk::{Caller, Desk, Introduced, MOST_PACKAGE_BYTES, Problem, Visitor};
use crate::mcp;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, HOST, HeaderName, ORIGIN, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use http_body_util::BodyExt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What an answer says that may be kept by browsers for good.
pub const KEPT: &str = "public, max-age=31536000, immutable";

/// Who sent a request, put into its extensions by whatever took it in. A request without one is refused.
#[derive(Debug, Clone)]
pub struct Peer {
    /// From where it came.
    pub address: IpAddr,
    /// When the service goes down.
    pub shutdown: CancellationToken,
    /// Ends when turns, too, have had their time to end.
    pub cut: CancellationToken,
}

impl Peer {
    /// This process itself.
    #[must_use]
    pub fn in_process() -> Self {
        Self { address: Ipv4Addr::LOCALHOST.into(), shutdown: CancellationToken::new(), cut: CancellationToken::new() }
    }
}

/// What one request, and all of them together, may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The biggest body, in bytes.
    pub body: usize,
    /// How long a body may take to arrive.
    pub body_time: Duration,
    /// The biggest component that is taken in, in bytes.
    pub upload: usize,
    /// How long a component may take to arrive.
    pub upload_time: Duration,
    /// How many components are taken in at once.
    pub uploads: usize,
    /// How long an answer may take to begin.
    pub answer_time: Duration,
    /// How many requests are answered at once, streams included.
    pub in_flight: usize,
}

impl Limits {
    /// How many requests of clients are answered at once, all of them together: half of what is answered at all.
    #[must_use]
    pub fn of_clients(&self) -> usize {
        (self.in_flight / 2).max(1)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1024 * 1024,
            body_time: Duration::from_secs(10),
            upload: MOST_PACKAGE_BYTES,
            upload_time: Duration::from_secs(120),
            uploads: 2,
            answer_time: Duration::from_secs(300),
            in_flight: 256,
        }
    }
}

/// What of a request is looked at. Not its body, which nobody shares.
struct Parts<'r> {
    method: &'r Method,
    uri: &'r Uri,
    headers: &'r HeaderMap,
    peer: Option<&'r Peer>,
}

/// Who may come in.
#[derive(Debug, Clone)]
pub struct Gate {
    listen: SocketAddr,
    hosts: Vec<String>,
    token: OwnerToken,
    /// Whoever comes in with another token.
    others: Vec<(OwnerToken, Caller)>,
    limits: Limits,
}

impl Gate {
    /// A gate for a service that listens there (the port that was bound, not 0), opened by that token.
    #[must_use]
    pub fn new(listen: SocketAddr, token: OwnerToken) -> Self {
        let port = listen.port();
        let mut hosts = vec![listen.to_string()];
        for name in ["localhost", "127.0.0.1", "[::1]"] {
            hosts.push(format!("{name}:{port}"));
            // HTTP's own port is left out by browsers.
            if port == 80 {
                hosts.push(name.to_owned());
            }
        }
        Self { listen, hosts, token, others: Vec::new(), limits: Limits::default() }
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same, which another token opens as well: for whoever that is, and for what it is good for.
    #[must_use]
    pub fn with_token(mut self, token: OwnerToken, caller: Caller) -> Self {
        self.others.push((token, caller));
        self
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The answer to a client's question whether this service holds its token.
    pub(crate) fn proof(&self, nonce: &str) -> String {
        self.token.proof(nonce, &self.listen.to_string())
    }

    /// Whether a request may come in, and whose it is; nobody's where no token is asked for.
    async fn check(&self, request: &Parts<'_>, app: &App) -> Result<Option<Visitor>, Refusal> {
        self.check_peer(request)?;
        let host = self.check_host(request)?;
        check_origin(request.headers, &host)?;
        let path = request.uri.path();
        if is_public(path) {
            return Ok(None);
        }
        if app.pages.is_some() && !is_of_programs(path) {
            // A token opens no page, and a session no path of programs.
            return Ok(None);
        }
        let visitor = self.check_token(request, &host, &*app.desk).await?;
        let caller = &visitor.caller;
        let opens = path == mcp::PATH || (path == METRICS && caller.scopes.metrics);
        if caller.is_client() && !opens {
            let also = if caller.scopes.metrics { format!(" and {METRICS}") } else { String::new() };
            let why = format!("the token of `{}` opens {}{also} and nothing else", caller.name, mcp::PATH);
            return Err(Problem::denied(why).hint("use the owner's own token, in `state/token` of the home").into());
        }
        if !caller.scopes.approve && is_owners_act(request.method, path) {
            let why = format!("the token of `{}` lacks the scope `approve`", caller.name);
            return Err(Problem::denied(why).hint("only the owner does this: use the owner's own token").into());
        }
        Ok(Some(visitor))
    }

    fn check_peer(&self, request: &Parts<'_>) -> Result<(), Refusal> {
        match request.peer {
            Some(peer) if peer.address.to_canonical().is_loopback() => Ok(()),
            _ => Err(Problem::denied("this service answers only programs on its own machine")
                .hint("for another machine, tunnel to it, for example with `ssh -L`")
                .into()),
        }
    }

    /// The host that was asked for, which must be one of ours.
    fn check_host(&self, request: &Parts<'_>) -> Result<String, Refusal> {
        let refuse = |why: String| {
            let hint = format!("use http://{}", self.listen);
            Err(Refusal::from(Problem::denied(why).hint(hint)))
        };
        let Some(host) = single(request.headers, &HOST) else {
            return refuse(
                "the request has no single `Host` header, so it may have been made for another server".to_owned(),
            );
        };
        let ours = |name: &str| self.hosts.iter().any(|ours| ours.eq_ignore_ascii_case(name));
        if !ours(host) {
            return refuse(format!("the request is for the host `{}`, which this service is not", host.escape_debug()));
        }
        // A request may also carry its host in its first line, as those to a proxy do.
        match request.uri.authority() {
            Some(authority) if !ours(authority.as_str()) => {
                refuse(format!("the request is for `{authority}`, which this service is not"))
            }
            _ => Ok(host.to_ascii_lowercase()),
        }
    }

    async fn check_token(&self, request: &Parts<'_>, host: &str, desk: &dyn Desk) -> Result<Visitor, Refusal> {
        let shown = single(request.headers, &AUTHORIZATION).and_then(|value| value.split_once(' '));
        // Such tokens open nothing else. It is asked for only where no token of this home is shown.
        let issuer = || desk.token_issuer().filter(|_| request.uri.path() == mcp::PATH);
        let mut error = None;
        let why = match shown {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                if self.token.matches(token.trim()) {
                    return Ok(Visitor::owner());
                }
                if let Some((_, caller)) = self.others.iter().find(|(other, _)| other.matches(token.trim())) {
                    return Ok(Visitor { caller: caller.clone(), ..Visitor::owner() });
                }
                if let Some(visitor) = desk.visitor(token.trim()) {
                    return Ok(visitor);
                }
                let mut why = "the request's token is not the owner's, and no other that is good now".to_owned();
                error = Some("invalid_token");
                if let Some(issuer) = issuer() {
                    let own = || self.hosts.iter().map(|host| resource(host)).collect();
                    let audience = if issuer.audience.is_empty() { own() } else { issuer.audience.clone() };
                    match desk.introduced(token.trim(), &audience).await {
                        Introduced::As(visitor) => return Ok(visitor),
                        Introduced::Nobody(because) => why = format!("{why}: {because}"),
                        Introduced::TooLittle => {
                            let problem = Problem::denied("the request's token is not good for enough");
                            let problem = problem.hint(format!("get one for: {}", issuer.scopes.join(" ")));
                            let challenge = challenge(host, &issuer.scopes, Some("insufficient_scope"));
                            return Err(Refusal::from(problem).with_challenge(challenge));
                        }
                    }
                }
                why
            }
            _ => "the request shows no token".to_owned(),
        };
        let hint = "send `Authorization: Bearer …` with what is in `state/token` of the home";
        let challenge = issuer().and_then(|issuer| challenge(host, &issuer.scopes, error));
        Err(Refusal::new(StatusCode::UNAUTHORIZED, Problem::denied(why).hint(hint)).with_challenge(challenge))
    }
}

/// The origin, where there is one, must be the very host that was asked for: no other page speaks for the owner.
fn check_origin(headers: &HeaderMap, host: &str) -> Result<(), Refusal> {
    if !headers.contains_key(ORIGIN) {
        return Ok(());
    }
    match single(headers, &ORIGIN) {
        Some(origin) if origin.eq_ignore_ascii_case(&format!("http://{host}")) => Ok(()),
        origin => {
            let origin = origin.unwrap_or("(unreadable)").escape_debug();
            Err(Problem::denied(format!("the request was made by a page of `{origin}`, not of this service"))
                .hint("programs leave the `Origin` header out; web pages are served by Loket itself")
                .into())
        }
    }
}

/// The value of a header that is there exactly once.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// The layer itself: check, count, limit, and let no panic out.
pub(crate) async fn pass(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let parts = Parts {
        method: request.method(),
        uri: request.uri(),
        headers: request.headers(),
        peer: request.extensions().get::<Peer>(),
    };
    let mut response = match app.gate.check(&parts, &app).await {
        Err(refusal) => {
            tracing::warn!(path = request.uri().path(), reason = %refusal.problem, "loket.gate.refused");
            refusal.into_response()
        }
        Ok(visitor) => {
            let is_client = visitor.as_ref().is_some_and(|visitor| visitor.caller.is_client());
            if let Some(visitor) = visitor {
                request.extensions_mut().insert(visitor.caller.clone());
                request.extensions_mut().insert(visitor);
            }
            answer(&app, is_client, request, next).await
        }
    };
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // What is in the program itself, under a name that has its digest, may be kept; nothing else.
    if headers.get(CACHE_CONTROL).is_none_or(|said| said != KEPT) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if app.desk.is_in_safe_mode() {
        headers.insert(super::routes::SAFE_MODE, HeaderValue::from_static("on"));
    }
    response
}

async fn answer(app: &App, is_client: bool, request: Request, next: Next) -> Response {
    let limits = &app.gate.limits;
    // Of all places half are left to the owner, whatever clients do.
    let client = is_client.then(|| app.clients.clone().try_acquire_owned()).transpose();
    let Ok(client) = client else { return full(limits.of_clients(), "requests of clients") };
    let Ok(permit) = app.in_flight.clone().try_acquire_owned() else { return full(limits.in_flight, "requests") };
    let time = app.gate.limits.answer_time;
    let response = match tokio::time::timeout(time, AssertUnwindSafe(next.run(request)).catch_unwind()).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => Refusal::from(
            Problem::failed("the host met a fault of its own while it answered")
                .hint("`loket doctor` looks the host over"),
        )
        .into_response(),
        Err(_) => Refusal::new(
            StatusCode::GATEWAY_TIMEOUT,
            Problem::unavailable(format!("no answer within {} s", time.as_secs()))
                .hint("`loket ledger` shows what it waits for"),
        )
        .into_response(),
    };
    // The place is given back when the last byte has gone, not before.
    let (parts, body) = cleansed(&app.desk, response).into_parts();
    let body = body.map_frame(move |frame| {
        let _held = (&permit, &client);
        frame
    });
    Response::from_parts(parts, Body::new(body))
}

fn full(limit: usize, what: &str) -> Response {
    let problem = Problem::unavailable(format!("{limit} {what} are being answered already"));
    Refusal::from(problem.hint("try again in a moment")).into_response()
}

/// An answer without the values of secrets. Each frame is whole: a document, or one event of a stream.
fn cleansed(desk: &Arc<dyn Desk>, mut response: Response) -> Response {
    if !desk.hides() {
        return response;
    }
    // What is taken out changes the length.
    response.headers_mut().remove(CONTENT_LENGTH);
    let desk = desk.clone();
    response.map(|body| {
        Body::new(
            body.map_frame(move |frame| {
                frame.map_data(|data| desk.redact(&data).map_or(data, axum::body::Bytes::from))
            }),
        )
    })
}
