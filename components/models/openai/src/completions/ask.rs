//! An exchange into the words of chat completions.

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
    body.insert("stream_options".into(), json!({ "include_usage": true }));
    if let Some(most) = request.max_tokens.or(settings.tokens) {
        // OpenAI's own newer models know this name only, and other servers the older one.
        let name = if settings.is_of("openai.com") { "max_completion_tokens" } else { "max_tokens" };
        body.insert(name.into(), most.into());
    }
    if let Some(temperature) = request.temperature.filter(|temperature| temperature.is_finite()) {
        body.insert("temperature".into(), f64::from(temperature.clamp(0.0, 2.0)).into());
    }
    if settings.tools == Tools::Native && !request.tools.is_empty() {
        body.insert("tools".into(), form::functions(&request.tools)?.into());
    }
    if let Some(form) = form::of(settings, request)? {
        // Held to the letter, a schema that leaves something open is refused by OpenAI; what came is looked at here in any case.
        let strict = form.is_for_tools || form::is_strict(&form.schema);
        let schema = json!({ "name": "reply", "strict": strict, "schema": form.schema });
        body.insert("response_format".into(), json!({ "type": "json_schema", "json_schema": schema }));
    }
    Ok(Ask { path: "/chat/completions", body: Value::Object(body), headers: Vec::new() })
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
        written.push(json!({ "role": "user", "content": content(&beside) }));
    }
    for message in &request.messages[opening..] {
        match message.role {
            Role::System => written.push(json!({ "role": "system", "content": words::spoken(&message.parts) })),
            Role::User => written.push(json!({ "role": "user", "content": content(&message.parts) })),
            Role::Assistant if is_native => written.push(assistant(&message.parts)),
            Role::Assistant => written.push(json!({ "role": "assistant", "content": form::spoken(&message.parts) })),
            Role::Tool => results(&message.parts, is_native, request, &mut written),
        }
    }
    written
}

fn assistant(parts: &[Part]) -> Value {
    let calls: Vec<Value> = parts
        .iter()
        .filter_map(|part| if let Part::ToolCall(call) = part { Some(call) } else { None })
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

fn results(parts: &[Part], is_native: bool, request: &Request, written: &mut Vec<Value>) {
    for part in parts {
        if let Part::ToolResult(result) = part {
            written.push(match is_native {
                true => json!({ "role": "tool", "tool_call_id": result.id, "content": words::result(result) }),
                false => json!({ "role": "user", "content": form::answered(request, result) }),
            });
        }
    }
    // Pictures among them: a tool's own message holds text only, and nothing stands between those of one round.
    let besides = words::besides(request, parts);
    if !besides.is_empty() {
        written.push(json!({ "role": "user", "content": content(&besides) }));
    }
}

/// Parts as the content of a message: plain text where that is all there is, else a list of parts.
fn content(parts: &[Part]) -> Value {
    let pieces: Vec<Piece<'_>> = words::pieces(parts).into_iter().map(sound).collect();
    match words::text_alone(&pieces) {
        // Some servers know nothing but text.
        Some(text) => Value::String(text),
        None => pieces.iter().map(piece).collect(),
    }
}

/// A sound that cannot be sent is words about it.
fn sound(piece: Piece<'_>) -> Piece<'_> {
    match piece {
        Piece::Sound(media) if format(&media.mime).is_none() => {
            Piece::Text(format!("(A sound of the type {} was left out: WAV and MP3 can be sent.)", words::kind(media)))
        }
        other => other,
    }
}

fn format(mime: &str) -> Option<&'static str> {
    match mime {
        "audio/wav" | "audio/x-wav" | "audio/wave" => Some("wav"),
        "audio/mpeg" | "audio/mp3" => Some("mp3"),
        _ => None,
    }
}

fn piece(piece: &Piece<'_>) -> Value {
    match piece {
        Piece::Text(text) => json!({ "type": "text", "text": text }),
        Piece::Picture(media) => {
            let url = format!("data:{};base64,{}", media.mime, words::base64(&media.data));
            json!({ "type": "image_url", "image_url": { "url": url } })
        }
        Piece::Sound(media) => {
            let audio = json!({ "data": words::base64(&media.data), "format": format(&media.mime) });
            json!({ "type": "input_audio", "input_audio": audio })
        }
    }
}
