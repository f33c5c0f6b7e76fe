//! What scanners share. All of it works on hostile bytes: nothing panics, and every walk has a bound.
//!
//! Files in reading order: [`subject`] what is under inspection, [`known`] what the owner knows of it, [`finding`] what a scanner answers, [`wasm`] the bytes taken apart,
//! [`linking`] who is linked to whom, [`graph`] what can be reached from where, [`power`] what an interface gives, [`text`] looking at text and numbers; `glue` is the border to
//! the contract. [`scanner!`] makes a component of a function.

pub mod finding;
#[cfg(target_family = "wasm")]
pub mod glue;
pub mod graph;
pub mod known;
pub mod linking;
pub mod power;
pub mod subject;
pub mod text;
pub mod wasm;

pub use finding::{Evidence, Finding, Severity};
pub use subject::Subject;
pub use wasm::Wasm;

/// Makes a scanner of `fn(&Subject) -> Vec<Finding>`. `with replaced` has it shown the component that the subject would replace, too;
/// `with known` its signature, and whom to ask about what it is made of.
#[macro_export]
macro_rules! scanner {
    ($inspect:path) => {
        $crate::scanner!(@ $inspect, $crate::glue::add_nothing);
    };
    ($inspect:path, with replaced) => {
        $crate::scanner!(@ $inspect, $crate::glue::add_replaced);
    };
    ($inspect:path, with known) => {
        $crate::scanner!(@ $inspect, $crate::glue::add_known);
    };
    (@ $inspect:path, $add:path) => {
        #[cfg(target_family = "wasm")]
        #[allow(missing_docs, unsafe_code, unreachable_pub, clippy::all, reason = "generated from the contract")]
        mod component {
            struct Scanner;

            impl $crate::glue::Guest for Scanner {
                fn inspect() -> Vec<$crate::glue::Finding> {
                    $crate::glue::run($inspect, $add)
                }
            }

            $crate::glue::bindings::export_scanner!(Scanner with_types_in $crate::glue::bindings);
        }
    };
}
