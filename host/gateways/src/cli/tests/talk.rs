//! Chat in its ways, and an agent's memories.

use super::{run, run_asked, run_watched};
use serde_json::Value as Json;

#[tokio::test]
async fn one_message_has_one_answer() {
    insta::assert_snapshot!("chat-once", run(&["chat", "assistant", "hello", "there"], "").await.transcript());
    let bare = run(&["chat", "hello there"], "").await;
    assert!(bare.printed.starts_with("you said `hello there`\n"), "{}", bare.printed);
}

#[tokio::test]
async fn who_watches_is_told_what_happens() {
    insta::assert_snapshot!("chat-watched", run_watched(&["chat", "assistant", "hello"]).await.transcript());
}

#[tokio::test]
async fn the_answer_is_printed_once_whatever_part_of_it_was_streamed() {
    for agent in ["assistant", "cut", "quiet"] {
        let run = run(&["chat", agent, "hello"], "").await;
        assert!(run.printed.starts_with("you said `hello`\n· memory 2026-11-23 “"), "{agent}: {}", run.printed);
    }
    let other = run(&["chat", "other", "hello"], "").await;
    assert!(other.printed.starts_with("something else\nyou said `hello`\n·"), "{}", other.printed);
}

#[tokio::test]
async fn each_piped_line_is_a_message_of_one_conversation() {
    let run = run(&["chat", "--json"], "one\n\n  two \r\nthree").await;
    assert_eq!(run.code, 0, "{}", run.errors);
    let replies: Vec<(String, String)> = run
        .printed
        .lines()
        .map(|line| serde_json::from_str::<Json>(line).expect("JSON"))
        .filter(|line| line["event"] == "reply")
        .map(|line| (line["text"].to_string(), line["conversation"].to_string()))
        .collect();
    let expect = [("one", "C1"), ("two", "C1+"), ("three", "C1++")];
    let expect: Vec<_> =
        expect.iter().map(|(text, id)| (format!("\"you said `{text}`\""), format!("\"{id}\""))).collect();
    assert_eq!(replies, expect);
}

#[tokio::test]
async fn a_file_goes_along_with_the_first_message_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("notes.md");
    std::fs::write(&file, "due in May").expect("written");
    let run = run(&["chat", "quiet", "--file", file.to_str().expect("a plain path")], "one\ntwo").await;
    let said: Vec<_> = run.printed.lines().filter(|line| line.starts_with("you said")).collect();
    assert_eq!(said, ["you said `one` and `notes.md`: due in May", "you said `two`"], "{}", run.errors);
}

#[tokio::test]
async fn a_file_waits_while_commands_are_given_and_what_never_went_along_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("notes.md");
    std::fs::write(&file, "due in May").expect("written");
    let file = file.to_str().expect("a plain path");
    let said = |printed: &str| -> Vec<String> {
        printed.lines().filter(|line| line.starts_with("you said")).map(str::to_owned).collect()
    };
    let both = run(&["chat", "quiet", "--file", file], "/help\none\ntwo").await;
    let expect = ["you said `/help`", "you said `one` and `notes.md`: due in May", "you said `two`"];
    assert_eq!((both.code, said(&both.printed)), (0, expect.map(str::to_owned).to_vec()), "{}", both.errors);
    assert!(both.printed.contains("`notes.md` goes along with what you say next"), "{}", both.printed);
    let commands = run(&["chat", "quiet", "--file", file], "/help").await;
    assert_eq!(commands.code, 2, "{}", commands.printed);
    assert!(commands.errors.contains("`notes.md` did not go along"), "{}", commands.errors);
}

#[tokio::test]
async fn what_is_no_text_no_file_or_too_long_does_not_go_along() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("photo"), [0xff, 0xfe]).expect("written");
    std::fs::write(path("long"), "a".repeat(256 * 1024 + 1)).expect("written");
    for (name, why) in
        [("photo", "it is not text"), ("long", "it is longer"), (".", "it is no file"), ("none", "No such")]
    {
        let file = path(name);
        let run = run(&["chat", "quiet", "hello", "--file", file.to_str().expect("a plain path")], "").await;
        assert!(run.code != 0 && run.errors.contains("cannot go along") && run.errors.contains(why), "{}", run.errors);
        assert!(run.printed.is_empty(), "{}", run.printed);
    }
}

#[tokio::test]
async fn every_event_is_a_line_for_programs() {
    insta::assert_snapshot!("chat-json", run(&["chat", "--json", "assistant", "hello"], "").await.transcript());
}

#[tokio::test]
async fn a_turn_that_fails_ends_a_pipe_with_its_code() {
    insta::assert_snapshot!("chat-refused", run(&["chat", "refused"], "one\ntwo\n").await.transcript());
    insta::assert_snapshot!("chat-nobody", run(&["chat", "nobody", "hello"], "").await.transcript());
}

#[tokio::test]
async fn an_empty_pipe_is_wrong_usage() {
    for typed in ["", "\n \n", "/quit\n"] {
        assert_eq!(run(&["chat"], typed).await.code, 2, "{typed:?}");
    }
}

#[tokio::test]
async fn whoever_sits_at_the_terminal_is_asked_in_place_kind_by_kind() {
    let line = ["chat", "asking", "hello"];
    insta::assert_snapshot!("chat-asks", run_asked(&line, "?\nperhaps\ny\nx\n").await.transcript());
    let edited = run_asked(&line, "e\nn\ne\n{\"to\": \"ann\"}\n").await.printed;
    assert!(edited.contains("several calls have no arguments in common"), "{edited}");
    assert!(edited.contains("now: {\"to\":\"x\"") && edited.contains("· approved, once"), "{edited}");
    let steers = |c: char| c.is_control() && c != '\n';
    assert!(!edited.contains(steers), "{edited}");
}

#[tokio::test]
async fn who_says_nothing_leaves_it_waiting_and_a_pipe_is_not_asked() {
    let silent = run_asked(&["chat", "asking", "hello"], "").await;
    assert!(silent.code == 0 && !silent.printed.contains("approved"), "{}", silent.transcript());
    let piped = run(&["chat", "asking", "hello"], "y\n").await;
    assert!(!piped.printed.contains("[y/n/c/a/x/e/?]"), "{}", piped.printed);
    let json = run(&["chat", "--json", "asking", "hello"], "").await.printed;
    let asks = json.lines().filter(|line| line.starts_with("{\"event\":\"ask\"")).count();
    assert_eq!(asks, 3, "programs get each as an event: {json}");
}

/// What a brain can be asked.
const BRAIN: &[(&str, &[&str])] = &[
    ("recall", &["recall", "when", "is", "tea"]),
    ("list", &["list"]),
    ("show", &["show", "01JOLD"]),
    ("show-none", &["show", "none"]),
    ("remember", &["remember", "tea is at five", "--kind", "skill"]),
    ("remember-invalid", &["remember", ""]),
    ("correct", &["correct", "01JOLD", "--wrong", "five", "--right", "six"]),
    ("correct-unknown", &["correct", "none", "--wrong", "five", "--right", "six"]),
    ("forget-refused", &["forget", "01JOLD"]),
    (
        "recall-narrow",
        &[
            "search",
            "tea",
            "--since",
            "2026-11-23T00:00:00Z",
            "--until",
            "2026-11-24T00:00:00Z",
            "--tag",
            "garden",
            "--without",
            "untrusted",
            "--around",
            "1",
        ],
    ),
    ("recall-nothing", &["recall", "nothing"]),
    ("edit", &["edit", "01JOLD", "--text", "tea is at six", "--tag", "garden", "--tag", "plants"]),
    ("pin", &["pin", "01JOLD"]),
    ("pin-none", &["pin", "none"]),
    ("unpin", &["unpin", "01JOLD"]),
    ("usage", &["usage"]),
    ("snapshot", &["snapshot", "before"]),
    ("snapshot-taken", &["snapshot", "taken"]),
    ("snapshots", &["snapshots"]),
    ("drop-snapshot", &["drop-snapshot", "before"]),
    ("diff", &["diff", "before", "--limit", "3"]),
    ("diff-none", &["diff", "before", "after", "--after", "01JC"]),
    ("revert", &["revert", "before"]),
    ("fork", &["fork", "scout"]),
    ("fork-misnamed", &["fork", "Scout"]),
    ("dream", &["dream"]),
    ("dream-dry", &["dream", "--dry-run"]),
    ("journal", &["journal"]),
    ("undo", &["undo", "3"]),
    ("forget", &["forget", "01JDC5Z7E0AAAAAAAAAAAAAAAA"]),
    ("forget-none", &["forget", "none"]),
    ("forget-echoes", &["forget", "01JDC5Z7E0AAAAAAAAAAAAAAAA", "--echoes"]),
    ("forget-traces", &["forget", "01JDC5Z7E0AAAAAAAAAAAAAAAA", "--snapshots"]),
    ("purge", &["purge"]),
];

#[tokio::test]
async fn a_brain_answers_and_an_err_is_an_error() {
    for (name, line) in BRAIN {
        let line = [&["brain", "assistant"] as &[&str], line].concat();
        let shown = run(&line, "").await;
        insta::assert_snapshot!(format!("brain-{name}"), shown.transcript());
        let steers = |c: char| c.is_control() && c != '\n';
        assert!(!shown.printed.contains(steers) && !shown.errors.contains(steers), "{name}: {}", shown.transcript());
        let wide: Vec<_> = shown.printed.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(wide.is_empty(), "{name}: {wide:#?}");
        let json = run(&[&line as &[&str], &["--json"]].concat(), "").await;
        let document = if json.printed.is_empty() { &json.errors } else { &json.printed };
        serde_json::from_str::<Json>(document).unwrap_or_else(|error| panic!("{name}: {error}\n{document}"));
        assert!(*name == "show-none" || shown.code == json.code, "{name}");
    }
}

#[tokio::test]
async fn an_edit_changes_something() {
    for line in
        [&["edit", "01JOLD"] as &[&str], &["edit", "01JOLD", "--no-tags", "--tag", "tea"], &["edit", "--text", "tea"]]
    {
        assert_eq!(run(&[&["brain", "assistant"], line].concat(), "").await.code, 2, "{line:?}");
    }
}

#[tokio::test]
async fn times_that_nobody_can_read_are_wrong_usage() {
    for line in [["--since", "soon"], ["--until", "2026-13-01"], ["--around", "4"], ["--without", "secret"]] {
        let line = [&["brain", "assistant", "recall", "tea"] as &[&str], &line].concat();
        assert_eq!(run(&line, "").await.code, 2, "{line:?}");
    }
}

#[tokio::test]
async fn an_export_is_lines_on_standard_output_whole_in_a_file_and_takes_nobodys_place() {
    let out = run(&["brain", "assistant", "export"], "").await;
    let texts: Vec<Json> = out.printed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((texts[0]["text"].as_str(), texts[1]["text"].as_str()), (Some("tea\x1b[2J"), Some("kettle \u{202e}")));
    assert!(!out.printed.contains(['\x1b', '\u{202e}']), "nothing steers a terminal");

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("memories.jsonl");
    let line = ["brain", "assistant", "export", file.to_str().expect("UTF-8")];
    assert_eq!(run(&line, "").await.code, 0);
    assert_eq!(std::fs::read_to_string(&file).expect("it reads").lines().count(), 2);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&file).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let again = run(&line, "").await;
    assert!(again.code == 1 && again.errors.contains("--replace"), "{}", again.transcript());
    assert_eq!(run(&[&line[..], &["--replace"]].concat(), "").await.code, 0);
    assert_eq!(std::fs::read_dir(folder.path()).expect("it reads").count(), 1, "nothing else is left");
}

#[tokio::test]
async fn an_import_goes_in_pieces_and_tells_the_line_that_is_wrong() {
    let lines = "{\"text\":\"tea\"}\n".repeat(2_500);
    let line = ["brain", "assistant", "import", "-"];
    let done = run(&line, &lines).await;
    insta::assert_snapshot!("brain-import", done.transcript());
    let json: Json =
        serde_json::from_str(&run(&[&line[..], &["--json"]].concat(), &lines).await.printed).expect("JSON");
    assert_eq!(json, serde_json::json!({ "added": 2500, "merged": 3, "skipped": 0 }));
    let wrong = run(&line, &format!("{}\n\nwrong\n", &lines[..15 * 1000])).await;
    insta::assert_snapshot!("brain-import-wrong", wrong.transcript());
    assert_eq!(run(&["brain", "assistant", "import", "/no/such/file"], "").await.code, 1);
}
