//! Chat in its ways, and an agent's memories.

use super::{run, run_watched};
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
];

#[tokio::test]
async fn a_brain_answers_and_an_err_is_an_error() {
    for (name, line) in BRAIN {
        let line = [&["brain", "assistant"] as &[&str], line].concat();
        let shown = run(&line, "").await;
        insta::assert_snapshot!(format!("brain-{name}"), shown.transcript());
        let json = run(&[&line as &[&str], &["--json"]].concat(), "").await;
        serde_json::from_str::<Json>(&json.printed).unwrap_or_else(|error| panic!("{name}: {error}\n{}", json.printed));
        assert!(*name == "show-none" || shown.code == json.code, "{name}");
    }
}
