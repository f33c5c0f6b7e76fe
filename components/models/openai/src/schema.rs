//! Tools for models that know of none: the answer must fit a JSON Schema that is either words or a call.
//!
//! The server enforces the schema while the model writes, so that even a small model writes a call that can be read. What it writes is
//! `{"answer": "…"}`, or `{"tool": "NAME", "arguments": {…}}`: one call at a time.

use crate::{Error, chat};
use serde_json::{Map, Value, json};

/// The deepest schema that is passed on.
const DEEPEST: usize = 32;
/// How much of a tool's description small models are given to read, in bytes.
const TOLD: usize = 400;
/// The parts of a schema that grammars are made from; others are for readers.
const KNOWN: [&str; 16] = [
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "enum",
    "const",
    "anyOf",
    "oneOf",
    "minimum",
    "maximum",
    "$ref",
    "$defs",
];

/// The schema of a tool's arguments.
///
/// # Errors
/// `invalid` for one that is no JSON object.
pub fn parameters(tool: &chat::ToolSpec) -> Result<Value, Error> {
    match serde_json::from_str(&tool.parameters) {
        Ok(schema @ Value::Object(_)) => Ok(schema),
        _ => Err(Error::Invalid(format!(
            "the parameters of the tool `{}` are no JSON Schema: write an object, such as `{{\"type\": \"object\"}}`",
            tool.name.escape_debug()
        ))),
    }
}

/// `response_format`: words, or a call of one of these tools.
///
/// # Errors
/// As [`parameters`].
pub fn format(tools: &[chat::ToolSpec]) -> Result<Value, Error> {
    let object = |properties: Value, required: &[&str]| json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false });
    let mut forms = Vec::with_capacity(tools.len() + 1);
    for tool in tools {
        let arguments = plain(&parameters(tool)?, 0);
        forms.push(object(json!({ "tool": { "const": tool.name }, "arguments": arguments }), &["tool", "arguments"]));
    }
    forms.push(object(json!({ "answer": { "type": "string" } }), &["answer"]));
    let schema = json!({ "anyOf": forms });
    Ok(json!({ "type": "json_schema", "json_schema": { "name": "reply", "strict": true, "schema": schema } }))
}

fn plain(schema: &Value, depth: usize) -> Value {
    match schema {
        _ if depth > DEEPEST => json!({}),
        Value::Object(fields) => {
            let known = fields.iter().filter(|(key, _)| KNOWN.contains(&key.as_str()));
            let kept = known.map(|(key, value)| {
                let value = match (key.as_str(), value) {
                    // Names of properties are no words of the schema.
                    ("properties" | "$defs", Value::Object(named)) => {
                        Value::Object(named.iter().map(|(n, s)| (n.clone(), plain(s, depth + 1))).collect())
                    }
                    ("enum" | "const" | "required" | "type", value) => value.clone(),
                    (_, value) => plain(value, depth + 1),
                };
                (key.clone(), value)
            });
            Value::Object(kept.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(|item| plain(item, depth + 1)).collect(),
        other => other.clone(),
    }
}

/// What the model is told of the form, and of the tools.
pub fn instructions(tools: &[chat::ToolSpec]) -> String {
    // Small models take what they read first: of two wordings, this one makes SmolLM2 call a tool that it is asked to call.
    let mut text = "Answer with one JSON object: {\"tool\": \"NAME\", \"arguments\": {…}} to use a tool, and you are then told what it \
                    answered; or {\"answer\": \"your words\"} to say something.\nThe tools:"
        .to_owned();
    for tool in tools {
        let cut = (0..=TOLD.min(tool.description.len())).rev().find(|at| tool.description.is_char_boundary(*at));
        let description = tool.description[..cut.unwrap_or_default()].replace('\n', " ");
        let arguments = parameters(tool).map(|schema| plain(&schema, 0)["properties"].clone()).unwrap_or_default();
        let call = json!({ "tool": tool.name, "arguments": arguments });
        text.push_str(&format!("\n- {}: {} {call}", tool.name, description.trim()));
    }
    text
}

/// What the model said earlier, in the form that it speaks in.
pub fn spoken(parts: &[chat::Part]) -> Value {
    let call = parts.iter().find_map(|part| if let chat::Part::ToolCall(call) = part { Some(call) } else { None });
    let content = match call {
        Some(call) => {
            let arguments: Value = serde_json::from_str(&call.arguments).unwrap_or_else(|_| json!({}));
            json!({ "tool": call.name, "arguments": arguments }).to_string()
        }
        None => json!({ "answer": crate::words::spoken(parts) }).to_string(),
    };
    json!({ "role": "assistant", "content": content })
}

/// The tool of a call that was asked for earlier.
pub fn name_of<'r>(request: &'r chat::Request, id: &str) -> &'r str {
    let parts = request.messages.iter().flat_map(|message| &message.parts);
    let mut calls = parts.filter_map(|part| if let chat::Part::ToolCall(call) = part { Some(call) } else { None });
    calls.find(|call| call.id == id).map_or("tool", |call| call.name.as_str())
}

/// What came, read.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// Words.
    Answer(String),
    /// A call.
    Call {
        /// The tool.
        tool: String,
        /// Its arguments: a JSON object.
        arguments: String,
    },
}

/// Reads an answer that came as JSON while it comes.
#[derive(Debug, Default)]
pub struct Reader {
    raw: String,
    /// Where in `raw` the next words begin; 0 as long as they have not begun.
    at: usize,
    /// Whether the words are at their end.
    ended: bool,
    said: String,
}

impl Reader {
    /// Takes more of the answer; gives the words that are new.
    pub fn feed(&mut self, more: &str) -> String {
        self.raw.push_str(more);
        if self.at == 0 {
            let Some(begin) = beginning(&self.raw) else { return String::new() };
            self.at = begin;
        }
        if self.ended {
            return String::new();
        }
        let (length, ended) = whole(&self.raw.as_bytes()[self.at..]);
        let escaped = &self.raw[self.at..self.at + length];
        let words: String = serde_json::from_str(&format!("\"{escaped}\"")).unwrap_or_else(|_| escaped.to_owned());
        self.at += length;
        self.ended = ended;
        self.said.push_str(&words);
        words
    }

    /// How much has come, in bytes.
    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// Whether nothing has come.
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// What the whole is, and those of its words that were not given yet.
    pub fn close(self) -> (Reading, String) {
        if let Ok(Value::Object(fields)) = serde_json::from_str(self.raw.trim()) {
            if let (Some(Value::String(tool)), Some(arguments @ Value::Object(_))) =
                (fields.get("tool"), fields.get("arguments"))
            {
                return (Reading::Call { tool: tool.clone(), arguments: arguments.to_string() }, String::new());
            }
            if let Some(Value::String(words)) = fields.get("answer") {
                let rest = words.strip_prefix(&*self.said).unwrap_or_default().to_owned();
                return (Reading::Answer(words.clone()), rest);
            }
        }
        if self.at > 0 {
            // Cut off in the middle: what was said counts.
            return (Reading::Answer(self.said), String::new());
        }
        // A server that enforces no schema: then it is words.
        (Reading::Answer(self.raw.clone()), self.raw)
    }
}

/// Where the words begin in `{"answer": "…`.
fn beginning(raw: &str) -> Option<usize> {
    let rest = raw.trim_start().strip_prefix('{')?.trim_start();
    let rest = rest.strip_prefix("\"answer\"")?.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    Some(raw.len() - rest.len())
}

/// How many bytes of a JSON string are whole, and whether it ends there: not in the middle of an escape, nor of a pair of them.
fn whole(bytes: &[u8]) -> (usize, bool) {
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let step = match (byte, bytes.get(at + 1)) {
            (b'"', _) => return (at, true),
            (b'\\', Some(b'u')) => {
                let code = bytes
                    .get(at + 2..at + 6)
                    .and_then(|hex| u16::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
                match code {
                    Some(0xd800..=0xdbff) => 12,
                    _ => 6,
                }
            }
            (b'\\', _) => 2,
            _ => 1,
        };
        if at + step > bytes.len() {
            break;
        }
        at += step;
    }
    (at, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, reading: Reading, said: &str) {
        for piece in [raw.chars().count().max(1), 1, 2, 3] {
            let mut reader = Reader::default();
            let mut words = String::new();
            let characters: Vec<char> = raw.chars().collect();
            for more in characters.chunks(piece) {
                words += &reader.feed(&more.iter().collect::<String>());
            }
            let (found, rest) = reader.close();
            words += &rest;
            assert_eq!((found, words.as_str()), (reading.clone(), said), "in pieces of {piece}");
        }
    }

    fn answer(words: &str) -> Reading {
        Reading::Answer(words.to_owned())
    }

    #[test]
    fn words_are_given_as_they_come() {
        check(
            "{\"answer\": \"größer\\n\\\"x\\\" \\u00e9 \\ud83d\\ude00\"}",
            answer("größer\n\"x\" é 😀"),
            "größer\n\"x\" é 😀",
        );
        check(" {\n \"answer\" :\"\"}", answer(""), "");
        check("{\"answer\": \"cut o", answer("cut o"), "cut o");
    }

    #[test]
    fn a_call_is_no_words() {
        let call = Reading::Call { tool: "calc_evaluate".into(), arguments: "{\"expression\":\"2+2\"}".into() };
        check("{\"tool\": \"calc_evaluate\", \"arguments\": {\"expression\": \"2+2\"}}", call, "");
    }

    #[test]
    fn what_fits_no_schema_is_words() {
        check("It is 4.", answer("It is 4."), "It is 4.");
        check("{\"other\": 1}", answer("{\"other\": 1}"), "{\"other\": 1}");
        check("", answer(""), "");
    }

    #[test]
    fn a_schema_keeps_what_a_grammar_is_made_from() {
        let parameters = json!({
            "type": "object",
            "description": "for readers",
            "properties": {
                "description": { "type": "string", "pattern": "x" },
                "list": { "type": "array", "items": { "enum": ["pattern"] } },
            },
            "required": ["description"],
        });
        let spec = chat::ToolSpec { name: "t".into(), description: "d".into(), parameters: parameters.to_string() };
        let schema = format(std::slice::from_ref(&spec)).expect("a schema");
        let forms = &schema["json_schema"]["schema"]["anyOf"];
        assert_eq!(forms[1]["required"], json!(["answer"]));
        assert_eq!(forms[0]["properties"]["tool"], json!({ "const": "t" }));
        assert_eq!(
            forms[0]["properties"]["arguments"],
            json!({
                "type": "object",
                "properties": {
                    "description": { "type": "string" },
                    "list": { "type": "array", "items": { "enum": ["pattern"] } },
                },
                "required": ["description"],
            })
        );
        let broken = chat::ToolSpec { parameters: "[]".into(), ..spec };
        assert!(matches!(format(&[broken]), Err(Error::Invalid(why)) if why.contains("`t`")));
    }
}
