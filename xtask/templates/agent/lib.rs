//! The agent `{{namespace}}:{{name}}`: one event in, one reply out, in a fresh instance each time.

use bindings::exports::loket::roles::handler::{Citation, Error, Event, Guest, Occasion, Reply};
use bindings::loket::brain::memory::{self, Draft, Hit, Kind, Labels, Query};

/// What the agent's world looks like in Rust.
#[allow(missing_docs, unsafe_code, unreachable_pub, unused, clippy::all, reason = "generated from the contract")]
mod bindings {
    use super::Component;
    wit_bindgen::generate!({
        path: [
            "../../wit/types",
            "../../wit/brain",
            "../../wit/model",
            "../../wit/tools",
            "../../wit/events",
            "../../wit/http",
            "../../wit/secrets",
            "../../wit/scan",
            "../../wit/agent",
            "../../wit/roles",
        ],
        world: "loket:roles/agent",
        generate_all,
    });
    #[cfg(target_family = "wasm")]
    export!(Component with_types_in self);
}

/// The component.
#[derive(Debug)]
pub struct Component;

impl Guest for Component {
    fn handle(event: Event) -> Result<Reply, Error> {
        let Occasion::Message(message) = event.occasion else {
            return Ok(Reply { text: String::new(), used: Vec::new(), learned: Vec::new() });
        };
        let query = Query {
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
        };
        let known = memory::recall(&query)?;
        let draft = Draft {
            kind: Kind::Episode,
            text: message.text,
            tags: Vec::new(),
            conversation: Some(message.conversation),
            steps: Vec::new(),
        };
        let learned = vec![memory::remember(&draft)?];
        Ok(Reply { text: answer(&known), used: known.into_iter().map(citation).collect(), learned })
    }
}

/// Says what the recalled memories say. (Ask a model here: `loket:model/chat` is in this agent's world.)
fn answer(known: &[Hit]) -> String {
    if known.is_empty() {
        return "I will remember that.".to_owned();
    }
    let lines = known.iter().map(|hit| format!("\n- {}", hit.entry.text));
    lines.fold("I remember:".to_owned(), |text, line| text + &line)
}

fn citation(hit: Hit) -> Citation {
    let mut excerpt = hit.entry.text;
    excerpt.truncate(excerpt.floor_char_boundary(256));
    Citation { id: hit.entry.id, excerpt, written: hit.entry.written }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_memories_it_says_that_it_will_remember() {
        assert_eq!(answer(&[]), "I will remember that.");
    }
}
