//! A server that answers what a test says, piece by piece, in the place of the imports.

use loket_openai::chat::{Message, Part, Request, Role, ToolSpec};
use loket_openai::client::{self, Header, Response};
use loket_openai::converse::Outside;
use loket_openai::{Error, chat};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::VecDeque;

/// One answer.
pub(crate) struct Script {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    pub(crate) pieces: Vec<Result<Vec<u8>, Error>>,
}

/// The server, and what came of it.
pub(crate) struct Server {
    settings: Vec<(String, String)>,
    script: RefCell<Option<Result<Script, Error>>>,
    pieces: RefCell<VecDeque<Result<Vec<u8>, Error>>>,
    pub(crate) sent: RefCell<Vec<client::Request>>,
    pub(crate) said: RefCell<Vec<String>>,
    pub(crate) open: RefCell<bool>,
}

impl Server {
    /// A server with these lines of settings, `key=value`.
    pub(crate) fn new(settings: &str, script: Result<Script, Error>) -> Server {
        let settings = settings
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(k, v)| (format!("models.a.{k}"), v.to_owned()));
        Server {
            settings: settings.collect(),
            script: RefCell::new(Some(script)),
            pieces: RefCell::default(),
            sent: RefCell::default(),
            said: RefCell::default(),
            open: RefCell::new(false),
        }
    }

    /// One that streams these events.
    pub(crate) fn streaming(settings: &str, events: &[&str]) -> Server {
        let body: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
        Server::new(settings, Ok(Script::stream(vec![body.into_bytes()])))
    }

    /// One that refuses with a status.
    pub(crate) fn refusing(
        settings: &str,
        status: u16,
        headers: &[(&'static str, &'static str)],
        body: &str,
    ) -> Server {
        let pieces = vec![Ok(body.as_bytes().to_vec())];
        Server::new(settings, Ok(Script { status, headers: headers.to_vec(), pieces }))
    }

    /// The body of what was sent.
    pub(crate) fn body(&self) -> Value {
        serde_json::from_slice(&self.sent.borrow()[0].body).expect("it is JSON")
    }

    /// All that was said while it ran.
    pub(crate) fn heard(&self) -> String {
        self.said.borrow().concat()
    }
}

impl Script {
    pub(crate) fn stream(pieces: Vec<Vec<u8>>) -> Script {
        let headers = vec![("Content-Type", "text/event-stream; charset=utf-8")];
        Script { status: 200, headers, pieces: pieces.into_iter().map(Ok).collect() }
    }
}

impl Outside for Server {
    fn settings(&self) -> Result<Vec<(String, String)>, Error> {
        Ok(self.settings.clone())
    }

    fn send(&self, request: &client::Request) -> Result<Response, Error> {
        self.sent.borrow_mut().push(request.clone());
        let script = self.script.borrow_mut().take().expect("it is asked once")?;
        *self.pieces.borrow_mut() = script.pieces.into();
        *self.open.borrow_mut() = true;
        let header = |(name, value): (&str, &str)| Header { name: name.into(), value: value.into() };
        let headers = script.headers.into_iter().map(header).collect();
        Ok(Response { id: 7, status: script.status, headers, url: request.url.clone() })
    }

    fn read(&self, id: u32, limit: u32) -> Result<Vec<u8>, Error> {
        assert!(id == 7 && *self.open.borrow(), "it reads what is open");
        let piece = self.pieces.borrow_mut().pop_front().unwrap_or(Ok(Vec::new()));
        assert!(piece.as_ref().is_ok_and(|piece| piece.len() <= limit as usize) || piece.is_err());
        piece
    }

    fn close(&self, _: u32) {
        *self.open.borrow_mut() = false;
    }

    fn say(&self, text: &str) {
        self.said.borrow_mut().push(text.to_owned());
    }
}

/// A message of words.
pub(crate) fn says(role: Role, text: &str) -> Message {
    Message { role, parts: vec![Part::Text(text.into())] }
}

/// A tool that calculates.
pub(crate) fn calc() -> ToolSpec {
    ToolSpec {
        name: "calc_evaluate".into(),
        description: "Calculate an expression exactly.".into(),
        parameters: r#"{"type":"object","properties":{"expression":{"type":"string"}},"required":["expression"]}"#
            .into(),
    }
}

/// A request of these messages, on Monday, 23 November 2026.
pub(crate) fn request(messages: Vec<Message>, tools: Vec<ToolSpec>) -> Request {
    Request { model: Some("a".into()), messages, tools, max_tokens: None, temperature: None, now: 1_795_442_580_000 }
}

/// What comes of asking.
#[track_caller]
pub(crate) fn ask(server: &Server, request: &Request) -> chat::Reply {
    let reply =
        loket_openai::converse::complete(server, request).unwrap_or_else(|error| panic!("it answers: {error:?}"));
    assert!(!*server.open.borrow(), "the answer is closed");
    reply
}

/// What is wrong.
#[track_caller]
pub(crate) fn fails(server: &Server, request: &Request) -> Error {
    let error = loket_openai::converse::complete(server, request).expect_err("it fails");
    assert!(!*server.open.borrow(), "the answer is closed");
    error
}
