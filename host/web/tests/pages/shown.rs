//! What pages say, to people and to browsers.

use crate::stand::{Browser, everywhere};
use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::{Method, StatusCode};
use std::sync::atomic::Ordering;

/// The pages that are read.
pub(crate) const PAGES: [&str; 27] = [
    "/",
    "/approvals",
    "/agents",
    "/packages",
    "/ledger",
    "/guardian",
    "/settings",
    "/api",
    "/welcome?key=k",
    "/welcome?key=x",
    "/welcome/model",
    "/welcome/hello",
    "/welcome/tool",
    "/nothing",
    "/agents/new",
    "/agents/agent?name=assistant",
    "/brain",
    "/brain?q=word&agent=assistant",
    "/brain/memory?agent=assistant&id=m1",
    "/brain/care?agent=assistant&dream=1&diff=s1",
    "/authority",
    "/packages/package?name=acme%3Acalc%401.0.0",
    "/servers",
    "/servers/server?name=files",
    "/models",
    "/ledger/turn?turn=t1",
    "/chat/search?agent=assistant&q=word",
];

#[tokio::test]
async fn every_answer_tells_browsers_to_load_nothing_but_what_is_ours() {
    let browser = Browser::new();
    for (method, path) in everywhere() {
        let answer = browser.ask(browser.request(&method, &path)).await;
        let policy = answer.headers["content-security-policy"].to_str().expect("text");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{method} {path}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.headers[name], value, "{method} {path}");
        }
        assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")), "{method} {path}");
    }
}

#[tokio::test]
async fn no_page_has_a_script_or_a_style_in_it_and_none_loads_anything_from_elsewhere() {
    let browser = Browser::new();
    for path in PAGES {
        let text = browser.get(path).await.text;
        assert!(text.starts_with("<!DOCTYPE html>"), "{path}: {text}");
        for tag in text.split('<').filter(|tag| tag.starts_with("script") || tag.starts_with("link")) {
            assert!(tag.contains("=\"/assets/"), "{path}: {tag}");
        }
        for bad in ["<style", " style=", " onclick", " onload", "javascript:", "http://", "https://", "<iframe", "<img"]
        {
            assert!(!text.contains(bad), "{path}: {bad}");
        }
    }
}

#[tokio::test]
async fn every_page_has_one_head_a_title_a_language_and_a_way_past_the_rail() {
    let browser = Browser::new();
    for path in PAGES {
        let text = browser.get(path).await.text;
        assert_eq!(text.matches("<h1").count(), 1, "{path}");
        for part in
            ["<html lang=\"en\">", "<title>", "href=\"#main\"", "id=\"main\" tabindex=\"-1\"", "name=\"viewport\""]
        {
            assert!(text.contains(part), "{path}: {part}");
        }
    }
}

#[tokio::test]
async fn safe_mode_stands_on_every_page() {
    let browser = Browser::new();
    for on in [false, true] {
        browser.desk.safe_mode.store(on, Ordering::SeqCst);
        for path in PAGES {
            let text = browser.get(path).await.text;
            let banner = text.split("<div class=\"safe-mode\"").nth(1).expect("it is there").split('>').next();
            assert_eq!(!banner.expect("a tag").contains("hidden"), on, "{path}");
        }
    }
}

#[tokio::test]
async fn scripts_and_styles_are_kept_by_browsers_and_have_another_name_when_they_change() {
    let browser = Browser::new();
    let text = browser.get("/approvals").await.text;
    let mut files = 0;
    for url in text.split('"').filter(|part| part.starts_with("/assets/")) {
        let mut request = browser.request(&Method::GET, url);
        request.headers_mut().remove("cookie");
        let answer = browser.ask(request).await;
        assert_eq!(answer.status, StatusCode::OK, "{url}");
        assert!(answer.headers["cache-control"].to_str().expect("text").contains("immutable"), "{url}");
        for import in answer.text.split("from \"").skip(1).map(|rest| rest.split('"').next().expect("a name")) {
            let path = format!("/assets/{}", import.trim_start_matches("./"));
            assert_eq!(browser.get(&path).await.status, StatusCode::OK, "{url} imports {import}");
        }
        let mut request = browser.request(&Method::GET, url);
        request.headers_mut().insert(IF_NONE_MATCH, answer.headers[ETAG].clone());
        assert_eq!(browser.ask(request).await.status, StatusCode::NOT_MODIFIED, "{url}");
        files += 1;
    }
    assert_eq!(files, 5);
}

#[tokio::test]
async fn the_first_page_and_all_that_it_loads_are_small() {
    let browser = Browser::new();
    let text = browser.get("/").await.text;
    let mut bytes = text.len();
    for url in text.split('"').filter(|part| part.starts_with("/assets/")) {
        bytes += browser.get(url).await.text.len();
    }
    assert!(bytes < 150 << 10, "{bytes} bytes, without compression");
}

#[tokio::test]
async fn an_answer_streams_as_html_and_ends_with_the_whole() {
    let browser = Browser::new();
    let answer = browser.post("/chat/stream").await;
    let events: Vec<&str> = answer.text.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!((events[0], events[1], events.last().copied()), ("status", "tool", Some("reply")), "{}", answer.text);
    assert!(answer.text.contains("used 1 memory"), "{}", answer.text);
}

#[tokio::test]
async fn a_turn_ends_when_its_session_does() {
    let browser = Browser::new();
    let mut request = browser.request(&Method::POST, "/chat/stream");
    let form = format!("agent=assistant&conversation=c&text=wait&token={}", browser.token());
    *request.body_mut() = axum::body::Body::from(form);
    let desk = browser.desk.clone();
    let (answer, ()) = tokio::join!(browser.ask(request), async {
        desk.begun.notified().await;
        desk.door.end_all();
        desk.cancelled.notified().await;
    });
    assert!(answer.text.contains("your session is over"), "{}", answer.text);
}

#[tokio::test]
async fn an_answer_to_an_ask_is_the_owners_and_leads_back() {
    let browser = Browser::new();
    let answer = browser.post("/approvals/answer").await;
    assert_eq!(
        (answer.status, &answer.headers["location"]),
        (StatusCode::SEE_OTHER, &"/approvals?done=yes".parse().expect("a place"))
    );
}

#[tokio::test]
async fn a_secret_is_on_no_page() {
    let browser = Browser::new();
    *browser.desk.hidden.lock().expect("not poisoned") = Some("acme:mail".to_owned());
    let text = browser.get("/approvals").await.text;
    assert!(!text.contains("acme:mail") && text.contains("[secret]"), "{text}");
}

#[tokio::test]
async fn a_page_whose_connection_broke_reads_on_where_it_was() {
    let browser = Browser::new();
    let told = browser.post("/chat/stream").await.text;
    let ids: Vec<&str> = told.lines().filter_map(|line| line.strip_prefix("id: ")).collect();
    assert!(told.contains("event: status") && told.contains("event: reply") && ids.len() >= 3, "{told}");
    let after = async |id: &str| {
        let mut request = browser.request(&Method::GET, "/chat/stream");
        request.headers_mut().insert("last-event-id", id.parse().expect("an id"));
        browser.ask(request).await
    };
    let rest = after(ids[0]).await.text;
    assert!(!rest.contains("event: status") && rest.contains("event: tool") && rest.contains("event: reply"), "{rest}");
    assert_eq!(after("0.1").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/chat/stream").await.status, StatusCode::BAD_REQUEST);
}
