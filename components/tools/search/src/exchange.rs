//! An address asked, and its answer whole: bounded, and closed again.

use crate::client::{Header, Request, Response};
use crate::settings::Settings;
use crate::{Error, Exhaustion};

/// The largest answer, in bytes.
pub const LARGEST: usize = 1 << 20;
/// How long the server may take, in milliseconds: it asks others in turn.
const PATIENCE: u32 = 20_000;

/// `loket:http/client`: the imported one, or a test's.
pub trait Http {
    /// Sends a request.
    ///
    /// # Errors
    /// As the contract says.
    fn send(&self, request: &Request) -> Result<Response, Error>;
    /// Reads on.
    ///
    /// # Errors
    /// As the contract says.
    fn read(&self, id: u32, limit: u32) -> Result<Vec<u8>, Error>;
    /// Lets go.
    fn close(&self, id: u32);
}

/// Gets an answer's body.
///
/// # Errors
/// Those of the client; `failed` for a status that is no success, with what it means for a SearXNG server; `exhausted` for too large an
/// answer.
pub fn get(http: &impl Http, settings: &Settings, url: &str) -> Result<Vec<u8>, Error> {
    let header = |name: &str, value: &str| Header { name: name.into(), value: value.into() };
    let mut headers = vec![
        header("accept", "application/json"),
        header("user-agent", concat!("loket-search/", env!("CARGO_PKG_VERSION"))),
    ];
    headers.extend(settings.header.as_ref().map(|(name, value)| header(name, value)));
    let request =
        Request { method: "GET".into(), url: url.into(), headers, body: vec![], timeout: Some(PATIENCE), retry: None };
    let Response { id, status, .. } = http.send(&request)?;
    let body = if status < 400 { body(http, id) } else { Ok(Vec::new()) };
    http.close(id);
    let server = settings.server();
    match status {
        0..=399 => body,
        403 => Err(Error::Failed(format!(
            "the server `{server}` does not answer in JSON (403): its owner allows that with `search: formats: [html, json]` in its \
             `settings.yml`"
        ))),
        429 => {
            Err(Error::Unavailable(format!("the server `{server}` was asked too often (429): wait, or search less")))
        }
        500.. => Err(Error::Unavailable(format!("the server `{server}` has trouble ({status}): try again later"))),
        _ => Err(Error::Failed(format!(
            "the server `{server}` answers {status}: perhaps `url` is not where its SearXNG is"
        ))),
    }
}

fn body(http: &impl Http, id: u32) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    loop {
        let piece = http.read(id, 256 << 10)?;
        if piece.is_empty() {
            return Ok(body);
        }
        if body.len() + piece.len() > LARGEST {
            return Err(Error::Exhausted(Exhaustion {
                limit: "answer-size".into(),
                detail: format!("the server's answer has more than {LARGEST} bytes: search with more words"),
                renews: None,
            }));
        }
        body.extend(piece);
    }
}
