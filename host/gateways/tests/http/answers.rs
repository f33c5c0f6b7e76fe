//! What is answered, and under which status: bodies, queries, limits and faults.

use super::fake::LISTEN;
use super::stand::Stand;
use axum::body::{Body, Bytes};
use axum::http::{Method, StatusCode, header};
use http_body_util::BodyExt;
use loket_gateways::http::Limits;
use serde_json::json;
use std::time::Duration;

#[track_caller]
fn limited(limits: Limits) -> Stand {
    Stand::with(LISTEN.parse().expect("an address"), limits)
}

#[tokio::test]
async fn every_code_has_its_status() {
    let stand = Stand::new();
    for (code, status) in [
        ("invalid", 400),
        ("denied", 403),
        ("needs-approval", 403),
        ("not-found", 404),
        ("exhausted", 429),
        ("unavailable", 503),
        ("failed", 500),
        ("other", 500),
    ] {
        let request = stand.request(&Method::GET, &format!("/api/v1/inspect?subject={code}"));
        let (found, problem) = stand.problem(request).await;
        assert_eq!((found.as_u16(), problem["code"].as_str()), (status, Some(code)));
    }
}

#[tokio::test]
async fn where_there_is_nothing_the_answer_says_so() {
    let stand = Stand::new();
    let (status, problem) = stand.problem(stand.request(&Method::GET, "/api/v1/nothing")).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &"not-found".into()));
    let (status, problem) = stand.problem(stand.request(&Method::PUT, "/api/v1/grants")).await;
    assert_eq!((status, &problem["hint"]), (StatusCode::METHOD_NOT_ALLOWED, &"use GET or POST".into()));
    assert_eq!(stand.desk.asked(), 0);
}

#[tokio::test]
async fn a_body_may_have_a_mebibyte_and_no_byte_more() {
    let stand = Stand::new();
    let frame = r#"{"capability":"a:b/c","function":"f","arguments":""}"#;
    for (size, expect) in [(1024 * 1024, StatusCode::OK), (1024 * 1024 + 1, StatusCode::PAYLOAD_TOO_LARGE)] {
        let body = frame.replace(r#""""#, &format!("\"{}\"", "x".repeat(size - frame.len())));
        assert_eq!(body.len(), size);
        let mut request = stand.request(&Method::POST, "/api/v1/call");
        *request.body_mut() = Body::from(body);
        assert_eq!(stand.ask(request).await.status(), expect);
    }
    assert_eq!(stand.desk.asked(), 1);
}

#[tokio::test]
async fn a_body_of_unknown_length_is_counted_while_it_comes() {
    let stand = Stand::new();
    let mut request = stand.request(&Method::POST, "/api/v1/call");
    let endless = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 64 * 1024])));
    *request.body_mut() = Body::from_stream(endless);
    assert_eq!(stand.problem(request).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_component_may_have_so_many_bytes_and_no_byte_more() {
    let stand = limited(Limits { upload: 2 << 20, ..Limits::default() });
    for (size, expect) in [(2 << 20, StatusCode::OK), ((2 << 20) + 1, StatusCode::PAYLOAD_TOO_LARGE)] {
        let mut request = stand.request(&Method::POST, "/api/v1/packages");
        *request.body_mut() = Body::from(vec![7; size]);
        assert_eq!(stand.ask(request).await.status(), expect);
    }
    for kind in ["application/json", "application/octet-stream", "text/plain"] {
        let mut request = stand.request(&Method::POST, "/api/v1/packages");
        request.headers_mut().insert(header::CONTENT_TYPE, kind.parse().expect("a type"));
        assert_eq!(stand.problem(request).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
    }
    let nameless = stand.request(&Method::POST, "/api/v1/packages?name=acme");
    assert_eq!(stand.problem(nameless).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(stand.desk.asked(), 1);
}

#[tokio::test]
async fn only_so_many_components_are_held_at_once() {
    let stand = limited(Limits { uploads: 1, ..Limits::default() });
    let mut first = stand.request(&Method::POST, "/api/v1/packages");
    *first.body_mut() = Body::from("wait");
    let router = stand.router.clone();
    let held = tokio::spawn(async move { tower::ServiceExt::oneshot(router, first).await });
    stand.desk.begun.notified().await;
    let (status, problem) = stand.problem(stand.request(&Method::POST, "/api/v1/packages")).await;
    assert_eq!((status, &problem["code"]), (StatusCode::SERVICE_UNAVAILABLE, &"unavailable".into()));
    held.abort();
    let _ = held.await;
    let next = stand.ask(stand.request(&Method::POST, "/api/v1/packages")).await;
    assert_eq!(next.status(), StatusCode::OK, "its place is free again");
}

#[tokio::test]
async fn a_body_that_never_comes_is_given_up() {
    let stand = limited(Limits { body_time: Duration::from_millis(20), ..Limits::default() });
    let mut request = stand.request(&Method::POST, "/api/v1/call");
    *request.body_mut() = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
    assert_eq!(stand.problem(request).await.0, StatusCode::REQUEST_TIMEOUT);
}

#[tokio::test]
async fn only_json_of_the_right_shape_is_taken() {
    let stand = Stand::new();
    for body in ["", "[", "[]", "{}", "{\"agent\":1,\"text\":\"\"}", "null"] {
        let mut request = stand.request(&Method::POST, "/api/v1/chat");
        *request.body_mut() = Body::from(body);
        assert_eq!(stand.problem(request).await.0, StatusCode::BAD_REQUEST, "{body}");
    }
    // What a form on a foreign page could send.
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let mut request = stand.request(&Method::POST, "/api/v1/chat");
        request.headers_mut().insert(header::CONTENT_TYPE, kind.parse().expect("a type"));
        assert_eq!(stand.problem(request).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
    }
    assert_eq!(stand.desk.asked(), 0);
}

#[tokio::test]
async fn a_query_that_makes_no_sense_is_refused() {
    let stand = Stand::new();
    for query in ["ledger?limit=0", "ledger?limit=1001", "ledger?limit=x", "ledger?from=-1", "inspect?other=1"] {
        let (status, _) = stand.problem(stand.request(&Method::GET, &format!("/api/v1/{query}"))).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
    }
    assert_eq!(stand.desk.asked(), 0);
}

#[tokio::test]
async fn only_so_many_are_answered_at_once_and_streams_have_places_of_their_own_until_they_are_dropped() {
    let stand = limited(Limits { in_flight: 1, streams: 1, ..Limits::default() });
    let follow = stand.ask(stand.request(&Method::GET, "/api/v1/ledger/follow")).await;
    let held = stand.ask(stand.request(&Method::GET, "/api/v1/agents")).await;
    assert_eq!((follow.status(), held.status()), (StatusCode::OK, StatusCode::OK), "a stream is in no request's way");
    let is_full = async |path: &str| {
        let (status, problem) = stand.problem(stand.request(&Method::GET, path)).await;
        assert_eq!((status, &problem["code"]), (StatusCode::SERVICE_UNAVAILABLE, &"unavailable".into()), "{path}");
    };
    is_full("/api/v1/agents").await;
    drop(held);
    is_full("/api/v1/ledger/follow").await;
    drop(follow);
    let response = stand.ask(stand.request(&Method::GET, "/api/v1/ledger/follow")).await;
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn an_answer_that_never_begins_is_given_up() {
    let stand = limited(Limits { answer_time: Duration::from_millis(20), ..Limits::default() });
    let mut request = stand.request(&Method::POST, "/api/v1/call");
    *request.body_mut() = Body::from(r#"{"capability":"a:b/c","function":"wait"}"#);
    assert_eq!(stand.problem(request).await.0, StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn a_fault_of_the_host_is_answered_and_tells_nothing_of_it() {
    let stand = Stand::new();
    let (status, problem) = stand.problem(stand.request(&Method::GET, "/api/v1/inspect?subject=panic")).await;
    assert_eq!((status, &problem["code"]), (StatusCode::INTERNAL_SERVER_ERROR, &"failed".into()));
    assert!(!problem.to_string().contains("fake panics"));
    let response = stand.ask(stand.request(&Method::GET, "/api/v1/agents")).await;
    assert_eq!(response.status(), StatusCode::OK, "the next one is answered");
}

#[tokio::test]
async fn the_value_of_a_secret_is_in_no_answer_document_and_no_stream() {
    let stand = Stand::new();
    stand.ask(stand.request(&Method::POST, "/api/v1/secrets")).await;
    for (path, body) in [
        ("/api/v1/call", json!({ "capability": "a:b/c", "function": "f", "arguments": ["a correct-horse b"] })),
        ("/api/v1/chat", json!({ "agent": "assistant", "text": "a correct-horse b" })),
        ("/api/v1/inspect?subject=correct-horse", json!(null)),
    ] {
        let method = if body.is_null() { Method::GET } else { Method::POST };
        let mut request = stand.request(&method, path);
        if !body.is_null() {
            *request.body_mut() = Body::from(body.to_string());
        }
        let response = stand.ask(request).await;
        assert!(!response.headers().contains_key("content-length"), "its length is another now: {path}");
        let text = response.into_body().collect().await.expect("a body").to_bytes();
        let text = String::from_utf8(text.to_vec()).expect("text");
        assert!(text.contains("[secret]") && !text.contains("correct-horse"), "{path}: {text}");
    }
}
