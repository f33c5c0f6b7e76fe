//! The program at a terminal: a person types, sees what is printed, and is asked in place.

use crate::process::{LOKET, home, says};
use rexpect::session::{PtySession, spawn_command};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// How long something may take to be seen, in milliseconds: a start on a busy machine.
const SEEN: u64 = 120_000;

/// The prompt of the line editor, drawn anew: what was typed is echoed behind it.
const PROMPT: &str = "> ";

/// Where an answer is wanted.
const QUESTION: &str = "[y/n/c/a/x/e/?] ";

fn at_a_terminal(home: &Path, arguments: &[&str]) -> PtySession {
    let mut command = Command::new(LOKET);
    command.env("TERM", "xterm").env("NO_COLOR", "1").env("COLUMNS", "120");
    command.arg("--home").arg(home).args(arguments);
    spawn_command(command, Some(SEEN)).expect("it starts")
}

/// A home whose assistant must ask for the echo.
fn home_that_asks() -> TempDir {
    let home = home();
    says(home.path(), &["grant", "assistant", "test:echo", "--ask"]);
    home
}

/// Waits until this is seen; answers with all that was before it.
#[track_caller]
fn sees(terminal: &mut PtySession, words: &str) -> String {
    terminal.exp_string(words).unwrap_or_else(|error| panic!("`{words}` is not seen: {error}"))
}

#[track_caller]
fn types(terminal: &mut PtySession, line: &str) {
    terminal.send_line(line).expect("it can be typed");
}

#[test]
fn what_waits_is_asked_in_place_and_each_answer_does_what_it_says() {
    let home = home_that_asks();
    let mut terminal = at_a_terminal(home.path(), &["chat", "assistant"]);
    let begun = sees(&mut terminal, PROMPT);
    assert!(begun.contains("talking to `assistant`"), "{begun}");

    types(&mut terminal, "/echo_echo first");
    let shown = sees(&mut terminal, QUESTION);
    assert!(shown.contains("test:echo") && shown.contains("text: \"first\""), "{shown}");
    types(&mut terminal, "?");
    let help = sees(&mut terminal, QUESTION);
    assert!(help.contains("yes, in this conversation") && help.contains("text: \"first\""), "{help}");
    types(&mut terminal, "e");
    sees(&mut terminal, "as JSON: ");
    types(&mut terminal, "{\"text\": \"second\"}");
    sees(&mut terminal, "changed-by-owner");
    sees(&mut terminal, PROMPT);

    types(&mut terminal, "/echo_echo third");
    sees(&mut terminal, QUESTION);
    types(&mut terminal, "n");
    let refused = sees(&mut terminal, PROMPT);
    assert!(refused.contains("denied") || refused.contains("refused"), "{refused}");

    types(&mut terminal, "/echo_echo fourth");
    sees(&mut terminal, QUESTION);
    types(&mut terminal, "c");
    sees(&mut terminal, PROMPT);
    types(&mut terminal, "/echo_echo fifth");
    let unasked = sees(&mut terminal, PROMPT);
    assert!(unasked.contains("fifth") && !unasked.contains(QUESTION), "the conversation has its yes: {unasked}");

    terminal.send_control('d').expect("it can be typed");
    sees(&mut terminal, "go on with: loket chat assistant --conversation ");
    terminal.exp_eof().expect("it ends");
    says(home.path(), &["ledger", "--verify"]);
}

#[test]
fn ctrl_c_at_a_question_stops_the_turn_and_nothing_is_called() {
    let home = home_that_asks();
    let mut terminal = at_a_terminal(home.path(), &["chat", "assistant"]);
    sees(&mut terminal, PROMPT);
    types(&mut terminal, "/echo_echo hello");
    sees(&mut terminal, QUESTION);
    terminal.send_control('c').expect("it can be typed");
    sees(&mut terminal, "· stopped");
    sees(&mut terminal, PROMPT);
    types(&mut terminal, "/quit");
    terminal.exp_eof().expect("it ends");
    let ledger = says(home.path(), &["--json", "ledger", "--limit", "1000"]);
    let outcome = ledger.lines().any(|line| line.contains("test:echo") && line.contains("\"outcome\""));
    assert!(!outcome, "{ledger}");
}

#[test]
fn a_slash_command_is_completed_where_it_is_typed() {
    let home = home();
    let mut terminal = at_a_terminal(home.path(), &["chat", "assistant"]);
    sees(&mut terminal, PROMPT);
    terminal.send("/rem\t").and_then(|_| terminal.flush()).expect("it can be typed");
    sees(&mut terminal, "/remember");
    types(&mut terminal, " the key is under the mat");
    sees(&mut terminal, PROMPT);
    types(&mut terminal, "/recall mat");
    sees(&mut terminal, "the key is under the mat");
    sees(&mut terminal, PROMPT);
    terminal.send_control('d').expect("it can be typed");
    terminal.exp_eof().expect("it ends");
}
