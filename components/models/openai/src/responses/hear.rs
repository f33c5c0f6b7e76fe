//! The events of a stream of the responses interface into one reply.

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

    /// The whole response, as it stands at the end: what was not told before is taken from it.
    fn end(&self, response: &Value, draft: &mut Draft<'_>) -> Result<(), Error> {
        if let Some(error) = response.get("error").filter(|error| !error.is_null()) {
            return Err(refusal::of_event(&self.settings, error));
        }
        if draft.is_empty() {
            for item in response["output"].as_array().into_iter().flatten() {
                match item["type"].as_str() {
                    Some("function_call") => call(item, draft)?,
                    Some("message") => {
                        for part in item["content"].as_array().into_iter().flatten() {
                            draft.say(part["text"].as_str().unwrap_or_default())?;
                            draft.refuse(part["refusal"].as_str().unwrap_or_default())?;
                        }
                    }
                    _ => {}
                }
            }
        }
        let usage = &response["usage"];
        if usage.is_object() {
            let count = |count: &Value| count.as_u64().unwrap_or_default();
            draft.used(Usage {
                input: count(&usage["input_tokens"]),
                cached: count(&usage["input_tokens_details"]["cached_tokens"]),
                output: count(&usage["output_tokens"]),
            });
        }
        draft.by(response["model"].as_str().unwrap_or_default());
        let reason = response["incomplete_details"]["reason"].as_str();
        draft.finish(reason.or(response["status"].as_str()).unwrap_or("completed"));
        draft.done();
        Ok(())
    }
}

/// A call, whole: what comes in pieces before is not needed.
fn call(item: &Value, draft: &mut Draft<'_>) -> Result<(), Error> {
    let text = |key: &str| item[key].as_str().unwrap_or_default();
    let id = if text("call_id").is_empty() { text("id") } else { text("call_id") };
    draft.whole_call(None, id, text("name"), text("arguments"))
}

impl Listen for Listener {
    fn take(&mut self, data: &str, draft: &mut Draft<'_>) -> Result<(), Error> {
        let event: Value =
            serde_json::from_str(data).map_err(|error| refusal::nonsense(&self.settings, data, &error.to_string()))?;
        match event["type"].as_str() {
            Some("response.output_text.delta") => draft.say(event["delta"].as_str().unwrap_or_default()),
            Some("response.refusal.delta") => draft.refuse(event["delta"].as_str().unwrap_or_default()),
            Some("response.output_item.done") if event["item"]["type"] == "function_call" => {
                call(&event["item"], draft)
            }
            Some("response.completed" | "response.incomplete" | "response.failed") => {
                self.end(&event["response"], draft)
            }
            Some("error") => {
                // Flat, or within.
                let error = if event["error"].is_object() { &event["error"] } else { &event };
                Err(refusal::of_event(&self.settings, error))
            }
            // Kinds of events that are not for us, and those that are to come.
            Some(_) => Ok(()),
            None if event["error"].is_object() || event["error"].is_string() => {
                Err(refusal::of_event(&self.settings, &event["error"]))
            }
            // Of a server that does not stream.
            None if event["object"] == "response" => self.end(&event, draft),
            None => Err(refusal::nonsense(&self.settings, data, "it has no type")),
        }
    }
}
