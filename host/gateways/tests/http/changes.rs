//! What changes in the home, as it is told: one look for all who follow, and for who comes back what they missed.

use super::fake::Fake;
use super::fake::samples::agent;
use super::stand::Stand;
use super::ways::running;
use axum::body::Body;
use axum::http::Method;
use futures::FutureExt;
use futures::stream::{BoxStream, StreamExt};
use http_body_util::BodyExt;
use loket_gateways::client::Event;
use loket_gateways::desk::Problem;
use loket_gateways::http::OwnerToken;
use serde_json::Value as Json;
use std::sync::atomic::Ordering;
use std::time::Duration;

type Events = BoxStream<'static, Result<Event, Problem>>;

async fn next(events: &mut Events) -> (String, Json) {
    let event = tokio::time::timeout(Duration::from_secs(5), events.next()).await.expect("it is told soon");
    let event = event.expect("an event").expect("it is whole");
    assert!(!event.id.is_empty());
    (event.name, serde_json::from_str(&event.data).expect("JSON"))
}

fn hire(desk: &Fake, names: &[&str]) {
    *desk.agents.lock().expect("nobody broke it") = names.iter().map(|name| agent(name)).collect();
}

#[tokio::test]
async fn it_is_told_how_things_are_and_then_what_changes() {
    let running = running(OwnerToken::random().expect("randomness")).await;
    hire(&running.desk, &["ann"]);
    let follow = async || running.client.events(Method::GET, "/api/v1/events", None).await.expect("a stream");
    let mut events = follow().await;
    let (name, now) = next(&mut events).await;
    assert_eq!((name.as_str(), &now["agents"]["ann"], &now["safe_mode"]), ("now", &"ready".into(), &false.into()));
    assert_eq!(now["asks"].as_array().map(Vec::len), Some(1));
    hire(&running.desk, &["bob"]);
    let (name, change) = next(&mut events).await;
    assert_eq!((name.as_str(), &change["name"], &change["state"]), ("agent", &"bob".into(), &"ready".into()));
    let (name, change) = next(&mut events).await;
    assert_eq!((name.as_str(), &change["name"], &change["state"]), ("agent", &"ann".into(), &Json::Null));
    running.desk.safe_mode.store(true, Ordering::SeqCst);
    assert_eq!(
        next(&mut events).await,
        ("safe-mode".to_owned(), serde_json::json!({ "event": "safe-mode", "on": true }))
    );
}

/// Who follows, from after an event on where one is named.
async fn follow(stand: &Stand, last: Option<&str>) -> Body {
    let mut request = stand.request(&Method::GET, "/api/v1/events");
    if let Some(last) = last {
        request.headers_mut().insert("last-event-id", last.parse().expect("an id"));
    }
    stand.ask(request).await.into_body()
}

/// What is told next: its name and its id.
async fn told(body: &mut Body) -> (String, String) {
    let frame = tokio::time::timeout(Duration::from_secs(5), body.frame()).await.expect("it is told soon");
    let data = frame.expect("an event").expect("it is whole").into_data().expect("text");
    let text = String::from_utf8(data.to_vec()).expect("text");
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).expect("it is there").to_owned();
    (field("event: "), field("id: "))
}

#[tokio::test]
async fn who_comes_back_gets_what_they_missed_or_how_things_are() {
    let stand = Stand::new();
    hire(&stand.desk, &["ann"]);
    let mut first = follow(&stand, None).await;
    let (name, begin) = told(&mut first).await;
    assert_eq!(name, "now");
    hire(&stand.desk, &["bob"]);
    let (_, came) = told(&mut first).await;
    let (_, went) = told(&mut first).await;
    // Each has what came after the event that they have, and nothing twice.
    let mut back = follow(&stand, Some(&begin)).await;
    assert_eq!(told(&mut back).await, ("agent".to_owned(), came.clone()));
    assert_eq!(told(&mut back).await, ("agent".to_owned(), went.clone()));
    let mut back = follow(&stand, Some(&came)).await;
    assert_eq!(told(&mut back).await, ("agent".to_owned(), went.clone()));
    let mut back = follow(&stand, Some(&went)).await;
    hire(&stand.desk, &["bob", "cid"]);
    let (name, next) = told(&mut back).await;
    assert!(name == "agent" && next != went, "{name} {next}");
    // What is of another start, or not yet, or no id at all, says nothing of what they have.
    let (start, _) = begin.split_once('.').expect("an id");
    for last in ["00000000.1", "1", "x.y", &format!("{start}.999"), &format!("{start}.-1")] {
        let mut back = follow(&stand, Some(last)).await;
        assert_eq!(told(&mut back).await, ("now".to_owned(), next.clone()), "{last}");
    }
}

#[tokio::test]
async fn it_goes_on_though_whoever_came_first_did_not_wait_and_though_a_look_fails() {
    let stand = Stand::new();
    hire(&stand.desk, &["ann"]);
    // Dropped before it was answered.
    assert!(follow(&stand, None).now_or_never().is_none());
    let mut first = follow(&stand, None).await;
    assert_eq!(told(&mut first).await.0, "now");
    // A fault of the host's own.
    stand.desk.said.lock().expect("nobody broke it").insert("agents", "none of its shape".into());
    tokio::time::sleep(Duration::from_millis(1500)).await;
    stand.desk.said.lock().expect("nobody broke it").remove("agents");
    hire(&stand.desk, &["ann", "bob"]);
    assert_eq!(told(&mut first).await.0, "agent");
}

#[tokio::test]
async fn all_who_follow_share_one_look_and_without_them_there_is_none() {
    let running = running(OwnerToken::random().expect("randomness")).await;
    let mut all: Vec<Events> = Vec::new();
    for _ in 0..8 {
        let mut events = running.client.events(Method::GET, "/api/v1/events", None).await.expect("a stream");
        next(&mut events).await;
        all.push(events);
    }
    let before = running.desk.asked();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    // A look asks for three things.
    let looked = running.desk.asked() - before;
    assert!((3..=9).contains(&looked), "{looked}");
    drop(all);
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let before = running.desk.asked();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(running.desk.asked(), before, "nobody follows");
}
