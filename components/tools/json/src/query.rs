//! What a path leads to.

use crate::cost::demand;
use crate::read::{count, depth, read};
use crate::{Findings, Found};
use serde_json::Value;
use serde_json_path::JsonPath;
use std::collections::HashMap;
use std::fmt::Write as _;

/// How many values are told when nobody says.
const USUAL: u32 = 50;
/// How many may be asked for at once.
const MOST: u32 = 500;
/// How many characters of one value are told.
const LONGEST: usize = 10_000;
/// How many bytes an answer may have.
const PAGE: usize = 50_000;

/// Finds values.
///
/// # Errors
/// As the contract says.
pub fn query(json: &str, path: &str, start: u32, limit: Option<u32>) -> Result<Findings, String> {
    let limit = match limit.unwrap_or(USUAL) {
        0 => return Err(format!("`limit` is 0, which finds nothing: ask for 1 to {MOST}")),
        many if many > MOST => {
            return Err(format!("`limit` is {many}, and at most {MOST} are told at once: go on with `next`"));
        }
        limit => limit as usize,
    };
    let document = read(json)?;
    let nodes = nodes(&document, path)?;
    let total = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
    if start > 0 && start >= total {
        return Err(format!(
            "`start` is {start}, and the path leads to {total} values: begin with 0, then go on where `next` says"
        ));
    }
    let wanted: Vec<&Value> = nodes.into_iter().skip(start as usize).take(limit).collect();
    let places = places(&document, &wanted);
    let (mut values, mut size) = (Vec::new(), 0);
    for (value, path) in wanted.into_iter().zip(places) {
        let value = cut(value.to_string());
        size += value.len() + path.len();
        // One is always told, however long.
        if size > PAGE && !values.is_empty() {
            break;
        }
        values.push(Found { path, value });
    }
    let told = start.saturating_add(u32::try_from(values.len()).unwrap_or(u32::MAX));
    Ok(Findings { total, next: (told < total).then_some(told), values })
}

/// The values that a path leads to.
///
/// # Errors
/// For what is no path, and for one that costs too much.
pub fn nodes<'d>(document: &'d Value, path: &str) -> Result<Vec<&'d Value>, String> {
    let demand = demand(path)?;
    let parsed = JsonPath::parse(path).map_err(|error| {
        let place = path.chars().count().min(error.position()) + 1;
        let hint = match path.starts_with('$') {
            true => "members are `.name` or `['name']`, elements `[0]`, conditions `[?@.price < 10]`",
            false => "it begins with `$`, which is the document",
        };
        format!("this is no JSONPath, at character {place}: {}; {hint}", error.message())
    })?;
    demand.check(count(document), depth(document))?;
    Ok(parsed.query(document).all())
}

/// Where values are, found in one walk: the library can tell as well, and would hold a path for everything on the way.
fn places(document: &Value, wanted: &[&Value]) -> Vec<String> {
    let mut open: HashMap<*const Value, String> =
        wanted.iter().map(|value| (std::ptr::from_ref(*value), String::new())).collect();
    let mut here = String::from("$");
    walk(document, &mut here, &mut open);
    wanted.iter().map(|value| open.get(&std::ptr::from_ref(*value)).cloned().unwrap_or_default()).collect()
}

fn walk(value: &Value, here: &mut String, open: &mut HashMap<*const Value, String>) {
    if let Some(place) = open.get_mut(&std::ptr::from_ref(value)) {
        place.clone_from(here);
    }
    let length = here.len();
    match value {
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                let _ = write!(here, "[{number}]");
                walk(item, here, open);
                here.truncate(length);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let _ = write!(here, "['{}']", quoted(name));
                walk(member, here, open);
                here.truncate(length);
            }
        }
        _ => {}
    }
}

/// A name as a normalized path has it.
fn quoted(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for sign in name.chars() {
        match sign {
            '\'' => text.push_str("\\'"),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            sign if u32::from(sign) < 0x20 => {
                let _ = write!(text, "\\u{:04x}", u32::from(sign));
            }
            sign => text.push(sign),
        }
    }
    text
}

fn cut(mut text: String) -> String {
    if let Some((at, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(at);
        text.push('…');
    }
    text
}
