//! An exchange into the items of the responses interface.

use loket_model_adapter::chat::{Part, Request, Role, ToolSpec};
use loket_model_adapter::words::{self, Piece};
use loket_model_adapter::{Ask, Error, Settings, Tools, form};
use serde_json::{Map, Value, json};

/// What is sent.
///
/// # Errors
/// `invalid` for what makes no sense.
pub fn body(settings: &Settings, request: &Request) -> Result<Ask, Error> {
    let mut body = Map::new();
    let (said, opening) = words::instructions(request);
    let mut system: Vec<String> = Some(said).filter(|said| !said.is_empty()).into_iter().collect();
    system.extend(words::today(request.now));
    if form::by_schema(settings, request) {
        system.push(form::instructions(&request.tools));
    }
    body.insert("model".into(), settings.model()?.into());
    body.insert("instructions".into(), system.join("\n\n").into());
    body.insert("input".into(), input(settings, request, opening).into());
    body.insert("stream".into(), true.into());
    // What was said is kept here, and nowhere else.
    body.insert("store".into(), false.into());
    if let Some(most) = request.max_tokens.or(settings.tokens) {
        body.insert("max_output_tokens".into(), most.into());
    }
    if let Some(temperature) = request.temperature.filter(|temperature| temperature.is_finite()) {
        body.insert("temperature".into(), f64::from(temperature.clamp(0.0, 2.0)).into());
    }
    if settings.tools == Tools::Native && !request.tools.is_empty() {
        body.insert("tools".into(), tools(&request.tools)?.into());
    }
    if let Some(form) = form::of(settings, request)? {
        let strict = form.is_for_tools || form::is_strict(&form.schema);
        let format = json!({ "type": "json_schema", "name": "reply", "strict": strict, "schema": form.schema });
        body.insert("text".into(), json!({ "format": format }));
    }
    Ok(Ask { path: "/responses", body: Value::Object(body), headers: Vec::new() })
}

fn input(settings: &Settings, request: &Request, opening: usize) -> Vec<Value> {
    let is_native = settings.tools == Tools::Native;
    let mut items = Vec::new();
    let beside = words::beside_instructions(request, opening);
    if !beside.is_empty() {
        items.push(said("user", content(&beside)));
    }
    for message in &request.messages[opening..] {
        match message.role {
            Role::System => items.push(said("system", text("input_text", words::spoken(&message.parts)))),
            Role::User => items.push(said("user", content(&message.parts))),
            Role::Assistant if is_native => assistant(&message.parts, &mut items),
            Role::Assistant => items.push(said("assistant", text("output_text", form::spoken(&message.parts)))),
            Role::Tool => results(&message.parts, is_native, request, &mut items),
        }
    }
    items
}

fn said(role: &str, content: Value) -> Value {
    json!({ "type": "message", "role": role, "content": content })
}

fn text(kind: &str, text: String) -> Value {
    json!([{ "type": kind, "text": text }])
}

fn assistant(parts: &[Part], items: &mut Vec<Value>) {
    let words = words::spoken(parts);
    if !words.is_empty() {
        items.push(said("assistant", text("output_text", words)));
    }
    for part in parts {
        if let Part::ToolCall(call) = part {
            let arguments = if call.arguments.trim().is_empty() { "{}" } else { &call.arguments };
            items.push(
                json!({ "type": "function_call", "call_id": call.id, "name": call.name, "arguments": arguments }),
            );
        }
    }
}

fn results(parts: &[Part], is_native: bool, request: &Request, items: &mut Vec<Value>) {
    for part in parts {
        if let Part::ToolResult(result) = part {
            let output = words::result(result);
            items.push(match is_native {
                true => json!({ "type": "function_call_output", "call_id": result.id, "output": output }),
                false => said("user", text("input_text", form::answered(request, result))),
            });
        }
    }
    let besides = words::besides(request, parts);
    if !besides.is_empty() {
        items.push(said("user", content(&besides)));
    }
}

fn content(parts: &[Part]) -> Value {
    words::pieces(parts).iter().map(piece).collect()
}

fn piece(piece: &Piece<'_>) -> Value {
    match piece {
        Piece::Text(text) => json!({ "type": "input_text", "text": text }),
        Piece::Picture(media) => {
            let url = format!("data:{};base64,{}", media.mime, words::base64(&media.data));
            json!({ "type": "input_image", "image_url": url, "detail": "auto" })
        }
        Piece::Sound(media) => {
            let left =
                format!("(A sound of the type {} was left out: set `api = \"chat\"` to send it.)", words::kind(media));
            json!({ "type": "input_text", "text": left })
        }
    }
}

fn tools(tools: &[ToolSpec]) -> Result<Vec<Value>, Error> {
    let tool = |tool: &ToolSpec| {
        let parameters = form::parameters(tool)?;
        let (name, description) = (&tool.name, &tool.description);
        Ok(
            json!({ "type": "function", "name": name, "description": description, "parameters": parameters, "strict": false }),
        )
    };
    tools.iter().map(tool).collect()
}
