//! An exchange into the server's words.

use crate::settings::{Settings, Tools};
use crate::{Error, Exhaustion, chat, schema, words};
use serde_json::{Map, Value, json};

/// The most messages that an exchange may have.
const MESSAGES: usize = 1_000;
/// The most tools that may be on offer.
const TOOLS: usize = 256;
/// The largest request, in bytes: what `loket:http/client` sends.
pub const LARGEST: usize = 1 << 20;

/// The body of a request, as JSON.
///
/// # Errors
/// `invalid` for what makes no sense, `exhausted` for what is too large.
pub fn body(settings: &Settings, request: &chat::Request) -> Result<String, Error> {
    check(request)?;
    let mut body = Map::new();
    body.insert("model".into(), settings.model.as_str().into());
    body.insert("messages".into(), messages(settings, request).into());
    body.insert("stream".into(), true.into());
    body.insert("stream_options".into(), json!({ "include_usage": true }));
    if let Some(most) = request.max_tokens {
        // OpenAI's own newer models know this name only, and other servers the older one.
        let name = if settings.host().ends_with("openai.com") { "max_completion_tokens" } else { "max_tokens" };
        body.insert(name.into(), most.into());
    }
    if let Some(temperature) = request.temperature.filter(|temperature| temperature.is_finite()) {
        body.insert("temperature".into(), f64::from(temperature.clamp(0.0, 2.0)).into());
    }
    if !request.tools.is_empty() {
        match settings.tools {
            Tools::Native => drop(body.insert("tools".into(), tools(&request.tools)?.into())),
            Tools::JsonSchema => drop(body.insert("response_format".into(), schema::format(&request.tools)?)),
            Tools::None => {}
        }
    }
    let text = Value::Object(body).to_string();
    if text.len() > LARGEST {
        return Err(Error::Exhausted(Exhaustion {
            limit: "request-size".into(),
            detail: format!(
                "the exchange makes a request of {} bytes, and {LARGEST} can be sent: leave out pictures, or the oldest messages",
                text.len()
            ),
            renews: None,
        }));
    }
    Ok(text)
}

fn check(request: &chat::Request) -> Result<(), Error> {
    let invalid = |why: String| Err(Error::Invalid(why));
    match (request.messages.len(), request.tools.len()) {
        (0, _) => invalid("there is no message: send at least one".into()),
        (many, _) if many > MESSAGES => invalid(format!("{many} messages are too many: send the last {MESSAGES}")),
        (_, many) if many > TOOLS => invalid(format!("{many} tools are too many: offer at most {TOOLS}")),
        _ => Ok(()),
    }
}

fn messages(settings: &Settings, request: &chat::Request) -> Vec<Value> {
    let by_schema = settings.tools != Tools::Native;
    // Many models' templates take one system message, and it must be the first.
    let opening = request.messages.iter().take_while(|message| message.role == chat::Role::System).count();
    let mut system: Vec<String> =
        request.messages[..opening].iter().map(|message| words::spoken(&message.parts)).collect();
    system.extend(words::today(request.now));
    if settings.tools == Tools::JsonSchema && !request.tools.is_empty() {
        system.push(schema::instructions(&request.tools));
    }
    let mut written = vec![json!({ "role": "system", "content": system.join("\n\n") })];
    // Documents beside the instructions are no instructions.
    let beside: Vec<chat::Part> =
        request.messages[..opening].iter().flat_map(|message| &message.parts).filter(is_document).cloned().collect();
    if !beside.is_empty() {
        written.push(json!({ "role": "user", "content": words::content(&beside) }));
    }
    for message in &request.messages[opening..] {
        match message.role {
            chat::Role::System => written.push(json!({ "role": "system", "content": words::spoken(&message.parts) })),
            chat::Role::User => written.push(json!({ "role": "user", "content": words::content(&message.parts) })),
            chat::Role::Assistant if by_schema => written.push(schema::spoken(&message.parts)),
            chat::Role::Assistant => written.push(assistant(&message.parts)),
            chat::Role::Tool => results(&message.parts, by_schema, request, &mut written),
        }
    }
    written
}

fn is_document(part: &&chat::Part) -> bool {
    matches!(part, chat::Part::Document(_))
}

fn assistant(parts: &[chat::Part]) -> Value {
    let calls: Vec<Value> = parts
        .iter()
        .filter_map(|part| if let chat::Part::ToolCall(call) = part { Some(call) } else { None })
        .map(|call| {
            let arguments = if call.arguments.trim().is_empty() { "{}" } else { &call.arguments };
            let function = json!({ "name": call.name, "arguments": arguments });
            json!({ "id": call.id, "type": "function", "function": function })
        })
        .collect();
    let text = words::spoken(parts);
    if calls.is_empty() {
        return json!({ "role": "assistant", "content": text });
    }
    let content = if text.is_empty() { Value::Null } else { text.into() };
    json!({ "role": "assistant", "content": content, "tool_calls": calls })
}

fn results(parts: &[chat::Part], by_schema: bool, request: &chat::Request, written: &mut Vec<Value>) {
    let mut rest = Vec::new();
    for part in parts {
        match part {
            chat::Part::ToolResult(result) if by_schema => {
                let name = schema::name_of(request, &result.id);
                let content = format!("The tool `{name}` answered: {}", words::result(result));
                written.push(json!({ "role": "user", "content": content }));
            }
            chat::Part::ToolResult(result) => {
                let content = words::result(result);
                written.push(json!({ "role": "tool", "tool_call_id": result.id, "content": content }));
            }
            other => rest.push(other.clone()),
        }
    }
    // A picture that a tool made: a tool's own message holds text only.
    if !rest.is_empty() {
        written.push(json!({ "role": "user", "content": words::content(&rest) }));
    }
}

fn tools(tools: &[chat::ToolSpec]) -> Result<Vec<Value>, Error> {
    let tool = |tool: &chat::ToolSpec| {
        let parameters = schema::parameters(tool)?;
        let function = json!({ "name": tool.name, "description": tool.description, "parameters": parameters });
        Ok(json!({ "type": "function", "function": function }))
    };
    tools.iter().map(tool).collect()
}
