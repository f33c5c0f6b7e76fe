//! The tool `loket:todo`: lists of things to do.
//!
//! A step is a value of its own, under its plan's name and its number, and numbers come from a counter that the host adds to in one go: so
//! calls that run side by side lose nothing. Files in reading order: [`store`] where values are kept, [`key`] under what, [`mod@step`] a
//! step as it is kept, [`plan`] what is done with a plan. This file has the border to the component model.

pub mod key;
pub mod plan;
pub mod step;
pub mod store;

pub use bindings::exports::loket::todo::plans::{State, Step, Summary};

use store::Imported;

/// What the tool's world looks like in Rust.
#[allow(missing_docs, unsafe_code, unreachable_pub, unused, clippy::all, reason = "generated from the WIT")]
mod bindings {
    use super::Todo;
    wit_bindgen::generate!({
        path: ["../../../wit/deps/keyvalue", "wit"],
        world: "loket:todo/todo",
        generate_all,
    });
    #[cfg(target_family = "wasm")]
    export!(Todo with_types_in self);
}

/// The component.
#[derive(Debug)]
pub struct Todo;

impl bindings::exports::loket::todo::plans::Guest for Todo {
    fn add(steps: Vec<String>, plan: Option<String>) -> Result<Vec<Step>, String> {
        plan::add(&Imported::open()?, plan.as_deref(), &steps)
    }

    fn mark(number: u32, state: State, text: Option<String>, plan: Option<String>) -> Result<Step, String> {
        plan::mark(&Imported::open()?, plan.as_deref(), number, state, text)
    }

    fn show(plan: Option<String>) -> Result<Vec<Step>, String> {
        plan::show(&Imported::open()?, plan.as_deref())
    }

    fn plans() -> Result<Vec<Summary>, String> {
        plan::plans(&Imported::open()?)
    }

    fn clear(plan: Option<String>) -> Result<u32, String> {
        plan::clear(&Imported::open()?, plan.as_deref())
    }
}
