//! Requests to a model server, and what comes back: whole, or piece by piece.

use crate::lines::Lines;
use crate::outside::Outside;
use crate::settings::Settings;
use crate::sse::Events;
use crate::{Draft, Error, Exhaustion, Listen, client, refusal};
use serde_json::Value;

/// The largest request, in bytes: what `loket:http/client` sends.
pub const LARGEST: usize = 1 << 20;
/// How much is read at once, in bytes: more than a server sends at once.
const PIECE: u32 = 64 << 10;
/// How much is read of an answer that is an error, in bytes.
const TOLD: usize = 64 << 10;
/// The longest answer that is read whole, in bytes.
const WHOLE: usize = 8 << 20;

/// A request to a path of the server, with its key.
///
/// # Errors
/// `exhausted` for a body that is too large to be sent.
pub fn request(settings: &Settings, path: &str, body: Option<&Value>) -> Result<client::Request, Error> {
    let body = body.map(Value::to_string).unwrap_or_default();
    if body.len() > LARGEST {
        return Err(Error::Exhausted(Exhaustion {
            limit: "request-size".into(),
            detail: format!(
                "the exchange makes a request of {} bytes, and {LARGEST} can be sent: leave out pictures, or the oldest messages",
                body.len()
            ),
            renews: None,
        }));
    }
    Ok(client::Request {
        method: if body.is_empty() { "GET" } else { "POST" }.into(),
        url: format!("{}{path}", settings.url),
        headers: settings.headers(),
        body: body.into_bytes(),
        timeout: None,
        retry: settings.retry(),
    })
}

/// An answer that is open, and closed when it is dropped.
pub struct Open<'o, O: Outside> {
    outside: &'o O,
    response: client::Response,
}

impl<O: Outside> Drop for Open<'_, O> {
    fn drop(&mut self) {
        self.outside.close(self.response.id);
    }
}

/// Sends a request; what comes back is a success.
///
/// # Errors
/// For a server that is not there, and for all that it refuses.
pub fn send<'o, O: Outside>(
    outside: &'o O,
    settings: &Settings,
    request: &client::Request,
) -> Result<Open<'o, O>, Error> {
    let response = outside.send(request).map_err(|error| unreached(settings, error))?;
    let open = Open { outside, response };
    if (200..300).contains(&open.response.status) {
        return Ok(open);
    }
    let body = open.beginning();
    Err(refusal::of_answer(settings, open.response.status, &body, open.header("retry-after")))
}

/// Sends a request, and reads the JSON that comes back.
///
/// # Errors
/// As [`send`], and `failed` for what is no JSON.
pub fn json(outside: &impl Outside, settings: &Settings, request: &client::Request) -> Result<Value, Error> {
    let body = send(outside, settings, request)?.whole()?;
    serde_json::from_str(&body).map_err(|error| refusal::nonsense(settings, &body, &error.to_string()))
}

impl<O: Outside> Open<'_, O> {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        header.map(|header| header.value.as_str())
    }

    /// Reads on; nothing is the end.
    ///
    /// # Errors
    /// As `loket:http/client` says.
    pub fn read(&self) -> Result<Vec<u8>, Error> {
        self.outside.read(self.response.id, PIECE)
    }

    /// All of the answer.
    ///
    /// # Errors
    /// `failed` for one that is too long.
    pub fn whole(&self) -> Result<String, Error> {
        let mut body = Vec::new();
        loop {
            let piece = self.read()?;
            if piece.is_empty() {
                return Ok(String::from_utf8_lossy(&body).into_owned());
            }
            body.extend(piece);
            if body.len() > WHOLE {
                return Err(Error::Failed(format!("the model server sent more than {WHOLE} bytes")));
            }
        }
    }

    /// As much of an error as is of use; what cannot be read of it does not hide its status.
    fn beginning(&self) -> Vec<u8> {
        let mut body = Vec::new();
        while let Ok(piece) = self.read() {
            if piece.is_empty() || body.len() + piece.len() > TOLD {
                break;
            }
            body.extend(piece);
        }
        body
    }

    /// Hears the answer until it is whole, and tells what is said as it comes.
    ///
    /// # Errors
    /// For what cannot be read, and for an answer that breaks off.
    pub fn hear(&self, settings: &Settings, listener: &mut dyn Listen, draft: &mut Draft<'_>) -> Result<(), Error> {
        let heard = self.stream(settings, listener, draft);
        // What was said before it went wrong, was said.
        self.outside.say(&draft.fresh());
        heard
    }

    fn stream(&self, settings: &Settings, listener: &mut dyn Listen, draft: &mut Draft<'_>) -> Result<(), Error> {
        let kind = self.header("content-type").unwrap_or_default().to_ascii_lowercase();
        let mut framing = if kind.contains("event-stream") {
            Framing::Events(Events::default())
        } else if kind.contains("ndjson") || kind.contains("jsonl") {
            Framing::Lines(Lines::default())
        } else {
            // A server that does not stream.
            return listener.take(&self.whole()?, draft);
        };
        let mut read = 0usize;
        loop {
            let piece = match self.read() {
                Ok(piece) => piece,
                // What the server has called finished is whole.
                Err(_) if draft.is_finished() => return Ok(()),
                Err(error) => return Err(error),
            };
            read += piece.len();
            for data in framing.feed(&piece)? {
                if data.trim() == "[DONE]" {
                    draft.done();
                } else {
                    listener.take(&data, draft)?;
                }
                if draft.is_done() {
                    return Ok(());
                }
            }
            if piece.is_empty() {
                return if draft.is_finished() { Ok(()) } else { Err(broken(settings, read)) };
            }
            // All that came at once is told at once.
            self.outside.say(&draft.fresh());
        }
    }
}

/// How a stream is cut into events.
enum Framing {
    Events(Events),
    Lines(Lines),
}

impl Framing {
    /// Takes bytes; none are the end.
    fn feed(&mut self, bytes: &[u8]) -> Result<Vec<String>, Error> {
        match self {
            Framing::Events(events) => events.feed(bytes),
            Framing::Lines(lines) if bytes.is_empty() => Ok(lines.rest().into_iter().collect()),
            Framing::Lines(lines) => lines.feed(bytes),
        }
    }
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

/// An answer that breaks off.
pub fn broken(settings: &Settings, read: usize) -> Error {
    Error::Failed(format!(
        "the model server at `{}` broke off after {read} bytes, before the answer was whole: try again, and look into the server's log",
        settings.url
    ))
}
