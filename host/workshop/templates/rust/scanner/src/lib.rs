//! The scanner `{{namespace}}:{{name}}`: it looks at each package before it may run. What it reads is hostile until shown not to be.

use bindings::exports::loket::roles::inspector::{Finding, Guest, Severity};
use bindings::loket::scan::subject::{self, Version};

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
    fn inspect() -> Vec<Finding> {
        // Nothing is under inspection: there is nothing to say.
        subject::profile(Version::Candidate).and_then(|it| large(it.size)).into_iter().collect()
    }
}

/// Above so many bytes a component is worth a remark.
const LARGE: u64 = 1 << 20;

/// The rule `{{name}}/large`.
fn large(size: u64) -> Option<Finding> {
    (size > LARGE).then(|| Finding {
        id: "{{name}}/large".to_owned(),
        severity: Severity::Info,
        title: format!("it has {size} bytes"),
        message: "A large component takes long to compile, and more of it has to be trusted.".to_owned(),
        evidence: Vec::new(),
        remedy: "Build it without what it does not need.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_component_is_remarked_and_a_small_one_is_not() {
        assert!(large(LARGE + 1).is_some_and(|finding| finding.title.contains("1048577")));
        assert!(large(LARGE).is_none());
    }
}
