//! The model adapter `{{namespace}}:{{name}}`. This one says back what it was told; call a model's server in its place
//! (the world `loket:roles/remote-model` imports `loket:http/client` for that).

use bindings::exports::loket::model::chat::{Error, Guest, Message, Part, Reply, Request, Role, Stop, Usage};

/// What the adapter's world looks like in Rust.
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
        world: "loket:roles/model",
        generate_all,
    });
    #[cfg(target_family = "wasm")]
    export!(Component with_types_in self);
}

/// The component.
#[derive(Debug)]
pub struct Component;

impl Guest for Component {
    fn complete(request: Request) -> Result<Reply, Error> {
        let Some(said) = last_words(&request.messages) else {
            return Err(Error::Invalid("no message of the user has words; send at least one".to_owned()));
        };
        Ok(Reply {
            text: format!("You said: {said}"),
            calls: Vec::new(),
            used: Vec::new(),
            stop: Stop::Finished,
            usage: Usage { input: 0, output: 0 },
            model: "{{namespace}}:{{name}}".to_owned(),
        })
    }
}

/// What the user said last.
fn last_words(messages: &[Message]) -> Option<&str> {
    let said = messages.iter().rev().filter(|message| message.role == Role::User);
    said.flat_map(|message| message.parts.iter().rev()).find_map(|part| match part {
        Part::Text(text) => Some(text.as_str()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_of_the_user_count() {
        let says = |role, text: &str| Message { role, parts: vec![Part::Text(text.to_owned())] };
        let messages = [says(Role::User, "first"), says(Role::User, "second"), says(Role::Assistant, "third")];
        assert_eq!(last_words(&messages), Some("second"));
        assert_eq!(last_words(&[]), None);
    }
}
