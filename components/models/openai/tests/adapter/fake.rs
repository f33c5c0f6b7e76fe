//! The server of these tests, spoken to in OpenAI's words.

use loket_model_adapter::Error;
use loket_model_adapter::chat::{Reply, Request, ToolSpec};
pub(crate) use loket_model_fake::{Script, Server, calc, check, says, told, tool};
use loket_openai::OpenAi;

/// A server that streams these events.
pub(crate) fn streaming(settings: &str, events: &[&str]) -> Server {
    let body: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    Server::answering(settings, [Script::stream(vec![body.into_bytes()])])
}

/// One that refuses with a status.
pub(crate) fn refusing(settings: &str, status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Server {
    Server::answering(settings, [Script::refusal(status, headers, body)])
}

/// What comes of asking.
#[track_caller]
pub(crate) fn ask(server: &Server, request: &Request) -> Reply {
    server.ask(&OpenAi, request)
}

/// What is wrong.
#[track_caller]
pub(crate) fn fails(server: &Server, request: &Request) -> Error {
    server.fails(&OpenAi, request)
}

/// A request of these messages.
pub(crate) fn request(messages: Vec<loket_model_adapter::chat::Message>, tools: Vec<ToolSpec>) -> Request {
    loket_model_fake::request(messages, tools)
}
