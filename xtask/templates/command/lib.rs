//! The slash command of `{{namespace}}:{{name}}`: `/{{name}} words` says the words backwards.

use bindings::exports::loket::roles::commander::{
    Beginning, Candidate, Error, Guest, Kind, Need, Onward, Order, Outcome, Parameter, Usage,
};

/// What the command's world looks like in Rust.
#[allow(missing_docs, unsafe_code, unreachable_pub, unused, clippy::all, reason = "generated from the contract")]
mod bindings {
    use super::Component;
    wit_bindgen::generate!({
        path: [
            "../../../wit/types",
            "../../../wit/brain",
            "../../../wit/model",
            "../../../wit/tools",
            "../../../wit/events",
            "../../../wit/http",
            "../../../wit/secrets",
            "../../../wit/scan",
            "../../../wit/agent",
            "../../../wit/roles",
        ],
        world: "loket:roles/command",
        generate_all,
    });
    #[cfg(target_family = "wasm")]
    export!(Component with_types_in self);
}

/// The component.
#[derive(Debug)]
pub struct Component;

impl Guest for Component {
    fn describe() -> Vec<Usage> {
        vec![Usage {
            name: "{{name}}".to_owned(),
            summary: "Say words in the opposite order.".to_owned(),
            parameters: vec![Parameter {
                name: "words".to_owned(),
                summary: "the words to turn around".to_owned(),
                kind: Kind::Rest,
                need: Need::Required,
            }],
        }]
    }

    fn run(order: Order) -> Result<Outcome, Error> {
        // The host has checked the values by what `describe` says.
        let words = order.arguments.first().map(|argument| argument.value.as_str()).unwrap_or_default();
        Ok(Outcome { text: backwards(words), onward: Onward::Same })
    }

    fn complete(_: Beginning) -> Result<Vec<Candidate>, Error> {
        Ok(Vec::new())
    }
}

fn backwards(words: &str) -> String {
    words.split_whitespace().rev().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_out_in_the_opposite_order() {
        assert_eq!(backwards(" one two  three "), "three two one");
    }
}
