//! One request, and the stream that answers it.

use crate::answer::Answer;
use crate::chat::{Reply, Request};
use crate::client;
use crate::settings::Settings;
use crate::sse::Events;
use crate::{Error, ask, fault};

/// How much is read at once, in bytes: more than a server sends at once.
const PIECE: u32 = 64 << 10;
/// The longest event of text, in bytes: beneath the limit of `loket:events/emit`.
const SAID: usize = 32 << 10;
/// How much is read of an answer that is an error, in bytes.
const TOLD: usize = 64 << 10;

/// What the adapter asks of the world: its imports, or a test's.
pub trait Outside {
    /// The owner's settings for this package.
    ///
    /// # Errors
    /// When they cannot be read.
    fn settings(&self) -> Result<Vec<(String, String)>, Error>;
    /// Sends a request.
    ///
    /// # Errors
    /// As `loket:http/client` says.
    fn send(&self, request: &client::Request) -> Result<client::Response, Error>;
    /// Reads on.
    ///
    /// # Errors
    /// As `loket:http/client` says.
    fn read(&self, id: u32, limit: u32) -> Result<Vec<u8>, Error>;
    /// Lets go of an answer.
    fn close(&self, id: u32);
    /// Tells whoever watches what is said.
    fn say(&self, text: &str);
}

/// Asks the model for its next message.
///
/// # Errors
/// As `loket:model/chat` says.
pub fn complete(outside: &impl Outside, request: &Request) -> Result<Reply, Error> {
    let settings = Settings::read(&outside.settings()?, request.model.as_deref())?;
    let body = ask::body(&settings, request)?;
    let sent = client::Request {
        method: "POST".into(),
        url: format!("{}/chat/completions", settings.url),
        headers: settings.headers(),
        body: body.into_bytes(),
        timeout: None,
    };
    let response = outside.send(&sent).map_err(|error| unreached(&settings, error))?;
    let reply = receive(outside, &settings, request, &response);
    outside.close(response.id);
    reply
}

fn receive(
    outside: &impl Outside,
    settings: &Settings,
    request: &Request,
    response: &client::Response,
) -> Result<Reply, Error> {
    let header = |name: &str| {
        response.headers.iter().find(|h| h.name.eq_ignore_ascii_case(name)).map(|header| header.value.as_str())
    };
    if !(200..300).contains(&response.status) {
        let body = beginning(outside, response.id);
        return Err(fault::of_answer(settings, response.status, &body, header("retry-after")));
    }
    let mut answer = Answer::new(settings, request);
    let streams = header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("event-stream"));
    if streams {
        stream(outside, settings, response.id, &mut answer)?;
    } else {
        let words = answer.take(&whole(outside, response.id)?)?;
        say(outside, &words);
    }
    let (reply, rest) = answer.close(request);
    say(outside, &rest);
    Ok(reply)
}

/// Reads events until the server says that it is done.
fn stream(outside: &impl Outside, settings: &Settings, id: u32, answer: &mut Answer<'_>) -> Result<(), Error> {
    let mut events = Events::default();
    let mut read = 0usize;
    loop {
        let piece = match outside.read(id, PIECE) {
            Ok(piece) => piece,
            // What the server has called finished is whole.
            Err(_) if answer.is_finished() => return Ok(()),
            Err(error) => return Err(error),
        };
        if piece.is_empty() {
            return if answer.is_finished() { Ok(()) } else { Err(broken(settings, read)) };
        }
        read += piece.len();
        // All that came at once is told at once.
        let mut words = String::new();
        let mut done = false;
        for data in events.feed(&piece)? {
            if data.trim() == "[DONE]" {
                done = true;
                break;
            }
            match answer.take(&data) {
                Ok(more) => words += &more,
                Err(error) => {
                    say(outside, &words);
                    return Err(error);
                }
            }
        }
        say(outside, &words);
        if done {
            return Ok(());
        }
    }
}

fn say(outside: &impl Outside, mut words: &str) {
    while !words.is_empty() {
        let end = (0..=words.len().min(SAID)).rev().find(|at| words.is_char_boundary(*at)).unwrap_or(words.len());
        let (now, later) = words.split_at(end);
        outside.say(now);
        words = later;
    }
}

fn whole(outside: &impl Outside, id: u32) -> Result<String, Error> {
    let mut body = Vec::new();
    loop {
        let piece = outside.read(id, PIECE)?;
        if piece.is_empty() {
            return Ok(String::from_utf8_lossy(&body).into_owned());
        }
        body.extend(piece);
        if body.len() > 2 * crate::answer::LONGEST {
            return Err(Error::Failed(format!("the model server sent more than {} bytes", 2 * crate::answer::LONGEST)));
        }
    }
}

/// As much of an error as is of use; what cannot be read of it does not hide its status.
fn beginning(outside: &impl Outside, id: u32) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(piece) = outside.read(id, PIECE) {
        if piece.is_empty() || body.len() + piece.len() > TOLD {
            break;
        }
        body.extend(piece);
    }
    body
}

fn unreached(settings: &Settings, error: Error) -> Error {
    match error {
        Error::Unavailable(why) => Error::Unavailable(format!(
            "{why}; the model `{}` is at `{}`: start its server, or change `url` of `[models.{}]` in `loket.toml`",
            settings.name, settings.url, settings.name
        )),
        other => other,
    }
}

fn broken(settings: &Settings, read: usize) -> Error {
    Error::Failed(format!(
        "the model server at `{}` broke off after {read} bytes, before the answer was whole: try again, and look into the server's log",
        settings.url
    ))
}
