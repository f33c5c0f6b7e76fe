//! A socket and a call are the same: every answer, every problem, every event.

use super::fake::Fake;
use axum::http::Method;
use futures::stream::StreamExt;
use loket_gateways::client::{Client, Event};
use loket_gateways::desk::{ChatEvent, ChatRequest, LedgerQuery, Problem, PublishRequest};
use loket_gateways::http::{Gate, OwnerToken, router, serve};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A service on a socket.
pub(crate) struct Running {
    pub(crate) desk: Arc<Fake>,
    pub(crate) client: Client,
    pub(crate) listen: std::net::SocketAddr,
    pub(crate) shutdown: CancellationToken,
    pub(crate) served: JoinHandle<std::io::Result<()>>,
}

pub(crate) async fn running(token: OwnerToken) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let listen = listener.local_addr().expect("an address");
    let desk = Arc::new(Fake::default());
    let shutdown = CancellationToken::new();
    let router = router(desk.clone(), Gate::new(listen, token.clone()));
    let draining = desk.clone();
    let drained = async move { loket_gateways::desk::Desk::drain(&*draining).await };
    let served = tokio::spawn(serve(listener, router, shutdown.clone(), drained));
    Running { desk, client: Client::remote(listen, token), listen, shutdown, served }
}

/// Both ways to two desks that are alike.
async fn both() -> (Running, Client) {
    let running = running(OwnerToken::random().expect("randomness")).await;
    (running, Client::in_process(Arc::new(Fake::default())))
}

#[tokio::test]
async fn every_answer_and_every_problem_is_the_same() {
    let (running, within) = both().await;
    for path in [
        "health",
        "agents",
        "schedules",
        "packages",
        "keys",
        "guardian",
        "grants",
        "grants?grantee=agent%3Aa%20b",
        "ledger?from=7&limit=3",
        "ledger?limit=0",
        "ledger/verify",
        "doctor",
        "inspect?subject=exhausted",
        "inspect",
        "nothing",
    ] {
        let path = format!("/api/v1/{path}");
        assert_eq!(running.client.get(&path).await, within.get(&path).await, "{path}");
    }
    let call = json!({ "capability": "a:b/c", "function": "f", "arguments": { "n": i64::MIN, "s": "ß\n" } });
    let grant = json!({ "grantee": "a", "capability": "b:c" });
    for (path, body) in [
        ("call", &call),
        ("grants", &grant),
        ("grants/revoke", &grant),
        ("grants", &json!([])),
        ("call", &json!("x".repeat(2_000_000))),
        ("agents", &grant),
    ] {
        let path = format!("/api/v1/{path}");
        assert_eq!(running.client.post(&path, body).await, within.post(&path, body).await, "{path}");
    }
    let Ok(answer) = running.client.post("/api/v1/call", &call).await else { panic!("the call is answered") };
    assert_eq!(answer["big"], u64::MAX, "no number is rounded");
}

async fn chat(client: &Client, text: &str) -> Vec<Event> {
    let body = json!({ "agent": "a", "conversation": "c", "text": text });
    let events = client.events(Method::POST, "/api/v1/chat", Some(&body)).await.expect("a stream");
    // Each stream has ids of its own.
    events.map(|event| Event { id: String::new(), ..event.expect("an event") }).collect().await
}

#[tokio::test]
async fn a_turn_is_told_event_by_event_and_ends_with_its_reply() {
    let (running, within) = both().await;
    let events = chat(&running.client, "hello").await;
    assert_eq!(events, chat(&within, "hello").await);
    let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["status", "tool", "text", "reply"]);
    let data = |at: usize| serde_json::from_str::<Json>(&events[at].data).expect("JSON");
    assert_eq!(data(2)["text"], "line one\nline two: größer");
    assert_eq!((&data(3)["text"], &data(3)["conversation"]), (&json!("hello"), &json!("c")));
}

#[tokio::test]
async fn a_turn_that_fails_ends_with_its_problem() {
    let (running, within) = both().await;
    let events = chat(&running.client, "fail").await;
    assert_eq!(events, chat(&within, "fail").await);
    let last = events.last().expect("an end");
    let problem: Problem = serde_json::from_str(&last.data).expect("a problem");
    assert_eq!((last.name.as_str(), problem.code.as_str()), ("problem", "exhausted"));
}

#[tokio::test]
async fn the_shapes_come_back_as_they_were_sent() {
    let (running, within) = both().await;
    for client in [running.client.clone(), within] {
        let request =
            ChatRequest { agent: "a".to_owned(), conversation: None, text: "hello".to_owned(), files: vec![] };
        let mut heard = Vec::new();
        let reply = client.chat(&request, |event| heard.push(event)).await.expect("a reply");
        assert_eq!((reply.text.as_str(), heard.len()), ("hello", 3));
        assert_eq!(heard[0], ChatEvent::Status { text: "thinking".to_owned() });
        let query = LedgerQuery { from: Some(7), turn: None, limit: Some(3) };
        let lines = client.ledger(&query).await.expect("lines");
        assert_eq!(lines.iter().map(|line| line.seq).collect::<Vec<_>>(), [7, 3]);
        let signature = Some("untrusted comment: x\nRUQ=+/\ntrusted comment: a:b@1.0.0+c\n".to_owned());
        let request = PublishRequest { package: "a:b@1.0.0+c".to_owned(), signature, from: None };
        let published = client.publish(&request, vec![0; 3 << 20]).await.expect("published");
        assert_eq!((published.package, Some(published.signature.words)), (request.package, request.signature));
        assert_eq!(published.digest, "3145728 bytes");
        assert_eq!(client.grants(None).await.expect("grants")[0].grantee, "all");
        assert_eq!(client.inspect("not-found").await.expect_err("nothing").code, "not-found");
        let lines = client.follow().await.expect("a stream").take(2);
        let seqs: Vec<_> = lines.map(|line| line.expect("a line").seq).collect().await;
        assert_eq!(seqs, [1, 2]);
    }
}

#[tokio::test]
async fn a_path_cannot_send_the_token_elsewhere() {
    let (running, within) = both().await;
    for path in ["", "api/v1/agents", "@evil.example/", ".evil.example/", ":80/", "http://evil.example/"] {
        for client in [&running.client, &within] {
            assert_eq!(client.get(path).await.expect_err("no path").code, "invalid", "{path}");
        }
    }
    assert_eq!(running.desk.asked(), 0);
}

#[tokio::test]
async fn an_answer_that_is_no_stream_is_said_to_be_none() {
    let (running, within) = both().await;
    for client in [running.client, within] {
        let outcome = client.events(Method::GET, "/api/v1/agents", None).await;
        assert_eq!(outcome.map(drop).expect_err("no events").code, "invalid");
    }
}
