//! A server that does what it should not: each time the call ends with a word, the host goes on, and the ledger has a line.

use super::Ground;
use std::time::{Duration, Instant};

/// Limits under which a test need not wait long.
const SHORT: &str = "seconds = 3\nresult_kib = 64";

/// A call fails, with this in its words, and is written as failed; the next one, after a rest, succeeds.
#[track_caller]
fn failed(told: &Result<String, String>, words: &str) {
    let why = told.as_ref().expect_err("it fails");
    assert!(why.contains(words), "{why}");
}

async fn recovers(ground: &Ground) {
    let begun = Instant::now();
    loop {
        match ground.look("hello").await {
            Ok(text) => return assert_eq!(text, "hello"),
            Err(why) => assert!(begun.elapsed() < Duration::from_secs(30), "it must recover: {why}"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_a_hundred_megabytes_is_not_kept() {
    let ground = Ground::granted("seconds = 30").await;
    failed(&ground.look("huge").await, "a line of more than");
    assert_eq!(ground.kinds("look").await, ["intent", "failed"]);
    recovers(&ground).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_too_large_for_its_limit_is_refused_and_the_connection_stays() {
    let ground = Ground::granted(SHORT).await;
    failed(&ground.look("large").await, "result_kib");
    assert_eq!(ground.look("hello").await.as_deref(), Ok("hello"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_without_an_end_and_a_flood_of_lines_end_the_connection() {
    let ground = Ground::granted("seconds = 30").await;
    failed(&ground.look("endless").await, "a line of more than");
    recovers(&ground).await;
    failed(&ground.look("flood").await, "without being asked again");
    recovers(&ground).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_answers_is_given_up_and_begun_anew() {
    let ground = Ground::granted("seconds = 1").await;
    for _ in 0..3 {
        failed(&ground.look("silent").await, "did not answer within 1 s");
    }
    recovers(&ground).await;
    assert!(ground.kinds("look").await.iter().filter(|kind| *kind == "failed").count() >= 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_is_passed_over() {
    let ground = Ground::granted(SHORT).await;
    assert_eq!(ground.look("garbage").await.as_deref(), Ok("after garbage"));
    assert_eq!(ground.look("hello").await.as_deref(), Ok("hello"));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_to_what_was_not_asked_are_passed_over() {
    let ground = Ground::granted(SHORT).await;
    assert_eq!(ground.look("twice").await.as_deref(), Ok("first"));
    assert_eq!(ground.look("hello").await.as_deref(), Ok("hello"), "not what was forged before it was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_that_nobody_sees_are_written_out() {
    let ground = Ground::granted(SHORT).await;
    let text = ground.look("letters").await.expect("it answers");
    assert_eq!(text, "red \\u{1b}[31m, nothing \\u{200b}, tags \\u{e0041}, back \\u{202e}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_says_it_failed_has_failed() {
    let ground = Ground::granted(SHORT).await;
    let told = ground.ask("look", "failing").await;
    assert!(told.contains("it went wrong"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_asks_for_a_model_is_refused_in_so_many_words() {
    let ground = Ground::granted(SHORT).await;
    let told = ground.look("sampling").await.expect("it goes on");
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!((told["error"]["code"].as_i64(), &told["result"]), (Some(-1), &serde_json::Value::Null), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_words_of_a_server_that_died_are_told_without_what_steers_a_terminal() {
    let ground = Ground::granted(SHORT).await;
    let why = ground.look("errors").await.expect_err("it died");
    assert!(why.contains("it ended"), "{why}");
    let why = ground.look("hello").await.expect_err("it rests");
    assert!(why.contains("rests") && !why.contains('\u{1b}'), "{why}");
    recovers(&ground).await;
}
