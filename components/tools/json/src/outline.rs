//! How a document is built: its members, their types, and how many elements there are.

use crate::query::nodes;
use crate::read::read;
use serde_json::Value;

/// How many levels are shown.
const LEVELS: usize = 5;
/// How many lines are shown.
const LINES: usize = 200;
/// How many characters of a name or of an example are shown.
const WIDE: usize = 60;

/// Tells how a document is built, or the part of it to which a path leads.
///
/// # Errors
/// As the contract says.
pub fn outline(json: &str, path: &str) -> Result<String, String> {
    let document = read(json)?;
    let found = nodes(&document, path)?;
    let [value] = found[..] else {
        let many = match found.len() {
            0 => "nowhere".to_owned(),
            many => format!("to {many} values"),
        };
        return Err(format!("`{path}` leads {many}, and an outline is of one: take a step back, to what holds it"));
    };
    let mut lines = Lines::default();
    lines.members(path, &[value], 0);
    if lines.left_out > 0 {
        lines.shown.push(format!("… and {} lines more: outline a part of it, with `path`", lines.left_out));
    }
    Ok(lines.shown.join("\n"))
}

#[derive(Default)]
struct Lines {
    shown: Vec<String>,
    left_out: usize,
}

impl Lines {
    fn push(&mut self, line: String) {
        match self.shown.len() < LINES {
            true => self.shown.push(line),
            false => self.left_out += 1,
        }
    }

    /// What stands at one place: one value, or the elements of a list, of which is told what they have in common.
    fn members(&mut self, name: &str, values: &[&Value], level: usize) {
        let indent = "  ".repeat(level);
        self.push(format!("{indent}{name}: {}", kinds(values)));
        let items: Vec<&Value> = values.iter().filter_map(|value| value.as_array()).flatten().collect();
        let deeper =
            !items.is_empty() || values.iter().any(|v| v.as_object().is_some_and(|members| !members.is_empty()));
        if level == LEVELS && deeper {
            return self.push(format!("{indent}  …"));
        }
        let mut names: Vec<&String> = Vec::new();
        let objects: Vec<_> = values.iter().filter_map(|value| value.as_object()).collect();
        let mut seen = std::collections::HashSet::new();
        for name in objects.iter().flat_map(|members| members.keys()) {
            if seen.insert(name) {
                names.push(name);
            }
        }
        for name in names {
            // What nobody will see is not walked.
            if self.shown.len() >= LINES {
                self.left_out += 1;
                continue;
            }
            let theirs: Vec<&Value> = objects.iter().filter_map(|members| members.get(name)).collect();
            let often = match theirs.len() {
                some if some < objects.len() => format!(" (in {some} of {})", objects.len()),
                _ => String::new(),
            };
            self.members(&format!(".{}{often}", short(name)), &theirs, level + 1);
        }
        if !items.is_empty() && self.shown.len() < LINES {
            self.members("[*]", &items, level + 1);
        }
    }
}

/// The types of values that stand at one place, with what tells most of them.
fn kinds(values: &[&Value]) -> String {
    let mut kinds: Vec<String> = Vec::new();
    let several = values.len() > 1;
    for value in values {
        let kind = match value {
            Value::Null => "null".to_owned(),
            Value::Bool(_) => "true or false".to_owned(),
            Value::Number(number) if several => if number.is_f64() { "number" } else { "whole number" }.to_owned(),
            Value::Number(number) => format!("number {number}"),
            Value::String(_) if several => "text".to_owned(),
            Value::String(text) => format!("text {:?}", short(text)),
            Value::Array(_) if several => "list".to_owned(),
            Value::Array(items) => format!("list of {}", items.len()),
            Value::Object(_) if several => "object".to_owned(),
            Value::Object(members) => format!("object with {} members", members.len()),
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds.join(" or ")
}

fn short(text: &str) -> String {
    match text.char_indices().nth(WIDE) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
