//! A tool as its server describes it: what is pinned when the owner accepts it, and compared whenever the server says it again.

use super::letters::hidden;
use rmcp::model::Tool;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

/// How many tools a server may have.
pub const MOST_TOOLS: usize = 256;
/// The longest name of a tool.
const LONGEST_NAME: usize = 128;
/// The longest description, in bytes.
const LONGEST_DESCRIPTION: usize = 16 << 10;
/// The longest schema, in bytes.
const LONGEST_SCHEMA: usize = 64 << 10;

/// A tool, as its server describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// Its name.
    pub name: String,
    /// What people are told it is called; empty when the server says nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// What it does.
    pub description: String,
    /// The JSON Schema of its arguments.
    pub parameters: Json,
    /// The JSON Schema of its structured result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<Json>,
    /// Whether it is said to change nothing.
    #[serde(default)]
    pub read_only: bool,
}

impl Offer {
    /// Reads what a server says of a tool.
    ///
    /// # Errors
    /// Why it is not taken, in words that begin with what is wrong with it.
    pub(super) fn read(tool: &Tool) -> Result<Offer, String> {
        let name = tool.name.as_ref();
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/');
        if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(plain) {
            return Err(format!("its name may have {LONGEST_NAME} letters, digits, `_`, `-`, `.` and `/`"));
        }
        let annotations = tool.annotations.as_ref();
        let offer = Offer {
            name: name.to_owned(),
            title: tool.title.clone().or_else(|| annotations?.title.clone()).unwrap_or_default(),
            description: tool.description.as_deref().unwrap_or_default().to_owned(),
            parameters: sorted(&Json::Object(tool.input_schema.as_ref().clone())),
            returns: tool.output_schema.as_ref().map(|schema| sorted(&Json::Object(schema.as_ref().clone()))),
            read_only: annotations.and_then(|annotations| annotations.read_only_hint).unwrap_or_default(),
        };
        if offer.description.len() + offer.title.len() > LONGEST_DESCRIPTION {
            return Err(format!("its description has more than {LONGEST_DESCRIPTION} bytes"));
        }
        for schema in [Some(&offer.parameters), offer.returns.as_ref()].into_iter().flatten() {
            if schema.to_string().len() > LONGEST_SCHEMA {
                return Err(format!("one of its schemas has more than {LONGEST_SCHEMA} bytes"));
            }
        }
        match offer.hidden() {
            Some(letter) => {
                Err(format!("what is said of it has the letter {letter} in it, which nobody sees and a model reads"))
            }
            None => Ok(offer),
        }
    }

    fn hidden(&self) -> Option<String> {
        let texts = [&self.title, &self.description].into_iter().find_map(|text| hidden(text));
        texts.or_else(|| in_json(&self.parameters)).or_else(|| in_json(self.returns.as_ref()?))
    }

    /// The SHA-256 of all that is said of it, in hex.
    pub fn digest(&self) -> String {
        digest(std::slice::from_ref(self))
    }
}

/// The SHA-256 of all that is said of these, in hex.
pub(super) fn digest(offers: &[Offer]) -> String {
    // Maps are sorted, so the same is said in the same bytes.
    hex::encode(Sha256::digest(serde_json::to_vec(offers).unwrap_or_default()))
}

fn in_json(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => hidden(text),
        Json::Array(items) => items.iter().find_map(in_json),
        Json::Object(map) => map.iter().find_map(|(key, value)| hidden(key).or_else(|| in_json(value))),
        _ => None,
    }
}

/// The same with its keys in alphabetical order. What was read has a bounded depth.
fn sorted(json: &Json) -> Json {
    match json {
        Json::Array(items) => Json::Array(items.iter().map(sorted).collect()),
        Json::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            Json::Object(keys.into_iter().map(|key| (key.clone(), sorted(&map[key]))).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(tool: Json) -> Result<Offer, String> {
        Offer::read(&serde_json::from_value(tool).expect("a tool"))
    }

    #[test]
    fn the_order_of_keys_is_no_change_and_any_word_is_one() {
        let tool = |schema: Json| json!({ "name": "a", "description": "b", "inputSchema": schema });
        let one = read(tool(json!({ "type": "object", "properties": { "x": {}, "y": {} } }))).expect("it is fine");
        let other =
            read(tool(serde_json::from_str(r#"{"properties":{"y":{},"x":{}},"type":"object"}"#).expect("JSON")));
        assert_eq!(one.digest(), other.expect("it is fine").digest());
        let changed = read(tool(json!({ "type": "object", "properties": { "x": { "description": "!" }, "y": {} } })));
        assert_ne!(one.digest(), changed.expect("it is fine").digest());
    }

    #[test]
    fn what_nobody_sees_is_refused_wherever_it_stands() {
        let schema = json!({ "type": "object" });
        for tool in [
            json!({ "name": "a", "description": "b\u{200b}", "inputSchema": schema }),
            json!({ "name": "a", "title": "\u{1b}[2J", "inputSchema": schema }),
            json!({ "name": "a", "inputSchema": { "properties": { "p": { "description": "\u{e0041}" } } } }),
            json!({ "name": "a", "inputSchema": { "properties": { "p\u{202e}": {} } } }),
        ] {
            assert!(read(tool.clone()).expect_err("it hides something").contains("nobody sees"), "{tool}");
        }
        assert!(read(json!({ "name": "a b", "inputSchema": schema })).is_err());
        assert!(read(json!({ "name": "", "inputSchema": schema })).is_err());
    }
}
