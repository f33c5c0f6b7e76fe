//! A server asks for a model's words (`sampling/createMessage`): one more call at the counter, in the server's own name. It needs a grant of
//! its own, as do the router's models, and their budgets hold; nothing of the agent's exchange goes along, and none of the words are shown.
#![expect(deprecated, reason = "the newest revision drops sampling; servers use it still")]

use super::doing::Work;
use super::letters::excerpt;
use crate::model::in_band;
use loket_kernel::counter::now;
use loket_kernel::{Call, CallError, Capability, Counter, Labels, Principal, Turn, Watch};
use loket_values::Value;
use loket_values::json::{decode, from_json};
use rmcp::model::{CreateMessageRequestParams, CreateMessageResult, SamplingMessage};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// What is asked of the model.
const CHAT: &str = "loket:model/chat";
const COMPLETE: &str = "complete";
/// Messages of one request, and bytes of all of them as JSON.
const MOST_MESSAGES: usize = 64;
const MOST_BYTES: usize = 1 << 20;
/// Tokens of an answer, however many are wanted.
const MOST_TOKENS: u32 = 4_096;

/// Whether a server was granted a model's words: only then it is told that it can ask for them.
pub(super) fn is_granted(counter: &Counter, server: &Principal) -> bool {
    counter.grants.allows(server, &Capability::host(CHAT), COMPLETE)
}

#[derive(Deserialize)]
struct Reply {
    text: String,
    stop: Stop,
    model: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Stop {
    Finished,
    ToolCalls,
    Length,
    Refused,
    Other(String),
}

/// Hears what is said, and shows none of it: it is for the server.
#[derive(Debug)]
struct Ear(Arc<Turn>);

impl Watch for Ear {
    fn hear(&self, event: Value) {
        if !matches!(&event, Value::Variant(case, _) if case == "text") {
            self.0.tell(event);
        }
    }
}

/// Asks the model.
///
/// # Errors
/// `invalid` for a request that cannot be passed on, else what the call at the counter came to.
pub(super) async fn ask(
    counter: &Counter,
    work: &Work,
    params: &CreateMessageRequestParams,
) -> Result<CreateMessageResult, CallError> {
    work.count()?;
    let request = request(params).map_err(CallError::Invalid)?;
    let capability = Capability::host(CHAT);
    let nobody = || CallError::Unavailable(format!("nobody answers `{CHAT}` now"));
    let router = counter.provider(&capability).ok_or_else(nobody)?;
    let takes =
        router.interface().function(COMPLETE).and_then(|function| function.params.first()).ok_or_else(nobody)?;
    let request = from_json(&request, &takes.ty).map_err(|e| CallError::Invalid(e.to_string()))?;
    // What the model is told is a stranger's.
    work.call.turn.labels.add(Labels::UNTRUSTED);
    let turn = Arc::new(work.call.turn.branch(Arc::new(Ear(work.call.turn.clone()))));
    let call = Call { chain: work.chain.clone(), turn, ..work.call.onward(capability, COMPLETE, vec![request]) };
    // The server waits for us meanwhile, and not we for it.
    let _stands_still = work.clock.pause();
    let answer = in_band(counter.call(call).await)?;
    let Some(Value::Result(Ok(Some(answer)))) = answer else {
        return Err(CallError::Failed("the model gave no answer".into()));
    };
    let Reply { text, stop, model } = decode(&answer).map_err(|e| CallError::Failed(e.to_string()))?;
    let stop = match stop {
        Stop::Finished | Stop::ToolCalls => CreateMessageResult::STOP_REASON_END_TURN.to_owned(),
        Stop::Length => CreateMessageResult::STOP_REASON_END_MAX_TOKEN.to_owned(),
        Stop::Refused => "refusal".to_owned(),
        Stop::Other(why) => excerpt(&why, 100),
    };
    Ok(CreateMessageResult::new(SamplingMessage::assistant_text(text), model).with_stop_reason(stop))
}

/// The request, as the router takes it. Which model answers is for the owner to choose, and what is around the call is nobody else's business:
/// preferences and wishes for context are passed over.
fn request(params: &CreateMessageRequestParams) -> Result<Json, String> {
    if params.tools.as_ref().is_some_and(|tools| !tools.is_empty()) || params.tool_choice.is_some() {
        return Err("a model's words are asked for here without tools: leave `tools` and `toolChoice` out".into());
    }
    if params.messages.is_empty() || params.messages.len() > MOST_MESSAGES {
        return Err(format!("a request has 1 to {MOST_MESSAGES} messages, this one {}", params.messages.len()));
    }
    let mut messages = Vec::with_capacity(params.messages.len() + 1);
    if let Some(words) = params.system_prompt.as_ref().filter(|words| !words.is_empty()) {
        messages.push(json!({ "role": "system", "parts": [{ "text": words }] }));
    }
    for message in &params.messages {
        let message = serde_json::to_value(message).map_err(|e| e.to_string())?;
        let blocks = match &message["content"] {
            Json::Array(blocks) => blocks.iter().map(part).collect::<Result<Vec<_>, _>>()?,
            block => vec![part(block)?],
        };
        messages.push(json!({ "role": message["role"], "parts": blocks }));
    }
    let size = messages.iter().map(|message| message.to_string().len()).sum::<usize>();
    if size > MOST_BYTES {
        return Err(format!("a request has at most {MOST_BYTES} bytes, this one {size}"));
    }
    Ok(json!({
        "model": null,
        "messages": messages,
        "tools": [],
        "shape": null,
        "max-tokens": params.max_tokens.clamp(1, MOST_TOKENS),
        "temperature": params.temperature.map(|wild| wild.clamp(0.0, 2.0)),
        "now": now(),
    }))
}

fn part(block: &Json) -> Result<Json, String> {
    let media = json!({ "mime": block["mimeType"], "data": block["data"] });
    match block["type"].as_str() {
        Some("text") => Ok(json!({ "text": block["text"] })),
        Some("image") => Ok(json!({ "image": media })),
        Some("audio") => Ok(json!({ "audio": media })),
        other => {
            Err(format!("a message has text, pictures and sounds, and no `{}`", excerpt(other.unwrap_or("?"), 40)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Contract;

    fn asked(params: Json) -> Result<Json, String> {
        request(&serde_json::from_value(params).expect("it is a request"))
    }

    #[test]
    fn what_a_server_asks_fits_the_contract() {
        let contract = Contract::read().expect("it reads");
        let ty = &contract.interface(CHAT).expect("chat").function(COMPLETE).expect("it is there").params[0].ty;
        let whole = asked(json!({
            "systemPrompt": "be brief",
            "messages": [
                { "role": "user", "content": { "type": "text", "text": "what is it?" } },
                { "role": "user", "content": [{ "type": "image", "data": "AQID", "mimeType": "image/png" }] },
                { "role": "assistant", "content": { "type": "audio", "data": "AQID", "mimeType": "audio/wav" } },
            ],
            "modelPreferences": { "hints": [{ "name": "dear" }] },
            "includeContext": "allServers",
            "temperature": 0.5,
            "maxTokens": 1_000_000,
        }));
        let whole = whole.expect("it can be asked");
        assert_eq!((&whole["max-tokens"], &whole["model"]), (&json!(MOST_TOKENS), &Json::Null));
        assert_eq!(whole["messages"][0], json!({ "role": "system", "parts": [{ "text": "be brief" }] }));
        from_json(&whole, ty).expect("it fits");
    }

    #[test]
    fn what_cannot_be_passed_on_is_refused() {
        let text = |text: &str| json!({ "role": "user", "content": { "type": "text", "text": text } });
        let tool = json!({ "name": "a", "inputSchema": { "type": "object" } });
        for (params, word) in [
            (json!({ "messages": [text("a")], "maxTokens": 1, "tools": [tool] }), "without tools"),
            (json!({ "messages": [], "maxTokens": 1 }), "1 to 64"),
            (json!({ "messages": vec![text("a"); 65], "maxTokens": 1 }), "1 to 64"),
            (json!({ "messages": [text(&"a".repeat(MOST_BYTES))], "maxTokens": 1 }), "at most"),
            (
                json!({ "messages": [{ "role": "assistant", "content":
                    { "type": "tool_use", "id": "1", "name": "a", "input": {} } }], "maxTokens": 1 }),
                "no `tool_use`",
            ),
        ] {
            assert!(asked(params).expect_err(word).contains(word), "{word}");
        }
    }
}
