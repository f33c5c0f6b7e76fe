//! Who asks too often: refused, with the time to wait, and nobody else is held up.

use super::fake::LISTEN;
use super::stand::Stand;
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, RETRY_AFTER};
use axum::http::{Method, Request, StatusCode};
use loket_gateways::desk::{Caller, Scopes};
use loket_gateways::http::{Gate, OwnerToken, Peer, Rates, router};
use std::num::NonZeroU32;

/// A stand where so many may come in a minute, and another token.
fn stand(known: u32, strangers: u32) -> (Stand, OwnerToken) {
    let (mut stand, token) = (Stand::new(), OwnerToken::random().expect("randomness"));
    let number = |number| NonZeroU32::new(number).expect("not 0");
    let rates = Rates { known: number(known), strangers: number(strangers) };
    let caller = Caller { name: "mcp:desk".to_owned(), scopes: Scopes { approve: true, metrics: false } };
    let gate = Gate::new(LISTEN.parse().expect("an address"), stand.token.clone());
    stand.router = router(stand.desk.clone(), gate.with_token(token.clone(), caller).with_rates(rates));
    (stand, token)
}

/// A request of another program on this machine.
fn of_program(stand: &Stand, method: &Method, path: &str) -> Request<Body> {
    let mut request = stand.request(method, path);
    request.extensions_mut().insert(Peer { is_this_process: false, ..Peer::in_process() });
    request
}

fn without(stand: &Stand, path: &str) -> Request<Body> {
    let mut request = of_program(stand, &Method::GET, path);
    request.headers_mut().remove(AUTHORIZATION);
    request
}

#[tokio::test]
async fn the_rate_that_is_granted_passes_and_what_is_above_is_refused_with_the_time_to_wait() {
    let (stand, token) = stand(5, 1000);
    for _ in 0..5 {
        assert_eq!(stand.ask(of_program(&stand, &Method::GET, "/api/v1/agents")).await.status(), StatusCode::OK);
    }
    let response = stand.ask(of_program(&stand, &Method::GET, "/api/v1/agents")).await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    let seconds: u32 = response.headers()[RETRY_AFTER].to_str().expect("text").parse().expect("seconds");
    assert!((1..=12).contains(&seconds), "{seconds}");
    let (_, problem) = stand.problem(of_program(&stand, &Method::POST, "/api/v1/grants")).await;
    assert_eq!(problem["code"], "exhausted", "{problem}");
    assert!(problem["hint"].as_str().is_some_and(|hint| hint.contains("requests_a_minute")), "{problem}");
    assert_eq!(stand.desk.asked(), 5, "the desk hears of none that is above");
    let mut request = of_program(&stand, &Method::GET, "/api/v1/agents");
    request.headers_mut().insert(AUTHORIZATION, token.bearer());
    assert_eq!(stand.ask(request).await.status(), StatusCode::OK, "another is not held up");
}

#[tokio::test]
async fn strangers_are_refused_together_and_hold_up_neither_the_owner_nor_who_looks_for_the_service() {
    let (stand, _) = stand(1000, 3);
    for _ in 0..3 {
        let status = stand.ask(without(&stand, "/api/v1/agents")).await.status();
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    let (status, problem) = stand.problem(without(&stand, "/api/v1/agents")).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert!(problem["hint"].as_str().is_some_and(|hint| hint.contains("strangers_a_minute")), "{problem}");
    // A page of another site that asks again and again is a stranger, whatever it shows.
    let mut request = of_program(&stand, &Method::GET, "/api/v1/agents");
    request.headers_mut().insert("origin", "http://evil.example".parse().expect("an origin"));
    assert_eq!(stand.ask(request).await.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(stand.ask(of_program(&stand, &Method::GET, "/api/v1/agents")).await.status(), StatusCode::OK);
    assert_eq!(stand.ask(without(&stand, "/api/v1/health")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_stops_a_program_gone_wild_does_not_wait_for_it() {
    let (stand, _) = stand(1, 1000);
    assert_eq!(stand.ask(of_program(&stand, &Method::GET, "/api/v1/agents")).await.status(), StatusCode::OK);
    for (path, is_paced) in [
        ("/api/v1/grants", true),
        ("/api/v1/tokens", true),
        ("/api/v1/grants/revoke", false),
        ("/api/v1/tokens/revoke", false),
        ("/api/v1/chat/stop", false),
        ("/api/v1/asks/answer", false),
        ("/api/v1/guardian/verify", false),
    ] {
        let status = stand.ask(of_program(&stand, &Method::POST, path)).await.status();
        assert_eq!(status == StatusCode::TOO_MANY_REQUESTS, is_paced, "{path}: {status}");
    }
    let own = stand.ask(stand.request(&Method::GET, "/api/v1/agents")).await.status();
    assert_eq!(own, StatusCode::OK, "this process itself does not come too often");
}

#[tokio::test]
async fn who_is_turned_away_takes_nothing_from_who_asks_for_what_is_there_for_all() {
    let mut stand = Stand::new();
    let rates = Rates { strangers: NonZeroU32::MIN, ..Rates::default() };
    let gate = Gate::new(LISTEN.parse().expect("an address"), stand.token.clone()).encrypted(&[]);
    stand.router = router(stand.desk.clone(), gate.with_rates(rates));
    let from = |mut request: Request<Body>| {
        let address = "192.0.2.7".parse().expect("an address");
        request.extensions_mut().insert(Peer { address, is_this_process: false, ..Peer::in_process() });
        request
    };
    let away = || from(without(&stand, "/api/v1/agents"));
    assert_eq!(stand.ask(away()).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(stand.ask(away()).await.status(), StatusCode::TOO_MANY_REQUESTS);
    let open = || from(without(&stand, "/api/v1/ready"));
    assert_eq!(stand.ask(open()).await.status(), StatusCode::OK, "it is counted by itself");
    assert_eq!(stand.ask(open()).await.status(), StatusCode::TOO_MANY_REQUESTS);
}
