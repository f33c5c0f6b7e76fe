//! The tool `loket:runner`: commands of the machine, as far as the owner listed and granted them.
//!
//! Files in reading order: [`mod@list`] what may be run, in words, [`text`] what a program wrote, cut. This file has the border to the
//! component model.

pub mod list;
pub mod text;

pub use bindings::exports::loket::runner::programs::{Ending, Outcome};
pub use bindings::loket::run::commands as wit;
pub use bindings::loket::types::types::Error;

/// What the tool's world looks like in Rust.
#[allow(missing_docs, unsafe_code, unreachable_pub, unused, clippy::all, reason = "generated from the WIT")]
mod bindings {
    use super::Runner;
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/run", "wit"],
        world: "loket:runner/runner",
        generate_all,
    });
    #[cfg(target_family = "wasm")]
    export!(Runner with_types_in self);
}

/// The component.
#[derive(Debug)]
pub struct Runner;

impl bindings::exports::loket::runner::programs::Guest for Runner {
    fn list() -> Result<String, Error> {
        Ok(list::in_words(&wit::offered()?))
    }

    fn run(
        program: String,
        arguments: Vec<String>,
        folder: Option<String>,
        input: Option<String>,
        seconds: Option<u32>,
        max_chars: Option<u32>,
    ) -> Result<Outcome, Error> {
        let most = text::most(max_chars)?;
        let request = wit::Request { command: program, arguments, input, folder, seconds };
        let wit::Outcome { ending, stdout, stderr } = wit::run(&request)?;
        let ending = match ending {
            wit::Ending::Exited(code) => Ending::Exited(code),
            wit::Ending::Signalled(signal) => Ending::Signalled(signal),
            wit::Ending::TimedOut => Ending::TimedOut,
        };
        Ok(Outcome { ending, stdout: text::cut(&stdout, most), stderr: text::cut(&stderr, most) })
    }
}
