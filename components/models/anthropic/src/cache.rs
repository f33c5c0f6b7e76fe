//! What of a request the server keeps, so that the next one that begins the same costs less and is answered sooner.
//!
//! A mark says: keep all up to here. The order is tools, instructions, messages; so a mark behind the instructions keeps both. They are the
//! same from turn to turn, because the agent writes them in a stable order, and the day stands behind the mark. Within a turn that calls
//! tools, each round begins with all of the round before: there a second mark goes behind the last message.

use serde_json::{Value, json};

/// Marks the end of what is the same from turn to turn: the last of the instructions, or of the tools where there are none.
pub fn mark_beginning(tools: &mut [Value], instructions: &mut [Value]) {
    mark(instructions.last_mut().or(tools.last_mut()));
}

/// Marks the end of what was said, when it goes on from there.
pub fn mark_end(messages: &mut [Value]) {
    let last = messages.last_mut().and_then(|message| message["content"].as_array_mut()?.last_mut());
    if last.as_ref().is_some_and(|block| block["type"] == "tool_result") {
        mark(last);
    }
}

fn mark(block: Option<&mut Value>) {
    if let Some(block) = block {
        block["cache_control"] = json!({ "type": "ephemeral" });
    }
}
