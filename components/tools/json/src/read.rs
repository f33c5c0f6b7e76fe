//! Text into a document.

use serde_json::Value;

/// How long a document may be, in bytes.
pub const MOST: usize = 256 << 10;

/// Reads a document. What nests deeper than 127 levels is refused by the parser, so that all that walks a document may do so recursively.
///
/// # Errors
/// For what is too long, and for what is no JSON.
pub fn read(json: &str) -> Result<Value, String> {
    if json.len() > MOST {
        return Err(format!("the document has {} bytes, and at most {MOST} are read: pass a part of it", json.len()));
    }
    serde_json::from_str(json).map_err(|error| {
        let hint = match json.trim_start().chars().next() {
            None => "the text is empty: pass the document itself",
            Some('<') => "it begins like HTML: perhaps an error page came instead of the document",
            Some('\'') => "JSON has double quotes only",
            Some(c) if c.is_alphabetic() && error.column() <= 2 => "pass the document itself, not its name or address",
            _ => "mend it there",
        };
        format!("this is no JSON: {error}; {hint}")
    })
}

/// How many values there are in one.
pub fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// How many levels it has.
pub fn depth(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(members) => members.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}
