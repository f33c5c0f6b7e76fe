//! Calls of plain functions, which are answered straight away: as they would be by rmcp's ways, to which whatever is not plain is left.

use crate::load::until_nothing_runs;
use crate::scope::words;
use crate::served::{Answer, Client, SESSIONS, STATELESS, Served};
use crate::session::Session;
use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};

const PLAIN: &str = "application/json, text/event-stream";
/// The same, in words that are left to rmcp.
const WEIGHED: &str = "application/json;q=1, text/event-stream;q=1";

/// A call of the calculator as it is written out.
fn message(id: &Json, expression: &Json, meta: &Json) -> Json {
    let arguments = json!({ "expression": expression });
    let params = json!({ "name": "calc_evaluate", "arguments": arguments, "_meta": meta });
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params })
}

fn own(meta: Json) -> Json {
    let mut whole = json!({
        "io.modelcontextprotocol/protocolVersion": STATELESS, "io.modelcontextprotocol/clientCapabilities": {},
    });
    for (name, value) in meta.as_object().expect("an object") {
        whole[name] = value.clone();
    }
    whole
}

async fn alone(client: &Client, accept: &str, more: &[(&str, &str)], message: &Json) -> Answer {
    let plain = [
        ("content-type", "application/json"),
        ("accept", accept),
        ("mcp-protocol-version", STATELESS),
        ("mcp-method", "tools/call"),
        ("mcp-name", "calc_evaluate"),
    ];
    let kept = plain.into_iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    let headers: Vec<(&str, &str)> = kept.chain(more.iter().copied()).collect();
    client.send("POST", "/mcp", &headers, &message.to_string()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_call_is_answered_as_rmcp_answers_it_in_both_kinds_of_revisions() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["loket:calc"]).await;
    let session = Session::begin(&client, json!({})).await;
    for (id, expression) in [
        (json!(1), json!("6*7")),
        (json!("a"), json!("1/0")),
        // Arguments that do not fit.
        (json!(3), json!(7)),
        (json!(4), json!(["6*7"])),
    ] {
        let call = message(&id, &expression, &own(json!({})));
        let (quick, whole) = (alone(&client, PLAIN, &[], &call).await, alone(&client, WEIGHED, &[], &call).await);
        assert_eq!((quick.status, quick.last()), (whole.status, whole.last()), "{expression}");
        assert_eq!(quick.last()["id"], id);
        let call = message(&id, &expression, &json!({}));
        let quick = session.post(&call).await;
        let headers = [
            ("content-type", "application/json"),
            ("accept", WEIGHED),
            ("mcp-session-id", session.id.as_str()),
            ("mcp-protocol-version", SESSIONS),
        ];
        let whole = client.send("POST", "/mcp", &headers, &call.to_string()).await;
        assert_eq!((quick.status, quick.last()), (whole.status, whole.last()), "{expression}");
        assert!(quick.header("content-type").is_some_and(|kind| kind == "application/json"), "in one piece: {quick:?}");
    }
    // Each of the sixteen was a call at the counter, or none where it did not fit: with a line of the client's own.
    let lines = served.house.lines("loket:calc/arithmetic", "evaluate").await;
    let ended = lines.iter().filter(|line| line.kind == "outcome" && line.chain == "client:desktop");
    assert_eq!(ended.count(), 8, "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_plain_is_refused_as_ever() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["loket:calc"]).await;
    let good = || message(&json!(1), &json!("6*7"), &own(json!({})));
    for (more, call) in [
        (&[("mcp-name", "another")][..], good()),
        (&[("mcp-method", "tools/list")][..], good()),
        (&[("mcp-protocol-version", "1999-01-01")][..], good()),
        (&[][..], message(&json!(1), &json!("6*7"), &json!({}))),
        (&[][..], message(&json!(1), &json!("6*7"), &json!({ "io.modelcontextprotocol/protocolVersion": STATELESS }))),
        (
            &[][..],
            message(&json!(1), &json!("6*7"), &own(json!({ "io.modelcontextprotocol/protocolVersion": SESSIONS }))),
        ),
    ] {
        let refused = alone(&client, PLAIN, more, &call).await;
        assert_eq!(refused.status, 400, "{more:?} {call}: {refused:?}");
    }
    assert_eq!(alone(&client, "application/json", &[], &good()).await.status, 406);
    // What tells something on the way does so on a stream.
    let told = message(&json!(1), &json!("6*7"), &own(json!({ "progressToken": "p" })));
    assert_eq!(words(&alone(&client, PLAIN, &[], &told).await.last()), "42");
    // A function that is granted to others only, by either way.
    let other = served.token("other", &[], &["loket:uuid"]).await;
    for accept in [PLAIN, WEIGHED] {
        let refused = alone(&other, accept, &[], &good()).await.last();
        assert!(refused["result"]["isError"] == true && words(&refused).contains("client:other"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_is_taken_back_holds_for_the_next_call() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["loket:calc"]).await;
    let call = async || client.call("calc_evaluate", json!({ "expression": "6*7" })).await;
    assert_eq!(words(&call().await), "42");
    served.house.revoke("client:desktop", "loket:calc").await;
    assert_eq!(call().await["result"]["isError"], true);
    served.house.grant("client:desktop", "loket:calc").await;
    assert_eq!(words(&call().await), "42");
    let name = loket_gateways::desk::TokenName { name: "desktop".into() };
    loket_gateways::desk::Desk::token_revoke(&*served.house.host, name).await.expect("it is revoked");
    assert_eq!(client.whole("tools/call", json!({ "name": "calc_evaluate", "arguments": {} })).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_call_of_a_session_goes_on_without_its_connection_and_ends_when_it_is_cancelled() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["test:hostile"]).await;
    let spin = client.tools().await.into_iter().find(|name| name.ends_with("spin")).expect("it is there");
    let session = Session::begin(&client, json!({})).await;
    let (id, mut events) = session.start("tools/call", json!({ "name": spin, "arguments": {} })).await;
    let first = events.next().await.expect("it can be come back to");
    assert!(first.id.is_some(), "{first:?}");
    drop(events);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(served.house.host.running.count(), 1, "it goes on");
    let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } });
    assert_eq!(session.post(&cancelled).await.status, 202);
    until_nothing_runs(&served).await;
    assert!(session.follow(first.id.as_deref()).await.rest().await.is_empty(), "it is answered no more");
    // Without a session it ends with its connection; and so does one whose session ends.
    let (other, wanted) = (client.clone(), spin.clone());
    let call = tokio::spawn(async move { other.call(&wanted, json!({})).await });
    until_one_runs(&served).await;
    call.abort();
    until_nothing_runs(&served).await;
    let _ = session.start("tools/call", json!({ "name": spin, "arguments": {} })).await;
    until_one_runs(&served).await;
    let headers = [("mcp-session-id", session.id.as_str()), ("mcp-protocol-version", SESSIONS)];
    assert_eq!(client.send("DELETE", "/mcp", &headers, "").await.status, 204);
    until_nothing_runs(&served).await;
}

async fn until_one_runs(served: &Served) {
    let begun = Instant::now();
    while served.house.host.running.count() == 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "nothing runs");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_id_is_in_work_is_refused_and_the_first_is_not_disturbed() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["loket:calc"]).await;
    crate::load::asking(&served, "desktop", "loket:calc").await;
    let session = Session::begin(&client, json!({})).await;
    let mut call = message(&json!(7), &json!("6*7"), &json!({ "progressToken": "p" }));
    let mut first = session.open_with(&call).await;
    let ask = crate::load::waiting(&served).await;
    // The same id, by whatever is asked; and the same progress token.
    let list = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/list", "params": {} });
    let refused = session.post(&list).await.last();
    assert_eq!((&refused["id"], &refused["error"]["code"]), (&json!(7), &json!(-32600)), "{refused}");
    let refused = session.post(&call).await.last();
    assert_eq!((&refused["id"], &refused["error"]["code"]), (&json!(7), &json!(-32600)), "{refused}");
    call["id"] = json!(8);
    let refused = session.post(&call).await.last();
    assert_eq!((&refused["id"], &refused["error"]["code"]), (&json!(8), &json!(-32600)), "{refused}");
    crate::load::yes(&served, &ask).await;
    let rest = first.rest().await;
    let answers: Vec<&Json> = rest.iter().map(|event| &event.message).filter(|message| message["id"] == 7).collect();
    assert_eq!((answers.len(), words(answers[0])), (1, "42"), "{rest:?}");
    // Then it is free again.
    assert!(session.post(&list).await.last()["result"]["tools"].is_array());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_follows_with_all_that_it_may_keeps_nobody_from_being_answered() {
    const MOST: usize = 256;
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["loket:calc"]).await;
    let other = served.token("other", &[], &["loket:calc"]).await;
    let session = Session::begin(&client, json!({})).await;
    let mut following = Vec::new();
    for _ in 0..MOST {
        following.push(session.follow(None).await);
    }
    let refused = session.follow_refused().await;
    assert_eq!(refused.status, 503, "{refused:?}");
    assert!(refused.body.contains("256 streams of `"), "{refused:?}");
    // Others follow and are answered, and so is it.
    let theirs = Session::begin(&other, json!({})).await;
    let _followed = theirs.follow(None).await;
    for who in [&client, &other] {
        assert_eq!(who.whole("tools/list", json!({})).await.status, 200);
    }
    let owner = Client::with(served.address, &served.owner);
    assert_eq!(owner.send("GET", "/api/v1/agents", &[], "").await.status, 200);
    assert_eq!(words(&owner.call("calc_evaluate", json!({ "expression": "6*7" })).await), "42");
    following.truncate(MOST - 1);
    let begun = Instant::now();
    while !session.may_follow().await {
        assert!(begun.elapsed() < Duration::from_secs(20), "a place became free, and is nobody's");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_nobody_uses_has_no_loop() {
    const MANY: usize = 64;
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["loket:calc"]).await;
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let mut sessions = Vec::new();
    for _ in 0..MANY {
        sessions.push(Session::begin(&client, json!({})).await);
    }
    // One waits for the end of its token, one for news.
    let most = before + 2 * MANY + 8;
    let begun = Instant::now();
    while tasks() > most {
        assert!(begun.elapsed() < Duration::from_secs(20), "{} tasks for {MANY} sessions", tasks() - before);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // And each answers all the same, and hears what changes.
    for session in &sessions {
        assert!(session.ask("tools/list", json!({})).await["result"]["tools"].is_array());
    }
    let mut events = sessions[0].follow(None).await;
    served.house.grant("client:desktop", "loket:uuid").await;
    events.until("notifications/tools/list_changed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_of_a_session_have_numbers_of_their_own() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["test:everything"]).await;
    let session = Session::begin(&client, json!({ "elicitation": { "form": {} } })).await;
    let mut numbers = Vec::new();
    for _ in 0..3 {
        let begun = Instant::now();
        let call = json!({ "name": "test_elicitation", "arguments": { "message": "who?" } });
        let (id, mut events) = session.start("tools/call", call).await;
        let asked = events.until("elicitation/create").await;
        // The question comes when it is asked, and not when something else is over.
        numbers.push((asked["id"].clone(), begun.elapsed()));
        let content = json!({ "username": "ann", "email": "ann@example.org" });
        session.reply(&asked["id"], json!({ "action": "accept", "content": content })).await;
        let rest = events.rest().await;
        let answer = rest.iter().map(|event| &event.message).find(|message| message["id"] == id).expect("an answer");
        assert!(words(answer).contains("ann"), "{answer}");
    }
    let quickest = numbers.iter().map(|(_, took)| *took).min().expect("there are some");
    assert!(quickest < Duration::from_millis(1_500), "{numbers:?}");
    let each: std::collections::BTreeSet<String> = numbers.iter().map(|(id, _)| id.to_string()).collect();
    assert_eq!(each.len(), 3, "{numbers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_of_a_call_come_on_its_own_stream_and_on_no_other() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["test:everything"]).await;
    let session = Session::begin(&client, json!({})).await;
    let mut outside = session.follow(None).await;
    let (id, mut events) =
        session.start("tools/call", json!({ "name": "test_tool_with_logging", "arguments": {} })).await;
    let rest = events.rest().await;
    let methods: Vec<&Json> = rest.iter().map(|event| &event.message["method"]).filter(|m| m.is_string()).collect();
    assert_eq!(methods, ["notifications/message"; 3], "{rest:?}");
    assert_eq!(rest.last().expect("an answer").message["id"], id);
    served.house.grant("client:desktop", "loket:uuid").await;
    // With the first one the stream only begins.
    let _ = outside.next().await;
    let next = outside.next().await.expect("it goes on");
    assert_eq!(next.message["method"], "notifications/tools/list_changed", "{next:?}");
}
