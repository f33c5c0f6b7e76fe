//! Bodies: large ones, slow ones, endless ones, packed ones.

use crate::ground::{Ground, Plan, error, granted};
use crate::servers::{Server, head};
use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZlibEncoder};
use loket_kernel::Labels;
use loket_providers::http::limits::Limits;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt as _;

/// A ground with small limits.
fn small() -> Ground {
    let limits = Limits {
        head: Duration::from_millis(500),
        idle: Duration::from_millis(300),
        total: Duration::from_secs(3),
        body: 1 << 20,
        ..Limits::default()
    };
    Ground::with(Plan { limits, ..Plan::default() })
}

/// Compresses with any of the codings.
macro_rules! packed {
    ($encoder:ident, $bytes:expr) => {{
        let mut encoder = $encoder::new(Vec::new());
        encoder.write_all($bytes).await.expect("memory takes it");
        encoder.shutdown().await.expect("memory takes it");
        encoder.into_inner()
    }};
}

#[tokio::test]
async fn a_body_comes_in_pieces_to_its_end() {
    let whole: Vec<u8> = (0..300_000u32).map(|n| n as u8).collect();
    let said = whole.clone();
    let server = Server::new(move |_| (200, vec![], said.clone())).await;
    let ground = Ground::new();
    let guest = ground.guest(&[("host", &granted(&server))]);
    for limit in [1000, 65_536, 1 << 20, u32::MAX] {
        let answer = guest.get(&server.url("/")).await.expect("granted works");
        let mut all = Vec::new();
        while all.len() < whole.len() {
            let (value, labels) = guest.call("read", json!([answer.id, limit])).await.expect("it reads");
            let loket_values::Value::Bytes(piece) = value else { panic!("a piece is bytes") };
            assert!(!piece.is_empty() && piece.len() <= (limit as usize).min(1 << 20));
            assert!(labels.contains(Labels::UNTRUSTED), "what comes from outside is marked");
            all.extend(piece);
        }
        assert!(all == whole, "{limit}");
        for _ in 0..2 {
            assert_eq!(guest.read(answer.id, limit).await.expect("the end is the end, however often"), b"");
        }
        guest.close(answer.id).await;
    }
}

#[tokio::test]
async fn a_piece_is_given_as_soon_as_it_is_there() {
    let server = Server::raw(|mut stream| {
        Box::pin(async move {
            head(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nfirst").await;
            tokio::time::sleep(Duration::from_millis(500)).await;
            let _ = stream.write_all(b"second").await;
        })
    })
    .await;
    let ground = Ground::new();
    let guest = ground.guest(&[("host", &granted(&server))]);
    let answer = guest.get(&server.url("/")).await.expect("granted works");
    let begun = Instant::now();
    assert_eq!(guest.read(answer.id, 1 << 20).await.expect("it reads"), b"first");
    assert!(begun.elapsed() < Duration::from_millis(400), "it does not wait for the second");
    assert_eq!(guest.read(answer.id, 1 << 20).await.expect("it reads"), b"second");
}

#[tokio::test]
async fn an_endless_body_ends_at_its_size() {
    let server = Server::raw(|mut stream| {
        Box::pin(async move {
            head(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        })
    })
    .await;
    let ground = small();
    let guest = ground.guest(&[("host", &granted(&server))]);
    let answer = guest.get(&server.url("/")).await.expect("the head comes");
    error(guest.rest(answer.id).await, "exhausted", "more than 1048576 bytes");
    error(guest.read(answer.id, 1).await, "not-found", "no answer 1");
    server.hung_up().await;
}

#[tokio::test]
async fn a_body_that_says_how_large_it_is_is_not_even_begun() {
    let server = Server::blurting("HTTP/1.1 200 OK\r\ncontent-length: 1048577\r\n\r\n").await;
    let ground = small();
    error(ground.guest(&[("host", &granted(&server))]).get(&server.url("/")).await, "exhausted", "1048577 bytes");
    let exact = Server::new(|_| (200, vec![], vec![b'x'; 1 << 20])).await;
    let body = ground.guest(&[("host", &granted(&exact))]).body(&exact.url("/")).await.expect("what fits works");
    assert_eq!(body.len(), 1 << 20);
    let guest = ground.guest(&[("host", &granted(&server))]);
    let head = guest.request(json!({ "url": server.url("/"), "method": "HEAD" })).await.expect("nothing is to be read");
    assert_eq!((head.header("content-length"), guest.rest(head.id).await), (Some("1048577"), Ok(vec![])));
}

#[tokio::test]
async fn a_slow_server_is_not_waited_for() {
    // Says nothing at all.
    let silent = Server::blurting("").await;
    // One byte of a header at a time, each soon enough.
    let dripping = Server::raw(|mut stream| {
        Box::pin(async move {
            head(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx: ").await;
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
    })
    .await;
    // Tells again and again that it will answer.
    let promising = Server::raw(|mut stream| {
        Box::pin(async move {
            head(&mut stream).await;
            while stream.write_all(b"HTTP/1.1 103 Early Hints\r\n\r\n").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
    })
    .await;
    let ground = small();
    for server in [silent, dripping, promising] {
        let begun = Instant::now();
        let guest = ground.guest(&[("host", &granted(&server))]);
        error(guest.get(&server.url("/")).await, "exhausted", "500 ms");
        let quick = guest.request(json!({ "url": server.url("/"), "timeout": 50 })).await;
        error(quick, "exhausted", "50 ms");
        assert!(begun.elapsed() < Duration::from_secs(2));
        server.hung_up().await;
    }
}

#[tokio::test]
async fn a_slow_body_is_not_waited_for() {
    let pausing = Server::blurting("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfive.").await;
    let ground = small();
    let guest = ground.guest(&[("host", &granted(&pausing))]);
    let answer = guest.get(&pausing.url("/")).await.expect("the head comes");
    assert_eq!(guest.read(answer.id, 100).await.expect("it reads"), b"five.");
    error(guest.read(answer.id, 100).await, "exhausted", "nothing came for 300 ms");
    pausing.hung_up().await;

    let dripping = Server::raw(|mut stream| {
        Box::pin(async move {
            head(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
    })
    .await;
    let guest = ground.guest(&[("host", &granted(&dripping))]);
    let begun = Instant::now();
    let answer = guest.get(&dripping.url("/")).await.expect("the head comes");
    error(guest.rest(answer.id).await, "exhausted", "was not over in time");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_turns_end_is_an_answers_end() {
    let server = Server::blurting("").await;
    let ground = Ground::new();
    let mut guest = ground.guest(&[("host", &granted(&server))]);
    guest.time = Duration::from_millis(200);
    let begun = Instant::now();
    error(guest.request(json!({ "url": server.url("/"), "timeout": 60_000 })).await, "exhausted", "did not answer");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_packed_body_is_unpacked() {
    let text = "words ".repeat(10_000).into_bytes();
    let ground = Ground::new();
    for (coding, bytes) in [
        ("gzip", packed!(GzipEncoder, &text)),
        ("GZIP", packed!(GzipEncoder, &text)),
        ("x-gzip", packed!(GzipEncoder, &text)),
        ("deflate", packed!(ZlibEncoder, &text)),
        ("br", packed!(BrotliEncoder, &text)),
    ] {
        let server = Server::new(move |_| (200, vec![("content-encoding", coding.to_owned())], bytes.clone())).await;
        let guest = ground.guest(&[("host", &granted(&server))]);
        for _ in 0..2 {
            let answer = guest.get(&server.url("/")).await.expect("granted works");
            assert_eq!((answer.header("content-encoding"), answer.header("content-length")), (None, None), "{coding}");
            assert!(guest.rest(answer.id).await.expect(coding) == text, "{coding}");
        }
        assert_eq!(server.connections(), 1, "its connection serves again");
    }
    // What was not asked for is passed on as it is.
    let server = Server::new(|_| (200, vec![("content-encoding", "zstd".to_owned())], b"(zstd)".to_vec())).await;
    let guest = ground.guest(&[("host", &granted(&server))]);
    let answer = guest.get(&server.url("/")).await.expect("granted works");
    assert_eq!(answer.header("content-encoding"), Some("zstd"));
    assert_eq!(guest.rest(answer.id).await.expect("it reads"), b"(zstd)");
}

#[tokio::test]
async fn a_bomb_does_not_go_off() {
    let zeros = vec![0; 64 << 20];
    let ground = small();
    for (coding, bytes) in [
        ("gzip", packed!(GzipEncoder, &zeros)),
        ("deflate", packed!(ZlibEncoder, &zeros)),
        ("br", packed!(BrotliEncoder, &zeros)),
    ] {
        assert!(bytes.len() < 1 << 20, "{coding} packs 64 MiB into {} bytes", bytes.len());
        let server = Server::new(move |_| (200, vec![("content-encoding", coding.to_owned())], bytes.clone())).await;
        let guest = ground.guest(&[("host", &granted(&server))]);
        let answer = guest.get(&server.url("/")).await.expect("the head comes");
        error(guest.rest(answer.id).await, "exhausted", "more than 1048576 bytes");
        server.hung_up().await;
    }
    let twice = packed!(GzipEncoder, &packed!(GzipEncoder, &zeros));
    for coding in ["gzip, gzip", "br,gzip"] {
        let twice = twice.clone();
        let server = Server::new(move |_| (200, vec![("content-encoding", coding.to_owned())], twice.clone())).await;
        error(ground.guest(&[("host", &granted(&server))]).get(&server.url("/")).await, "failed", "several times");
    }
}

#[tokio::test]
async fn a_body_that_is_not_what_it_says_fails() {
    let ground = Ground::new();
    let mut cut = packed!(GzipEncoder, &b"words ".repeat(1000));
    cut.truncate(cut.len() / 2);
    for (coding, bytes) in
        [("gzip", b"no gzip at all".to_vec()), ("br", vec![0xff; 100]), ("deflate", vec![7; 100]), ("gzip", cut)]
    {
        let server = Server::new(move |_| (200, vec![("content-encoding", coding.to_owned())], bytes.clone())).await;
        let guest = ground.guest(&[("host", &granted(&server))]);
        let answer = guest.get(&server.url("/")).await.expect("the head comes");
        error(guest.rest(answer.id).await, "failed", "broke off");
    }
    let broken = Server::raw(|mut stream| {
        Box::pin(async move {
            head(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfive.").await;
        })
    })
    .await;
    let guest = ground.guest(&[("host", &granted(&broken))]);
    let answer = guest.get(&broken.url("/")).await.expect("the head comes");
    error(guest.rest(answer.id).await, "failed", "broke off");
    let nothing = Server::new(|_| (200, vec![("content-encoding", "gzip".to_owned())], vec![])).await;
    assert_eq!(
        ground.guest(&[("host", &granted(&nothing))]).body(&nothing.url("/")).await.expect("nothing is nothing"),
        ""
    );
}
