//! The events of a stream of the messages interface into one reply.

use crate::ask::REPLY;
use loket_model_adapter::chat::Usage;
use loket_model_adapter::{Draft, Error, Listen, Settings, refusal};
use serde_json::Value;

/// Hears one answer.
#[derive(Debug)]
pub struct Listener {
    settings: Settings,
    /// The block that is an answer in a shape: its arguments are the words.
    shaped: Option<u64>,
    counted: Counted,
}

/// Tokens: what was read is told at the beginning, what was written at the end.
#[derive(Debug, Default)]
struct Counted {
    anew: u64,
    kept: u64,
    cached: u64,
    output: u64,
}

impl Listener {
    /// Nothing heard yet.
    pub fn new(settings: &Settings) -> Listener {
        Listener { settings: settings.clone(), shaped: None, counted: Counted::default() }
    }

    fn count(&mut self, usage: &Value, draft: &mut Draft<'_>) {
        let Counted { anew, kept, cached, output } = &mut self.counted;
        for (place, key) in [
            (&mut *anew, "input_tokens"),
            (&mut *kept, "cache_creation_input_tokens"),
            (&mut *cached, "cache_read_input_tokens"),
            (&mut *output, "output_tokens"),
        ] {
            *place = usage[key].as_u64().unwrap_or(*place);
        }
        if usage.is_object() {
            let input = anew.saturating_add(*kept).saturating_add(*cached);
            draft.used(Usage { input, cached: *cached, output: *output });
        }
    }

    /// A block that begins, or is whole already.
    fn block(&mut self, index: Option<u64>, block: &Value, draft: &mut Draft<'_>) -> Result<(), Error> {
        let text = |key: &str| block[key].as_str().unwrap_or_default();
        match text("type") {
            "text" => draft.say(text("text")),
            "tool_use" => {
                // At the beginning of a stream it is empty, and comes in pieces.
                let input = match &block["input"] {
                    Value::Object(fields) if fields.is_empty() => String::new(),
                    Value::Null => String::new(),
                    input => input.to_string(),
                };
                if text("name") == REPLY {
                    self.shaped = index;
                    draft.begin_shape();
                    return draft.say(&input);
                }
                draft.whole_call(index, text("id"), text("name"), &input)
            }
            _ => Ok(()),
        }
    }

    fn delta(&mut self, event: &Value, draft: &mut Draft<'_>) -> Result<(), Error> {
        let (index, delta) = (event["index"].as_u64(), &event["delta"]);
        let text = |key: &str| delta[key].as_str().unwrap_or_default();
        match text("type") {
            "text_delta" => draft.say(text("text")),
            "input_json_delta" if index.is_some() && index == self.shaped => draft.say(text("partial_json")),
            "input_json_delta" => draft.call(index, "", "", text("partial_json")),
            // Thoughts, and kinds that are to come.
            _ => Ok(()),
        }
    }
}

impl Listen for Listener {
    fn take(&mut self, data: &str, draft: &mut Draft<'_>) -> Result<(), Error> {
        let event: Value =
            serde_json::from_str(data).map_err(|error| refusal::nonsense(&self.settings, data, &error.to_string()))?;
        match event["type"].as_str() {
            Some("message_start") => {
                draft.by(event["message"]["model"].as_str().unwrap_or_default());
                self.count(&event["message"]["usage"], draft);
            }
            Some("content_block_start") => {
                self.block(event["index"].as_u64(), &event["content_block"], draft)?;
            }
            Some("content_block_delta") => self.delta(&event, draft)?,
            Some("message_delta") => {
                draft.finish(event["delta"]["stop_reason"].as_str().unwrap_or_default());
                self.count(&event["usage"], draft);
            }
            Some("message_stop") => draft.done(),
            Some("error") => return Err(refusal::of_event(&self.settings, &event["error"])),
            // Of a server that does not stream.
            Some("message") => {
                draft.by(event["model"].as_str().unwrap_or_default());
                for (index, block) in (0u64..).zip(event["content"].as_array().into_iter().flatten()) {
                    self.block(Some(index), block, draft)?;
                }
                draft.finish(event["stop_reason"].as_str().unwrap_or_default());
                self.count(&event["usage"], draft);
                draft.done();
            }
            // Signs of life, and kinds of events that are to come.
            Some(_) => {}
            None if !event["error"].is_null() => return Err(refusal::of_event(&self.settings, &event["error"])),
            None => return Err(refusal::nonsense(&self.settings, data, "it has no type")),
        }
        Ok(())
    }
}
