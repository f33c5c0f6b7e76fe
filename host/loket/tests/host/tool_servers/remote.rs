//! A server that is asked over HTTP: with the secret that its settings name, through the way out that every request takes. What it asks back is
//! heard.

use super::{TOOLS, accept, open};
use crate::servers::Server;
use loket_gateways::desk::{Desk as _, SecretRequest, SecretValue};
use serde_json::{Value as Json, json};
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// A server that speaks the older revision, in plain answers, to whoever shows the token.
fn far() -> Server {
    Server::doing(|said, stream| {
        let body = said.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
        let message: Json = serde_json::from_str(body).unwrap_or_default();
        let is_known = said.to_lowercase().contains("authorization: bearer correct-horse-battery");
        let reply = |result: Json| json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }).to_string();
        let schema = json!({ "type": "object", "properties": { "what": { "type": "string" } } });
        let answer = match (is_known, message["method"].as_str()) {
            (false, _) => None,
            (_, Some("initialize")) => Some(reply(json!({
                "protocolVersion": "2025-11-25",
                "capabilities": { "tools": {} },
                "serverInfo": { "name": "far", "version": "1" },
            }))),
            (_, Some("tools/list")) => Some(reply(json!({ "tools": [{ "name": "look", "inputSchema": schema }] }))),
            (_, Some("tools/call")) => Some(reply(json!({ "content": [{ "type": "text", "text": "from afar" }] }))),
            _ => None,
        };
        let head = match (&answer, said.starts_with("GET"), message["id"].is_null()) {
            (Some(_), _, _) => "200 OK\r\ncontent-type: application/json",
            (None, _, _) if !is_known => "401 Unauthorized",
            (None, true, _) => "405 Method Not Allowed",
            (None, false, true) => "202 Accepted",
            (None, false, false) => "400 Bad Request",
        };
        let body = answer.unwrap_or_default();
        let _ = write!(stream, "HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_elsewhere_is_asked_with_its_secret_and_not_without() {
    let far = far();
    let house = open(&format!("[mcp.odd]\nurl = {:?}\nsecret = \"far\"\n", far.url("/mcp"))).await;
    let server = house.host.tool_server("odd").await.expect("it is shown");
    assert!(server.problem.as_deref().is_some_and(|why| why.contains("there is no secret `far`")), "{server:?}");
    let secret = SecretRequest {
        name: "far".into(),
        value: SecretValue::new("correct-horse-battery".to_owned().into()),
        hosts: vec![far.host()],
        replace: false,
    };
    house.host.secret_set(secret).await.expect("it is kept");
    let change = accept(&house, "odd").await;
    assert_eq!(change.server.expect("it is there").revision.as_deref(), Some("2025-11-25"));
    house.grant("assistant", TOOLS).await;
    let told = house.say("assistant", "/odd_look {\"what\":\"x\"}").await.expect("it answers").text;
    assert!(told.contains("from afar"), "{told}");
    assert!(far.heard().iter().all(|said| said.to_lowercase().contains("authorization: bearer correct-horse-battery")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_tied_to_another_host_is_not_sent() {
    let far = far();
    let house = open(&format!("[mcp.odd]\nurl = {:?}\nsecret = \"far\"\n", far.url("/mcp"))).await;
    let secret = SecretRequest {
        name: "far".into(),
        value: SecretValue::new("correct-horse-battery".to_owned().into()),
        hosts: vec!["a.example".into()],
        replace: false,
    };
    house.host.secret_set(secret).await.expect("it is kept");
    let server = house.host.tool_server("odd").await.expect("it is shown");
    assert!(server.problem.as_deref().is_some_and(|why| why.contains("not tied to")), "{server:?}");
    assert!(far.heard().is_empty());
}

/// A server that keeps a session, and asks on a stream beside its answers, as the older revision has it. The stream takes a while to open, and
/// what it asks before that nobody hears.
fn asking_beside() -> Server {
    let (stream, told) = (Mutex::new(None::<TcpStream>), (Mutex::new(None::<Json>), Condvar::new()));
    let plain = |head: &str| format!("HTTP/1.1 {head}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    Server::doing(move |said, connection| {
        let body = said.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
        let message: Json = serde_json::from_str(body).unwrap_or_default();
        if said.starts_with("GET") {
            std::thread::sleep(Duration::from_millis(200));
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
            connection.write_all(head.as_bytes()).expect("it is heard");
            *stream.lock().expect("nobody panics with it") = Some(connection.try_clone().expect("a connection"));
            // It stays open.
            std::thread::sleep(Duration::from_secs(60));
            return;
        }
        let result = match message["method"].as_str() {
            Some("initialize") => json!({
                "protocolVersion": "2025-11-25",
                "capabilities": { "tools": {} },
                "serverInfo": { "name": "beside", "version": "1" },
            }),
            Some("tools/list") => json!({ "tools": [{ "name": "look", "inputSchema": { "type": "object" } }] }),
            Some("tools/call") => {
                if let Some(stream) = stream.lock().expect("nobody panics with it").as_mut() {
                    let question = json!({ "jsonrpc": "2.0", "id": "mine", "method": "roots/list" });
                    write!(stream, "data: {question}\n\n").expect("it is heard");
                }
                let answer = told.0.lock().expect("nobody panics with it");
                let waited = told.1.wait_timeout_while(answer, Duration::from_secs(5), |answer| answer.is_none());
                let answer = waited.expect("nobody panics with it").0.take();
                let text = answer.map_or_else(|| "nobody answered".to_owned(), |answer| format!("answered: {answer}"));
                json!({ "content": [{ "type": "text", "text": text }] })
            }
            // Of the newest revision it knows nothing.
            Some(method) if !method.starts_with("notifications/") => {
                let _ = connection.write_all(plain("400 Bad Request").as_bytes());
                return;
            }
            _ => {
                if let Some(answer) = message.get("result") {
                    *told.0.lock().expect("nobody panics with it") = Some(answer.clone());
                    told.1.notify_all();
                }
                let _ = connection.write_all(plain("202 Accepted").as_bytes());
                return;
            }
        };
        let answer = json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }).to_string();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nmcp-session-id: one\r\nconnection: close";
        let _ = write!(connection, "{head}\r\ncontent-length: {}\r\n\r\n{answer}", answer.len());
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_asks_beside_its_first_answers_is_heard() {
    let beside = asking_beside();
    let house = open(&format!("[mcp.odd]\nurl = {:?}\n", beside.url("/mcp"))).await;
    accept(&house, "odd").await;
    // By a connection of its own, on which the call comes first.
    let house = house.restart().await;
    let answer = house.call(TOOLS, "look", json!({})).await.expect("it answers");
    let text = answer["ok"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(text, r#"answered: {"roots":[]}"#);
}
