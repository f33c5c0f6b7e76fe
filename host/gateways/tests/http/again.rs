//! Requests that are sent again, readers that come back, and answers that are known already.

use super::fake::LISTEN;
use super::stand::Stand;
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, ETAG, HeaderName, IF_NONE_MATCH};
use axum::http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use loket_gateways::http::Gate;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");

fn with(mut request: Request<Body>, name: &HeaderName, value: &str) -> Request<Body> {
    request.headers_mut().insert(name.clone(), value.parse().expect("a value"));
    request
}

async fn text(body: Body) -> String {
    String::from_utf8(body.collect().await.expect("a body").to_bytes().to_vec()).expect("text")
}

fn granting(stand: &Stand, key: &str) -> Request<Body> {
    with(stand.request(&Method::POST, "/api/v1/grants"), &KEY, key)
}

#[tokio::test]
async fn what_is_sent_again_with_its_key_is_done_once_and_answered_the_same() {
    let stand = Stand::new();
    let first = stand.ask(granting(&stand, "k-1")).await;
    assert!(!first.headers().contains_key("idempotency-replayed"));
    let again = stand.ask(granting(&stand, "k-1")).await;
    assert_eq!(
        (again.status(), &again.headers()["idempotency-replayed"]),
        (StatusCode::OK, &"true".parse().expect("a value"))
    );
    assert_eq!(again.headers()["cache-control"], "no-store", "it went through the gate like the first");
    assert_eq!(text(first.into_body()).await, text(again.into_body()).await);
    assert_eq!(stand.desk.asked(), 1);
    for key in ["k-2", "k-3"] {
        assert_eq!(stand.ask(granting(&stand, key)).await.status(), StatusCode::OK);
    }
    assert_eq!(stand.desk.asked(), 3, "another key is another request");
}

#[tokio::test]
async fn a_key_stands_for_one_request() {
    let stand = Stand::new();
    assert_eq!(stand.ask(granting(&stand, "k")).await.status(), StatusCode::OK);
    let mut other = granting(&stand, "k");
    *other.body_mut() = Body::from(r#"{"grantee":"assistant","capability":"other:thing"}"#);
    let (status, problem) = stand.problem(other).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &"invalid".into()));
    let elsewhere = with(stand.request(&Method::POST, "/api/v1/grants/revoke"), &KEY, "k");
    assert_eq!(stand.problem(elsewhere).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(stand.desk.asked(), 1);
    for wrong in ["", " ", &"x".repeat(129)] {
        assert_eq!(stand.problem(granting(&stand, wrong)).await.0, StatusCode::BAD_REQUEST, "{wrong:?}");
    }
}

#[tokio::test]
async fn a_key_is_its_callers_own() {
    let (stand, other) = Stand::with_another(true);
    assert_eq!(stand.ask(granting(&stand, "k")).await.status(), StatusCode::OK);
    let mut request = granting(&stand, "k");
    request.headers_mut().insert(AUTHORIZATION, other.bearer());
    let answer = stand.ask(request).await;
    assert!(answer.status() == StatusCode::OK && !answer.headers().contains_key("idempotency-replayed"));
    assert_eq!(stand.desk.asked(), 2);
}

#[tokio::test]
async fn a_request_that_is_still_being_done_is_not_done_beside_itself() {
    let stand = Stand::new();
    let call = |stand: &Stand| {
        let mut request = with(stand.request(&Method::POST, "/api/v1/call"), &KEY, "slow");
        *request.body_mut() = Body::from(r#"{"capability":"a:b/c","function":"wait"}"#);
        request
    };
    let first = tokio::spawn({
        let (router, request) = (stand.router.clone(), call(&stand));
        async move { tower::ServiceExt::oneshot(router, request).await }
    });
    while stand.desk.asked() == 0 {
        tokio::task::yield_now().await;
    }
    let (status, problem) = stand.problem(call(&stand)).await;
    assert_eq!((status, stand.desk.asked()), (StatusCode::CONFLICT, 1), "{problem}");
    first.abort();
}

#[tokio::test]
async fn what_may_go_well_another_time_is_tried_again() {
    let stand = Stand::new();
    let call = |stand: &Stand| {
        let mut request = with(stand.request(&Method::POST, "/api/v1/call"), &KEY, "k");
        *request.body_mut() = Body::from(r#"{"capability":"a:b/c","function":"fail"}"#);
        request
    };
    for count in 1..=2 {
        assert_eq!(stand.problem(call(&stand)).await.0, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(stand.desk.asked(), count);
    }
}

#[tokio::test]
async fn an_answer_that_is_known_is_not_sent_again() {
    let stand = Stand::new();
    let agents = || stand.request(&Method::GET, "/api/v1/agents");
    let first = stand.ask(agents()).await;
    let tag = first.headers()[ETAG].to_str().expect("text").to_owned();
    assert!(!text(first.into_body()).await.is_empty());
    for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
        let again = stand.ask(with(agents(), &IF_NONE_MATCH, &known)).await;
        assert_eq!(
            (again.status(), &again.headers()[ETAG]),
            (StatusCode::NOT_MODIFIED, &tag.parse().expect("a value"))
        );
        assert!(text(again.into_body()).await.is_empty(), "{known}");
    }
    let other = stand.ask(with(agents(), &IF_NONE_MATCH, "\"x\"")).await;
    assert_eq!(other.status(), StatusCode::OK);
    let elsewhere = stand.ask(with(stand.request(&Method::GET, "/api/v1/doctor"), &IF_NONE_MATCH, &tag)).await;
    assert_eq!(elsewhere.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_reader_of_the_ledger_that_comes_back_gets_what_it_missed_once() {
    let stand = Stand::new();
    let last = HeaderName::from_static("last-event-id");
    let follow = || stand.request(&Method::GET, "/api/v1/ledger/follow");
    // The desk has lines 2 and 1000 since then, and its stream brings lines 1 and 2 once more.
    let mut body = stand.ask(with(follow(), &last, "1")).await.into_body();
    let mut seen = String::new();
    while seen.matches("id: ").count() < 2 {
        let frame = body.frame().await.expect("it goes on").expect("a frame");
        seen.push_str(std::str::from_utf8(&frame.into_data().expect("data")).expect("text"));
    }
    assert!(seen.contains("id: 2\n") && seen.contains("id: 1000\n") && !seen.contains("id: 1\n"), "{seen}");
    let (status, problem) = stand.problem(with(follow(), &last, "x")).await;
    assert_eq!((status, &problem["code"]), (StatusCode::BAD_REQUEST, &"invalid".into()));
}

#[tokio::test]
async fn what_a_page_answers_to_one_is_never_told_to_another_by_a_key() {
    use axum::http::HeaderMap;
    use axum::routing::post;
    let mut stand = Stand::new();
    let gate = Gate::new(LISTEN.parse().expect("an address"), stand.token.clone());
    let answer = |headers: HeaderMap| async move {
        let told = if headers.contains_key("cookie") { "for whoever is in" } else { "nothing" };
        axum::Json(told)
    };
    let pages = axum::Router::new().route("/page", post(answer));
    stand.router = loket_gateways::http::router_with(stand.desk.clone(), gate, Some(pages));
    let ask = |cookie: bool| {
        let mut request = with(stand.request(&Method::POST, "/page"), &KEY, "k");
        request.headers_mut().remove(AUTHORIZATION);
        if cookie {
            request.headers_mut().insert("cookie", "a=b".parse().expect("a value"));
        }
        stand.ask(request)
    };
    assert_eq!(text(ask(true).await.into_body()).await, "\"for whoever is in\"");
    assert_eq!(text(ask(false).await.into_body()).await, "\"nothing\"");
}

#[tokio::test]
async fn a_turn_takes_no_key_and_is_not_begun() {
    let stand = Stand::new();
    let (status, problem) = stand.problem(with(stand.request(&Method::POST, "/api/v1/chat"), &KEY, "k")).await;
    assert_eq!((status, &problem["code"]), (StatusCode::BAD_REQUEST, &"invalid".into()));
    assert_eq!(stand.desk.asked(), 0);
}
