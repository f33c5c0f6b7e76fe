//! `loket new`: a project that works, to change from there.

use super::Workshop;
use super::failure::Outcome;
use super::screen::{BOLD, Screen};
use crate::desk::Problem;
use crate::workshop::NewRequest;
use anstyle::Style;
use clap::ValueEnum;

/// Write a small project that works, in a new folder: a tool, an agent, and so on
///
/// It is code in the language that you choose, with a test, and builds with `loket build`. Nothing of Loket's is linked into it: what it
/// offers and asks for is said in its `wit/`, and the doc comments there are what a language model reads.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket new tool greeter                     in Rust
  loket new tool greeter --lang js
  loket new agent scout --lang python
  loket new command shout --lang c --namespace acme
and then:
  cd greeter
  loket build                                makes build/greeter.wasm
  loket dev                                  runs it, and again on each save")]
pub(crate) struct NewArgs {
    /// What it is to be
    role: Role,
    /// Its name, and that of the folder: small letters and digits, words joined by `-`
    name: String,
    /// The language
    #[arg(long, value_name = "LANGUAGE", default_value = "rust")]
    lang: Language,
    /// The first part of the package's name
    #[arg(long, value_name = "NAMESPACE", default_value = "local")]
    namespace: String,
}

/// What a component can be.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Role {
    /// Functions that models, people and other components call
    Tool,
    /// Handles events, and remembers
    Agent,
    /// Looks at packages before they may run
    Scanner,
    /// Carries messages to people
    Channel,
    /// A slash command
    Command,
    /// What agents think with
    Model,
    /// Answers HTTP requests
    App,
}

/// What it can be written in.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Language {
    /// Rust, with cargo
    Rust,
    /// JavaScript, with Node and componentize-js
    Js,
    /// Python, with componentize-py
    Python,
    /// C, with clang
    C,
}

fn word(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// Write it, and say what to type next.
pub(crate) fn run(args: &NewArgs, workshop: Workshop, screen: &mut Screen) -> Outcome {
    let parent = std::env::current_dir().map_err(|error| {
        Problem::failed(format!("the current folder is not there: {error}")).hint("go to another one")
    })?;
    let request = NewRequest {
        role: word(&args.role),
        language: word(&args.lang),
        namespace: args.namespace.clone(),
        name: args.name.clone(),
        parent,
    };
    let made = (workshop.new)(&request)?;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(made)?)?);
    }
    let package = format!("{}  ", made.package);
    screen.parts(&[(Style::new(), "wrote  "), (BOLD, &package), (Style::new(), &format!("into `{}/`", args.name))])?;
    screen.text(&format!("next:\n  cd {}\n  loket build\n  {}\n  loket dev", args.name, made.test))?;
    Ok(())
}
