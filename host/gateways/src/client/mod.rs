//! The way to a desk: over loopback HTTP to a running service, or to the same routes in this process. One code path for both,
//! so that an answer is the same whichever way it came.
//!
//! Files in reading order: this one what may be asked, `typed` the same in the desk's shapes, `way` how a request gets there,
//! `sse` reading answers that go on, `talk` a turn, `bridge` MCP at a pipe, [`discover`] finding the service of a home.

mod bridge;
pub mod discover;
mod sse;
mod talk;
mod typed;
mod way;

use crate::desk::{Desk, Health, Problem};
use crate::http::routes::{NONCE, PROOF, SAFE_MODE};
use crate::http::{Gate, OwnerToken, router};
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Method, Request, Response, header};
use futures::stream::{BoxStream, StreamExt};
use http_body_util::{BodyExt, Full, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::task::JoinSet;
use way::Way;

pub use sse::Event;

/// The longest whole answer that is read, in bytes.
const ANSWER: usize = 64 * 1024 * 1024;

/// A desk, wherever it is. A clone asks the same one.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    way: Way,
    authority: String,
    token: OwnerToken,
    safe_mode: AtomicBool,
    /// Turns that are being stopped, as nobody waits for them.
    stops: Mutex<JoinSet<()>>,
}

impl Client {
    /// A desk of this process, through the same gate and routes, without a socket and with a token that only it knows.
    #[must_use]
    pub fn in_process(desk: Arc<dyn Desk>) -> Self {
        // Nothing listens, so the port is none; the gate still checks that it is the one that was meant.
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let token = OwnerToken::of_this_process();
        let way = Way::in_process(router(desk, Gate::new(listen, token.clone())));
        Self(Arc::new(Inner {
            way,
            authority: listen.to_string(),
            token,
            safe_mode: AtomicBool::new(false),
            stops: Mutex::default(),
        }))
    }

    /// A service that listens there and knows that token. Nothing is sent yet.
    #[must_use]
    pub fn remote(listen: SocketAddr, token: OwnerToken) -> Self {
        let (way, authority) = (Way::remote(), listen.to_string());
        Self(Arc::new(Inner { way, authority, token, safe_mode: AtomicBool::new(false), stops: Mutex::default() }))
    }

    /// The service that runs for a home; nothing when none does.
    ///
    /// # Errors
    /// As [`discover::find`].
    pub async fn running(home: &Path) -> Result<Option<Self>, Problem> {
        Ok(discover::find(home).await?.map(|(client, _)| client))
    }

    /// Whether an answer so far came from a host in safe mode.
    #[must_use]
    pub fn met_safe_mode(&self) -> bool {
        self.0.safe_mode.load(Ordering::Relaxed)
    }

    /// Read a path, with its query: `/api/v1/agents`.
    ///
    /// # Errors
    /// What the host answered; `unavailable` when it did not, `invalid` when the path is none.
    pub async fn get(&self, path: &str) -> Result<Json, Problem> {
        whole(self.send(self.request(Method::GET, path, NONE)?).await?).await
    }

    /// Send JSON to a path.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn post(&self, path: &str, body: &Json) -> Result<Json, Problem> {
        whole(self.send(self.request(Method::POST, path, Some(body))?).await?).await
    }

    /// The events of a path that answers with a stream of them. Dropping the stream ends what feeds it.
    ///
    /// # Errors
    /// As [`Client::get`]; also an item, which is then the last, when the connection breaks.
    pub async fn events(
        &self,
        method: Method,
        path: &str,
        body: Option<&Json>,
    ) -> Result<BoxStream<'static, Result<Event, Problem>>, Problem> {
        self.stream(method, path, body).await
    }

    async fn stream(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<BoxStream<'static, Result<Event, Problem>>, Problem> {
        streamed(path, self.send(self.request(method, path, body)?).await?)
    }

    /// A request with the owner's token.
    fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<Request<Full<Bytes>>, Problem> {
        Ok(self.shown(self.bare(method, path, body)?))
    }

    /// A request that sends a component, with the owner's token.
    fn upload(&self, path: &str, component: Vec<u8>) -> Result<Request<Full<Bytes>>, Problem> {
        let mut request = self.bare(Method::POST, path, NONE)?;
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/wasm"));
        Ok(self.shown(request.map(|_| Full::new(component.into()))))
    }

    /// The same request with the owner's token.
    fn shown(&self, mut request: Request<Full<Bytes>>) -> Request<Full<Bytes>> {
        request.headers_mut().insert(header::AUTHORIZATION, self.0.token.bearer());
        request
    }

    /// A request that shows no token.
    fn bare(&self, method: Method, path: &str, body: Option<&impl Serialize>) -> Result<Request<Full<Bytes>>, Problem> {
        if !path.starts_with('/') {
            // Without the slash it would become a part of the host, and the token go elsewhere.
            return Err(unfit(path, "it does not begin with `/`"));
        }
        let authority = &self.0.authority;
        let mut request =
            Request::builder().method(method).uri(format!("http://{authority}{path}")).header(header::HOST, authority);
        let body = match body {
            None => Bytes::new(),
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                serde_json::to_vec(body).map_err(|error| unfit(path, error))?.into()
            }
        };
        request.body(Full::new(body)).map_err(|error| unfit(path, error))
    }

    /// Send a request; a status that is no success is a problem.
    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Body>, Problem> {
        let response = self.0.way.send(request).await?;
        self.0.safe_mode.fetch_or(response.headers().contains_key(SAFE_MODE), Ordering::Relaxed);
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let text = collect(response.into_body()).await?;
        Err(serde_json::from_slice(&text).unwrap_or_else(|_| {
            Problem::failed(format!("the service at {} answered `{status}` and no reason", self.0.authority))
                .hint("is it a loket of another version? `loket doctor` looks it over")
        }))
    }

    /// The health of a service that has proven that it holds the token; nothing when it could not.
    async fn proven_health(&self) -> Option<Health> {
        // The nonce must only be new, and a random token is.
        let nonce = OwnerToken::random().ok()?.proof("", "");
        let mut request = self.bare(Method::GET, &target("health", ()).ok()?, NONE).ok()?;
        request.headers_mut().insert(NONCE, nonce.parse().ok()?);
        let response = self.send(request).await.ok()?;
        let shown = response.headers().get(PROOF)?.as_bytes();
        let proof = self.0.token.proof(&nonce, &self.0.authority);
        if constant_time_eq::constant_time_eq(shown, proof.as_bytes()) { whole(response).await.ok() } else { None }
    }
}

/// No body, where the type of one must be named.
const NONE: Option<&()> = None;

/// The path of a route and its query.
fn target(route: &str, query: impl Serialize) -> Result<String, Problem> {
    let query = serde_urlencoded::to_string(query).map_err(|error| unfit(route, error))?;
    let mark = if query.is_empty() { "" } else { "?" };
    Ok(format!("/api/v1/{route}{mark}{query}"))
}

fn unfit(path: &str, why: impl std::fmt::Display) -> Problem {
    Problem::invalid(format!("`{}` cannot be asked for: {why}", path.escape_debug()))
        .hint("paths look like `/api/v1/agents`")
}

/// The events of an answer that is a stream of them.
fn streamed(path: &str, response: Response<Body>) -> Result<BoxStream<'static, Result<Event, Problem>>, Problem> {
    let kind = response.headers().get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    if kind.starts_with(b"text/event-stream") {
        return Ok(sse::events(response.into_body()).boxed());
    }
    Err(Problem::invalid(format!("`{path}` does not answer with events")).hint("read it as one answer"))
}

async fn whole<T: DeserializeOwned>(response: Response<Body>) -> Result<T, Problem> {
    read(&collect(response.into_body()).await?)
}

async fn collect(body: Body) -> Result<Bytes, Problem> {
    let collected = Limited::new(body, ANSWER).collect().await;
    collected.map(http_body_util::Collected::to_bytes).map_err(|error| {
        Problem::unavailable(format!("the answer could not be read to its end: {error}"))
            .hint("try again; ask for less where there is a limit to give")
    })
}

fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(text).map_err(|error| {
        Problem::failed(format!("the answer is not of the expected shape: {error}"))
            .hint("is the service a loket of another version? stop it and start this one")
    })
}
