//! A request, and its answer whole: bounded, and closed again.

use crate::client::{Header, Request, Response};
use crate::{Error, Exhaustion};

/// The largest answer, in bytes.
pub const LARGEST: usize = 4 << 20;
/// How much is read at once, in bytes.
const PIECE: u32 = 1 << 20;

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

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The address that answered.
    pub url: String,
    /// The headers.
    pub headers: Vec<Header>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's value, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|h| h.name.eq_ignore_ascii_case(name)).map(|h| h.value.as_str())
    }
}

/// Gets an address.
///
/// # Errors
/// Those of the client, and `exhausted` for an answer that is too large.
pub fn get(http: &impl Http, url: &str, accept: &str) -> Result<Answer, Error> {
    let header = |name: &str, value: &str| Header { name: name.into(), value: value.into() };
    let headers =
        vec![header("accept", accept), header("user-agent", concat!("loket-fetch/", env!("CARGO_PKG_VERSION")))];
    let url = url.trim().into();
    send(http, &Request { method: "GET".into(), url, headers, body: vec![], timeout: None, retry: None })
}

/// Sends a request and reads all of its answer.
///
/// # Errors
/// As [`get`].
pub fn send(http: &impl Http, request: &Request) -> Result<Answer, Error> {
    let Response { id, status, headers, url } = http.send(request)?;
    let mut answer = Answer { status, url, headers, body: vec![] };
    let body = body(http, id, &answer);
    http.close(id);
    answer.body = body?;
    Ok(answer)
}

fn body(http: &impl Http, id: u32, answer: &Answer) -> Result<Vec<u8>, Error> {
    let announced = answer.header("content-length").and_then(|length| length.trim().parse::<u64>().ok());
    if let Some(length) = announced.filter(|length| *length > LARGEST as u64) {
        return Err(too_large(&answer.url, &length.to_string()));
    }
    let mut body = Vec::new();
    loop {
        let piece = http.read(id, PIECE)?;
        if piece.is_empty() {
            return Ok(body);
        }
        if body.len() + piece.len() > LARGEST {
            return Err(too_large(&answer.url, &format!("more than {LARGEST}")));
        }
        body.extend(piece);
    }
}

fn too_large(url: &str, bytes: &str) -> Error {
    Error::Exhausted(Exhaustion {
        limit: "answer-size".into(),
        detail: format!(
            "`{url}` has {bytes} bytes, and {LARGEST} are read at most: ask for a part of it, such as a page of a list"
        ),
        renews: None,
    })
}
