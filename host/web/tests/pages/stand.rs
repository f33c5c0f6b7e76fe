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
    /// In a home in which nothing is out of the ordinary.
    pub(crate) fn new() -> Browser {
        Browser::among("word")
    }

    /// In a home where others wrote this, wherever they can write.
    pub(crate) fn among(words: &str) -> Browser {
        let desk = Arc::new(Fake::default());
        *desk.said.lock().expect("not poisoned") = crate::world::full_of(words);
        let (listen, owner) = (LISTEN.parse().expect("an address"), OwnerToken::random().expect("randomness"));
        let pages = loket_web::pages(desk.clone(), listen);
        let router = router_with(desk.clone(), Gate::new(listen, owner.clone()), Some(pages));
        let session = desk.door.enter();
        Browser { desk, router, owner, session }
    }

    /// A request as a page of ours makes it, with what the form of the path needs.
    pub(crate) fn request(&self, method: &Method, path: &str) -> Request<Body> {
        let body = match *method {
            Method::POST if path == UPLOAD => upload(Some(&self.token()), "calc.wasm"),
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
            (header::CONTENT_TYPE, content_type(path).to_owned()),
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

/// Where a file is sent.
pub(crate) const UPLOAD: &str = "/packages/install";
const BOUNDARY: &str = "between-parts";

fn content_type(path: &str) -> &'static str {
    if path == UPLOAD { "multipart/form-data; boundary=between-parts" } else { "application/x-www-form-urlencoded" }
}

/// The form of a file, with a token where there is one.
pub(crate) fn upload(token: Option<&str>, file: &str) -> String {
    let part = |name: &str, more: &str, content: &str| {
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n{content}\r\n")
    };
    let token = token.map(|token| part("token", "", token)).unwrap_or_default();
    let file = part("component", &format!("; filename=\"{file}\""), "not a component");
    format!("{token}{file}{}--{BOUNDARY}--\r\n", part("package", "", ""))
}

/// The query without which a page is not about anything.
pub(crate) fn asked(path: &str) -> &'static str {
    match path {
        "/agents/agent" => "?name=assistant",
        "/brain/memory" => "?agent=assistant&id=m1",
        "/brain/care" => "?agent=assistant&dream=1&diff=s1",
        "/packages/package" => "?name=acme%3Acalc%401.0.0",
        "/servers/server" => "?name=files",
        "/ledger/turn" => "?turn=t1",
        "/chat/search" => "?agent=assistant&q=word",
        _ => "",
    }
}

/// Every route, with something in place of what varies.
pub(crate) fn everywhere() -> Vec<(Method, String)> {
    let all = loket_web::routes::list();
    assert_eq!(all.len(), 63, "a page was added: it is walked here by itself, but is it meant to be there?");
    let whole = |(method, path): (Method, &str)| {
        let asked = if method == Method::GET { asked(path) } else { "" };
        (method, format!("{}{asked}", path.replace("{name}", "none.js")))
    };
    let mut all: Vec<_> = all.into_iter().map(whole).collect();
    all.push((Method::GET, "/nothing".to_owned()));
    all.push((Method::POST, "/nothing".to_owned()));
    all.push((Method::DELETE, "/".to_owned()));
    all
}

/// Those that ask for a session.
pub(crate) fn closed() -> Vec<(Method, String)> {
    let mut all = everywhere();
    all.retain(|(_, path)| !loket_web::routes::is_open(path.split('?').next().unwrap_or_default()));
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
        "/agents/agent" => "name=assistant&digest=ab&persona=calm&model=loket%3Aoffline&rounds=4",
        "/agents/schedule" => "agent=assistant&name=morning",
        "/agents/new" => "name=scout&package=loket%3Aassistant&persona=calm&model=loket%3Aoffline",
        "/brain/memory" => "agent=assistant&id=m1&act=edit&text=new&tags=a%2C+b&kind=fact",
        "/brain/forget" => "agent=assistant&id=m1&sure=yes&echoes=yes",
        "/brain/care" => "agent=assistant&act=snapshot&name=s1",
        "/authority" => "act=grant&grantee=assistant&capability=loket%3Acalc&verdict=ask&terms=host+a.example",
        "/packages/package" => "act=approve&package=acme%3Acalc%401.0.0&digest=ab",
        "/servers" => "json=%7B%22mcpServers%22%3A%7B%22a%22%3A%7B%22command%22%3A%22x%22%7D%7D%7D",
        "/servers/server" => "act=accept&name=files&digest=ab",
        "/models" => "model=local&agent=assistant",
        "/ledger/turn" => "turn=t1",
        "/settings/secrets" => "act=set&name=news&value=battery-staple&hosts=api.example.org",
        "/settings/restore" => "file=%2Fsrv%2Floket.tar.gz&home=%2Fsrv%2Floket",
        "/settings/tokens" => "act=make&name=desktop&tools=loket%3Acalc&days=30",
        _ => "x=1",
    }
}
