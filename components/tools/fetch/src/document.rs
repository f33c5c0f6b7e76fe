//! A part of a JSON document, or a word on what is in it.

use crate::exchange::Answer;
use crate::kind::Kind;
use crate::{Error, Exhaustion};
use serde_json::Value;

/// The largest value that is answered, in bytes.
pub const LARGEST: usize = 50_000;
/// How many names an error tells.
const TOLD: usize = 40;

/// Reads an answer as JSON.
///
/// # Errors
/// `failed` for what is none.
pub fn read(answer: &Answer, kind: &Kind) -> Result<Value, Error> {
    serde_json::from_slice(answer.body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&answer.body)).map_err(|error| {
        let begin: String = String::from_utf8_lossy(&answer.body).chars().take(200).collect();
        let next = if kind.text(&answer.body).is_some() { ": read it with `get-text`" } else { "" };
        Error::Failed(format!(
            "`{}` answered with status {} and {}, which is no JSON ({error}){next}; it begins with “{}”",
            answer.url,
            answer.status,
            kind.in_words(),
            begin.escape_debug()
        ))
    })
}

/// The value to which a pointer leads, as text.
///
/// # Errors
/// `not-found` for one that leads nowhere, `invalid` for one that is none, `exhausted` for a value that is too large.
pub fn part(whole: Value, pointer: &str) -> Result<String, Error> {
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return Err(Error::Invalid(format!(
            "`{}` is no JSON Pointer: it begins with a slash, as in `/items/0/name`, or is empty for the whole document",
            shown(pointer)
        )));
    }
    let Some(value) = whole.pointer(pointer) else {
        return Err(Error::NotFound(lost(&whole, pointer)));
    };
    let text = value.to_string();
    if text.len() > LARGEST {
        return Err(Error::Exhausted(Exhaustion {
            limit: "value-size".into(),
            detail: format!(
                "the value has {} bytes, and {LARGEST} are answered at most: choose a part of it with a pointer; {}",
                text.len(),
                contents(value, pointer)
            ),
            renews: None,
        }));
    }
    Ok(text)
}

/// How far a pointer leads, and what is there.
fn lost(whole: &Value, pointer: &str) -> String {
    let mut reached = "";
    for (at, _) in pointer.match_indices('/').skip(1).chain([(pointer.len(), "")]) {
        if whole.pointer(&pointer[..at]).is_none() {
            break;
        }
        reached = &pointer[..at];
    }
    let there = whole.pointer(reached).map(|value| contents(value, reached)).unwrap_or_default();
    format!("`{}` leads nowhere in this document: {there}", shown(pointer))
}

fn contents(value: &Value, pointer: &str) -> String {
    let place = if pointer.is_empty() { "the document".to_owned() } else { format!("`{}`", shown(pointer)) };
    match value {
        Value::Object(fields) => {
            let names: Vec<String> = fields.keys().take(TOLD).map(|name| format!("`{}`", shown(name))).collect();
            let more = if fields.len() > TOLD { format!(" and {} more", fields.len() - TOLD) } else { String::new() };
            format!(
                "{place} is an object with {}{more}",
                if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
            )
        }
        Value::Array(items) => format!("{place} is a list of {} items, from `{}/0` on", items.len(), shown(pointer)),
        Value::String(_) => format!("{place} is a text"),
        other => format!("{place} is `{other}`"),
    }
}

fn shown(text: &str) -> String {
    text.chars().take(100).collect::<String>().escape_debug().to_string()
}
