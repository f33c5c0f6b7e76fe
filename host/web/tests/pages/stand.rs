//! A browser that is in, and requests as it makes them.

use crate::fake::{Fake, LISTEN};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use loket_gateways::http::{Gate, OwnerToken, Peer, router_with};
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;

/// The pages of a desk, and a session.
pub(crate) struct Browser {
    pub(crate) desk: Arc<Fake>,
    pub(crate) router: Router,
    pub(crate) owner: OwnerToken,
    pub(crate) session: String,
}

/// An answer, read as far as it goes at once.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Browser {
    pub(crate) fn new() -> Browser {
        let desk = Arc::new(Fake::default());
        let (listen, owner) = (LISTEN.parse().expect("an address"), OwnerToken::random().expect("randomness"));
        let pages = loket_web::pages(desk.clone(), listen);
        let router = router_with(desk.clone(), Gate::new(listen, owner.clone()), Some(pages));
        let session = desk.door.enter();
        Browser { desk, router, owner, session }
    }

    /// A request as a page of ours makes it, with what the form of the path needs.
    pub(crate) fn request(&self, method: &Method, path: &str) -> Request<Body> {
        let body = match *method {
            Method::POST => format!("{}&token={}", fields(path), self.token()),
            _ => String::new(),
        };
        let mut request = Request::new(Body::from(body));
        *request.method_mut() = method.clone();
        *request.uri_mut() = path.parse().expect("a path");
        request.extensions_mut().insert(Peer::in_process());
        for (name, value) in [
            (header::HOST, LISTEN.to_owned()),
            (header::ACCEPT, "text/html,*/*;q=0.8".to_owned()),
            (header::COOKIE, self.cookie()),
            (header::ORIGIN, format!("http://{LISTEN}")),
            (header::CONTENT_TYPE, "application/x-www-form-urlencoded".to_owned()),
        ] {
            request.headers_mut().insert(name, value.parse().expect("a value"));
        }
        request.headers_mut().insert("sec-fetch-site", "same-origin".parse().expect("a value"));
        request.headers_mut().insert("sec-fetch-mode", "navigate".parse().expect("a value"));
        request
    }

    pub(crate) fn cookie(&self) -> String {
        format!("loket-1987={}", self.session)
    }

    /// What the forms of this session bring along: as the pages have it.
    pub(crate) fn token(&self) -> String {
        blake3::Hash::from_bytes(blake3::derive_key("loket 2026 forms of a session", self.session.as_bytes()))
            .to_hex()
            .to_string()
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("a router always answers");
        let (parts, mut body) = response.into_parts();
        let mut text = Vec::new();
        // A stream goes on; what it says at once is enough.
        while let Ok(Some(Ok(frame))) = tokio::time::timeout(Duration::from_millis(300), body.frame()).await {
            text.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
        }
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&text).into_owned() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(self.request(&Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str) -> Answer {
        self.ask(self.request(&Method::POST, path)).await
    }
}

/// Every route, with something in place of what varies.
pub(crate) fn everywhere() -> Vec<(Method, String)> {
    let all = loket_web::routes::list();
    assert_eq!(all.len(), 31, "a page was added: it is walked here by itself, but is it meant to be there?");
    let mut all: Vec<_> = all.into_iter().map(|(method, path)| (method, path.replace("{name}", "none.js"))).collect();
    all.push((Method::GET, "/nothing".to_owned()));
    all.push((Method::POST, "/nothing".to_owned()));
    all.push((Method::DELETE, "/".to_owned()));
    all
}

/// Those that ask for a session.
pub(crate) fn closed() -> Vec<(Method, String)> {
    let mut all = everywhere();
    all.retain(|(_, path)| !loket_web::routes::is_open(path));
    all
}

/// What the form of a path has.
fn fields(path: &str) -> &'static str {
    match path {
        "/login" => "passphrase=correct+horse",
        "/welcome" => "key=k&passphrase=correct+horse&again=correct+horse",
        "/welcome/hello" => "text=hello",
        "/welcome/tool" => "tool=loket%3Acalc&verdict=ask",
        "/chat" | "/chat/stream" => "agent=assistant&conversation=c1&text=hello",
        "/chat/complete" => "agent=assistant&conversation=c1&text=%2Fh",
        "/chat/stop" => "agent=assistant&conversation=c1",
        "/chat/correct" => "agent=assistant&conversation=c1&wrong=a&right=b&applies=always",
        "/approvals/answer" => "asks=x%3Aabab&answer=once",
        "/settings/passphrase" => "old=correct+horse&new=battery+staple&again=battery+staple",
        "/settings/sessions/end" => "session=9",
        _ => "x=1",
    }
}
