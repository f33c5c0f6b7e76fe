//! The tool `loket:fetch`: pages, JSON and whatever else HTTP gives, from the hosts that are granted to it.
//!
//! Files in reading order: [`exchange`] a request and its whole answer, [`kind`] what sort of thing came, [`page`] HTML into Markdown,
//! [`piece`] a part of a long text, [`document`] a part of a JSON document. This file has the three functions and the border to the
//! component model.

pub mod document;
pub mod exchange;
pub mod kind;
pub mod page;
pub mod piece;

pub use bindings::exports::loket::fetch::web::{Body, Header, Json, Part, Response, Text};
pub use bindings::loket::http::client;
pub use bindings::loket::types::types::{Error, Exhaustion};

use exchange::{Answer, Http};
use kind::Kind;

/// What the tool's world looks like in Rust.
#[allow(missing_docs, unsafe_code, unreachable_pub, unused, clippy::all, reason = "generated from the WIT")]
mod bindings {
    use super::Fetch;
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/http", "wit"],
        world: "loket:fetch/fetch",
        generate_all,
    });
    #[cfg(target_family = "wasm")]
    export!(Fetch with_types_in self);
}

/// The component.
#[derive(Debug)]
pub struct Fetch;

/// The imported client.
struct Imported;

impl Http for Imported {
    fn send(&self, request: &client::Request) -> Result<client::Response, Error> {
        client::send(request)
    }

    fn read(&self, id: u32, limit: u32) -> Result<Vec<u8>, Error> {
        client::read(id, limit)
    }

    fn close(&self, id: u32) {
        client::close(id);
    }
}

impl bindings::exports::loket::fetch::web::Guest for Fetch {
    fn get_text(url: String, part: Option<Part>, start: Option<u32>, max_chars: Option<u32>) -> Result<Text, Error> {
        get_text(&Imported, &url, part.unwrap_or(Part::Article), start, max_chars)
    }

    fn get_json(url: String, pointer: Option<String>) -> Result<Json, Error> {
        get_json(&Imported, &url, pointer.as_deref().unwrap_or_default())
    }

    fn request(
        method: String,
        url: String,
        headers: Vec<Header>,
        body: Option<String>,
        max_chars: Option<u32>,
    ) -> Result<Response, Error> {
        request(&Imported, method, &url, headers, body, max_chars)
    }
}

/// Reads a page or another text.
///
/// # Errors
/// As the contract says.
pub fn get_text(
    http: &impl Http,
    url: &str,
    part: Part,
    start: Option<u32>,
    max_chars: Option<u32>,
) -> Result<Text, Error> {
    let most = piece::most(max_chars)?;
    let accept = "text/html, application/xhtml+xml, text/markdown, text/plain, application/json;q=0.9, */*;q=0.5";
    let answer = exchange::get(http, url, accept)?;
    let kind = Kind::of(&answer);
    let Some(words) = kind.text(&answer.body) else {
        return Err(Error::Failed(format!(
            "`{}` is {} of {} bytes, which is no text: look for the same as a web page or as plain text",
            answer.url,
            kind.in_words(),
            answer.body.len()
        )));
    };
    let (title, words) = if kind.is_html() { page::read(&words, &answer.url, part)? } else { (None, words) };
    let piece = piece::cut(&words, start.unwrap_or_default(), most)?;
    Ok(Text {
        status: answer.status,
        url: answer.url,
        kind: kind.name().to_owned(),
        title,
        text: piece.text.to_owned(),
        characters: piece.characters,
        next: piece.next,
    })
}

/// Gets a JSON document, or the part of it to which a pointer leads.
///
/// # Errors
/// As the contract says.
pub fn get_json(http: &impl Http, url: &str, pointer: &str) -> Result<Json, Error> {
    let answer = exchange::get(http, url, "application/json, */*;q=0.5")?;
    let kind = Kind::of(&answer);
    let value = document::read(&answer, &kind).and_then(|whole| document::part(whole, pointer))?;
    Ok(Json { status: answer.status, url: answer.url, value })
}

/// Sends a request of any kind.
///
/// # Errors
/// As the contract says.
pub fn request(
    http: &impl Http,
    method: String,
    url: &str,
    headers: Vec<Header>,
    body: Option<String>,
    max_chars: Option<u32>,
) -> Result<Response, Error> {
    let most = piece::most(max_chars)?;
    let headers = headers.into_iter().map(|h| client::Header { name: h.name, value: h.value }).collect();
    let body = body.unwrap_or_default().into_bytes();
    let (method, url) = (method.to_uppercase(), url.to_owned());
    let request = client::Request { method, url, headers, body, timeout: None, retry: None };
    let answer = exchange::send(http, &request)?;
    let kind = Kind::of(&answer);
    let Answer { status, url, headers, body } = answer;
    let (body, characters) = match kind.text(&body) {
        Some(words) => {
            let piece = piece::cut(&words, 0, most)?;
            (Body::Text(piece.text.to_owned()), piece.characters)
        }
        None => (Body::Binary(u32::try_from(body.len()).unwrap_or(u32::MAX)), 0),
    };
    let headers = headers.into_iter().map(|h| Header { name: h.name, value: h.value }).collect();
    Ok(Response { status, url, headers, body, characters })
}
