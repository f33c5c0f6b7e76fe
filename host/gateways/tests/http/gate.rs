//! Who is refused: every route, and every place where there is none, by every kind of stranger.

use super::fake::LISTEN;
use super::stand::Stand;
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use loket_gateways::http::{Gate, Peer, router, routes};

const HEALTH: &str = "/api/v1/health";
const READY: &str = "/api/v1/ready";
/// What asks for no token.
const PUBLIC: [&str; 4] =
    [HEALTH, "/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp", READY];

/// Every route, and what is none.
fn everywhere() -> Vec<(Method, String)> {
    let mut all = routes::list();
    assert_eq!(all.len(), 72, "a route was added: it is walked here by itself, but is it meant to be there?");
    let none = [
        (Method::GET, "/"),
        (Method::GET, "/api/v1"),
        (Method::GET, "/api/v1/nothing"),
        (Method::GET, "/api/v1/health/"),
        (Method::GET, "//api/v1/health"),
        (Method::DELETE, "/api/v1/grants"),
        (Method::OPTIONS, "/api/v1/call"),
    ];
    all.extend(none.map(|(method, path)| (method, path.to_owned())));
    all
}

/// That what `change` makes of a good request is refused everywhere, and the desk never hears of it.
async fn refused(status: StatusCode, also_public: bool, change: impl Fn(&mut Request<Body>)) {
    let stand = Stand::new();
    for (method, path) in everywhere() {
        if PUBLIC.contains(&path.as_str()) && !also_public {
            continue;
        }
        let mut request = stand.request(&method, &path);
        change(&mut request);
        let (found, problem) = stand.problem(request).await;
        assert_eq!(found, status, "{method} {path}");
        assert_eq!(problem["code"], "denied", "{method} {path}");
        assert!(problem["hint"].is_string(), "{method} {path}");
    }
    assert_eq!(stand.desk.asked(), 0);
}

fn set(request: &mut Request<Body>, name: impl axum::http::header::IntoHeaderName, value: &str) {
    request.headers_mut().insert(name, value.parse().expect("a value"));
}

#[tokio::test]
async fn without_a_token_nobody_comes_in() {
    refused(StatusCode::UNAUTHORIZED, false, |request| {
        request.headers_mut().remove(AUTHORIZATION);
    })
    .await;
}

#[tokio::test]
async fn with_a_wrong_token_nobody_comes_in() {
    let zeros = "0".repeat(64);
    for wrong in ["", "Bearer", "Bearer ", "Bearer x", &format!("Bearer {zeros}"), &zeros, "Basic b3duZXI6"] {
        refused(StatusCode::UNAUTHORIZED, false, |request| set(request, AUTHORIZATION, wrong)).await;
    }
}

#[tokio::test]
async fn the_right_token_under_another_scheme_or_twice_is_wrong() {
    refused(StatusCode::UNAUTHORIZED, false, |request| {
        let right = request.headers()[AUTHORIZATION].clone();
        request.headers_mut().append(AUTHORIZATION, right);
    })
    .await;
    refused(StatusCode::UNAUTHORIZED, false, |request| {
        let right = request.headers()[AUTHORIZATION].to_str().expect("text").replace("Bearer", "Basic");
        set(request, AUTHORIZATION, &right);
    })
    .await;
}

#[tokio::test]
async fn a_rebound_name_is_another_host() {
    for host in [
        "evil.example",
        "evil.example:1987",
        "localhost",
        "localhost:1988",
        "127.0.0.1",
        "127.0.0.1:80",
        "localhost.evil.example:1987",
        "localhost:1987.evil.example",
        "localhost.:1987",
        "0.0.0.0:1987",
        "[::1]",
        "::1:1987",
        "user@localhost:1987",
        "",
    ] {
        refused(StatusCode::FORBIDDEN, true, |request| set(request, HOST, host)).await;
    }
}

#[tokio::test]
async fn no_host_and_two_hosts_are_refused() {
    refused(StatusCode::FORBIDDEN, true, |request| {
        request.headers_mut().remove(HOST);
    })
    .await;
    refused(StatusCode::FORBIDDEN, true, |request| {
        request.headers_mut().append(HOST, "evil.example".parse().expect("a host"));
    })
    .await;
}

#[tokio::test]
async fn a_host_in_the_first_line_must_be_ours_too() {
    refused(StatusCode::FORBIDDEN, true, |request| {
        let path = request.uri().path().trim_start_matches('/').to_owned();
        *request.uri_mut() = format!("http://evil.example:1987/{path}").parse().expect("an address");
    })
    .await;
}

#[tokio::test]
async fn a_page_of_another_site_is_refused_even_with_the_token() {
    for origin in [
        "http://evil.example",
        "https://127.0.0.1:1987",
        "http://127.0.0.1",
        "http://127.0.0.1:1988",
        "http://127.0.0.1:1987/",
        "http://127.0.0.1:1987.evil.example",
        "null",
        "file://",
        "",
    ] {
        refused(StatusCode::FORBIDDEN, true, |request| set(request, ORIGIN, origin)).await;
    }
}

#[tokio::test]
async fn another_machine_is_refused_and_so_is_nobody() {
    for address in ["192.0.2.7", "10.0.0.1", "2001:db8::1", "::ffff:192.0.2.7", "0.0.0.0"] {
        let peer = Peer { address: address.parse().expect("an address"), ..Peer::in_process() };
        refused(StatusCode::FORBIDDEN, true, |request| {
            request.extensions_mut().insert(peer.clone());
        })
        .await;
    }
    refused(StatusCode::FORBIDDEN, true, |request| {
        request.extensions_mut().remove::<Peer>();
    })
    .await;
}

#[tokio::test]
async fn whoever_shows_the_token_is_answered_on_every_route() {
    let stand = Stand::new();
    // Behind this desk stands nothing that speaks MCP, and nobody else gives tokens for it; and the description asks no desk.
    let answered = routes::list()
        .into_iter()
        .filter(|(_, path)| ![PUBLIC[1], PUBLIC[2], READY, "/mcp", "/api/v1/openapi.json"].contains(&path.as_str()))
        // No turn was begun that could be heard, and what changes is looked at more than once.
        .filter(|(_, path)| !["/api/v1/chat/events", "/api/v1/events"].contains(&path.as_str()));
    for (count, (method, path)) in answered.enumerate() {
        let response = stand.ask(stand.request(&method, &path)).await;
        let expect = if path.ends_with("inspect") { StatusCode::NOT_FOUND } else { StatusCode::OK };
        assert_eq!(response.status(), expect, "{method} {path}");
        assert_eq!(response.headers()["cache-control"], "no-store", "{method} {path}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff", "{method} {path}");
        // A turn is a task of its own: it begins when its stream is read.
        if path.ends_with("chat") {
            use http_body_util::BodyExt;
            response.into_body().collect().await.expect("the whole turn");
        }
        assert_eq!(stand.desk.asked(), count + 1, "{method} {path}");
    }
}

#[tokio::test]
async fn our_own_names_and_pages_are_let_in() {
    let stand = Stand::new();
    for host in ["127.0.0.1:1987", "localhost:1987", "LOCALHOST:1987", "[::1]:1987"] {
        for origin in [None, Some(format!("http://{host}"))] {
            let mut request = stand.request(&Method::GET, "/api/v1/agents");
            set(&mut request, HOST, host);
            if let Some(origin) = &origin {
                set(&mut request, ORIGIN, origin);
            }
            assert_eq!(stand.ask(request).await.status(), StatusCode::OK, "{host} {origin:?}");
        }
    }
}

#[tokio::test]
async fn health_needs_no_token_and_gives_proof_to_who_asks() {
    let stand = Stand::new();
    let mut request = stand.request(&Method::GET, HEALTH);
    request.headers_mut().remove(AUTHORIZATION);
    set(&mut request, "loket-nonce", "123");
    let response = stand.ask(request).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["loket-proof"], stand.token.proof("123", super::fake::LISTEN).as_str());
}

#[tokio::test]
async fn other_machines_are_told_that_it_is_well_and_nothing_else() {
    let mut stand = Stand::new();
    let gate = Gate::new(LISTEN.parse().expect("an address"), stand.token.clone());
    stand.router = router(stand.desk.clone(), gate.encrypted(&[]));
    for (address, is_here) in [("192.0.2.7", false), ("::ffff:127.0.0.1", true)] {
        let mut request = stand.request(&Method::GET, HEALTH);
        request.headers_mut().remove(AUTHORIZATION);
        let address = address.parse().expect("an address");
        request.extensions_mut().insert(Peer { address, is_this_process: false, ..Peer::in_process() });
        set(&mut request, "loket-nonce", "123");
        let response = stand.ask(request).await;
        assert_eq!((response.status(), response.headers().contains_key("loket-proof")), (StatusCode::OK, is_here));
        let text = response.into_body().collect().await.expect("a body").to_bytes();
        let told: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        assert_eq!((told["status"].as_str(), told["home"].is_string()), (Some("ok"), is_here), "{told}");
        assert_eq!(told.as_object().is_some_and(|told| told.len() == 1), !is_here, "{told}");
    }
}

#[tokio::test]
async fn the_port_of_https_is_left_out_where_browsers_leave_it_out() {
    let mut stand = Stand::new();
    for (listen, host, is) in [
        ("192.0.2.7:443", "192.0.2.7", true),
        ("192.0.2.7:443", "192.0.2.7:443", true),
        ("192.0.2.7:443", "loket.home.arpa", true),
        ("[2001:db8::7]:443", "[2001:db8::7]", true),
        ("192.0.2.7:443", "evil.example", false),
        ("192.0.2.7:8443", "192.0.2.7", false),
        ("192.0.2.7:8443", "loket.home.arpa", false),
        ("192.0.2.7:8443", "other.home.arpa", true),
    ] {
        let gate = Gate::new(listen.parse().expect("an address"), stand.token.clone());
        let names = ["loket.home.arpa", "other.home.arpa:443"].map(str::to_owned);
        stand.router = router(stand.desk.clone(), gate.encrypted(&names));
        let mut request = stand.request(&Method::GET, "/api/v1/agents");
        set(&mut request, HOST, host);
        set(&mut request, ORIGIN, &format!("https://{host}"));
        let expect = if is { StatusCode::OK } else { StatusCode::FORBIDDEN };
        assert_eq!(stand.ask(request).await.status(), expect, "{listen} {host}");
    }
}

#[tokio::test]
async fn nothing_in_an_answer_invites_other_sites() {
    let stand = Stand::new();
    let mut request = stand.request(&Method::GET, HEALTH);
    set(&mut request, ORIGIN, "http://127.0.0.1:1987");
    let response = stand.ask(request).await;
    assert!(response.headers().keys().all(|name| !name.as_str().starts_with("access-control-")));
}

#[tokio::test]
async fn a_token_without_the_scope_approve_reads_talks_and_calls_and_does_nothing_of_the_owners() {
    let (stand, token) = Stand::with_another(false);
    for (method, path) in routes::list() {
        let mut request = stand.request(&method, &path);
        request.headers_mut().insert(AUTHORIZATION, token.bearer());
        let before = stand.desk.asked();
        // Where turns are stopped it is looked whose they are.
        if path == "/api/v1/chat/stop" {
            *request.body_mut() = r#"{"agent":"assistant","conversation":"c1","stream":"none"}"#.into();
        }
        let is_open = ["/api/v1/chat", "/api/v1/chat/stop", "/api/v1/call", "/mcp"].contains(&path.as_str());
        if method == Method::GET || is_open {
            let status = stand.ask(request).await.status();
            assert_ne!(status, StatusCode::FORBIDDEN, "{method} {path}");
            continue;
        }
        let (status, problem) = stand.problem(request).await;
        assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &"denied".into()), "{method} {path}");
        assert!(problem["detail"].as_str().is_some_and(|why| why.contains("`approve`")), "{problem}");
        assert_eq!(stand.desk.asked(), before, "{method} {path}");
    }
}

#[tokio::test]
async fn a_clients_token_comes_to_mcp_and_nowhere_else() {
    let stand = Stand::new();
    for (method, path) in routes::list() {
        let mut request = stand.request(&method, &path);
        set(&mut request, AUTHORIZATION, "Bearer loket_of_a_client");
        let status = stand.ask(request).await.status();
        let expect = match path.as_str() {
            HEALTH | READY => StatusCode::OK,
            // Behind this desk is nothing of the kind.
            path if path == "/mcp" || PUBLIC.contains(&path) => StatusCode::NOT_FOUND,
            _ => StatusCode::FORBIDDEN,
        };
        assert_eq!(status, expect, "{method} {path}");
    }
    assert_eq!(stand.desk.asked(), 1, "it was asked for its health alone");
}

#[tokio::test]
async fn a_token_for_what_is_counted_opens_that_and_mcp_and_nothing_else() {
    let stand = Stand::new();
    for (method, path) in routes::list() {
        let mut request = stand.request(&method, &path);
        set(&mut request, AUTHORIZATION, "Bearer loket_for_metrics");
        let status = stand.ask(request).await.status();
        let is_open = path == "/metrics" || path == "/mcp" || PUBLIC.contains(&path.as_str());
        assert_eq!(status == StatusCode::FORBIDDEN, !is_open, "{method} {path}: {status}");
    }
    let mut request = stand.request(&Method::GET, "/metrics");
    set(&mut request, AUTHORIZATION, "Bearer loket_for_metrics");
    let response = stand.ask(request).await;
    let kind = response.headers()["content-type"].to_str().expect("text").to_owned();
    assert!(response.status() == StatusCode::OK && kind.starts_with("application/openmetrics-text"), "{kind}");
}

#[tokio::test]
async fn a_host_that_is_going_down_is_alive_and_not_ready() {
    let stand = Stand::new();
    let ask = |path: &str, is_ending: bool| {
        let peer = Peer::in_process();
        if is_ending {
            peer.shutdown.cancel();
        }
        let mut request = stand.request(&Method::GET, path);
        request.headers_mut().remove(AUTHORIZATION);
        request.extensions_mut().insert(peer);
        stand.ask(request)
    };
    assert_eq!(ask(READY, false).await.status(), StatusCode::OK);
    assert_eq!(ask(READY, true).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ask(HEALTH, true).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_token_with_the_scope_answers_in_its_own_name() {
    let (stand, token) = Stand::with_another(true);
    for (token, name) in [(token, "mcp:desk"), (stand.token.clone(), "owner")] {
        let mut request = stand.request(&Method::POST, "/api/v1/asks/answer");
        request.headers_mut().insert(AUTHORIZATION, token.bearer());
        let response = stand.ask(request).await;
        assert_eq!(response.status(), StatusCode::OK);
        let text = response.into_body().collect().await.expect("a body").to_bytes();
        let answered: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        assert_eq!(answered["answer"], format!("once by {name}"));
        assert_eq!(answered["ended"][0]["reply"], "suspended went on", "what waited is seen through to its end");
    }
}
