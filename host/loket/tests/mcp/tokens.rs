//! Tokens: what a client's opens, and that it opens nothing when it is revoked, has expired, or was never one.

use crate::house::House;
use crate::served::{Client, SESSIONS, Served, begin, chunk, head, made, text};
use loket_gateways::desk::{Desk as _, TokenName, TokenRequest};
use serde_json::json;
use std::time::Duration;

fn initialize() -> String {
    let params =
        json!({ "protocolVersion": SESSIONS, "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
    json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params }).to_string()
}

const JSON: [(&str, &str); 2] =
    [("content-type", "application/json"), ("accept", "application/json, text/event-stream")];

#[tokio::test(flavor = "multi_thread")]
async fn a_clients_token_opens_mcp_and_nothing_else() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["loket:calc"]).await;
    assert!(client.tools().await.contains(&"calc_evaluate".to_owned()));
    for (method, path) in [("GET", "/api/v1/agents"), ("POST", "/api/v1/chat"), ("POST", "/api/v1/tokens")] {
        let answer = client.send(method, path, &JSON, "{}").await;
        assert_eq!(answer.status, 403, "{method} {path}: {answer:?}");
        assert!(answer.body.contains("opens /mcp and nothing else"), "{answer:?}");
    }
    for wrong in ["", "loket_0", &client.token[1..], "0".repeat(64).as_str()] {
        let answer = Client::with(served.address, wrong).whole("tools/list", json!({})).await;
        assert_eq!(answer.status, 401, "{wrong}: {answer:?}");
    }
    let owner = Client::with(served.address, &served.owner).tools().await;
    assert!(owner.contains(&"ask_assistant".to_owned()) && owner.contains(&"calc_evaluate".to_owned()), "{owner:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_refused_at_the_next_request_and_its_grants_and_sessions_are_gone() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["loket:calc"]).await;
    let begun = client.send("POST", "/mcp", &JSON, &initialize()).await;
    let session = begun.header("mcp-session-id").unwrap_or_else(|| panic!("a session begins: {begun:?}"));
    let follow = [("accept", "text/event-stream"), ("mcp-session-id", &session), ("mcp-protocol-version", SESSIONS)];
    let mut stream = begin(served.address, "GET", "/mcp", &client.token, &follow, "").await;
    assert_eq!(head(&mut stream).await.0, 200);
    let gone = served.house.host.token_revoke(TokenName { name: "desktop".into() }).await.expect("it is revoked");
    assert_eq!(gone.grants.len(), 1);
    let ended = tokio::time::timeout(Duration::from_secs(10), async { while chunk(&mut stream).await.is_some() {} });
    ended.await.expect("what follows ends with the token");
    assert_eq!(client.whole("tools/list", json!({})).await.status, 401);
    assert!(served.house.host.grants(Some("client:desktop")).await.expect("a list").is_empty());
    // The name is free again, and the session is not its new holder's.
    let next = served.token("desktop", &[], &["loket:calc"]).await;
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" }).to_string();
    let headers = [&JSON[..], &[("mcp-session-id", session.as_str()), ("mcp-protocol-version", SESSIONS)]].concat();
    assert_eq!(next.send("POST", "/mcp", &headers, &ping).await.status, 404);
    let acts: Vec<String> =
        served.house.ledger().await.into_iter().filter(|l| l.kind == "act").map(|l| l.function).collect();
    for act in ["token created", "token revoked", "granted", "revoked"] {
        assert!(acts.iter().any(|own| own == act), "{act} is in the ledger: {acts:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_only_of_whoever_began_it() {
    let served = Served::new().await;
    let one = served.token("one", &[], &["loket:calc"]).await;
    let two = served.token("two", &[], &["loket:calc"]).await;
    let session = one.send("POST", "/mcp", &JSON, &initialize()).await.header("mcp-session-id").expect("a session");
    let headers = [&JSON[..], &[("mcp-session-id", session.as_str()), ("mcp-protocol-version", SESSIONS)]].concat();
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" }).to_string();
    assert_eq!(two.send("POST", "/mcp", &headers, &ping).await.status, 404);
    assert_eq!(two.send("GET", "/mcp", &headers, "").await.status, 404);
    assert_eq!(one.send("POST", "/mcp", &headers, &ping).await.status, 200);
    assert!(two.send("DELETE", "/mcp", &headers, "").await.status >= 400);
    assert_eq!(one.send("POST", "/mcp", &headers, &ping).await.status, 200);
    assert_eq!(one.send("DELETE", "/mcp", &headers, "").await.status, 204);
    assert_eq!(one.send("POST", "/mcp", &headers, &ping).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_until_it_expires_and_through_a_restart() {
    let house = House::new().await;
    let tools = || vec!["loket:calc".to_owned()];
    let short = TokenRequest { name: "short".into(), tools: tools(), expires_in: Some(1), ..TokenRequest::default() };
    let long = TokenRequest { name: "long".into(), tools: tools(), expires_in: Some(3_600), ..TokenRequest::default() };
    let (short, long) = (text(made(&house, short).await), text(made(&house, long).await));
    let served = Served::of(house.restart().await, None).await;
    assert!(!Client::with(served.address, &long).tools().await.is_empty(), "it is good after a restart");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(Client::with(served.address, &short).whole("tools/list", json!({})).await.status, 401);
    let tokens = served.house.host.tokens().await.expect("a list");
    assert_eq!(
        tokens.iter().map(|token| (token.name.as_str(), token.expired)).collect::<Vec<_>>(),
        [("short", true), ("long", false)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_token_is_told_with_what_would() {
    let house = House::new().await;
    let request = |name: &str, tools: &[&str], agents: &[&str], expires_in: Option<u64>| TokenRequest {
        name: name.to_owned(),
        tools: tools.iter().map(|name| (*name).to_owned()).collect(),
        agents: agents.iter().map(|name| (*name).to_owned()).collect(),
        expires_in,
        ..TokenRequest::default()
    };
    made(&house, request("taken", &["loket:calc"], &[], None)).await;
    for (wrong, code, word) in [
        (request("", &["loket:calc"], &[], None), "invalid", "called"),
        (request("a b", &["loket:calc"], &[], None), "invalid", "called"),
        (request("a > owner", &[], &[], None), "invalid", "called"),
        (request("taken", &["loket:calc"], &[], None), "invalid", "already"),
        (request("a", &["loket:none"], &[], None), "not-found", "loket:none"),
        (request("a", &[], &["nobody"], None), "not-found", "nobody"),
        (request("a", &["loket:brain/memory"], &[], None), "invalid", "host's own"),
        (request("a", &["loket:calc"], &[], Some(0)), "invalid", "0"),
        (request("a", &["loket:calc"], &[], Some(u64::MAX)), "invalid", "seconds"),
    ] {
        let shown = format!("{wrong:?}");
        let problem = house.host.token_create(wrong).await.expect_err("it is wrong");
        assert_eq!(problem.code, code, "{shown}: {problem:?}");
        assert!(problem.message.contains(word) && problem.hint.is_some(), "{shown}: {problem:?}");
    }
    let gone = house.host.token_revoke(TokenName { name: "nobody".into() }).await;
    assert_eq!(gone.expect_err("there is none").code, "not-found");
}
