//! How notes look: for people, for programs, or for the system's journal.

use clap::ValueEnum;
use tracing::Level;

/// What the owner may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogForm {
    /// A line for people
    Text,
    /// An object of JSON a line: time, level, target, message, fields
    Json,
    /// A line that begins with its priority in angle brackets, as systemd's journal reads it
    Journal,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Json,
    Journal,
}

impl Form {
    /// The form that was chosen; else the journal's where its end is what stderr is, else text.
    pub(super) fn of(named: Option<LogForm>) -> Form {
        match named {
            Some(LogForm::Text) => Form::Text,
            Some(LogForm::Json) => Form::Json,
            Some(LogForm::Journal) => Form::Journal,
            None if std::env::var("JOURNAL_STREAM").is_ok_and(|stream| stderr_is(&stream)) => Form::Journal,
            None => Form::Text,
        }
    }
}

/// Whether stderr is the stream that the journal opened: `JOURNAL_STREAM` names it by device and inode, and is inherited also
/// by programs whose stderr goes elsewhere.
#[cfg(unix)]
fn stderr_is(stream: &str) -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;
    let stderr = std::io::stderr().as_fd().try_clone_to_owned();
    let about = stderr.and_then(|stderr| std::fs::File::from(stderr).metadata());
    about.is_ok_and(|about| names(stream, about.dev(), about.ino()))
}

#[cfg(not(unix))]
fn stderr_is(_: &str) -> bool {
    false
}

#[cfg(unix)]
fn names(stream: &str, device: u64, inode: u64) -> bool {
    let number = |text: &str| text.parse::<u64>().ok();
    stream.split_once(':').is_some_and(|(d, i)| number(d) == Some(device) && number(i) == Some(inode))
}

/// The priority of a level, as syslog counts them.
pub(super) fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        _ => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn the_journals_stream_is_known_by_device_and_inode() {
        assert!(names("8:1034", 8, 1034));
        for other in ["8:1035", "9:1034", "8", "", ":", "8:1034:1", "x:y", "8: 1034", "-8:1034"] {
            assert!(!names(other, 8, 1034), "{other}");
        }
    }

    #[test]
    fn what_is_chosen_is_done() {
        assert_eq!(Form::of(Some(LogForm::Json)), Form::Json);
        assert_eq!(Form::of(Some(LogForm::Text)), Form::Text);
        assert_eq!(Form::of(Some(LogForm::Journal)), Form::Journal);
    }
}
