//! Connections: held by whoever asked, used again by the same asker alone, and gone with the instance.

use crate::ground::{Ground, error, granted, refusal};
use crate::servers::{Server, head};
use loket_kernel::{Held, Terms};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;

/// A body that is never over.
async fn unfinished() -> Server {
    Server::blurting("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfive.").await
}

#[tokio::test]
async fn an_answer_belongs_to_its_instance_and_is_dropped_with_it() {
    let server = unfinished().await;
    let ground = Ground::new();
    let guest = ground.guest(&[("host", &granted(&server))]);
    let answer = guest.get(&server.url("/")).await.expect("granted works");
    let mut other = guest.clone();
    other.held = Arc::new(Held::default());
    error(other.read(answer.id, 10).await, "not-found", "no answer 1 is open");
    assert_eq!(guest.read(answer.id, 10).await.expect("it reads"), b"five.");
    assert_eq!(server.open(), 1);
    drop(guest);
    server.hung_up().await;
}

#[tokio::test]
async fn closing_an_answer_closes_its_connection() {
    let server = unfinished().await;
    let ground = Ground::new();
    let guest = ground.guest(&[("host", &granted(&server))]);
    let answer = guest.get(&server.url("/")).await.expect("granted works");
    guest.close(answer.id).await;
    guest.close(answer.id).await;
    guest.close(77).await;
    server.hung_up().await;
    error(guest.read(answer.id, 10).await, "not-found", "no answer");
}

#[tokio::test]
async fn an_instance_has_sixteen_answers_open_at_most() {
    let server = unfinished().await;
    let ground = Ground::new();
    let guest = ground.guest(&[("host", &granted(&server))]);
    let mut last = 0;
    for _ in 0..16 {
        last = guest.get(&server.url("/")).await.expect("sixteen may be open").id;
    }
    error(guest.get(&server.url("/")).await, "exhausted", "16 answers");
    guest.close(last).await;
    guest.get(&server.url("/")).await.expect("one was closed");
}

#[tokio::test]
async fn reading_nothing_is_an_error() {
    let server = unfinished().await;
    let ground = Ground::new();
    let guest = ground.guest(&[("host", &granted(&server))]);
    let answer = guest.get(&server.url("/")).await.expect("granted works");
    error(guest.read(answer.id, 0).await, "invalid", "0 bytes");
    assert_eq!(guest.read(answer.id, 10).await.expect("and harms nothing"), b"five.");
}

#[tokio::test]
async fn what_is_taken_back_ends_an_answer_that_is_being_read() {
    let server = unfinished().await;
    let ground = Ground::new();
    let mut guest = ground.guest(&[("host", &granted(&server))]);
    let answer = guest.get(&server.url("/")).await.expect("granted works");
    assert_eq!(guest.read(answer.id, 2).await.expect("granted works"), b"fi");
    guest.terms[0] = Terms::new([("host", "example.org")]);
    refusal(guest.read(answer.id, 2).await, "no grant names the host");
    server.hung_up().await;
}

#[tokio::test]
async fn a_connection_serves_the_same_asker_again_and_nobody_else() {
    let server = Server::saying("hello").await;
    let ground = Ground::new();
    let host = granted(&server);
    let guest = ground.guest(&[("host", &host)]);
    for _ in 0..3 {
        assert_eq!(guest.body(&server.url("/")).await.expect("granted works"), "hello");
    }
    assert_eq!(server.connections(), 1);
    let mut other = ground.guest(&[("host", &host)]);
    other.tool = "acme:other";
    assert_eq!(other.body(&server.url("/")).await.expect("granted works"), "hello");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_connection_that_idles_is_no_way_around_a_check() {
    let server = Server::saying("hello").await;
    let ground = Ground::new();
    let host = format!("site.test:{}", server.port());
    ground.names.say("site.test", &[&["127.0.0.1"], &["10.0.0.1"]]);
    let guest = ground.guest(&[("host", &host)]);
    let url = format!("http://{host}/");
    assert_eq!(guest.body(&url).await.expect("granted works"), "hello");
    refusal(ground.guest(&[("host", "site.test")]).get(&url).await, "no grant names the host");
    ground.own.add(server.address);
    ground.names.say("site.test", &[&["127.0.0.1"]]);
    refusal(guest.get(&url).await, "where this host itself listens");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_connection_that_was_given_up_meanwhile_is_made_anew() {
    // Answers one request a connection, without saying that it will hang up.
    let server = Server::raw(|mut stream| {
        Box::pin(async move {
            head(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        })
    })
    .await;
    let ground = Ground::new();
    let guest = ground.guest(&[("host", &granted(&server))]);
    for pause in [0, 200, 90, 100, 110] {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        assert_eq!(guest.body(&server.url("/")).await.expect("it is tried again"), "hello");
    }
}

#[tokio::test]
async fn the_first_address_that_answers_is_used() {
    let server = Server::saying("hello").await;
    let ground = Ground::new();
    // Nobody listens at the first two.
    ground.names.say("many.test", &[&["127.0.0.2", "::1", "127.0.0.1"]]);
    let host = format!("many.test:{}", server.port());
    assert_eq!(ground.guest(&[("host", &host)]).body(&format!("http://{host}/")).await.expect("one answers"), "hello");
}
