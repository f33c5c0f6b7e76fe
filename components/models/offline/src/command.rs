//! Slash commands: `/name words` becomes a call to the tool that the name fits.

use crate::exchange::Tool;
use serde_json::{Map, Value};

/// What a slash command comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// `/help`.
    Help,
    /// `/tools`.
    Tools,
    /// A tool, and its arguments as a JSON object.
    Call(String, String),
    /// A tool whose arguments rules have to find: its name, and the words behind the command.
    Words(String, String),
    /// It cannot be run as it stands: why.
    Unclear(String),
}

/// Tools whose arguments are ids, which nobody types: words are looked up instead.
const BY_WORDS: &[&str] = &["memory_forget", "memory_correct"];

/// Read a slash command; nothing when the text is none, as with a path.
pub fn read(text: &str, tools: &[Tool]) -> Option<Command> {
    let rest = text.trim().strip_prefix('/')?;
    let (name, words) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    if name.is_empty() || name.contains('/') || name.contains('.') {
        return None;
    }
    let name = name.to_lowercase();
    let words = words.trim();
    match name.as_str() {
        "help" | "?" | "h" | "start" => return Some(Command::Help),
        "tools" | "commands" => return Some(Command::Tools),
        _ => {}
    }
    let mut found = matching(&name, tools);
    let mut words = words;
    if found.len() > 1
        && let Some((next, after)) =
            words.split_once(char::is_whitespace).or_else(|| Some((words, "")).filter(|(next, _)| !next.is_empty()))
    {
        // `/calc evaluate 2+2`: the next word says which.
        let next = next.to_lowercase();
        let narrowed: Vec<_> =
            found.iter().copied().filter(|tool| parts(&tool.name).any(|part| part == next)).collect();
        if let [tool] = narrowed.as_slice() {
            found = vec![*tool];
            words = after.trim();
        }
    }
    if found.len() > 1 {
        // Of several, the one that takes just these words.
        let fitting: Vec<_> = found.iter().copied().filter(|tool| arguments(tool, words).is_ok()).collect();
        if let [tool] = fitting.as_slice() {
            found = vec![*tool];
        }
    }
    Some(match found.as_slice() {
        [] => Command::Unclear(format!("There is no command `/{name}`. {}", listing(tools))),
        [tool] if BY_WORDS.contains(&tool.name.as_str()) && !words.starts_with('{') => {
            Command::Words(tool.name.clone(), words.to_owned())
        }
        [tool] => match arguments(tool, words) {
            Ok(arguments) => Command::Call(tool.name.clone(), arguments),
            Err(why) => Command::Unclear(format!("`/{name}` means the tool `{}`, but {why}", tool.name)),
        },
        several => {
            let names: Vec<_> = several.iter().map(|tool| format!("`/{}`", tool.name)).collect();
            Command::Unclear(format!("`/{name}` could mean {}. Say which.", names.join(" or ")))
        }
    })
}

/// The tools that a name fits: the very name, else a part of it, else the beginning of a part, else any piece.
fn matching<'a>(name: &str, tools: &'a [Tool]) -> Vec<&'a Tool> {
    let wanted = name.replace('-', "_");
    let by = |fits: &dyn Fn(&str) -> bool| {
        tools.iter().filter(|tool| fits(&tool.name.to_lowercase().replace('-', "_"))).collect::<Vec<_>>()
    };
    let tiers: [&dyn Fn(&str) -> bool; 4] = [
        &|tool| tool == wanted,
        &|tool| parts(tool).any(|part| part == wanted),
        &|tool| parts(tool).any(|part| part.starts_with(&wanted)),
        &|tool| tool.contains(&wanted),
    ];
    tiers.into_iter().map(by).find(|found| !found.is_empty()).unwrap_or_default()
}

fn parts(name: &str) -> impl Iterator<Item = String> + '_ {
    name.split(['_', '-']).filter(|part| !part.is_empty()).map(str::to_lowercase)
}

/// The arguments that `words` give: a JSON object as it stands, else the words as the tool's first required string.
pub fn arguments(tool: &Tool, words: &str) -> Result<String, String> {
    if words.starts_with('{')
        && let Ok(Value::Object(_)) = serde_json::from_str::<Value>(words)
    {
        return Ok(words.to_owned());
    }
    let schema: Value = serde_json::from_str(&tool.parameters).unwrap_or_default();
    let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let required: Vec<String> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    if words.is_empty() {
        return if required.is_empty() { Ok("{}".into()) } else { Err(usage(&required)) };
    }
    let names: Vec<String> = if required.is_empty() { properties.keys().take(1).cloned().collect() } else { required };
    if names.is_empty() {
        return Err("it takes no arguments.".into());
    }
    let mut given = Map::new();
    if let [name] = names.as_slice() {
        given.insert(name.clone(), value(properties.get(name), words).ok_or_else(|| usage(&names))?);
    } else {
        // Several: one word each, else all of it for the one string among them.
        let pieces: Vec<_> = words.split_whitespace().collect();
        if pieces.len() != names.len() {
            return Err(usage(&names));
        }
        for (name, piece) in names.iter().zip(pieces) {
            given.insert(name.clone(), value(properties.get(name), piece).ok_or_else(|| usage(&names))?);
        }
    }
    Ok(Value::Object(given).to_string())
}

fn usage(names: &[String]) -> String {
    let fields: Vec<_> = names.iter().map(|name| format!("\"{name}\": …")).collect();
    format!(
        "it needs {}: give them as JSON, {{{}}}.",
        names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
        fields.join(", ")
    )
}

/// The words as a value of the type that the schema names.
fn value(schema: Option<&Value>, words: &str) -> Option<Value> {
    match schema.and_then(|schema| schema.get("type")).and_then(Value::as_str) {
        Some("integer") => words.parse::<i64>().ok().map(Value::from),
        Some("number") => words.parse::<f64>().ok().map(Value::from),
        Some("boolean") => words.parse::<bool>().ok().map(Value::from),
        Some("array" | "object") => serde_json::from_str(words).ok(),
        _ => Some(Value::from(words)),
    }
}

/// What tools there are.
pub fn listing(tools: &[Tool]) -> String {
    if tools.is_empty() {
        return "No tools are granted to this agent.".into();
    }
    let lines = tools.iter().take(64).map(|tool| {
        let what = crate::words::shorten(tool.description.lines().next().unwrap_or_default(), 120);
        if what.is_empty() { format!("- `/{}`", tool.name) } else { format!("- `/{}` — {what}", tool.name) }
    });
    format!("There are `/help`, `/tools` and:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

/// A sum in plain words, "what is 2 + 2?": the tool that reckons, and the sum.
pub fn sum(text: &str, tools: &[Tool]) -> Option<Command> {
    let lower = text.trim().trim_end_matches(['?', '=', '.', ' ']).to_lowercase();
    let leads = [
        "what is ",
        "what's ",
        "whats ",
        "how much is ",
        "calculate ",
        "compute ",
        "evaluate ",
        "work out ",
        "can you calculate ",
        "please calculate ",
        "calc ",
    ];
    let sum = leads.iter().find_map(|lead| lower.strip_prefix(lead)).unwrap_or(&lower).trim();
    let reckons = sum.chars().all(|char| char.is_ascii_digit() || "+-*/^%().,× ÷".contains(char));
    let two = sum
        .split(|char: char| !char.is_ascii_digit() && char != '.' && char != ',')
        .filter(|piece| !piece.is_empty())
        .count()
        >= 2;
    // "14/3" and "06-1234" alone may be anything; with a lead, or another sign, they are sums.
    let meant = sum.len() < lower.len() || sum.contains(['+', '*', '^', '×', '÷', '(']);
    if !(reckons && two && meant && sum.contains(['+', '-', '*', '/', '^', '%', '×', '÷'])) {
        return None;
    }
    let tool = tools.iter().find(|tool| {
        let about = format!("{} {}", tool.name, tool.description).to_lowercase();
        ["calc", "arithmetic", "evaluate", "math"].iter().any(|word| about.contains(word))
            && arguments(tool, sum).is_ok()
    })?;
    arguments(tool, &sum.replace('×', "*").replace('÷', "/"))
        .ok()
        .map(|arguments| Command::Call(tool.name.clone(), arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(name: &str, required: &[&str]) -> Tool {
        let properties: Map<String, Value> =
            required.iter().map(|name| ((*name).to_owned(), serde_json::json!({ "type": "string" }))).collect();
        let parameters =
            serde_json::json!({ "type": "object", "properties": properties, "required": required }).to_string();
        Tool { name: name.into(), description: "Do it.".into(), parameters }
    }

    fn tools() -> Vec<Tool> {
        vec![
            tool("calc_evaluate", &["expression"]),
            tool("text_upper", &["text"]),
            tool("text_replace", &["text", "from", "to"]),
            tool("memory_forget", &["id"]),
        ]
    }

    #[track_caller]
    fn check(text: &str, name: &str, arguments: &str) {
        assert_eq!(read(text, &tools()), Some(Command::Call(name.into(), arguments.into())), "{text}");
    }

    #[test]
    fn a_part_of_the_name_is_enough() {
        check("/calc 2 + 2", "calc_evaluate", r#"{"expression":"2 + 2"}"#);
        check("/evaluate 2+2", "calc_evaluate", r#"{"expression":"2+2"}"#);
        check("/calc_evaluate {\"expression\": \"1\"}", "calc_evaluate", "{\"expression\": \"1\"}");
        check("/text upper hello there", "text_upper", r#"{"text":"hello there"}"#);
        check("/replace abc b x", "text_replace", r#"{"text":"abc","from":"b","to":"x"}"#);
    }

    #[test]
    fn what_is_unclear_says_what_there_is() {
        let Some(Command::Unclear(why)) = read("/nothing at all", &tools()) else { panic!("not unclear") };
        assert!(why.contains("/calc_evaluate"));
        assert!(matches!(read("/calc", &tools()), Some(Command::Unclear(_))));
        assert_eq!(read("/etc/hosts is a file", &tools()), None);
        assert_eq!(read("/help", &[]), Some(Command::Help));
    }

    #[test]
    fn ids_are_looked_up_by_words() {
        assert_eq!(read("/forget the gate", &tools()), Some(Command::Words("memory_forget".into(), "the gate".into())));
    }

    #[test]
    fn plain_sums_find_the_tool_that_reckons() {
        let call = |sum: &str| Some(Command::Call("calc_evaluate".into(), format!(r#"{{"expression":"{sum}"}}"#)));
        assert_eq!(sum("What is 2 + 2?", &tools()), call("2 + 2"));
        assert_eq!(sum("12*7", &tools()), call("12*7"));
        assert_eq!(sum("06-12345678", &tools()), None);
        assert_eq!(sum("what is 2+2", &[]), None);
    }
}
