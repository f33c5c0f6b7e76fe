//! Whole commands against a fake desk: what is typed goes in, what is printed and the exit code come out.
//!
//! Files in reading order: this one runs a command, [`fake`] is the desk, [`help`] the help texts, [`hints`] what texts tell to type, `routes` where each is in the API, [`commands`] each command, `offer` the question before a first chat,
//! [`talk`] chat and brain.

mod commands;
pub(super) mod fake;
mod help;
mod hints;
mod offer;
mod routes;
mod signing;
mod talk;

use super::args::Cli;
use super::screen::Screen;
use super::session::Session;
use clap::Parser;
use fake::Fake;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

/// What a command printed.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("not poisoned").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Printed {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("not poisoned").clone()).expect("UTF-8")
    }
}

/// One run of a command.
struct Run {
    printed: String,
    errors: String,
    code: u8,
}

impl Run {
    /// All of it, as a snapshot shows it.
    fn transcript(&self) -> String {
        let Self { printed, errors, code } = self;
        format!("{printed}{}{errors}exit {code}", if errors.is_empty() { "" } else { "-- stderr\n" })
    }
}

/// Run a command as in a pipe: `loket` and what follows it, with what is piped in.
async fn run(line: &[&str], typed: &str) -> Run {
    run_on(line, typed, false).await
}

/// The same on a terminal, where somebody watches.
async fn run_watched(line: &[&str]) -> Run {
    run_on(line, "", true).await
}

/// The same, where somebody types.
async fn run_asked(line: &[&str], typed: &str) -> Run {
    run_on(line, typed, true).await
}

async fn run_on(line: &[&str], typed: &str, is_terminal: bool) -> Run {
    let cli = match Cli::try_parse_from(std::iter::once(&"loket").chain(line)) {
        Ok(cli) => cli,
        Err(error) => {
            let code = u8::try_from(error.exit_code()).expect("a small code");
            return Run { printed: String::new(), errors: error.to_string(), code };
        }
    };
    let printed = Printed::default();
    let screen = Screen::test(printed.clone(), cli.global.json, is_terminal);
    let mut session = Session::test(Arc::new(Fake), screen, typed);
    let outcome = super::act(&mut session, cli.command).await;
    let json = session.screen.is_json();
    let mut errors = anstream::StripStream::new(Vec::new());
    let code = match outcome {
        Ok(()) => 0,
        Err(failure) => {
            failure.tell(json, &mut errors).expect("a buffer");
            failure.code()
        }
    };
    let errors = String::from_utf8(errors.into_inner()).expect("UTF-8");
    Run { printed: printed.text(), errors, code }
}
