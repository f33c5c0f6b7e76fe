//! The gate: the one layer before every route, also before those that do not exist.
//!
//! A web page that the owner visits runs on the owner's own machine and can reach this service. So it is not enough to listen
//! on the loopback address: the host name must be ours (a rebound DNS name is not), the origin must be ours, and the owner's
//! token must be shown.

use super::answer::Refusal;
use super::pace::Rates;
use super::protected::{challenge, resource};
use super::routes::{App, METRICS, is_brake, is_of_programs, is_owners_act, is_public};
use super::token::OwnerToken;
use crate::desk::{Caller, Desk, Introduced, MOST_PACKAGE_BYTES, Problem, Visitor};
use crate::mcp;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, Entry, HOST, HeaderName, ORIGIN, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS,
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

/// How much of a path is noted, in characters.
const NOTED: usize = 200;

/// Who sent a request, put into its extensions by whatever took it in. A request without one is refused.
#[derive(Debug, Clone)]
pub struct Peer {
    /// From where it came.
    pub address: IpAddr,
    /// When the service goes down.
    pub shutdown: CancellationToken,
    /// Ends when turns, too, have had their time to end.
    pub cut: CancellationToken,
    /// Whether this process itself asks, which is never too often.
    pub is_this_process: bool,
}

impl Peer {
    /// This process itself.
    #[must_use]
    pub fn in_process() -> Self {
        Self {
            address: Ipv4Addr::LOCALHOST.into(),
            shutdown: CancellationToken::new(),
            cut: CancellationToken::new(),
            is_this_process: true,
        }
    }

    /// Whether it is on this machine.
    pub(crate) fn is_here(&self) -> bool {
        self.address.to_canonical().is_loopback()
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
    /// How many requests are answered at once.
    pub in_flight: usize,
    /// How many streams are open at once. They wait for most of their life, and take no place of what is answered.
    pub streams: usize,
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
            streams: 1_024,
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
    /// `https` where it encrypts.
    scheme: &'static str,
    hosts: Vec<String>,
    token: OwnerToken,
    /// Whoever comes in with another token.
    others: Vec<(OwnerToken, Caller)>,
    limits: Limits,
    rates: Rates,
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
        let (limits, rates) = (Limits::default(), Rates::default());
        Self { listen, scheme: "http", hosts, token, others: Vec::new(), limits, rates }
    }

    /// The same for a service that encrypts: other machines may come, too, and ask for it by these names as well, at this port where they have
    /// none.
    #[must_use]
    pub fn encrypted(mut self, names: &[String]) -> Self {
        self.scheme = "https";
        let port = self.listen.port();
        self.hosts.extend(names.iter().map(|name| with_port(name, port)));
        // HTTPS's own port is left out by browsers.
        let bare: Vec<_> = self.hosts.iter().filter_map(|host| host.strip_suffix(":443")).map(str::to_owned).collect();
        self.hosts.extend(bare);
        self
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same at another pace.
    #[must_use]
    pub fn with_rates(mut self, rates: Rates) -> Self {
        self.rates = rates;
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

    /// Whether nobody on the way can read along.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.scheme == "https"
    }

    /// How addresses of this service begin.
    pub(crate) fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// What cursors are sealed with.
    pub(crate) fn cursor_key(&self) -> [u8; 32] {
        self.token.key("loket 2026 cursors of lists")
    }

    pub(crate) fn rates(&self) -> Rates {
        self.rates
    }

    /// The answer to a client's question whether this service holds its token.
    pub(crate) fn proof(&self, nonce: &str) -> String {
        self.token.proof(nonce, &self.listen.to_string())
    }

    /// Whether a request may come in, and whose it is; nobody's where no token is asked for.
    async fn check(&self, request: &Parts<'_>, app: &App) -> Result<Option<Visitor>, Refusal> {
        self.check_peer(request)?;
        let host = self.check_host(request)?;
        check_origin(request.headers, self.scheme, &host)?;
        let path = request.uri.path();
        if is_public(path) {
            return Ok(None);
        }
        if app.pages.is_some() && !is_of_programs(path) {
            // A token opens no page, and a session no path of programs.
            return Ok(None);
        }
        let visitor = self.check_token(request, &host, app).await?;
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
            Some(peer) if self.is_encrypted() || peer.is_here() => Ok(()),
            _ => Err(Problem::denied("this service answers only programs on its own machine")
                .hint("for another machine, tunnel to it, for example with `ssh -L`, or serve it encrypted: `loket serve --help`")
                .into()),
        }
    }

    /// The host that was asked for, which must be one of ours.
    fn check_host(&self, request: &Parts<'_>) -> Result<String, Refusal> {
        let refuse = |why: String| {
            let mut hint = format!("use {}://{}", self.scheme, self.listen);
            if self.is_encrypted() {
                hint += ", or let it be known by that name: `hosts` in `[server]` of loket.toml";
            }
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

    async fn check_token(&self, request: &Parts<'_>, host: &str, app: &App) -> Result<Visitor, Refusal> {
        let desk = &app.desk;
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
                    // Its signature is computed with, and its keys may have to be fetched.
                    if let Some(peer) = request.peer.filter(|peer| !peer.is_this_process) {
                        app.pace.may_be_looked_at(peer.address)?;
                    }
                    let own = || self.hosts.iter().map(|host| resource(self.scheme, host)).collect();
                    let audience = if issuer.audience.is_empty() { own() } else { issuer.audience.clone() };
                    match desk.introduced(token.trim(), &audience).await {
                        Introduced::As(visitor) => return Ok(visitor),
                        Introduced::Nobody(because) => why = format!("{why}: {because}"),
                        Introduced::TooLittle => {
                            let problem = Problem::denied("the request's token is not good for enough");
                            let problem = problem.hint(format!("get one for: {}", issuer.scopes.join(" ")));
                            let challenge = challenge(self.scheme, host, &issuer.scopes, Some("insufficient_scope"));
                            return Err(Refusal::from(problem).with_challenge(challenge));
                        }
                    }
                }
                why
            }
            _ => "the request shows no token".to_owned(),
        };
        let hint = "send `Authorization: Bearer …` with what is in `state/token` of the home";
        let challenge = issuer().and_then(|issuer| challenge(self.scheme, host, &issuer.scopes, error));
        Err(Refusal::new(StatusCode::UNAUTHORIZED, Problem::denied(why).hint(hint)).with_challenge(challenge))
    }
}

/// The origin, where there is one, must be the very host that was asked for: no other page speaks for the owner.
fn check_origin(headers: &HeaderMap, scheme: &str, host: &str) -> Result<(), Refusal> {
    if !headers.contains_key(ORIGIN) {
        return Ok(());
    }
    match single(headers, &ORIGIN) {
        Some(origin) if origin.eq_ignore_ascii_case(&format!("{scheme}://{host}")) => Ok(()),
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
    let checked = app.gate.check(&parts, &app).await;
    let mut response = match paced(&app, &parts, checked) {
        Err(refusal) => {
            noted(request.uri().path(), &refusal);
            refusal.into_response()
        }
        Ok(visitor) => {
            let client = visitor.as_ref().map(|visitor| &visitor.caller).filter(|caller| caller.is_client());
            let client = client.map(|caller| caller.name.clone());
            if let Some(visitor) = visitor {
                request.extensions_mut().insert(visitor.caller.clone());
                request.extensions_mut().insert(visitor);
            }
            answer(&app, client.as_deref(), request, next).await.unwrap_or_else(Refusal::into_response)
        }
    };
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // What is in the program itself, under a name that has its digest, may be kept; nothing else.
    if headers.get(CACHE_CONTROL).is_none_or(|said| said != KEPT) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if app.gate.is_encrypted() {
        encrypted_only(headers);
    }
    if app.desk.is_in_safe_mode() {
        headers.insert(super::routes::SAFE_MODE, HeaderValue::from_static("on"));
    }
    response
}

/// Notes a refusal. Who sends it chooses how often it comes and what is in it.
fn noted(path: &str, refusal: &Refusal) {
    let path: String = path.chars().take(NOTED).collect();
    if refusal.status == StatusCode::TOO_MANY_REQUESTS {
        tracing::debug!(path, reason = %refusal.problem, "loket.gate.refused");
    } else {
        tracing::warn!(path, reason = %refusal.problem, "loket.gate.refused");
    }
}

/// What was set over an encrypted way comes back over no other.
fn encrypted_only(headers: &mut HeaderMap) {
    let Entry::Occupied(mut cookies) = headers.entry(SET_COOKIE) else { return };
    for cookie in cookies.iter_mut() {
        if let Ok(secure) = HeaderValue::from_bytes(&[cookie.as_bytes(), b"; Secure"].concat()) {
            *cookie = secure;
        }
    }
}

/// What came of the check, for whoever does not come too often.
fn paced(
    app: &App,
    request: &Parts<'_>,
    checked: Result<Option<Visitor>, Refusal>,
) -> Result<Option<Visitor>, Refusal> {
    let Some(peer) = request.peer.filter(|peer| !peer.is_this_process) else { return checked };
    let path = request.uri.path();
    match &checked {
        // What the owner stops a program with is not held up by that program.
        Ok(Some(visitor)) if visitor.caller.scopes.approve && is_brake(request.method, path) => {}
        Ok(Some(visitor)) => app.pace.known(&visitor.caller.name)?,
        // By its health this machine's own programs find the service: nobody can keep it from them.
        Ok(None) if is_public(path) && peer.is_here() => {}
        Ok(None) if is_public(path) => app.pace.stranger(peer.address)?,
        // Pages look themselves whether there is a session.
        Ok(None) => {}
        Err(_) => app.pace.refused(peer.address)?,
    }
    checked
}

/// Answers, in a place of its own: a client's is one of the clients' as well.
///
/// # Errors
/// Where there is none.
async fn answer(app: &App, client: Option<&str>, request: Request, next: Next) -> Result<Response, Refusal> {
    let mut of_clients = client.map(|client| app.clients.ask(client)).transpose()?;
    let mut permit = app.in_flight.enter()?;
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
    if is_stream(&response) {
        of_clients = client.map(|client| app.clients.follow(client)).transpose()?;
        permit = app.streams.enter()?;
    }
    // The place is given back when the last byte has gone, not before.
    let (parts, body) = cleansed(&app.desk, response).into_parts();
    let body = body.map_frame(move |frame| {
        let _held = (&permit, &of_clients);
        frame
    });
    Ok(Response::from_parts(parts, Body::new(body)))
}

/// A name without the port that may stand after it. An address of version 6 stands in brackets.
pub(crate) fn without_port(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => name,
        _ => name,
    }
}

/// A name with the port that it has, or with this one.
pub(crate) fn with_port(name: &str, port: u16) -> String {
    if without_port(name) == name { format!("{name}:{port}") } else { name.to_owned() }
}

fn is_stream(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
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
