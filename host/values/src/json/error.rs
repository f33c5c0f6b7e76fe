//! What is said about JSON that does not fit its type.

use serde_json::Value as Json;
use std::fmt::{self, Write};
use thiserror::Error;

/// How many characters of a string are quoted.
const QUOTED: usize = 40;

/// A piece of JSON that does not fit the type of its place.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("at `{path}`: expected {expected}, found {found}")]
pub struct JsonError {
    /// Where: `$.items[3].name`.
    pub path: String,
    /// What would fit, in words.
    pub expected: String,
    /// What is there, shortened.
    pub found: String,
}

/// The way to a place, kept as a chain on the stack so that only an error costs an allocation.
#[derive(Clone, Copy)]
pub(crate) enum Path<'a> {
    Root,
    Field(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl Path<'_> {
    pub(crate) fn error(&self, expected: impl Into<String>, found: impl Into<String>) -> JsonError {
        JsonError { path: self.to_string(), expected: expected.into(), found: found.into() }
    }

    /// The error for a piece of JSON of the wrong kind.
    pub(crate) fn unfit(&self, expected: impl Into<String>, found: &Json) -> JsonError {
        self.error(expected, shown(found))
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => f.write_char('$'),
            Path::Field(parent, name) => write!(f, "{parent}.{}", name.chars().take(QUOTED).collect::<String>()),
            Path::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// A piece of JSON in a few words.
pub(crate) fn shown(json: &Json) -> String {
    match json {
        Json::String(text) => format!("`{}`", quoted(text)),
        Json::Array(items) if items.len() == 1 => "a list of 1 item".to_owned(),
        Json::Array(items) => format!("a list of {} items", items.len()),
        Json::Object(fields) => match fields.keys().next() {
            None => "an empty object".to_owned(),
            Some(first) if fields.len() == 1 => format!("an object with the field `{}`", shortened(first)),
            Some(first) => format!("an object with {} fields, the first is `{}`", fields.len(), shortened(first)),
        },
        scalar => format!("`{scalar}`"),
    }
}

/// Names in backticks, for a message; the first thirty when there are more.
pub(crate) fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    const SHOWN: usize = 30;
    let mut all: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let more = all.len().saturating_sub(SHOWN);
    all.truncate(SHOWN);
    if more > 0 {
        all.push(format!("and {more} more"));
    }
    all.join(", ")
}

/// The beginning of a text.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// As JSON, so that control characters do not reach a terminal.
fn quoted(text: &str) -> String {
    Json::from(shortened(text)).to_string()
}
