//! Answers in the form of a JSON Schema: the one that whoever asks wants, and tools for models that know of none.
//!
//! The server enforces the schema while the model writes, so that even a small model writes what can be read. For tools it writes
//! `{"answer": "…"}`, or `{"tool": "NAME", "arguments": {…}}`: one call at a time.

use crate::settings::{Settings, Tools};
use crate::{Error, chat, words};
use serde_json::{Map, Value, json};

/// The deepest schema that is passed on.
const DEEPEST: usize = 32;
/// How much of a tool's description small models are given to read, in bytes.
const TOLD: usize = 400;
/// The longest schema for an answer, in bytes.
const LONGEST: usize = 64 << 10;
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

/// The form that an answer must have.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// What it must fit.
    pub schema: Value,
    /// Whether it is for tools: words or a call.
    pub is_for_tools: bool,
}

/// The form that the answer to a request must have, if any.
///
/// # Errors
/// `invalid` for a schema that is none.
pub fn of(settings: &Settings, request: &chat::Request) -> Result<Option<Form>, Error> {
    let shape = shape(request)?;
    if by_schema(settings, request) {
        return Ok(Some(Form { schema: tools(&request.tools, shape.as_ref())?, is_for_tools: true }));
    }
    Ok(shape.map(|schema| Form { schema, is_for_tools: false }))
}

/// Whether tools are offered by a schema.
pub fn by_schema(settings: &Settings, request: &chat::Request) -> bool {
    settings.tools == Tools::JsonSchema && !request.tools.is_empty()
}

/// The shape that whoever asks wants.
///
/// # Errors
/// `invalid` for what is no schema of an object.
pub fn shape(request: &chat::Request) -> Result<Option<Value>, Error> {
    let Some(text) = &request.shape else { return Ok(None) };
    if text.len() > LONGEST {
        return Err(Error::Invalid(format!("the shape has {} bytes, and a schema may have {LONGEST}", text.len())));
    }
    match serde_json::from_str(text) {
        Ok(schema @ Value::Object(_)) if schema["type"] == "object" => Ok(Some(schema)),
        _ => Err(Error::Invalid(
            "the shape is no JSON Schema of an object: write one such as `{\"type\": \"object\", \"properties\": {…}}`"
                .into(),
        )),
    }
}

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

/// Tools as most servers take them: functions, with a schema of their arguments.
///
/// # Errors
/// As [`parameters`].
pub fn functions(tools: &[chat::ToolSpec]) -> Result<Vec<Value>, Error> {
    let function = |tool: &chat::ToolSpec| {
        let parameters = parameters(tool)?;
        let function = json!({ "name": tool.name, "description": tool.description, "parameters": parameters });
        Ok(json!({ "type": "function", "function": function }))
    };
    tools.iter().map(function).collect()
}

/// Words, in a shape where there is one, or a call of one of these tools.
fn tools(tools: &[chat::ToolSpec], shape: Option<&Value>) -> Result<Value, Error> {
    let object = |properties: Value, required: &[&str]| json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false });
    let mut forms = Vec::with_capacity(tools.len() + 1);
    for tool in tools {
        let arguments = plain(&parameters(tool)?, 0);
        forms.push(object(json!({ "tool": { "const": tool.name }, "arguments": arguments }), &["tool", "arguments"]));
    }
    let answer = shape.map_or_else(|| json!({ "type": "string" }), |shape| plain(shape, 0));
    forms.push(object(json!({ "answer": answer }), &["answer"]));
    Ok(json!({ "anyOf": forms }))
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

/// Whether a server that holds to the letter takes a schema: each object names all its properties as required, and no others.
pub fn is_strict(schema: &Value) -> bool {
    strict(schema, 0)
}

fn strict(schema: &Value, depth: usize) -> bool {
    if depth > DEEPEST {
        return false;
    }
    match schema {
        Value::Object(fields) => {
            let closed = match fields.get("properties") {
                Some(Value::Object(named)) => {
                    let required = fields.get("required").and_then(Value::as_array).map_or(0, Vec::len);
                    fields.get("additionalProperties") == Some(&Value::Bool(false)) && required == named.len()
                }
                _ => fields.get("type").is_none_or(|kind| kind != "object"),
            };
            closed && fields.values().all(|value| strict(value, depth + 1))
        }
        Value::Array(items) => items.iter().all(|item| strict(item, depth + 1)),
        _ => true,
    }
}

/// What the model is told of the form, and of the tools.
pub fn instructions(tools: &[chat::ToolSpec]) -> String {
    // Small models take what they read first: of two wordings, this one makes SmolLM2 call a tool that it is asked to call.
    let mut text = "Answer with one JSON object: {\"tool\": \"NAME\", \"arguments\": {…}} to use a tool, and you are then told what it \
                    answered; or {\"answer\": \"your words\"} to say something.\nThe tools:"
        .to_owned();
    for tool in tools {
        let description = tool.description[..tool.description.floor_char_boundary(TOLD)].replace('\n', " ");
        let arguments = parameters(tool).map(|schema| plain(&schema, 0)["properties"].clone()).unwrap_or_default();
        let call = json!({ "tool": tool.name, "arguments": arguments });
        text.push_str(&format!("\n- {}: {} {call}", tool.name, description.trim()));
    }
    text
}

/// What the model said earlier, in the form that it speaks in.
pub fn spoken(parts: &[chat::Part]) -> String {
    let call = parts.iter().find_map(|part| if let chat::Part::ToolCall(call) = part { Some(call) } else { None });
    match call {
        Some(call) => {
            let arguments: Value = serde_json::from_str(&call.arguments).unwrap_or_else(|_| json!({}));
            json!({ "tool": call.name, "arguments": arguments }).to_string()
        }
        None => json!({ "answer": words::spoken(parts) }).to_string(),
    }
}

/// A tool's result, as words for a model that knows of no tools.
pub fn answered(request: &chat::Request, result: &chat::ToolResult) -> String {
    format!("The tool `{}` answered: {}", name_of(request, &result.id), words::result(result))
}

/// The tool of a call that was asked for earlier.
pub fn name_of<'r>(request: &'r chat::Request, id: &str) -> &'r str {
    let parts = request.messages.iter().flat_map(|message| &message.parts);
    let mut calls = parts.filter_map(|part| if let chat::Part::ToolCall(call) = part { Some(call) } else { None });
    calls.find(|call| call.id == id).map_or("tool", |call| call.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(parameters: &Value) -> chat::ToolSpec {
        chat::ToolSpec { name: "t".into(), description: "d".into(), parameters: parameters.to_string() }
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
        let schema = tools(&[spec(&parameters)], None).expect("a schema");
        let forms = &schema["anyOf"];
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
        let shaped = tools(&[spec(&parameters)], Some(&json!({ "type": "object", "title": "x" }))).expect("a schema");
        assert_eq!(shaped["anyOf"][1]["properties"]["answer"], json!({ "type": "object" }));
        assert!(matches!(tools(&[spec(&json!([]))], None), Err(Error::Invalid(why)) if why.contains("`t`")));
    }

    #[test]
    fn a_schema_is_strict_when_it_leaves_nothing_open() {
        let closed = json!({ "type": "object", "properties": { "a": { "type": "string" } }, "required": ["a"], "additionalProperties": false });
        assert!(is_strict(&closed));
        let open = json!({ "type": "object", "properties": { "a": { "type": "string" } }, "required": ["a"] });
        assert!(!is_strict(&open) && !is_strict(&json!({ "type": "object" })));
        let inside =
            json!({ "type": "object", "properties": { "a": open }, "required": ["a"], "additionalProperties": false });
        assert!(!is_strict(&inside));
        let deep = (0..100).fold(closed, |inner, _| json!({ "anyOf": [inner] }));
        assert!(!is_strict(&deep), "and a bottomless one is not");
    }
}
