//! Long results of tools: cut to what fits, and kept until the turn ends, so that the model can read on.

use crate::bounds;
use crate::outside::{Tool, Trouble};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// The tool by which the model reads on.
pub const CONTINUE: &str = "result_continue";

/// Reading on, as the model sees it.
pub fn spec() -> Tool {
    Tool {
        name: CONTINUE.into(),
        description: "Read on in a result of this turn that was too long to be shown at once.".into(),
        parameters: json!({
            "type": "object",
            "properties": {
                "id": { "type": "string", "description": "The result's name, as the note at its end says." },
                "offset": { "type": "integer", "minimum": 0, "description": "From which byte on, as the note says." },
            },
            "required": ["id", "offset"],
            "additionalProperties": false,
        })
        .to_string(),
    }
}

/// The long results of a turn.
#[derive(Debug, Default)]
pub struct Results {
    kept: VecDeque<(String, String)>,
    bytes: usize,
    named: usize,
}

impl Results {
    /// A result in about `bytes` bytes. What is missing is said, and kept.
    pub fn show(&mut self, text: String, bytes: usize) -> String {
        if text.len() <= bytes {
            return text;
        }
        self.named += 1;
        let id = format!("r{}", self.named);
        let shown = page(&id, &text, 0, bytes);
        self.keep(id, text);
        shown
    }

    /// More of a kept result, in about `bytes` bytes.
    ///
    /// # Errors
    /// When nothing of that name is kept, or the arguments make no sense.
    pub fn read(&self, arguments: &Value, bytes: usize) -> Result<String, Trouble> {
        let wanted = arguments.get("id").and_then(Value::as_str).unwrap_or_default();
        let Some(offset) = arguments.get("offset").and_then(Value::as_u64) else {
            return Err(Trouble::Invalid("`offset` is missing: give it as a number, as the result's note says".into()));
        };
        let Some((id, text)) = self.kept.iter().find(|(id, _)| id == wanted) else {
            let ids: Vec<_> = self.kept.iter().map(|(id, _)| id.as_str()).collect();
            let there = if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
            let wanted = bounds::shorten(wanted, 64);
            return Err(Trouble::NotFound(format!("no result `{wanted}` is kept; there are: {there}")));
        };
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        if offset >= text.len() {
            return Err(Trouble::Invalid(format!("`offset` is {offset}, and the result has {} bytes", text.len())));
        }
        Ok(page(id, text, offset, bytes))
    }

    fn keep(&mut self, id: String, text: String) {
        if text.len() > bounds::KEPT_RESULTS {
            return;
        }
        self.bytes += text.len();
        self.kept.push_back((id, text));
        while self.bytes > bounds::KEPT_RESULTS || self.kept.len() > bounds::KEPT {
            let Some((_, oldest)) = self.kept.pop_front() else { break };
            self.bytes -= oldest.len();
        }
    }
}

/// The part of a text from an offset on, with a note on what it is.
fn page(id: &str, text: &str, offset: usize, bytes: usize) -> String {
    let mut begin = offset;
    while !text.is_char_boundary(begin) {
        begin -= 1;
    }
    let part = bounds::cut(&text[begin..], bytes);
    let (end, all) = (begin + part.len(), text.len());
    let next = if end == all {
        "this is its end".to_owned()
    } else if all > bounds::KEPT_RESULTS {
        "it is too long to be kept; ask the tool for less at once".to_owned()
    } else {
        format!("read on with {CONTINUE} {{\"id\": \"{id}\", \"offset\": {end}}}")
    };
    format!("{part}\n[bytes {begin} to {end} of {all} bytes; {next}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_result_is_shown_as_it_is() {
        assert_eq!(Results::default().show("x".into(), 10), "x");
    }

    #[test]
    fn a_long_result_can_be_read_to_its_end_without_losing_a_character() {
        let text: String = (0..900).map(|at| if at % 7 == 0 { 'é' } else { 'x' }).collect();
        let mut results = Results::default();
        let mut page = results.show(text.clone(), 100);
        let mut read = String::new();
        loop {
            let (part, note) = page.rsplit_once("\n[").expect("a note");
            read.push_str(part);
            let Some((_, arguments)) = note.split_once(CONTINUE) else { break };
            let arguments = serde_json::from_str(arguments.trim().trim_end_matches(']')).expect("arguments");
            page = results.read(&arguments, 100).expect("there is more");
        }
        assert_eq!(read, text);
    }

    #[test]
    fn what_is_kept_has_a_bound_and_the_oldest_goes_first() {
        let mut results = Results::default();
        for _ in 0..10 {
            results.show("x".repeat(1024 * 1024), 10);
        }
        assert!(results.bytes <= bounds::KEPT_RESULTS);
        let gone = results.read(&json!({ "id": "r1", "offset": 0 }), 10).expect_err("it is gone");
        assert!(gone.to_string().contains("there are: r7, r8, r9, r10"), "{gone}");
        let huge = results.show("x".repeat(bounds::KEPT_RESULTS + 1), 10);
        assert!(huge.contains("too long to be kept"), "{huge}");
    }

    #[test]
    fn a_place_that_is_none_is_said() {
        let mut results = Results::default();
        results.show("x".repeat(100), 10);
        for (arguments, why) in [
            (json!({ "id": "r1" }), "`offset` is missing"),
            (json!({ "id": "r1", "offset": -1 }), "`offset` is missing"),
            (json!({ "id": "r1", "offset": 100 }), "has 100 bytes"),
            (json!({ "id": "r2", "offset": 0 }), "there are: r1"),
            (json!({}), "`offset` is missing"),
        ] {
            let trouble = results.read(&arguments, 10).expect_err("it is none");
            assert!(trouble.to_string().contains(why), "{arguments}: {trouble}");
        }
    }
}
