//! Headers: what a component may write, and what is never sent.

use crate::ground::{Ground, error, granted};
use crate::servers::Server;
use serde_json::json;

#[tokio::test]
async fn a_request_says_what_the_component_and_the_host_wrote() {
    let server = Server::new(|_| (201, vec![("x-answer", "b".to_owned())], b"made".to_vec())).await;
    let ground = Ground::new();
    let guest = ground.guest(&[("host", &granted(&server))]);
    let headers = json!([{ "name": "X-Ask", "value": "a" }, { "name": "x-ask", "value": "täglich" }]);
    let url = server.url("/a%20b?c=d&e=%C3%A4#f");
    let request = json!({ "url": url, "method": "POST", "headers": headers, "body": "aGVsbG8=" });
    let answer = guest.request(request).await.expect("granted works");
    assert_eq!((answer.status, answer.header("x-answer")), (201, Some("b")));

    let asked = &server.asked()[0];
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str(), &asked.body[..]),
        ("POST", "/a%20b?c=d&e=%C3%A4", &b"hello"[..])
    );
    let values: Vec<_> = asked.headers.iter().filter(|(name, _)| name == "x-ask").map(|(_, v)| v.as_str()).collect();
    assert_eq!(values, ["a", "täglich"]);
    assert_eq!(asked.header("host"), Some(granted(&server).as_str()));
    assert_eq!(asked.header("content-length"), Some("5"));
    assert_eq!(asked.header("accept-encoding"), Some("gzip, br, deflate"));
    assert!(asked.header("user-agent").is_some_and(|agent| agent.starts_with("loket/")));
}

#[tokio::test]
async fn no_header_can_be_smuggled_into_a_request() {
    let server = Server::saying("hello").await;
    let ground = Ground::new();
    let guest = ground.guest(&[("host", &granted(&server))]);
    let url = server.url("/");
    for (name, value) in [
        ("x-test", "a\r\nhost: evil.test"),
        ("x-test", "a\nx-other: b"),
        ("x-test", "a\r\n\r\nGET /admin HTTP/1.1\r\nhost: evil.test\r\n\r\n"),
        ("x-test", "a\0b"),
        ("x-test\r\nx-other", "a"),
        ("x test", "a"),
        ("", "a"),
        ("host", "evil.test"),
        ("HOST", "evil.test"),
        ("content-length", "0"),
        ("transfer-encoding", "chunked"),
        ("Transfer-Encoding", "identity, chunked"),
        ("connection", "x-test"),
        ("proxy-connection", "keep-alive"),
        ("keep-alive", "timeout=99"),
        ("upgrade", "websocket"),
        ("te", "trailers"),
        ("trailer", "x-test"),
        ("expect", "100-continue"),
        ("proxy-authorization", "Basic dTpw"),
    ] {
        error(guest.get_with(&url, name, value).await, "invalid", "header");
    }
    for path in ["/\r\nhost: evil.test", "/ HTTP/1.1\r\nhost: evil.test\r\n\r\n", "/\t"] {
        error(guest.get(&server.url(path)).await, "invalid", "control characters");
    }
    assert_eq!(server.connections(), 0, "none of them got there");
    guest.get_with(&url, "x-test", "a, b; c=\"d\"").await.expect("what is fine works");
    guest.get(&server.url("/ HTTP/1.1")).await.expect("a space is only a space");
    assert_eq!(server.asked()[1].path, "/%20HTTP/1.1");
}

#[tokio::test]
async fn a_request_has_its_bounds() {
    let server = Server::saying("hello").await;
    let ground = Ground::new();
    let guest = ground.guest(&[("host", &granted(&server))]);
    let url = server.url("/");
    let headers = |count: usize| json!(vec![json!({ "name": "a", "value": "b" }); count]);
    error(guest.request(json!({ "url": url, "headers": headers(129) })).await, "invalid", "128 headers");
    error(guest.get_with(&url, "a", &"x".repeat(70_000)).await, "invalid", "65536 bytes");
    let body = |size: usize| crate::ground::to_base64(&vec![b'x'; size]);
    let most = 1 << 20;
    error(
        guest.request(json!({ "url": url, "method": "POST", "body": body(most + 1) })).await,
        "invalid",
        "1048576 bytes",
    );
    error(guest.get(&format!("{url}{}", "x".repeat(8192))).await, "invalid", "8192 bytes");
    error(guest.request(json!({ "url": url, "timeout": 0 })).await, "invalid", "0 ms");
    assert_eq!(server.connections(), 0);
    guest
        .request(json!({ "url": url, "headers": headers(90), "method": "POST", "body": body(most) }))
        .await
        .expect("it fits");
    assert_eq!(server.asked()[0].body.len(), most);
}

#[tokio::test]
async fn an_answer_keeps_what_is_about_its_connection_to_itself() {
    let head = "HTTP/1.1 200 OK\r\nconnection: close, x-hop\r\nx-hop: 1\r\nkeep-alive: timeout=5\r\nx-seen: \u{e4}\r\ncontent-length: 2\r\n\r\nhi";
    let server = Server::blurting(head).await;
    let ground = Ground::new();
    let answer = ground.guest(&[("host", &granted(&server))]).get(&server.url("/")).await.expect("it answers");
    let names: Vec<_> = answer.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["x-seen", "content-length"]);
    assert_eq!(answer.header("x-seen"), Some("ä"));
}

#[tokio::test]
async fn too_many_or_too_large_headers_end_an_answer() {
    let ground = Ground::new();
    let many = (0..200).map(|n| format!("x-{n}: a\r\n")).collect::<String>();
    let large = format!("x: {}\r\n", "a".repeat(100_000));
    for headers in [many, large] {
        let server = Server::blurting(format!("HTTP/1.1 200 OK\r\n{headers}content-length: 0\r\n\r\n")).await;
        let guest = ground.guest(&[("host", &granted(&server))]);
        error(guest.get(&server.url("/")).await, "exhausted", "headers");
        server.hung_up().await;
    }
    let fine = (0..100).map(|n| format!("x-{n}: a\r\n")).collect::<String>();
    let server = Server::blurting(format!("HTTP/1.1 200 OK\r\n{fine}content-length: 0\r\n\r\n")).await;
    let answer = ground.guest(&[("host", &granted(&server))]).get(&server.url("/")).await.expect("what fits works");
    assert_eq!(answer.headers.len(), 101);
}

#[tokio::test]
async fn what_is_no_http_is_no_answer() {
    let ground = Ground::new();
    for noise in
        ["SSH-2.0-OpenSSH_9.9\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nx y: z\r\n\r\n", "\0\0\0\0\0\0\0\0\r\n"]
    {
        let server = Server::blurting(noise).await;
        error(ground.guest(&[("host", &granted(&server))]).get(&server.url("/")).await, "failed", "no HTTP");
    }
    let server = Server::raw(|mut stream| Box::pin(async move { crate::servers::head(&mut stream).await })).await;
    error(ground.guest(&[("host", &granted(&server))]).get(&server.url("/")).await, "unavailable", "did not answer");
}
