//! A file that is sent to be installed: with the form's token, of a size that is taken, and only as a form.

use crate::stand::{Browser, UPLOAD, upload};
use axum::body::Body;
use axum::http::header::LOCATION;
use axum::http::{Method, StatusCode};

async fn sent(browser: &Browser, body: String) -> crate::stand::Answer {
    let mut request = browser.request(&Method::POST, UPLOAD);
    *request.body_mut() = Body::from(body);
    browser.ask(request).await
}

#[tokio::test]
async fn a_file_becomes_a_package_that_is_called_after_it() {
    let browser = Browser::new();
    let answer = sent(&browser, upload(Some(&browser.token()), "My_Tool.wasm")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let to = answer.headers[LOCATION].to_str().expect("a place");
    assert_eq!(to, "/packages/package?name=local%3Amy-tool%400.1.0&done=installed");
}

#[tokio::test]
async fn a_file_without_the_token_or_with_anothers_before_it_is_not_taken_in() {
    let browser = Browser::new();
    for (token, expect) in [(None, StatusCode::BAD_REQUEST), (Some("x"), StatusCode::FORBIDDEN)] {
        let before = browser.desk.asked();
        assert_eq!(sent(&browser, upload(token, "calc.wasm")).await.status, expect);
        // The page that says so counts what waits, and asks nothing else.
        assert!(browser.desk.asked() <= before + 1);
    }
}

#[tokio::test]
async fn what_breaks_off_or_has_no_file_gets_a_clear_error() {
    let browser = Browser::new();
    let whole = upload(Some(&browser.token()), "calc.wasm");
    for body in [&whole[..whole.len() / 2], "", "--between-parts--\r\n", "no form at all"] {
        let answer = sent(&browser, body.to_owned()).await;
        assert!(answer.status.is_client_error(), "{}: {}", answer.status, answer.text);
        assert!(answer.text.contains("role=\"alert\""), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_file_name_that_would_do_something_does_nothing() {
    let browser = Browser::new();
    let answer = sent(&browser, upload(Some(&browser.token()), "<img src=x onerror=owned()>.wasm")).await;
    let to = answer.headers[LOCATION].to_str().expect("a place");
    assert_eq!(to, "/packages/package?name=local%3Aimg-src-x-onerror-owned%400.1.0&done=installed");
    let answer = sent(&browser, upload(Some(&browser.token()), "7.wasm")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
}
