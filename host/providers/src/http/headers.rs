//! The headers of a request as a component may write them, and those of an answer as it may see them.

use super::error::HttpError;
use super::gate::Checked;
use super::limits::{LONGEST_HEAD, MOST_HEADERS};
use super::secret::{self, Template};
use crate::secrets::redact::Redactor;
use crate::secrets::source::SecretSource;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use loket_kernel::Terms;

/// A header, as the contract has it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// What the host itself writes, or what is between it and the next machine only.
const OURS: [&str; 13] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "proxy-connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "http2-settings",
    "proxy-authorization",
    "proxy-authenticate",
];

/// What the host takes from an answer: it is about the connection.
const THEIRS: [&str; 7] =
    ["connection", "proxy-connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

/// What is not sent on to another host.
const PERSONAL: [HeaderName; 2] = [header::AUTHORIZATION, header::COOKIE];

/// What is about a body.
const ABOUT_BODY: [HeaderName; 4] =
    [header::CONTENT_TYPE, header::CONTENT_ENCODING, header::CONTENT_LANGUAGE, header::CONTENT_LOCATION];

/// The headers of a request, checked.
#[derive(Debug, Clone)]
pub(super) struct Outgoing {
    plain: HeaderMap,
    secret: Vec<(HeaderName, Template)>,
}

impl Outgoing {
    /// Reads what a component wrote.
    pub(super) fn read(headers: &[Header]) -> Result<Outgoing, HttpError> {
        if headers.len() > MOST_HEADERS {
            let many = headers.len();
            return Err(HttpError::Invalid(format!(
                "a request has {MOST_HEADERS} headers at most, this one has {many}"
            )));
        }
        let size: usize = headers.iter().map(|h| h.name.len() + h.value.len()).sum();
        if size > LONGEST_HEAD {
            let most = LONGEST_HEAD;
            return Err(HttpError::Invalid(format!(
                "a request's headers have {most} bytes at most, these have {size}"
            )));
        }
        let mut outgoing = Outgoing { plain: HeaderMap::new(), secret: Vec::new() };
        for Header { name, value } in headers {
            let shown: String = name.chars().take(100).flat_map(char::escape_default).collect();
            let key = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| HttpError::Invalid(format!("`{shown}` is no name of a header")))?;
            if OURS.contains(&key.as_str()) {
                return Err(HttpError::Invalid(format!("the header `{shown}` is the host's to write; leave it out")));
            }
            let written = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
                HttpError::Invalid(format!(
                    "the header `{shown}` has a line break, or another character that no header has"
                ))
            })?;
            match secret::is_in(value) {
                true => outgoing.secret.push((key, Template::parse(value)?)),
                false => {
                    outgoing.plain.append(key, written);
                }
            }
        }
        Ok(outgoing)
    }

    /// The headers as they are sent to this target, the host's own among them.
    pub(super) fn fill(
        &self,
        secrets: &dyn SecretSource,
        grants: &[Terms],
        checked: &Checked,
    ) -> Result<HeaderMap, HttpError> {
        let mut all = self.plain.clone();
        for (name, template) in &self.secret {
            all.append(name, template.fill(secrets, grants, checked)?);
        }
        let host = HeaderValue::from_str(&checked.target().authority());
        all.insert(header::HOST, host.map_err(|_| HttpError::Invalid("the host's name fits no header".to_owned()))?);
        // A part of a compressed document could not be decompressed.
        let codings = if all.contains_key(header::RANGE) { "identity" } else { "gzip, br, deflate" };
        all.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(codings));
        let agent = HeaderValue::from_static(concat!("loket/", env!("CARGO_PKG_VERSION")));
        all.entry(header::USER_AGENT).or_insert(agent);
        all.entry(header::ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        Ok(all)
    }

    /// Drops what another host must not see.
    pub(super) fn forget_secrets(&mut self) {
        self.secret.clear();
        for name in PERSONAL {
            self.plain.remove(name);
        }
    }

    /// Drops what is about a body that is not sent any more.
    pub(super) fn forget_body(&mut self) {
        for name in ABOUT_BODY {
            self.plain.remove(name);
        }
    }
}

/// The headers of an answer, as a component sees them.
pub(super) fn incoming(headers: &HeaderMap, decoded: bool, redactor: &Redactor) -> Vec<Header> {
    let connection: Vec<String> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(',').map(|name| name.trim().to_ascii_lowercase()))
        .collect();
    let hidden = |name: &HeaderName| {
        THEIRS.contains(&name.as_str())
            || connection.iter().any(|hidden| hidden == name.as_str())
            // They are about the bytes as they came.
            || decoded && (*name == header::CONTENT_ENCODING || *name == header::CONTENT_LENGTH)
    };
    let clean = |text: String| redactor.text(&text).unwrap_or(text);
    headers
        .iter()
        .filter(|(name, _)| !hidden(name))
        .map(|(name, value)| Header {
            name: clean(name.as_str().to_owned()),
            value: clean(String::from_utf8_lossy(value.as_bytes()).into_owned()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str, value: &str) -> Header {
        Header { name: name.into(), value: value.into() }
    }

    #[track_caller]
    fn refused(name: &str, value: &str, word: &str) {
        match Outgoing::read(&[header(name, value)]) {
            Err(HttpError::Invalid(why)) => assert!(why.contains(word), "{name}: {why}"),
            other => panic!("{name}: {other:?}"),
        }
    }

    #[test]
    fn a_header_cannot_hold_another_header_or_a_request() {
        for value in ["a\r\nhost: evil.test", "a\nb", "a\rb", "a\0b", "a\u{7f}b", "a\r\n\r\nGET / HTTP/1.1"] {
            refused("x-test", value, "line break");
        }
        for name in ["", "x test", "x:test", "x\r\ntest", "x\ntest", "ö", "(x)"] {
            refused(name, "value", "no name");
        }
        Outgoing::read(&[header("X-Test", "täglich, \t größer")]).expect("what is left is fine");
    }

    #[test]
    fn what_the_host_writes_a_component_does_not() {
        for name in OURS {
            refused(name, "1", "leave it out");
            refused(&name.to_uppercase(), "1", "leave it out");
        }
    }

    #[test]
    fn headers_have_a_number_and_a_size() {
        let many = vec![header("a", "b"); MOST_HEADERS + 1];
        assert!(matches!(Outgoing::read(&many), Err(HttpError::Invalid(why)) if why.contains("129")));
        Outgoing::read(&many[1..]).expect("128 are allowed");
        refused("a", &"x".repeat(LONGEST_HEAD), "65536");
    }

    #[test]
    fn an_answer_keeps_what_is_about_the_connection_to_the_host() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Hop"),
            ("x-hop", "1"),
            ("keep-alive", "1"),
            ("content-encoding", "gzip"),
            ("etag", "tok3n-tok3n"),
        ] {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let redactor = Redactor::new([("token", "tok3n-tok3n")]);
        let seen = incoming(&headers, true, &redactor);
        assert_eq!(seen, [header("etag", "[secret token]")]);
        assert_eq!(incoming(&headers, false, &redactor).len(), 2);
    }
}
