//! In and out.

use crate::stand::Browser;
use axum::body::Body;
use axum::http::header::{COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, StatusCode};

/// The cookie that an answer sets.
fn set_cookie(headers: &HeaderMap) -> String {
    headers.get(SET_COOKIE).expect("a cookie").to_str().expect("text").to_owned()
}

/// Sends a form without a session.
async fn send(browser: &Browser, path: &str, form: &str) -> crate::stand::Answer {
    let mut request = browser.request(&Method::POST, path);
    request.headers_mut().remove(COOKIE);
    *request.body_mut() = Body::from(form.to_owned());
    browser.ask(request).await
}

#[tokio::test]
async fn a_link_sets_the_passphrase_and_the_passphrase_lets_in() {
    let browser = Browser::new();
    let mut request = browser.request(&Method::GET, "/login");
    request.headers_mut().remove(COOKIE);
    assert!(browser.ask(request).await.text.contains("Nobody owns this Loket yet"));

    let wrong = send(&browser, "/welcome", "key=x&passphrase=correct+horse&again=correct+horse").await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    let differs = send(&browser, "/welcome", "key=k&passphrase=correct+horse&again=correct+hors").await;
    assert_eq!(differs.status, StatusCode::BAD_REQUEST);
    let set = send(&browser, "/welcome", "key=k&passphrase=correct+horse&again=correct+horse").await;
    assert_eq!(
        (set.status, &set.headers[LOCATION]),
        (StatusCode::SEE_OTHER, &"/welcome/model".parse().expect("a place"))
    );

    let wrong = send(&browser, "/login", "passphrase=battery+staple&to=%2Fledger").await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    assert!(wrong.text.contains("value=\"/ledger\"") && !wrong.text.contains("battery"), "{}", wrong.text);
    let right = send(&browser, "/login", "passphrase=correct+horse&to=%2Fledger").await;
    assert_eq!((right.status, &right.headers[LOCATION]), (StatusCode::SEE_OTHER, &"/ledger".parse().expect("a place")));
    let cookie = set_cookie(&right.headers);
    for part in ["loket-1987=", "; Path=/", "; HttpOnly", "; SameSite=Strict", "; Max-Age=60"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert_eq!(right.headers["cache-control"], "no-store");
    assert!(!cookie.contains("Domain"), "it is for this host alone: {cookie}");
}

#[tokio::test]
async fn a_login_leads_to_no_other_site() {
    let browser = Browser::new();
    send(&browser, "/welcome", "key=k&passphrase=correct+horse&again=correct+horse").await;
    for to in [
        "%2F%2Fevil.example",
        "http%3A%2F%2Fevil.example",
        "%2F%5Cevil.example",
        "%2F%09%2Fevil.example",
        "%2F%0A%2Fevil.example",
    ] {
        let answer = send(&browser, "/login", &format!("passphrase=correct+horse&to={to}")).await;
        assert_eq!(answer.headers[LOCATION], "/", "{to}");
    }
}

#[tokio::test]
async fn whoever_logs_out_is_out() {
    let browser = Browser::new();
    let out = browser.post("/logout").await;
    assert_eq!((out.status, &out.headers[LOCATION]), (StatusCode::SEE_OTHER, &"/login".parse().expect("a place")));
    assert!(set_cookie(&out.headers).contains("Max-Age=0"));
    assert_eq!(browser.get("/settings").await.status, StatusCode::SEE_OTHER);
}
