//! Who is refused: every page, and every place where there is none, by every kind of stranger.

use crate::fake::LISTEN;
use crate::stand::{Browser, UPLOAD, closed, everywhere, upload};
use axum::body::Body;
use axum::http::header::{ACCEPT, AUTHORIZATION, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use axum::http::{HeaderValue, Method, Request, StatusCode};
use loket_gateways::entrance::Entrance;
use loket_gateways::http::{Gate, Peer, router_with, routes};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

fn set(request: &mut Request<Body>, name: impl axum::http::header::IntoHeaderName, value: &str) {
    request.headers_mut().insert(name, HeaderValue::from_str(value).expect("a value"));
}

/// That what `change` makes of a good request leads to the login, or is refused, at every page that is not open; and the desk hears nothing.
async fn is_out(browser: &Browser, change: impl Fn(&mut Request<Body>)) {
    let before = browser.desk.asked();
    for (method, path) in closed() {
        let mut request = browser.request(&method, &path);
        change(&mut request);
        let answer = browser.ask(request).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{method} {path}");
        let to = answer.headers[LOCATION].to_str().expect("a place");
        assert!(to == "/login" || to.starts_with("/login?to=%2F"), "{method} {path}: {to}");

        let mut request = browser.request(&method, &path);
        set(&mut request, ACCEPT, "text/event-stream");
        set(&mut request, "sec-fetch-mode", "cors");
        change(&mut request);
        let answer = browser.ask(request).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
    }
    assert_eq!(browser.desk.asked(), before);
}

/// That what `change` makes of a good request is refused everywhere, open pages included.
async fn refused(change: impl Fn(&mut Request<Body>), also_reading: bool) {
    let browser = Browser::new();
    let before = browser.desk.asked();
    for (method, path) in everywhere() {
        if !also_reading && method == Method::GET {
            continue;
        }
        let mut request = browser.request(&method, &path);
        change(&mut request);
        let answer = browser.ask(request).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path}: {}", answer.text);
    }
    assert_eq!(browser.desk.asked(), before);
}

#[tokio::test]
async fn without_a_session_there_is_the_login_and_nothing_else() {
    let browser = Browser::new();
    is_out(&browser, |request| {
        request.headers_mut().remove(COOKIE);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_session_opens_nothing() {
    let browser = Browser::new();
    let good = browser.cookie();
    for wrong in [
        "loket-1987=",
        "loket-1987=x",
        &good.to_uppercase(),
        &good.replace("1987", "1988"),
        &good[..good.len() - 1],
        &format!("{good}; {good}"),
        &format!("{good}0"),
    ] {
        is_out(&browser, |request| set(request, COOKIE, wrong)).await;
    }
}

#[tokio::test]
async fn a_session_that_has_ended_opens_nothing() {
    let browser = Browser::new();
    assert_eq!(browser.get("/settings").await.status, StatusCode::OK);
    browser.desk.door.end_all();
    is_out(&browser, |_| {}).await;
}

#[tokio::test]
async fn a_turn_goes_on_without_its_page_and_ends_with_its_own_session() {
    let browser = Browser::new();
    let other = browser.desk.door.enter();
    let mut request = browser.request(&Method::POST, "/chat/stream");
    *request.body_mut() = Body::from(format!("agent=assistant&conversation=c&text=wait&token={}", browser.token()));
    // What is heard of it so far; then the page is gone.
    let answer = browser.ask(request).await;
    assert!(answer.text.contains("event: tool"), "{}", answer.text);
    let stream = answer.headers["loket-stream"].to_str().expect("text").to_owned();
    // Another session hears it, too, and ends.
    let hearing = Browser {
        session: other,
        desk: browser.desk.clone(),
        router: browser.router.clone(),
        owner: browser.owner.clone(),
    };
    let mut request = hearing.request(&Method::GET, "/chat/stream");
    set(&mut request, "last-event-id", &format!("{stream}.0"));
    let (answer, ()) = tokio::join!(hearing.ask(request), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        browser.desk.door.end("1").await.expect("it ends");
    });
    assert!(answer.text.contains("your session is over"), "{}", answer.text);
    let cancelled = tokio::time::timeout(Duration::from_millis(300), browser.desk.cancelled.notified()).await;
    assert!(cancelled.is_err(), "it was not its turn");
    browser.desk.door.end("0").await.expect("it ends");
    let cancelled = tokio::time::timeout(Duration::from_secs(5), browser.desk.cancelled.notified()).await;
    assert!(cancelled.is_ok(), "nobody hears it, and it ends all the same");
}

#[tokio::test]
async fn where_it_is_encrypted_the_cookie_comes_back_over_no_other_way() {
    for (scheme, is_secure) in [("http", false), ("https", true)] {
        let mut browser = Browser::new();
        let listen: SocketAddr = LISTEN.parse().expect("an address");
        if is_secure {
            let gate = Gate::new(listen, browser.owner.clone()).encrypted(&[]);
            let pages = loket_web::pages(browser.desk.clone(), listen);
            browser.router = router_with(browser.desk.clone(), gate, Some(pages));
        }
        let mut request = browser.request(&Method::POST, "/welcome");
        request.headers_mut().remove(COOKIE);
        set(&mut request, ORIGIN, &format!("{scheme}://{LISTEN}"));
        let answer = browser.ask(request).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        let cookies: Vec<_> =
            answer.headers.get_all(SET_COOKIE).iter().map(|set| set.to_str().expect("text")).collect();
        assert!(!cookies.is_empty());
        for cookie in cookies {
            assert_eq!(cookie.split("; ").filter(|part| *part == "Secure").count(), usize::from(is_secure), "{cookie}");
        }
    }
}

#[tokio::test]
async fn the_owners_token_opens_no_page_and_a_session_no_path_of_programs() {
    let browser = Browser::new();
    let bearer = browser.owner.bearer();
    is_out(&browser, |request| {
        request.headers_mut().remove(COOKIE);
        request.headers_mut().insert(AUTHORIZATION, bearer.clone());
    })
    .await;
    let before = browser.desk.asked();
    for (method, path) in routes::list() {
        // Where nobody must show anything: this host names no authorization server, so there is nothing there.
        let expect = match path.as_str() {
            "/api/v1/health" | "/api/v1/ready" => continue,
            path if path.starts_with("/.well-known/") => StatusCode::NOT_FOUND,
            _ => StatusCode::UNAUTHORIZED,
        };
        let answer = browser.ask(browser.request(&method, &path)).await;
        assert_eq!(answer.status, expect, "{method} {path}");
    }
    assert_eq!(browser.ask(browser.request(&Method::GET, "/api/v2/agents")).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(browser.desk.asked(), before);
}

#[tokio::test]
async fn a_rebound_name_is_another_host() {
    for host in ["evil.example", "evil.example:1987", "localhost", "localhost:1988", "127.0.0.1.evil.example:1987"] {
        refused(|request| set(request, HOST, host), true).await;
    }
}

#[tokio::test]
async fn a_page_of_another_origin_is_refused() {
    for origin in ["http://evil.example", "https://127.0.0.1:1987", "http://127.0.0.1:3000", "null"] {
        refused(|request| set(request, ORIGIN, origin), true).await;
    }
}

#[tokio::test]
async fn another_machine_is_refused() {
    let address: IpAddr = "192.0.2.7".parse().expect("an address");
    refused(
        |request| {
            let peer = Peer { address, ..Peer::in_process() };
            request.extensions_mut().insert(peer);
        },
        true,
    )
    .await;
}

#[tokio::test]
async fn what_another_port_of_this_machine_embeds_or_sends_is_refused_though_the_cookie_comes_along() {
    for site in ["same-site", "cross-site"] {
        refused(
            |request| {
                request.headers_mut().remove(ORIGIN);
                set(request, "sec-fetch-site", site);
                set(request, "sec-fetch-mode", "no-cors");
            },
            true,
        )
        .await;
    }
}

#[tokio::test]
async fn what_changes_something_and_does_not_say_where_it_comes_from_is_refused() {
    refused(
        |request| {
            request.headers_mut().remove(ORIGIN);
            request.headers_mut().remove("sec-fetch-site");
        },
        false,
    )
    .await;
}

#[tokio::test]
async fn a_form_without_the_sessions_token_or_with_anothers_is_refused() {
    let (browser, other) = (Browser::new(), Browser { session: "9".repeat(64), ..Browser::new() });
    for token in ["", "&token=", "&token=x", &format!("&token={}", other.token())] {
        for (method, path) in closed() {
            // Where no form is taken at all, there is nothing to refuse.
            if method != Method::POST || path == "/nothing" {
                continue;
            }
            let before = browser.desk.asked();
            let mut request = browser.request(&method, &path);
            *request.body_mut() = match path == UPLOAD {
                true => Body::from(upload(token.strip_prefix("&token="), "calc.wasm")),
                false => Body::from(format!("agent=assistant&text=hello&asks=a%3Ab&answer=once{token}")),
            };
            let answer = browser.ask(request).await;
            let expect = if token.is_empty() { StatusCode::BAD_REQUEST } else { StatusCode::FORBIDDEN };
            assert_eq!(answer.status, expect, "{path} {token}");
            // The page that says so counts what waits, and asks nothing else.
            assert!(browser.desk.asked() <= before + 1, "{path}");
        }
    }
}

#[tokio::test]
async fn json_is_no_form() {
    let browser = Browser::new();
    for (method, path) in everywhere() {
        if method != Method::POST || path == "/nothing" {
            continue;
        }
        let mut request = browser.request(&method, &path);
        set(&mut request, "content-type", "application/json");
        assert_eq!(browser.ask(request).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}");
    }
}

#[tokio::test]
async fn whoever_is_in_is_answered_on_every_page() {
    for (method, path) in everywhere() {
        let browser = Browser::new();
        let answer = browser.ask(browser.request(&method, &path)).await;
        let status = answer.status;
        let known = !matches!(path.as_str(), "/nothing" | "/assets/none.js") && method != Method::DELETE;
        // A key is good for who has it, and this desk has no passphrase yet.
        let expect = match (known, path.as_str()) {
            (false, _) => status == StatusCode::NOT_FOUND,
            (true, "/login" | "/welcome") => !status.is_server_error(),
            // What this desk answers to a call is no lesson that was learned, and it makes no file.
            (true, "/chat/correct" | "/settings/backup") => status == StatusCode::INTERNAL_SERVER_ERROR,
            // No turn was begun that could be read on.
            (true, "/chat/stream") if method == Method::GET => status == StatusCode::BAD_REQUEST,
            _ => status.is_success() || status == StatusCode::SEE_OTHER,
        };
        assert!(expect, "{method} {path}: {status} {}", answer.text);
    }
}
