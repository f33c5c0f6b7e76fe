//! A house whose service listens, and a client of it that is as plain as can be.

use crate::house::House;
use axum::http::{HeaderValue, Request, header};
use axum::middleware::{Next, from_fn};
use loket_gateways::desk::{Desk as _, TokenMade, TokenRequest};
use loket_gateways::http::{Gate, OwnerToken, router, serve};
use serde_json::{Value as Json, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The revision without sessions.
pub(crate) const STATELESS: &str = "2026-07-28";
/// The newest one with them.
pub(crate) const SESSIONS: &str = "2025-11-25";

/// A house that listens.
pub(crate) struct Served {
    pub(crate) house: House,
    pub(crate) address: SocketAddr,
    pub(crate) owner: String,
    stop: CancellationToken,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Served {
    /// A new home that listens.
    pub(crate) async fn new() -> Served {
        Served::of(House::new().await, None).await
    }

    /// The same, where each request without a token is given this one before it comes to the gate: for clients that cannot send any.
    pub(crate) async fn of(house: House, shown: Option<String>) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let token = OwnerToken::random().expect("randomness");
        let owner = token.bearer().to_str().expect("text").trim_start_matches("Bearer ").to_owned();
        let mut router = router(house.host.clone(), Gate::new(address, token));
        if let Some(shown) = shown {
            let value = HeaderValue::from_str(&format!("Bearer {shown}")).expect("a header");
            router = router.layer(from_fn(move |mut request: Request<axum::body::Body>, next: Next| {
                request.headers_mut().entry(header::AUTHORIZATION).or_insert(value.clone());
                next.run(request)
            }));
        }
        let stop = CancellationToken::new();
        let (host, down) = (house.host.clone(), stop.clone());
        tokio::spawn(async move { serve(listener, router, down, async move { host.drain().await }).await });
        Served { house, address, owner, stop }
    }

    /// A token with what it is good for.
    pub(crate) async fn token(&self, name: &str, agents: &[&str], tools: &[&str]) -> Client {
        let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let made = made(
            &self.house,
            TokenRequest { name: name.to_owned(), agents: all(agents), tools: all(tools), ..TokenRequest::default() },
        );
        Client { address: self.address, token: text(made.await), id: Arc::default() }
    }
}

/// Makes a token.
pub(crate) async fn made(house: &House, request: TokenRequest) -> TokenMade {
    house.host.token_create(request).await.unwrap_or_else(|p| panic!("a token can be made: {p:?}"))
}

/// The token itself.
pub(crate) fn text(made: TokenMade) -> String {
    made.secret.into_inner().to_string()
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) body: String,
}

impl Answer {
    /// All messages in it, one or a stream of them.
    pub(crate) fn messages(&self) -> Vec<Json> {
        let stream = self.body.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data:")?.trim()).ok());
        let all: Vec<Json> = stream.collect();
        if all.is_empty() { serde_json::from_str(&self.body).into_iter().collect() } else { all }
    }

    /// The message that ends it.
    pub(crate) fn last(&self) -> Json {
        self.messages().pop().unwrap_or_else(|| panic!("there is an answer: {self:?}"))
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let lines = self.headers.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned()).next()
    }
}

/// A client of the revision without sessions.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
    id: Arc<AtomicU64>,
}

impl Client {
    /// A client with a token, whosever it is.
    pub(crate) fn with(address: SocketAddr, token: &str) -> Client {
        Client { address, token: token.to_owned(), id: Arc::default() }
    }

    /// Sends a request and reads all that comes back.
    pub(crate) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let work = exchange(self.address, method, path, &self.token, headers, body);
        tokio::time::timeout(PATIENCE, work).await.expect("it is answered in time")
    }

    /// One request of the protocol; answers with the last message.
    pub(crate) async fn ask(&self, method: &str, params: Json) -> Json {
        self.whole(method, params).await.last()
    }

    /// The same; answers with everything.
    pub(crate) async fn whole(&self, method: &str, mut params: Json) -> Answer {
        let meta = &mut params["_meta"];
        meta["io.modelcontextprotocol/protocolVersion"] = json!(STATELESS);
        if meta["io.modelcontextprotocol/clientCapabilities"].is_null() {
            meta["io.modelcontextprotocol/clientCapabilities"] = json!({});
        }
        let name = params["name"].as_str().or_else(|| params["uri"].as_str()).unwrap_or_default().to_owned();
        let id = self.id.fetch_add(1, Ordering::Relaxed);
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        let mut headers = vec![
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
            ("mcp-protocol-version", STATELESS),
            ("mcp-method", method),
        ];
        if !name.is_empty() {
            headers.push(("mcp-name", &name));
        }
        self.send("POST", "/mcp", &headers, &message.to_string()).await
    }

    /// Calls a tool; answers with its result.
    pub(crate) async fn call(&self, tool: &str, arguments: Json) -> Json {
        self.ask("tools/call", json!({ "name": tool, "arguments": arguments })).await
    }

    /// The names of its tools.
    pub(crate) async fn tools(&self) -> Vec<String> {
        let answer = self.ask("tools/list", json!({})).await;
        let tools = answer["result"]["tools"].as_array().unwrap_or_else(|| panic!("there is a list: {answer}")).clone();
        tools.iter().map(|tool| tool["name"].as_str().expect("a name").to_owned()).collect()
    }
}

/// One exchange over a connection of its own.
async fn exchange(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut stream = begin(address, method, path, token, headers, body).await;
    let (status, headers) = head(&mut stream).await;
    let mut body = Vec::new();
    let chunked = headers.to_ascii_lowercase().contains("transfer-encoding: chunked");
    if chunked {
        while let Some(chunk) = chunk(&mut stream).await {
            body.extend(chunk);
        }
    } else {
        let _ = stream.read_to_end(&mut body).await;
    }
    Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() }
}

/// Sends a request; what comes back is still to be read.
pub(crate) async fn begin(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> BufReader<TcpStream> {
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    if !token.is_empty() {
        request += &format!("authorization: Bearer {token}\r\n");
    }
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += &format!("content-length: {}\r\n\r\n{body}", body.len());
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(request.as_bytes()).await.expect("it takes the request");
    BufReader::new(stream)
}

/// The status, and the headers.
pub(crate) async fn head(stream: &mut BufReader<TcpStream>) -> (u16, String) {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).await.expect("it answers") > 0 {}
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    (status, head)
}

/// The next piece of a body that comes in pieces; none at its end.
pub(crate) async fn chunk(stream: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut size = String::new();
    stream.read_line(&mut size).await.ok().filter(|read| *read > 0)?;
    let size = usize::from_str_radix(size.trim(), 16).ok().filter(|size| *size > 0)?;
    let mut piece = vec![0; size + 2];
    stream.read_exact(&mut piece).await.ok()?;
    piece.truncate(size);
    Some(piece)
}
