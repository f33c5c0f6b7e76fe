//! A model server for tests of adapters: it answers what a test says, piece by piece, in the place of the imports. It panics where an
//! adapter does what no adapter may do.

use loket_model_adapter::chat::{Message, Part, Reply, Request, Role, ToolSpec};
use loket_model_adapter::client::{self, Header, Response};
use loket_model_adapter::{Error, Outside, Protocol, complete};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// One answer.
#[derive(Debug, Clone)]
pub struct Script {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<(&'static str, &'static str)>,
    /// Its body, as it comes.
    pub pieces: Vec<Result<Vec<u8>, Error>>,
}

impl Script {
    /// A stream of events in these pieces.
    pub fn stream(pieces: Vec<Vec<u8>>) -> Script {
        let headers = vec![("Content-Type", "text/event-stream; charset=utf-8")];
        Script { status: 200, headers, pieces: pieces.into_iter().map(Ok).collect() }
    }

    /// A stream of these events.
    pub fn events(events: &[&str]) -> Script {
        Script::stream(events.iter().map(|event| format!("data: {event}\n\n").into_bytes()).collect())
    }

    /// A stream of these lines.
    pub fn lines(lines: &[&str]) -> Script {
        let pieces = lines.iter().map(|line| Ok(format!("{line}\n").into_bytes())).collect();
        Script { status: 200, headers: vec![("content-type", "application/x-ndjson")], pieces }
    }

    /// A whole document.
    pub fn json(body: &str) -> Script {
        let pieces = body.as_bytes().chunks(20).map(|piece| Ok(piece.to_vec())).collect();
        Script { status: 200, headers: vec![("content-type", "application/json")], pieces }
    }

    /// A refusal.
    pub fn refusal(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Script {
        Script { status, headers: headers.to_vec(), pieces: vec![Ok(body.as_bytes().to_vec())] }
    }

    /// The same, broken off at its end.
    #[must_use]
    pub fn broken(mut self) -> Script {
        self.pieces.push(Err(Error::Failed("the connection broke".into())));
        self
    }
}

/// The server, and what came of it.
#[derive(Debug, Default)]
pub struct Server {
    settings: Vec<(String, String)>,
    scripts: RefCell<VecDeque<Result<Script, Error>>>,
    pieces: RefCell<VecDeque<Result<Vec<u8>, Error>>>,
    open: Cell<bool>,
    /// What was sent, in order.
    pub sent: RefCell<Vec<client::Request>>,
    /// What was said while it ran, event by event.
    pub said: RefCell<Vec<String>>,
    /// How far it said to be.
    pub far: RefCell<Vec<(String, u64, Option<u64>)>>,
}

impl Server {
    /// A server whose model `a` has these lines of settings, `key=value`, and that answers these one after the other.
    pub fn new(settings: &str, scripts: impl IntoIterator<Item = Result<Script, Error>>) -> Server {
        let settings = settings.lines().filter_map(|line| line.split_once('='));
        Server {
            settings: settings.map(|(k, v)| (format!("models.a.{k}"), v.to_owned())).collect(),
            scripts: RefCell::new(scripts.into_iter().collect()),
            ..Server::default()
        }
    }

    /// One that answers these.
    pub fn answering(settings: &str, scripts: impl IntoIterator<Item = Script>) -> Server {
        Server::new(settings, scripts.into_iter().map(Ok))
    }

    /// The body of the request of this number.
    pub fn body(&self, at: usize) -> Value {
        serde_json::from_slice(&self.sent.borrow()[at].body).expect("it is JSON")
    }

    /// How many requests came.
    pub fn asked(&self) -> usize {
        self.sent.borrow().len()
    }

    /// All that was said while it ran.
    pub fn heard(&self) -> String {
        self.said.borrow().concat()
    }

    /// What comes of asking.
    #[track_caller]
    pub fn ask(&self, protocol: &impl Protocol, request: &Request) -> Reply {
        let reply = complete(self, protocol, request).unwrap_or_else(|error| panic!("it answers: {error:?}"));
        assert!(!self.open.get(), "the answer is closed");
        reply
    }

    /// What is wrong.
    #[track_caller]
    pub fn fails(&self, protocol: &impl Protocol, request: &Request) -> Error {
        let error = complete(self, protocol, request).expect_err("it fails");
        assert!(!self.open.get(), "the answer is closed");
        error
    }
}

impl Outside for Server {
    fn settings(&self) -> Result<Vec<(String, String)>, Error> {
        Ok(self.settings.clone())
    }

    fn send(&self, request: &client::Request) -> Result<Response, Error> {
        assert!(!self.open.get(), "what was open before is closed");
        self.sent.borrow_mut().push(request.clone());
        let script = self.scripts.borrow_mut().pop_front().expect("it is not asked more often than was expected")?;
        *self.pieces.borrow_mut() = script.pieces.into();
        self.open.set(true);
        let header = |(name, value): (&str, &str)| Header { name: name.into(), value: value.into() };
        let headers = script.headers.into_iter().map(header).collect();
        Ok(Response { id: 7, status: script.status, headers, url: request.url.clone() })
    }

    fn read(&self, id: u32, limit: u32) -> Result<Vec<u8>, Error> {
        assert!(id == 7 && self.open.get(), "it reads what is open");
        let piece = self.pieces.borrow_mut().pop_front().unwrap_or(Ok(Vec::new()));
        if let Ok(bytes) = &piece {
            assert!(bytes.len() <= limit as usize, "a piece is no longer than was asked for");
        }
        piece
    }

    fn close(&self, _: u32) {
        self.open.set(false);
    }

    fn tell(&self, text: &str) {
        assert!(!text.is_empty() && text.len() <= 64 << 10, "it fits an event");
        self.said.borrow_mut().push(text.to_owned());
    }

    fn progress(&self, what: &str, done: u64, total: Option<u64>) {
        self.far.borrow_mut().push((what.to_owned(), done, total));
    }
}

/// A message of words.
pub fn says(role: Role, text: &str) -> Message {
    Message { role, parts: vec![Part::Text(text.into())] }
}

/// A tool with one argument, a text.
pub fn tool(name: &str, argument: &str) -> ToolSpec {
    let parameters = serde_json::json!({ "type": "object", "properties": { argument: { "type": "string" } }, "required": [argument] });
    ToolSpec { name: name.into(), description: format!("Does what {name} does."), parameters: parameters.to_string() }
}

/// A tool that calculates.
pub fn calc() -> ToolSpec {
    let description = "Calculate an expression exactly.".to_owned();
    ToolSpec { description, ..tool("calc_evaluate", "expression") }
}

/// A request of these messages to the model `a`, on Monday, 23 November 2026.
pub fn request(messages: Vec<Message>, tools: Vec<ToolSpec>) -> Request {
    Request {
        model: Some("a".into()),
        messages,
        tools,
        shape: None,
        max_tokens: None,
        temperature: None,
        now: 1_795_442_580_000,
    }
}

/// A schema for answers, with one field.
pub const SHAPE: &str =
    r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}"#;

/// What an error is and says.
pub fn told(error: Error) -> (&'static str, String) {
    match error {
        Error::Failed(text) => ("failed", text),
        Error::NotFound(text) => ("not-found", text),
        Error::Unavailable(text) => ("unavailable", text),
        Error::Invalid(text) => ("invalid", text),
        Error::Exhausted(e) => ("exhausted", format!("{}: {}", e.limit, e.detail)),
        Error::Denied(refusal) => ("denied", refusal.remedy),
        other => ("other", format!("{other:?}")),
    }
}

/// Looks at an error's kind and words.
#[track_caller]
pub fn check(error: Error, kind: &str, words: &[&str]) {
    let (found, text) = told(error);
    assert_eq!(found, kind, "{text}");
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
}
