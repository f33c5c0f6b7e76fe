//! The slash command `{{namespace}}:{{name}}`: `/{{name}} words` says the words backwards.

use bindings::exports::loket::roles::commander::{Error, Guest, Usage};

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
    fn describe() -> Usage {
        Usage {
            name: "{{name}}".to_owned(),
            summary: "Say words in the opposite order.".to_owned(),
            takes: "[words]".to_owned(),
        }
    }

    fn run(words: String) -> Result<String, Error> {
        match backwards(&words) {
            said if said.is_empty() => Err(Error::Invalid("say some words behind the command".to_owned())),
            said => Ok(said),
        }
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
