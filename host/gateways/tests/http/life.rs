//! Beginning, discovery and end: a service is found and proves itself, and when it goes down what goes on ends.

use super::ways::running;
use axum::http::Method;
use futures::stream::StreamExt;
use loket_gateways::client::Client;
use loket_gateways::client::discover::{Announcement, make_state};
use loket_gateways::http::OwnerToken;
use loket_gateways::http::serve::LAST;
use serde_json::json;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// More than anything here takes.
const SOON: Duration = Duration::from_secs(5);

async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(SOON, what).await.expect("it ends soon")
}

#[tokio::test]
async fn going_down_ends_what_follows_the_ledger() {
    let running = running(OwnerToken::random().expect("randomness")).await;
    let mut events = running.client.events(Method::GET, "/api/v1/ledger/follow", None).await.expect("a stream");
    for seq in ["1", "2"] {
        let event = soon(events.next()).await.expect("an event").expect("a line");
        assert_eq!(event.name, "line");
        assert!(event.data.contains(&format!("\"seq\":{seq},")), "{}", event.data);
    }
    running.shutdown.cancel();
    assert_eq!(soon(events.next()).await, None, "the stream ends well, without an error");
    soon(running.served).await.expect("no panic").expect("no error");
}

#[tokio::test]
async fn going_down_cancels_a_turn_and_says_so() {
    let running = running(OwnerToken::random().expect("randomness")).await;
    let body = json!({ "agent": "a", "text": "wait" });
    let mut events = running.client.events(Method::POST, "/api/v1/chat", Some(&body)).await.expect("a stream");
    soon(running.desk.begun.notified()).await;
    running.shutdown.cancel();
    let mut last = None;
    while let Some(event) = soon(events.next()).await {
        last = Some(event.expect("an event"));
    }
    let last = last.expect("a last event");
    assert_eq!(last.name, "problem");
    assert!(last.data.contains("unavailable"), "{}", last.data);
    soon(running.desk.cancelled.notified()).await;
    soon(running.served).await.expect("no panic").expect("no error");
}

#[tokio::test]
async fn after_the_end_nobody_answers_and_the_client_says_what_to_do() {
    let running = running(OwnerToken::random().expect("randomness")).await;
    running.shutdown.cancel();
    soon(running.served).await.expect("no panic").expect("no error");
    let problem = running.client.get("/api/v1/agents").await.expect_err("nobody listens");
    assert_eq!((problem.code.as_str(), problem.hint.is_some()), ("unavailable", true));
}

#[tokio::test]
async fn a_service_that_announced_itself_is_found_until_it_takes_that_back() {
    let home = tempfile::tempdir().expect("a folder");
    assert!(Client::running(home.path()).await.expect("no problem").is_none());
    let token = OwnerToken::open(&make_state(home.path()).expect("a folder")).expect("a token");
    let running = running(token).await;
    let announcement = Announcement::write(home.path(), running.listen).expect("written");
    let client = Client::running(home.path()).await.expect("no problem").expect("a service");
    assert_eq!(client.get("/api/v1/agents").await.expect("an answer"), json!({ "items": [] }));
    announcement.remove();
    assert!(Client::running(home.path()).await.expect("no problem").is_none());
}

#[tokio::test]
async fn what_a_killed_service_left_behind_is_passed_over() {
    let home = tempfile::tempdir().expect("a folder");
    OwnerToken::open(&make_state(home.path()).expect("a folder")).expect("a token");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let kept = Announcement::write(home.path(), listener.local_addr().expect("an address")).expect("written");
    drop(listener);
    assert!(Client::running(home.path()).await.expect("no problem").is_none());
    drop(kept);
}

#[tokio::test]
async fn a_service_of_another_home_in_the_same_place_is_not_ours() {
    let home = tempfile::tempdir().expect("a folder");
    OwnerToken::open(&make_state(home.path()).expect("a folder")).expect("a token");
    let running = running(OwnerToken::random().expect("randomness")).await;
    let kept = Announcement::write(home.path(), running.listen).expect("written");
    assert!(Client::running(home.path()).await.expect("no problem").is_none());
    drop(kept);
}

#[tokio::test]
async fn a_stranger_in_the_place_of_the_service_never_sees_the_token() {
    let home = tempfile::tempdir().expect("a folder");
    OwnerToken::open(&make_state(home.path()).expect("a folder")).expect("a token");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let kept = Announcement::write(home.path(), listener.local_addr().expect("an address")).expect("written");
    let stranger = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut heard = vec![0; 4096];
        let length = stream.read(&mut heard).await.expect("a request");
        let answer = "HTTP/1.1 200 OK\r\nloket-proof: 00\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
        stream.write_all(answer.as_bytes()).await.expect("sent");
        String::from_utf8_lossy(&heard[..length]).into_owned()
    });
    assert!(Client::running(home.path()).await.expect("no problem").is_none());
    let heard = soon(stranger).await.expect("no panic");
    assert!(heard.starts_with("GET /api/v1/health "), "{heard}");
    assert!(!heard.to_ascii_lowercase().contains("authorization"), "{heard}");
    drop(kept);
}

#[cfg(unix)]
#[tokio::test]
async fn a_token_that_others_can_read_is_a_problem_and_not_an_absence() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().expect("a folder");
    let state = make_state(home.path()).expect("a folder");
    assert_eq!(std::fs::metadata(&state).expect("a folder").permissions().mode() & 0o777, 0o700);
    OwnerToken::open(&state).expect("a token");
    let kept = Announcement::write(home.path(), "127.0.0.1:1".parse().expect("an address")).expect("written");
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(OwnerToken::path(&state), open).expect("a mode");
    assert_eq!(Client::running(home.path()).await.expect_err("others can read it").code, "denied");
    drop(kept);
}

#[tokio::test]
async fn a_call_that_does_not_end_is_cut_off_after_the_grace_and_not_before() {
    // What the desk takes to drain is the grace; the last answers have a moment more.
    for grace in [0, 1500] {
        let running = running(OwnerToken::random().expect("randomness")).await;
        running.desk.draining.store(grace, Ordering::SeqCst);
        let client = running.client.clone();
        let call = tokio::spawn(async move {
            client.post("/api/v1/call", &json!({ "capability": "a:b/c", "function": "wait" })).await
        });
        soon(running.desk.begun.notified()).await;
        let begin = Instant::now();
        running.shutdown.cancel();
        running.served.await.expect("no panic").expect("no error");
        let (took, earliest) = (begin.elapsed(), Duration::from_millis(grace) + LAST);
        assert!(took >= earliest && took < earliest + Duration::from_secs(2), "{grace}: {took:?}");
        assert_eq!(call.await.expect("no panic").expect_err("cut off").code, "unavailable");
    }
}

#[tokio::test]
async fn a_head_that_comes_too_slowly_is_given_up() {
    let running = running(OwnerToken::random().expect("randomness")).await;
    let begin = Instant::now();
    let mut stream = TcpStream::connect(running.listen).await.expect("a connection");
    stream.write_all(b"GET /api/v1/health HTTP/1.1\r\nHo").await.expect("sent");
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard).await;
    assert!((9..13).contains(&begin.elapsed().as_secs()), "{:?}", begin.elapsed());
    assert_eq!(running.desk.asked(), 0);
}
