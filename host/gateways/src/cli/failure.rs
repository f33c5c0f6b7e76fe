//! Errors as people meet them, and the exit code that goes with each.
//!
//! ```text
//! error: agent `scout` cannot be admitted
//!   it imports `wasi:http/outgoing-handler@0.2.6`, and its grants do not name it
//! hint: loket grant scout acme:web/client
//! ```
//!
//! For programs the same is one line of JSON: `{"error": {"code": …, "message": …, "hint": …}}`.

use super::plain::{plain, plain_json};
use super::screen::BOLD;
use crate::desk::Problem;
use anstyle::{AnsiColor, Style};
use std::io::{self, Write};

/// It was tried and did not succeed.
pub(crate) const FAILED: u8 = 1;
/// The command line makes no sense.
pub(crate) const USAGE: u8 = 2;
/// The grants say no, or not without the owner's yes.
pub(crate) const REFUSED: u8 = 3;
/// Ctrl-C, by the convention of shells.
pub(crate) const INTERRUPTED: u8 = 130;

const ERROR: Style = AnsiColor::Red.on_default().bold();

/// Why a command ends without success.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The host, or the way to it, has a problem.
    Problem(Problem),
    /// The command line makes no sense, seen after it was parsed.
    Usage(Problem),
    /// The command did its work, and what it found is not good; that has been printed.
    Found,
    /// What was looked at would not be let in; that has been printed.
    Blocked,
    /// Whoever read the output went away: `loket ledger | head` is no error.
    Closed,
    /// Ctrl-C.
    Interrupted,
}

/// What a command comes to.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// What was typed makes no sense, and what would.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage(Problem::invalid(message).hint(hint))
    }

    /// The process's exit code.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Problem(problem) if matches!(problem.code.as_str(), "denied" | "needs-approval") => REFUSED,
            Self::Blocked => REFUSED,
            Self::Problem(_) | Self::Found => FAILED,
            Self::Usage(_) => USAGE,
            Self::Closed => 0,
            Self::Interrupted => INTERRUPTED,
        }
    }

    /// Say it, for people or for programs.
    pub(crate) fn tell(&self, json: bool, err: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Problem(problem) | Self::Usage(problem) if json => tell_json(problem, err),
            Self::Problem(problem) | Self::Usage(problem) => tell(problem, err),
            Self::Found | Self::Blocked | Self::Closed | Self::Interrupted => Ok(()),
        }
    }
}

/// `error: …`, details indented by two spaces, `hint: …`.
fn tell(problem: &Problem, err: &mut dyn Write) -> io::Result<()> {
    let message = plain(&problem.message);
    let mut lines = message.lines().map(str::trim).filter(|line| !line.is_empty());
    writeln!(err, "{ERROR}error:{ERROR:#} {}", lines.next().unwrap_or("(no reason was given)"))?;
    for line in lines {
        writeln!(err, "  {line}")?;
    }
    let hint = problem.hint.as_deref().map(plain).unwrap_or_default();
    for (index, line) in hint.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
        match index {
            0 => writeln!(err, "{BOLD}hint:{BOLD:#} {line}")?,
            _ => writeln!(err, "  {line}")?,
        }
    }
    err.flush()
}

fn tell_json(problem: &Problem, err: &mut dyn Write) -> io::Result<()> {
    let document = serde_json::json!({ "error": problem });
    writeln!(err, "{}", plain_json(&document.to_string()))?;
    err.flush()
}

/// A command line that cannot be taken apart.
impl From<clap::Error> for Failure {
    fn from(error: clap::Error) -> Self {
        let text = error.to_string();
        let what = text.split("\n\nUsage:").next().unwrap_or_default().trim_start_matches("error: ").trim();
        Self::usage(what, "add `--help` to see what can be typed")
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Problem(Problem::failed(format!("the output cannot be written: {error}"))),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        let problem = Problem::failed(format!("the host answered in a shape that is not known here: {error}"));
        Self::Problem(problem.hint("the service may be of another version; stop it and start it again with this one"))
    }
}

#[cfg(test)]
mod tests {
    use super::{FAILED, Failure, Problem, REFUSED, USAGE};

    #[track_caller]
    fn said(failure: &Failure) -> String {
        let mut bytes = anstream::StripStream::new(Vec::new());
        failure.tell(false, &mut bytes).expect("a buffer");
        String::from_utf8(bytes.into_inner()).expect("UTF-8")
    }

    #[test]
    fn an_error_has_details_and_a_hint() {
        let problem = Problem::denied(
            "agent `scout` cannot be admitted\nit imports `wasi:http/outgoing-handler@0.2.6`, and its grants do not name it",
        );
        let failure = Failure::from(problem.hint("loket grant scout acme:web/client"));
        insta::assert_snapshot!(said(&failure), @r"
        error: agent `scout` cannot be admitted
          it imports `wasi:http/outgoing-handler@0.2.6`, and its grants do not name it
        hint: loket grant scout acme:web/client
        ");
    }

    #[test]
    fn a_hostile_message_stays_a_message() {
        let problem = Problem::failed("gone\x1b[2J\n\x1b[1Aerror: all is well\r").hint("look\x07");
        insta::assert_snapshot!(said(&problem.into()), @r"
        error: gone␛[2J
          ␛[1Aerror: all is well␍
        hint: look␇
        ");
    }

    #[test]
    fn for_programs_it_is_one_line_of_json() {
        let mut bytes = Vec::new();
        let problem = Problem::denied("no\nit is \x1b[2J").hint("loket grants");
        Failure::from(problem).tell(true, &mut bytes).expect("a buffer");
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert!(text.ends_with('\n') && text.lines().count() == 1 && !text.contains('\x1b'), "{text}");
        let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let expect = serde_json::json!({ "code": "denied", "message": "no\nit is \x1b[2J", "hint": "loket grants" });
        assert_eq!(document, serde_json::json!({ "error": expect }));
    }

    #[test]
    fn nothing_to_say_is_said_as_well() {
        insta::assert_snapshot!(said(&Problem::failed("").into()), @"error: (no reason was given)");
    }

    #[test]
    fn a_code_for_each_kind_of_failure() {
        for (name, expect) in [
            ("denied", REFUSED),
            ("needs-approval", REFUSED),
            ("invalid", FAILED),
            ("not-found", FAILED),
            ("failed", FAILED),
        ] {
            assert_eq!(Failure::from(Problem::new(name, "no")).code(), expect, "{name}");
        }
        assert_eq!(Failure::usage("no", "yes").code(), USAGE);
        assert_eq!(Failure::Closed.code(), 0);
    }
}
