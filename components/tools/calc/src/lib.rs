//! The tool `loket:calc`: exact arithmetic on decimals.
//!
//! Files in reading order: [`token`] text into tokens, [`mod@evaluate`] tokens into a number by precedence, [`function`]
//! the named functions. This file has the border to the component model.

pub mod evaluate;
pub mod function;
pub mod token;

pub use evaluate::evaluate;

/// What the tool's world looks like in Rust.
#[allow(missing_docs, unsafe_code, unreachable_pub, unused, clippy::all, reason = "generated from the WIT")]
mod bindings {
    use super::Calc;
    wit_bindgen::generate!({ path: "wit", world: "calc" });
    #[cfg(target_family = "wasm")]
    export!(Calc with_types_in self);
}

/// The component.
#[derive(Debug)]
pub struct Calc;

impl bindings::exports::loket::calc::arithmetic::Guest for Calc {
    fn evaluate(expression: String) -> Result<String, String> {
        evaluate(&expression).map_err(|fault| fault.to_string())
    }
}
