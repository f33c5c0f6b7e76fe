//! Turns and their readers: a turn goes on without one, who comes back reads on, and who does not mean to stops it.

use super::stand::Stand;
use super::ways::{Running, running};
use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode, header};
use futures::stream::StreamExt;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client as Http;
use hyper_util::rt::TokioExecutor;
use loket_gateways::client::Event;
use loket_gateways::desk::ChatRequest;
use loket_gateways::http::OwnerToken;
use serde_json::{Value as Json, json};
use std::time::Duration;
use tokio::sync::Notify;

/// More than anything here takes.
const SOON: Duration = Duration::from_secs(5);

async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(SOON, what).await.expect("it ends soon")
}

/// A service with its owner's token.
async fn stand() -> (Running, OwnerToken) {
    let token = OwnerToken::random().expect("randomness");
    (running(token.clone()).await, token)
}

/// The beginning of a turn: so many events.
async fn begun(running: &Running, text: &str, count: usize) -> Vec<Event> {
    let body = json!({ "agent": "a", "conversation": "c", "text": text });
    let events = running.client.events(Method::POST, "/api/v1/chat", Some(&body)).await.expect("a stream");
    // What is dropped here is the connection.
    soon(events.take(count).map(|event| event.expect("an event")).collect()).await
}

/// What comes after an event, as the service sends it.
async fn after(running: &Running, token: &OwnerToken, last: Option<&str>) -> hyper::Response<Incoming> {
    let mut request = Request::get(format!("http://{}/api/v1/chat/events", running.listen));
    request = request.header(header::AUTHORIZATION, token.bearer());
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let http: Http<_, Full<Bytes>> = Http::builder(TokioExecutor::new()).build_http();
    soon(http.request(request.body(Full::default()).expect("a request"))).await.expect("an answer")
}

async fn text(response: hyper::Response<Incoming>) -> String {
    let body = soon(response.into_body().collect()).await.expect("a whole body").to_bytes();
    String::from_utf8(body.into()).expect("text")
}

#[tokio::test]
async fn a_turn_goes_on_without_its_reader_until_it_is_stopped() {
    let (running, _) = stand().await;
    let events = begun(&running, "wait", 3).await;
    soon(running.desk.begun.notified()).await;
    let cancelled = tokio::time::timeout(Duration::from_millis(300), running.desk.cancelled.notified()).await;
    assert!(cancelled.is_err(), "its reader is gone, and it runs");
    let (stream, _) = events[0].id.split_once('.').expect("an id");
    let stop = |stream: &str| json!({ "agent": "a", "stream": stream });
    let other = running.client.post("/api/v1/chat/stop", &stop("0123")).await.expect("it is answered");
    assert_eq!(other, json!({ "stopped": 0 }));
    let report = running.client.post("/api/v1/chat/stop", &stop(stream)).await.expect("it is answered");
    assert_eq!(report, json!({ "stopped": 1 }));
    soon(running.desk.cancelled.notified()).await;
}

#[tokio::test]
async fn who_comes_back_gets_what_came_after_the_last_event_that_they_have_and_nothing_twice() {
    let (running, token) = stand().await;
    let events = begun(&running, "hello", 2).await;
    let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["status", "tool"]);
    let response = after(&running, &token, Some(&events[1].id)).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let rest = text(response).await;
    let names: Vec<_> = rest.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!(names, ["text", "reply"], "{rest}");
    let whole = text(after(&running, &token, Some(&events[1].id.replace(".2", ".0"))).await).await;
    assert_eq!(whole.matches("event: ").count(), 4, "all of it is there still: {whole}");
}

#[tokio::test]
async fn an_event_that_is_none_of_a_turns_is_refused() {
    let (running, token) = stand().await;
    let events = begun(&running, "hello", 1).await;
    let (stream, _) = events[0].id.split_once('.').expect("an id");
    for (last, status) in [
        (None, StatusCode::BAD_REQUEST),
        (Some("7".to_owned()), StatusCode::BAD_REQUEST),
        (Some(format!("{stream}.x")), StatusCode::BAD_REQUEST),
        (Some(format!("{stream}.99")), StatusCode::BAD_REQUEST),
        (Some(format!("{stream}0.1")), StatusCode::NOT_FOUND),
        (Some(format!("{}.1", "0".repeat(32))), StatusCode::NOT_FOUND),
    ] {
        let response = after(&running, &token, last.as_deref()).await;
        assert_eq!(response.status(), status, "{last:?}");
        let problem: Json = serde_json::from_str(&text(response).await).expect("a problem");
        assert!(problem["hint"].is_string(), "{problem}");
    }
}

#[tokio::test]
async fn a_client_that_does_not_wait_any_more_stops_its_turn() {
    let (running, _) = stand().await;
    let request = ChatRequest { agent: "a".to_owned(), conversation: None, text: "wait".to_owned(), files: vec![] };
    let heard = Notify::new();
    let chat = running.client.chat(&request, |_| heard.notify_one());
    tokio::select! {
        _ = chat => panic!("it never ends"),
        () = heard.notified() => {}
    }
    running.client.settled().await;
    soon(running.desk.cancelled.notified()).await;
}

/// A request with a token: a `POST` where there is something to send.
fn with(stand: &Stand, token: &OwnerToken, path: &str, body: Option<&Json>) -> Request<Body> {
    let method = if body.is_some() { Method::POST } else { Method::GET };
    let mut request = stand.request(&method, path);
    request.headers_mut().insert(header::AUTHORIZATION, token.bearer());
    *request.body_mut() = Body::from(body.map(Json::to_string).unwrap_or_default());
    request
}

/// Begins a turn that goes on, and hangs up: what the ids of its events begin with.
async fn begun_by(stand: &Stand, token: &OwnerToken) -> String {
    let said = json!({ "agent": "a", "conversation": "c", "text": "wait" });
    let response = soon(stand.ask(with(stand, token, "/api/v1/chat", Some(&said)))).await;
    assert_eq!(response.status(), StatusCode::OK);
    soon(stand.desk.begun.notified()).await;
    response.headers()["loket-stream"].to_str().expect("text").to_owned()
}

async fn stopped(stand: &Stand, token: &OwnerToken, stream: &str) -> Json {
    let request = with(stand, token, "/api/v1/chat/stop", Some(&json!({ "agent": "a", "stream": stream })));
    let body = soon(stand.ask(request)).await.into_body().collect().await.expect("a body").to_bytes();
    serde_json::from_slice(&body).expect("JSON")
}

#[tokio::test]
async fn a_turn_is_whose_who_began_it_and_another_neither_hears_nor_stops_it() {
    let (stand, other) = Stand::with_another(true);
    for (mine, others) in [(&stand.token, &other), (&other, &stand.token)] {
        let stream = begun_by(&stand, mine).await;
        let heard = |token| {
            let mut request = with(&stand, token, "/api/v1/chat/events", None);
            request.headers_mut().insert("last-event-id", format!("{stream}.0").parse().expect("an id"));
            request
        };
        assert_eq!(stand.problem(heard(others)).await.0, StatusCode::NOT_FOUND);
        assert_eq!(stand.ask(heard(mine)).await.status(), StatusCode::OK);
        assert_eq!(stopped(&stand, others, &stream).await, json!({ "stopped": 0 }));
        assert_eq!(stopped(&stand, mine, &stream).await, json!({ "stopped": 1 }));
        soon(stand.desk.cancelled.notified()).await;
    }
}

#[tokio::test]
async fn who_lacks_the_scope_approve_stops_their_own_turn_and_no_agent() {
    let (stand, token) = Stand::with_another(false);
    let stream = begun_by(&stand, &token).await;
    let all = json!({ "agent": "a", "conversation": "c" });
    let (status, problem) = stand.problem(with(&stand, &token, "/api/v1/chat/stop", Some(&all))).await;
    assert_eq!(
        (status, &problem["hint"]),
        (StatusCode::FORBIDDEN, &"name your own turn: `stream`".into()),
        "{problem}"
    );
    assert_eq!(stopped(&stand, &token, &stream).await, json!({ "stopped": 1 }));
    soon(stand.desk.cancelled.notified()).await;
}

#[tokio::test]
async fn one_who_is_not_the_owner_has_half_of_the_places_for_turns() {
    let (stand, token) = Stand::with_another(true);
    for _ in 0..128 {
        begun_by(&stand, &token).await;
    }
    let said = json!({ "agent": "a", "conversation": "c", "text": "wait" });
    let (status, problem) = stand.problem(with(&stand, &token, "/api/v1/chat", Some(&said))).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(problem["hint"].as_str().is_some_and(|hint| hint.contains("`stream`")), "{problem}");
    begun_by(&stand, &stand.token).await;
}
