//! Lists a page at a time: every item once, whatever comes and goes meanwhile, and by no cursor that is not the service's own.

use super::fake::Fake;
use super::fake::samples::agent;
use super::stand::Stand;
use axum::http::{Method, StatusCode};
use http_body_util::BodyExt;
use loket_gateways::client::Client;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// A stand with so many agents.
fn with(count: usize) -> Stand {
    let stand = Stand::new();
    fill(&stand.desk, 0..count);
    stand
}

fn fill(desk: &Fake, numbers: impl Iterator<Item = usize>) {
    *desk.agents.lock().expect("nobody broke it") = numbers.map(|number| agent(&format!("a{number}"))).collect();
}

async fn page(stand: &Stand, query: &str) -> (Vec<String>, Option<String>) {
    page_of(stand, "agents", query).await
}

async fn page_of(stand: &Stand, list: &str, query: &str) -> (Vec<String>, Option<String>) {
    let response = stand.ask(stand.request(&Method::GET, &format!("/api/v1/{list}?{query}"))).await;
    assert_eq!(response.status(), StatusCode::OK, "{list} {query}");
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    let page: Json = serde_json::from_slice(&body).expect("JSON");
    let names =
        page["items"].as_array().expect("items").iter().map(|item| item["name"].as_str().expect("a name").to_owned());
    (names.collect(), page["next"].as_str().map(str::to_owned))
}

#[tokio::test]
async fn each_item_is_on_one_page_in_the_order_of_the_list() {
    let stand = with(250);
    for limit in [1, 7, 100, 249, 250, 1000] {
        let (mut all, mut next) = page(&stand, &format!("limit={limit}")).await;
        assert_eq!(all.len(), limit.min(250));
        while let Some(cursor) = next {
            let (items, following) = page(&stand, &format!("limit={limit}&cursor={cursor}")).await;
            assert!(!items.is_empty() && items.len() <= limit);
            all.extend(items);
            next = following;
        }
        assert_eq!(all, (0..250).map(|number| format!("a{number}")).collect::<Vec<_>>(), "{limit}");
    }
    assert_eq!(page(&stand, "").await.0.len(), 100);
}

#[tokio::test]
async fn what_comes_and_goes_meanwhile_is_neither_told_twice_nor_left_out() {
    let stand = with(20);
    let (_, next) = page(&stand, "limit=10").await;
    let cursor = next.expect("there is more");
    // Some before the cursor go, the last one of the page among them; others come before it and after it.
    fill(&stand.desk, [100, 0, 5, 6, 7].into_iter().chain(10..20).chain([101]));
    let (items, next) = page(&stand, &format!("limit=100&cursor={cursor}")).await;
    let expect: Vec<_> = (10..20).chain([101]).map(|number| format!("a{number}")).collect();
    assert_eq!((items, next), (expect, None));
    fill(&stand.desk, 10..20);
    let (status, problem) =
        stand.problem(stand.request(&Method::GET, &format!("/api/v1/agents?cursor={cursor}"))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(problem["hint"], "begin the list anew", "what was there is all gone: {problem}");
}

#[tokio::test]
async fn what_is_made_anew_under_its_old_name_is_another_and_hides_nothing() {
    let stand = Stand::new();
    let tokens = |all: &[(&str, u32)]| {
        let token = |(name, day): &(&str, u32)| json!({ "name": name, "approve": false, "since": format!("2026-01-0{day}T00:00:00Z"), "grants": [] });
        let all: Vec<Json> = all.iter().map(token).collect();
        stand.desk.said.lock().expect("nobody broke it").insert("tokens", all.into());
    };
    tokens(&[("a", 1), ("b", 1), ("c", 1), ("d", 1)]);
    let (items, next) = page_of(&stand, "tokens", "limit=2").await;
    assert_eq!(items, ["a", "b"]);
    // The last one of the page is revoked, and made again.
    tokens(&[("a", 1), ("c", 1), ("d", 1), ("b", 2)]);
    let cursor = next.expect("there is more");
    let (items, next) = page_of(&stand, "tokens", &format!("limit=100&cursor={cursor}")).await;
    assert_eq!((items, next), (["c", "d", "b"].map(str::to_owned).to_vec(), None));
}

#[tokio::test]
async fn a_cursor_that_is_forged_or_of_another_list_is_refused() {
    let stand = with(20);
    let (_, next) = page(&stand, "limit=10").await;
    let cursor = next.expect("there is more");
    let mut changed = cursor.clone().into_bytes();
    changed[0] = if changed[0] == b'0' { b'1' } else { b'0' };
    let changed = String::from_utf8(changed).expect("text");
    let (_, others) = page(&with(20), "limit=10").await;
    for (path, cursor) in [
        ("agents", changed),
        ("agents", String::new()),
        ("agents", "zz".to_owned()),
        ("agents", cursor[..10].to_owned()),
        ("agents", cursor.repeat(100)),
        ("agents", format!("{cursor}00")),
        ("agents", others.expect("there is more")),
        ("packages", cursor.clone()),
        ("grants", cursor.clone()),
        ("ledger", cursor),
    ] {
        let request = stand.request(&Method::GET, &format!("/api/v1/{path}?cursor={cursor}"));
        let (status, problem) = stand.problem(request).await;
        assert_eq!((status, &problem["code"]), (StatusCode::BAD_REQUEST, &"invalid".into()), "{path} {cursor}");
        assert!(problem["hint"].is_string(), "{problem}");
    }
    for limit in ["0", "1001", "-1", "many"] {
        let request = stand.request(&Method::GET, &format!("/api/v1/agents?limit={limit}"));
        assert_eq!(stand.problem(request).await.0, StatusCode::BAD_REQUEST, "{limit}");
    }
}

#[tokio::test]
async fn a_client_reads_the_whole_list_however_long_it_is() {
    let desk = Arc::new(Fake::default());
    fill(&desk, 0..2500);
    let agents = Client::in_process(desk).agents().await.expect("agents");
    assert_eq!((agents.len(), agents[2499].name.as_str()), (2500, "a2499"));
}

#[tokio::test]
async fn a_turn_of_many_lines_goes_on_and_the_newest_lines_do_not() {
    let stand = Stand::new();
    let line = |seq: u64| {
        json!({
            "seq": seq, "time": "2026-01-01T00:00:00.000Z", "turn": "t", "kind": "act", "chain": "owner",
            "capability": "", "function": "", "labels": [], "hash": "00",
        })
    };
    stand.desk.said.lock().expect("nobody broke it").insert("ledger", json!([line(1), line(2)]));
    for (query, goes_on) in
        [("turn=t&limit=2", true), ("turn=t&limit=3", false), ("from=1&limit=2", true), ("limit=2", false)]
    {
        let response = stand.ask(stand.request(&Method::GET, &format!("/api/v1/ledger?{query}"))).await;
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        let page: Json = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(page["next"].is_string(), goes_on, "{query}: {page}");
    }
}
