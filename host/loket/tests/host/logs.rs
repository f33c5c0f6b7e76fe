//! What the program itself notes: for people, for programs, for the journal.

use crate::house::lay_out;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

/// What a service notes that cannot start, because its settings let others in.
fn noted(log: &Path, prepare: impl FnOnce(&mut Command) -> &mut Command) -> String {
    let home = tempfile::tempdir().expect("a temporary folder");
    lay_out(home.path(), "listen = \"0.0.0.0:1987\"\n");
    let mut command = Command::new(env!("CARGO_BIN_EXE_loket"));
    command.arg("--home").arg(home.path()).arg("serve").env_remove("LOKET_LOG_FORMAT").env_remove("JOURNAL_STREAM");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::options().append(true).open(log).expect("a log"));
    prepare(&mut command);
    assert_eq!(command.status().expect("the program runs").code(), Some(1));
    let noted = fs::read_to_string(log).expect("a log");
    fs::write(log, "").expect("it can be emptied");
    noted
}

#[test]
#[cfg(unix)]
fn stderr_that_is_the_journals_gets_priorities_and_any_other_gets_words() {
    use std::os::unix::fs::MetadataExt;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("log");
    let about = File::create(&log).and_then(|file| file.metadata()).expect("a file");
    let stream = format!("{}:{}", about.dev(), about.ino());
    let text = noted(&log, |command| command.env("JOURNAL_STREAM", &stream));
    assert!(text.starts_with("<3>") && text.contains("0.0.0.0:1987") && text.contains("hint"), "{text}");
    assert!(text.lines().all(|line| line.starts_with("<3>")), "{text}");
    // Inherited from a service whose stderr is another.
    let other = format!("{}:{}", about.dev(), about.ino() + 1);
    let text = noted(&log, |command| command.env("JOURNAL_STREAM", &other));
    assert!(text.starts_with("error: `listen`"), "{text}");
    // The owner's word is the last.
    let text = noted(&log, |command| command.env("JOURNAL_STREAM", &stream).args(["--log-format", "text"]));
    assert!(text.starts_with("error: `listen`"), "{text}");
}

#[test]
fn a_service_that_cannot_start_says_so_in_the_form_that_was_chosen() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("log");
    File::create(&log).expect("a file");
    for is_option in [true, false] {
        let text = noted(&log, |command| match is_option {
            true => command.args(["--log-format", "json"]),
            false => command.env("LOKET_LOG_FORMAT", "json"),
        });
        let note: serde_json::Value = serde_json::from_str(&text).expect("one object");
        assert_eq!((&note["level"], &note["fields"]["code"]), (&"error".into(), &"invalid".into()), "{note}");
        assert!(note["message"].as_str().is_some_and(|message| message.contains("0.0.0.0:1987")), "{note}");
        assert!(note["fields"]["hint"].as_str().is_some_and(|hint| hint.contains("127.0.0.1")), "{note}");
    }
}
