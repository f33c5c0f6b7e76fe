//! A server that is asked over HTTP: with the secret that its settings name, through the way out that every request takes.

use super::{TOOLS, accept, open};
use crate::servers::Server;
use loket_gateways::desk::{Desk as _, SecretRequest, SecretValue};
use serde_json::{Value as Json, json};

/// A server that speaks the older revision, in plain answers, to whoever shows the token.
fn far() -> Server {
    Server::doing(|said, stream| {
        use std::io::Write as _;
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
