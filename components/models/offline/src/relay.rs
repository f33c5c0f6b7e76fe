//! What tools came to, in words.

use crate::exchange::{Answer, Call, Document, Exchange, Outcome, Returned};
use crate::words::shorten;
use serde_json::Value;

/// The longest result that is relayed.
const RELAYED: usize = 12 * 1024;

/// Say what came of the calls that were asked for since the user last spoke.
pub fn results(exchange: &Exchange, since: usize) -> Option<Answer> {
    let turns = &exchange.turns[since..];
    let calls: Vec<&Call> = turns.iter().flat_map(|turn| &turn.calls).collect();
    let returned: Vec<&Returned> = turns.iter().flat_map(|turn| &turn.results).collect();
    if returned.is_empty() {
        return None;
    }
    let mut used = Vec::new();
    let lines = returned.iter().map(|result| {
        let call = calls.iter().find(|call| call.id == result.id);
        let name = call.map_or("the tool", |call| call.name.as_str());
        match result.outcome {
            Outcome::Done => done(name, call.map(|call| call.arguments.as_str()), result, exchange, &mut used),
            Outcome::Refused => format!("`{name}` was not allowed: {}", shorten(&result.text, RELAYED)),
            Outcome::Failed => format!("`{name}` did not work: {}", shorten(&value(&result.text), RELAYED)),
        }
    });
    Some(Answer { text: lines.collect::<Vec<_>>().join("\n"), calls: vec![], used })
}

fn done(name: &str, arguments: Option<&str>, result: &Returned, exchange: &Exchange, used: &mut Vec<String>) -> String {
    let arguments: Value = arguments.and_then(|words| serde_json::from_str(words).ok()).unwrap_or_default();
    let argument = |name: &str| shorten(arguments.get(name).and_then(Value::as_str).unwrap_or_default(), 500);
    let answer: Value = serde_json::from_str(&result.text).unwrap_or_default();
    match name {
        "memory_remember" if answer.get("already").is_some() => format!("I knew that already: “{}”.", argument("text")),
        "memory_remember" => format!("Noted: “{}”.", argument("text")),
        "memory_correct" => format!("Corrected: “{}” It was: “{}”.", with_stop(&argument("right")), argument("wrong")),
        "memory_forget" => {
            let uri = format!("memory:{}", argument("id").trim_start_matches("memory:"));
            let known = exchange.documents.iter().find(|document| document.uri == uri);
            known.map_or_else(
                || "Forgotten.".to_owned(),
                |document| format!("Forgotten: “{}”.", shorten(document.statement(), 500)),
            )
        }
        "memory_recall" => recalled(&answer, exchange.now, used),
        _ => shorten(&value(&result.text), RELAYED),
    }
}

fn with_stop(text: &str) -> String {
    if text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}

fn recalled(answer: &Value, now: u64, used: &mut Vec<String>) -> String {
    let hits = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    if hits.is_empty() {
        return "I remember nothing that fits.".into();
    }
    let lines = hits.iter().take(10).map(|hit| {
        let field = |name: &str| hit.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        used.push(field("uri"));
        let document = Document { uri: field("uri"), kind: field("kind"), written: None, text: field("text") };
        let day = field("written");
        let quoted = crate::answer::quoted(&document, now);
        if day.is_empty() { format!("- {quoted}") } else { format!("- {quoted}, {day}") }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A tool's result as a person would read it: `{"ok": "4"}` is `4`.
fn value(text: &str) -> String {
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return plain(&Value::from(text));
    };
    if let Value::Object(fields) = &value
        && fields.len() == 1
        && let Some(inner) = fields.get("ok").or_else(|| fields.get("err"))
    {
        return plain(inner);
    }
    plain(&value)
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "done".into(),
        Value::String(words) if words.trim().is_empty() => "done, with nothing to show".into(),
        Value::String(words) => words.clone(),
        Value::Array(_) | Value::Object(_) => serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string()),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_unwrapped() {
        assert_eq!(value(r#"{"ok":"4"}"#), "4");
        assert_eq!(value(r#"{"ok":null}"#), "done");
        assert_eq!(value(r#"{"err":"no such unit"}"#), "no such unit");
        assert_eq!(value("4.5"), "4.5");
        assert_eq!(value("\"x\""), "x");
        assert_eq!(value("not json"), "not json");
    }
}
