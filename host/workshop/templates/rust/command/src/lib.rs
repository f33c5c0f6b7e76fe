//! The slash command `{{namespace}}:{{name}}`: `/{{name}} words` says the words backwards.

use bindings::exports::loket::roles::commander::{
    Beginning, Candidate, Error, Guest, Kind, Need, Onward, Order, Outcome, Parameter, Usage,
};

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
    fn describe() -> Vec<Usage> {
        let words = Parameter {
            name: "words".to_owned(),
            summary: "What to say.".to_owned(),
            kind: Kind::Rest,
            need: Need::Required,
        };
        vec![Usage {
            name: "{{name}}".to_owned(),
            summary: "Say words in the opposite order.".to_owned(),
            parameters: vec![words],
        }]
    }

    fn run(order: Order) -> Result<Outcome, Error> {
        let words = order.arguments.iter().find(|argument| argument.name == "words");
        let text = backwards(words.map_or("", |words| &words.value)).map_err(Error::Invalid)?;
        Ok(Outcome { text, onward: Onward::Same })
    }

    /// Nobody can say which words somebody else means.
    fn complete(_: Beginning) -> Result<Vec<Candidate>, Error> {
        Ok(Vec::new())
    }
}

fn backwards(words: &str) -> Result<String, String> {
    let backwards: Vec<&str> = words.split_whitespace().rev().collect();
    match backwards[..] {
        [] => Err("there are no words; write some behind the command".to_owned()),
        _ => Ok(backwards.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_out_in_the_opposite_order() {
        assert_eq!(backwards(" one two  three "), Ok("three two one".to_owned()));
    }

    #[test]
    fn no_words_are_an_error_that_says_so() {
        assert!(backwards(" ").is_err_and(|error| error.contains("no words")));
    }
}
