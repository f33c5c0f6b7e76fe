//! An exchange into the words of `/api/chat`.

use loket_model_adapter::chat::{Part, Request, Role};
use loket_model_adapter::words::{self, Piece};
use loket_model_adapter::{Ask, Error, Settings, Tools, form};
use serde_json::{Map, Value, json};

/// What is sent.
///
/// # Errors
/// `invalid` for what makes no sense.
pub fn body(settings: &Settings, request: &Request) -> Result<Ask, Error> {
    let mut body = Map::new();
    body.insert("model".into(), settings.model()?.into());
    body.insert("messages".into(), messages(settings, request).into());
    body.insert("stream".into(), true.into());
    // An exchange that is too long is an error, and not silently one that has lost its beginning.
    body.insert("truncate".into(), false.into());
    body.insert("shift".into(), false.into());
    let mut options = Map::new();
    if let Some(context) = settings.context {
        options.insert("num_ctx".into(), context.into());
    }
    if let Some(most) = request.max_tokens.or(settings.tokens) {
        options.insert("num_predict".into(), most.into());
    }
    if let Some(temperature) = request.temperature.filter(|temperature| temperature.is_finite()) {
        options.insert("temperature".into(), f64::from(temperature.clamp(0.0, 2.0)).into());
    }
    if !options.is_empty() {
        body.insert("options".into(), options.into());
    }
    if settings.tools == Tools::Native && !request.tools.is_empty() {
        body.insert("tools".into(), form::functions(&request.tools)?.into());
    }
    if let Some(form) = form::of(settings, request)? {
        body.insert("format".into(), form.schema);
    }
    Ok(Ask { path: "/api/chat", body: Value::Object(body), headers: Vec::new() })
}

fn messages(settings: &Settings, request: &Request) -> Vec<Value> {
    let is_native = settings.tools == Tools::Native;
    let (said, opening) = words::instructions(request);
    let mut system: Vec<String> = Some(said).filter(|said| !said.is_empty()).into_iter().collect();
    system.extend(words::today(request.now));
    // Small models do best what they have read last.
    if form::by_schema(settings, request) {
        system.push(form::instructions(&request.tools));
    }
    let mut written = vec![json!({ "role": "system", "content": system.join("\n\n") })];
    let beside = words::beside_instructions(request, opening);
    if !beside.is_empty() {
        written.push(said_by("user", &beside));
    }
    for message in &request.messages[opening..] {
        match message.role {
            Role::System => written.push(json!({ "role": "system", "content": words::spoken(&message.parts) })),
            Role::User => written.push(said_by("user", &message.parts)),
            Role::Assistant if is_native => written.push(assistant(&message.parts)),
            Role::Assistant => written.push(json!({ "role": "assistant", "content": form::spoken(&message.parts) })),
            Role::Tool => results(&message.parts, is_native, request, &mut written),
        }
    }
    written
}

/// Words are one text here, and pictures stand beside them.
fn said_by(role: &str, parts: &[Part]) -> Value {
    let (mut texts, mut pictures) = (Vec::new(), Vec::new());
    for piece in words::pieces(parts) {
        match piece {
            Piece::Text(text) => texts.push(text),
            Piece::Picture(media) => pictures.push(words::base64(&media.data)),
            Piece::Sound(media) => {
                texts.push(format!(
                    "(A sound of the type {} was left out: this server takes none.)",
                    words::kind(media)
                ));
            }
        }
    }
    let mut message = json!({ "role": role, "content": texts.join("\n\n") });
    if !pictures.is_empty() {
        message["images"] = pictures.into();
    }
    message
}

fn assistant(parts: &[Part]) -> Value {
    let mut message = json!({ "role": "assistant", "content": words::spoken(parts) });
    let calls = parts.iter().filter_map(|part| if let Part::ToolCall(call) = part { Some(call) } else { None });
    let calls: Vec<Value> = calls
        .map(|call| {
            let arguments: Value =
                serde_json::from_str(&call.arguments).ok().filter(Value::is_object).unwrap_or_else(|| json!({}));
            json!({ "id": call.id, "function": { "name": call.name, "arguments": arguments } })
        })
        .collect();
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    message
}

fn results(parts: &[Part], is_native: bool, request: &Request, written: &mut Vec<Value>) {
    for part in parts {
        if let Part::ToolResult(result) = part {
            written.push(match is_native {
                true => json!({
                    "role": "tool",
                    "content": words::result(result),
                    "tool_name": form::name_of(request, &result.id),
                    "tool_call_id": result.id,
                }),
                false => json!({ "role": "user", "content": form::answered(request, result) }),
            });
        }
    }
    let besides = words::besides(request, parts);
    if !besides.is_empty() {
        written.push(said_by("user", &besides));
    }
}
