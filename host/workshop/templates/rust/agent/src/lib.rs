//! The agent `{{namespace}}:{{name}}`: one event in, one reply out, in a fresh instance each time. What it knows is in its memory.

use bindings::exports::loket::roles::handler::{Citation, Error, Event, Guest, Occasion, Reply};
use bindings::loket::brain::memory::{self, Draft, Hit, Kind, Labels, Query};

/// What `wit/` looks like in Rust.
#[allow(dead_code, unused, clippy::all, reason = "generated; what is not called is left out of the component")]
mod bindings {
    use super::Component;
    wit_bindgen::generate!({ path: "wit", world: "component", generate_all });
    #[cfg(target_family = "wasm")]
    export!(Component with_types_in self);
}

struct Component;

impl Guest for Component {
    fn handle(event: Event) -> Result<Reply, Error> {
        // Timers and what else may happen: there is nobody to answer.
        let Occasion::Message(message) = event.occasion else {
            return Ok(Reply { text: String::new(), used: Vec::new(), learned: Vec::new() });
        };
        let known = memory::recall(&Query {
            text: message.text.clone(),
            kinds: Vec::new(),
            tags: Vec::new(),
            conversation: None,
            since: None,
            until: None,
            without: Labels::empty(),
            tokens: None,
            around: 0,
            limit: 3,
        })?;
        let learned = memory::remember(&Draft {
            kind: Kind::Episode,
            text: message.text,
            tags: Vec::new(),
            conversation: Some(message.conversation),
            steps: Vec::new(),
        })?;
        let texts: Vec<&str> = known.iter().map(|hit| hit.entry.text.as_str()).collect();
        Ok(Reply { text: answer(&texts), used: known.iter().map(cite).collect(), learned: vec![learned] })
    }
}

/// Says what the recalled memories say. (Ask a model here: import `loket:model/chat`.)
fn answer(known: &[&str]) -> String {
    if known.is_empty() {
        return "I will remember that.".to_owned();
    }
    known.iter().fold("I remember:".to_owned(), |text, memory| format!("{text}\n- {memory}"))
}

/// Names a memory that was used; its words are cut to the 256 bytes that a citation may have.
fn cite(hit: &Hit) -> Citation {
    let mut excerpt = hit.entry.text.clone();
    excerpt.truncate(excerpt.floor_char_boundary(256));
    Citation { id: hit.entry.id.clone(), excerpt, written: hit.entry.written }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_memories_it_says_that_it_will_remember() {
        assert_eq!(answer(&[]), "I will remember that.");
    }

    #[test]
    fn memories_are_told_one_a_line() {
        assert_eq!(answer(&["tea", "for two"]), "I remember:\n- tea\n- for two");
    }
}
