//! Connections that break in the middle, many sessions at once, and what is left of them: nothing.

use crate::served::{Client, Served};
use crate::session::{Events, Session, initialize};
use loket_gateways::desk::{AnswerRequest, AskInfo, Caller, Desk as _, GrantRequest};
use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};

/// What one client may begin (see `sessions.rs`).
const MOST_OF_ONE: usize = 768;

/// A grant that makes each call wait: so a turn is in its middle for as long as a test likes.
pub(crate) async fn asking(served: &Served, client: &str, capability: &str) {
    let request = GrantRequest {
        grantee: format!("client:{client}"),
        capability: capability.into(),
        verdict: Some("ask".into()),
        ..GrantRequest::default()
    };
    served.house.grant_as(request).await;
}

/// The call that waits.
pub(crate) async fn waiting(served: &Served) -> AskInfo {
    let begun = Instant::now();
    loop {
        if let Some(ask) = served.house.host.asks().await.expect("a list").pop() {
            return ask;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing waits");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The owner's yes.
pub(crate) async fn yes(served: &Served, ask: &AskInfo) {
    let answer = AnswerRequest { asks: vec![ask.into()], answer: "once".into(), arguments: None };
    served.house.host.answer(answer, &Caller::owner()).await.expect("the owner answers");
}

pub(crate) async fn until_nothing_runs(served: &Served) {
    let begun = Instant::now();
    while served.house.host.running.count() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "a turn goes on without anybody");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A session whose call is in its middle: what was told so far was read, up to the name of its last event.
async fn in_the_middle(served: &Served) -> (Session, u64, Events, String) {
    let client = served.token("desktop", &[], &["loket:calc"]).await;
    asking(served, "desktop", "loket:calc").await;
    let session = Session::begin(&client, json!({})).await;
    let call = json!({
        "name": "calc_evaluate", "arguments": { "expression": "6*7" }, "_meta": { "progressToken": "p" },
    });
    let (id, mut events) = session.start("tools/call", call).await;
    let told = loop {
        let event = events.next().await.expect("it goes on");
        if event.message["method"] == "notifications/progress" {
            break event;
        }
    };
    let message = told.message["params"]["message"].as_str().expect("words");
    assert!(message.contains("loket approvals yes "), "{message}");
    (session, id, events, told.id.expect("each event has a name"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_broken_connection_missed_is_told_once_and_in_its_order_whether_or_not_the_turn_has_ended() {
    for is_over in [false, true] {
        let served = Served::new().await;
        let (session, id, events, last) = in_the_middle(&served).await;
        drop(events);
        let ask = waiting(&served).await;
        let mut again = if is_over {
            yes(&served, &ask).await;
            until_nothing_runs(&served).await;
            session.follow(Some(&last)).await
        } else {
            let again = session.follow(Some(&last)).await;
            yes(&served, &ask).await;
            again
        };
        let rest = again.rest().await;
        let answers: Vec<&Json> = rest.iter().map(|event| &event.message).filter(|m| m["id"] == id).collect();
        assert_eq!(answers.len(), 1, "{is_over}: {rest:?}");
        assert_eq!(answers[0]["result"]["content"][0]["text"], "42");
        let names: Vec<&String> = rest.iter().filter_map(|event| event.id.as_ref()).collect();
        assert!(!names.contains(&&last), "what was read is not told again: {names:?}");
        // Each once, one after the other, and none between is missing.
        let place = |name: &str| -> (u64, u64) {
            let (stream, number) = name.split_once('-').expect("two numbers");
            (stream.parse().expect("a number"), number.parse().expect("a number"))
        };
        let (stream, read) = place(&last);
        let found: Vec<(u64, u64)> = names.iter().map(|name| place(name)).collect();
        let wanted: Vec<(u64, u64)> = (read + 1..=read + rest.len() as u64).map(|number| (stream, number)).collect();
        assert_eq!(found, wanted);
        // And once more, from the same place: nothing was used up.
        let once_more = session.follow(Some(&last)).await.rest().await;
        assert!(once_more.iter().any(|event| event.message["id"] == id), "{once_more:?}");
        // It was called once.
        let calls = served.house.lines("loket:calc/arithmetic", "evaluate").await;
        assert_eq!(calls.iter().filter(|line| line.kind == "outcome").count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_told_to_the_session_that_they_are_of() {
    let served = Served::new().await;
    let (session, _, _events, last) = in_the_middle(&served).await;
    let other = Session::begin(&session.client, json!({})).await;
    let foreign = served.token("other", &[], &["loket:calc"]).await;
    for name in [last.as_str(), "", "x", "1", "1-", "-1", "999-0", "0-999", "99999999999999999999-1"] {
        assert!(other.follow(Some(name)).await.rest().await.is_empty(), "{name}");
    }
    let headers = [
        ("accept", "text/event-stream"),
        ("mcp-session-id", session.id.as_str()),
        ("mcp-protocol-version", "2025-11-25"),
        ("last-event-id", last.as_str()),
    ];
    assert_eq!(foreign.send("GET", "/mcp", &headers, "").await.status, 404);
    yes(&served, &waiting(&served).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_outside_of_requests_waits_for_who_listens_and_is_told_once() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["loket:calc"]).await;
    let session = Session::begin(&client, json!({})).await;
    served.house.grant("client:desktop", "loket:uuid").await;
    // Nobody listened when it happened: all three lists, each once.
    let told = async |events: &mut Events| -> Vec<(String, String)> {
        let mut told = Vec::new();
        while told.len() < 3 {
            let event = events.next().await.expect("it goes on");
            // With the first one a stream only begins.
            if event.message == Json::Null {
                continue;
            }
            let method = event.message["method"].as_str().expect("a notification").to_owned();
            told.push((event.id.expect("a name"), method));
        }
        let more = tokio::time::timeout(Duration::from_millis(300), events.next()).await;
        assert!(more.is_err(), "nothing else is told: {more:?}");
        told
    };
    let lists = ["tools", "prompts", "resources"].map(|list| format!("notifications/{list}/list_changed"));
    let mut events = session.follow(None).await;
    let first = told(&mut events).await;
    assert!(first.iter().map(|(_, method)| method).eq(&lists), "{first:?}");
    drop(events);
    // Whoever comes back says what was read last, and hears what came since, alone.
    served.house.revoke("client:desktop", "loket:uuid").await;
    let last = &first[2].0;
    let mut events = session.follow(Some(last)).await;
    let second = told(&mut events).await;
    assert!(second.iter().map(|(_, method)| method).eq(&lists), "{second:?}");
    assert!(second.iter().all(|(name, _)| first.iter().all(|(before, _)| before != name)), "{first:?} {second:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_in_mid_turn_leaves_nothing_behind() {
    let served = Served::new().await;
    // With a session the turn goes on: the answer may be fetched. The end of the session ends it.
    let (session, _, events, _) = in_the_middle(&served).await;
    drop(events);
    waiting(&served).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(served.house.host.running.count(), 1, "it waits for its answer");
    let headers = [("mcp-session-id", session.id.as_str()), ("mcp-protocol-version", "2025-11-25")];
    assert_eq!(session.client.send("DELETE", "/mcp", &headers, "").await.status, 204);
    until_nothing_runs(&served).await;
    assert!(served.house.host.asks().await.expect("a list").is_empty(), "nobody is asked any more");
    // Without one it ends with the connection.
    let client = session.client.clone();
    let call = tokio::spawn(async move { client.call("calc_evaluate", json!({ "expression": "1" })).await });
    waiting(&served).await;
    call.abort();
    until_nothing_runs(&served).await;
    assert!(served.house.host.asks().await.expect("a list").is_empty(), "nobody is asked any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_cancelled_ends_its_turn_and_the_session_goes_on() {
    let served = Served::new().await;
    let (session, id, _events, _) = in_the_middle(&served).await;
    waiting(&served).await;
    let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } });
    assert_eq!(session.post(&cancelled).await.status, 202);
    until_nothing_runs(&served).await;
    assert!(session.ask("tools/list", json!({})).await["result"]["tools"].is_array());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clients_ask_one_agent_at_once_and_each_has_its_own_answer() {
    let served = Served::new().await;
    let one = served.token("one", &["assistant"], &[]).await;
    let two = served.token("two", &["assistant"], &[]).await;
    let ask = async |client: &Client, number: usize| {
        let message = format!("Remember that the code of door {number} is {number}{number}{number}.");
        let answer = client.call("ask_assistant", json!({ "message": message, "conversation": "same" })).await;
        assert_eq!(answer["result"]["isError"], false, "{answer}");
        answer["result"]["structuredContent"]["turn"].as_str().expect("a turn").to_owned()
    };
    let (a, b, c, d) = tokio::join!(ask(&one, 1), ask(&two, 2), ask(&one, 3), ask(&two, 4));
    let turns = std::collections::BTreeSet::from([a, b, c, d]);
    assert_eq!(turns.len(), 4);
    let lines = served.house.lines("loket:brain/memory", "remember").await;
    for client in ["one", "two"] {
        let chain = format!("client:{client} > agent:assistant");
        assert!(lines.iter().filter(|line| line.chain == chain && line.kind == "outcome").count() >= 2, "{lines:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_idle_sessions_are_held_and_one_too_many_is_told_why() {
    let served = Served::new().await;
    let client = served.token("desktop", &[], &["loket:calc"]).await;
    let mut sessions = Vec::new();
    while sessions.len() < MOST_OF_ONE {
        let many = (0..32.min(MOST_OF_ONE - sessions.len())).map(|_| Session::begin(&client, json!({})));
        sessions.extend(futures::future::join_all(many).await);
    }
    // All of them are there, and answer.
    let some = [0, 250, 499, MOST_OF_ONE - 1].map(|at| &sessions[at]);
    for session in some {
        assert_eq!(session.ask("ping", json!({})).await["result"], json!({}));
    }
    let refused = initialize(&client, json!({})).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    assert!(refused.body.contains("768 sessions") && refused.body.contains("DELETE /mcp"), "{refused:?}");
    // Another client is not shut out, and one that ends makes room.
    let other = served.token("other", &[], &["loket:calc"]).await;
    Session::begin(&other, json!({})).await;
    let headers = [("mcp-session-id", sessions[0].id.as_str()), ("mcp-protocol-version", "2025-11-25")];
    assert_eq!(client.send("DELETE", "/mcp", &headers, "").await.status, 204);
    Session::begin(&client, json!({})).await;
}
