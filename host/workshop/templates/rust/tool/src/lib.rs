//! The tool `{{namespace}}:{{name}}`. `wit/greeting.wit` says what it offers.

/// What `wit/` looks like in Rust.
#[allow(dead_code, unused, clippy::all, reason = "generated; what is not called is left out of the component")]
mod bindings {
    use super::Component;
    wit_bindgen::generate!({ path: "wit", world: "component" });
    #[cfg(target_family = "wasm")]
    export!(Component with_types_in self);
}

struct Component;

impl bindings::exports::{{namespace_snake}}::{{name_snake}}::greeting::Guest for Component {
    fn greet(name: String) -> Result<String, String> {
        greet(&name)
    }
}

fn greet(name: &str) -> Result<String, String> {
    match name.trim() {
        "" => Err("the name is empty; say whom to greet".to_owned()),
        name => Ok(format!("Hello, {name}!")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_greeted() {
        assert_eq!(greet(" Ada "), Ok("Hello, Ada!".to_owned()));
    }

    #[test]
    fn an_empty_name_is_an_error_that_says_so() {
        assert!(greet("  ").is_err_and(|error| error.contains("empty")));
    }
}
