//! An exchange into the words of the messages interface.

use crate::{VERSION, cache};
use loket_model_adapter::chat::{Outcome, Part, Request, Role, ToolSpec};
use loket_model_adapter::words::{self, Piece};
use loket_model_adapter::{Ask, Error, Settings, Tools, form};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// How many tokens an answer may have, where nobody says: the interface wants a number.
const TOKENS: u32 = 8_192;
/// The tool by which an answer in a shape is given: its arguments are the answer.
pub const REPLY: &str = "answer_in_shape";

/// What is sent.
///
/// # Errors
/// `invalid` for what makes no sense.
pub fn body(settings: &Settings, request: &Request) -> Result<Ask, Error> {
    let (said, opening) = words::instructions(request);
    let mut system: Vec<Value> = Some(said).filter(|said| !said.is_empty()).map(text).into_iter().collect();
    let is_native = settings.tools == Tools::Native;
    let mut tools: Vec<Value> = match is_native {
        true => request.tools.iter().map(tool).collect::<Result<_, _>>()?,
        false => Vec::new(),
    };
    let shape = form::shape(request)?;
    let mut choice = shape.as_ref().map(|_| match tools.is_empty() {
        true => json!({ "type": "tool", "name": REPLY }),
        false => json!({ "type": "any" }),
    });
    if is_native && tools.is_empty() {
        tools = called(request);
        if !tools.is_empty() {
            choice.get_or_insert(json!({ "type": "none" }));
        }
    }
    tools.extend(shape.map(|schema| {
        let description = "Give your answer. Call this when you have all that you need for it.";
        json!({ "name": REPLY, "description": description, "input_schema": schema })
    }));
    cache::mark_beginning(&mut tools, &mut system);
    // Behind the mark: it differs from day to day.
    system.extend(words::today(request.now).map(text));
    let mut messages = messages(request, opening, is_native);
    cache::mark_end(&mut messages);

    let mut body = Map::new();
    body.insert("model".into(), settings.model()?.into());
    body.insert("max_tokens".into(), request.max_tokens.or(settings.tokens).unwrap_or(TOKENS).into());
    body.insert("system".into(), system.into());
    body.insert("messages".into(), messages.into());
    body.insert("stream".into(), true.into());
    if !tools.is_empty() {
        body.insert("tools".into(), tools.into());
    }
    if let Some(choice) = choice {
        body.insert("tool_choice".into(), choice);
    }
    if let Some(temperature) = request.temperature.filter(|temperature| temperature.is_finite()) {
        body.insert("temperature".into(), f64::from(temperature.clamp(0.0, 1.0)).into());
    }
    Ok(Ask { path: "/messages", body: Value::Object(body), headers: vec![VERSION] })
}

fn tool(tool: &ToolSpec) -> Result<Value, Error> {
    let schema = form::parameters(tool)?;
    Ok(json!({ "name": tool.name, "description": tool.description, "input_schema": schema }))
}

/// The tools that were called before, for when none is on offer any more: without their names the interface takes no results of theirs.
fn called(request: &Request) -> Vec<Value> {
    let parts = request.messages.iter().flat_map(|message| &message.parts);
    let names: BTreeSet<&str> = parts
        .filter_map(|part| if let Part::ToolCall(call) = part { Some(call.name.as_str()) } else { None })
        .collect();
    names.into_iter().map(|name| json!({ "name": name, "input_schema": { "type": "object" } })).collect()
}

fn text(words: String) -> Value {
    json!({ "type": "text", "text": words })
}

/// Messages that alternate between two: what is said by the same one belongs together, results of tools before all else.
fn messages(request: &Request, opening: usize, is_native: bool) -> Vec<Value> {
    let mut turns: Vec<(&str, Vec<Value>)> = Vec::new();
    let mut add = |role: &'static str, blocks: Vec<Value>| match turns.last_mut() {
        _ if blocks.is_empty() => {}
        Some((last, said)) if *last == role => said.extend(blocks),
        _ => turns.push((role, blocks)),
    };
    add("user", blocks(&words::beside_instructions(request, opening)));
    for message in &request.messages[opening..] {
        match message.role {
            Role::User => add("user", blocks(&message.parts)),
            // Instructions have one place here, and that is the beginning.
            Role::System => add("user", vec![text(format!("(Instructions: {})", words::spoken(&message.parts)))]),
            Role::Assistant => add("assistant", assistant(&message.parts, is_native)),
            Role::Tool => add("user", results(&message.parts, request, is_native)),
        }
    }
    turns.into_iter().map(|(role, content)| json!({ "role": role, "content": content })).collect()
}

fn assistant(parts: &[Part], is_native: bool) -> Vec<Value> {
    let words = words::spoken(parts);
    let mut blocks: Vec<Value> = Some(words).filter(|words| !words.trim().is_empty()).map(text).into_iter().collect();
    for part in parts {
        if let Part::ToolCall(call) = part {
            let input: Value =
                serde_json::from_str(&call.arguments).ok().filter(Value::is_object).unwrap_or_else(|| json!({}));
            blocks.push(match is_native {
                true => json!({ "type": "tool_use", "id": id(&call.id), "name": call.name, "input": input }),
                false => text(format!("(The tool `{}` was called with {input})", call.name)),
            });
        }
    }
    blocks
}

/// Results, each with the pictures that follow it, and then what else is said.
fn results(mut parts: &[Part], request: &Request, is_native: bool) -> Vec<Value> {
    let (mut written, mut rest) = (Vec::new(), Vec::new());
    while let [first, after @ ..] = parts {
        parts = after;
        let Part::ToolResult(result) = first else {
            rest.push(first.clone());
            continue;
        };
        let shows = parts.iter().take_while(|part| matches!(part, Part::Image(_))).count();
        let (pictures, after) = parts.split_at(shows);
        parts = after;
        if !is_native {
            written.push(text(form::answered(request, result)));
            written.extend(blocks(pictures));
            continue;
        }
        let words = words::result(result);
        let content: Value = match pictures {
            [] => words.into(),
            pictures => block(&Piece::Text(words)).into_iter().chain(blocks(pictures)).collect(),
        };
        written.push(json!({
            "type": "tool_result",
            "tool_use_id": id(&result.id),
            "content": content,
            "is_error": result.outcome != Outcome::Done,
        }));
    }
    written.extend(blocks(&rest));
    written
}

/// The names of calls that another server gave may have letters that this one does not take.
fn id(id: &str) -> String {
    let sound: String =
        id.chars().map(|c| if c.is_ascii_alphanumeric() || "_-".contains(c) { c } else { '_' }).collect();
    if sound.is_empty() { "call".to_owned() } else { sound }
}

fn blocks(parts: &[Part]) -> Vec<Value> {
    words::pieces(parts).iter().filter_map(block).collect()
}

fn block(piece: &Piece<'_>) -> Option<Value> {
    Some(match piece {
        // Empty words are refused.
        Piece::Text(words) if words.trim().is_empty() => return None,
        Piece::Text(words) => text(words.clone()),
        Piece::Picture(media) => {
            let source = json!({ "type": "base64", "media_type": media.mime, "data": words::base64(&media.data) });
            json!({ "type": "image", "source": source })
        }
        Piece::Sound(media) => {
            text(format!("(A sound of the type {} was left out: this model hears none.)", words::kind(media)))
        }
    })
}
