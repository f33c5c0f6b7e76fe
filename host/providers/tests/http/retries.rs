//! Trying again: as often and as late as was said, when the server is busy or away, and never what was refused.

use crate::ground::{Ground, error, granted};
use crate::servers::Server;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt as _;

/// Answers so often with a status, then with 200.
async fn busy(times: usize, status: u16, headers: &[(&'static str, &'static str)]) -> (Server, Arc<AtomicUsize>) {
    let (asked, counts) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (count, headers) = (asked.clone(), headers.to_vec());
    let server = Server::new(move |_| {
        counts.fetch_add(1, Ordering::SeqCst);
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        if count.fetch_add(1, Ordering::SeqCst) < times {
            (status, headers, b"later".to_vec())
        } else {
            (200, vec![], b"here".to_vec())
        }
    })
    .await;
    (server, asked)
}

fn patient(url: &str, times: u32, within: u32) -> Json {
    json!({ "url": url, "method": "POST", "body": "aGk=", "retry": { "times": times, "within": within } })
}

#[tokio::test]
async fn a_busy_server_is_asked_again_after_as_long_as_it_says() {
    let (server, asked) = busy(2, 429, &[("retry-after-ms", "120")]).await;
    let ground = Ground::new();
    let guest = ground.guest(&[("host", &granted(&server))]);
    let begun = Instant::now();
    let answer = guest.request(patient(&server.url("/"), 3, 30_000)).await.expect("granted works");
    assert_eq!((answer.status, asked.load(Ordering::SeqCst)), (200, 3));
    assert_eq!(guest.rest(answer.id).await.expect("it reads"), b"here");
    assert!(begun.elapsed() >= Duration::from_millis(240), "it waited: {:?}", begun.elapsed());
    assert_eq!(server.asked().iter().filter(|asked| asked.body == b"hi").count(), 3, "each time with all of it");
}

#[tokio::test]
async fn the_last_answer_is_the_answer_when_there_is_no_time_or_no_try_left() {
    for (wait, times, within, expect) in [("60", 3, 5_000, 1), ("0", 2, 30_000, 3), ("0", 0, 30_000, 1), ("0", 2, 0, 1)]
    {
        let (server, asked) = busy(usize::MAX, 503, &[("retry-after", wait)]).await;
        let ground = Ground::new();
        let guest = ground.guest(&[("host", &granted(&server))]);
        let answer = guest.request(patient(&server.url("/"), times, within)).await.expect("an answer");
        assert_eq!((answer.status, asked.load(Ordering::SeqCst)), (503, expect), "{wait} {times} {within}");
        assert_eq!(guest.rest(answer.id).await.expect("it reads"), b"later", "it can be read");
    }
}

#[tokio::test]
async fn what_did_not_say_so_is_sent_once_and_what_is_no_word_for_later_is_not_sent_again() {
    let ground = Ground::new();
    let (server, asked) = busy(1, 503, &[("retry-after", "0")]).await;
    let guest = ground.guest(&[("host", &granted(&server))]);
    assert_eq!(guest.get(&server.url("/")).await.expect("an answer").status, 503);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    for status in [400, 401, 404, 501] {
        let (server, asked) = busy(1, status, &[("retry-after", "0")]).await;
        let guest = ground.guest(&[("host", &granted(&server))]);
        let answer = guest.request(patient(&server.url("/"), 3, 30_000)).await.expect("an answer");
        assert_eq!((answer.status, asked.load(Ordering::SeqCst)), (status, 1));
    }
}

#[tokio::test]
async fn a_server_that_is_about_to_start_is_waited_for() {
    let place = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
    let ground = Ground::new();
    let guest = ground.guest(&[("host", &place.to_string())]);
    let url = format!("http://{place}/");
    error(guest.request(patient(&url, 1, 100)).await, "unavailable", "refused");
    let starts = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let listener = tokio::net::TcpListener::bind(place).await.expect("it is still free");
        let (mut stream, _) = listener.accept().await.expect("someone comes");
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhere").await;
        stream
    };
    let (answer, _open) = tokio::join!(guest.request(patient(&url, 8, 30_000)), starts);
    assert_eq!(answer.expect("it is there by now").status, 200);
}

#[tokio::test]
async fn what_is_not_granted_is_refused_at_once() {
    let (server, asked) = busy(0, 200, &[]).await;
    let ground = Ground::new();
    let begun = Instant::now();
    let refused = ground.guest(&[("host", "127.0.0.1:9")]).request(patient(&server.url("/"), 10, 120_000)).await;
    error(refused, "denied", &server.address.to_string());
    assert!(begun.elapsed() < Duration::from_secs(2) && asked.load(Ordering::SeqCst) == 0);
}
