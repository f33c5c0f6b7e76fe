//! The pieces of a stream of chat completions into one reply.

use loket_model_adapter::chat::Usage;
use loket_model_adapter::{Draft, Error, Listen, Settings, refusal};
use serde_json::Value;

/// Hears one answer.
#[derive(Debug)]
pub struct Listener {
    settings: Settings,
}

impl Listener {
    /// Nothing heard yet.
    pub fn new(settings: &Settings) -> Listener {
        Listener { settings: settings.clone() }
    }
}

impl Listen for Listener {
    fn take(&mut self, data: &str, draft: &mut Draft<'_>) -> Result<(), Error> {
        let chunk: Value =
            serde_json::from_str(data).map_err(|error| refusal::nonsense(&self.settings, data, &error.to_string()))?;
        if !chunk.is_object() {
            return Err(refusal::nonsense(&self.settings, data, "it is no object"));
        }
        if let Some(error) = chunk.get("error").filter(|error| !error.is_null()) {
            return Err(refusal::of_event(&self.settings, error));
        }
        if let Some(usage) = chunk.get("usage").filter(|usage| usage.is_object()) {
            let count = |count: &Value| count.as_u64().unwrap_or_default();
            draft.used(Usage {
                input: count(&usage["prompt_tokens"]),
                cached: count(&usage["prompt_tokens_details"]["cached_tokens"]),
                output: count(&usage["completion_tokens"]),
            });
        }
        draft.by(chunk["model"].as_str().unwrap_or_default());
        // There is one answer: more were not asked for.
        let choice = &chunk["choices"][0];
        // Of a server that does not stream, it is the whole message.
        let delta = if choice["delta"].is_object() { &choice["delta"] } else { &choice["message"] };
        draft.say(delta["content"].as_str().unwrap_or_default())?;
        draft.refuse(delta["refusal"].as_str().unwrap_or_default())?;
        for call in delta["tool_calls"].as_array().into_iter().flatten() {
            let (id, name, arguments) = Draft::called(call);
            draft.call(call["index"].as_u64(), id, name, &arguments)?;
        }
        draft.finish(choice["finish_reason"].as_str().unwrap_or_default());
        Ok(())
    }
}
