//! The desk behind a gate, and requests that would pass it.

use super::fake::{Fake, LISTEN};
use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use loket_gateways::desk::{Caller, Scopes};
use loket_gateways::http::{Gate, Limits, OwnerToken, Peer, router};
use serde_json::{Value as Json, json};
use std::net::SocketAddr;
use std::sync::Arc;
use tower::ServiceExt;

/// A desk behind a gate, and the token that opens it.
pub(crate) struct Stand {
    pub(crate) desk: Arc<Fake>,
    pub(crate) router: axum::Router,
    pub(crate) token: OwnerToken,
}

impl Stand {
    pub(crate) fn new() -> Self {
        Self::with(LISTEN.parse().expect("an address"), Limits::default())
    }

    pub(crate) fn with(listen: SocketAddr, limits: Limits) -> Self {
        let desk = Arc::new(Fake::default());
        let token = OwnerToken::random().expect("randomness");
        let router = router(desk.clone(), Gate::new(listen, token.clone()).with_limits(limits));
        Self { desk, router, token }
    }

    /// The same with another token, which is good for so much.
    pub(crate) fn with_another(approve: bool) -> (Self, OwnerToken) {
        let (mut stand, token) = (Self::new(), OwnerToken::random().expect("randomness"));
        let caller = Caller { name: "mcp:desk".to_owned(), scopes: Scopes { approve, metrics: false } };
        let gate =
            Gate::new(LISTEN.parse().expect("an address"), stand.token.clone()).with_token(token.clone(), caller);
        stand.router = router(stand.desk.clone(), gate);
        (stand, token)
    }

    /// A request that passes: from this machine, to this host, with the token and the body that the path takes.
    pub(crate) fn request(&self, method: &Method, target: &str) -> Request<Body> {
        let path = target.split('?').next().unwrap_or_default();
        let body = if method == Method::POST { sample(path) } else { Body::empty() };
        let mut request = Request::new(body);
        *request.method_mut() = method.clone();
        let uploads = path.ends_with("/packages") && method == Method::POST;
        let query = match path == target {
            true if path.ends_with("/inspect") => "?subject=not-found",
            true if path.ends_with("/commands") => "?agent=assistant",
            true if path.ends_with("/asks/show") => "?id=5WXVNQ2B",
            true if path.ends_with("/mcp/show") || path.ends_with("/mcp/wit") => "?name=files",
            true if uploads => "?package=acme:calc@1.2.0",
            _ => "",
        };
        *request.uri_mut() = format!("{target}{query}").parse().expect("a path");
        request.headers_mut().insert(header::HOST, LISTEN.parse().expect("a host"));
        request.headers_mut().insert(header::AUTHORIZATION, self.token.bearer());
        let kind = if uploads { "application/wasm" } else { "application/json" };
        request.headers_mut().insert(header::CONTENT_TYPE, kind.parse().expect("a type"));
        request.extensions_mut().insert(Peer::in_process());
        request
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.expect("a router always answers")
    }

    /// Ask, and read the answer as a problem, with the status that it says.
    #[track_caller]
    pub(crate) fn problem(&self, request: Request<Body>) -> impl Future<Output = (StatusCode, Json)> {
        let answer = self.router.clone().oneshot(request);
        async {
            let response = answer.await.expect("a router always answers");
            let status = response.status();
            let kind = response.headers().get(header::CONTENT_TYPE).cloned();
            assert_eq!(kind.expect("a type"), "application/problem+json", "{status}");
            let text = response.into_body().collect().await.expect("a body").to_bytes();
            let problem: Json = serde_json::from_slice(&text).expect("a problem");
            assert_eq!(problem["status"], status.as_u16());
            (status, problem)
        }
    }
}

/// What a path takes.
fn sample(path: &str) -> Body {
    let body = match path.rsplit('/').next() {
        Some("stop") => json!({ "agent": "assistant", "conversation": "c1" }),
        Some("run" | "complete") => json!({ "agent": "assistant", "text": "/help", "name": "morning" }),
        Some("chat") => json!({ "agent": "assistant", "text": "hello" }),
        Some("call") => json!({ "capability": "loket:calc/arithmetic", "function": "evaluate", "arguments": ["1+1"] }),
        Some("grants") => json!({ "grantee": "assistant", "capability": "loket:calc" }),
        Some("revoke") => json!({ "grantee": "assistant", "capability": "loket:calc", "name": "anna" }),
        Some("keys") => json!({ "name": "anna", "public": "RWQ" }),
        Some("tokens") => json!({ "name": "desktop", "tools": ["loket:calc"] }),
        Some("secrets") => json!({ "name": "news", "value": "correct-horse", "hosts": ["api.example.org"] }),
        Some("replay") => json!({ "turn": "01K" }),
        Some("models") => json!({ "name": "local", "url": "http://127.0.0.1:8080/v1" }),
        Some("use" | "mcp" | "accept" | "login" | "wait" | "logout") => json!({ "name": "local" }),
        Some("restore") => json!({ "file": "/srv/loket.tar.gz", "home": "/srv/loket" }),
        Some("backup") => json!({ "file": "/srv/loket.tar.gz" }),
        Some("yank" | "unyank" | "approve" | "reject") => json!({ "package": "acme:calc@1.2.0" }),
        Some("seal") => json!({ "statement": "form = 1", "signature": "untrusted comment: x" }),
        Some("leave") => json!({ "signature": "untrusted comment: x" }),
        Some("remove") => json!({ "name": "news" }),
        Some("answer") => json!({ "asks": [{ "id": "suspended", "digest": "ab" }], "answer": "once" }),
        _ => json!({}),
    };
    Body::from(body.to_string())
}
