//! The test binary as its own child, killed at a given moment.
//!
//! The child is an ordinary `#[test]` that returns at once unless [`is_child`]; the parent starts the same binary with only that
//! test, and kills it without warning. What the child acknowledged before that is what must be found afterwards.
//!
//! ```no_run
//! use loket_testkit::kill::{self, After};
//! use std::{ffi::OsStr, time::Duration};
//!
//! # fn store(_: u32) {}
//! // #[test]
//! fn writer() {
//!     if !kill::is_child() {
//!         return;
//!     }
//!     kill::ready();
//!     for n in 0.. {
//!         store(n); // durable from here
//!         kill::acknowledge(n);
//!     }
//! }
//!
//! // #[test]
//! fn acknowledged_is_never_lost() {
//!     let acknowledged = kill::run("writer", &[("FILE", OsStr::new("some.redb"))], After::Ready(Duration::from_millis(20)));
//! }
//! ```

use std::ffi::OsStr;
use std::fmt::Display;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

const CHILD: &str = "LOKET_TESTKIT_CHILD";
const READY: &str = "ready";
const ACKNOWLEDGED: &str = "ack ";

/// When to kill.
#[derive(Debug, Clone, Copy)]
pub enum After {
    /// So long after the process was started: also while it opens its file.
    Start(Duration),
    /// So long after it called [`ready`].
    Ready(Duration),
}

/// Whether this process is the child.
pub fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// The child says that it begins its work.
pub fn ready() {
    say(READY);
}

/// The child says that `what` is durable.
pub fn acknowledge(what: impl Display) {
    say(&format!("{ACKNOWLEDGED}{what}"));
}

/// Starts test `name` of this binary as a child with these environment variables, kills it, and returns what it acknowledged, in order.
///
/// # Panics
/// When the child cannot be started, or ended by itself: it has to work until it is killed.
#[track_caller]
pub fn run(name: &str, environment: &[(&str, &OsStr)], after: After) -> Vec<String> {
    let binary = std::env::current_exe().expect("the test binary's path");
    let mut child = Command::new(binary)
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the test binary starts");
    let stdout = child.stdout.take().expect("stdout is piped");
    let (begun, has_begun) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut acknowledged = Vec::new();
        let mut stdout = BufReader::new(stdout);
        let mut line = Vec::new();
        // A line without its end was not acknowledged: the kill came while it was written.
        while matches!(stdout.read_until(b'\n', &mut line), Ok(1..)) && line.pop() == Some(b'\n') {
            let text = String::from_utf8_lossy(&line);
            if text == READY {
                let _ = begun.send(());
            } else if let Some(what) = text.strip_prefix(ACKNOWLEDGED) {
                acknowledged.push(what.to_owned());
            }
            line.clear();
        }
        acknowledged
    });
    let delay = match after {
        After::Start(delay) => delay,
        After::Ready(delay) => {
            // An error means that the child is gone: reported below.
            let _ = has_begun.recv_timeout(Duration::from_secs(60));
            delay
        }
    };
    std::thread::sleep(delay);
    let ended = child.try_wait().expect("the child's state");
    child.kill().expect("the child can be killed");
    let output = child.wait_with_output().expect("the child's end");
    assert!(
        ended.is_none(),
        "the child ended by itself ({}): {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    reader.join().expect("the reader of the child's words")
}

/// One write per line, past the test harness's own capture; a line begins afresh whatever the harness printed before.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(format!("\n{line}\n").as_bytes()).and_then(|()| out.flush());
    if written.is_err() {
        // The parent is gone; nobody is left to work for.
        std::process::exit(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counter() {
        if is_child() {
            ready();
            for n in 0.. {
                acknowledge(n);
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }

    #[test]
    fn what_was_acknowledged_before_the_kill_arrives_in_order() {
        let heard = run("kill::tests::counter", &[], After::Ready(Duration::from_millis(30)));
        let expected: Vec<String> = (0..heard.len()).map(|n| n.to_string()).collect();
        assert!(!heard.is_empty());
        assert_eq!(heard, expected);
    }
}
