//! A client with a session, of the revisions that have them, which reads its streams event by event.

use crate::served::{Answer, Client, SESSIONS, begin, chunk, head};
use serde_json::{Value as Json, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::BufReader;
use tokio::net::TcpStream;

/// How long the next event may take.
const PATIENCE: Duration = Duration::from_secs(30);
const BOTH: &str = "application/json, text/event-stream";

/// A client with a session.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) id: String,
    next: AtomicU64,
}

/// An event of a stream.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) id: Option<String>,
    /// Its message; nothing where it has none.
    pub(crate) message: Json,
}

/// A stream, read as it comes. Dropping it drops the connection.
pub(crate) struct Events {
    stream: BufReader<TcpStream>,
    text: String,
}

impl Session {
    /// Begins one, for a client with these capabilities.
    pub(crate) async fn begin(client: &Client, capabilities: Json) -> Session {
        let begun = initialize(client, capabilities).await;
        let id = begun.header("mcp-session-id").unwrap_or_else(|| panic!("a session begins: {begun:?}"));
        let session = Session { client: client.clone(), id, next: AtomicU64::new(1) };
        let ready = session.post(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
        assert_eq!(ready.status, 202, "{ready:?}");
        session
    }

    fn headers(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("content-type", "application/json"),
            ("accept", BOTH),
            ("mcp-session-id", &self.id),
            ("mcp-protocol-version", SESSIONS),
        ]
    }

    fn message(&self, method: &str, params: &Json) -> Json {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
    }

    /// Sends a message; answers with all that comes back.
    pub(crate) async fn post(&self, message: &Json) -> Answer {
        self.client.send("POST", "/mcp", &self.headers(), &message.to_string()).await
    }

    /// One request; answers with the last message.
    pub(crate) async fn ask(&self, method: &str, params: Json) -> Json {
        self.post(&self.message(method, &params)).await.last()
    }

    /// One request, whose stream is still to be read; and its id.
    pub(crate) async fn start(&self, method: &str, params: Json) -> (u64, Events) {
        let message = self.message(method, &params);
        let id = message["id"].as_u64().expect("a number");
        (id, self.open("POST", &[], &message.to_string()).await)
    }

    /// A message as it is written out, whose stream is still to be read.
    pub(crate) async fn open_with(&self, message: &Json) -> Events {
        self.open("POST", &[], &message.to_string()).await
    }

    /// What is told outside of requests, or, after an event, what was missed.
    pub(crate) async fn follow(&self, after: Option<&str>) -> Events {
        let more: Vec<(&str, &str)> = after.map(|id| ("last-event-id", id)).into_iter().collect();
        self.open("GET", &more, "").await
    }

    /// Why it may not follow now.
    pub(crate) async fn follow_refused(&self) -> Answer {
        self.client.send("GET", "/mcp", &self.headers(), "").await
    }

    /// Whether it may follow now.
    pub(crate) async fn may_follow(&self) -> bool {
        let mut stream = begin(self.client.address, "GET", "/mcp", &self.client.token, &self.headers(), "").await;
        head(&mut stream).await.0 == 200
    }

    async fn open(&self, method: &str, more: &[(&str, &str)], body: &str) -> Events {
        let headers = [&self.headers()[..], more].concat();
        let mut stream = begin(self.client.address, method, "/mcp", &self.client.token, &headers, body).await;
        let (status, head) = head(&mut stream).await;
        assert_eq!(status, 200, "{head}");
        Events { stream, text: String::new() }
    }

    /// Answers what the server asked.
    pub(crate) async fn reply(&self, id: &Json, result: Json) {
        let answer = self.post(&json!({ "jsonrpc": "2.0", "id": id, "result": result })).await;
        assert_eq!(answer.status, 202, "{answer:?}");
    }

    /// Says that it cannot answer what the server asked.
    pub(crate) async fn refuse(&self, id: &Json) {
        let error = json!({ "code": -32601, "message": "not here" });
        let answer = self.post(&json!({ "jsonrpc": "2.0", "id": id, "error": error })).await;
        assert_eq!(answer.status, 202, "{answer:?}");
    }
}

/// Asks for a session; answers with whatever comes of it.
pub(crate) async fn initialize(client: &Client, capabilities: Json) -> Answer {
    let info = json!({ "name": "t", "version": "1" });
    let params = json!({ "protocolVersion": SESSIONS, "capabilities": capabilities, "clientInfo": info });
    let message = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params }).to_string();
    client.send("POST", "/mcp", &[("content-type", "application/json"), ("accept", BOTH)], &message).await
}

impl Events {
    /// The next event; none at the end.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        tokio::time::timeout(PATIENCE, self.read()).await.expect("it goes on or ends in time")
    }

    async fn read(&mut self) -> Option<Event> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field =
                    |name: &str| event.lines().find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()));
                let id = field("id:");
                let message = field("data:").and_then(|data| serde_json::from_str(&data).ok()).unwrap_or_default();
                // A comment keeps the connection open, and is no event.
                let is_one = id.is_some() || message != Json::Null || field("retry:").is_some();
                self.text = rest.to_owned();
                if is_one {
                    return Some(Event { id, message });
                }
                continue;
            }
            let piece = chunk(&mut self.stream).await?;
            self.text.push_str(&String::from_utf8(piece).expect("text").replace("\r\n", "\n"));
        }
    }

    /// The next message of a method.
    pub(crate) async fn until(&mut self, method: &str) -> Json {
        loop {
            let event = self.next().await.unwrap_or_else(|| panic!("`{method}` comes before the end"));
            if event.message["method"] == method {
                return event.message;
            }
        }
    }

    /// All that is left of it.
    pub(crate) async fn rest(&mut self) -> Vec<Event> {
        let mut all = Vec::new();
        while let Some(event) = self.next().await {
            all.push(event);
        }
        all
    }
}
