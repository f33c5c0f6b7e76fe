//! The model adapter `{{namespace}}:{{name}}`. This one says back what it was told; call a model's server in its place.

use bindings::exports::loket::model::chat::{Error, Guest, Part, Reply, Request, Role, Stop, Usage};

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
    fn complete(request: Request) -> Result<Reply, Error> {
        // What the user said last.
        let said = request.messages.iter().rev().filter(|message| message.role == Role::User);
        let said = said.flat_map(|message| message.parts.iter().rev()).find_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            _ => None,
        });
        Ok(Reply {
            text: answer(said).map_err(Error::Invalid)?,
            calls: Vec::new(),
            used: Vec::new(),
            stop: Stop::Finished,
            usage: Usage { input: 0, cached: 0, output: 0 },
            model: "{{namespace}}:{{name}}".to_owned(),
        })
    }
}

fn answer(said: Option<&str>) -> Result<String, String> {
    let said = said.ok_or("no message of the user has words; send at least one")?;
    Ok(format!("You said: {said}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_back_what_was_said() {
        assert_eq!(answer(Some("hello")), Ok("You said: hello".to_owned()));
    }

    #[test]
    fn who_says_nothing_is_told_so() {
        assert!(answer(None).is_err_and(|error| error.contains("no message")));
    }
}
