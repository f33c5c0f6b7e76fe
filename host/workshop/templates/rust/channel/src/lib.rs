//! The channel `{{namespace}}:{{name}}`: it carries messages out to people. This one tells whoever watches; speak to a network in its place.

use bindings::exports::loket::roles::carrier::{Error, Guest, Parcel};
use bindings::loket::events::emit::{self, Event};

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
    fn deliver(parcel: Parcel) -> Result<(), Error> {
        let line = line(&parcel.conversation, &parcel.text).map_err(Error::Invalid)?;
        emit::emit(&Event::Status(line))
    }
}

/// A message as the network gets it; the error says why it is none.
fn line(conversation: &str, text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("there is nothing to say; send some text".to_owned()),
        text => Ok(format!("to {conversation}: {text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_its_conversation() {
        assert_eq!(line("garden", " it rains "), Ok("to garden: it rains".to_owned()));
    }

    #[test]
    fn nothing_is_no_message() {
        assert!(line("garden", " ").is_err_and(|error| error.contains("nothing to say")));
    }
}
