//! What servers say when it goes wrong, and what the owner can do about it.

use crate::settings::Settings;
use crate::{Error, Exhaustion};
use serde_json::{Value, json};

/// How much of a server's own words is told, in characters.
const TOLD: usize = 500;

/// An answer that is no success: its status, its body, and what `retry-after` says.
pub fn of_answer(settings: &Settings, status: u16, body: &[u8], retry_after: Option<&str>) -> Error {
    let text = String::from_utf8_lossy(body);
    let json: Option<Value> = serde_json::from_str(&text).ok();
    let said = json.as_ref().and_then(message).unwrap_or_else(|| plain(&text));
    let code = json.as_ref().map(codes).unwrap_or_default();
    sort(settings, Some(status), &said, &code, retry_after)
}

/// An error in the middle of a stream: what stands under `error`.
pub fn of_event(settings: &Settings, error: &Value) -> Error {
    let whole = json!({ "error": error });
    let code = codes(&whole);
    let status = error["code"].as_u64().and_then(|code| u16::try_from(code).ok()).or_else(|| status_of(&code));
    sort(settings, status, &message(&whole).unwrap_or_else(|| plain(&error.to_string())), &code, None)
}

/// What is not what was expected of the server.
pub fn nonsense(settings: &Settings, data: &str, why: &str) -> Error {
    Error::Failed(format!(
        "the model server at `{}` sent what is no answer of its kind ({why}), beginning with “{}”: check `url` and `adapter` of `[models.{}]` in `loket.toml`",
        settings.url,
        begins(data),
        settings.name
    ))
}

/// How a text begins, made harmless to show.
pub fn begins(text: &str) -> String {
    text.chars().take(100).collect::<String>().escape_debug().to_string()
}

/// The status that an error would have had, if the stream had not begun.
fn status_of(code: &str) -> Option<u16> {
    const KNOWN: [(&str, u16); 12] = [
        ("overloaded", 529),
        ("rate_limit", 429),
        ("insufficient_quota", 429),
        ("authentication_error", 401),
        ("invalid_api_key", 401),
        ("permission_error", 403),
        ("not_found", 404),
        ("request_too_large", 413),
        ("invalid_request_error", 400),
        ("api_error", 500),
        ("server_error", 500),
        ("timeout_error", 504),
    ];
    KNOWN.iter().find(|(word, _)| code.contains(word)).map(|(_, status)| *status)
}

fn sort(settings: &Settings, status: Option<u16>, said: &str, code: &str, retry_after: Option<&str>) -> Error {
    let Settings { name, url, model, .. } = settings;
    let told = told(said);
    let with = status.map(|status| format!(" with status {status}")).unwrap_or_default();
    let answered = format!("the model server at `{url}` answered{with}{told}");
    let lower = said.to_lowercase();
    if is_too_long(code, &lower) || status == Some(413) {
        return exhausted(
            "context",
            format!(
                "the exchange is too long for the model `{model}`{told}: begin a new conversation, or use a model with a larger context"
            ),
        );
    }
    match status {
        _ if code.contains("insufficient_quota") || lower.contains("credit balance is too low") => {
            exhausted("quota", format!("{answered}: the account has nothing left; its provider can raise that"))
        }
        Some(401 | 403) => Error::Failed(format!("{answered}: {}", about_key(settings))),
        Some(404) => Error::NotFound(format!(
            "{answered}: check `url` and `model` (now `{model}`) of `[models.{name}]` in `loket.toml`; the server must have that model"
        )),
        Some(408 | 425 | 429 | 500..) => {
            let wait = match retry_after.filter(|wait| wait.len() < 64 && !wait.contains(char::is_control)) {
                Some(wait) if wait.bytes().all(|b| b.is_ascii_digit()) => format!("it asks to wait {wait} seconds"),
                Some(wait) => format!("it asks to wait until {wait}"),
                None => "try again later".to_owned(),
            };
            Error::Unavailable(format!("{answered}: {wait}"))
        }
        Some(400 | 422) => Error::Invalid(format!(
            "{answered}: it does not take this request; when it is the tools that it does not know, set {} for `[models.{name}]` in \
             `loket.toml`",
            if settings.about.forms { "`tools = \"json-schema\"` or `\"none\"`" } else { "`tools = \"none\"`" }
        )),
        _ => Error::Failed(format!("{answered}: check `url` of `[models.{name}]` in `loket.toml`")),
    }
}

fn exhausted(limit: &str, detail: String) -> Error {
    Error::Exhausted(Exhaustion { limit: limit.into(), detail, renews: None })
}

fn about_key(settings: &Settings) -> String {
    match &settings.key {
        Some(key) => format!(
            "it does not take the secret `{key}` as its key; put the right one in with `loket secret set {key} --host {host}`",
            host = settings.host()
        ),
        None => format!(
            "it wants a key; name a secret as `key` of `[models.{name}]` in `loket.toml`, for example `key = \"{name}-key\"`, put \
             it in with `loket secret set {name}-key --host {host}`, then `loket grant {package} loket:http/client --host {host} --secret {name}-key`",
            package = settings.about.package,
            name = settings.name,
            host = settings.host()
        ),
    }
}

/// What each kind of server says of an exchange that is longer than the model's context.
fn is_too_long(code: &str, said: &str) -> bool {
    const SAID: [&str; 7] = [
        "maximum context length",
        "exceeds the available context",
        "context window",
        "context limit",
        "prompt is too long",
        "exceeds the context length",
        "input length exceeds",
    ];
    ["context_length_exceeded", "exceed_context_size_error"].iter().any(|own| code.contains(own))
        || SAID.iter().any(|words| said.contains(words))
}

/// The server's own words, where it gives them as most do.
fn message(json: &Value) -> Option<String> {
    let places =
        [&json["error"]["message"], &json["error"], &json["message"], &json["detail"], &json["detail"][0]["msg"]];
    places.iter().find_map(|place| place.as_str()).map(plain)
}

fn codes(json: &Value) -> String {
    let error = &json["error"];
    [&error["code"], &error["type"], &json["code"]]
        .iter()
        .filter_map(|code| code.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut text: String = words.join(" ").chars().filter(|c| !c.is_control()).take(TOLD).collect();
    // A sentence of ours goes on behind it.
    text.truncate(text.trim_end_matches(['.', ':', ' ']).len());
    text
}

fn told(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(" (“{said}”)") }
}
