//! The lines of a stream of `/api/chat` into one reply.

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
        let line: Value =
            serde_json::from_str(data).map_err(|error| refusal::nonsense(&self.settings, data, &error.to_string()))?;
        if !line.is_object() {
            return Err(refusal::nonsense(&self.settings, data, "it is no object"));
        }
        if let Some(error) = line.get("error").filter(|error| !error.is_null()) {
            return Err(refusal::of_event(&self.settings, error));
        }
        draft.by(line["model"].as_str().unwrap_or_default());
        let message = &line["message"];
        draft.say(message["content"].as_str().unwrap_or_default())?;
        // Calls come whole, each in its own place.
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            let (id, name, arguments) = Draft::called(call);
            draft.whole_call(None, id, name, &arguments)?;
        }
        if line["done"] == true {
            draft.finish(line["done_reason"].as_str().unwrap_or("stop"));
            if let (read, Some(output)) = (line["prompt_eval_count"].as_u64(), line["eval_count"].as_u64()) {
                // What it has read before, it does not count.
                draft.used(Usage { input: read.unwrap_or_default(), cached: 0, output });
            }
            draft.done();
        }
        Ok(())
    }
}
