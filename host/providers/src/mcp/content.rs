//! What a tool answered, as a value: the pieces of its content and its structured result, in the shapes of `loket:tools/provider`.

use super::letters::visible;
use super::schema::Shape;
use super::structured::value;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use loket_kernel::CallError;
use loket_values::json::encode;
use loket_values::{Type, Value};
use rmcp::model::CallToolResult;
use serde::Serialize;
use serde_bytes::ByteBuf;
use serde_json::Value as Json;

/// The most pieces of one answer.
const MOST_PIECES: usize = 1_000;
/// The longest error that is passed on, in characters.
const LONGEST_ERROR: usize = 4_096;

#[derive(Debug, Serialize)]
struct Outcome {
    content: Vec<Content>,
    structured: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Content {
    Text(String),
    Image(Blob),
    Audio(Blob),
    Embedded(Contents),
    Link(Resource),
    Other(String),
}

#[derive(Debug, Serialize)]
struct Blob {
    mime: String,
    data: ByteBuf,
}

#[derive(Debug, Serialize)]
struct Contents {
    resource: Resource,
    body: Body,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Body {
    Text(String),
    Blob(Blob),
}

#[derive(Debug, Serialize)]
struct Resource {
    uri: String,
    name: String,
    description: String,
    mime: Option<String>,
}

/// The value of an answer: `result<outcome, error>`, of which `ty` is the first. Where the tool says that it failed, the error is what it
/// answered in words.
///
/// # Errors
/// `exhausted` when it is larger than may be.
pub(super) fn read(result: &CallToolResult, ty: &Type, most: usize) -> Result<Value, CallError> {
    let content: Vec<Content> = pieces(result, most)?.into_iter().map(piece).collect();
    if let Some(failed) = failure(result, &content) {
        return Ok(failed);
    }
    let outcome = Outcome { content, structured: structured(result) };
    let value = encode(&outcome, ty);
    let value = value.map_err(|e| CallError::Failed(format!("the answer does not fit the host's contract: {e}")))?;
    Ok(Value::Result(Ok(Some(Box::new(value)))))
}

/// The value of an answer whose structured result has this type: `result<…, error>`.
///
/// # Errors
/// `exhausted` when it is larger than may be, `failed` when it is not what the tool's schema says.
pub(super) fn read_typed(result: &CallToolResult, ty: &Type, shape: &Shape, most: usize) -> Result<Value, CallError> {
    let content: Vec<Content> = pieces(result, most)?.into_iter().map(piece).collect();
    if let Some(failed) = failure(result, &content) {
        return Ok(failed);
    }
    let json = result.structured_content.as_ref();
    let json = json.ok_or_else(|| CallError::Failed("it answered without the result that its schema says".into()))?;
    let value = value(json, ty, shape).map_err(|why| CallError::Failed(format!("it {why}")))?;
    Ok(Value::Result(Ok(Some(Box::new(value)))))
}

/// The pieces of an answer, if it is no larger than may be.
fn pieces(result: &CallToolResult, most: usize) -> Result<Vec<Json>, CallError> {
    let pieces = result.content.iter().map(|block| serde_json::to_value(block).unwrap_or_default());
    let pieces: Vec<Json> = pieces.take(MOST_PIECES + 1).collect();
    let size = pieces.iter().map(size).sum::<usize>() + result.structured_content.as_ref().map_or(0, size);
    if size > most || pieces.len() > MOST_PIECES {
        let detail = format!(
            "an answer may have {most} bytes in {MOST_PIECES} pieces: ask for less, or see `result_kib` in `loket.toml`"
        );
        return Err(CallError::exhausted("result-size", detail));
    }
    Ok(pieces)
}

fn structured(result: &CallToolResult) -> Option<String> {
    result.structured_content.as_ref().map(|json| visible(&json.to_string()).into_owned())
}

/// The error of a tool that says that it failed: what it answered in words.
fn failure(result: &CallToolResult, content: &[Content]) -> Option<Value> {
    if result.is_error != Some(true) {
        return None;
    }
    let words = content.iter().filter_map(|piece| match piece {
        Content::Text(text) => Some(text.clone()),
        _ => None,
    });
    let words = words.chain(structured(result)).collect::<Vec<_>>().join("\n");
    let words = if words.is_empty() { "it failed without saying why".to_owned() } else { words };
    let error = CallError::Failed(words.chars().take(LONGEST_ERROR).collect());
    Some(Value::Result(Err(Some(Box::new(error.to_value())))))
}

/// How many bytes a piece takes: nearly all of it is text.
fn size(json: &Json) -> usize {
    match json {
        Json::String(text) => text.len(),
        Json::Array(items) => items.iter().map(size).sum::<usize>() + 2,
        Json::Object(map) => map.iter().map(|(key, value)| key.len() + size(value) + 4).sum::<usize>() + 2,
        _ => 8,
    }
}

fn piece(json: Json) -> Content {
    let blob = |key: &str| Some(Blob { mime: text(&json, "mimeType")?, data: bytes(&json, key)? });
    let known = match json.get("type").and_then(Json::as_str) {
        Some("text") => text(&json, "text").map(Content::Text),
        Some("image") => blob("data").map(Content::Image),
        Some("audio") => blob("data").map(Content::Audio),
        Some("resource") => json.get("resource").and_then(contents).map(Content::Embedded),
        Some("resource_link") => resource(&json).map(Content::Link),
        _ => None,
    };
    known.unwrap_or_else(|| Content::Other(visible(&json.to_string()).into_owned()))
}

fn contents(json: &Json) -> Option<Contents> {
    let resource = resource(json)?;
    let body = match text(json, "text") {
        Some(text) => Body::Text(text),
        None => {
            let mime = resource.mime.clone().unwrap_or_else(|| "application/octet-stream".to_owned());
            Body::Blob(Blob { mime, data: bytes(json, "blob")? })
        }
    };
    Some(Contents { resource, body })
}

fn resource(json: &Json) -> Option<Resource> {
    let or_none = |key: &str| text(json, key).unwrap_or_default();
    let (uri, mime) = (text(json, "uri")?, text(json, "mimeType"));
    Some(Resource { uri, name: or_none("name"), description: or_none("description"), mime })
}

fn text(json: &Json, key: &str) -> Option<String> {
    Some(visible(json.get(key)?.as_str()?).into_owned())
}

fn bytes(json: &Json, key: &str) -> Option<ByteBuf> {
    STANDARD.decode(json.get(key)?.as_str()?).ok().map(ByteBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Contract;
    use crate::mcp::outcome_type;
    use loket_values::json::to_json;
    use serde_json::json;

    fn answer(result: Json, most: usize) -> Result<Json, CallError> {
        let ty = outcome_type(&Contract::read().expect("the contract")).expect("it has outcomes");
        let result: CallToolResult = serde_json::from_value(result).expect("a result");
        read(&result, &ty, most).map(|value| to_json(&value))
    }

    #[test]
    fn every_kind_of_piece_comes_through() {
        let all = answer(
            json!({
                "content": [
                    { "type": "text", "text": "a\u{1b}[31m" },
                    { "type": "image", "data": "AQID", "mimeType": "image/png" },
                    { "type": "audio", "data": "AQID", "mimeType": "audio/wav" },
                    { "type": "resource", "resource": { "uri": "x:1", "mimeType": "text/plain", "text": "words" } },
                    { "type": "resource", "resource": { "uri": "x:2", "blob": "AQID" } },
                    { "type": "resource_link", "uri": "x:3", "name": "three" },
                    { "type": "image", "data": "no base64!", "mimeType": "image/png" },
                ],
                "structuredContent": { "n": 1 },
            }),
            10_000,
        );
        let all = all.expect("it is an answer");
        let content = &all["ok"]["content"];
        assert_eq!(content[0], json!({ "text": "a\\u{1b}[31m" }));
        assert_eq!(content[1], json!({ "image": { "mime": "image/png", "data": "AQID" } }));
        assert_eq!(content[3]["embedded"]["body"], json!({ "text": "words" }));
        assert_eq!(content[4]["embedded"]["body"]["blob"]["data"], "AQID");
        assert_eq!(content[5]["link"]["name"], "three");
        assert!(content[6]["other"].as_str().is_some_and(|other| other.contains("no base64!")));
        assert_eq!(all["ok"]["structured"], "{\"n\":1}");
    }

    #[test]
    fn a_failure_is_an_error_with_the_tools_words() {
        let failed = answer(json!({ "content": [{ "type": "text", "text": "no such file" }], "isError": true }), 1_000);
        assert_eq!(failed.expect("an answer"), json!({ "err": { "failed": "no such file" } }));
    }

    #[test]
    fn an_answer_that_is_too_large_is_refused() {
        let large = json!({ "content": [{ "type": "text", "text": "x".repeat(2_000) }] });
        assert!(matches!(answer(large, 1_000), Err(CallError::Exhausted { .. })));
    }
}
