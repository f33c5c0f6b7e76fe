//! What requests carry, and what comes back: headers that are none, bodies that are too large, endless, or packed.

use super::{End, failed, get, request};
use crate::house::House;
use crate::servers::{Server, page, path};
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use loket_providers::http::limits::Limits;
use std::io::Write as _;
use std::time::Duration;

/// The most that is read of an answer here.
const MOST: usize = 64 << 10;

/// Small limits, so that a test reaches them soon.
fn small() -> Limits {
    let wait = Duration::from_secs(20);
    Limits { head: wait, idle: wait, total: wait, body: MOST as u64, ..Limits::default() }
}

/// Compresses with one of the codings.
macro_rules! packed {
    ($encoder:ident, $bytes:expr) => {{
        let mut encoder = $encoder::new(Vec::new(), Compression::best());
        encoder.write_all($bytes).expect("memory takes it");
        encoder.finish().expect("memory takes it")
    }};
}

/// An answer whose body is compressed so.
fn coded(coding: &str, body: &[u8]) -> Vec<u8> {
    page(&format!("text/plain\r\ncontent-encoding: {coding}"), body)
}

/// A server that has an answer for each path; some of its answers have no end.
fn server() -> Server {
    const OPEN: &[u8] = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
    const CHUNKS: &[u8] = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
    let zeros = vec![0; 8 << 20];
    let (gzip, deflate) = (packed!(GzEncoder, &zeros), packed!(ZlibEncoder, &zeros));
    assert!(gzip.len() < MOST && deflate.len() < MOST, "{} and {} bytes are few", gzip.len(), deflate.len());
    let (fits, twice) = (packed!(GzEncoder, &zeros[..MOST]), packed!(GzEncoder, &gzip));
    let deflated = packed!(ZlibEncoder, &zeros[..MOST]);
    let headers = |count| (0..count).map(|n| format!("x-{n}: a\r\n")).collect::<String>();
    let whole = move |path: &str| match path {
        "/exact" => page("text/plain", &zeros[..MOST]),
        "/large" => page("text/plain", &zeros[..=MOST]),
        "/open" => [OPEN, &zeros[..MOST]].concat(),
        "/chunks" => [CHUNKS, b"5\r\nhello\r\n0\r\n\r\n"].concat(),
        "/gzip" => coded("gzip", &fits),
        "/gzip-bomb" => coded("gzip", &gzip),
        "/gzip-twice" => coded("gzip, gzip", &twice),
        "/deflate" => coded("deflate", &deflated),
        "/deflate-bomb" => coded("deflate", &deflate),
        "/headers" => format!("HTTP/1.1 200 OK\r\n{}content-length: 0\r\n\r\n", headers(100)).into_bytes(),
        "/many-headers" => format!("HTTP/1.1 200 OK\r\n{}content-length: 0\r\n\r\n", headers(200)).into_bytes(),
        _ => page("text/plain", b"hello"),
    };
    Server::doing(move |said, stream| {
        let (head, again) = match path(said) {
            "/endless" => (OPEN, &[b'x'; 4096][..]),
            "/endless-chunks" => (CHUNKS, &b"5\r\nhello\r\n"[..]),
            "/endless-headers" => (&b"HTTP/1.1 200 OK\r\n"[..], &b"x-more: and more\r\n"[..]),
            path => return drop(stream.write_all(&whole(path))),
        };
        // Until the other side hangs up.
        let _ = stream.write_all(head);
        while stream.write_all(again).is_ok() {}
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_is_larger_than_its_limit_and_what_fits_is_read_to_its_end() {
    let server = server();
    let house = House::of_escaper().await;
    house.rewire(small());
    house.grant_hosts(&[&server.host()]).await;
    let exhausted = |function, word| failed(function, "exhausted", word);
    // What is asked for, how it ends; and the twin, with its size.
    for (asked, end, twin, size) in [
        ("/large", exhausted("send", "answers with 65537 bytes, and 65536 are read at most"), "/exact", MOST),
        ("/endless", exhausted("read", "more than 65536 bytes"), "/open", MOST),
        ("/endless-chunks", exhausted("read", "more than 65536 bytes"), "/chunks", 5),
        ("/gzip-bomb", exhausted("read", "more than 65536 bytes"), "/gzip", MOST),
        ("/deflate-bomb", exhausted("read", "more than 65536 bytes"), "/deflate", MOST),
        ("/gzip-twice", failed("send", "failed", "compressed several times over"), "/gzip", MOST),
        ("/many-headers", exhausted("send", "the headers of"), "/headers", 0),
        ("/endless-headers", exhausted("send", "the headers of"), "/headers", 0),
    ] {
        house.refuses(&get(&server.url(asked)), end).await;
        assert_eq!(house.permits(&get(&server.url(twin))).await, size, "{twin}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_smuggled_into_a_request_and_what_is_plain_arrives() {
    let server = server();
    let house = House::of_escaper().await;
    house.rewire(small());
    house.grant_hosts(&[&server.host()]).await;
    let (url, invalid): (_, End<'_>) = (server.url("/"), failed("send", "invalid", "header"));
    for (name, value) in [
        ("x-test", "a\r\nhost: evil.test"),
        ("x-test", "a\nx-other: b"),
        ("x-test", "a\r\n\r\nGET /admin HTTP/1.1\r\nhost: evil.test\r\n\r\n"),
        ("x-test", "a\0b"),
        ("x-test\r\nx-other", "a"),
        ("x-test: b\r\nx-other", "a"),
        ("x test", "a"),
        ("", "a"),
        ("Host", "evil.test"),
        ("content-length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("connection", "x-test"),
        ("upgrade", "websocket"),
        ("proxy-authorization", "Basic dTpw"),
    ] {
        house.refuses(&request("GET", &url, &[(name, value)]), invalid).await;
    }
    for path in ["/\r\nhost: evil.test", "/ HTTP/1.1\r\nhost: evil.test\r\n\r\n", "/\t"] {
        house.refuses(&get(&server.url(path)), failed("send", "invalid", "control characters")).await;
    }
    for method in ["GET / HTTP/1.1\r\nhost: evil.test\r\n\r\nGET", "get", "CONNECT", "TRACE", ""] {
        house.refuses(&request(method, &url, &[]), failed("send", "invalid", "`")).await;
    }
    assert_eq!(server.connections(), 0, "none of them got there");

    house.permits(&request("GET", &url, &[("x-test", "a, b; c=\"d\"")])).await;
    house.permits(&request("DELETE", &server.url("/ HTTP/1.1"), &[])).await;
    let [first, second] = &server.heard()[..] else { panic!("two requests arrived") };
    assert!(first.starts_with("GET / HTTP/1.1\r\n") && first.contains("\r\nx-test: a, b; c=\"d\"\r\n"), "{first}");
    assert!(second.starts_with("DELETE /%20HTTP/1.1 HTTP/1.1\r\n"), "a space is only a space: {second}");
}
