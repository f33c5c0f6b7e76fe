//! Answers that cannot be used: calls that cannot be read, words that do not fit the shape. The model is told once what was wrong.

use crate::chat::{Message, Part, Reply, Request, Role, Stop, Usage};
use crate::settings::Settings;
use crate::{Error, Exhaustion, fit, form};
use serde_json::Value;

/// How much of a bad answer the model is shown again, in bytes.
const SHOWN: usize = 2_000;

/// What is wrong with a reply, in words for the model; nothing when it can be used.
///
/// # Errors
/// `exhausted` for JSON that was cut off: asking again would end there again.
pub fn of(settings: &Settings, request: &Request, reply: &Reply) -> Result<Option<String>, Error> {
    let calls = reply.calls.iter().filter_map(|call| call_fault(request, &call.name, &call.arguments));
    let mut faults: Vec<String> = calls.collect();
    let says = !matches!(reply.stop, Stop::Refused) && reply.calls.is_empty();
    if let Some(schema) = form::shape(request)?.filter(|_| says)
        && let Err(why) = in_shape(&reply.text, &schema)
    {
        if reply.stop == Stop::Length {
            return Err(Error::Exhausted(Exhaustion {
                limit: "max-tokens".into(),
                detail: format!(
                    "the answer of `{}` was cut off before its JSON was whole: allow more with `tokens` of `[models.{}]` in `loket.toml`",
                    settings.model, settings.name
                ),
                renews: None,
            }));
        }
        faults.push(why);
    }
    Ok((!faults.is_empty()).then(|| faults.join(" ")))
}

fn call_fault(request: &Request, name: &str, arguments: &str) -> Option<String> {
    let name_shown: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
    if !request.tools.iter().any(|tool| tool.name == name) {
        let known: Vec<String> = request.tools.iter().take(40).map(|tool| format!("`{}`", tool.name)).collect();
        let known =
            if known.is_empty() { "there are no tools".to_owned() } else { format!("there are {}", known.join(", ")) };
        return Some(format!("There is no tool `{name_shown}`; {known}."));
    }
    match serde_json::from_str(arguments) {
        Ok(Value::Object(_)) => None,
        Ok(_) => Some(format!("The arguments of `{name_shown}` are no JSON object.")),
        Err(why) => Some(format!("The arguments of `{name_shown}` are no JSON: {why}.")),
    }
}

fn in_shape(text: &str, schema: &Value) -> Result<(), String> {
    let value: Value = serde_json::from_str(text).map_err(|why| format!("The answer is no JSON: {why}."))?;
    fit::fits(&value, schema).map_err(|why| format!("The answer does not fit its JSON Schema: {why}."))
}

/// The same request, with what came and what was wrong with it. What cannot be read goes back as words: no server would take it as a call.
pub fn told(request: &Request, reply: &Reply, fault: &str) -> Request {
    let mut came = reply.text.clone();
    for call in &reply.calls {
        came.push_str(&format!("\n(call of `{}` with: {})", call.name, call.arguments));
    }
    came.truncate(came.floor_char_boundary(SHOWN));
    let came = came.trim().to_owned();
    let wish = match &request.shape {
        Some(shape) => format!("Answer again, with nothing but JSON that fits this schema: {shape}"),
        None => "Answer again: call tools by their names, each with a JSON object of arguments.".to_owned(),
    };
    let message = |role, text: String| Message { role, parts: vec![Part::Text(text)] };
    let mut again = request.clone();
    if !came.is_empty() {
        again.messages.push(message(Role::Assistant, came));
    }
    again.messages.push(message(Role::User, format!("That cannot be used. {fault} {wish}")));
    again
}

/// The second reply, with what the first one said and cost.
pub fn joined(request: &Request, first: Reply, mut second: Reply) -> Reply {
    if request.shape.is_none() && !first.text.is_empty() {
        second.text = format!("{}\n\n{}", first.text, second.text);
    }
    second.usage = Usage {
        input: first.usage.input.saturating_add(second.usage.input),
        cached: first.usage.cached.saturating_add(second.usage.cached),
        output: first.usage.output.saturating_add(second.usage.output),
    };
    second
}

/// There is no third try.
pub fn given_up(settings: &Settings, fault: &str) -> Error {
    Error::Failed(format!(
        "the model `{}` answered twice with what cannot be used, also after it was told what was wrong. {fault} A larger model may do \
         better; for one that was not made to call tools, set {} for `[models.{}]` in `loket.toml`",
        settings.model,
        if settings.about.forms { "`tools = \"json-schema\"` or `\"none\"`" } else { "`tools = \"none\"`" },
        settings.name
    ))
}
